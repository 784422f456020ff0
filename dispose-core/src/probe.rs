//! Questions of the macros that the compiler decides about a type: whether a field without an attribute holds
//! what should be released, whether the elements of a collection are raw pointers, and whether a type has another
//! way to a second owner.

use core::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::pin::Pin;
use core::ptr::NonNull;
#[cfg(target_has_atomic = "ptr")]
use core::sync::atomic::AtomicPtr;

use crate::each::{Null, OfPointers, Plain};
use crate::{Close, Dispose, DisposeError, Failures};

/// The contents of a type, as its constants say: the inherent ones where the type has the trait, else
/// those of [`Unknown`]. Behind an alias no token shows a container, so they look a few levels deep.
pub struct Probe<T: ?Sized>(PhantomData<T>);

type Found = u8;
const NOTHING: Found = 0;
const RAW: Found = 1;
const OWNER: Found = 2;

impl<T: Dispose + ?Sized> Probe<T> {
    pub const DISPOSE: Found = OWNER;
}
impl<T: Close> Probe<T> {
    pub const BOUND: TakesSelf = TakesSelf;
}
impl<T: OfPointers> Probe<T> {
    pub const __EMPTY_ELEMENT: Null = Null;
}
impl<T: Resource> Probe<T> {
    pub const ITSELF: Found = T::FOUND;
}
impl<T: Inside<Of: Resource>> Probe<T> {
    pub const ONE_DEEP: Found = T::Of::FOUND;
}
impl<T: Inside<Of: Inside<Of: Resource>>> Probe<T> {
    pub const TWO_DEEP: Found = <T::Of as Inside>::Of::FOUND;
}
impl<T: Inside<Of: Inside<Of: Inside<Of: Resource>>>> Probe<T> {
    pub const THREE_DEEP: Found = <<T::Of as Inside>::Of as Inside>::Of::FOUND;
}
impl<T: Inside<Of: Inside<Of: Inside<Of: Inside<Of: Resource>>>>> Probe<T> {
    pub const FOUR_DEEP: Found = <<<T::Of as Inside>::Of as Inside>::Of as Inside>::Of::FOUND;
}

impl<A: Resource, B> Probe<(A, B)> {
    pub const FIRST: Found = A::FOUND;
}
impl<A, B: Resource> Probe<(A, B)> {
    pub const SECOND: Found = B::FOUND;
}
impl<A: Resource, B, C> Probe<(A, B, C)> {
    pub const FIRST: Found = A::FOUND;
}
impl<A, B: Resource, C> Probe<(A, B, C)> {
    pub const SECOND: Found = B::FOUND;
}

/// The constants of a [`Probe`] where nothing is known.
pub trait Unknown {
    const BOUND: Other = Other;
    const __EMPTY_ELEMENT: Plain = Plain;
    const DISPOSE: Found = NOTHING;
    const ITSELF: Found = NOTHING;
    const ONE_DEEP: Found = NOTHING;
    const TWO_DEEP: Found = NOTHING;
    const THREE_DEEP: Found = NOTHING;
    const FOUR_DEEP: Found = NOTHING;
    const FIRST: Found = NOTHING;
    const SECOND: Found = NOTHING;
}

impl<T: ?Sized> Unknown for Probe<T> {}

/// All that a [`Probe`] says of a type, where [`Unknown`] is in scope.
#[doc(hidden)]
#[macro_export]
macro_rules! __found {
    ($ty:ty) => {
        [
            <$crate::__private::Probe<$ty>>::DISPOSE,
            <$crate::__private::Probe<$ty>>::ITSELF,
            <$crate::__private::Probe<$ty>>::ONE_DEEP,
            <$crate::__private::Probe<$ty>>::TWO_DEEP,
            <$crate::__private::Probe<$ty>>::THREE_DEEP,
            <$crate::__private::Probe<$ty>>::FOUR_DEEP,
            <$crate::__private::Probe<$ty>>::FIRST,
            <$crate::__private::Probe<$ty>>::SECOND,
        ]
    };
}
pub use __found as found;

/// What recognises the elements without a resource in a collection, where `invalid` does not say it.
#[doc(hidden)]
#[macro_export]
macro_rules! __empty_of {
    ($ty:ty) => {{
        use $crate::__private::Unknown as _;
        <$crate::__private::Probe<$ty>>::__EMPTY_ELEMENT
    }};
}
pub use __empty_of as empty_of;

