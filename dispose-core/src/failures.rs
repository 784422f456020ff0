//! A disposal in progress: what has failed, how far it has come, and whether it goes on.

use core::any::TypeId;
use core::error::Error;
use core::mem;

use crate::error::{AsyncOnly, List};
use crate::path::Segment;
use crate::type_name::Internal;
use crate::{AsyncDispose, Dispose, Outcome, type_id};

/// A disposal in progress. [`Dispose::release_all`] receives it and records each failure in it.
///
/// It costs nothing until something fails.
#[derive(Debug)]
pub struct Failures {
    list: List,
    attempt: Attempt,
    /// Something was given up that only an asynchronous disposal could have released.
    forgotten: bool,
    /// A release was refused and its value stayed, so what it may use stays too.
    stopped: bool,
    /// It went so far down that the `Drop` of each part would go through too much again.
    deep: bool,
    /// How far below the value that the disposal is of.
    level: u32,
    progress: Progress,
    /// The type whose pass panicked, until the pass after that begins.
    resumes: Option<TypeId>,
}

/// What kind of call began the disposal. Parts inherit it from their owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// `dispose` and `try_close`: the caller can try again.
    Repeatable,
    /// `close` and `using`: the last attempt, whose caller gets the error.
    Close,
    /// `Drop`: the last attempt, and no caller.
    Drop,
}

/// Down to this level the `Drop` of each part may go through all that is in it again.
const DEEP: u32 = 8;

/// How far the pass over one value has come. A step that must not repeat when a panic makes the
/// pass run again is counted as it begins, and skipped the second time.
#[derive(Debug, Clone, Copy)]
struct Progress {
    begun: usize,
    skip: usize,
    /// The elements still ahead in the collection that the last step begun goes through.
    ahead: usize,
    /// The last step to be skipped stopped the disposal.
    stops: bool,
}

impl Progress {
    const START: Self = Self { begun: 0, skip: 0, ahead: 0, stops: false };
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
            self.list.fail(at, error);
        }
    }

    /// Disposes of `part` as a step of this disposal; its failures go below `name`.
    ///
    /// If the part records a failure and still holds something, and the caller can try again, the
    /// disposal stops: [`is_stopped`](Self::is_stopped) is true, and further calls of `nest` do
    /// nothing. So the parts that the refused one may still use stay alive.
    ///
    /// If the part panics, what is left of it is released before the panic goes on. When the pass
    /// over the owner then runs again, it nests the part again, which has nothing left to release.
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
            self.nest_uncounted(Segment::Name(name), part);
        }
    }

    /// Disposes of `part` as a step of this asynchronous disposal; its failures go below `name`.
    ///
    /// It stops the disposal as [`nest`](Self::nest) does. Where the part is not an
    /// [`AsyncDispose`], or need not be awaited, [`nest`](Self::nest) serves in an asynchronous
    /// disposal too.
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

    /// Returns whether the caller cannot try again: in `Drop`, in [`close`](crate::Close::close) and
    /// in [`using`](crate::using()).
    ///
    /// A hand-written impl that puts a value back after a failed release does not do so then.
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

    /// Returns whether the value is being dropped, where a release should be quick and final.
    ///
    /// A field with `drop = G` calls `G` then, and its `release` otherwise.
    #[must_use]
    #[inline]
    pub fn is_drop(&self) -> bool {
        self.attempt == Attempt::Drop
    }

    /// Returns whether a part stayed because its release was refused.
    ///
    /// A hand-written impl that releases something itself after a [`nest`](Self::nest) returns when
    /// this is true, because the part that stayed may still use it. It is never true in the
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

    #[inline]
    pub(crate) fn nest_at<T: Dispose + ?Sized>(&mut self, at: Segment<'_>, part: &mut T) {
        if !self.is_stopped() {
            self.nest_sibling(at, part);
        }
    }

    /// [`nest_at`](Self::nest_at) for an element of a collection, which is tried also after another
    /// element stayed.
    #[inline]
    pub(crate) fn nest_sibling<T: Dispose + ?Sized>(&mut self, at: Segment<'_>, part: &mut T) {
        if self.begin() {
            self.nest_uncounted(at, part);
        }
    }

    /// [`nest_sibling`](Self::nest_sibling) for a part that another pass may find again.
    #[inline]
    pub(crate) fn nest_uncounted<T: Dispose + ?Sized>(&mut self, at: Segment<'_>, part: &mut T) {
        let mut below = Below::begin(self, at);
        let nested = Nested { part, below: &mut below };
        nested.part.release_all(&mut nested.below.own);
        // Only a panic of a release has the rest released, not one of the question that follows.
        mem::forget(nested);
        below.end(part);
        // Its failures have been moved.
        mem::forget(below);
    }

    #[inline]
    pub(crate) async fn nest_async_at<T: AsyncDispose + ?Sized>(
        &mut self,
        at: Segment<'_>,
        part: &mut T,
    ) {
        if !self.is_stopped() {
            self.nest_async_sibling(at, part).await;
        }
    }

    #[inline]
    pub(crate) async fn nest_async_sibling<T: AsyncDispose + ?Sized>(
        &mut self,
        at: Segment<'_>,
        part: &mut T,
    ) {
        let mut below = Below::begin(self, at);
        part.release_all_async(&mut below.own).await;
        below.end(part);
    }

    #[inline]
    pub(crate) const fn new(attempt: Attempt) -> Self {
        Self {
            list: List::new(),
            attempt,
            forgotten: false,
            stopped: false,
            deep: false,
            level: 0,
            progress: Progress::START,
            resumes: None,
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.len() == 0
    }

    /// Itself, if anything has failed; else nothing was allocated, and nothing need be dropped.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Self> {
        if self.is_empty() { None } else { Some(mem::replace(self, Self::new(self.attempt))) }
    }

    /// Whether the `Drop` of each part would go through so much again that it adds up.
    #[inline]
    pub(crate) fn is_deep(&self) -> bool {
        self.deep
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    pub(crate) fn into_list(self) -> List {
        self.list
    }

    /// Before the pass over a value of the type `of` runs again: what has begun is skipped.
    pub(crate) fn rewind(&mut self, of: TypeId) {
        self.progress.skip = self.progress.begun;
        self.resumes = Some(of);
    }
}

