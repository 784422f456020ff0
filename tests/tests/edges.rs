//! Guarantees that an attack has once broken, at their edges.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::error::Error;
use std::process::Command;
use std::sync::{Mutex, RwLock, mpsc};
use std::time::Duration;
use std::{env, fmt, mem, thread};

use dispose_core::{Close, Dispose, DisposeStack, Failures, status};
use dispose_tests::{
    Handle, Ordinary, log, logged, panic_of, paths, record_reports, release, reported,
};

#[test]
fn an_error_that_cannot_be_displayed_does_not_panic_in_a_drop() {
    /// Cannot be displayed: a message of C that is no UTF-8.
    #[derive(Debug)]
    struct Unreadable;

    impl fmt::Display for Unreadable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half a ")?;
            Err(fmt::Error)
        }
    }

    impl Error for Unreadable {}

    #[derive(Dispose)]
    struct Unread {
        #[unmanaged(release = |_handle| Err::<(), _>(Unreadable))]
        first: Option<i32>,
        #[unmanaged(release = release)]
        second: Option<Handle>,
    }

    fn unread() -> Unread {
        Unread { first: Some(1), second: Some(Handle::failing("b")) }
    }

    const CHILD: &str = "DISPOSE_TESTS_UNREADABLE";
    const TEXT: &str = "failed to dispose `Unread`: second: b refused; \
                        first: half a (an error that cannot be displayed)";
    if env::var_os(CHILD).is_some() {
        drop(unread());
        let _held = unread();
        panic!("a panic of the program's own, under which another would abort");
    }
    assert_eq!(unread().close().unwrap_err().to_string(), TEXT);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "an_error_that_cannot_be_displayed_does_not_panic_in_a_drop"])
        .arg("--nocapture")
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101), "it panics, and does not abort");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors.matches(TEXT).count(), 2, "{errors}");
    assert_eq!(logged(), "b");
}

#[test]
fn what_a_release_adds_to_its_collection_is_released_at_the_last_attempt() {
    #[derive(Dispose)]
    struct Consumed {
        #[unmanaged(release = |h: Handle| { self.add(h); release(h) }, each)]
        pool: Vec<Handle>,
    }
    #[derive(Dispose)]
    struct Kept {
        #[unmanaged(release = |h: Handle| { self.add(h); release(h) }, each, on_error = keep)]
        pool: Vec<Handle>,
    }
    impl Consumed {
        fn add(&mut self, of: Handle) {
            if of.0 == "c" {
                self.pool.insert(0, Handle::new("x"));
                self.pool.push(Handle::new("y"));
            }
        }
    }
    impl Kept {
        fn add(&mut self, of: Handle) {
            if of.0 == "c" {
                self.pool.insert(0, Handle::new("x"));
                self.pool.push(Handle::new("y"));
            }
        }
    }
    let pool = || vec![Handle::new("a"), Handle::new("b"), Handle::new("c")];
    drop(Consumed { pool: pool() });
    assert_eq!(logged(), "c y b a x");
    drop(Kept { pool: pool() });
    assert_eq!(logged(), "c y b a x");
    assert!(Kept { pool: pool() }.close().is_ok());
    assert_eq!(logged(), "c y b a x");

    let mut value = Kept { pool: pool() };
    assert!(value.dispose().is_ok());
    let first = logged();
    drop(value);
    let mut all: Vec<_> = [first, logged()].join(" ").split(' ').map(str::to_owned).collect();
    all.sort();
    assert_eq!(all, ["a", "b", "c", "x", "y"], "each once");
}

mod who_reports {
    use super::*;

