use std::ops::{Deref, DerefMut};

use dispose_core::{Dispose, Failures};

mod lookalike {
    pub use dispose_core::*;

    pub mod __private {
        pub use dispose_core::__private::*;

        pub trait Part {
            type Itself;
            fn nest(&mut self, _: &str, _: &mut super::Failures) {}
            fn is_disposed(&self) -> bool {
                true
            }
            fn detach(&mut self) {}
        }
    }
}

// Would lead to a connection that is released when it is asked, and to another one when it is dropped.
struct Pointer(Vec<victim::Connection>);

impl Deref for Pointer {
    type Target = victim::Connection;
    fn deref(&self) -> &Self::Target {
        &self.0[0]
    }
}

impl DerefMut for Pointer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0[1]
    }
}

impl Dispose for Pointer {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

impl lookalike::__private::Part for Pointer {
    type Itself = victim::Connection;
}

#[derive(Dispose)]
#[dispose(crate = lookalike)]
struct Owner {
    #[dispose]
    part: Pointer,
}

fn main() {}
