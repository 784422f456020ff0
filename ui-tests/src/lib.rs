//! Tests of the errors that the compiler reports for mistakes; see `tests/`.
