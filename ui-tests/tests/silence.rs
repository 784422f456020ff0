//! Generated code is silent under every lint that a careful crate may deny, also clippy's.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    single_use_lifetimes,
    let_underscore_drop,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    trivial_casts,
    trivial_numeric_casts,
    variant_size_differences,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    non_ascii_idents,
    keyword_idents,
    redundant_lifetimes,
    redundant_imports,
    unit_bindings,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::cargo,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::mem_forget,
    clippy::missing_docs_in_private_items,
    clippy::multiple_inherent_impl,
    clippy::wildcard_enum_match_arm,
    clippy::absolute_paths,
    clippy::shadow_unrelated,
    clippy::str_to_string,
    clippy::missing_trait_methods,
    clippy::missing_inline_in_public_items,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::same_name_method,
    clippy::pattern_type_mismatch,
    clippy::ref_patterns,
    clippy::min_ident_chars
)]
#![allow(clippy::multiple_crate_versions, clippy::cargo_common_metadata)]

use std::convert::{Infallible, identity};
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::process::abort;
use std::ptr::{NonNull, null};

use dispose_core::{
    AsyncDispose, Close, Dispose, DisposeError, DropReport, SafeHandle, StatusError, TryClose,
    status,
};

/// Closes.
const fn close(_value: i32) -> i32 {
    0
}

/// Frees.
///
/// # Safety
///
/// None is needed.
const unsafe fn free(_value: NonNull<u8>) {}

/// Never returns.
#[allow(clippy::missing_const_for_fn)]
fn exit(_value: i32) -> ! {
    abort()
}

/// Every attribute in place.
#[derive(Debug, Dispose)]
#[dispose(before = Self::flush, explicit, on_drop = ignore, clone)]
pub struct InPlace<'name, T> {
    /// A number.
    #[unmanaged(release = close, check = status::zero, invalid = [-1, -2], on_error = keep)]
    number: i32,
    /// A pointer.
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = free))]
    pointer: Option<NonNull<u8>>,
    /// With a closure.
    #[unmanaged(release = |value: i32| close(value + self.len), check = |code| status::zero(code - self.len + 2))]
    closure: Option<i32>,
    /// Elements.
    #[unmanaged(release = close, check = status::ignore, each)]
    elements: Vec<i32>,
    /// Kept elements.
    #[unmanaged(release = close, check = status::zero, each, invalid = 0, on_error = keep)]
    kept: Vec<i32>,
    /// A part.
    #[dispose]
    part: Option<Part>,
    /// Another's.
    #[dispose(skip)]
    borrowed: *const u8,
    /// A length.
    len: i32,
    /// A name.
    name: &'name str,
    /// Anything.
    value: T,
}

impl<T> InPlace<'_, T> {
    /// Flushes.
    const fn flush(&mut self) {
        self.len += 1;
    }
}

/// A part of one field.
#[derive(Debug, Dispose)]
pub struct Part(#[unmanaged(release = exit)] Option<i32>);

/// Simple closures, whose bodies stand in the expansion by themselves.
#[derive(Debug, Dispose)]
pub enum Simple {
    /// One that never returns.
    Diverges(#[unmanaged(release = |value| exit(value))] Option<i32>),
    /// One whose parameter has the name of another field.
    Named {
        /// Closed.
        #[unmanaged(release = |len| close(len), check = status::zero)]
        number: Option<i32>,
        /// A length.
        len: i32,
    },
    /// One that is handed a `()`, and a field that is handed to both.
    Unit {
        /// A mark.
        #[unmanaged(release = |unit| ignore(unit))]
        mark: Option<()>,
        /// A pointer.
        // SAFETY: nothing else frees it.
        #[unmanaged(unsafe(release = |pointer| free(pointer)))]
        pointer: Option<NonNull<u8>>,
    },
}

/// Does nothing.
const fn ignore((): ()) {}

/// Waits for the other side.
async fn leave(value: i32) -> i32 {
    ready(value).await
}

/// Frees, and waits.
///
/// # Safety
///
/// None is needed.
unsafe fn leave_memory(_value: NonNull<u8>) -> Ready<()> {
    ready(())
}

/// Every attribute of an asynchronous owner.
#[derive(Debug, Dispose, AsyncDispose)]
#[dispose(before = Self::flush)]
pub struct Awaited<'name, T> {
    /// A number.
    #[unmanaged(release_async = leave, release = close, check = status::zero, invalid = [-1, -2], on_error = keep)]
    number: i32,
    /// A pointer.
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release_async = leave_memory))]
    pointer: Option<NonNull<u8>>,
    /// With an async closure.
    #[unmanaged(release_async = async |value: i32| leave(value + self.len).await, check = |code| status::zero(code - self.len + 2))]
    closure: Option<i32>,
    /// With a future that owns its part.
    #[unmanaged(release_async = |value: i32| async move { leave(value + self.len).await }, check = status::ignore)]
    future: Option<i32>,
    /// With a future that needs no owner.
    #[unmanaged(release_async = |value: i32| async move { leave(value).await }, check = status::ignore)]
    alone: Option<i32>,
    /// Elements.
    #[unmanaged(release_async = leave, check = status::ignore, each, invalid = 0)]
    elements: Vec<i32>,
    /// Elements.
    #[unmanaged(release_async = leave, check = status::ignore, each)]
    more: Vec<i32>,
    /// A part.
    #[dispose]
    part: Option<Part>,
    /// An awaited part.
    #[dispose(async)]
    variants: Option<Variants>,
    /// A length.
    len: i32,
    /// A name.
    name: &'name str,
    /// Anything.
    value: T,
}

