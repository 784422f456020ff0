//! If a release panics, what remains is still released, each at most once, and the panic goes on.
//! Failures from before it go to the drop hook.

use std::collections::VecDeque;
use std::env;

use dispose_core::{Close, Dispose, Failures};
use dispose_tests::{
    Handle, Ordinary, Refused, log, logged, panic_of, record_reports, release, reported,
    this_program,
};

#[derive(Dispose)]
struct Four {
    _ordinary: Ordinary,
    #[unmanaged(release = release)]
    a: Option<Handle>,
    #[unmanaged(release = release)]
    b: Option<Handle>,
    #[unmanaged(release = release)]
    c: Option<Handle>,
    #[unmanaged(release = release)]
    d: Option<Handle>,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn four(panicking: usize) -> Four {
    let handle = |n: usize| {
        Some(if n == panicking { Handle::panicking(NAMES[n]) } else { Handle::new(NAMES[n]) })
    };
    Four { _ordinary: Ordinary("o"), a: handle(0), b: handle(1), c: handle(2), d: handle(3) }
}

#[test]
fn at_every_position_everything_else_is_released_and_the_panic_goes_on() {
    for (position, name) in NAMES.into_iter().enumerate() {
        let message = format!("{name} panicked");
        let mut value = four(position);
        assert_eq!(panic_of(|| value.dispose()).as_deref(), Some(&*message));
        assert_eq!(logged(), "d c b a");
        assert!(value.is_disposed());
        drop(value);
        assert_eq!(logged(), "~o");
        assert_eq!(panic_of(|| four(position).close()).as_deref(), Some(&*message));
        assert_eq!(logged(), "d c b a ~o");
        assert_eq!(panic_of(|| drop(four(position))).as_deref(), Some(&*message));
        assert_eq!(logged(), "d c b a ~o");
    }
}

#[test]
fn inside_a_part_the_rest_of_the_part_and_of_the_owner_is_released() {
    #[derive(Dispose)]
    struct Outer {
        #[unmanaged(release = release)]
        first: Option<Handle>,
        #[dispose]
        part: Vec<Four>,
        #[unmanaged(release = release)]
        last: Option<Handle>,
    }
    for position in 0..4 {
        let outer = || Outer {
            first: Some(Handle::new("first")),
            part: vec![four(9), four(position), four(9)],
            last: Some(Handle::new("last")),
        };
        let mut value = outer();
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "last d c b a d c b a d c b a first");
        drop(value);
        assert_eq!(logged(), "~o ~o ~o");
        assert!(panic_of(|| drop(outer())).is_some());
        assert_eq!(logged(), "last d c b a d c b a d c b a first ~o ~o ~o");
    }
}

#[derive(Dispose)]
struct Kept {
    #[unmanaged(release = release)]
    a: Option<Handle>,
    #[unmanaged(release = release, on_error = keep)]
    b: Option<Handle>,
    #[unmanaged(release = release, on_error = keep, each)]
    pool: Vec<Handle>,
    #[dispose]
    part: Option<Box<Kept>>,
}

#[test]
fn a_kept_failure_is_not_tried_again_while_unwinding() {
    record_reports();
    let part = Kept {
        a: Some(Handle::failing("A")),
        b: Some(Handle::failing("B")),
        pool: vec![Handle::new("N"), Handle::failing("P"), Handle::panicking("X")],
        part: None,
    };
    let mut value = Kept {
        a: Some(Handle::new("a")),
        b: Some(Handle::failing("b")),
        pool: vec![Handle::new("p"), Handle::failing("q"), Handle::new("r")],
        part: Some(Box::new(part)),
    };
    assert_eq!(panic_of(|| value.dispose()).unwrap(), "X panicked");
    assert_eq!(logged(), "X P N", "the pass after the panic stops where any other does");
    assert_eq!(reported(), ["Kept [failed to dispose `Kept`: part.pool[1]: P refused]"]);
    assert_eq!(value.part.as_ref().unwrap().pool, [Handle::failing("P")]);
    assert_eq!(value.pool.len(), 3, "what is kept keeps its owner's fields");
    drop(value);
    assert_eq!(logged(), "P B A r q p b a", "the last attempt");
    assert_eq!(
        reported(),
        [
            "Kept [failed to dispose `Kept`: part.pool[0]: P refused; part.b: B refused; part.a: A refused; pool[1]: q refused; b: b refused]"
        ]
    );
}

