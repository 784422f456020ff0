//! `Seen`: the cells of a row's line, filled by what its body has seen.

use std::fmt::Display;

/// The cells, in the order of the page's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    Success,
    Failure,
    After,
    Order,
    Null,
    Waits,
    Loses,
    NotSo,
}

impl Cell {
    pub(crate) const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::After,
        Self::Order,
        Self::Null,
        Self::Waits,
        Self::Loses,
        Self::NotSo,
    ];
}

/// A collector of what was seen. Each call adds one claim in the page's words, and panics unless it was
/// `shown`.
#[derive(Debug, Default)]
pub struct Seen(pub(crate) Vec<(usize, String)>);

impl Seen {
    fn add(&mut self, cell: Cell, text: impl Display) {
        let entry = (cell as usize, text.to_string());
        if !self.0.contains(&entry) {
            self.0.push(entry);
        }
    }

    #[track_caller]
    fn shown(&mut self, cell: Cell, text: &str, shown: bool) {
        assert!(shown, "not so: {text}");
        self.add(cell, text);
    }

    /// Records that the release returns nothing.
    pub fn void(&mut self) {
        self.add(Cell::Success, "void");
    }

    /// Records the status that it returned on success.
    pub fn success(&mut self, status: impl Display) {
        self.add(Cell::Success, status);
    }

    /// Records the status that it returned on failure, and the cause.
    ///
    /// # Panics
    ///
    /// Panics if a success has returned it too.
    #[track_caller]
    pub fn failure(&mut self, status: impl Display, cause: &str) {
        let (status, success) = (status.to_string(), Cell::Success as usize);
        assert!(!self.0.contains(&(success, status.clone())), "{status} is a success: {cause}");
        self.add(Cell::Failure, format!("{status}: {cause}"));
    }

    /// Records what another value that it returns means.
    #[track_caller]
    pub fn means(&mut self, what: &str, shown: bool) {
        self.shown(Cell::Success, what, shown);
    }

    /// Records that the handle is still alive after a failure.
    #[track_caller]
    pub fn kept(&mut self, how: &str, shown: bool) {
        self.shown(Cell::After, &join("kept", how), shown);
    }

    /// Records that the handle is gone after a failure.
    #[track_caller]
    pub fn consumed(&mut self, how: &str, shown: bool) {
        self.shown(Cell::After, &join("consumed", how), shown);
    }

    /// Records what must be released first, or need not.
    #[track_caller]
    pub fn order(&mut self, rule: &str, shown: bool) {
        self.shown(Cell::Order, rule, shown);
    }

    /// Records the result for null, or for the value that means "none".
    #[track_caller]
    pub fn null(&mut self, what: &str, shown: bool) {
        self.shown(Cell::Null, what, shown);
    }

    /// Records what it waits for, or does not wait for.
    #[track_caller]
    pub fn waits(&mut self, what: &str, shown: bool) {
        self.shown(Cell::Waits, what, shown);
    }

    /// Records what is lost without a status.
    #[track_caller]
    pub fn loses(&mut self, what: &str, shown: bool) {
        self.shown(Cell::Loses, what, shown);
    }

    /// Records where the usual guess would be a bug: a loss, a leak, a double release.
    #[track_caller]
    pub fn not_so(&mut self, what: &str, shown: bool) {
        self.shown(Cell::NotSo, what, shown);
    }
}

fn join(word: &str, how: &str) -> String {
    if how.is_empty() { word.into() } else { format!("{word}: {how}") }
}
