//! Paths of failures.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use dispose_core::{Close, Dispose, DisposeError, Failures};

fn fail(_: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::BrokenPipe.into())
}

#[derive(Dispose)]
struct Leaf {
    #[unmanaged(release = fail)]
    größe: Option<u32>,
    #[unmanaged(release = fail, each)]
    r#type: Vec<u32>,
}

struct Named(&'static str, Leaf);
impl Dispose for Named {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.nest(self.0, &mut self.1);
        failures.record(self.0, fail(0));
        let error = DisposeError::new::<u8>("inner[1].é", std::io::Error::other("x"));
        failures.record(self.0, Err(error) as Result<(), DisposeError>);
        let error = DisposeError::new::<u8>("", std::io::Error::other("y"));
        failures.record(self.0, Err(error) as Result<(), DisposeError>);
        let error = DisposeError::new::<u8>("[1][2]", std::io::Error::other("y"));
        failures.record(self.0, Err(error) as Result<(), DisposeError>);
    }
    fn is_disposed(&self) -> bool {
        self.1.is_disposed()
    }
}

#[derive(Dispose)]
enum E {
    V(#[dispose] Vec<(Named,)>, #[dispose] BTreeMap<u8, Box<Named>>),
}

#[derive(Dispose)]
struct Node {
    #[unmanaged(release = fail)]
    ñ: Option<u32>,
    #[dispose]
    next: Option<Box<Node>>,
}

fn paths(value: impl Close) -> Vec<String> {
    value.close().unwrap_err().failures().map(|f| f.path().to_string()).collect()
}

#[test]
fn paths_of() {
    let named = |name| Named(name, Leaf { größe: Some(1), r#type: vec![1, 2] });
    for name in ["", "a", "[x", "e\u{301}𝄞", "x]", "]", ".", "a."] {
        let all = paths(E::V(vec![(named(name),)], BTreeMap::from([(0, Box::new(named(name)))])));
        let mut expected = Vec::new();
        for base in ["1[0]", "0[0].0"] {
            let join = |a: &str, b: &str| {
                if b.is_empty() || b.starts_with('[') {
                    format!("{a}{b}")
                } else {
                    format!("{a}.{b}")
                }
            };
            for inner in ["type[1]", "type[0]", "größe"] {
                expected.push(join(base, &join(name, inner)));
            }
            for inner in ["", "inner[1].é", "", "[1][2]"] {
                expected.push(join(base, &join(name, inner)));
            }
        }
        assert_eq!(all, expected, "{name}");
    }
    for len in [1, 2, 8, 100] {
        let node = |next| Node { ñ: Some(0), next };
        let list = (1..len).fold(node(None), |next, _| node(Some(Box::new(next))));
        let mut expected: Vec<_> = (0..len).map(|at| format!("{}ñ", "next.".repeat(at))).collect();
        expected.reverse();
        assert_eq!(paths(list), expected);
    }
}

struct Shows(String);
impl Dispose for Shows {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.record("some_name", fail(0));
        self.0 = format!("{failures:?}");
    }
    fn is_disposed(&self) -> bool {
        true
    }
}

#[test]
fn debug() {
    let mut shows = Shows(String::new());
    let _ = shows.dispose();
    assert!(shows.0.contains("some_name"), "{}", shows.0);
}
