//! A library that keeps every promise of its `unsafe(release = …)`. The tests beside it attack it from
//! safe code, each a crate of its own.
//!
//! What it wraps is real memory: a database that statements write to until they are finalized, and
//! buffers that are written to until they are withdrawn. A wrong release is a use after free or a double
//! free, which the sanitizer sees, and [`live`](c::live) counts what was not released.

#![allow(
    missing_docs,
    clippy::must_use_candidate,
    clippy::new_without_default,
    reason = "only the tests beside it use it"
)]

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::NonNull;

use dispose_core::{AsyncDispose, Close, Dispose, Disposed, Failures, SafeHandle};

use c::{Db, Stmt};

/// The C library.
pub mod c {
    use std::cell::{Cell, RefCell};
    use std::fmt;
    use std::ptr::NonNull;

    thread_local! {
        static LIVE: Cell<i32> = const { Cell::new(0) };
        static REGISTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
        static BUSY: Cell<u32> = const { Cell::new(0) };
    }

    /// How many resources of this thread are not released.
    #[must_use]
    pub fn live() -> i32 {
        LIVE.get()
    }

    /// The next `times` attempts to close a database report that it is busy.
    pub fn be_busy(times: u32) {
        BUSY.set(times);
    }

    /// A database, which knows how many statements are open.
    pub struct Db {
        open: u64,
    }

    /// A statement, which uses its database.
    pub struct Stmt {
        db: NonNull<Db>,
    }

    pub(crate) fn open() -> NonNull<Db> {
        LIVE.set(LIVE.get() + 1);
        NonNull::from(Box::leak(Box::new(Db { open: 0 })))
    }

    pub(crate) unsafe fn close(db: NonNull<Db>) {
        // SAFETY: made by `open`, and the caller promises that it is closed once.
        let db = unsafe { Box::from_raw(db.as_ptr()) };
        // A database that is closed before its statements counts as one that is not.
        if db.open == 0 {
            LIVE.set(LIVE.get() - 1);
        }
    }

    /// The database is busy.
    #[derive(Debug)]
    pub struct Busy;

