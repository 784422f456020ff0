use dispose_core::{__private::AsyncPart, Failures};

struct NotDispose;

// Would be handed its owner's list.
impl AsyncPart for NotDispose {
    async fn nest_async(&mut self, _: &str, _: &mut Failures) {}
}

fn main() {}
