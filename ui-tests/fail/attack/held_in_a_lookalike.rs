//! A type of that name which only dereferences to a `ManuallyDrop` would be dropped by Rust afterwards.

use dispose_core::Close;

mod mine {
    use std::ops::{Deref, DerefMut};

    pub struct ManuallyDrop<T>(pub std::mem::ManuallyDrop<T>);

    impl<T> Deref for ManuallyDrop<T> {
        type Target = std::mem::ManuallyDrop<T>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }

    impl<T> DerefMut for ManuallyDrop<T> {
        fn deref_mut(&mut self) -> &mut Self::Target {
            &mut self.0
        }
    }
}

#[derive(Close)]
struct Session {
    #[unmanaged(release = drop, unsafe(always))]
    value: mine::ManuallyDrop<Box<i32>>,
}

fn main() {}
