//! The identity of a type, `'static` or not. A pass after a panic needs it, and the drop of a list.

use core::any::TypeId;
use core::marker::PhantomData;
use core::mem;

/// Returns the id of `T`, which is the same for all lifetimes that `T` names.
pub(crate) fn of<T: ?Sized>() -> TypeId {
    let named: &dyn Named = &PhantomData::<T>;
    // SAFETY: only the bound on lifetimes of a trait object changes, which changes no bit. Nothing of the type
    // is reached: `id` looks at no value, and the reference ends here. The crate `typeid` does the same.
    unsafe { mem::transmute::<&dyn Named, &(dyn Named + 'static)>(named) }.id()
}

trait Named {
    fn id(&self) -> TypeId
    where
        Self: 'static;
}

impl<T: ?Sized> Named for PhantomData<T> {
    fn id(&self) -> TypeId
    where
        Self: 'static,
    {
        TypeId::of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use core::marker::PhantomData;

    fn of_value<T>(_: &T) -> core::any::TypeId {
        of::<T>()
    }

    #[test]
    fn types_differ_and_lifetimes_do_not() {
        let local = 1;
        assert_eq!(of_value(&&local), of::<&'static i32>());
        assert_eq!(of::<dyn Fn()>(), of::<dyn Fn()>());
        assert_ne!(of::<[u8]>(), of::<[i8]>());
        assert_ne!(of::<PhantomData<u8>>(), of::<u8>());
    }
}
