use dispose_core::{Dispose, Failures};

struct Part;

impl Dispose for Part {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        true
    }
    fn __nest(&mut self, _: &str, _: &mut Failures) {}
}

fn main() {}