/// What only expansions call.
#[doc(hidden)]
impl Failures {
    /// Begins a pass over a `T` in place, the type that calls this.
    ///
    /// Anyone who is handed a `Failures` can call the `release_all` of a value with it, also when it has
    /// steps to skip. Those of another type's pass are none of this one, which would leave out a child and
    /// release its parent.
    #[inline]
    pub fn resume<T: ?Sized>(&mut self) {
        if self.progress.skip > 0 {
            self.resume_as(type_id::of::<T>());
        }
    }

    #[cold]
    fn resume_as(&mut self, of: TypeId) {
        if self.resumes.take() == Some(of) {
            self.progress.stops = mem::take(&mut self.stopped);
        } else {
            self.progress.skip = 0;
        }
    }

    /// Records that nothing but an asynchronous disposal can release what the field holds, unless it
    /// is empty. Returns whether the field is to be emptied, because the caller cannot try again;
    /// where it can, the value is kept.
    #[inline]
    #[must_use]
    pub fn only_async(&mut self, path: &str, is_empty: bool) -> bool {
        if !self.begin() || is_empty {
            return false;
        }
        self.list.fail(Segment::Name(path), AsyncOnly);
        if self.is_last_attempt() {
            self.forgotten = true;
        } else {
            self.stopped = true;
        }
        self.is_last_attempt()
    }

    /// Returns whether the next step is to run, which it does once in a disposal.
    #[inline]
    pub fn begin(&mut self) -> bool {
        if self.progress.skip > 0 {
            self.progress.skip -= 1;
            if self.progress.skip == 0 {
                self.stopped |= self.progress.stops;
            }
            false
        } else {
            self.progress.begun += 1;
            true
        }
    }

    /// Records, and returns whether the value goes back into its field.
    #[inline]
    #[must_use]
    pub fn keep(&mut self, path: &str, outcome: impl Outcome) -> bool {
        self.refuses(path, outcome) && self.stop()
    }