    impl fmt::Display for Busy {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("busy")
        }
    }

    impl std::error::Error for Busy {}

    /// Closes it unless it is busy.
    pub(crate) unsafe fn close_or_refuse(db: NonNull<Db>) -> Result<(), Busy> {
        if let Some(left) = BUSY.get().checked_sub(1) {
            BUSY.set(left);
            return Err(Busy);
        }
        // SAFETY: as the caller promises.
        unsafe { close(db) };
        Ok(())
    }

    pub(crate) unsafe fn prepare(mut db: NonNull<Db>) -> NonNull<Stmt> {
        LIVE.set(LIVE.get() + 1);
        // SAFETY: the caller promises that the database is open.
        unsafe { db.as_mut() }.open += 1;
        NonNull::from(Box::leak(Box::new(Stmt { db })))
    }

    pub(crate) unsafe fn finalize(stmt: NonNull<Stmt>) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: made by `prepare`, and the caller promises that its database is still open.
        let mut stmt = unsafe { Box::from_raw(stmt.as_ptr()) };
        // SAFETY: as above.
        unsafe { stmt.db.as_mut() }.open -= 1;
    }

    /// Finalizes it unless it is busy.
    pub(crate) unsafe fn finalize_or_refuse(stmt: NonNull<Stmt>) -> Result<(), Busy> {
        if let Some(left) = BUSY.get().checked_sub(1) {
            BUSY.set(left);
            return Err(Busy);
        }
        // SAFETY: as the caller promises.
        unsafe { finalize(stmt) };
        Ok(())
    }

    /// Runs a statement.
    pub(crate) unsafe fn step(stmt: NonNull<Stmt>) {
        // SAFETY: the caller promises that it is not finalized, and its database open.
        let db = unsafe { &mut *stmt.as_ref().db.as_ptr() };
        db.open = std::hint::black_box(db.open);
    }

    /// What the library counts the owners of.
    pub struct Counted {
        owners: u64,
    }

    pub(crate) fn make() -> NonNull<Counted> {
        LIVE.set(LIVE.get() + 1);
        NonNull::from(Box::leak(Box::new(Counted { owners: 1 })))
    }

    pub(crate) unsafe fn retain(mut counted: NonNull<Counted>) {
        LIVE.set(LIVE.get() + 1);
        // SAFETY: the caller promises that it has an owner.
        unsafe { counted.as_mut() }.owners += 1;
    }

    /// Retains it unless it is busy.
    pub(crate) unsafe fn retain_or_refuse(counted: NonNull<Counted>) -> Result<(), Busy> {
        if let Some(left) = BUSY.get().checked_sub(1) {
            BUSY.set(left);
            return Err(Busy);
        }
        // SAFETY: as the caller promises.
        unsafe { retain(counted) };
        Ok(())
    }

    pub(crate) unsafe fn unref(mut counted: NonNull<Counted>) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: the caller promises that it is an owner, and no more from here on.
        let owners = unsafe { &mut counted.as_mut().owners };
        *owners -= 1;
        if *owners == 0 {
            // SAFETY: made by `make`, and it was the last owner.
            drop(unsafe { Box::from_raw(counted.as_ptr()) });
        }
    }

    pub(crate) unsafe fn owners(counted: NonNull<Counted>) -> u64 {
        // SAFETY: the caller promises that it has an owner.
        unsafe { counted.as_ref() }.owners
    }

    pub(crate) fn register(buffer: &mut [u8; 64]) -> usize {
        LIVE.set(LIVE.get() + 1);
        let at = buffer.as_mut_ptr() as usize;
        REGISTERED.with_borrow_mut(|registered| registered.push(at));
        at
    }

    pub(crate) unsafe fn withdraw(at: usize) {
        LIVE.set(LIVE.get() - 1);
        REGISTERED.with_borrow_mut(|registered| registered.retain(|known| *known != at));
    }

    /// The library's own thread, one step of it: it writes to each buffer that is registered.
    pub fn tick() {
        REGISTERED.with_borrow(|registered| {
            for at in registered {
                // SAFETY: who registers a buffer withdraws it before the buffer goes.
                unsafe { std::ptr::with_exposed_provenance_mut::<u8>(*at).write(1) };
            }
        });
    }
}

/// A buffer that the library writes to.
type Buffer = Box<[u8; 64]>;

fn registered() -> (usize, Buffer) {
    let mut buffer = Box::new([0; 64]);
    (c::register(&mut buffer), buffer)
}

/// A request whose buffer is an ordinary field.
#[derive(Close)]
pub struct Request {
    #[unmanaged(unsafe(release = c::withdraw), always)]
    id: usize,
    _buffer: Buffer,
}

impl Request {
    pub fn new() -> Self {
        let (id, buffer) = registered();
        Self { id, _buffer: buffer }
    }
}

/// A hand-written safe handle: who takes the raw value takes over the buffer too.
impl SafeHandle for Request {
    type Raw = usize;

    unsafe fn from_raw(id: usize) -> Self {
        // SAFETY: the caller promises that it comes from `into_raw`, which let go of the buffer.
        let buffer = unsafe { Box::from_raw(std::ptr::with_exposed_provenance_mut(id)) };
        Self { id, _buffer: buffer }
    }

    fn as_raw(&self) -> Result<usize, Disposed> {
        Ok(self.id)
    }

    fn into_raw(self) -> usize {
        std::mem::ManuallyDrop::new(self).id
    }

    fn is_invalid(&self) -> bool {
        false
    }
}

/// A request with a part, which is released second and asked first, whether it is disposed.
#[derive(Close)]
#[dispose(explicit)]
pub struct With<T: Dispose> {
    #[dispose]
    part: T,
    #[unmanaged(unsafe(release = c::withdraw), always)]
    id: usize,
    _buffer: Buffer,
}

impl<T: Dispose> With<T> {
    pub fn new(part: T) -> Self {
        let (id, buffer) = registered();
        Self { part, id, _buffer: buffer }
    }
}

