use std::ops::{Deref, DerefMut};

use dispose_core::{Dispose, Failures};

// Would lead to one list when it is asked, and to another when it is dropped.
struct Option<T>(Vec<std::option::Option<T>>);

impl<T> Deref for Option<T> {
    type Target = std::option::Option<T>;
    fn deref(&self) -> &Self::Target {
        &self.0[0]
    }
}

impl<T> DerefMut for Option<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0[1]
    }
}

impl<T> Dispose for Option<T> {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

#[derive(Dispose)]
struct Node {
    #[dispose]
    victim: std::option::Option<victim::Connection>,
    #[dispose]
    next: Option<Box<Node>>,
}

fn main() {}
