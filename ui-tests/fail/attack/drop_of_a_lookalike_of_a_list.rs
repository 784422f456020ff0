//! A `Drop` that anyone may call, beside the language's own.

extern crate self as core;

pub use std::{option, primitive, result};

pub mod ops {
    pub trait Drop {
        fn drop(&mut self);
    }
}

mod author {
    use dispose_core::Dispose;

    #[derive(Dispose)]
    pub struct Node {
        #[unmanaged(release = drop)]
        pub value: Option<i32>,
        #[dispose]
        pub next: Option<Box<Node>>,
    }

    impl Drop for Node {
        fn drop(&mut self) {
            crate::ops::Drop::drop(self);
        }
    }
}

fn main() {}