    /// [`keep`](Self::keep) where the error says whether the resource is alive. It is not asked in
    /// the last attempt.
    #[inline]
    #[must_use]
    pub fn keep_if<O: Outcome>(
        &mut self,
        path: &str,
        outcome: O,
        is_alive: impl FnOnce(&O::Error) -> bool,
    ) -> bool {
        if self.is_last_attempt() {
            self.record(path, outcome);
            return false;
        }
        self.refuses_if(path, outcome, is_alive) && self.stop()
    }

    /// Records, and returns whether the release failed, which left the resource alive.
    #[inline]
    #[must_use]
    pub fn refuses(&mut self, path: &str, outcome: impl Outcome) -> bool {
        self.refuses_at(Segment::Name(path), outcome)
    }

    /// [`refuses`](Self::refuses) where the error says whether the resource is alive.
    #[inline]
    #[must_use]
    pub fn refuses_if<O: Outcome>(
        &mut self,
        path: &str,
        outcome: O,
        is_alive: impl FnOnce(&O::Error) -> bool,
    ) -> bool {
        self.refuses_if_at(Segment::Name(path), outcome, is_alive)
    }

    /// After a refused release: returns whether the value goes back. The disposal then stops.
    #[inline]
    #[must_use]
    pub fn stop(&mut self) -> bool {
        if !self.is_last_attempt() {
            self.stopped = true;
        }
        !self.is_last_attempt()
    }

    #[inline]
    pub fn record_each(&mut self, path: &str, index: usize, outcome: impl Outcome) {
        self.record_at(Segment::Element(path, index), outcome);
    }

    /// Returns whether to go through a collection of `len` elements from its end, or on from where a
    /// panic stopped.
    #[inline]
    pub fn begin_each(&mut self, len: usize) -> bool {
        if self.begin() {
            self.progress.ahead = len;
            return true;
        }
        // If steps after this one have begun, it was finished.
        self.progress.skip == 0
    }

    /// After the way through a collection whose elements may stay: one that is left, for whatever
    /// reason, may use what its owner would release next. (A key panicked or lied, a release added it.)
    #[inline]
    pub fn end_each(&mut self, is_released: bool) {
        if !is_released && !self.is_last_attempt() {
            self.stopped = true;
        }
    }

    /// [`is_stopped`](Self::is_stopped). All that an expansion calls takes `&mut self`: before what borrows
    /// otherwise, the compiler finds a method of that name that a prelude has brought into scope.
    #[inline]
    #[must_use]
    pub fn stopped(&mut self) -> bool {
        self.is_stopped()
    }

    /// [`is_drop`](Self::is_drop), in the same way.
    #[inline]
    #[must_use]
    pub fn dropping(&mut self) -> bool {
        self.is_drop()
    }

    /// What a collection needs to know of the disposal.
    #[inline]
    pub fn way(&mut self) -> Way<'_> {
        Way { is_last_attempt: self.is_last_attempt(), elements: &mut self.progress.ahead }
    }

    #[inline]
    #[must_use]
    pub fn keep_each(&mut self, path: &str, index: usize, outcome: impl Outcome) -> bool {
        self.refuses_each(path, index, outcome) && self.stop()
    }

    #[inline]
    #[must_use]
    pub fn keep_each_if<O: Outcome>(
        &mut self,
        path: &str,
        index: usize,
        outcome: O,
        is_alive: impl FnOnce(&O::Error) -> bool,
    ) -> bool {
        if self.is_last_attempt() {
            self.record_each(path, index, outcome);
            return false;
        }
        self.refuses_each_if(path, index, outcome, is_alive) && self.stop()
    }

    #[inline]
    #[must_use]
    pub fn refuses_each(&mut self, path: &str, index: usize, outcome: impl Outcome) -> bool {
        self.refuses_at(Segment::Element(path, index), outcome)
    }

    #[inline]
    #[must_use]
    pub fn refuses_each_if<O: Outcome>(
        &mut self,
        path: &str,
        index: usize,
        outcome: O,
        is_alive: impl FnOnce(&O::Error) -> bool,
    ) -> bool {
        self.refuses_if_at(Segment::Element(path, index), outcome, is_alive)
    }

    #[inline]
    fn refuses_at(&mut self, at: Segment<'_>, outcome: impl Outcome) -> bool {
        match outcome.into_result() {
            Ok(()) => false,
            Err(error) => {
                self.list.fail(at, error);
                true
            }
        }
    }

    #[inline]
    fn refuses_if_at<O: Outcome>(
        &mut self,
        at: Segment<'_>,
        outcome: O,
        is_alive: impl FnOnce(&O::Error) -> bool,
    ) -> bool {
        match outcome.into_result() {
            Ok(()) => false,
            Err(error) => {
                // Recorded when the question is answered, also if that panics.
                let pending = Pending { list: &mut self.list, at, error: Some(error) };
                pending.error.as_ref().is_some_and(is_alive)
            }
        }
    }
}

