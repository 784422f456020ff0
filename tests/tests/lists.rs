//! `is_disposed` of a list asks each of its nodes.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Mutex;

use dispose_core::Dispose;

fn close(_: i32) {}

/// Its empty value is its own.
#[derive(Dispose)]
struct OwnNone {
    none: i32,
    #[unmanaged(release = close, invalid = self.none)]
    id: i32,
    #[dispose]
    next: Option<Box<OwnNone>>,
}

#[test]
fn each_node_is_asked_for_its_own_value() {
    let next = Some(Box::new(OwnNone { none: -2, id: -2, next: None }));
    let list = OwnNone { none: -1, id: -1, next };
    assert!(list.next.as_ref().unwrap().is_disposed());
    assert!(list.is_disposed(), "nothing is held");

    let next = Some(Box::new(OwnNone { none: -2, id: -1, next: None }));
    let mut list = OwnNone { none: -1, id: -1, next };
    assert!(!list.next.as_ref().unwrap().is_disposed());
    assert!(!list.is_disposed(), "the second one is held");
    list.dispose().unwrap();
    assert_eq!(list.next.as_ref().unwrap().id, -2);
}

fn free<T>(_: T) {}

#[derive(Dispose)]
#[expect(dead_code, reason = "fields beside those that are asked")]
struct Tuple<'a, T: Dispose, K, const N: usize>(
    #[unmanaged(release = free)] *mut u8,
    #[unmanaged(release = free, invalid = [-1, -2])] i32,
    &'a str,
    #[dispose(skip)] Option<Inner>,
    #[unmanaged(release = free, each, invalid = 7)] Vec<u8>,
    #[unmanaged(release = free, each)] HashMap<K, Option<u8>>,
    #[unmanaged(release = free)] RefCell<Option<u8>>,
    #[unmanaged(release = free)] Mutex<Option<u8>>,
    #[unmanaged(release = free)] Cell<Option<u8>>,
    #[unmanaged(release = free)] OnceCell<u8>,
    #[dispose] T,
    #[dispose] [Option<Inner>; N],
    #[dispose] Option<Box<Tuple<'a, T, K, N>>>,
    #[dispose(skip)] Option<Inner>,
)
where
    K: Eq + std::hash::Hash + Ord + Clone;

#[derive(Dispose)]
struct Inner {
    #[unmanaged(release = free)]
    id: Option<u8>,
}

type Node = Tuple<'static, Option<Inner>, u8, 2>;

fn list() -> Node {
    let node = |next| {
        let id = || Some(Inner { id: None });
        Tuple(
            std::ptr::null_mut(),
            -2,
            "",
            Some(Inner { id: Some(1) }),
            vec![7, 7],
            HashMap::new(),
            None.into(),
            None.into(),
            None.into(),
            OnceCell::new(),
            id(),
            [id(), None],
            next,
            Some(Inner { id: Some(1) }),
        )
    };
    (0..5).fold(node(None), |next, _| node(Some(Box::new(next))))
}

#[test]
fn what_a_node_holds_in_any_shape_is_found() {
    assert!(list().is_disposed());
    let holds: [fn(&mut Node); 11] = [
        |node| node.0 = std::ptr::dangling_mut(),
        |node| node.1 = 0,
        |node| node.4.push(8),
        |node| node.5 = HashMap::from([(3, Some(1))]),
        |node| node.6 = Some(1).into(),
        |node| node.7 = Some(1).into(),
        |node| node.8 = Some(1).into(),
        |node| node.9 = 1.into(),
        |node| node.10.as_mut().unwrap().id = Some(1),
        |node| node.11[1] = Some(Inner { id: Some(1) }),
        |node| node.11[0].as_mut().unwrap().id = Some(1),
    ];
    for hold in holds {
        for at in 0..6 {
            let mut list = list();
            let mut node = &mut list;
            for _ in 0..at {
                node = node.12.as_mut().unwrap();
            }
            hold(node);
            assert!(!list.is_disposed());
            list.dispose().unwrap();
            assert!(list.is_disposed());
        }
    }
}
