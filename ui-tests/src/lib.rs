//! Tests of what the compiler answers to mistakes; see `tests/`.
