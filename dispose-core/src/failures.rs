//! A disposal in progress: what has failed, how far it has come, and whether it goes on.

#[cfg(feature = "alloc")]
mod chain;
mod depth;
pub(crate) mod steps;

use core::any::TypeId;
use core::mem::{self, ManuallyDrop};

use self::depth::Depth;
use crate::error::List;
use crate::path::{At, Segment};
use crate::type_name::Internal;
use crate::{AsyncDispose, Dispose, Outcome};

/// A disposal in progress. [`Dispose::release_all`] receives it and records each failure in it.
///
/// It allocates nothing until something fails.
// Each part that is being released has one on the stack, so it is small.
#[derive(Debug)]
pub struct Failures {
    list: List,
    /// The elements still ahead in the collection that the last step begun goes through.
    ahead: usize,
    /// The number of steps that have begun and must not repeat when a panic makes the pass run again; then
    /// the number of those that are still to be skipped.
    steps: u32,
    phase: Phase,
    attempt: Attempt,
    /// A release was refused and its value stayed, so what it may use stays too.
    stopped: bool,
    depth: Depth,
}

/// The state of a pass that a panic may have interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The first pass, which counts its steps.
    First,
    /// The pass after a panic, which skips what had begun.
    Again,
    /// The same. The last step to be skipped stopped the disposal.
    AgainThenStop,
    /// All that had begun has been skipped.
    Over,
}

/// The kind of call that began the disposal. Parts inherit it from their owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// `dispose` and `try_close`: the caller can try again.
    Repeatable,
    /// `close` and `using`: the last attempt, whose caller gets the error.
    Close,
    /// `Drop`: the last attempt, and no caller.
    Drop,
}

