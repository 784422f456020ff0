//! Handles that are made on first use: `OnceCell` and `OnceLock` are slots.

use std::cell::OnceCell;
use std::sync::OnceLock;

use dispose_core::{Close, Dispose, Lend, Slot};
use dispose_tests::{Handle, logged, release};

#[derive(Default, Dispose)]
struct Lazy {
    #[unmanaged(release = release, on_error = keep)]
    cell: OnceCell<Handle>,
    #[unmanaged(release = release)]
    lock: OnceLock<Handle>,
}

#[test]
fn a_handle_that_was_not_made_is_not_released() {
    let mut lazy = Lazy::default();
    assert!(lazy.is_disposed());
    lazy.dispose().unwrap();
    assert_eq!(logged(), "");
}

#[test]
fn a_handle_that_was_made_is_released_once() {
    let mut lazy = Lazy::default();
    lazy.lock.get_or_init(|| Handle::failing("lock"));
    lazy.cell.get_or_init(|| Handle::new("cell"));
    assert!(!lazy.is_disposed());
    assert_eq!(
        lazy.dispose().unwrap_err().to_string(),
        "failed to dispose `Lazy`: lock: lock refused"
    );
    assert_eq!(logged(), "lock cell");
    assert!(lazy.is_disposed());
    lazy.cell.get_or_init(|| Handle::new("again"));
    drop(lazy);
    assert_eq!(logged(), "again");
}

#[test]
fn a_refused_handle_goes_back() {
    let mut lazy = Lazy::default();
    lazy.cell.get_or_init(|| Handle::failing("cell"));
    lazy.dispose().unwrap_err();
    assert_eq!(lazy.cell.get(), Some(&Handle::failing("cell")));
    lazy.close().unwrap_err();
    assert_eq!(logged(), "cell cell");
}

#[test]
fn they_lend_what_they_hold() {
    let mut cell = OnceCell::from(1);
    assert_eq!(cell.lend(), Some(&1));
    cell.put(2);
    assert_eq!((Slot::take(&mut cell), Slot::take(&mut cell)), (Some(2), None));
    assert!(OnceLock::<i32>::new().lend().is_none());
}
