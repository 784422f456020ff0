//! What went wrong in one disposal, and how far it has come.

use core::error::Error;
use core::mem;

use crate::error::{AsyncOnly, List};
use crate::path::Segment;
use crate::{AsyncDispose, Dispose, Outcome};

/// Collects the failures of one disposal; handed to [`Dispose::release_all`].
///
/// Costs nothing until something fails.
#[derive(Debug)]
pub struct Failures {
    list: List,
    last_attempt: bool,
    /// Whether something was given up that only an asynchronous disposal could have released.
    forgotten: bool,
    progress: Progress,
}

/// How far the pass over one value has come. A step that must not repeat when a panic makes the
/// pass run again is counted as it begins, and skipped the second time.
#[derive(Debug, Clone, Copy)]
struct Progress {
    begun: usize,
    skip: usize,
    /// The elements still ahead in the collection that the last step begun goes through.
    ahead: usize,
}

impl Progress {
    const START: Self = Self { begun: 0, skip: 0, ahead: 0 };
}

impl Failures {
    /// Records the outcome of the release of `path`, which is the field's name.
    ///
    /// Nothing happens on success. A [`DisposeError`](crate::DisposeError) as outcome brings its
    /// own failures, whose paths go below `path`.
    ///
    /// ```
    /// # use dispose_core::{Dispose, Failures};
    /// # fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::BrokenPipe.into()) }
    /// struct Log(Option<i32>);
    ///
    /// impl Dispose for Log {
    ///     fn release_all(&mut self, failures: &mut Failures) {
    ///         if let Some(fd) = self.0.take() {
    ///             failures.record("fd", close(fd));
    ///         }
    ///     }
    ///     fn is_disposed(&self) -> bool { self.0.is_none() }
    /// }
    ///
    /// let error = Log(Some(1)).dispose().unwrap_err();
    /// assert_eq!(error.to_string(), "failed to dispose `Log`: fd: broken pipe");
    /// ```
    #[inline]
    pub fn record(&mut self, path: &str, outcome: impl Outcome) {
        self.record_at(Segment::Name(path), outcome);
    }

    #[inline]
    pub(crate) fn record_at(&mut self, at: Segment<'_>, outcome: impl Outcome) {
        if let Err(error) = outcome.into_result() {
            self.fail(at, error);
        }
    }

    /// Disposes of `part` as a step of this disposal; its failures go below `name`.
    ///
    /// If the part panics, what is left of it is released before the panic goes on. When the pass
    /// over the owner then runs again, parts that were already begun are skipped by counting, so
    /// nest the same parts in the same order each time.
    ///
    /// ```
    /// # use dispose_core::{Dispose, Failures};
    /// struct Pool<T> { first: T, second: T }
    ///
    /// impl<T: Dispose> Dispose for Pool<T> {
    ///     fn release_all(&mut self, failures: &mut Failures) {
    ///         failures.nest("second", &mut self.second);
    ///         failures.nest("first", &mut self.first);
    ///     }
    ///     fn is_disposed(&self) -> bool {
    ///         self.first.is_disposed() && self.second.is_disposed()
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn nest<T: Dispose + ?Sized>(&mut self, name: &str, part: &mut T) {
        self.nest_at(Segment::Name(name), part);
    }

    /// Disposes of `part` as a step of this asynchronous disposal; its failures go below `name`.
    ///
    /// Where the part is not an [`AsyncDispose`], or need not be awaited, [`nest`](Self::nest) serves
    /// in an asynchronous disposal too.
    ///
    /// ```
    /// # use dispose_core::{AsyncDispose, Dispose, Failures};
    /// # struct Pool<T> { first: T, second: T }
    /// # impl<T: Dispose> Dispose for Pool<T> {
    /// #     fn release_all(&mut self, failures: &mut Failures) {
    /// #         failures.nest("second", &mut self.second);
    /// #         failures.nest("first", &mut self.first);
    /// #     }
    /// #     fn is_disposed(&self) -> bool { self.first.is_disposed() && self.second.is_disposed() }
    /// # }
    /// impl<T: AsyncDispose> AsyncDispose for Pool<T> {
    ///     async fn release_all_async(&mut self, failures: &mut Failures) {
    ///         failures.nest_async("second", &mut self.second).await;
    ///         failures.nest_async("first", &mut self.first).await;
    ///     }
    /// }
    /// ```
    #[inline]
    pub async fn nest_async<T: AsyncDispose + ?Sized>(&mut self, name: &str, part: &mut T) {
        self.nest_async_at(Segment::Name(name), part).await;
    }

    /// Whether nobody can call again: in `Drop` and in [`close`](crate::Close::close).
    ///
    /// A hand-written impl that puts a value back after a failed release does not do so then.
    #[must_use]
    #[inline]
    pub fn is_last_attempt(&self) -> bool {
        self.last_attempt
    }

    #[inline]
    pub(crate) fn nest_at<T: Dispose + ?Sized>(&mut self, at: Segment<'_>, part: &mut T) {
        if !self.begin() {
            return;
        }
        let nested = Nested { part, below: Below::begin(self, at) };
        nested.part.release_all(nested.below.failures);
        nested.end();
    }

