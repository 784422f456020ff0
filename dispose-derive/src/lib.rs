//! The derive macros of `dispose-core`, which re-exports them: depend on that crate alone.

#![forbid(unsafe_code)]

mod attr;
mod begun;
mod callee;
mod check;
mod closure;
mod contents;
mod derive;
mod errors;
mod expand;
mod extent;
mod fallback;
mod input;
mod invalid;
mod item;
mod keys;
#[cfg(test)]
mod mutations;
mod names;
mod runtime;
#[cfg(test)]
mod snapshots;
mod types;
mod typing;
mod value;
mod written;

use proc_macro::TokenStream;

use crate::derive::derive;
use crate::input::Kind;

/// Derives `Dispose` and `Drop` for an owner that is released in place.
///
/// ```
/// use dispose_core::{Dispose, status};
/// # mod sys {
/// #     pub unsafe fn unmap(_: *mut u8, _: usize) -> i32 { 0 }
/// #     pub fn close(_: i32) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// #[derive(Dispose)]
/// pub struct Mapping {
///     #[unmanaged(release = sys::close, invalid = -1)]
///     fd: i32,
///     #[unmanaged(unsafe(release = |p| sys::unmap(p, self.len)), check = status::errno)]
///     address: *mut u8,
///     len: usize,
/// }
///
/// let mut mapping = Mapping { fd: 3, address: core::ptr::dangling_mut(), len: 4096 };
/// mapping.dispose()?; // unmaps, then closes
/// assert!(mapping.ensure_live().is_err());
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// It is for structs and enums. `#[unmanaged]` and `#[dispose]` fields are released in one sequence, in
/// reverse order of declaration. Fields without an attribute are ordinary Rust, and dropped afterwards.
///
/// # Safety of what you write
///
/// `unsafe(release = …)` is your promise that the field holds a resource that nothing else releases,
/// **and that no method uses the field unchecked after `dispose()`**, which any code with a
/// `&mut` may call. So methods begin with `self.ensure_live()?` or read an `Option`. A handle type that
/// is handed out has no such problem under [`Close`](macro@Close).
///
/// `ensure_live` says that *something* is held. After a `dispose()` that failed, a field with
/// `on_error = keep` may be all that is left. So declare first the field that the methods use, or let
/// each method check its own field. A reviewer finds the reason in
/// a `// SAFETY:` comment above the attribute, where clippy's `undocumented_unsafe_blocks` looks for it.
///
/// You also promise that a `#[dispose]` part that other fields depend on, or that depends on them, is not `pub`,
/// and that no method hands out a `&mut` to it. With it any code could dispose of the part first, or exchange
/// it for that of another owner.
///
/// Wherever a release is unsafe, under both derives:
///
/// * No closure and no `before` replaces, swaps or takes `*self` as a whole. The fields released next would
///   be another value's, which may depend on what is released already. Nor does one dispose of `self`: the
///   fields declared before its own would be released first, and its own may then be refused.
/// * The field's type keeps the contract that the release relies on: `Slot::take` empties it, and the
///   `PartialEq` of an `invalid` field is reflexive and does not panic. If the type is a parameter, its
///   user writes these.
///
/// The field of such a release must not be `pub` (`pub(crate)` is fine), because safe code elsewhere could
/// store a handle that it does not own. The same holds for `unsafe(drop = …)` and `unsafe(clone = …)`, for a
/// closure with an `unsafe` block in it, and under `unsafe(before = …)` for every raw handle in the type. An
/// enum's fields are as visible as the enum, so keep an enum with unsafe releases private, or make its
/// variants `#[non_exhaustive]`.
///
/// # On a field: `#[unmanaged(…)]`
///
/// * **`release = F`**: called once with the field's value. `F` is a path (`close`, `Self::close`,
///   `sys::close::<T>`), or a closure of one parameter. In a closure `self` is `&mut Self` with this field
///   already empty, also for the methods called on `self`. In an enum's variant the sibling fields have their
///   own names (`_0`, `_1` in a tuple variant) and are references. A string that holds a path is accepted
///   too. An editor finds the function in it, but renames it in paths only. `|mut p| free(&mut p)` is for
///   functions that take a pointer to the handle. `F`, after `check`, returns `()`, `!` or `Result<(), E>`
///   where `E` is an error.
/// * **`unsafe(release = F)`**: for an `unsafe fn`, or a closure whose body is unsafe. The `unsafe`
///   in the expansion has the span of yours, so lints see it. It is preferred to `|p| unsafe { … }`, which is for
///   one unsafe call in a longer closure: the promise stands at the key, where a reviewer looks for it.
/// * **`release_async = F`**: see [`AsyncDispose`](macro@AsyncDispose).
/// * **`invalid = E`**, **`invalid = [E, …]`**: the values that mean "no resource", for a type
///   without an empty state. They are never released; the first is stored after a release. Needs
///   `PartialEq`. A value that is itself an array is written `[[…]]`; `invalid = true` makes a
///   `bool` a flag.
/// * **`check = P`**: turns what `F` returns into `()` or `Result<(), E>`; the conventions of C are in
///   `dispose_core::status`. A closure may name `self`, in which this field is empty, unless it is `always`. The
///   closure of `release` has the value, and can ask the library about it.
/// * **`on_error = keep`**: a release that fails leaves the resource alive. The value, which must be
///   `Copy`, goes back into the field, and `dispose()` may be called again. `Drop`, `close` and `using` are
///   the last attempt. The default, `on_error = consume`, never tries again, as `close(2)` demands.
///   Rows: [kept after a failure][databases].
/// * **`on_error = keep_if(P)`**: the error decides. `P(&E) -> bool` says whether this failure left the
///   resource alive. `E` is the error of the outcome, after `check`. This is for functions that do both:
///   `EINTR` keeps, every other code consumes. In the last attempt `P` is not called, unless there is
///   a `drop`.
/// * **`drop = G`**, **`unsafe(drop = G)`**: what `Drop` calls instead of `release`. It is quick and final,
///   while `release` may block, flush and fail. `close` and `using` also call `G` after a `release` that was
///   refused (`keep`), because nothing can try again. Both failures then have the same path. `check`
///   applies to what `G` returns, unless that is `()`. Not beside `release_async`. Rows:
///   [releases that block][networks].
/// * **`clone = F`**, **`unsafe(clone = F)`**: implements `Clone` for the type, see
///   [below](#a-second-owner).
/// * **`each`**: the field is a collection, and every element is released, the last one first. It is a
///   `Vec` or `VecDeque`; an array or `Box<[T]>` of slots, or of any `T` with `invalid`; the values of a
///   `BTreeMap` or `HashMap`, whose keys are `Clone`; or a type that implements `dispose_core::Each`.
///   A `HashMap` has no order. With `invalid`, an element that has one of these values holds no
///   resource. With `on_error = keep`, the elements that were refused stay in order.
///
/// Without `invalid` and `each`, the field's type is a slot: `Option<T>`, `*mut T`, `*const T`,
/// `AtomicPtr<T>`, `OnceCell<T>`, `OnceLock<T>`, or a `Cell`, `RefCell`, `Mutex` or `RwLock` of one. A
/// function that takes a pointer releases a `NonNull` through a closure: `|p| free(p.as_ptr())`.
///
/// `#[allow(…)]` on the type or the field also covers the code made from it. So does `#[expect(…)]`, but rustc then
/// reports it as unfulfilled, because the lint does not fire in the type itself.
///
/// # Messages of rustc
///
/// Errors of rustc about a release, and the remedy for each:
///
/// | error | cause | remedy |
/// |---|---|---|
/// | E0133 | the function is unsafe | `unsafe(release = free)` |
/// | E0308 | it takes a pointer, and the field is a `NonNull` | `release = \|p\| free(p.as_ptr())` |
/// | E0308 | it takes another pointer | `release = \|p\| free(p.cast())` |
/// | E0308 | it takes a pointer to the handle | `release = \|mut p\| free(&mut p)` |
/// | E0061 | it has more parameters | `release = \|p\| unmap(p, self.len)` |
/// | E0282 | a `?` in a closure, and nothing names the error | `Ok::<(), E>(())` at its end |
/// | E0425 | a bare `len` in a closure, where the field is meant | `self.len`; in a variant `*len`, and `*_1` in a tuple |
/// | E0609 | `self.len` in a variant's closure | `*len` |
///
/// Errors of rustc where a derived type is used:
///
/// | error | cause | remedy |
/// |---|---|---|
/// | E0599 | `forget` is missing | `#[dispose(forget)]` on the type, which makes one for its own module |
/// | E0599 | `close` is missing | `use dispose_core::Close`, or `#[dispose(error = E)]` on the type |
/// | E0509 | a field is moved out of a type with `Drop` | `Slot::take`, or a copy and then `self.forget()` |
/// | E0507 | a value in an `Rc`, or behind a reference, is closed | `Rc::into_inner`, [never a `Clone`](#who-else-can-make-one-of-these) |
/// | E0119 | `derive(Clone)` beside the derive | [`clone = F`](#a-second-owner) on the field |
///
/// # On a field: `#[dispose]`
///
/// * **`#[dispose]`**: the field implements `Dispose`. It is disposed at its place in the order, and
///   its failures have paths below the field's name.
/// * **`#[dispose(async)]`**: the same, awaited by [`AsyncDispose`](macro@AsyncDispose).
/// * **`#[dispose(skip)]`**: the field is not ours to release in the sequence.
///
/// # What stays, and what it keeps
///
/// A release that is refused (`keep`, or `keep_if` says so) leaves a resource alive, which may still
/// use what was acquired before it. So in `dispose()` the sequence stops there: the fields declared
/// before it stay as they are, and so do the owners around it. The next call begins with what is left.
/// A field that has only `release_async` is kept in the same way by a synchronous `dispose()`. A
/// `#[dispose]` part stops its owner if it recorded a failure and still holds something. The elements
/// of one collection are siblings: all are tried first.
///
/// * Declare what does not depend on a field that may be kept *after* it, or it is held back with it.
/// * The last attempt (`Drop`, `close`, `using`) goes through to the end, so it releases the parent of
///   a child that was refused and is still alive. `drop = G` is the cure: a release that cannot be
///   refused.
/// * The kind of call is handed down to the parts. Reached from its owner's `Drop`, a part calls its
///   `drop`; reached from `dispose` or `close`, its `release`.
///
/// # What a derived type must not forget
///
/// A field without an attribute does not compile if it holds a raw handle (`*mut T`, `NonNull<T>`,
/// `AtomicPtr<T>`, `RawFd`, …) or something that implements `Close`, so any disposable. The first would
/// leak, and the second would be dropped after its parent was released. It does not matter how deep it is
/// in containers of the standard library, arrays and tuples. A handle behind an alias is found too
/// (`type Db = *mut sqlite3`, `HANDLE`), if the alias names four containers at most.
///
/// These are not looked at: references, `Rc`, `Arc` and `Weak`, which share on purpose; `PhantomData` and
/// function pointers; types of your own around a pointer, as long as they are not disposable; types that
/// a macro makes (`ty!(*mut u8)`); and disposables whose type names a parameter of the derived type or a
/// lifetime.
///
/// `#[dispose(skip)]` says that a field is borrowed, released by `before` or left to its own `Drop`.
/// Authors of libraries: the first `Close` or `Dispose` impl of a public type is a breaking change, because
/// users who hold the type in a derived one must then choose.
///
/// # Other ways to a second owner
///
/// Two values that hold the same resource release it twice, and a value that was made from data
/// releases another owner's. The compiler refuses some of these ways, and cannot see others:
///
/// * **`Clone`**, derived or not, is an error on a type with `#[unmanaged]` fields or `before`. The key
///   [`clone = F`](#a-second-owner) writes one that retains the handle. `#[dispose(clone)]` allows one by
///   hand, which must retain it too.
/// * **`Default`**, derived or not, is an error where the default would hold something: with `always`,
///   or `invalid` values without the `0` or `false` that integers and flags default to. Descriptor 0
///   is standard input. So `mem::take` does not compile either; `Slot::take` empties the field alone.
///   `#[dispose(default)]` says that the default holds nothing, or makes a resource.
/// * **Builders that are derived** (`derive_builder` and others) keep the fields in an `Option` each
///   and clone them in `build(&self)`. They clone the field, a pointer or an integer, which is `Copy`. So
///   the compiler does not object, and two calls of `build` are two owners. Let the
///   builder hold what the resource is made *of* (a path, flags), and open it in `build(self)`.
/// * **`serde::Deserialize`** makes a handle from the number in a file. Skip the field
///   (`#[serde(skip)]`, where its type's default is the empty state), or derive it for a description of
///   the resource that is opened afterwards.
/// * **`From<RawFd>`**, public constructors and setters that are safe make an owner of a number that
///   anyone can invent. Where the release is unsafe, they are `unsafe fn`s, as `SafeHandle::from_raw`.
/// * **Struct update**, `Self { name, ..other }`, copies the `Copy` fields of `other`, which stays an
///   owner. Privacy is what forbids it elsewhere; in your own module it is a second owner.
/// * **`mem::swap` and `mem::replace`** move whole values; each resource still has one owner.
/// * **`ptr::read`, `mem::zeroed`, `transmute` and `bytemuck::Pod`** are promises of whoever writes
///   them. An all-zero value must hold nothing, so do not implement `Zeroable` or `Pod`.
///
/// ```
/// use dispose_core::{Dispose, status};
/// # fn close(_: i32) -> i32 { 0 }
///
/// #[derive(Dispose)]
/// struct Socket {
///     #[unmanaged(release = close, check = status::zero, invalid = -1)]
///     fd: i32,
///     name: String,
/// }
///
/// /// What a socket is made of: it can be cloned, defaulted and read from a file.
/// #[derive(Clone, Default)]
/// struct SocketOptions { name: String }
///
/// impl SocketOptions {
///     fn open(&self) -> Socket {
///         Socket { fd: 3, name: self.name.clone() }
///     }
/// }
/// # SocketOptions::default().open().dispose().unwrap();
/// ```
///
/// # On the type: `#[dispose(…)]`
///
/// * **`before = P`**, **`unsafe(before = P)`**: `P(&mut Self)` runs before *all* releases while
///   something is still held: flush, drain. It may fail as a release may; its path is `before`. It
///   runs again on a retry, when fields declared later may be empty already. It also runs on a value
///   that a constructor gave up half-built. It must not call `dispose` itself. It is skipped when the
///   handle was taken out, so a duty that does not depend on the handle is
///   [a field of its own](#a-duty-that-does-not-depend-on-the-handle).
///   Rows: [what a release drops][shapes].
/// * **`explicit`**: a value that is dropped while it still holds something is reported to the drop hook as
///   forgotten, also after a `dispose()` that was refused. It is released in any case.
/// * **`on_drop = P`**: `P(&DropReport)`, a path or a closure, receives what this type's `Drop` would
///   report to the program's hook. It may log through the library's own logger, ignore one code, or
///   panic unless the thread is panicking. It receives forgotten values too. The failures of a part
///   that its owner's `Drop` releases are the owner's.
/// * **`on_drop = ignore`**: errors met in `Drop` are not reported.
/// * **`forget`**: generates a private `fn forget(self)` that drops the fields that are not tracked,
///   and touches no tracked one. For an `into_raw` that leaks nothing.
/// * **`error = E`**: gives the type an inherent `close` and `try_close` with the author's error, see
///   [below](#a-close-with-an-error-of-your-own).
/// * **`clone`**: allows a hand-written `Clone` that duplicates the resource. Without it a `Clone` impl
///   is an error, because two owners would release the same resource. **Never beside `derive(Clone)`**, which
///   copies the pointer and compiles: a double free. Most types want `clone = F`
///   [on the field](#a-second-owner) instead.
/// * **`default`**: allows a `Default`, derived or by hand, whose value owns nothing by mistake. Without
///   it a `Default` impl is an error where the default counts as held.
/// * **`borrowed = Name`**, **`unsafe(as_fd)`**, **`unsafe(as_handle)`**, **`unsafe(as_socket)`**: say what a
///   [`SafeHandle`](macro@SafeHandle) lends.
/// * **`crate = path`**: where the runtime crate is.
///
/// # A `close` with an error of your own
///
/// `#[dispose(error = E)]` writes an inherent `close(self) -> Result<(), E>`, as visible as the type, so
/// that users of the type import no trait. `E` is one of these:
///
/// * **a type that implements `From<DisposeError>`**: the crate's own error, `DisposeError` itself,
///   `Box<dyn Error + Send + Sync>`, `anyhow::Error`. It is made of all that failed;
/// * **the error that the release returns** (after `check`), such as `io::Error`: it comes out as it is.
///   This is for a type of which one release at most can fail in a `close`: one tracked field (in each
///   variant), released by a function, without `each`, without `before`, and without `drop` beside
///   `on_error`. The compiler checks that the release returns an `E`.
///
/// Name an `E` also if the release returns nothing: one with `From<DisposeError>`, or `Infallible`.
///
/// An `E` that implements `From<DisposeError>` is made that way, even where the release returns an `E`. **So that
/// impl, added for one type, changes what the `close` of another returns.** The type also has a `try_close`, whose error is
/// `(Option<Self>, E)`: the value, if it is still alive, and what failed. Under `derive(Close)` it is there
/// only with `on_error`. Both call the traits' methods, as generic code (`using`, `Shared`) does. A call
/// `value.close()` finds these, not the traits'. For sized types.
///
/// ```
/// # mod sys { pub fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::BrokenPipe.into()) } }
/// use std::io;
///
/// #[derive(dispose_core::Close)]
/// #[dispose(error = io::Error)]
/// pub struct File {
///     #[unmanaged(release = sys::close, always)]
///     fd: i32,
/// }
///
/// let error: io::Error = File { fd: 3 }.close().unwrap_err(); // without a trait in scope
/// assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
/// ```
///
/// An error of the crate's own, for as many fields as there are:
///
/// ```
/// # fn close(_: i32) -> std::io::Result<()> { Err(std::io::ErrorKind::BrokenPipe.into()) }
/// use dispose_core::{Dispose, DisposeError};
///
/// #[derive(Debug)]
/// pub enum Error {
///     Release(DisposeError),
///     // …
/// }
///
/// impl From<DisposeError> for Error {
///     fn from(error: DisposeError) -> Self {
///         Self::Release(error)
///     }
/// }
///
/// #[derive(Dispose)]
/// #[dispose(error = Error)]
/// pub struct Pipe {
///     #[unmanaged(release = close)]
///     input: Option<i32>,
///     #[unmanaged(release = close)]
///     output: Option<i32>,
/// }
///
/// let Err(Error::Release(error)) = Pipe { input: Some(3), output: Some(4) }.close() else { panic!() };
/// assert_eq!(error.len(), 2);
/// ```
///
/// # A second owner
///
/// A library that counts the owners of a handle has a function that adds one: `SSL_CTX_up_ref`,
/// `clRetainContext`, `g_object_ref`, `AddRef`, `CFRetain`. With `clone = F` the derive implements
/// `Clone`: it clones the other fields, parts included, and calls `F` last, with a copy of the field's
/// value. The result of `F` says what the second owner holds:
///
/// | `F` returns | the second owner holds |
/// |---|---|
/// | nothing | the same value |
/// | a value of that type, as `g_object_ref` and `dup` do | what was returned |
/// | `Result<(), E>` | the same value, or nothing: `clone` panics |
/// | `Result<Value, E>` | what was returned, or nothing: `clone` panics |
///
/// A status is checked in a closure, because `check` is for the release:
/// `clone = |context| status::one(up_ref(context))`. A count that says nothing is ignored:
/// `|object| status::ignore(add_ref(object))`. If the status has the handle's own type, the compiler
/// cannot distinguish them, so a closure is needed there. A returned value that means "no resource" is a
/// failure too. `Clone` cannot return an error, so each failure panics with the type, the
/// field and the error, before there is a second owner. For an empty field `F` is not called, and the clone
/// is empty.
///
/// A function that returns a new pointer, where the field is a `NonNull`, is
/// `|p| NonNull::new(dup(p.as_ptr())).ok_or(MyError)`. Never ignore what such a function returns: nothing would
/// release the new handle, and the old one would be released twice.
///
/// A new handle that comes through a pointer is returned by a closure:
/// `|object| { let mut new = null_mut(); status::zero(object_dup(&mut new, object)).map(|()| new) }`.
/// Every other field is cloned as it is, such as an `owned` flag that the release asks. If `F` returns a handle
/// of its own, the clone of what is not owned would leak it. Such a type has a `Clone` by hand.
///
/// ```
/// # mod sys {
/// #     use std::sync::atomic::{AtomicI32, Ordering};
/// #     pub static OWNERS: AtomicI32 = AtomicI32::new(1);
/// #     pub unsafe fn up_ref(_: *mut u8) -> i32 { OWNERS.fetch_add(1, Ordering::SeqCst); 1 }
/// #     pub unsafe fn free(_: *mut u8) { OWNERS.fetch_sub(1, Ordering::SeqCst); }
/// # }
/// use dispose_core::{Close, status};
///
/// #[derive(Close)]
/// pub struct Context {
///     // SAFETY: each owner has a count of its own, and gives it back once.
///     #[unmanaged(
///         unsafe(release = sys::free),
///         unsafe(clone = |context| status::one(sys::up_ref(context)))
///     )]
///     context: *mut u8,
///     name: String,
/// }
///
/// let context = Context { context: core::ptr::dangling_mut(), name: "client".into() };
/// let second = context.clone();
/// # assert_eq!(sys::OWNERS.load(std::sync::atomic::Ordering::SeqCst), 2);
/// drop(context);
/// second.close()?; // the last one frees it
/// # assert_eq!(sys::OWNERS.load(std::sync::atomic::Ordering::SeqCst), 0);
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// By `unsafe(clone = F)` you promise, besides what `unsafe(release = …)` promises, that after `F` two values
/// may each be released once: `F` adds an owner, or returns a handle of its own. A release that does more
/// than give back one count (it shuts a socket down, it stops a thread) breaks that for the other owner.
/// In the closure `self` is the owner that is cloned, which does not change meanwhile.
///
/// After a `clone`, `&mut self` is not exclusive any more: both owners have the same object of the library. If
/// one owner lends something of it (a pointer, an element), the other can change or free that through a method.
/// So such methods lend nothing, or the library locks.
///
/// The field's type is `Copy`. The owner is a struct with no other `#[unmanaged]` field, no `each` and no
/// `before`; others have a `Clone` by hand, with `#[dispose(clone)]`. A type parameter must be `Clone` if
/// something of it is cloned, not for a `PhantomData`, an `Rc` or an `Arc`.
///
/// # A duty that does not depend on the handle
///
/// Such a duty, to unregister a callback, wipe a key or remove a file, is a tracked field of its own. It has
/// its place in the order, and is done even if the handle was taken out before.
///
/// ```
/// use dispose_core::{Dispose, Slot};
/// # use std::cell::Cell;
/// # thread_local!(static CALLBACKS: Cell<i32> = const { Cell::new(0) });
/// # fn register() { CALLBACKS.set(1) }
/// # fn unregister() { CALLBACKS.set(0) }
/// # fn close(_: i32) {}
///
/// #[derive(Dispose)]
/// struct Device {
///     #[unmanaged(release = close)]
///     handle: Option<i32>,
///     #[unmanaged(release = |()| unregister())]
///     registered: Option<()>,
/// }
///
/// impl Device {
///     fn into_raw(mut self) -> Option<i32> {
///         Slot::take(&mut self.handle)
///     }
/// }
///
/// register();
/// let device = Device { handle: Some(3), registered: Some(()) };
/// assert_eq!(device.into_raw(), Some(3));
/// # assert_eq!(CALLBACKS.get(), 0);
/// ```
///
/// [databases]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#databases-within-the-process-files-of-arrays
/// [networks]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#networks-event-loops-clients-of-servers
/// [shapes]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#by-shape
#[proc_macro_derive(Dispose, attributes(unmanaged, dispose))]
pub fn derive_dispose(item: TokenStream) -> TokenStream {
    derive(Kind::Dispose, item.into()).into()
}

