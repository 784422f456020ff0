// Releases that never return: neither rustc nor clippy calls the code around them unreachable.

#![deny(unreachable_code, clippy::diverging_sub_expression)]
#![allow(clippy::redundant_closure, dead_code)]

use std::io;

use dispose_core::{Close, Dispose};

fn exit(_value: i32) -> ! {
    std::process::abort()
}

fn close(_value: i32) -> i32 {
    0
}

#[derive(Dispose)]
#[dispose(before = |_| -> ! { std::process::abort() })]
struct InPlace {
    #[unmanaged(release = |_| -> ! { std::process::abort() })]
    annotated: Option<i32>,
    #[unmanaged(release = |value| { exit(value) })]
    block: Option<i32>,
    #[unmanaged(release = |value| exit(value))]
    simple: Option<i32>,
    #[unmanaged(release = |value| panic!("{}", value))]
    panics: Option<i32>,
    #[unmanaged(release = exit)]
    path: Option<i32>,
    #[unmanaged(release = close, check = |code| -> ! { exit(code) })]
    check: Option<i32>,
    #[unmanaged(release = |_| Err(io::Error::other("x")), drop = |_| -> ! { std::process::abort() })]
    drop: Option<i32>,
    #[unmanaged(release = |_| -> ! { std::process::abort() }, each)]
    elements: Vec<i32>,
}

#[derive(Close)]
#[dispose(before = |_value| { std::process::abort() })]
struct ByValue {
    #[unmanaged(release = |_| -> ! { std::process::abort() }, always)]
    annotated: i32,
    #[unmanaged(release = |value| { exit(value) }, always)]
    block: i32,
    #[unmanaged(release = exit, always)]
    path: i32,
}

#[derive(Dispose)]
enum Variants {
    Annotated(#[unmanaged(release = |_| -> ! { std::process::abort() })] Option<i32>),
    Path(#[unmanaged(release = exit)] Option<i32>, #[unmanaged(release = |_| ())] Option<i32>),
}

#[test]
fn nothing_held_is_nothing_released() {
    let mut empty = InPlace {
        annotated: None,
        block: None,
        simple: None,
        panics: None,
        path: None,
        check: None,
        drop: None,
        elements: Vec::new(),
    };
    assert!(empty.dispose().is_ok());
    assert!(Variants::Annotated(None).is_disposed());
    assert!(Variants::Path(None, Some(1)).close().is_ok());
}
