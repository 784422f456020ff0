#![allow(clippy::needless_pass_by_value)]

use std::cell::RefCell;

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

pub fn log(entry: String) {
    LOG.with(|log| log.borrow_mut().push(entry));
}

pub fn logged() -> String {
    LOG.with(|log| log.replace(Vec::new()).join(" "))
}