/// A request with a part, which is released first.
#[derive(Close)]
pub struct PartFirst<T: Dispose> {
    #[unmanaged(unsafe(release = c::withdraw), always)]
    id: usize,
    #[dispose]
    part: T,
    _buffer: Buffer,
}

impl<T: Dispose> PartFirst<T> {
    pub fn new(part: T) -> Self {
        let (id, buffer) = registered();
        Self { id, part, _buffer: buffer }
    }
}

/// As [`With`], in place.
#[derive(Dispose)]
#[dispose(explicit)]
pub struct InPlace<T: Dispose> {
    #[dispose]
    part: T,
    #[unmanaged(unsafe(release = c::withdraw))]
    id: Option<usize>,
    _buffer: Buffer,
}

impl<T: Dispose> InPlace<T> {
    pub fn new(part: T) -> Self {
        let (id, buffer) = registered();
        Self { part, id: Some(id), _buffer: buffer }
    }
}

/// A database on the heap between two parts: released second, once.
#[derive(Close)]
pub struct Handle<A: Dispose, B: Dispose = A> {
    #[dispose]
    first: A,
    #[unmanaged(unsafe(release = c::close), always)]
    db: NonNull<Db>,
    #[dispose]
    last: B,
}

impl<A: Dispose, B: Dispose> Handle<A, B> {
    pub fn new(first: A, last: B) -> Self {
        Self { first, db: c::open(), last }
    }
}

/// One variant may be refused its release; the other has a part, and may not.
#[derive(Close)]
pub enum Either<T: Dispose> {
    #[doc(hidden)]
    Alone(#[unmanaged(unsafe(release = c::close_or_refuse), on_error = keep, always)] NonNull<Db>),
    #[doc(hidden)]
    WithPart(#[unmanaged(unsafe(release = c::close), always)] NonNull<Db>, #[dispose] T),
}

impl<T: Dispose> Either<T> {
    pub fn alone() -> Self {
        Self::Alone(c::open())
    }
    pub fn with_part(part: T) -> Self {
        Self::WithPart(c::open(), part)
    }
}

/// A statement, which does not outlive its connection.
#[derive(Dispose)]
struct Session {
    #[unmanaged(unsafe(release = c::finalize))]
    stmt: Option<NonNull<Stmt>>,
}

/// A connection, whose session is released before it.
#[derive(Dispose)]
pub struct Connection {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    #[dispose]
    session: Session,
}

impl Connection {
    pub fn new() -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statement is finalized.
        let stmt = unsafe { c::prepare(db) };
        Self { db: Some(db), session: Session { stmt: Some(stmt) } }
    }
}

/// A cursor whose statement may refuse to be finalized, and then goes on using its database.
#[derive(Dispose)]
pub struct Cursor {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    #[unmanaged(unsafe(release = c::finalize_or_refuse), unsafe(drop = c::finalize), on_error = keep)]
    stmt: Option<NonNull<Stmt>>,
}

impl Cursor {
    pub fn new() -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statement is finalized.
        let stmt = unsafe { c::prepare(db) };
        Self { db: Some(db), stmt: Some(stmt) }
    }

    pub fn step(&self) {
        if let Some(stmt) = self.stmt {
            // SAFETY: it is not finalized, and its database is closed after it.
            unsafe { c::step(stmt) };
        }
    }
}

/// Databases on top of each other: each but the last has a statement on the one below, which is declared first
/// and so released last.
#[derive(Dispose)]
pub struct Layer {
    #[dispose]
    below: Option<Box<Layer>>,
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    #[unmanaged(unsafe(release = c::finalize))]
    on_below: Option<NonNull<Stmt>>,
}

impl Layer {
    pub fn of(len: usize) -> Self {
        (1..len).fold(Self::on(None), |below, _| Self::on(Some(Box::new(below))))
    }

    fn on(below: Option<Box<Self>>) -> Self {
        let db = below.as_ref().and_then(|below| below.db);
        // SAFETY: it is open, and closed after the statement is finalized.
        let on_below = db.map(|db| unsafe { c::prepare(db) });
        Self { below, db: Some(c::open()), on_below }
    }
}