#[test]
fn a_panic_among_kept_elements_leaves_out_none_and_repeats_none() {
    record_reports();
    for position in 0..4 {
        let mut pool: Vec<_> = NAMES.into_iter().map(Handle::failing).collect();
        pool[position] = Handle::panicking(NAMES[position]);
        let mut value = Kept { a: None, b: Some(Handle::failing("x")), pool, part: None };
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "d c b a", "kept elements keep what is declared before them");
        let kept: Vec<_> = value.pool.iter().map(|handle| handle.0).collect();
        let expected: Vec<_> = NAMES.into_iter().filter(|name| *name != NAMES[position]).collect();
        assert_eq!(kept, expected);
        assert_eq!(reported().len(), 1);
        value.b = None;
        drop(value);
        let left: Vec<_> = expected.into_iter().rev().collect();
        assert_eq!(logged(), left.join(" "), "the last attempt");
        assert_eq!(reported().len(), 1);
    }
}

#[test]
fn a_collection_that_was_finished_is_not_gone_through_again() {
    #[derive(Dispose)]
    struct Two {
        #[unmanaged(release = release, on_error = keep, each)]
        second: Vec<Handle>,
        #[unmanaged(release = release, on_error = keep, each)]
        first: VecDeque<Handle>,
    }
    record_reports();
    let mut value = Two {
        second: vec![Handle::failing("a"), Handle::failing("b"), Handle::panicking("c")],
        first: ["x", "y", "z"].map(Handle::new).into(),
    };
    assert!(panic_of(|| value.dispose()).is_some());
    assert_eq!(logged(), "z y x c b a");
    assert_eq!((value.second.len(), value.first.len()), (2, 0));
    let report = "Two [failed to dispose `Two`: second[1]: b refused; second[0]: a refused]";
    assert_eq!(reported(), [report]);
    drop(value);
    assert_eq!(logged(), "b a", "the last attempt");
    assert_eq!(reported(), [report]);
}

#[test]
fn a_panic_among_each_releases_the_other_elements() {
    #[derive(Dispose)]
    struct Pool(
        #[unmanaged(release = release)] Option<Handle>,
        #[unmanaged(release = release, each)] Vec<Handle>,
    );
    for position in 0..4 {
        let mut handles: Vec<_> = NAMES.into_iter().map(Handle::new).collect();
        handles[position] = Handle::panicking(NAMES[position]);
        assert!(panic_of(|| Pool(Some(Handle::new("x")), handles).close()).is_some());
        assert_eq!(logged(), "d c b a x");
    }
}

#[test]
fn before_that_panics_or_failed_runs_once() {
    #[derive(Dispose)]
    #[dispose(before = |this| release(this.before))]
    struct Flushed {
        before: Handle,
        #[unmanaged(release = release)]
        a: Option<Handle>,
        #[unmanaged(release = release)]
        b: Option<Handle>,
    }
    record_reports();
    let panicking = Flushed {
        before: Handle::panicking("before"),
        a: Some(Handle::new("a")),
        b: Some(Handle::new("b")),
    };
    assert_eq!(panic_of(|| panicking.close()).unwrap(), "before panicked");
    assert_eq!(logged(), "before b a");
    let failing = Flushed {
        before: Handle::failing("before"),
        a: Some(Handle::new("a")),
        b: Some(Handle::panicking("b")),
    };
    assert_eq!(panic_of(|| failing.close()).unwrap(), "b panicked");
    assert_eq!(logged(), "before b a");
    assert_eq!(reported(), ["Flushed [failed to dispose `Flushed`: before: before refused]"]);
}