    #[inline]
    pub(crate) async fn nest_async_at<T: AsyncDispose + ?Sized>(
        &mut self,
        at: Segment<'_>,
        part: &mut T,
    ) {
        let below = Below::begin(self, at);
        part.release_all_async(below.failures).await;
    }

    #[inline]
    pub(crate) const fn first_attempt() -> Self {
        Self::new(false)
    }

    #[inline]
    pub(crate) const fn last_attempt() -> Self {
        Self::new(true)
    }

    #[inline]
    const fn new(last_attempt: bool) -> Self {
        Self { list: List::new(), last_attempt, forgotten: false, progress: Progress::START }
    }

    /// The index of the next element on the way to the front of a collection.
    #[inline]
    pub(crate) fn next_index(&mut self) -> Option<usize> {
        self.progress.ahead = self.progress.ahead.checked_sub(1)?;
        Some(self.progress.ahead)
    }

    #[inline]
    pub(crate) fn go_on_before(&mut self, index: usize) {
        self.progress.ahead = index;
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.len() == 0
    }

    /// Itself, if anything has failed; else nothing was allocated, and nothing need be dropped.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Self> {
        if self.is_empty() { None } else { Some(mem::replace(self, Self::first_attempt())) }
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    pub(crate) fn into_list(self) -> List {
        self.list
    }

    /// Before the pass runs again: what has begun is skipped.
    pub(crate) fn rewind(&mut self) {
        self.progress.skip = self.progress.begun;
    }

    // `extern "C"`, so that callers know that it does not unwind: where the releases do not either,
    // the second pass and its code go away.
    #[cold]
    #[inline(never)]
    #[allow(improper_ctypes_definitions, reason = "only Rust calls it")]
    extern "C" fn fail<E: Error + Send + Sync + 'static>(&mut self, at: Segment<'_>, error: E) {
        self.list.push(at, error);
    }
}

/// What only expansions call.
#[doc(hidden)]
impl Failures {
    /// Records that nothing but an asynchronous disposal can release what the field holds, unless it
    /// is empty; answers whether the field is to be emptied, as nobody can call again.
    #[inline]
    #[must_use]
    pub fn only_async(&mut self, path: &str, is_empty: bool) -> bool {
        if !self.begin() || is_empty {
            return false;
        }
        self.fail(Segment::Name(path), AsyncOnly);
        self.forgotten |= self.last_attempt;
        self.last_attempt
    }

    /// Whether the next step is to run, which it does once in a disposal.
    #[inline]
    pub fn begin(&mut self) -> bool {
        if self.progress.skip > 0 {
            self.progress.skip -= 1;
            false
        } else {
            self.progress.begun += 1;
            true
        }
    }

    /// Records, and answers whether the value goes back into its field.
    #[inline]
    #[must_use]
    pub fn keep(&mut self, path: &str, outcome: impl Outcome) -> bool {
        match outcome.into_result() {
            Ok(()) => false,
            Err(error) => {
                self.fail(Segment::Name(path), error);
                !self.last_attempt
            }
        }
    }

    #[inline]
    pub fn record_each(&mut self, path: &str, index: usize, outcome: impl Outcome) {
        if let Err(error) = outcome.into_result() {
            self.fail(Segment::Element(path, index), error);
        }
    }

    /// Whether to go through a collection of `len` elements from its end, or on from where a panic
    /// stopped.
    #[inline]
    pub fn begin_each(&mut self, len: usize) -> bool {
        if self.begin() {
            self.progress.ahead = len;
            return true;
        }
        // If steps after this one have begun, it was finished.
        self.progress.skip == 0
    }

    #[inline]
    #[must_use]
    pub fn keep_each(&mut self, path: &str, index: usize, outcome: impl Outcome) -> bool {
        match outcome.into_result() {
            Ok(()) => false,
            Err(error) => {
                self.fail(Segment::Element(path, index), error);
                !self.last_attempt
            }
        }
    }
}

/// A part on its way. If it panics, the rest of it is released.
struct Nested<'a, T: Dispose + ?Sized> {
    part: &'a mut T,
    below: Below<'a>,
}

impl<T: Dispose + ?Sized> Nested<'_, T> {
    #[inline]
    fn end(mut self) {
        self.below.end();
        mem::forget(self);
    }
}

impl<T: Dispose + ?Sized> Drop for Nested<'_, T> {
    #[cold]
    fn drop(&mut self) {
        self.below.failures.rewind();
        self.part.release_all(self.below.failures);
    }
}

/// What is recorded meanwhile belongs to a part: its failures go below `at`, and the owner's progress
/// is put back.
struct Below<'a> {
    failures: &'a mut Failures,
    at: Segment<'a>,
    outer: Progress,
    before: usize,
}

impl<'a> Below<'a> {
    #[inline]
    fn begin(failures: &'a mut Failures, at: Segment<'a>) -> Self {
        let outer = mem::replace(&mut failures.progress, Progress::START);
        let before = failures.list.len();
        Self { failures, at, outer, before }
    }

    #[inline]
    fn end(&mut self) {
        self.failures.progress = self.outer;
        if self.failures.list.len() > self.before {
            self.failures.list.move_below(self.at, self.before);
        }
    }
}

impl Drop for Below<'_> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}
