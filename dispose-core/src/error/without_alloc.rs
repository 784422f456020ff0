//! Keeps the path of the first failure, and counts the others.

use core::error::Error;
use core::fmt;
use core::mem;

use super::{DisposeError, Failure, Rare};
use crate::path::{At, Path, Segment};

/// Counts, and remembers where the first failure was.
#[derive(Debug)]
pub(crate) struct List {
    first: Option<Failure>,
    len: usize,
    rare: Option<Rare>,
}

impl List {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { first: None, len: 0, rare: None }
    }

    /// Returns `true` if there is neither a failure nor anything [`rare`](Self::rare).
    #[inline]
    pub(crate) fn is_untouched(&self) -> bool {
        self.is_empty() && self.rare.is_none()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.forgotten)
    }

    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Counts the error, and drops it outside of `push`, where its `Drop` may panic.
    #[inline]
    pub(crate) fn fail<E: Error + Send + Sync + 'static>(&mut self, at: impl At, error: E) {
        self.push(at, &error);
        drop(error);
    }

    // `extern "C"`, so that callers know that it does not unwind: where the releases do not
    // either, the second pass and its code go away.
    #[cold]
    #[inline(never)]
    #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
    extern "C" fn push<E: Error + Send + Sync + 'static>(&mut self, at: impl At, error: &E) {
        let error: &(dyn Error + 'static) = error;
        let at = at.segment();
        let (path, len) = match error.downcast_ref::<DisposeError>() {
            Some(part) => (part.first().path.below(at), part.len()),
            None => (Path::new(at), 1),
        };
        self.add(path, len);
    }

    /// Adds the failures of a part that is at `at`.
    pub(crate) fn append_below(&mut self, at: Segment<'_>, part: &mut Self) {
        if let Some(first) = part.first.take() {
            self.add(first.path.below(at), mem::take(&mut part.len));
        }
    }

    fn add(&mut self, path: Path, len: usize) {
        self.first.get_or_insert(Failure { path });
        self.len += len;
    }
}

pub(super) struct Store {
    type_path: &'static str,
    first: Failure,
    len: usize,
}

impl Store {
    pub(super) fn of(type_path: &'static str, list: List) -> Option<Self> {
        Some(Self { type_path, first: list.first?, len: list.len })
    }

    pub(super) fn type_path(&self) -> &'static str {
        self.type_path
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn first(&self) -> &Failure {
        &self.first
    }
}

impl fmt::Display for DisposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to dispose `{}`: {}", self.type_name(), self.first().path())?;
        match self.len() {
            1 => Ok(()),
            len => write!(f, " and {} more", len - 1),
        }
    }
}

impl fmt::Debug for DisposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DisposeError")
            .field("type_name", &self.type_name())
            .field("len", &self.len())
            .field("first", self.first())
            .finish()
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("path", &self.path()).finish()
    }
}

impl Error for DisposeError {}