/// Derives `Close` and `Drop` for a handle type that is handed out. It is released by value only.
///
/// ```
/// use dispose_core::Close;
/// use std::ptr::NonNull;
/// # mod sys { pub unsafe fn statement_free(_: core::ptr::NonNull<u8>) {} }
///
/// #[derive(Close)]
/// pub struct Statement {
///     #[unmanaged(unsafe(release = sys::statement_free), always)]
///     handle: NonNull<u8>,
///     sql: String, // ordinary Rust
/// }
///
/// let statement = Statement { handle: NonNull::dangling(), sql: "SELECT 1".into() };
/// statement.close()?; // and from here on it cannot be named
/// # assert_eq!(size_of::<Option<Statement>>(), size_of::<Statement>());
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// Nothing can observe a released value, so no method needs a check and no field needs an empty
/// state. `close(self)` releases the tracked fields in reverse order of declaration. Then it drops the
/// ordinary ones in declaration order, also when a release panics. `Drop` does the same, and its failures
/// go to the drop hook. For structs and enums of a known size.
///
/// The attributes are those of [`Dispose`](macro@Dispose), whose page explains each. This page has the
/// differences. In short:
///
/// | on a field | |
/// |---|---|
/// | `#[unmanaged(release = F)]` | the field is released by `F`, a path or a closure |
/// | `unsafe(release = F)` | the same by an `unsafe fn` |
/// | `always`, `unsafe(always)` | it always holds something; no empty state is needed |
/// | `invalid = E` | the value that means "no resource" |
/// | `check = P` | turns what `F` returns into `Ok` or an error |
/// | `drop = G` | what `Drop` calls instead |
/// | `each` | the field is a collection |
/// | `clone = F` | implements `Clone` by the library's reference count |
/// | `on_error = keep`, `keep_if(P)` | a release that is refused gives the value back, by `try_close` |
/// | `#[dispose]` | a part that is `Dispose` |
/// | `#[dispose(skip)]` | a field that is not ours to release |
///
/// | on the type, `#[dispose(…)]` | |
/// |---|---|
/// | `before = P` | runs before the releases |
/// | `explicit` | a `Drop` without `close` is reported |
/// | `on_drop = P`, `on_drop = ignore` | receives what `Drop` reports |
/// | `forget` | a private `fn forget(self)` that drops the ordinary fields and releases nothing |
/// | `clone`, `default` | allow these impls |
/// | `error = E` | an inherent `close` with your own error |
/// | `borrowed = Name`, `unsafe(as_fd)` | for [`SafeHandle`](macro@SafeHandle) |
/// | `crate = path` | where the runtime crate is |
///
/// # `always`
///
/// `#[unmanaged(release = F, always)]`: the field holds a resource as long as its owner lives, and is
/// released exactly once. It is one of two kinds.
///
/// * **A `Copy` type**: `NonNull<T>`, an id, a descriptor, a C struct. `F` receives a copy. Closures may
///   still read the field through `self`, but note the order: an `always` field that is declared *later*
///   is already released when the closure runs, though still readable. A C struct that is released
///   through a pointer is `|mut raw| free(&mut raw)`.
/// * **`unsafe(always)` for a `ManuallyDrop<T>`**, by that name: `T` is an owner itself, which then needs no
///   `Option`. `F` receives the `T`. It is moved out, so you promise that nothing reads the field
///   afterwards. The compiler sees most of that: the closures of the field itself, and of fields declared
///   *before* it, may name other fields (`self.len`), but neither this one nor `self` as a whole (E0502 or
///   E0499; in edition 2018 a closure borrows `self` as a whole). Those declared *after* it may use it, as
///   `before` may. `forget` neither releases nor drops it.
///
/// ```
/// use dispose_core::Close;
/// use std::mem::ManuallyDrop;
/// # fn socket_close(_: i32) -> std::io::Result<()> { Ok(()) }
///
/// #[derive(Close)]
/// pub struct Socket(#[unmanaged(release = socket_close, always)] i32);
///
/// impl Socket {
///     fn cancel(&self, _request: u32) {}
/// }
///
/// #[derive(Close)]
/// pub struct Session {
///     // SAFETY: nothing reads `socket` after its release.
///     #[unmanaged(release = Close::close, unsafe(always))]
///     socket: ManuallyDrop<Socket>,
///     #[unmanaged(each, release = |request| self.socket.cancel(request))]
///     requests: Vec<u32>, // released first, so the socket is still there
/// }
///
/// let session = Session { socket: ManuallyDrop::new(Socket(3)), requests: vec![1, 2] };
/// session.close()?; // cancels 2 and 1, then closes the socket
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// `Default` is an error on a type with an `always` field, because a defaulted id is another owner's.
///
/// # A release that may be refused
///
/// `on_error = keep` and `keep_if` are for the only tracked field (of the struct, or of the enum's
/// variant), because only the whole value can come back. It may be `always` (of a `Copy` type). The type
/// then has `try_close(self)`, whose error holds the value if it is alive.
///
/// ```
/// use dispose_core::{Close, TryClose, status};
/// # use std::cell::Cell;
/// # thread_local!(static BUSY: Cell<i32> = const { Cell::new(5) });
/// # fn db_close(_: i32) -> i32 { BUSY.replace(0) }
///
/// #[derive(Close)]
/// struct Database {
///     #[unmanaged(release = db_close, check = status::zero, on_error = keep, always)]
///     id: i32,
/// }
///
/// let error = Database { id: 1 }.try_close().unwrap_err();
/// let (database, why) = error.into_parts();
/// assert_eq!(why.to_string(), "failed to dispose `Database`: id: status 5");
/// database.unwrap().close()?; // tried again
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// # Parts
///
/// * A part that is itself only `Close` is an `Option<T>` with `#[unmanaged(release = Close::close)]`, a
///   `Vec<T>` with that and `each`, or a `ManuallyDrop<T>` with that and `unsafe(always)`. Its failures have
///   paths below the field's name. Write `Close::close`, not `Part::close`: with `error = E` on the part, that is
///   another method, and its failures have no path below the field's name.
/// * A part that is `Dispose` is `#[dispose]`.
///
/// # Your own error, and a second owner
///
/// `#[dispose(error = E)]` gives the type a `close` that needs no import and returns the
/// [author's error](macro@Dispose#a-close-with-an-error-of-your-own). A `try_close` is beside it where the
/// type has one. `clone = F` makes [another owner](macro@Dispose#a-second-owner) of an `always` field too.
///
/// # A scope guard
///
/// A type without tracked fields is allowed if it has `before`, which runs once, when the guard is closed or
/// dropped.
///
/// ```
/// use dispose_core::Close;
/// # use std::cell::Cell;
///
/// #[derive(Close)]
/// #[dispose(before = |guard| guard.depth.set(guard.depth.get() - 1))]
/// struct Entered<'a> {
///     depth: &'a Cell<u32>,
/// }
///
/// let depth = Cell::new(1);
/// drop(Entered { depth: &depth });
/// assert_eq!(depth.get(), 0);
/// ```
///
/// # Giving the handle up
///
/// `#[dispose(forget)]` makes a private `fn forget(self)`, which drops the ordinary fields and touches no
/// tracked one. Copy the handle, then forget the owner:
///
/// ```
/// use dispose_core::Close;
/// # fn close(_: i32) { panic!("it was given up") }
///
/// #[derive(Close)]
/// #[dispose(forget)]
/// pub struct File {
///     #[unmanaged(release = close, always)]
///     fd: i32,
///     name: String,
/// }
///
/// impl File {
///     pub fn into_raw(self) -> i32 {
///         let fd = self.fd;
///         self.forget();
///         fd
///     }
/// }
/// # assert_eq!(File { fd: 3, name: String::new() }.into_raw(), 3);
/// ```
///
/// **Without `forget` it compiles, and the handle is closed.** `let File { fd, .. } = self; fd` and `self.fd`
/// copy a field that is `Copy`, and `self` is dropped at the end of the function: the caller gets a closed
/// handle. rustc objects (E0509) only to a field that is not `Copy`.
///
/// # Safety of what you write
///
/// `unsafe(release = …)` is your promise that the field holds a resource that nothing else releases. A closed
/// value does not exist, so you promise nothing about methods. The rules for closures, for the field's type,
/// for `pub` fields and for enums are those of [`Dispose`](macro@Dispose#safety-of-what-you-write).
///
/// # What does not compile
///
/// * `close()` on a borrowed value, and any use of a value after `close(self)` (E0507, E0382).
/// * `Clone`, by the derive or by hand, without `#[dispose(clone)]`, which is for one by hand. `derive(Clone)`
///   would copy the handle: a second owner comes from `clone = F` on the field.
/// * `Dispose` beside it: a type is released in place or by value.
/// * A field that would not be released: a raw handle or a disposable without an attribute.
/// * What the functions that you name cannot take: [messages of rustc](macro@Dispose#messages-of-rustc) has the
///   remedies.
#[proc_macro_derive(Close, attributes(unmanaged, dispose))]
pub fn derive_close(item: TokenStream) -> TokenStream {
    derive(Kind::Close, item.into()).into()
}

