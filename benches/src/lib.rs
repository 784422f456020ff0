//! Measurements, printed and never asserted: `cargo run --release -p dispose-benches --bin NAME`.
