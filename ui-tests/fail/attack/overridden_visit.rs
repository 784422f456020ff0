#![forbid(unsafe_code)]

use dispose_core::__private::Visit;
use dispose_core::{Dispose, Failures};

struct Part(Option<victim::Connection>, Option<victim::Connection>);

impl Dispose for Part {
    fn release_all(&mut self, _: &mut Failures) {}
    fn is_disposed(&self) -> bool {
        self.0.is_none()
    }
    // Would have one asked, and the other one's parts dropped before its release.
    unsafe fn __visit_parts(&mut self, visit: &Visit) -> bool {
        std::mem::swap(&mut self.0, &mut self.1);
        visit.part(&mut self.0)
    }
}

fn main() {}