/// The way through a collection, apart from the disposal, which a foreign collection could replace.
#[doc(hidden)]
pub struct Way<'a> {
    is_last_attempt: bool,
    elements: &'a mut usize,
}

impl Way<'_> {
    #[inline]
    pub(crate) fn is_last_attempt(&self) -> bool {
        self.is_last_attempt
    }

    /// The index of the next element on the way to the front.
    #[inline]
    pub(crate) fn next_index(&mut self) -> Option<usize> {
        *self.elements = self.elements.checked_sub(1)?;
        Some(*self.elements)
    }

    #[inline]
    pub(crate) fn go_on_before(self, index: usize) {
        *self.elements = index;
    }
}

/// An error that is looked at before it is recorded.
struct Pending<'a, E: Error + Send + Sync + 'static> {
    list: &'a mut List,
    at: Segment<'a>,
    error: Option<E>,
}

impl<E: Error + Send + Sync + 'static> Drop for Pending<'_, E> {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            self.list.fail(self.at, error);
        }
    }
}

/// A part on its way. If it panics, the rest of it is released.
struct Nested<'a, 'b, T: Dispose + ?Sized> {
    part: &'a mut T,
    below: &'a mut Below<'b>,
}

impl<T: Dispose + ?Sized> Drop for Nested<'_, '_, T> {
    #[cold]
    fn drop(&mut self) {
        self.below.own.rewind(self.part.__type_id(Internal));
        self.part.release_all(&mut self.below.own);
        self.below.end(self.part);
    }
}

/// The disposal of a part, apart from its owner's, which the part can thus neither see nor replace.
/// In the end its failures go below `at`.
struct Below<'a> {
    owner: &'a mut Failures,
    own: Failures,
    at: Segment<'a>,
}

impl<'a> Below<'a> {
    #[inline]
    fn begin(owner: &'a mut Failures, at: Segment<'a>) -> Self {
        let mut own = Failures::new(owner.attempt);
        own.level = owner.level.saturating_add(1);
        // Also where the part panics: it is only about time.
        owner.deep |= own.level >= DEEP;
        Self { owner, own, at }
    }

    /// The part has come to its end. If it failed and holds something still, it may use what its
    /// owner would release next.
    #[inline]
    fn end<T: Dispose + ?Sized>(&mut self, part: &T) {
        self.owner.deep |= self.own.deep;
        if self.hand_up() && !self.owner.is_last_attempt() {
            // If the question panics, the answer is yes.
            let before = mem::replace(&mut self.owner.stopped, true);
            self.owner.stopped = before || !part.is_disposed();
        }
    }

    /// Moves what has failed to the owner. Returns whether anything has.
    #[inline]
    fn hand_up(&mut self) -> bool {
        let failed = !self.own.is_empty();
        if failed {
            self.owner.forgotten |= self.own.forgotten;
            let list = mem::replace(&mut self.own.list, List::new());
            self.owner.list.append_below(self.at, list);
        }
        failed
    }
}

impl Drop for Below<'_> {
    /// An asynchronous part that did not come to its end.
    #[inline]
    fn drop(&mut self) {
        self.hand_up();
    }
}
