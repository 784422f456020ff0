//! Collections whose elements are the resources: fields with `each`.

use core::marker::PhantomData;

use crate::Slot;
use crate::failures::steps::Walk;
use crate::sentinel::Sentinel;

/// A collection whose elements are released one by one. It is the type of a field with `each`.
///
/// Implemented for `Vec` and `VecDeque`. A field with `each` may also be a `[T; N]`, `Box<[T]>`,
/// `BTreeMap` or `HashMap`. The elements of an array or a `Box<[T]>` are [slots](Slot), or of any type
/// with `invalid = …`. Of a map, the values are released. Null raw pointers are not.
///
/// To release the elements of another crate's collection, wrap it in a type of your own that
/// implements this trait:
///
/// ```
/// use dispose_core::{Dispose, Each};
/// # fn close(_: i32) -> std::io::Result<()> { Ok(()) }
///
/// /// Every handle keeps its number.
/// #[derive(Default)]
/// struct Table(Vec<Option<i32>>);
///
/// impl Each for Table {
///     type Value = i32;
///     fn len(&self) -> usize {
///         self.0.len()
///     }
///     fn values(&self) -> impl Iterator<Item = &i32> {
///         self.0.iter().flatten()
///     }
///     fn take(&mut self, index: usize) -> Option<i32> {
///         self.0.get_mut(index)?.take()
///     }
///     fn put(&mut self, index: usize, value: i32) {
///         self.0[index] = Some(value);
///     }
/// }
///
/// #[derive(Dispose)]
/// struct Process {
///     #[unmanaged(each, release = close)]
///     files: Table,
/// }
///
/// let mut process = Process { files: Table(vec![Some(0), None, Some(2)]) };
/// process.dispose()?; // closes 2, then 0
/// assert_eq!(process.files.0, [None, None, None]);
/// # Ok::<(), dispose_core::DisposeError>(())
/// ```
///
/// # What an impl is trusted with
///
/// The trait is safe to implement. An impl cannot change the count of steps that keeps a release from
/// running twice. A value that `take` leaves in its place is not released.
///
/// But an impl can return a `Copy` handle twice, from `take` or from another method. So
/// `unsafe(release = …)` also promises that it does not, as for a field whose type implements [`Slot`].
/// An impl that is generic over its elements, as in `impl<T> Each for Table<T>`, cannot duplicate them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a collection for `each`",
    label = "does not implement `Each`",
    note = "`each` releases every element of a collection; leave it out for a single resource",
    note = "a collection in a `RefCell`, `Mutex` or `Option`: `#[dispose]` without a release, if its elements are `Dispose`",
    note = "a collection of another crate: put it into a type of your own that implements `Each`"
)]
#[expect(
    clippy::len_without_is_empty,
    reason = "places may be empty, so `is_empty` would be ambiguous"
)]
pub trait Each {
    /// The type of the values that are released.
    type Value;

    /// Returns the number of places. A place may be empty.
    fn len(&self) -> usize;

    /// Returns the values that are held, in any order.
    fn values(&self) -> impl Iterator<Item = &Self::Value>;

    /// Takes the value at `index` out of the collection and returns it.
    ///
    /// Returns `None` if the place is empty or does not exist. The places behind it may all move
    /// forward by one, as in a `Vec`, or all stay where they are.
    fn take(&mut self, index: usize) -> Option<Self::Value>;

    /// Puts back a value that was taken from `index`.
    ///
    /// If the places behind it moved, they move back. Called under `on_error = keep` and
    /// `keep_if`, after a release was refused. If the collection has become shorter, `index` is its
    /// [`len`](Self::len), and the value goes to the end.
    fn put(&mut self, index: usize, value: Self::Value);
}