impl<T> Awaited<'_, T> {
    /// Flushes.
    const fn flush(&mut self) {
        self.len += 1;
    }
}

/// No future beside a future.
#[derive(Debug, Dispose, AsyncDispose)]
pub struct Never(#[unmanaged(release_async = leave_at_last, release = exit)] Option<i32>);

/// Says goodbye.
async fn leave_at_last(_value: i32) {
    ready(()).await;
}

/// In variants.
#[derive(Debug, Dispose, AsyncDispose)]
pub enum Variants {
    /// With siblings.
    Mapped {
        /// A number.
        #[unmanaged(release_async = |value: i32| async move { leave(value + *len).await }, check = status::zero)]
        number: Option<i32>,
        /// A length.
        len: i32,
    },
    /// In a tuple.
    Tuple(
        #[unmanaged(release_async = async |value| leave(value + *_1).await, check = status::zero)]
        Option<i32>,
        i32,
    ),
    /// Nothing.
    Empty,
}

/// By value.
#[derive(Debug, Close, SafeHandle)]
pub struct Handle {
    /// The handle.
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = |pointer| free(pointer)), always)]
    raw: NonNull<u8>,
}

/// Lends itself.
#[derive(Debug, Close, SafeHandle)]
#[dispose(borrowed = BorrowedDescriptor)]
// SAFETY: nothing else closes it.
#[cfg_attr(unix, dispose(unsafe(as_fd)))]
pub struct Descriptor<'name, Of> {
    /// The descriptor.
    #[unmanaged(release = close, check = status::zero, invalid = -1)]
    fd: i32,
    /// What it depends on.
    of: PhantomData<(&'name str, Of)>,
}

/// Lends itself to this module.
#[derive(Debug, Close, SafeHandle)]
#[dispose(borrowed = BorrowedOwn)]
struct Own {
    /// The handle.
    #[unmanaged(release = drop, always)]
    id: u64,
}

/// Holds others.
#[derive(Debug, Close)]
#[dispose(before = |outer| outer.below.fd = 1)]
pub struct Outer {
    /// Released after the others.
    #[unmanaged(release = |id: i32| close(id), check = |status| status::zero(status + self.len))]
    id: Option<i32>,
    /// Released second.
    // SAFETY: nothing reads it after its release.
    #[unmanaged(release = Close::close, unsafe(always))]
    below: ManuallyDrop<Descriptor<'static, u8>>,
    /// Released before it.
    // SAFETY: nothing reads it after its release.
    #[unmanaged(release = |it: Own| { self.len = self.below.fd; drop(it); }, drop = drop, unsafe(always))]
    above: ManuallyDrop<Own>,
    /// All of them.
    #[unmanaged(each, release = |id: i32| close(id + self.below.fd), check = status::zero)]
    ids: Vec<i32>,
    /// A length.
    len: i32,
}

/// Holds another.
#[derive(Debug, Close)]
pub enum Inner {
    /// The only one.
    Only(
        // SAFETY: nothing reads it after its release.
        #[unmanaged(release = Close::close, unsafe(always))] ManuallyDrop<Outer>,
        #[unmanaged(release = |id| close(id + _0.len), check = status::zero)] Option<i32>,
    ),
    /// Nothing.
    Nothing,
}

