//! `#[dispose(before, explicit, on_drop, clone, crate)]`.

use dispose_core::{Close, Dispose};
use dispose_tests::{Handle, Refused, log, logged, panic_of, record_reports, release, reported};

mod before {
    use super::*;

    #[derive(Dispose)]
    #[dispose(before = Self::flush)]
    struct Path {
        #[unmanaged(release = release, on_error = keep)]
        a: Option<Handle>,
        fails: bool,
    }
    impl Path {
        fn flush(&mut self) -> Result<(), Refused> {
            log(if self.a.is_some() { "flush" } else { "late" });
            if self.fails { Err(Refused("flush")) } else { Ok(()) }
        }
    }

    #[test]
    fn runs_once_before_the_releases_and_only_while_something_is_held() {
        let mut value = Path { a: Some(Handle::new("a")), fails: false };
        value.dispose().unwrap();
        assert_eq!(logged(), "flush a");
        value.dispose().unwrap();
        drop(value);
        assert_eq!(logged(), "");
        Path { a: Some(Handle::new("a")), fails: false }.close().unwrap();
        assert_eq!(logged(), "flush a");
    }

    #[test]
    fn a_failure_is_recorded_as_before_and_stops_nothing() {
        let error = Path { a: Some(Handle::failing("a")), fails: true }.close().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `Path`: before: flush refused; a: a refused"
        );
        assert_eq!(logged(), "flush a");
    }

    #[test]
    fn runs_again_on_a_retry() {
        let mut value = Path { a: Some(Handle::failing("a")), fails: false };
        value.dispose().unwrap_err();
        value.a = Some(Handle::new("a"));
        value.dispose().unwrap();
        assert_eq!(logged(), "flush a flush a");
    }

    #[test]
    fn may_be_a_string_or_a_closure() {
        fn look(this: &Text) {
            log(this.0.is_some());
        }
        #[derive(Dispose)]
        #[dispose(before = "look")]
        struct Text(#[unmanaged(release = log)] Option<i32>);

        #[derive(Close)]
        #[dispose(before = |this| log(matches!(this, Self::Some { fd: Some(_) })))]
        enum Closure {
            Some {
                #[unmanaged(release = log)]
                fd: Option<i32>,
            },
            None,
        }

        drop(Text(Some(1)));
        assert_eq!(logged(), "true 1");
        drop(Closure::Some { fd: Some(2) });
        assert_eq!(logged(), "true 2");
        drop(Closure::Some { fd: None });
        drop(Closure::None);
        assert_eq!(logged(), "", "nothing was held");
    }

    #[test]
    fn alone_makes_a_scope_guard() {
        #[derive(Close)]
        #[dispose(before = |guard| log(format!("unlock {}", guard.0)))]
        struct Guard<'a>(&'a str);

        drop(Guard("a"));
        assert_eq!(logged(), "unlock a");
        Guard("b").close().unwrap();
        assert_eq!(logged(), "unlock b");
        std::mem::forget(Guard("c"));
        assert_eq!(logged(), "");
    }

    #[test]
    fn of_a_scope_guard_may_fail() {
        #[derive(Close)]
        #[dispose(before = |_| Err(Refused("guard")))]
        struct Failing;

        record_reports();
        assert_eq!(Failing.close().unwrap_err().first().path(), "before");
        drop(Failing);
        assert_eq!(reported(), ["Failing [failed to dispose `Failing`: before: guard refused]"]);
    }
}

mod explicit {
    use super::*;