/// A [`Connection`] in two parts, the second of which uses what the first one holds.
#[derive(Dispose)]
pub struct Parts {
    #[dispose]
    first: Option<Box<Opened>>,
    #[dispose]
    second: Option<Session>,
}

#[derive(Dispose)]
struct Opened {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
}

impl Parts {
    pub fn new() -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statement is finalized.
        let stmt = unsafe { c::prepare(db) };
        Self {
            first: Some(Box::new(Opened { db: Some(db) })),
            second: Some(Session { stmt: Some(stmt) }),
        }
    }
}

/// A [`Connection`] by hand.
pub struct ByHand {
    db: Option<NonNull<Db>>,
    session: Session,
}

impl ByHand {
    pub fn new() -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statement is finalized.
        let stmt = unsafe { c::prepare(db) };
        Self { db: Some(db), session: Session { stmt: Some(stmt) } }
    }
}

impl Dispose for ByHand {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.nest("session", &mut self.session);
        if failures.is_stopped() {
            return;
        }
        if let Some(db) = self.db.take() {
            // SAFETY: nothing else closes it, and its statement is finalized.
            unsafe { c::close(db) };
        }
    }
    fn is_disposed(&self) -> bool {
        self.db.is_none() && self.session.is_disposed()
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        let _ = self.dispose();
    }
}

/// A request by value, with ordinary fields of its user's.
#[derive(Close)]
pub struct Hung<O> {
    _first: O,
    #[unmanaged(unsafe(release = c::withdraw), always)]
    id: usize,
    _buffer: Buffer,
    _last: O,
}

impl<O> Hung<O> {
    pub fn new(first: O, last: O) -> Self {
        let (id, buffer) = registered();
        Self { _first: first, id, _buffer: buffer, _last: last }
    }
}

/// A database with a part of its user's, which is asked first.
#[derive(Dispose, Default)]
pub struct Parent<T: Dispose> {
    #[dispose]
    part: T,
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
}

/// A database in a cell, and its statement.
#[derive(Dispose)]
#[dispose(explicit)]
pub struct InCell<T: Dispose + Default> {
    #[dispose]
    parent: Cell<Parent<T>>,
    #[unmanaged(unsafe(release = c::finalize))]
    stmt: Option<NonNull<Stmt>>,
}

impl<T: Dispose + Default> InCell<T> {
    pub fn new(part: T) -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statement is finalized.
        let stmt = unsafe { c::prepare(db) };
        Self { parent: Cell::new(Parent { part, db: Some(db) }), stmt: Some(stmt) }
    }
}

/// A value that a comparison distinguishes from none, between two databases.
#[derive(Dispose)]
pub struct Keyed<K: Default + PartialEq> {
    #[unmanaged(unsafe(release = c::close))]
    above: Option<NonNull<Db>>,
    #[unmanaged(release = drop, invalid = K::default())]
    key: K,
    #[unmanaged(unsafe(release = c::close))]
    below: Option<NonNull<Db>>,
}

impl<K: Default + PartialEq> Keyed<K> {
    pub fn new(key: K) -> Self {
        Self { above: Some(c::open()), key, below: Some(c::open()) }
    }
}

/// A connection whose database may refuse to be closed, held between two parts.
#[derive(Dispose)]
pub struct Refusing<A: Dispose, B: Dispose> {
    #[dispose]
    above: A,
    #[unmanaged(unsafe(release = c::close_or_refuse), on_error = keep)]
    db: Option<NonNull<Db>>,
    #[dispose]
    below: B,
}

impl<A: Dispose, B: Dispose> Refusing<A, B> {
    pub fn new(above: A, below: B) -> Self {
        Self { above, db: Some(c::open()), below }
    }
}

/// The same, awaited. Nothing that the future leaves behind uses the connection.
#[derive(Dispose, AsyncDispose)]
pub struct Awaited<T: AsyncDispose> {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    #[unmanaged(unsafe(release_async = goodbye), unsafe(release = c::finalize))]
    stmt: Option<NonNull<Stmt>>,
    #[dispose(async)]
    part: T,
    #[unmanaged(unsafe(release_async = goodbye), unsafe(release = c::finalize), each)]
    more: Vec<NonNull<Stmt>>,
}

