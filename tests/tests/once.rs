//! Whatever was called before: no resource is released twice, and `Drop` releases what is left.

use dispose_core::{Close, Dispose};
use dispose_tests::{Handle, log, logged, panic_of, record_reports, release, reported};

#[derive(Dispose)]
struct Two {
    #[unmanaged(release = release)]
    a: Option<Handle>,
    #[unmanaged(release = release)]
    b: Option<Handle>,
}

fn two(a: Handle, b: Handle) -> Two {
    Two { a: Some(a), b: Some(b) }
}

#[test]
fn nothing_is_released_again_after_a_disposal_however_it_ended() {
    /// What may happen to a value first. After it nothing is held.
    const FIRST: [fn(&mut Two); 3] = [
        |two| two.dispose().unwrap(),
        |two| {
            two.b = Some(Handle::failing("b"));
            two.dispose().unwrap_err();
        },
        |two| {
            two.b = Some(Handle::panicking("b"));
            panic_of(|| two.dispose()).unwrap();
        },
    ];

    record_reports();
    let second: [fn(Two); 3] = [|mut two| two.dispose().unwrap(), |two| two.close().unwrap(), drop];
    for first in FIRST {
        for second in second {
            let mut two = two(Handle::new("a"), Handle::new("b"));
            first(&mut two);
            assert_eq!(logged(), "b a");
            assert!(two.is_disposed());
            second(two);
            assert_eq!(logged(), "");
        }
    }
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn drop_without_dispose_releases() {
    drop(two(Handle::new("a"), Handle::new("b")));
    assert_eq!(logged(), "b a");
}

#[test]
fn a_release_may_dispose_its_owner() {
    #[derive(Dispose)]
    struct Reentrant {
        #[unmanaged(release = release)]
        a: Option<Handle>,
        #[unmanaged(release = |handle| { self.dispose().unwrap(); release(handle) })]
        b: Option<Handle>,
        #[unmanaged(release = release)]
        c: Option<Handle>,
    }

    fn reentrant() -> Reentrant {
        Reentrant {
            a: Some(Handle::new("a")),
            b: Some(Handle::new("b")),
            c: Some(Handle::new("c")),
        }
    }

    let mut value = reentrant();
    value.dispose().unwrap();
    assert_eq!(logged(), "c a b");
    value.dispose().unwrap();
    drop(value);
    drop(reentrant());
    assert_eq!(logged(), "c a b");
    reentrant().close().unwrap();
    assert_eq!(logged(), "c a b");
}

#[test]
fn a_field_is_empty_before_its_release_runs() {
    #[derive(Dispose)]
    struct Watcher {
        #[unmanaged(release = |fd| log(format!("{fd} {:?} {}", self.fd, self.pool.len())))]
        fd: Option<i32>,
        #[unmanaged(release = |fd| log(format!("{fd} {:?}", self.pool)), each)]
        pool: Vec<i32>,
        #[unmanaged(release = |id| log(format!("{id} {}", self.id)), invalid = -1)]
        id: i32,
    }
    drop(Watcher { fd: Some(1), pool: vec![2, 3], id: 4 });
    assert_eq!(logged(), "4 -1 3 [2] 2 [] 1 None 0");
}

#[test]
fn what_was_put_in_after_a_disposal_is_released() {
    let mut two = two(Handle::new("a"), Handle::new("b"));
    two.dispose().unwrap();
    assert_eq!(logged(), "b a");
    two.a = Some(Handle::new("new"));
    assert!(!two.is_disposed());
    drop(two);
    assert_eq!(logged(), "new");
}

#[test]
fn ensure_live_succeeds_until_disposal() {
    let mut two = two(Handle::new("a"), Handle::new("b"));
    assert_eq!(two.ensure_live().ok().and_then(|two| two.a), Some(Handle::new("a")));
    two.dispose().unwrap();
    assert_eq!(logged(), "b a");
    let disposed = two.ensure_live().err().unwrap();
    assert_eq!(disposed.type_name(), "Two");
    assert_eq!(disposed.to_string(), "`Two` has been disposed");
    let _: &dyn std::error::Error = &disposed;
}

#[test]
fn a_by_value_owner_is_released_by_close_or_by_drop() {
    #[derive(Close)]
    struct Owner(#[unmanaged(release = release, always)] Handle);
    Owner(Handle::new("closed")).close().unwrap();
    assert_eq!(logged(), "closed");
    drop(Owner(Handle::new("dropped")));
    assert_eq!(logged(), "dropped");
    Owner(Handle::failing("failed")).close().unwrap_err();
    assert_eq!(logged(), "failed");
    assert!(panic_of(|| Owner(Handle::panicking("panicked")).close()).is_some());
    assert_eq!(logged(), "panicked");
}