/// Derives `AsyncDispose`, beside `Dispose`, for an owner whose releases must be awaited.
///
/// ```
/// use dispose_core::{AsyncDispose, Dispose};
/// # use std::io;
/// # struct Stream; struct Cache;
/// # impl Stream {
/// #     async fn goodbye(self) -> io::Result<()> { Ok(()) }
/// #     fn reset(self) {}
/// # }
/// # impl Cache { async fn flush_to(self, _: &str) -> io::Result<()> { Ok(()) } }
///
/// #[derive(Dispose, AsyncDispose)]
/// struct Client {
///     #[unmanaged(release_async = Stream::goodbye, release = Stream::reset)]
///     stream: Option<Stream>,
///     #[unmanaged(release_async = async |cache| cache.flush_to(&self.folder).await)]
///     cache: Option<Cache>,
///     folder: String,
/// }
///
/// # async fn run() -> Result<(), dispose_core::DisposeError> {
/// let mut client = Client {
///     stream: Some(Stream),
///     cache: Some(Cache),
///     folder: "cache".into(),
/// };
/// client.dispose_async().await?; // the cache is flushed, then the stream says goodbye
/// # Ok(())
/// # }
/// # use std::{future::Future, pin::pin, task::{Context, Waker}};
/// # assert!(pin!(run()).poll(&mut Context::from_waker(Waker::noop())).is_ready());
/// ```
///
/// All attributes of [`Dispose`](macro@Dispose) are as they are there, and these come in addition:
///
/// * **`#[unmanaged(release_async = F)]`**, **`unsafe(release_async = F)`**: `F` is called once with the
///   field's value and returns a future, which is awaited. `F` is a path, an
///   async closure, or a closure that returns a future. It names `self` and the siblings as in
///   `release`. `check`, `on_error`, `each` and `invalid` apply to both.
///   Rows: [releases that wait, or return too early][networks].
/// * **`#[dispose(async)]`**: the field implements `AsyncDispose`, and its disposal is awaited. Under plain
///   `#[dispose]` it is disposed of synchronously.
///
/// One order holds for all fields, with and without `release_async`. A field is emptied before its future
/// is created, and no two futures run at the same time.
///
/// # Safety of what you write
///
/// Safe code may drop or forget the future at any of its awaits, and then the owner itself. So with
/// `unsafe(release_async = …)` you also promise that a release that ends at an await leaves nothing behind
/// that still uses the owner's other fields. What the resource needs is in its own value, which goes into
/// the future.
///
/// # `Send`
///
/// The future of `dispose_async` is `Send` if the owner and the futures of its releases are. A closure
/// that holds what is not `Send` across an await (an `Rc`, a guard of a lock) makes the whole of it not
/// `Send`, and rustc says so where it is spawned. The trait does not promise it, so code that is generic
/// over `T: AsyncDispose` cannot rely on it.
///
/// # Without an executor
///
/// Nothing is awaited in `dispose`, `close` and `Drop`: they call `release`. A field that has only
/// `release_async` is a failure there. `dispose` leaves the value in the field; `close` and `Drop` are the
/// last attempt, so the value is dropped as ordinary Rust, and `Drop` reports it to the drop hook as
/// forgotten, with its path in the error.
///
/// If the future of `dispose_async` is dropped half-way or panics, the value in flight counts as released.
/// What is left waits for another call or for `Drop`. Each of those is a new attempt, so `before` runs
/// again if something is held.
///
/// [networks]: https://github.com/dispose-rs/dispose/blob/main/RELEASES.md#networks-event-loops-clients-of-servers
#[proc_macro_derive(AsyncDispose, attributes(unmanaged, dispose))]
pub fn derive_async_dispose(item: TokenStream) -> TokenStream {
    derive(Kind::AsyncDispose, item.into()).into()
}

