//! The README's example, against the real SQLite.

#[path = "../examples/store.rs"]
mod store;

#[test]
fn what_it_says_is_so() {
    store::main().unwrap();
}
