//! What a list's node owns is there as long as anything may look at it: what is declared before the next node, until that
//! is released; and the next node, as long as that lives. The looks are by honest unsafe code, which relies on Rust's order.

#![allow(dead_code, reason = "it is dropped")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dispose_core::{Dispose, Slot};

thread_local!(static LOOKS: Cell<u32> = const { Cell::new(0) });

/// Looks at a number in another node when it is released, or when it is dropped.
struct Look(*const Cell<u32>);

fn look(look: Look) {
    drop(look);
}

impl Drop for Look {
    fn drop(&mut self) {
        // SAFETY: each test makes it so that Rust's order, or that of the releases, keeps the number alive.
        let number = unsafe { &*self.0 };
        number.set(number.get() + 1);
        LOOKS.set(LOOKS.get() + 1);
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "its address stays")]
fn number() -> Box<Cell<u32>> {
    Box::new(Cell::new(0))
}

/// A slot that keeps something when it is empty. Its name is that of one that does not.
struct Option<T>(std::option::Option<T>, Look);

impl<T> Slot for Option<T> {
    type Value = T;
    fn take(&mut self) -> std::option::Option<T> {
        self.0.take()
    }
    fn put(&mut self, value: T) {
        self.0 = Some(value);
    }
    fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[derive(Dispose)]
struct Lookalike {
    #[unmanaged(release = drop)]
    slot: Option<u32>,
    #[dispose]
    next: std::option::Option<Box<Lookalike>>,
    number: Box<Cell<u32>>,
}

#[test]
fn an_empty_slot_looks_at_the_next_node() {
    let other = number();
    let next =
        Lookalike { slot: Option(None, Look(&raw const *other)), next: None, number: number() };
    let slot = Option(None, Look(&raw const *next.number));
    drop(Lookalike { slot, next: Some(Box::new(next)), number: number() });
    assert_eq!(LOOKS.get(), 2);
}

#[derive(Dispose)]
struct Ordinary {
    look: std::option::Option<Look>,
    #[unmanaged(release = look)]
    slot: std::option::Option<Look>,
    #[dispose]
    next: std::option::Option<Box<Ordinary>>,
    number: Box<Cell<u32>>,
}

#[test]
fn an_ordinary_field_looks_at_the_next_node() {
    let next = Ordinary { look: None, slot: None, next: None, number: number() };
    let look = Some(Look(&raw const *next.number));
    drop(Ordinary { look, slot: None, next: Some(Box::new(next)), number: number() });
    assert_eq!(LOOKS.get(), 1);
}

/// A release needs what an ordinary field of the node above has, which holds nothing itself.
#[derive(Dispose)]
struct Named {
    name: String,
    #[unmanaged(release = |at: *const str| {
        // SAFETY: the names of all nodes above are there until this is released.
        RELEASED.set(RELEASED.get() + unsafe { &*at }.chars().rev().count());
    })]
    uses: std::option::Option<*const str>,
    #[dispose]
    next: std::option::Option<Box<Named>>,
}

thread_local!(static RELEASED: Cell<usize> = const { Cell::new(0) });

#[test]
fn a_release_uses_the_name_of_an_empty_node_above() {
    for empty in 1..9 {
        let name = String::from("of the library's context");
        let uses = Some(&raw const *name);
        let last = Named { name: "own".into(), uses, next: None };
        let below = (1..empty).fold(last, |next, _| Named {
            name: "none".into(),
            uses: None,
            next: Some(Box::new(next)),
        });
        drop(Named { name, uses: None, next: Some(Box::new(below)) });
        assert_eq!(RELEASED.take(), 24);
    }
}

/// The same of what is noticed when it is dropped.
#[derive(Dispose)]
struct Loaded {
    library: std::option::Option<Rc<Library>>,
    #[unmanaged(release = Code::run)]
    code: std::option::Option<Code>,
    #[dispose]
    next: std::option::Option<Box<Loaded>>,
}

struct Library(Rc<Cell<bool>>);

impl Drop for Library {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Code in a library that is loaded.
struct Code(Rc<Cell<bool>>);

impl Code {
    fn run(self) {
        assert!(self.0.get(), "the library is loaded");
    }
}

#[test]
fn a_library_of_an_empty_node_stays_loaded() {
    for empty in 1..9 {
        let is_loaded = Rc::new(Cell::new(true));
        let code = Some(Code(Rc::clone(&is_loaded)));
        let last = Loaded { library: None, code, next: None };
        let below = (1..empty).fold(last, |next, _| Loaded {
            library: None,
            code: None,
            next: Some(Box::new(next)),
        });
        let library = Some(Rc::new(Library(Rc::clone(&is_loaded))));
        drop(Loaded { library, code: None, next: Some(Box::new(below)) });
        assert!(!is_loaded.get());
    }
}

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn log(entry: String) {
    LOG.with_borrow_mut(|log| log.push(entry));
}

struct Name(u32);

impl Drop for Name {
    fn drop(&mut self) {
        log(format!("name {}", self.0));
    }
}

/// A release fills another slot of its own node, which had its turn.
#[derive(Dispose)]
struct Refilled {
    name: Name,
    #[unmanaged(release = |id: u32| { log(format!("fill {id}")); self.slot = Some(id); })]
    fill: std::option::Option<u32>,
    #[unmanaged(release = |id| log(format!("slot {id}")))]
    slot: std::option::Option<u32>,
    #[dispose]
    next: std::option::Option<Box<Refilled>>,
}

#[test]
fn what_was_filled_again_is_released_before_the_fields_of_those_above() {
    let node = |id, fill, next| Refilled { name: Name(id), fill, slot: None, next };
    let last = node(2, Some(2), None);
    drop(node(0, None, Some(Box::new(node(1, None, Some(Box::new(last)))))));
    // The first has had its one pass, as any value.
    assert_eq!(LOG.take(), ["fill 2", "name 0", "slot 2", "name 1", "name 2"]);
}

thread_local!(static QUEUES: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) });

/// A slot whose values are elsewhere, so that other code can fill it.
struct Queue(u32);

impl Slot for Queue {
    type Value = u32;
    fn take(&mut self) -> std::option::Option<u32> {
        QUEUES.with_borrow_mut(|all| {
            let at = all.iter().position(|id| *id == self.0)?;
            Some(all.remove(at))
        })
    }
    fn put(&mut self, id: u32) {
        QUEUES.with_borrow_mut(|all| all.push(id));
    }
    fn is_empty(&self) -> bool {
        QUEUES.with_borrow(|all| !all.contains(&self.0))
    }
}

/// Fills the slot of the node that is two below.
struct Fills(u32);

impl Drop for Fills {
    fn drop(&mut self) {
        log(format!("drop {}", self.0));
        QUEUES.with_borrow_mut(|all| all.push(self.0 + 2));
    }
}

/// A slot that others can fill, beside one that only its owner can.
#[derive(Dispose)]
struct Queued {
    fills: Fills,
    #[unmanaged(release = |id| log(format!("free {id}")))]
    queue: Queue,
    #[unmanaged(release = drop)]
    id: std::option::Option<u32>,
    #[dispose]
    next: std::option::Option<Box<Queued>>,
}

#[test]
fn what_a_drop_filled_is_released_before_the_fields_of_those_above() {
    drop((0..3).rev().fold(None, |next, id| {
        Some(Box::new(Queued { fills: Fills(id), queue: Queue(id), id: None, next }))
    }));
    assert_eq!(LOG.take(), ["drop 0", "free 2", "drop 1", "drop 2"]);
}
