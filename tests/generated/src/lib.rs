//! Random types, made of a seed: as Rust source that derives, and as the data that a model predicts
//! their disposal from. The program of this package compiles the source and compares the two.

pub mod model;
pub mod run;
pub mod shape;
pub mod source;

/// What is seen of one value's life, or predicted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Releases and drops of ordinary fields in their order, with a `/` after each call.
    pub log: Vec<String>,
    /// The result of each call: `ok`, an error, a panic.
    pub results: Vec<String>,
    /// What the drop hook received.
    pub reports: Vec<String>,
}

/// What the release of a resource does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Succeed,
    Fail,
    /// Once, and then it succeeds.
    Panic,
    /// Fails, and `keep_if` panics when it is asked about that, once.
    PanicWhenAsked,
}

/// What is done with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// `dispose`, again, then its `Drop`.
    Dispose,
    /// `dispose`, again when whatever failed succeeds, then its `Drop`.
    Retry,
    Drop,
    /// `close`, by value.
    Close,
    /// `try_close`, then the `Drop` of what came back.
    TryClose,
}
