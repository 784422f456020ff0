//! Such a `Drop` would never run.

extern crate self as core;

pub use std::{option, primitive, result};

pub mod ops {
    pub trait Drop {
        fn drop(&mut self);
    }
}

mod author {
    #[derive(dispose_core::Dispose)]
    pub struct Plain {
        #[unmanaged(release = drop)]
        pub value: Option<i32>,
    }

    #[derive(dispose_core::Dispose)]
    #[dispose(explicit)]
    pub struct WithParts {
        #[dispose]
        pub part: Plain,
    }

    #[derive(dispose_core::Close)]
    #[dispose(explicit)]
    pub struct ByValue {
        #[unmanaged(release = drop, always)]
        pub value: i32,
    }
}

fn main() {}
