//! Tests of the two crates together, as their users see them.

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
pub struct Readme;