const LEVELS: usize = 8;
type All = [Found; LEVELS];

/// The kind of a parameter whose bound is the trait of a `dyn Close`, if that trait is ours.
#[derive(Clone, Copy)]
pub struct TakesSelf;
/// The kind of any other parameter.
#[derive(Clone, Copy)]
pub struct Other;

#[diagnostic::on_unimplemented(
    message = "`Close` and `AsyncDispose` have no `dyn`, because they take `self` or return a future of their own",
    label = "use `Box<dyn Dispose>`",
    note = "`Box<dyn Dispose>` with `#[dispose]` holds any disposable, and so does a trait of your own with the supertrait `Dispose`"
)]
pub trait HasDyn {}
impl HasDyn for Other {}

pub const fn has_dyn<T: HasDyn + Copy>(_: T) {}

/// The kind of a forgotten resource: a disposable, or a raw handle.
pub trait Resource {
    const FOUND: Found;
}

impl<T: Close> Resource for T {
    const FOUND: Found = OWNER;
}

/// A container of the standard library, and what it holds.
pub trait Inside {
    type Of: ?Sized;
}

macro_rules! raw {
    ($($ty:ty),+) => {
        $(impl<T: ?Sized> Resource for $ty {
            const FOUND: Found = RAW;
        })+
    };
}
raw!(*mut T, *const T, NonNull<T>);
#[cfg(target_has_atomic = "ptr")]
impl<T> Resource for AtomicPtr<T> {
    const FOUND: Found = RAW;
}