impl Failures {
    /// Records the outcome of a release. `path` is the field's name.
    ///
    /// A success is not recorded. If the error is a [`DisposeError`](crate::DisposeError), its
    /// failures are recorded with paths below `path`.
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
        steps::record_at(self, path, outcome);
    }

    /// Disposes of `part` as a step of this disposal, and records its failures below `name`.
    ///
    /// If the part records a failure and still holds something, and the caller can try again, the
    /// disposal stops: [`is_stopped`](Self::is_stopped) is true, and further calls of `nest` do
    /// nothing. So the parts that the refused one may still use stay alive.
    ///
    /// If the part panics, what is left of it is released before the panic goes on. The pass over the
    /// owner then runs again and nests the part again, which has nothing left to release.
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
        // Not counted: how far another pass came must not make this one leave out a part.
        if !self.is_stopped() {
            self.nest_unconditionally(name, part);
        }
    }

    /// Disposes of `part` as a step of this asynchronous disposal, and records its failures below
    /// `name`.
    ///
    /// It stops the disposal as [`nest`](Self::nest) does. Call [`nest`](Self::nest) for a part that is
    /// not [`AsyncDispose`], or need not be awaited.
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
        if !self.is_stopped() {
            self.nest_async_unconditionally(name, part).await;
        }
    }

    /// Returns `true` if the caller cannot try again: in `Drop`, in [`close`](crate::Close::close) and
    /// in [`using`](crate::using()).
    ///
    /// A hand-written impl then puts no value back after a failed release.
    ///
    /// ```
    /// # use dispose_core::{Dispose, Failures};
    /// # fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::ResourceBusy.into()) }
    /// struct Db(Option<i32>);
    ///
    /// impl Dispose for Db {
    ///     fn release_all(&mut self, failures: &mut Failures) {
    ///         let Some(db) = self.0.take() else { return };
    ///         let outcome = close(db);
    ///         let kept = outcome.is_err() && !failures.is_last_attempt();
    ///         failures.record("db", outcome);
    ///         if kept {
    ///             self.0 = Some(db); // and nothing that it uses is released after it
    ///         }
    ///     }
    ///     fn is_disposed(&self) -> bool { self.0.is_none() }
    /// }
    ///
    /// let mut db = Db(Some(1));
    /// assert!(db.dispose().is_err());
    /// assert!(db.ensure_live().is_ok());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_last_attempt(&self) -> bool {
        self.attempt != Attempt::Repeatable
    }

    /// Returns `true` if the value is being dropped, where a release should be quick and final.
    ///
    /// A derived field with `drop = G` then calls `G` instead of its `release`.
    #[must_use]
    #[inline]
    pub fn is_drop(&self) -> bool {
        self.attempt == Attempt::Drop
    }

    /// Returns `true` if a part was refused its release and still holds something.
    ///
    /// After a [`nest`](Self::nest), a hand-written impl returns if this is true, before it releases
    /// anything else: the part may still use that. It is never true in the
    /// [last attempt](Self::is_last_attempt).
    ///
    /// ```
    /// # use dispose_core::{Dispose, Failures};
    /// # fn close(_: i32) -> std::io::Result<()> { Ok(()) }
    /// struct Connection<T> { fd: Option<i32>, session: T }
    ///
    /// impl<T: Dispose> Dispose for Connection<T> {
    ///     fn release_all(&mut self, failures: &mut Failures) {
    ///         failures.nest("session", &mut self.session);
    ///         if failures.is_stopped() {
    ///             return;
    ///         }
    ///         if let Some(fd) = self.fd.take() {
    ///             failures.record("fd", close(fd));
    ///         }
    ///     }
    ///     fn is_disposed(&self) -> bool { self.session.is_disposed() && self.fd.is_none() }
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Does what [`nest`](Self::nest) does, once in a disposal: a pass after a panic skips the part if it had begun.
    // Without a call of `nest_unconditionally`, which a chain would have on the stack for each part.
    #[expect(clippy::inline_always, reason = "less on the stack without optimization")]
    #[inline(always)]
    pub(crate) fn nest_counted<T: Dispose + ?Sized>(&mut self, at: impl At, part: &mut T) {
        if self.begin_part() {
            let mut own = self.below();
            let mut nested = Nested::new(part, self, &mut own, at);
            nested.part.release_all(nested.own);
            nested.end();
        }
    }

    /// Returns whether the part that comes next is to be released, as [`begin_step`](steps::begin_step) does.
    #[inline]
    pub(crate) fn begin_part(&mut self) -> bool {
        !self.is_stopped() && steps::begin_step(self)
    }

    /// Does what [`nest_counted`](Self::nest_counted) does, also after the disposal has stopped.
    #[inline]
    pub(crate) fn nest_even_if_stopped<T: Dispose + ?Sized>(&mut self, at: impl At, part: &mut T) {
        if steps::begin_step(self) {
            self.nest_unconditionally(at, part);
        }
    }

    /// Does what [`nest`](Self::nest) does, also after the disposal has stopped.
    #[inline]
    pub(crate) fn nest_unconditionally<T: Dispose + ?Sized>(&mut self, at: impl At, part: &mut T) {
        let mut own = self.below();
        let mut nested = Nested::new(part, self, &mut own, at);
        nested.part.release_all(nested.own);
        nested.end();
    }

    /// Does what [`nest_async`](Self::nest_async) does, also after the disposal has stopped.
    #[inline]
    pub(crate) async fn nest_async_unconditionally<T: AsyncDispose + ?Sized>(
        &mut self,
        at: impl At,
        part: &mut T,
    ) {
        let own = ManuallyDrop::into_inner(self.below());
        let mut awaited = Awaited { owner: self, own, at };
        part.release_all_async(&mut awaited.own).await;
        let Awaited { owner, own, at } = &mut awaited;
        owner.append(*at, own, part);
    }

    #[inline]
    pub(crate) const fn new(attempt: Attempt) -> Self {
        Self {
            list: List::new(),
            ahead: 0,
            steps: 0,
            phase: Phase::First,
            attempt,
            stopped: false,
            depth: Depth::TOP,
        }
    }

    /// Returns the disposal of a part. It is a separate one, so the part can neither see nor replace this one.
    #[inline]
    pub(crate) fn below(&self) -> ManuallyDrop<Self> {
        self.levels_below(1)
    }

    /// [`below`](Self::below) of a part that is so many levels below.
    // What it allocates is gone when it has been handed up.
    #[inline]
    pub(crate) fn levels_below(&self, levels: u8) -> ManuallyDrop<Self> {
        let mut own = ManuallyDrop::new(Self::new(self.attempt));
        own.depth = self.depth.below(levels);
        own
    }

    /// Ends the part at `at`, of which `own` has what failed. If anything did, or was left in a collection,
    /// and the part holds something still, it may use what its owner would release next.
    pub(crate) fn append<T: Dispose + ?Sized>(&mut self, at: impl At, own: &mut Self, part: &T) {
        self.append_with(at, own, || part.is_disposed());
    }

    fn append_with(&mut self, at: impl At, own: &mut Self, is_disposed: impl FnOnce() -> bool) {
        let failed = self.hand_up(at.segment(), own);
        if (failed || own.stopped) && !self.is_last_attempt() {
            // If the question panics, the part counts as held.
            let before = mem::replace(&mut self.stopped, true);
            self.stopped = before || !is_disposed();
        }
    }

    /// Moves what has failed in `own` below `at`. Returns whether anything has.
    fn hand_up(&mut self, at: Segment<'_>, own: &mut Self) -> bool {
        let failed = !own.list.is_empty();
        if failed {
            if own.list.is_forgotten() {
                self.list.rare().forgotten = true;
            }
            self.list.append_below(at, &mut own.list);
        }
        own.list = List::new();
        failed
    }

    /// Returns `true` if nothing has failed. A `false` does not mean that something has.
    #[inline]
    pub(crate) fn is_untouched(&self) -> bool {
        self.list.is_untouched()
    }

    /// Takes what has failed. Nothing that was allocated is left.
    #[inline]
    pub(crate) fn take_list(&mut self) -> List {
        mem::replace(&mut self.list, List::new())
    }

    /// Has the next pass over a value of the type `of` skip what has begun.
    pub(crate) fn rewind(&mut self, of: TypeId) {
        self.phase = if self.steps == 0 { Phase::Over } else { Phase::Again };
        self.list.rare().resumes = Some(of);
    }
}

