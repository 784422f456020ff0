//! The same, beside the language's own `Drop`.

extern crate self as core;

pub use std::{default, option, primitive, result};

pub mod ops {
    pub trait Drop {
        fn drop(&mut self);
    }
}

mod author {
    use std::mem::ManuallyDrop;

    use dispose_core::Close;

    #[derive(Close)]
    pub struct Session {
        #[unmanaged(release = drop, unsafe(always))]
        pub value: ManuallyDrop<Box<i32>>,
    }

    impl Drop for Session {
        fn drop(&mut self) {
            crate::ops::Drop::drop(self);
            crate::ops::Drop::drop(self);
        }
    }
}

fn main() {}