    #[derive(Dispose)]
    #[dispose(explicit)]
    struct Explicit(#[unmanaged(release = release)] Option<Handle>);

    #[derive(Dispose)]
    #[dispose(on_drop = ignore)]
    struct Silent(#[unmanaged(release = release)] Option<Handle>);

    fn explicit() -> Explicit {
        Explicit(Some(Handle::failing("a")))
    }

    fn silent() -> Silent {
        Silent(Some(Handle::failing("a")))
    }

    #[test]
    fn a_part_has_its_owners_policy_in_its_owners_drop() {
        #[derive(Dispose)]
        struct Owner<T: Dispose>(#[dispose] T);

        #[derive(Dispose)]
        #[dispose(on_drop = ignore)]
        struct SilentOwner<T: Dispose>(#[dispose] T);

        record_reports();
        drop(Owner(explicit()));
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: 0.0: a refused]"]);
        drop(Owner(silent()));
        assert_eq!(reported(), ["Owner [failed to dispose `Owner`: 0.0: a refused]"]);
        drop(SilentOwner(explicit()));
        assert_eq!(reported(), [""; 0]);
        assert_eq!(logged(), "a a a");
    }

    #[test]
    fn what_a_stack_or_a_vec_owns_has_its_own() {
        record_reports();
        let mut stack = DisposeStack::new();
        stack.push(explicit());
        stack.push(silent());
        drop(stack);
        let own = ["Explicit forgotten [failed to dispose `Explicit`: 0: a refused]"];
        assert_eq!(reported(), own);
        drop((vec![explicit()], vec![silent()]));
        assert_eq!(reported(), own);
        assert_eq!(logged(), "a a a a");
    }
}

mod locks {
    use super::*;

    /// Runs `body` on a thread, which must end.
    fn ends(body: impl FnOnce() -> String + Send + 'static) -> String {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(body()));
        receiver.recv_timeout(Duration::from_secs(20)).expect("it waits for a lock")
    }

    #[derive(Dispose)]
    #[dispose(explicit, before = |_this| log("before"))]
    struct Locked {
        #[unmanaged(release = release)]
        slot: Mutex<Option<Handle>>,
        #[dispose]
        part: Mutex<Part>,
        #[dispose]
        other: RwLock<Part>,
    }

    #[derive(Dispose)]
    struct Part(#[unmanaged(release = release)] Option<Handle>);

    fn locked() -> Locked {
        let part = |name| Part(Some(Handle::new(name)));
        Locked {
            slot: Mutex::new(Some(Handle::new("slot"))),
            part: Mutex::new(part("part")),
            other: RwLock::new(part("other")),
        }
    }

    fn forget_guards(value: &Locked) {
        mem::forget((value.slot.lock(), value.part.lock(), value.other.write()));
    }

    #[test]
    fn a_drop_takes_no_lock() {
        for forget in [false, true] {
            assert_eq!(
                ends(move || {
                    record_reports();
                    let value = locked();
                    if forget {
                        forget_guards(&value);
                    }
                    drop(value);
                    format!("{} {:?}", logged(), reported())
                }),
                r#"before other part slot ["Locked forgotten"]"#
            );
        }
    }

    #[test]
    fn what_is_locked_counts_as_held_and_is_not_waited_for() {
        assert_eq!(
            ends(|| {
                let mut value = locked();
                let (slot, part) = (value.slot.lock(), value.part.lock());
                let live = value.ensure_live().is_ok();
                drop((slot, part));
                value.dispose().unwrap();
                let disposed = value.is_disposed();
                forget_guards(&value);
                let held = value.is_disposed();
                drop(value);
                format!("{live} {disposed} {held} {}", logged())
            }),
            "true true false before other part slot before"
        );
    }
}

/// Errors of any layout go through the recording unharmed.
#[test]
fn an_error_of_any_layout() {
    #[derive(Debug, PartialEq, Clone)]
    #[repr(align(128))]
    struct Aligned(u8);
    #[derive(Debug, PartialEq, Clone)]
    struct Large([u128; 20], String);
    #[derive(Debug, PartialEq, Clone)]
    struct Nothing;
    macro_rules! errors {
        ($($error:expr => $ty:ty),*) => {$(
            impl fmt::Display for $ty {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("odd")
                }
            }
            impl Error for $ty {}
            struct By(Option<$ty>);
            impl Dispose for By {
                fn release_all(&mut self, failures: &mut Failures) {
                    let Some(error) = self.0.take() else { return };
                    failures.record("x", Err(error));
                }
                fn is_disposed(&self) -> bool {
                    self.0.is_none()
                }
            }
            let error = By(Some($error)).close().unwrap_err().downcast::<$ty>();
            assert_eq!(error.unwrap(), $error);
        )*};
    }
    {
        errors!(Aligned(7) => Aligned);
    }
    {
        errors!(Large([u128::MAX; 20], "s".repeat(40)) => Large);
    }
    {
        errors!(Nothing => Nothing);
    }
}

#[test]
fn a_comparison_that_panics_keeps_nothing_else_from_its_release() {
    /// A comparison that panics the first time.
    struct Compared(i32);

    thread_local!(static COMPARED: Cell<bool> = const { Cell::new(false) });

    impl PartialEq for Compared {
        fn eq(&self, other: &Self) -> bool {
            assert!(COMPARED.replace(true), "compared");
            self.0 == other.0
        }
    }

    #[derive(Dispose)]
    struct Three {
        #[unmanaged(release = release)]
        a: Option<Handle>,
        #[unmanaged(release = |c: Compared| log(c.0), invalid = Compared(-1))]
        b: Compared,
        #[unmanaged(release = release)]
        c: Option<Handle>,
        _ordinary: Ordinary,
    }
    for close in [drop, |value: Three| drop(value.close())] {
        COMPARED.set(false);
        let value = Three {
            a: Some(Handle::new("a")),
            b: Compared(7),
            c: Some(Handle::new("c")),
            _ordinary: Ordinary("o"),
        };
        assert_eq!(panic_of(|| close(value)).unwrap(), "compared");
        let order = logged();
        assert!(["c a ~o", "c a 7 ~o"].contains(&&*order), "{order}");
    }
}

#[test]
fn nothing_is_repeated_after_a_panic_in_whatever_wraps_it() {
    #[derive(Dispose, Default)]
    #[dispose(before = |_this| log("before"))]
    struct Flushed {
        #[unmanaged(release = release)]
        a: Option<Handle>,
        #[unmanaged(release = |handles: Vec<Handle>| handles.into_iter().try_for_each(release))]
        c: Option<Vec<Handle>>,
    }
    fn once(wrap: impl Fn(Flushed) -> Box<dyn Dispose>) {
        let mut value = wrap(Flushed {
            a: Some(Handle::new("a")),
            c: Some(vec![Handle::new("c"), Handle::panicking("d")]),
        });
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "before c d a");
    }
    once(|value| Box::new(value));
    once(|value| Box::new(Some(value)));
    once(|value| Box::new(Box::new(value)));
    once(|value| Box::new(Box::pin(value)));
    once(|value| Box::new(RefCell::new(value)));
    once(|value| Box::new(Cell::new(value)));
    once(|value| Box::new(Mutex::new(value)));
    once(|value| Box::new(RwLock::new(Some(Box::new(value) as Box<dyn Dispose>))));
}

#[test]
fn a_question_that_panics_repeats_no_step_of_what_it_is_about() {
    struct Unasked;
    impl Dispose for Unasked {
        fn release_all(&mut self, _: &mut Failures) {
            log("part");
        }
        fn is_disposed(&self) -> bool {
            panic!("asked")
        }
    }
    #[derive(Dispose)]
    struct Refused {
        #[unmanaged(release = release, on_error = keep)]
        handle: Option<Handle>,
    }
    #[derive(Dispose)]
    struct Kept {
        #[dispose]
        unasked: Unasked,
        #[dispose]
        kept: Refused,
    }
    #[derive(Dispose)]
    struct Owner {
        #[unmanaged(release = release)]
        parent: Option<Handle>,
        #[dispose]
        part: Kept,
    }
    record_reports();
    let mut value = Owner {
        parent: Some(Handle::new("parent")),
        part: Kept { unasked: Unasked, kept: Refused { handle: Some(Handle::failing("kept")) } },
    };
    assert_eq!(panic_of(|| value.dispose()).unwrap(), "asked");
    assert_eq!(logged(), "kept", "tried once, and it keeps its parent");
    mem::forget(value);
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.kept.handle: kept refused]"]);
}

mod forms {
    use super::*;

