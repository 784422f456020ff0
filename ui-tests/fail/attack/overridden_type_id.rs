use std::any::TypeId;

use dispose_core::{Dispose, Failures};

struct Part;

impl Dispose for Part {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
    // Would let it drive the steps of a `Connection`.
    fn __type_id(&mut self, _: ()) -> TypeId {
        TypeId::of::<victim::Connection>()
    }
}

fn main() {}