/// Finalizes it at once; then there is only the goodbye to wait for.
unsafe fn goodbye(stmt: NonNull<Stmt>) -> impl Future<Output = ()> {
    // SAFETY: as the caller promises.
    unsafe { c::finalize(stmt) };
    let mut polled = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut polled, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
}

impl<T: AsyncDispose> Awaited<T> {
    pub fn new(part: T) -> Self {
        let db = c::open();
        // SAFETY: it is open, and closed after the statements are finalized.
        let prepare = || unsafe { c::prepare(db) };
        Self { db: Some(db), stmt: Some(prepare()), part, more: vec![prepare(), prepare()] }
    }
}

/// A request that must not move: its buffer is in it.
#[derive(Dispose)]
pub struct Pinned {
    #[unmanaged(unsafe(release = c::withdraw))]
    id: Option<usize>,
    buffer: [u8; 64],
    _stays: PhantomPinned,
}

impl Pinned {
    pub fn new() -> Pin<Box<Self>> {
        let mut value = Box::pin(Self { id: None, buffer: [0; 64], _stays: PhantomPinned });
        // SAFETY: nothing is moved.
        let inside = unsafe { value.as_mut().get_unchecked_mut() };
        inside.id = Some(c::register(&mut inside.buffer));
        value
    }
}

/// A counted object by value, beside a value of its user's.
#[derive(Close)]
pub struct Counted<T> {
    #[unmanaged(unsafe(release = c::unref), unsafe(clone = c::retain), always)]
    counted: NonNull<c::Counted>,
    pub value: T,
}

impl<T> Counted<T> {
    pub fn new(value: T) -> Self {
        Self { counted: c::make(), value }
    }

    pub fn owners(&self) -> u64 {
        // SAFETY: this is an owner.
        unsafe { c::owners(self.counted) }
    }
}

/// The same in place, beside a part of its user's, where the library may refuse.
#[derive(Dispose)]
pub struct CountedInPlace<P: Dispose> {
    #[dispose]
    pub part: P,
    #[unmanaged(unsafe(release = c::unref), unsafe(clone = c::retain_or_refuse))]
    counted: Option<NonNull<c::Counted>>,
}

impl<P: Dispose> CountedInPlace<P> {
    pub fn new(part: P) -> Self {
        Self { part, counted: Some(c::make()) }
    }

    pub fn owners(&self) -> u64 {
        // SAFETY: this is an owner as long as it holds it.
        self.counted.map_or(0, |counted| unsafe { c::owners(counted) })
    }
}

/// Pages, and a view of the first one, which is declared before them: Rust drops it while they are there.
#[derive(Dispose)]
pub struct Viewed {
    #[dispose]
    view: View,
    #[dispose]
    pages: Option<Box<Page>>,
}

#[derive(Dispose)]
struct View {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    _mark: Mark,
}

#[derive(Dispose)]
struct Page {
    #[unmanaged(unsafe(release = c::close))]
    db: Option<NonNull<Db>>,
    #[dispose]
    next: Option<Box<Page>>,
    marks: Box<Marks>,
}

thread_local!(static MARKED: RefCell<HashSet<usize>> = RefCell::default());

/// The number of those who touch a page, where it is found without a look at memory.
struct Marks(Cell<u32>);

impl Marks {
    #[expect(clippy::unnecessary_box_returns, reason = "they are found by their address")]
    fn new() -> Box<Self> {
        let marks = Box::new(Self(Cell::new(1)));
        MARKED.with_borrow_mut(|marked| marked.insert(&raw const *marks as usize));
        marks
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        MARKED.with_borrow_mut(|marked| marked.remove(&(&raw const *self as usize)));
    }
}

/// Touches a page that lives.
unsafe fn touch(marks: *const Marks) {
    // Found also where no sanitizer looks.
    assert!(MARKED.with_borrow(|marked| marked.contains(&(marks as usize))), "the page is gone");
    // SAFETY: as the caller promises.
    let marks = unsafe { &(*marks).0 };
    marks.set(marks.get() + 1);
}

/// An ordinary value, which touches the first page when it is dropped.
struct Mark(*const Marks);

