//! What is not taken for a container of the standard library, nor for the type itself.

#![allow(dead_code)]

use dispose_core::Dispose;

fn close(_: i32) {}

/// A container with a bound of its own.
mod own {
    pub trait Child {}

    pub struct Vec<T: Child>(pub std::vec::Vec<T>);

    pub mod sync {
        pub struct Mutex<T: super::Child>(pub std::sync::Mutex<T>);
    }
}

mod sync {
    pub struct Vec<T: super::own::Child>(pub std::vec::Vec<T>);
}

#[derive(Dispose)]
struct Window {
    #[unmanaged(release = close)]
    id: Option<i32>,
    all: own::Vec<Self>,
    locked: Option<Box<own::sync::Mutex<Self>>>,
    // The standard library has no such container in its module.
    others: sync::Vec<Self>,
}

impl own::Child for Window {}

/// A type of the same name, which holds no resource.
mod other {
    pub struct Node<T>(pub T);
}

#[derive(Dispose)]
struct Node<T> {
    #[unmanaged(release = close)]
    id: Option<i32>,
    children: Vec<other::Node<T>>,
}

fn main() {}
