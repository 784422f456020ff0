// The runtime crate as the attacker would have it: nothing about the trait is unsafe.
mod lookalike {
    pub use dispose_core::*;
    pub mod __private {
        pub use dispose_core::__private::*;
        pub trait ByValue {
            type Key;
            fn release_all(&mut self, _: &mut dispose_core::Failures, _: Token<'_, Self>);
            fn is_released(&self) -> bool;
            fn drop_ordinary(&mut self, _: Ordinary<'_, Self>);
        }
        pub struct Token<'a, T: ?Sized>(&'a T);
        pub struct Ordinary<'a, T: ?Sized>(&'a T);
        impl<T: ?Sized> Ordinary<'_, T> {
            pub fn guard<F>(&self, _: &mut F) {}
        }
        pub fn drop_by_value<T, K>(_: &mut T, _: K) {}
        pub fn close<T>(_: T) -> Result<(), dispose_core::DisposeError> {
            Ok(())
        }
    }
}

#[derive(dispose_core::Close)]
#[dispose(crate = lookalike)]
struct Handle {
    #[unmanaged(release = drop, always)]
    id: u8,
}

fn main() {}