/// A field with `each`, for expansions. `E` recognises the elements that hold no resource. `K` is the
/// position of a loop over the elements, for the collections that need one. (As an associated type, it
/// would be a second error if the impl is missing.)
///
/// There are two positions, because a panic ends the loop and its cursor. The [`Walk`] is part of the disposal, so
/// the pass that follows goes on from there.
#[diagnostic::on_unimplemented(
    message = "`each` cannot release the elements of `{Self}`",
    label = "expected a collection that `each` can release",
    note = "a `Vec` or `VecDeque` is one, a `BTreeMap` or `HashMap` if its keys are `Clone`, and what implements `Each`; a collection of another crate goes into a type of your own that does",
    note = "the elements of an array or a `Box<[…]>` stay where they are, so they are an `Option<…>` or another slot, or the field has `invalid = …`",
    note = "a collection in a `RefCell`, `Mutex` or `Option`: `#[dispose]` without a release, if its elements are `Dispose`",
    note = "the values of `invalid` have the type of the elements",
    note = "a single resource: leave out `each`"
)]
pub trait Elements<E, K: Default> {
    /// The type of the values that are released.
    type Value;
    /// Returns the number of places.
    fn places(&self, empty: E) -> usize;
    /// Returns `true` if no element holds a resource.
    fn is_released(&self, empty: E) -> bool;
    /// Takes the last element, and returns it with its index.
    fn pop(&mut self, cursor: &mut K, empty: E) -> Option<(usize, Self::Value)>;
    /// Takes the next element on the way to the front, and returns it with its index.
    fn next(&mut self, cursor: &mut K, empty: E, walk: Walk<'_>) -> Option<(usize, Self::Value)>;
    /// Puts a value back where it was. `next` does not return it again.
    fn put_back(&mut self, cursor: &mut K, empty: E, walk: Walk<'_>, taken: (usize, Self::Value));
}

/// An `E` that tests nothing: every element is a resource, or a slot.
pub struct Plain;

/// An `E` with the values of `invalid`: an element equal to one of them holds no resource.
pub struct Invalid<T, const N: usize> {
    values: [T; N],
    is_one_of: fn(&T, &[T; N]) -> bool,
}

impl<T: Sentinel, const N: usize> Invalid<T, N> {
    /// Creates one from `values`. The bound stands here, where rustc can point at them.
    #[inline]
    pub fn of(values: [T; N]) -> Self {
        Self { values, is_one_of: T::is_one_of }
    }
}

/// A test for elements that hold no resource.
pub trait Empty<T> {
    fn is_empty(&self, value: &T) -> bool;
}

impl<T> Empty<T> for Plain {
    #[inline]
    fn is_empty(&self, _: &T) -> bool {
        false
    }
}

impl<T, const N: usize> Empty<T> for Invalid<T, N> {
    #[inline]
    fn is_empty(&self, value: &T) -> bool {
        (self.is_one_of)(value, &self.values)
    }
}

/// An `E` for raw pointers, of which null holds no resource.
pub struct Null;

impl<T: ?Sized> Empty<*mut T> for Null {
    #[inline]
    fn is_empty(&self, value: &*mut T) -> bool {
        value.is_null()
    }
}

impl<T: ?Sized> Empty<*const T> for Null {
    #[inline]
    fn is_empty(&self, value: &*const T) -> bool {
        value.is_null()
    }
}

/// A collection of raw pointers for which [`Null`] is an `E`. The elements of an array are slots instead, which
/// say themselves whether they are empty.
pub trait OfPointers {}

impl<C: Each> OfPointers for C where Null: Empty<C::Value> {}

/// A way to the value in an element that stays in its place.
pub trait Place<T> {
    type Value;
    fn is_empty(&self, place: &T) -> bool;
    /// Takes the value, or returns `self` if the place is empty.
    fn take(self, place: &mut T) -> Result<Self::Value, Self>
    where
        Self: Sized;
    fn put(place: &mut T, value: Self::Value);
}

impl<S: Slot> Place<S> for Plain {
    type Value = S::Value;
    #[inline]
    fn is_empty(&self, place: &S) -> bool {
        place.is_empty()
    }
    #[inline]
    fn take(self, place: &mut S) -> Result<S::Value, Self> {
        place.take().ok_or(self)
    }
    #[inline]
    fn put(place: &mut S, value: S::Value) {
        place.put(value);
    }
}

impl<T, const N: usize> Place<T> for Invalid<T, N> {
    type Value = T;
    #[inline]
    fn is_empty(&self, place: &T) -> bool {
        Empty::is_empty(self, place)
    }
    #[inline]
    fn take(self, place: &mut T) -> Result<T, Self> {
        if Place::is_empty(&self, place) {
            return Err(self);
        }
        let Some(empty) = self.values.into_iter().next() else {
            unreachable!("`invalid` has a value")
        };
        Ok(core::mem::replace(place, empty))
    }
    #[inline]
    fn put(place: &mut T, value: T) {
        *place = value;
    }
}

/// A `K` for collections that need no position.
#[derive(Default)]
pub struct NoCursor(PhantomData<()>);

#[diagnostic::do_not_recommend]
impl<C: Each, E: Empty<C::Value>> Elements<E, NoCursor> for C {
    type Value = C::Value;

    #[inline]
    fn places(&self, _: E) -> usize {
        self.len()
    }

    #[inline]
    fn is_released(&self, empty: E) -> bool {
        self.values().all(|value| empty.is_empty(value))
    }

    #[inline]
    fn pop(&mut self, _: &mut NoCursor, empty: E) -> Option<(usize, C::Value)> {
        let mut index = self.len();
        while index > 0 {
            index -= 1;
            if let Some(value) = take(self, index, &empty) {
                return Some((index, value));
            }
        }
        None
    }

    #[inline]
    fn next(
        &mut self,
        cursor: &mut NoCursor,
        empty: E,
        mut walk: Walk<'_>,
    ) -> Option<(usize, C::Value)> {
        // Then nothing is put back, and what a release adds is released too.
        if walk.is_last_attempt() {
            return self.pop(cursor, empty);
        }
        loop {
            let index = walk.next_index()?;
            // A release may have made the collection shorter.
            if let Some(value) = take(self, index, &empty) {
                return Some((index, value));
            }
        }
    }

    #[inline]
    fn put_back(
        &mut self,
        _: &mut NoCursor,
        _: E,
        walk: Walk<'_>,
        (index, value): (usize, C::Value),
    ) {
        let index = index.min(self.len());
        self.put(index, value);
        walk.go_on_before(index);
    }
}

/// Takes the value at `index`, if it is a resource. Returns `None` if it is still there afterwards, because its
/// release would run again.
#[inline]
fn take<C: Each>(
    collection: &mut C,
    index: usize,
    empty: &impl Empty<C::Value>,
) -> Option<C::Value> {
    let is_resource = |value: &C::Value| !empty.is_empty(value);
    let len = collection.len();
    let value = collection.take(index).filter(is_resource)?;
    let is_left =
        collection.len() == len && collection.take(index).as_ref().is_some_and(is_resource);
    (!is_left).then_some(value)
}

/// Calls `put`, and aborts if a key panics in it. That panic would lose a resource that is alive, for
/// which its parents wait.
#[cfg(feature = "alloc")]
fn or_abort<R>(put: impl FnOnce() -> R) -> R {
    struct Second;
    impl Drop for Second {
        fn drop(&mut self) {
            panic!("a key panicked while its value was put back");
        }
    }
    let second = Second;
    let result = put();
    core::mem::forget(second);
    result
}

/// A `K` for elements that stay in their places: how many are still ahead, `None` at the beginning.
#[derive(Default)]
pub struct Ahead(Option<usize>);

/// Takes the last element in front of `cursor` that is not empty.
#[inline]
fn pop_place<T, E: Place<T>>(
    places: &mut [T],
    cursor: &mut Ahead,
    mut empty: E,
) -> Option<(usize, E::Value)> {
    let ahead = cursor.0.get_or_insert(places.len());
    // A release may have put a shorter box in the place of this one.
    *ahead = places.len().min(*ahead);
    while *ahead > 0 {
        *ahead -= 1;
        match empty.take(&mut places[*ahead]) {
            Ok(value) => return Some((*ahead, value)),
            Err(unused) => empty = unused,
        }
    }
    None
}

#[inline]
fn next_place<T, E: Place<T>>(
    places: &mut [T],
    mut walk: Walk<'_>,
    mut empty: E,
) -> Option<(usize, E::Value)> {
    loop {
        let index = walk.next_index()?;
        let Some(place) = places.get_mut(index) else { continue };
        match empty.take(place) {
            Ok(value) => return Some((index, value)),
            Err(unused) => empty = unused,
        }
    }
}

macro_rules! places {
    ($(#[$meta:meta])* ($($generics:tt)*) $ty:ty) => {
        #[diagnostic::do_not_recommend]
        $(#[$meta])*
        impl<T, E: Place<T>, $($generics)*> Elements<E, Ahead> for $ty {
            type Value = E::Value;

            #[inline]
            fn places(&self, _: E) -> usize {
                self.len()
            }
            #[inline]
            fn is_released(&self, empty: E) -> bool {
                self.iter().all(|place| empty.is_empty(place))
            }
            #[inline]
            fn pop(&mut self, cursor: &mut Ahead, empty: E) -> Option<(usize, E::Value)> {
                pop_place(self, cursor, empty)
            }
            #[inline]
            fn next(
                &mut self,
                _: &mut Ahead,
                empty: E,
                walk: Walk<'_>,
            ) -> Option<(usize, E::Value)> {
                next_place(self, walk, empty)
            }
            #[inline]
            fn put_back(
                &mut self,
                _: &mut Ahead,
                _: E,
                _: Walk<'_>,
                (index, value): (usize, E::Value),
            ) {
                E::put(&mut self[index], value);
            }
        }
    };
}

places!((const N: usize) [T; N]);
#[cfg(feature = "alloc")]
places!(() alloc::boxed::Box<[T]>);

#[cfg(feature = "alloc")]
mod growing {
    use alloc::collections::{BTreeMap, VecDeque};
    use alloc::vec::Vec;
    use core::ops::Bound;

    use super::{Each, Elements, Empty, Null, OfPointers};
    use crate::failures::steps::Walk;

    impl<K, V> OfPointers for BTreeMap<K, V> where Null: Empty<V> {}

    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    impl<T> Each for Vec<T> {
        type Value = T;

        #[inline]
        fn len(&self) -> usize {
            self.len()
        }
        #[inline]
        fn values(&self) -> impl Iterator<Item = &T> {
            self.iter()
        }
        #[inline]
        fn take(&mut self, index: usize) -> Option<T> {
            if index + 1 == self.len() {
                return self.pop();
            }
            (index < self.len()).then(|| self.remove(index))
        }
        #[inline]
        fn put(&mut self, index: usize, value: T) {
            self.insert(index, value);
        }
    }

    #[cfg_attr(docsrs, doc(cfg(feature = "alloc")))]
    impl<T> Each for VecDeque<T> {
        type Value = T;

        #[inline]
        fn len(&self) -> usize {
            self.len()
        }
        #[inline]
        fn values(&self) -> impl Iterator<Item = &T> {
            self.iter()
        }
        #[inline]
        fn take(&mut self, index: usize) -> Option<T> {
            self.remove(index)
        }
        #[inline]
        fn put(&mut self, index: usize, value: T) {
            self.insert(index, value);
        }
    }

    /// The key that was taken last: a clone, and the map's own.
    pub struct LastKey<K>(Option<K>, Option<K>);

    impl<K> Default for LastKey<K> {
        fn default() -> Self {
            Self(None, None)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<K: Ord + Clone, V, E: Empty<V>> Elements<E, LastKey<K>> for BTreeMap<K, V> {
        type Value = V;

        fn places(&self, _: E) -> usize {
            self.len()
        }
        fn is_released(&self, empty: E) -> bool {
            self.values().all(|value| empty.is_empty(value))
        }
        fn pop(&mut self, _: &mut LastKey<K>, empty: E) -> Option<(usize, V)> {
            while let Some((_, value)) = self.pop_last() {
                if !empty.is_empty(&value) {
                    return Some((self.len(), value));
                }
            }
            None
        }
        fn next(
            &mut self,
            cursor: &mut LastKey<K>,
            empty: E,
            mut walk: Walk<'_>,
        ) -> Option<(usize, V)> {
            if walk.is_last_attempt() {
                return self.pop(cursor, empty);
            }
            loop {
                let index = walk.next_index()?;
                let key = match &cursor.0 {
                    Some(last) => {
                        self.range((Bound::Unbounded, Bound::Excluded(last))).next_back()?.0
                    }
                    // The first step, or the first one after a panic.
                    None if index + 1 == self.len() => self.last_key_value()?.0,
                    None => self.keys().nth(index)?,
                };
                let key = key.clone();
                let (own, value) = self.remove_entry(&key)?;
                *cursor = LastKey(Some(key), Some(own));
                if !empty.is_empty(&value) {
                    return Some((index, value));
                }
            }
        }
        fn put_back(&mut self, cursor: &mut LastKey<K>, _: E, _: Walk<'_>, (_, value): (usize, V)) {
            if let Some(key) = cursor.1.take() {
                super::or_abort(|| self.insert(key, value));
            }
        }
    }
}

#[cfg(feature = "std")]
mod hashed {
    use core::hash::{BuildHasher, Hash};
    use std::collections::{HashMap, HashSet};
    use std::vec::Vec;

    use super::{Elements, Empty, Null, OfPointers};
    use crate::failures::steps::Walk;

    impl<K, V, S> OfPointers for HashMap<K, V, S> where Null: Empty<V> {}

    /// The keys whose values are taken next, some at a time. A search for the first key, each time anew,
    /// would pass ever more empty places of the map.
    pub struct Keys<K> {
        some: [Option<K>; 32],
        taken: Option<(K, K)>,
        /// The keys whose values were put back.
        kept: HashSet<K>,
        index: usize,
    }

    impl<K> Default for Keys<K> {
        fn default() -> Self {
            Self { some: [const { None }; 32], taken: None, kept: HashSet::new(), index: 0 }
        }
    }

    impl<K: Eq + Hash + Clone> Keys<K> {
        fn take<V, S: BuildHasher>(&mut self, map: &mut HashMap<K, V, S>) -> Option<V> {
            let mut is_fresh = false;
            loop {
                let Some(key) = self.some.iter_mut().find_map(Option::take) else {
                    let mut ahead = map.keys().filter(|key| !self.kept.contains(*key)).cloned();
                    self.some.fill_with(|| ahead.next());
                    self.some[0].as_ref()?;
                    is_fresh = true;
                    continue;
                };
                // A release may have removed it.
                if let Some((own, value)) = map.remove_entry(&key) {
                    self.taken = Some((own, key));
                    return Some(value);
                }
                // A key that is not equal to itself, or to its clone, would never be found.
                if is_fresh {
                    return None;
                }
            }
        }
    }

    /// Takes the next value that is a resource. In the last attempt that may be one whose key cannot be found.
    fn next<K: Eq + Hash + Clone, V, S: BuildHasher>(
        map: &mut HashMap<K, V, S>,
        cursor: &mut Keys<K>,
        empty: &impl Empty<V>,
        is_last_attempt: bool,
    ) -> Option<(usize, V)> {
        loop {
            let value = match cursor.take(map) {
                None if is_last_attempt => last_resort(map),
                value => value,
            }?;
            let index = cursor.index;
            cursor.index += 1;
            if !empty.is_empty(&value) {
                return Some((index, value));
            }
        }
    }

    /// Takes a value whose key cannot be found, and puts the others back.
    #[cold]
    fn last_resort<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) -> Option<V> {
        let mut all: Vec<_> = map.drain().collect();
        let (_, value) = all.pop()?;
        map.extend(all);
        Some(value)
    }

    #[diagnostic::do_not_recommend]
    impl<K: Eq + Hash + Clone, V, S: BuildHasher, E: Empty<V>> Elements<E, Keys<K>>
        for HashMap<K, V, S>
    {
        type Value = V;

        fn places(&self, _: E) -> usize {
            self.len()
        }
        fn is_released(&self, empty: E) -> bool {
            self.values().all(|value| empty.is_empty(value))
        }
        fn pop(&mut self, cursor: &mut Keys<K>, empty: E) -> Option<(usize, V)> {
            next(self, cursor, &empty, true)
        }
        fn next(&mut self, cursor: &mut Keys<K>, empty: E, walk: Walk<'_>) -> Option<(usize, V)> {
            next(self, cursor, &empty, walk.is_last_attempt())
        }
        fn put_back(&mut self, cursor: &mut Keys<K>, _: E, _: Walk<'_>, (_, value): (usize, V)) {
            if let Some((own, key)) = cursor.taken.take() {
                super::or_abort(|| self.insert(own, value));
                cursor.kept.insert(key);
            }
        }
    }
}