    #[derive(Dispose)]
    #[dispose(explicit)]
    struct InPlace(#[unmanaged(release = release)] Option<Handle>);

    #[derive(Close)]
    #[dispose(explicit)]
    struct ByValue(#[unmanaged(release = release, always)] Handle);

    #[test]
    fn a_forgotten_value_is_reported_and_released() {
        record_reports();
        drop(InPlace(Some(Handle::new("a"))));
        drop(ByValue(Handle::new("b")));
        assert_eq!(logged(), "a b");
        assert_eq!(reported(), ["InPlace forgotten", "ByValue forgotten"]);
    }

    #[test]
    fn a_disposed_or_empty_value_is_not() {
        #[derive(Close)]
        #[dispose(explicit)]
        struct Emptied(#[unmanaged(release = release)] Option<Handle>);

        record_reports();
        let mut value = InPlace(Some(Handle::new("a")));
        value.dispose().unwrap();
        drop(value);
        InPlace(Some(Handle::new("a"))).close().unwrap();
        InPlace(Some(Handle::failing("a"))).close().unwrap_err();
        ByValue(Handle::new("a")).close().unwrap();
        drop(InPlace(None));
        drop(Emptied(None));
        assert_eq!(reported(), [""; 0]);
        assert_eq!(logged(), "a a a a");
    }

    #[test]
    fn one_report_has_both_the_failure_and_the_forgetting() {
        record_reports();
        drop(InPlace(Some(Handle::failing("a"))));
        drop(ByValue(Handle::failing("b")));
        assert_eq!(
            reported(),
            [
                "InPlace forgotten [failed to dispose `InPlace`: 0: a refused]",
                "ByValue forgotten [failed to dispose `ByValue`: 0: b refused]"
            ]
        );
        assert_eq!(logged(), "a b");
    }

    #[test]
    fn also_while_unwinding_and_when_the_release_panics() {
        record_reports();
        panic_of(|| {
            let _value = InPlace(Some(Handle::new("a")));
            panic!("elsewhere");
        });
        assert_eq!(reported(), ["InPlace forgotten"]);
        panic_of(|| drop(InPlace(Some(Handle::panicking("a")))));
        assert_eq!(reported(), ["InPlace forgotten"]);
        assert_eq!(logged(), "a a");
    }

    #[test]
    fn a_value_is_forgotten_also_after_a_dispose_that_was_refused() {
        #[derive(Dispose)]
        #[dispose(explicit)]
        struct Kept(#[unmanaged(release = release, on_error = keep)] Option<Handle>);

        record_reports();
        let mut value = Kept(Some(Handle::failing("a")));
        value.dispose().unwrap_err();
        assert_eq!(reported(), [""; 0], "the caller has the error");
        value.0 = Handle::some("a"); // the next attempt will succeed
        drop(value);
        assert_eq!(logged(), "a a");
        assert_eq!(reported(), ["Kept forgotten"]);

        let mut value = Kept(Some(Handle::failing("b")));
        value.dispose().unwrap_err();
        drop(value);
        assert_eq!(logged(), "b b");
        assert_eq!(reported(), ["Kept forgotten [failed to dispose `Kept`: 0: b refused]"]);
    }

    #[test]
    fn a_part_that_its_owner_disposes_is_not_forgotten() {
        #[derive(Dispose)]
        struct Owner(#[dispose] InPlace);
        record_reports();
        drop(Owner(InPlace(Some(Handle::new("a")))));
        assert_eq!(reported(), [""; 0]);
        assert_eq!(logged(), "a");
    }
}

mod on_drop {
    use super::*;

    #[test]
    fn ignore_keeps_errors_of_drop_from_the_hook_but_not_from_the_caller() {
        #[derive(Dispose)]
        #[dispose(on_drop = ignore)]
        struct Silent(#[unmanaged(release = release)] Option<Handle>);

        #[derive(Close)]
        #[dispose(on_drop = ignore, explicit)]
        struct SilentButExplicit(#[unmanaged(release = release, always)] Handle);

        record_reports();
        drop(Silent(Some(Handle::failing("a"))));
        assert_eq!(reported(), [""; 0]);
        assert_eq!(Silent(Some(Handle::failing("a"))).dispose().unwrap_err().len(), 1);
        assert_eq!(Silent(Some(Handle::failing("a"))).close().unwrap_err().len(), 1);
        drop(SilentButExplicit(Handle::failing("b")));
        assert_eq!(reported(), ["SilentButExplicit forgotten"]);
        assert_eq!(logged(), "a a a b");
    }
}

mod clone {
    use super::*;

    #[test]
    fn a_hand_written_clone_is_allowed() {
        #[derive(Dispose)]
        #[dispose(clone)]
        struct Counted(#[unmanaged(release = log)] Option<i32>);

        impl Clone for Counted {
            fn clone(&self) -> Self {
                log("retain");
                Self(self.0)
            }
        }

        let first = Counted(Some(1));
        drop((first.clone(), first));
        assert_eq!(logged(), "retain 1 1");
    }
}

mod krate {
    mod facade {
        pub mod runtime {
            pub use dispose_core::*;
        }
    }

    use facade::runtime::Dispose as _;

    #[derive(facade::runtime::Dispose)]
    #[dispose(crate = facade::runtime)]
    struct Path(
        #[unmanaged(release = super::log)] Option<i32>,
        #[dispose(skip)]
        #[allow(dead_code)]
        Option<Text>,
    );

    #[derive(facade::runtime::Close)]
    #[dispose(crate = "facade::runtime")]
    struct Text(#[unmanaged(release = super::log, always)] i32);

    #[test]
    fn the_runtime_may_be_elsewhere() {
        let mut value = Path(Some(1), Some(Text(2)));
        value.dispose().unwrap();
        drop(value);
        assert_eq!(super::logged(), "1 2");
    }
}
