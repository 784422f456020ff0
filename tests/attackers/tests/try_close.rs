//! What comes back from a refused release holds what it held.

#![forbid(unsafe_code)]

mod common;

use std::mem;

use dispose_core::{__private, Close, Dispose, Failures, TryClose};
use victim::{Cursor, Either, Handle, PartFirst, Refusing, Request, c};

use crate::common::Failed;

/// Fails, and says that it holds something still.
struct Refuses(bool);

impl Dispose for Refuses {
    fn release_all(&mut self, failures: &mut Failures) {
        if !mem::replace(&mut self.0, true) {
            failures.record("x", Err::<(), _>(Failed));
        }
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

fn gone<T>(tried: Result<(), dispose_core::TryCloseError<T>>) {
    if let Err(error) = tried {
        assert!(error.into_parts().0.is_none());
    }
    c::tick();
    assert_eq!(c::live(), 0);
}

#[test]
fn a_part_that_stays_brings_no_value_back_whose_own_release_has_run() {
    gone(__private::try_close(PartFirst::new(Refuses(false))));
    gone(__private::try_close(Handle::new(Refuses(false), Refuses(false))));
    gone(__private::try_close(Request::new()));
    gone(Either::with_part(Refuses(false)).try_close());
    gone(__private::try_close(Either::with_part(vec![Refuses(false), Refuses(true)])));
}

#[test]
fn a_kept_child_goes_on_using_its_parent() {
    for refused in 1..4 {
        c::be_busy(refused);
        let mut cursor = Cursor::new();
        for _ in 0..refused {
            assert!(cursor.dispose().is_err());
            cursor.step();
        }
        c::be_busy(refused);
        for _ in 0..refused {
            let (back, _) = cursor.try_close().unwrap_err().into_parts();
            cursor = back.expect("it is alive");
            cursor.step();
        }
        gone(cursor.try_close());
        c::be_busy(1);
        assert!(Cursor::new().close().is_err());
        assert_eq!(c::live(), 0, "the last attempt calls `drop`");
        c::be_busy(0);
    }
}

#[test]
fn back_and_forth() {
    c::be_busy(5);
    let mut value = Either::<Refuses>::alone();
    for _ in 0..5 {
        let (back, error) = value.try_close().unwrap_err().into_parts();
        assert_eq!(error.len(), 1);
        value = back.expect("it is alive");
    }
    gone(value.try_close());

    c::be_busy(2);
    let value = Refusing::new(vec![Refuses(true)], [Refuses(true)]);
    let error = value.try_close().unwrap_err();
    // Dropped, it has its last attempt, which is refused too: leaked, and not closed twice.
    drop(error);
    assert_eq!(c::live(), 1);
}