impl Drop for Mark {
    fn drop(&mut self) {
        // SAFETY: its owner declares it before the page, whose marks do not move.
        unsafe { touch(self.0) };
    }
}

impl Viewed {
    pub fn of(len: u32) -> Self {
        let page = |next| Box::new(Page { db: Some(c::open()), next, marks: Marks::new() });
        let pages = (1..len).fold(page(None), |next, _| page(Some(next)));
        let view = View { db: Some(c::open()), _mark: Mark(&raw const *pages.marks) };
        Self { view, pages: Some(pages) }
    }
}

/// Pages, and a view of the first one in a container, with a part of its user's.
#[derive(Dispose)]
pub struct ViewedWith<T: Dispose> {
    #[dispose]
    view: Option<ViewWith<T>>,
    #[dispose]
    pages: Option<Box<Page>>,
}

#[derive(Dispose)]
struct ViewWith<T: Dispose> {
    #[dispose]
    part: T,
    _mark: Mark,
}

impl<T: Dispose> ViewedWith<T> {
    pub fn of(part: T, len: u32) -> Self {
        let page = |next| Box::new(Page { db: Some(c::open()), next, marks: Marks::new() });
        let pages = (1..len).fold(page(None), |next, _| page(Some(next)));
        let view = ViewWith { part, _mark: Mark(&raw const *pages.marks) };
        Self { view: Some(view), pages: Some(pages) }
    }
}

/// Pages, and a map of views of the first one, whose hasher touches it too.
#[derive(Dispose)]
pub struct Hashed {
    #[dispose]
    map: std::collections::HashMap<u32, Page, Hasher>,
    #[dispose]
    pages: Option<Box<Page>>,
}

struct Hasher {
    _mark: Mark,
    state: std::hash::RandomState,
}

impl std::hash::BuildHasher for Hasher {
    type Hasher = std::hash::DefaultHasher;
    fn build_hasher(&self) -> Self::Hasher {
        self.state.build_hasher()
    }
}

impl Hashed {
    pub fn of(len: u32) -> Self {
        let page = |next| Box::new(Page { db: Some(c::open()), next, marks: Marks::new() });
        let pages = (1..len).fold(page(None), |next, _| page(Some(next)));
        let mark = Mark(&raw const *pages.marks);
        let hasher = Hasher { _mark: mark, state: std::hash::RandomState::new() };
        Self { map: std::collections::HashMap::with_hasher(hasher), pages: Some(pages) }
    }
}

/// Pages, the first of which is touched before all releases.
#[derive(Dispose)]
#[dispose(unsafe(before = |value| touch(value.first)))]
pub struct Before<T: Dispose> {
    #[dispose]
    pages: Option<Box<Page>>,
    #[dispose(skip)]
    first: *const Marks,
    #[dispose]
    part: T,
}

impl<T: Dispose> Before<T> {
    pub fn new(part: T) -> Self {
        let pages = Box::new(Page { db: Some(c::open()), next: None, marks: Marks::new() });
        Self { first: &raw const *pages.marks, pages: Some(pages), part }
    }
}

/// A list of pages. Each node but the first touches the page of the one before it when it is dropped, which is
/// declared behind it.
#[derive(Dispose)]
pub struct Stacked<T: Dispose> {
    #[dispose]
    part: Option<T>,
    #[dispose]
    next: Option<Box<Stacked<T>>>,
    _mark: Option<Mark>,
    _page: Box<Marks>,
}

impl<T: Dispose> Stacked<T> {
    pub fn of(parts: Vec<T>) -> Option<Box<Self>> {
        let pages: Vec<_> = parts.iter().map(|_| Marks::new()).collect();
        let mut marks: Vec<_> = pages.iter().map(|page| Some(Mark(&raw const **page))).collect();
        marks.insert(0, None);
        let nodes = parts.into_iter().zip(pages).zip(marks).collect::<Vec<_>>().into_iter().rev();
        nodes.fold(None, |next, ((part, page), mark)| {
            Some(Box::new(Self { part: Some(part), next, _mark: mark, _page: page }))
        })
    }
}
