//! A crate by the name of `core` whose `Drop` is a method that anyone may call again.

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
}

fn main() {
    let mut session = author::Session { value: std::mem::ManuallyDrop::new(Box::new(1)) };
    ops::Drop::drop(&mut session);
    ops::Drop::drop(&mut session);
}