/// A part on its way. If it panics, the rest of it is released.
///
/// In a chain of parts each has one of these on the stack. So it is made and used by its few functions,
/// which leave nothing else there, also without optimization.
struct Nested<'a, T: Dispose + ?Sized, P: At> {
    part: &'a mut T,
    owner: &'a mut Failures,
    own: &'a mut Failures,
    at: P,
    panics: bool,
}

impl<'a, T: Dispose + ?Sized, P: At> Nested<'a, T, P> {
    #[inline]
    fn new(part: &'a mut T, owner: &'a mut Failures, own: &'a mut Failures, at: P) -> Self {
        Self { part, owner, own, at, panics: true }
    }

    #[inline]
    fn end(&mut self) {
        // A panic of a release has the rest released. A panic of the question that follows has not.
        self.panics = false;
        if self.own.stopped || !self.own.list.is_untouched() {
            end(self.part, self.owner, self.own, self.at);
        }
    }
}

impl<T: Dispose + ?Sized, P: At> Drop for Nested<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        if self.panics {
            go_on(self.part, self.owner, self.own, self.at);
        }
    }
}

/// Runs the steps of a part that have not begun, after it panicked.
#[cold]
#[inline(never)]
fn go_on<T: Dispose + ?Sized>(part: &mut T, owner: &mut Failures, own: &mut Failures, at: impl At) {
    own.rewind(part.__type_id(Internal));
    part.release_all(own);
    owner.append(at, own, part);
}

/// Ends a part that recorded something, or stopped.
#[cold]
#[inline(never)]
fn end<T: Dispose + ?Sized>(part: &T, owner: &mut Failures, own: &mut Failures, at: impl At) {
    owner.append(at, own, part);
}

/// A part that is awaited. Where it does not come to its end, its failures are handed up too.
struct Awaited<'a, P: At> {
    owner: &'a mut Failures,
    own: Failures,
    at: P,
}

impl<P: At> Drop for Awaited<'_, P> {
    fn drop(&mut self) {
        self.owner.hand_up(self.at.segment(), &mut self.own);
    }
}