    #[test]
    fn bodies_that_begin_with_a_block_and_parameters_named_as_a_function() {
        unsafe fn halve(value: i32) -> i32 {
            log(value);
            value / 2
        }

        #[expect(clippy::unnecessary_wraps, reason = "a check")]
        fn fd<T>(code: T) -> Result<(), Infallible>
        where
            T: fmt::Display,
        {
            log(format!("checked {code}"));
            Ok(())
        }

        fn twice(fd: i32) -> i32 {
            2 * fd
        }

        #[derive(Dispose)]
        #[allow(clippy::cast_lossless, reason = "a body that goes on behind its block")]
        struct Forms {
            #[unmanaged(unsafe(release = |p| if p > 1 { halve(p) } else { 0 } as i64), check = status::zero)]
            conditional: Option<i32>,
            #[unmanaged(unsafe(release = |p| match p { 1 => halve(p), _ => 1 } - 1), check = status::zero)]
            matched: Option<i32>,
            #[unmanaged(unsafe(release = |p: i32| { halve(p) } + 1), check = status::one)]
            block: Option<i32>,
            #[unmanaged(release = |fd| twice(fd), check = fd::<i32>)]
            fd: Option<i32>,
        }

        let value = Forms { conditional: Some(3), matched: Some(2), block: Some(1), fd: Some(4) };
        let error = value.close().unwrap_err();
        assert_eq!(logged(), "checked 8 1 3");
        assert_eq!(paths(&error), ["conditional"], "{error}");
    }