#[test]
fn failures_before_and_after_the_panic_go_to_the_hook_in_order() {
    record_reports();
    let mut value = four(2);
    value.d = Some(Handle::failing("d"));
    value.a = Some(Handle::failing("a"));
    assert!(panic_of(|| value.dispose()).is_some());
    assert_eq!(logged(), "d c b a");
    assert_eq!(reported(), ["Four [failed to dispose `Four`: d: d refused; a: a refused]"]);
    drop(value);
    assert_eq!(logged(), "~o");
}

#[derive(Close)]
struct ByValue {
    _1: Ordinary,
    #[unmanaged(release = release, always)]
    a: Handle,
    _2: Ordinary,
    #[unmanaged(release = release, always)]
    b: Handle,
    _3: Ordinary,
}

#[test]
fn by_value_the_rest_is_released_and_ordinary_fields_are_dropped() {
    let by_value = |a, b| ByValue { _1: Ordinary("1"), a, _2: Ordinary("2"), b, _3: Ordinary("3") };
    for close in [|value: ByValue| value.close().unwrap(), drop] {
        assert!(panic_of(|| close(by_value(Handle::new("a"), Handle::panicking("b")))).is_some());
        assert_eq!(logged(), "b a ~1 ~2 ~3");
        assert!(panic_of(|| close(by_value(Handle::panicking("a"), Handle::new("b")))).is_some());
        assert_eq!(logged(), "b a ~1 ~2 ~3");
    }
}

#[test]
fn an_ordinary_field_that_panics_keeps_no_other_from_its_drop() {
    for panicking in 1..4 {
        let ordinary = |n, name, loud| Ordinary(if n == panicking { loud } else { name });
        let value = ByValue {
            _1: ordinary(1, "1", "1!"),
            a: Handle::new("a"),
            _2: ordinary(2, "2", "2!"),
            b: Handle::new("b"),
            _3: ordinary(3, "3", "3!"),
        };
        assert!(panic_of(|| value.close()).is_some());
        assert_eq!(logged().replace('!', ""), "b a ~1 ~2 ~3");
    }
}

#[test]
fn a_hand_written_impl_behaves_as_a_derived_one() {
    struct ByHand {
        a: Option<Handle>,
        part: Four,
        b: Option<Handle>,
    }

    impl Dispose for ByHand {
        fn release_all(&mut self, failures: &mut Failures) {
            if let Some(b) = self.b.take() {
                failures.record("b", release(b));
            }
            failures.nest("part", &mut self.part);
            if let Some(a) = self.a.take() {
                failures.record("a", release(a));
            }
        }
        fn is_disposed(&self) -> bool {
            self.a.is_none() && self.part.is_disposed() && self.b.is_none()
        }
    }
    for position in 0..4 {
        let mut value = ByHand {
            a: Some(Handle::new("first")),
            part: four(position),
            b: Some(Handle::new("last")),
        };
        assert!(panic_of(|| value.dispose()).is_some());
        assert_eq!(logged(), "last d c b a first");
        assert!(value.is_disposed());
        drop(value);
        assert_eq!(logged(), "~o");
    }
}

#[test]
fn dropped_while_unwinding_everything_is_released() {
    let panic = panic_of(|| {
        let _value = four(9);
        panic!("elsewhere");
    });
    assert_eq!(panic.unwrap(), "elsewhere");
    assert_eq!(logged(), "d c b a ~o");
}

#[test]
fn a_second_panic_aborts() {
    const CHILD: &str = "DISPOSE_TESTS_ABORTS";
    if env::var_os(CHILD).is_some() {
        let mut value = four(3);
        value.b = Some(Handle::panicking("b"));
        let _ = panic_of(|| value.dispose());
        println!("still alive");
        return;
    }
    let output = this_program()
        .args(["--exact", "a_second_panic_aborts", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(!String::from_utf8_lossy(&output.stdout).contains("still alive"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("d panicked") && errors.contains("b panicked"), "{errors}");
}

#[test]
fn the_error_type_of_a_panicking_release_does_not_matter() {
    #[derive(Dispose)]
    struct Odd(
        #[unmanaged(release = |_| -> Result<(), Refused> { log("odd"); panic!("odd") })]
        Option<i32>,
    );
    assert_eq!(panic_of(|| Odd(Some(1)).close()).unwrap(), "odd");
    assert_eq!(logged(), "odd");
}