/// Derives `SafeHandle`, beside [`Close`](macro@Close) or [`Dispose`](macro@Dispose), for a type that is one
/// handle and nothing else.
///
/// It makes the type from a raw handle, lends the raw handle, and gives it back.
///
/// ```
/// use dispose_core::{Close, SafeHandle, status};
/// # mod sys { pub unsafe fn close(_: i32) -> i32 { 0 } }
///
/// #[derive(Debug, Close, SafeHandle)]
/// pub struct Socket {
///     // SAFETY: nothing else closes it.
///     #[unmanaged(unsafe(release = sys::close), check = status::errno, invalid = -1)]
///     fd: i32,
/// }
///
/// // SAFETY: nothing else closes descriptor 7.
/// let socket = unsafe { Socket::from_raw(7) };
/// assert_eq!(socket.as_raw()?, 7); // still owned
/// assert_eq!(socket.into_raw(), 7); // given up: nothing closes it any more
/// # Ok::<(), dispose_core::Disposed>(())
/// ```
///
/// # The type
///
/// A struct with one `#[unmanaged]` field, which may have every key but `each`. The field's type is `Copy`,
/// and is the trait's `Raw`. Every other field is made by `Default`: a `PhantomData` above all. The type is as
/// large as the raw value.
///
/// | the field | holds nothing if | `as_raw` |
/// |---|---|---|
/// | `i32`, an id, with `invalid = E` | it is one of these values | may fail |
/// | `*mut T`, `*const T` | it is null | may fail |
/// | `Option<NonNull<T>>` | it is `None` | may fail |
/// | `NonNull<T>`, an id, with `always` (under `Close`) | never | never fails |
///
/// `from_raw` may receive a value that means "no resource", such as what a failed `open` returned. Then
/// `is_invalid()` returns `true`, and nothing is released. For a type with more handles, make a safe handle of
/// each and put them into an owner. For another shape, implement the trait by hand.
///
/// # What it is for
///
/// Functions that are generic over handles, such as one that opens with any of a library's constructors:
///
/// ```
/// use dispose_core::SafeHandle;
/// use std::io;
///
/// /// # Safety
/// ///
/// /// `open` returns a handle of this kind that nothing else releases, or what means "no resource".
/// unsafe fn opened<H: SafeHandle>(open: impl FnOnce() -> H::Raw) -> io::Result<H> {
///     // SAFETY: as the caller promises.
///     let handle = unsafe { H::from_raw(open()) };
///     if handle.is_invalid() { Err(io::Error::last_os_error()) } else { Ok(handle) }
/// }
/// ```
///
/// # A handle that does not own: `borrowed = Name`
///
/// `#[dispose(borrowed = BorrowedSocket)]` on the type makes a second type, `BorrowedSocket<'_>`: the raw
/// handle with a lifetime, as visible as the owner, as large as the raw value, `Copy`, `repr(transparent)`,
/// and `Debug` if the raw type is. It has the owner's parameters behind the lifetime. The owner gets a
/// method that returns it:
///
/// * **`as_borrowed(&self)`** returns `Result<BorrowedSocket<'_>, Disposed>`, or, where the field is
///   `always`, the `BorrowedSocket<'_>` itself.
///
/// A lent value can neither outlive the owner nor be used after `dispose` or `close`: the compiler rejects it.
/// On it are:
///
/// * **`as_raw(self)`**: the raw handle.
/// * **`unsafe fn from_raw(raw)`**: for a handle that the library lends, such as to a callback.
///
/// It is a type of your crate. A method that needs no ownership belongs to it, so that the owner's users and
/// the callback's can both call it.
///
/// ```
/// use dispose_core::{Dispose, SafeHandle};
/// # fn window_destroy(_: usize) {}
///
/// #[derive(Dispose, SafeHandle)]
/// #[dispose(borrowed = WindowRef)]
/// pub struct Window {
///     #[unmanaged(release = window_destroy, invalid = 0)]
///     id: usize,
/// }
///
/// impl WindowRef<'_> {
///     pub fn is_odd(self) -> bool {
///         self.as_raw() % 2 == 1
///     }
/// }
///
/// // SAFETY: nothing else destroys window 7.
/// let window = unsafe { Window::from_raw(7) };
/// assert!(window.as_borrowed()?.is_odd());
/// # Ok::<(), dispose_core::Disposed>(())
/// ```
///
/// It is `Send` and `Sync` if the raw type is and the owner is `Sync`, as with `&Window`. Around a raw
/// pointer it is neither; if the library allows it, write `unsafe impl Send for WindowRef<'_> {}`.
///
/// # A descriptor: `unsafe(as_fd)`, `unsafe(as_handle)`, `unsafe(as_socket)`
///
/// If the raw type is a descriptor of the operating system, one of these keys implements the standard
/// library's traits, so that the type goes wherever `impl AsFd` is wanted:
///
/// | | traits | the field |
/// |---|---|---|
/// | `unsafe(as_fd)`, on Unix and WASI | `AsFd`, `AsRawFd`, `IntoRawFd`, `FromRawFd` | `RawFd` (`i32`, `c_int`), `Option<RawFd>` |
/// | `unsafe(as_handle)`, on Windows | `AsHandle`, `AsRawHandle`, `IntoRawHandle`, `FromRawHandle` | `RawHandle` (`HANDLE` of `windows-sys`), an `Option` of it, `Option<NonNull<c_void>>` |
/// | `unsafe(as_socket)`, on Windows | `AsSocket`, `AsRawSocket`, `IntoRawSocket`, `FromRawSocket` | `RawSocket`, `usize` (`SOCKET` of `windows-sys`), `Option<RawSocket>` |
///
/// The derive does not add them by itself: a `c_int` may be any number, and a type may have such impls
/// already. A type for several systems has `#[cfg_attr(unix, dispose(unsafe(as_fd)))]` and
/// its like. With `borrowed = Name`, that type gets `AsFd` and `AsRawFd` too. The keys need the feature
/// `std` of `dispose-core`.
///
/// ```
/// # #[cfg(unix)] {
/// use dispose_core::{Close, SafeHandle, status};
/// use std::fs::File;
/// use std::os::fd::{AsFd, FromRawFd, IntoRawFd, RawFd};
///
/// unsafe extern "C" {
///     fn close(fd: RawFd) -> i32;
/// }
///
/// #[derive(Close, SafeHandle)]
/// // SAFETY: the descriptor is open as long as it is held, and nothing else closes it.
/// #[dispose(unsafe(as_fd))]
/// pub struct Pipe {
///     // SAFETY: nothing else closes it.
///     #[unmanaged(unsafe(release = close), check = status::errno, invalid = -1)]
///     fd: RawFd,
/// }
///
/// let fd = File::open("/dev/null").unwrap().into_raw_fd();
/// // SAFETY: just opened, and given up by the file.
/// let pipe = unsafe { Pipe::from_raw_fd(fd) };
/// let copy = pipe.as_fd().try_clone_to_owned().unwrap();
/// # drop(copy);
/// pipe.close().unwrap();
/// # }
/// ```
///
/// # Panics
///
/// Panics in `as_fd`, `as_raw_fd` and the like if the value holds no descriptor, because these methods cannot
/// return an error. It holds none in these cases:
///
/// * after a `dispose()`;
/// * if the field has one of the `invalid` values;
/// * if the field is -1 (null, `INVALID_SOCKET`), even if `invalid` does not name that.
///
/// `into_raw_fd` then returns -1 (null, `INVALID_SOCKET`). `SafeHandle::is_invalid` returns `true` in the first
/// two cases.
///
/// # Safety of what you write
///
/// By `unsafe(as_fd)` you promise that the field holds an open descriptor that its owner owns, or a value that
/// means "nothing". The descriptor stays open until the owner releases it. Safe code anywhere may use it. So
/// the field is not `pub` (`pub(crate)` is fine), and a constructor that takes a number is an `unsafe fn`.
///
/// `SafeHandle::into_raw` gives the handle to safe code. Only `from_raw`, which is unsafe, makes an owner
/// of it again. `as_raw` returns a plain copy, which may outlive the owner. Where that matters, hand out
/// `as_borrowed`.
#[proc_macro_derive(SafeHandle, attributes(unmanaged, dispose))]
pub fn derive_safe_handle(item: TokenStream) -> TokenStream {
    derive(Kind::SafeHandle, item.into()).into()
}
