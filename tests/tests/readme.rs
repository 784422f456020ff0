//! The README is true: its code is a piece of a program that runs.

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("../../examples/examples/store.rs");

/// The text as words, so that a piece may be indented otherwise.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_code_shown_is_a_piece_of_the_program() {
    let program = words(PROGRAM);
    let blocks =
        README.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    // The first is the code by hand that the program does not have.
    let pieces =
        blocks.skip(1).flat_map(|block| block.split("\n\n").map(words)).collect::<Vec<_>>();
    assert!(pieces.len() > 1, "no code");
    for piece in pieces {
        let piece = piece.strip_prefix("// in `main` ").unwrap_or(&piece);
        assert!(program.contains(piece), "not in the program: {piece}");
    }
}

#[test]
fn it_stays_short_and_begins_with_an_example() {
    assert!((80..=110).contains(&README.lines().count()), "80 to 110 lines");
    let first = README.lines().position(|line| line.starts_with("#[derive(")).unwrap();
    assert!(first < 30, "the first derived struct is on line {first}");
}
