use std::cell::RefCell;

use dispose_core::{Dispose, Failures};

thread_local!(static KEPT: RefCell<Option<&'static mut Failures>> = const { RefCell::new(None) });

struct Part;

impl Dispose for Part {
    fn release_all(&mut self, failures: &mut Failures) {
        KEPT.replace(Some(failures));
    }
    fn is_disposed(&self) -> bool {
        true
    }
}

fn main() {}
