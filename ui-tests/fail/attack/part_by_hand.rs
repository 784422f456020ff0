use dispose_core::{__private::Part, Failures};

struct NotDispose;

// Would be handed its owner's list.
impl Part for NotDispose {
    fn nest(&mut self, _: &str, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
}

fn main() {}
