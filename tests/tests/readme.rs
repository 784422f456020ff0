//! The README tells the truth: its examples run as doc tests of this package, and the expansion it
//! shows is the derive's snapshot.

const README: &str = include_str!("../../README.md");

#[test]
fn the_expansion_shown_is_the_real_one() {
    let item = include_str!("../../dispose-derive/src/snapshots/two_resources.in.rs");
    let expansion = include_str!("../../dispose-derive/src/snapshots/two_resources.out.rs");
    assert!(README.contains(item), "the annotated struct in the README is another");
    assert!(README.contains(expansion), "the expansion in the README is another");
}
