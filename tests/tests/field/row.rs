//! One row of the table.

use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use std::{mem, ptr};

use dispose_tests::panic_of;

thread_local! {
    static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static FAILING: Cell<bool> = const { Cell::new(false) };
}

/// Records a call of a C function.
pub fn call(text: String) {
    CALLS.with_borrow_mut(|calls| calls.push(text));
}

/// The calls since it was asked last.
pub fn calls() -> String {
    CALLS.with_borrow_mut(mem::take).join(" ")
}

/// Whether the C functions fail at present.
pub fn failing() -> bool {
    FAILING.get()
}

/// Lets the C functions fail, or not.
pub fn fail(fail: bool) {
    FAILING.set(fail);
}

/// What is called while `body` runs, and whether it panics.
pub fn seen(body: impl FnOnce()) -> String {
    if panic_of(body).is_some() {
        call("PANIC".into());
    }
    calls()
}

/// A value that somebody else owns, and that lives as long as the program; the sanitizers find it there.
pub fn lent<T: Send + 'static>(value: T) -> &'static mut T {
    static OWNED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let value = Box::leak(Box::new(value));
    OWNED.lock().unwrap().push(ptr::from_mut(value).expose_provenance());
    value
}

/// An ordinary field, whose drop is recorded too.
#[derive(Debug)]
pub struct Ordinary(pub &'static str);

impl Drop for Ordinary {
    fn drop(&mut self) {
        call(format!("~{}", self.0));
    }
}

/// In which the two are dropped: holding something whose release succeeds or fails, and holding
/// nothing, where the type has such a state.
const SCENES: [(&str, bool, bool); 3] =
    [("held", true, false), ("failing", true, true), ("empty", false, false)];

#[derive(Clone, Copy)]
pub struct Row {
    pub number: u32,
    pub name: &'static str,
    /// The derived type, for its attributes.
    pub source: &'static str,
    pub hazard: Option<&'static str>,
    pub by_hand: fn(bool),
    pub derived: fn(bool),
    pub same_size: bool,
    /// What shows the hazard and its absence, if the scenes do not.
    pub shows: Option<fn()>,
}

impl Row {
    pub fn check(&self) {
        let row = format!("row {}, {}", self.number, self.name);
        assert!(self.same_size, "{row}: the sizes differ");
        let mut differs = false;
        for (scene, held, failing) in SCENES {
            fail(failing);
            let by_hand = seen(|| (self.by_hand)(held));
            let derived = seen(|| (self.derived)(held));
            fail(false);
            assert!(!held || !by_hand.is_empty(), "{row}, {scene}: nothing was called");
            if self.hazard.is_none() {
                assert_eq!(derived, by_hand, "{row}, {scene}");
            }
            differs |= derived != by_hand;
        }
        if let Some(shows) = self.shows {
            assert_eq!(panic_of(shows), None, "{row}");
        }
        assert_eq!(calls(), "", "{row}: left over");
        assert!(self.hazard.is_none() || differs || self.shows.is_some(), "{row}: what is safer?");
    }

    pub fn line(&self) -> String {
        let attributes: Vec<_> = attributes(self.source).collect();
        let attributes = attributes.join("<br>").replace('|', "\\|");
        let beside = self.hazard.map_or("same calls".into(), |hazard| format!("safer: {hazard}"));
        format!("| {} | {} | {attributes} | {beside} |", self.number, self.name)
    }
}

/// The attributes of ours in a source, in backquotes.
fn attributes(source: &str) -> impl Iterator<Item = String> {
    let source: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut rest = &*source;
    while let Some(start) = rest.find("#[") {
        rest = &rest[start..];
        let mut depth = 0;
        let end = rest
            .char_indices()
            .find_map(|(at, c)| {
                depth += match c {
                    '[' => 1,
                    ']' => -1,
                    _ => 0,
                };
                (c == ']' && depth == 0).then_some(at + 1)
            })
            .unwrap_or(rest.len());
        let attribute = &rest[..end];
        if ["#[derive", "#[dispose", "#[unmanaged"].iter().any(|ours| attribute.starts_with(ours)) {
            found.push(format!("`{attribute}`"));
        }
        rest = &rest[end..];
    }
    found.into_iter()
}

/// The rows of a module: for each its number, its name, and the type by hand and derived. Both are made
/// by the same expression, which is told whether something is held. `safer` says what is, and shows it.
macro_rules! rows {
    ($(
        row $module:ident $number:literal $name:literal $(safer $hazard:literal)?
        hand { $($hand:tt)* }
        derived { $($derived:tt)* }
        $(type $ty:ty;)?
        value $value:expr;
        $(shows $shows:block)?
    )*) => {
        $(mod $module {
            #[allow(unused_imports)]
            use super::*;
            pub mod hand {
                #[allow(unused_imports)]
                use super::*;
                $($hand)*
                pub fn value(held: bool) -> row_type!($($ty)?) {
                    ($value)(held)
                }
            }
            pub mod derived {
                #[allow(unused_imports)]
                use super::*;
                $($derived)*
                pub fn value(held: bool) -> row_type!($($ty)?) {
                    ($value)(held)
                }
            }
        })*
        pub fn rows() -> Vec<crate::row::Row> {
            vec![$(crate::row::Row {
                number: $number,
                name: $name,
                source: stringify!($($derived)*),
                hazard: None $(.or(Some($hazard)))?,
                by_hand: |held| drop($module::hand::value(held)),
                derived: |held| drop($module::derived::value(held)),
                same_size: same_size($module::hand::value, $module::derived::value),
                shows: None $(.or(Some(shows!($module $shows))))?,
            }),*]
        }
    };
}

/// `Row`, or what it is with its lifetime.
macro_rules! row_type {
    () => {
        Row
    };
    ($ty:ty) => {
        $ty
    };
}

/// A function that sees both modules of the row.
macro_rules! shows {
    ($module:ident $body:block) => {{
        fn shows() {
            #[allow(unused_imports)]
            use $module::{derived, hand};
            $body
        }
        shows as fn()
    }};
}

/// Whether the two are equally large, also in an `Option`.
pub fn same_size<A, B>(_: fn(bool) -> A, _: fn(bool) -> B) -> bool {
    size_of::<A>() == size_of::<B>() && size_of::<Option<A>>() == size_of::<Option<B>>()
}