macro_rules! inside {
    ($($(#[$meta:meta])* ($($generics:tt)*) $ty:ty => $of:ty;)+) => {
        $($(#[$meta])* impl<$($generics)*> Inside for $ty {
            type Of = $of;
        })+
    };
}
inside! {
    (T) Option<T> => T;
    (T) [T] => T;
    (T, const N: usize) [T; N] => T;
    (T: ?Sized) Cell<T> => T;
    (T: ?Sized) RefCell<T> => T;
    (T: ?Sized) UnsafeCell<T> => T;
    (T) OnceCell<T> => T;
    (T: ?Sized) ManuallyDrop<T> => T;
    (T) MaybeUninit<T> => T;
    (P: Inside) Pin<P> => P::Of;
    (A, B) (A, B) => B;
    (A, B, C) (A, B, C) => C;
}
#[cfg(feature = "alloc")]
inside! {
    (T: ?Sized) alloc::boxed::Box<T> => T;
    (T) alloc::vec::Vec<T> => T;
    (T) alloc::collections::VecDeque<T> => T;
    (T) alloc::collections::LinkedList<T> => T;
    (T) alloc::collections::BinaryHeap<T> => T;
    (T) alloc::collections::BTreeSet<T> => T;
    (K, V) alloc::collections::BTreeMap<K, V> => V;
}
#[cfg(feature = "std")]
inside! {
    (T: ?Sized) std::sync::Mutex<T> => T;
    (T: ?Sized) std::sync::RwLock<T> => T;
    (T) std::sync::OnceLock<T> => T;
    (T, S) std::collections::HashSet<T, S> => T;
    (K, V, S) std::collections::HashMap<K, V, S> => V;
}

/// Stands for the type with `#[derive(Dispose)]` where it is in a field of its own.
pub enum Itself {}

impl Dispose for Itself {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

/// The same for `#[derive(Close)]`.
pub enum ItselfByValue {}

impl Close for ItselfByValue {
    fn close(self) -> Result<(), DisposeError> {
        Ok(())
    }
}

/// The way in which a field could be released, as far as its tokens show.
#[derive(Clone, Copy)]
pub enum Remedy {
    /// It is the part itself.
    Bare,
    /// A slot of a part.
    Slot,
    /// A collection of parts.
    Each,
    /// Anything else.
    Other,
}

/// Refuses a field without an attribute in which something was found. `whole` is what was found of
/// the field as a whole.
///
/// # Panics
///
/// Panics if something was found.
#[track_caller]
pub const fn untracked(field: &str, found: &[All], whole: Found, remedy: Remedy, has_before: bool) {
    let most = most(found);
    if most == NOTHING {
        return;
    }
    let mut text = Text::new();
    text.push("`").push(field);
    if most == RAW {
        text.push("` holds a raw handle that is not released; add `#[unmanaged(");
        if matches!(remedy, Remedy::Each) {
            text.push("each, ");
        }
        text.push("release = …)]` if it is owned, or `#[dispose(skip)]` if it is borrowed, ");
        text.push(if has_before {
            "if the library frees it, or if `before` releases it"
        } else {
            "or if the library frees it"
        });
    } else {
        // A part behind an alias may be a container.
        let is_part = !found.is_empty() && found[0][1] == OWNER;
        let recipe = match remedy {
            _ if whole == OWNER => Some("add `#[dispose]`"),
            Remedy::Bare if is_part => Some(
                "make it an `Option` with `#[unmanaged(release = Close::close)]`, or under `derive(Close)` a `ManuallyDrop` with `unsafe(always)` besides",
            ),
            Remedy::Slot if is_part => Some("add `#[unmanaged(release = Close::close)]`"),
            Remedy::Each if is_part => Some("add `#[unmanaged(each, release = Close::close)]`"),
            _ => None,
        };
        text.push("` holds a disposable that is not released in order; ");
        if let Some(recipe) = recipe {
            text.push(recipe);
            text.push(" (it is then released before the fields above it), or `#[dispose(skip)]`");
        } else {
            text.push("add `#[dispose(skip)]`");
        }
        text.push(" to leave it to ");
        text.push(if has_before { "`before` or its own `Drop`" } else { "its own `Drop`" });
        if recipe.is_none() {
            text.push(
                ", make it an `Option` with `#[unmanaged(release = Close::close)]` (in a `Box`: `release = |part| part.close()`) or a `Vec` with `#[unmanaged(each, release = Close::close)]`, or derive `Dispose` for what is in it and add `#[dispose]`",
            );
        }
    }
    panic!("{}", text.as_str());
}

/// Refuses a public field that holds a raw handle which an unsafe `before` may release.
///
/// # Panics
///
/// Panics if one was found.
#[track_caller]
pub const fn public(field: &str, found: &[All]) {
    if most(found) == RAW {
        let mut text = Text::new();
        text.push("`").push(field).push("` is a public raw handle and `before` is unsafe, so safe code elsewhere could store a handle that it does not own; make it private, or `pub(crate)` is enough");
        panic!("{}", text.as_str());
    }
}

/// Returns the most important of what was found.
const fn most(found: &[All]) -> Found {
    let mut most = NOTHING;
    let mut index = 0;
    while index < found.len() * LEVELS {
        let found = found[index / LEVELS][index % LEVELS];
        if found > most {
            most = found;
        }
        index += 1;
    }
    most
}

/// A text that is put together by the compiler.
struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 1024], len: 0 }
    }

    /// Adds `text`, unless it does not fit.
    const fn push(&mut self, text: &str) -> &mut Self {
        let text = text.as_bytes();
        if self.len + text.len() <= self.bytes.len() {
            let mut index = 0;
            while index < text.len() {
                self.bytes[self.len + index] = text[index];
                index += 1;
            }
            self.len += text.len();
        }
        self
    }

    const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

// A trait that is hidden itself has no impl in the documentation of the user's types.

/// Two owners would release the same resource twice: a type with `#[unmanaged]` fields or `before`
/// must not be `Clone`, unless `#[dispose(clone)]` says that its own `clone` duplicates the resource.
#[doc(hidden)]
pub trait OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand {}
impl<T: Clone> OwnersMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand for T {}

/// The same for `derive(Close)`.
#[doc(hidden)]
pub trait HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand {}
impl<T: Clone> HandlesMustNotDeriveCloneSetCloneOnTheFieldOrDisposeCloneByHand for T {}

/// A defaulted id is another owner's resource: a type whose default would hold one must not be
/// `Default`, unless `#[dispose(default)]` says that its own `default` holds none or makes one.
#[doc(hidden)]
pub trait OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault {}
impl<T: Default> OwnersMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault for T {}

/// The same for `derive(Close)`.
#[doc(hidden)]
pub trait HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault {}
impl<T: Default> HandlesMustNotBeDefaultUnlessTheDefaultHoldsNothingThenDisposeDefault for T {}

/// A type is released in place or by value: derive `Dispose` or `Close`, not both.
#[doc(hidden)]
pub trait ChooseEitherDeriveDisposeOrDeriveClose {}
impl<T: Dispose> ChooseEitherDeriveDisposeOrDeriveClose for T {}
