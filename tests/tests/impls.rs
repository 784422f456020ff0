//! `Dispose` for the standard library's types, by hand, and as a trait object.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::{Mutex, RwLock};

use dispose_core::{Close, Dispose, Failures};
use dispose_tests::{Handle, Refused, logged, panic_of, record_reports, release, reported};

#[derive(Dispose, Default)]
struct One(#[unmanaged(release = release)] Option<Handle>);

fn one(name: &'static str) -> One {
    One(Some(Handle::new(name)))
}

/// Disposes of a container twice and drops it; what was released.
fn releases(mut value: impl Dispose) -> String {
    assert!(!value.is_disposed());
    value.dispose().unwrap();
    assert!(value.is_disposed());
    let released = logged();
    value.dispose().unwrap();
    drop(value);
    assert_eq!(logged(), "");
    released
}

#[test]
fn containers_release_the_last_element_first() {
    assert_eq!(releases(vec![one("a"), one("b"), one("c")]), "c b a");
    assert_eq!(releases([one("a"), one("b")]), "b a");
    assert_eq!(releases(Box::new([one("a"), one("b")]) as Box<[One]>), "b a");
    assert_eq!(releases((one("a"),)), "a");
    assert_eq!(releases((one("a"), vec![one("b")], Some(one("c")))), "c b a");
    let o = one;
    let twelve = (
        o("a"),
        o("b"),
        o("c"),
        o("d"),
        o("e"),
        o("f"),
        o("g"),
        o("h"),
        o("i"),
        o("j"),
        o("k"),
        o("l"),
    );
    assert_eq!(releases(twelve), "l k j i h g f e d c b a");
}

#[test]
fn wrappers_release_what_is_inside() {
    assert_eq!(releases(Box::new(one("a"))), "a");
    assert_eq!(releases(Some(one("a"))), "a");
    assert_eq!(releases(RefCell::new(one("a"))), "a");
    assert_eq!(releases(Cell::new(one("a"))), "a");
    assert_eq!(releases(Mutex::new(one("a"))), "a");
    assert_eq!(releases(RwLock::new(one("a"))), "a");
    assert_eq!(releases(Pin::new(Box::new(one("a")))), "a");
    let unsized_mutex: Box<Mutex<dyn Dispose>> = Box::new(Mutex::new(one("a")));
    assert_eq!(releases(unsized_mutex), "a");
}

#[test]
fn an_option_stays_some() {
    let mut value = Some(one("a"));
    value.dispose().unwrap();
    assert!(value.is_some());
    assert!(None::<One>.is_disposed());
    assert_eq!(logged(), "a");
}

#[test]
fn a_poisoned_lock_is_disposed_all_the_same() {
    let mutex = Mutex::new(one("a"));
    let lock = RwLock::new(one("b"));
    panic_of(|| {
        let _guards = (mutex.lock(), lock.write());
        panic!("poison");
    });
    assert!(mutex.is_poisoned() && lock.is_poisoned());
    assert_eq!(releases((lock, mutex)), "a b");
}

#[test]
fn a_borrowed_cell_counts_as_held() {
    let cell = RefCell::new(One(None));
    assert!(cell.is_disposed());
    let borrowed = cell.borrow_mut();
    assert!(!cell.is_disposed());
    drop(borrowed);
}

#[test]
fn trait_objects_of_different_types_in_one_collection() {
    let values: Vec<Box<dyn Dispose>> =
        vec![Box::new(one("a")), Box::new((one("b"), one("c"))), Box::new(vec![one("d")])];
    assert_eq!(releases(values), "d c b a");
    let object: Box<dyn Dispose + Send> = Box::new(one("e"));
    object.close().unwrap();
    assert_eq!(logged(), "e");
}

#[test]
fn dropping_a_container_of_undisposed_values_releases_in_rusts_order() {
    drop(vec![one("a"), one("b")]);
    assert_eq!(
        logged(),
        "a b",
        "a `Vec` drops its elements in order; a `#[dispose]` field does not"
    );
}

struct ByHand {
    parts: Vec<One>,
    kept: Option<Handle>,
}

impl Dispose for ByHand {
    fn release_all(&mut self, failures: &mut Failures) {
        if let Some(handle) = self.kept.take() {
            let outcome = release(handle);
            if outcome.is_err() && !failures.is_last_attempt() {
                self.kept = Some(handle);
            }
            failures.record("kept", outcome);
        }
        failures.nest("parts", &mut self.parts);
    }
    fn is_disposed(&self) -> bool {
        self.parts.is_disposed() && self.kept.is_none()
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        let _ = self.dispose();
    }
}

#[test]
fn a_hand_written_impl_nests_records_and_knows_the_last_attempt() {
    let mut value = ByHand {
        parts: vec![one("a"), One(Some(Handle::failing("b")))],
        kept: Some(Handle::failing("k")),
    };
    let error = value.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `ByHand`: kept: k refused; parts[1].0: b refused"
    );
    assert_eq!(value.kept, Some(Handle::failing("k")));
    assert_eq!(logged(), "k b a");
    assert_eq!(value.close().unwrap_err().len(), 1);
    assert_eq!(logged(), "k", "not put back by `close`, so `Drop` finds nothing");
}

#[test]
fn a_hand_written_impl_may_be_a_part() {
    #[derive(Dispose)]
    struct Owner {
        #[dispose]
        part: ByHand,
        #[unmanaged(release = release)]
        last: Option<Handle>,
    }
    record_reports();
    let owner = Owner {
        part: ByHand { parts: vec![one("a")], kept: Some(Handle::failing("k")) },
        last: Some(Handle::new("l")),
    };
    drop(owner);
    assert_eq!(logged(), "l k a");
    assert_eq!(reported(), ["Owner [failed to dispose `Owner`: part.kept: k refused]"]);
}

#[test]
fn a_part_that_is_only_close_goes_into_an_option_or_a_vec() {
    #[derive(Close)]
    struct Part(#[unmanaged(release = release, always)] Handle);
    #[derive(Close)]
    struct ByValue {
        #[unmanaged(release = Close::close)]
        one: Option<Part>,
        #[unmanaged(release = Close::close, each)]
        many: Vec<Part>,
    }
    #[derive(Dispose)]
    struct InPlace {
        #[unmanaged(release = Part::close)]
        one: Option<Part>,
        #[unmanaged(release = <Part as Close>::close, each)]
        many: Vec<Part>,
    }
    let part = |name| Part(Handle::failing(name));
    let error =
        ByValue { one: Some(part("a")), many: vec![part("b"), part("c")] }.close().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `ByValue`: many[1].0: c refused; many[0].0: b refused; one.0: a refused"
    );
    let error = InPlace { one: Some(part("a")), many: vec![part("b")] }.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `InPlace`: many[0].0: b refused; one.0: a refused"
    );
    assert_eq!(logged(), "c b a b a");
}

#[test]
fn a_part_is_passed_over_once_if_nothing_panics() {
    struct Counting(usize);

    impl Dispose for Counting {
        fn release_all(&mut self, failures: &mut Failures) {
            self.0 += 1;
            failures.record("pass", Err::<(), _>(Refused("pass")));
        }
        fn is_disposed(&self) -> bool {
            false
        }
    }

    #[derive(Dispose)]
    struct Counted {
        #[dispose]
        part: Counting,
    }

    let mut value = Counted { part: Counting(0) };
    assert_eq!(value.dispose().unwrap_err().len(), 1);
    assert_eq!(value.part.0, 1);
    record_reports();
    drop(value);
    assert_eq!(reported(), ["Counted [failed to dispose `Counted`: part.pass: pass refused]"]);
}
