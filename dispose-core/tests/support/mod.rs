//! The drop hook of the tests of this package. (`dispose-tests` has more, but depends on this package.)

use std::cell::RefCell;

use dispose_core::{DropReport, set_drop_hook};

thread_local! {
    static REPORTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Sets the drop hook, and takes the reports that this thread has caused since the last call.
pub(crate) fn reports() -> Vec<String> {
    set_drop_hook(Some(|report: &DropReport| {
        REPORTS.with_borrow_mut(|reports| reports.push(report.to_string()));
    }));
    REPORTS.take()
}
