//! A closure may look at the next node in ways that its tokens do not show. It sees what it sees where the next node is
//! behind an alias, which is no list to the derive.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::fmt;

use dispose_core::Dispose;

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn log(entry: String) {
    LOG.with_borrow_mut(|log| log.push(entry));
}

type Alias<T> = Option<Box<T>>;

/// Reaches another field than the one that it is called with.
macro_rules! look {
    ($owner:ident . $field:ident) => {
        log(format!("{} sees {:?}", $owner.$field, $owner.next.as_ref().map(|next| next.label)))
    };
}

/// The macro is named by a path.
macro_rules! by_path {
    ($next:ty) => {
        by_path!(look, $next);
    };
    ($look:path, $next:ty) => {
        #[derive(Dispose)]
        pub struct Node {
            label: u32,
            #[unmanaged(release = |_| { $look!(self.label) })]
            id: Option<u32>,
            #[dispose]
            next: $next,
        }
    };
}

macro_rules! by_name {
    ($next:ty) => {
        #[derive(Dispose)]
        pub struct Node {
            label: u32,
            #[unmanaged(release = |_| { look!(self.label) })]
            id: Option<u32>,
            #[dispose]
            next: $next,
        }
    };
}

/// `self` is written with an escape.
macro_rules! by_text {
    ($next:ty) => {
        #[derive(Dispose)]
        pub struct Node {
            label: u32,
            #[unmanaged(release = |id: u32| log(format!("{id} {\u{73}elf:?}")))]
            id: Option<u32>,
            #[dispose]
            next: $next,
        }
        impl fmt::Debug for Node {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "sees {:?}", self.next.as_ref().map(|next| next.label))
            }
        }
    };
}

/// The same, on two lines.
macro_rules! by_lines {
    ($next:ty) => {
        #[derive(Dispose)]
        pub struct Node {
            label: u32,
            #[unmanaged(release = |id: u32| log(format!("{id} {se\
                lf:?}")))]
            id: Option<u32>,
            #[dispose]
            next: $next,
        }
        impl fmt::Debug for Node {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "sees {:?}", self.next.as_ref().map(|next| next.label))
            }
        }
    };
}

macro_rules! run {
    () => {
        pub fn run() -> Vec<String> {
            let node = |id, next| Node { label: id, id: Some(id), next };
            drop((0..4).rev().fold(None, |next, id| Some(Box::new(node(id, next)))));
            LOG.take()
        }
    };
}

macro_rules! compare {
    ($node:ident) => {
        mod $node {
            mod list {
                use super::super::*;
                $node!(Option<Box<Node>>);
                run!();
            }
            mod other {
                use super::super::*;
                $node!(Alias<Node>);
                run!();
            }
            #[test]
            fn a_node_sees_the_next_one() {
                let list = list::run();
                assert_eq!(list[0], "3 sees None");
                assert_eq!(list[1], "2 sees Some(3)");
                assert_eq!(list, other::run());
            }
        }
    };
}

compare!(by_path);
compare!(by_name);
compare!(by_text);
compare!(by_lines);