    #[test]
    fn a_format_string_names_the_siblings() {
        #[derive(Dispose)]
        enum Named {
            Fields {
                #[unmanaged(release = |p| log(format!("{p:>width$}|{p:.precision$}|{name}")))]
                p: Option<f64>,
                width: usize,
                precision: usize,
                name: &'static str,
            },
        }

        drop(Named::Fields { p: Some(1.25), width: 6, precision: 1, name: "n" });
        assert_eq!(logged(), "  1.25|1.2|n");
    }

    #[test]
    fn statuses_at_the_ends_of_their_types() {
        assert!(status::non_negative(u128::MAX).is_ok());
        assert!(status::positive(u128::MAX).is_ok());
        assert!(status::non_negative(i128::MIN).is_err());
        assert!(status::errno(u128::MAX).is_err(), "all bits set");
        let error = status::os_code(1_i64 << 32).unwrap_err();
        assert_eq!((error.raw_os_error(), error.to_string()), (None, "status 4294967296".into()));
        assert_eq!(status::os_code(i64::MIN).unwrap_err().raw_os_error(), None);
        assert_eq!(
            status::os_code(0xC000_0005_u32).unwrap_err().raw_os_error(),
            Some(-0x3FFF_FFFB)
        );
    }

    #[test]
    fn the_name_of_a_type_with_a_bracket_as_argument() {
        #[derive(Dispose)]
        struct Letter<const C: char>(#[unmanaged(release = release)] Option<Handle>);
        fn name<const C: char>() -> &'static str {
            let error = Letter::<C>(Some(Handle::failing("a"))).close().unwrap_err();
            assert_eq!(logged(), "a");
            error.type_name()
        }
        for found in [name::<'<'>(), name::<'>'>(), name::<'\''>(), name::<':'>(), name::<'a'>()] {
            assert_eq!(found, "Letter");
        }
    }
}

#[test]
fn an_outcome_of_a_closed_part_that_fails_is_reported_where_a_field_panics() {
    #[derive(Close)]
    struct Loud {
        #[unmanaged(release = release, always)]
        handle: Handle,
        _ordinary: Ordinary,
    }
    record_reports();
    let loud = || Loud { handle: Handle::failing("h"), _ordinary: Ordinary("o!") };
    assert!(panic_of(|| loud().close()).is_some());
    assert_eq!(reported(), ["Loud [failed to dispose `Loud`: handle: h refused]"]);
    assert_eq!(logged(), "h ~o!");
}