/// By value, with ordinary fields.
#[derive(Debug, Close)]
#[dispose(explicit)]
pub enum ByValue<'name> {
    /// With siblings.
    Mapped {
        /// A number.
        #[unmanaged(release = |value: i32| close(value + *len), check = status::zero, always)]
        number: i32,
        /// A length.
        len: i32,
        /// A name.
        name: &'name str,
    },
    /// In a tuple.
    Tuple(
        #[unmanaged(release = |value: i32| close(value + *_1), check = status::zero)] Option<i32>,
        i32,
    ),
    /// Nothing.
    Nothing,
}

/// Whether it is busy.
fn is_busy(error: &StatusError) -> bool {
    error.code() == 16
}

/// Receives failures.
const fn receive(_report: &DropReport) {}

/// Refused, and dropped otherwise.
#[derive(Debug, Dispose)]
#[dispose(on_drop = receive, explicit, forget)]
pub struct Refused {
    /// Refused by its code.
    #[unmanaged(release = close, check = status::zero, invalid = -1, on_error = keep_if(is_busy))]
    by_path: i32,
    /// Refused by its code.
    #[unmanaged(release = close, drop = close, check = status::zero, on_error = keep_if(|error| error.code() == i128::from(self.len)))]
    by_closure: Option<i32>,
    /// Dropped otherwise.
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = free), unsafe(drop = |pointer| free(pointer)))]
    pointer: Option<NonNull<u8>>,
    /// Dropped otherwise, without a status.
    #[unmanaged(release = close, drop = |value| drop_number(value + self.len), check = status::zero, on_error = keep, each)]
    elements: Vec<i32>,
    /// A length.
    len: i32,
    /// A name.
    name: String,
}

/// Drops.
const fn drop_number(_value: i32) {}

/// Refused by value.
#[derive(Debug, Close)]
#[dispose(on_drop = |report| receive(identity(report)), forget)]
pub enum RefusedByValue {
    /// Refused, or dropped otherwise.
    Kept(
        #[unmanaged(release = close, drop = |value| drop_number(value), check = status::zero, on_error = keep, always)]
         i32,
        String,
    ),
    /// Refused by its code.
    Decided {
        /// The number.
        #[unmanaged(release = close, check = status::zero, on_error = keep_if(|error| error.code() == i128::from(*busy)))]
        number: Option<i32>,
        /// The code.
        busy: i32,
    },
    /// Nothing.
    Nothing,
}

/// What else may fail.
#[derive(Debug)]
pub struct Failed;

impl From<DisposeError> for Failed {
    #[inline]
    fn from(_error: DisposeError) -> Self {
        Self
    }
}

/// Retains.
///
/// # Safety
///
/// None is needed.
const unsafe fn retain(_value: NonNull<u8>) {}

/// Duplicates.
fn duplicate(value: i32) -> Result<i32, StatusError> {
    status::zero(close(value)).map(|()| value)
}

/// Counted, with an error of its own.
#[derive(Debug, Close)]
#[dispose(error = StatusError)]
pub struct Counted<'name, T> {
    /// A number.
    #[unmanaged(release = close, check = status::zero, clone = |value| duplicate(value + self.len), on_error = keep, always)]
    number: i32,
    /// A length.
    len: i32,
    /// A name.
    name: &'name str,
    /// Anything.
    value: Vec<T>,
}

/// Counted in place, with an error of all.
#[derive(Debug, Dispose)]
#[dispose(error = Failed)]
pub struct CountedInPlace {
    /// A pointer.
    // SAFETY: each holds a count.
    #[unmanaged(unsafe(release = free), unsafe(clone = retain))]
    pointer: Option<NonNull<u8>>,
    /// Not to be used any more.
    #[allow(deprecated)]
    #[deprecated]
    name: String,
}

/// Private, and never closed by hand.
#[derive(Debug, Close)]
#[dispose(error = StatusError)]
enum Private {
    /// A number.
    Number(
        #[unmanaged(release = close, check = status::zero, invalid = 0, on_error = keep_if(is_busy))]
         i32,
    ),
    /// Nothing.
    Nothing,
}

