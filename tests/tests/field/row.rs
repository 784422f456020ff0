//! One row of the table: [`rows!`] declares it, and shows how.

use std::cell::Cell;
use std::ptr;
use std::sync::Mutex;

pub use dispose_tests::Ordinary;
use dispose_tests::{log, logged, panic_of};

thread_local! {
    static FAILING: Cell<bool> = const { Cell::new(false) };
}

/// Records a call of a C function in the log of `dispose_tests`.
pub fn call(text: String) {
    log(text);
}

/// Takes the calls since the last time.
pub fn calls() -> String {
    logged()
}

/// Returns `true` while the C functions fail.
pub fn failing() -> bool {
    FAILING.get()
}

/// Makes the C functions fail, or succeed.
pub fn fail(fail: bool) {
    FAILING.set(fail);
}

/// Runs `body`, and takes the calls that it makes. `PANIC` is one if it panics.
pub fn seen(body: impl FnOnce()) -> String {
    if panic_of(body).is_some() {
        call("PANIC".into());
    }
    calls()
}

/// Makes a value that lives as long as the program, as if other code owned it. The sanitizers find it in a
/// static.
pub fn lent<T: Send + 'static>(value: T) -> &'static mut T {
    static OWNED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let value = Box::leak(Box::new(value));
    OWNED.lock().unwrap().push(ptr::from_mut(value).expose_provenance());
    value
}

/// The states in which both types are dropped: holding something whose release succeeds, or fails, and
/// holding nothing, if the type has such a state.
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
    /// Shows the hazard and its absence, if the scenes do not.
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

/// Returns our attributes in a source, in backquotes.
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

/// Declares the rows of a module, and `fn rows()`, which returns them.
///
/// To add one, write it into the file of its form, then run `.ci/bless field` and read `tests/FIELD.md`:
///
/// ```text
/// rows! {
///     // The module of the row, its number in the table, and the crate and type that it comes from.
///     // `safer "…"` stands only if the derived type avoids a hazard. Without it, both types must make
///     // the same calls in every scene.
///     row r61 61 "zlib `Inflate`" safer "no panic in `Drop`"
///     hand {
///         // The type `Row` with its `Drop`, as the crate has it. `c` is the mock of the library: add
///         // its functions to `c.rs`.
///         pub struct Row(pub P);
///         impl Drop for Row {
///             fn drop(&mut self) {
///                 assert_eq!(unsafe { c::inflateEnd(self.0) }, 0);
///             }
///         }
///     }
///     derived {
///         // The same type with the derive. The table shows its attributes.
///         #[derive(Close)]
///         pub struct Row(
///             #[unmanaged(unsafe(release = c::inflateEnd), check = status::zero)]
///             pub(crate) P,
///         );
///     }
///     // `type Row<'static>;` stands here if `Row` has parameters.
///     // Makes either of them. `is_held` is `false` for a value without a resource; a type without such
///     // a state ignores it.
///     value |is_held| Row(held(is_held, 1));
///     // Optional: assertions about `hand::Row` and `derived::Row` that no scene shows.
///     shows {
///         fail(true);
///         assert_eq!(seen(|| drop(hand::Row(p(1)))), "inflateEnd(0x1) PANIC");
///         assert_eq!(seen(|| drop(derived::Row(p(1)))), "inflateEnd(0x1)");
///         fail(false);
///     }
/// }
/// ```
///
/// A new row also raises the number in `the_table_has_all_and_is_true`.
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

/// Expands to `Row`, or to the type that the row names.
macro_rules! row_type {
    () => {
        Row
    };
    ($ty:ty) => {
        $ty
    };
}

/// Expands to a function that sees both modules of the row.
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

/// Returns `true` if both types have the same size, also in an `Option`.
pub fn same_size<A, B>(_: fn(bool) -> A, _: fn(bool) -> B) -> bool {
    size_of::<A>() == size_of::<B>() && size_of::<Option<A>>() == size_of::<Option<B>>()
}
