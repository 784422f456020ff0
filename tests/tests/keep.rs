//! `on_error = keep`: a release that fails has not released, so the value goes back and may be tried
//! again. `Drop` and `close` are the last attempt.

use std::collections::VecDeque;

use dispose_core::{Close, Dispose};
use dispose_tests::{Fate, Handle, Refused, log, logged, paths, record_reports, release, reported};

#[derive(Dispose)]
struct Kept {
    #[unmanaged(release = release)]
    consumed: Option<Handle>,
    #[unmanaged(release = release, on_error = keep)]
    handle: Option<Handle>,
    #[unmanaged(release = |fd| if fd > 9 { log(fd); Err(Refused("fd")) } else { log(fd); Ok(()) }, invalid = -1, on_error = keep)]
    fd: i32,
}

fn failing() -> Kept {
    Kept { consumed: Some(Handle::failing("c")), handle: Some(Handle::failing("k")), fd: 10 }
}

#[test]
fn a_failed_value_goes_back_and_may_be_tried_again() {
    let mut value = failing();
    let error = value.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Kept`: fd: fd refused",
        "what is declared before it stays"
    );
    assert_eq!(logged(), "10");
    assert!(!value.is_disposed());
    let (consumed, handle) = (Some(Handle::failing("c")), Some(Handle::failing("k")));
    assert_eq!((value.consumed, value.handle, value.fd), (consumed, handle, 10));
    value.fd = 9;
    value.dispose().unwrap_err();
    assert_eq!(logged(), "9 k");
    assert_eq!((value.consumed, value.handle, value.fd), (consumed, handle, -1));
    drop(value);
    assert_eq!(logged(), "k c", "the last attempt");
}

#[test]
fn what_is_consumed_is_not_tried_again() {
    let mut value =
        Kept { consumed: Some(Handle::failing("c")), handle: Some(Handle::new("k")), fd: -1 };
    let error = value.dispose().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Kept`: consumed: c refused");
    assert_eq!(logged(), "k c");
    assert!(value.is_disposed(), "what is consumed is not tried again");
    value.dispose().unwrap();
    assert_eq!(logged(), "");
    assert_eq!((value.handle, value.fd), (None, -1));
}

#[test]
fn close_is_the_last_attempt() {
    record_reports();
    let error = failing().close().unwrap_err();
    assert_eq!(error.len(), 3);
    assert_eq!(logged(), "10 k c", "tried once, by `close`, and not by `Drop` after it");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn drop_is_the_last_attempt_and_reports_once() {
    record_reports();
    drop(failing());
    assert_eq!(logged(), "10 k c");
    assert_eq!(reported().len(), 1);
    let mut value = failing();
    value.dispose().unwrap_err();
    assert_eq!(logged(), "10");
    drop(value);
    assert_eq!(logged(), "10 k c");
    assert_eq!(
        reported(),
        ["Kept [failed to dispose `Kept`: fd: fd refused; handle: k refused; consumed: c refused]"]
    );
}

#[test]
fn a_part_takes_its_owners_last_attempt_for_its_own() {
    #[derive(Dispose)]
    struct Owner(#[dispose] Kept);
    record_reports();
    drop(Owner(failing()));
    assert_eq!(logged(), "10 k c");
    assert_eq!(reported().len(), 1);
    let mut owner = Owner(failing());
    owner.dispose().unwrap_err();
    assert_eq!(logged(), "10");
    assert_eq!(owner.0.handle, Some(Handle::failing("k")));
    drop(owner);
    assert_eq!(logged(), "10 k c");
    assert_eq!(reported().len(), 1);
}

#[test]
fn failed_elements_stay_in_their_order() {
    #[derive(Dispose)]
    struct Pool {
        #[unmanaged(release = release, each, on_error = keep)]
        handles: Vec<Handle>,
        #[unmanaged(release = release, each, on_error = keep, invalid = [Handle("none", Fate::Succeed)])]
        queue: VecDeque<Handle>,
    }
    let handles = || {
        ["a", "b", "c", "d", "e"].map(|name| {
            if "bde".contains(name) { Handle::failing(name) } else { Handle::new(name) }
        })
    };
    let none = Handle::new("none");
    let mut queue: VecDeque<_> = handles().into();
    queue.push_front(none);
    queue.push_back(none);
    let mut pool = Pool { handles: handles().into(), queue };
    let error = pool.dispose().unwrap_err();
    assert_eq!(logged(), "e d c b a", "all elements are tried, and then the sequence stops");
    assert_eq!(paths(&error), ["queue[5]", "queue[4]", "queue[2]"]);
    let names = |handles: &mut dyn Iterator<Item = &Handle>| {
        handles.map(|handle| handle.0).collect::<String>()
    };
    assert_eq!(names(&mut pool.handles.iter()), "abcde");
    assert_eq!(names(&mut pool.queue.iter()), "bde");
    pool.queue.iter_mut().for_each(|handle| handle.1 = Fate::Succeed);
    let error = pool.dispose().unwrap_err();
    assert_eq!(logged(), "e d b e d c b a");
    assert_eq!(paths(&error), ["handles[4]", "handles[3]", "handles[1]"]);
    assert_eq!(names(&mut pool.handles.iter()), "bde");
    pool.queue.push_back(Handle::failing("x"));
    pool.close().unwrap_err();
    assert_eq!(logged(), "x e d b", "the last attempt goes through to the end");
}

#[test]
fn consume_is_the_default_and_can_be_said() {
    #[derive(Dispose)]
    struct Said(#[unmanaged(release = release, on_error = consume)] Option<Handle>);
    let mut value = Said(Some(Handle::failing("x")));
    value.dispose().unwrap_err();
    assert!(value.is_disposed());
    assert_eq!(logged(), "x");
}

#[test]
fn elements_that_a_release_removes_or_adds_are_no_trouble() {
    #[derive(Dispose)]
    struct Shrinking {
        #[unmanaged(release = |h: i32| { log(h); self.pool.truncate(1); if h == 0 { Ok(()) } else { Err(Refused("no")) } }, each, on_error = keep)]
        pool: Vec<i32>,
    }
    let mut value = Shrinking { pool: vec![0, 1, 2, 3] };
    value.dispose().unwrap_err();
    assert_eq!(logged(), "3 0");
    assert_eq!(value.pool, [3]);
    drop(value);
    assert_eq!(logged(), "3", "the last attempt");
}
