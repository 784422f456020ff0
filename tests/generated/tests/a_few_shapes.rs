//! A small part of what the program does; the whole takes about a minute.

use std::process::Command;

#[test]
fn every_life_is_as_predicted() {
    let output = Command::new(env!("CARGO_BIN_EXE_dispose-generated"))
        .args(["150", "9000"])
        .output()
        .unwrap();
    println!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{}", output.status);
}