/// Never returns, and fails with nothing.
#[derive(Debug, Dispose)]
#[dispose(error = Infallible)]
pub struct Diverges(#[unmanaged(release = exit)] Option<i32>);

/// A scope guard.
#[derive(Debug, Close)]
#[dispose(before = |_guard| ())]
pub struct Guard;

/// Not to be used any more, but still released.
#[deprecated]
#[derive(Debug, Dispose)]
pub struct Old {
    /// Old, too.
    #[deprecated]
    #[unmanaged(release = close, check = status::ignore)]
    old: Option<i32>,
}

/// Holds a deprecated type.
#[derive(Debug, Dispose)]
#[allow(deprecated)]
pub struct Holder {
    /// The part.
    #[dispose]
    part: Option<Old>,
    /// Another.
    #[dispose(skip)]
    other: Option<Old>,
}

/// A list, and a tree in each of its nodes.
#[derive(Debug, Dispose)]
pub struct Node<T> {
    /// Its drop may be seen.
    pub label: T,
    /// A handle.
    #[unmanaged(release = close, check = status::ignore, invalid = -1)]
    id: i32,
    /// A tree.
    #[dispose]
    tree: Vec<Self>,
    /// The next one.
    #[dispose]
    next: Option<Box<Self>>,
}

/// A list of nothing else.
#[derive(Debug, Dispose)]
pub struct Links(#[dispose] Option<Box<Self>>);

/// A list in a variant.
#[derive(Debug, Dispose)]
pub enum Cons<T> {
    /// The last one.
    Nil,
    /// One more.
    Cell(
        T,
        #[dispose] Box<Self>,
        #[unmanaged(release = close, check = status::ignore)] Option<i32>,
    ),
}

/// Names of another style.
#[derive(Debug, Close)]
#[allow(non_snake_case, non_camel_case_types)]
pub enum winStyle {
    /// A variant.
    hWnd {
        /// A handle.
        #[unmanaged(release = |handle: i32| close(handle + *dwStyle), check = status::ignore, invalid = 0)]
        hHandle: i32,
        /// A style.
        dwStyle: i32,
    },
}

#[test]
#[allow(deprecated)]
fn it_runs() {
    let pointer = NonNull::dangling();
    let mut refused = Refused {
        by_path: 1,
        by_closure: Some(1),
        pointer: Some(pointer),
        elements: vec![1],
        len: 1,
        name: String::new(),
    };
    assert!(refused.dispose().is_ok() && refused.name.is_empty());
    refused.forget();
    assert!(RefusedByValue::Kept(1, String::new()).try_close().is_ok());
    assert!(RefusedByValue::Decided { number: Some(1), busy: 2 }.try_close().is_ok());
    assert!(RefusedByValue::Nothing.try_close().is_ok());
    let in_place = InPlace {
        number: 1,
        pointer: Some(pointer),
        closure: Some(1),
        elements: vec![1],
        kept: vec![1],
        part: Some(Part(None)),
        borrowed: null(),
        len: 1,
        name: "n",
        value: (),
    };
    assert!(in_place.borrowed.is_null() && in_place.name.len() == 1);
    let () = in_place.value;
    assert!(in_place.close().is_ok());
    let awaited = Awaited {
        number: -1,
        pointer: None,
        closure: None,
        future: None,
        alone: None,
        elements: vec![0],
        more: Vec::new(),
        part: Some(Part(None)),
        variants: Some(Variants::Tuple(None, 1)),
        len: 1,
        name: "n",
        value: (),
    };
    assert!(awaited.name.len() == 1 && Variants::Empty.is_disposed());
    let () = awaited.value;
    assert!(Variants::Mapped { number: None, len: 1 }.close().is_ok());
    assert!(awaited.close().is_ok());
    assert!(Never(None).close().is_ok());
    assert!(Simple::Diverges(None).close().is_ok());
    assert!(Simple::Named { number: Some(1), len: 1 }.close().is_ok());
    assert!(Simple::Unit { mark: Some(()), pointer: Some(pointer) }.close().is_ok());
    assert!(Handle { raw: pointer }.close().is_ok());
    assert!(ByValue::Mapped { number: 1, len: 1, name: "n" }.close().is_ok());
    assert!(ByValue::Tuple(Some(1), 1).close().is_ok());
    assert!(ByValue::Nothing.close().is_ok());
    assert!(Guard.close().is_ok());
    let counted = Counted { number: 1, len: 1, name: "n", value: vec![1_u8] };
    let (one, two) =
        (counted.clone(), CountedInPlace { pointer: Some(pointer), name: String::new() });
    assert!(one.name.len() == 1 && one.value.len() == 1);
    assert!(one.close().is_ok() && counted.try_close().is_ok());
    assert!(two.clone().close().is_ok() && two.name.is_empty() && two.try_close().is_ok());
    drop([Private::Number(1), Private::Nothing]);
    assert!(Diverges(None).close().is_ok());
    let holder = Holder { part: Some(Old { old: Some(1) }), other: None };
    assert!(holder.other.is_none());
    assert!(holder.close().is_ok());
    assert!(winStyle::hWnd { hHandle: 1, dwStyle: 1 }.close().is_ok());
}
