//! Programs to copy from: real resources, wrapped with the derives of `dispose-core`.
//!
//! Each is one file in `examples/`, with a test of its guarantees in `tests/`.
