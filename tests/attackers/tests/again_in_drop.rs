//! The `Drop` of a value looks at what its parts own, which must still be there.

#![allow(dead_code, reason = "it is dropped")]

use std::cell::Cell;

use dispose_core::{Dispose, Failures, Slot};

fn free(_: u32) {}

/// Owns the places of the handles.
#[derive(Dispose)]
pub struct Table {
    #[unmanaged(release = free)]
    id: Option<u32>,
    handles: Box<Cell<Option<u32>>>,
}

#[expect(clippy::unnecessary_box_returns, reason = "its address stays")]
fn new_table() -> Box<Table> {
    Box::new(Table { id: Some(1), handles: Box::new(Cell::new(Some(2))) })
}

/// A handle, in its place in a table.
struct Entry(*const Cell<Option<u32>>);

impl Slot for Entry {
    type Value = u32;
    fn take(&mut self) -> Option<u32> {
        // SAFETY: `WithEntry` has the table until this is released.
        unsafe { &*self.0 }.take()
    }
    fn put(&mut self, value: u32) {
        // SAFETY: as above.
        unsafe { &*self.0 }.set(Some(value));
    }
    fn is_empty(&self) -> bool {
        // SAFETY: as above.
        unsafe { &*self.0 }.get().is_none()
    }
}

#[derive(Dispose)]
pub struct WithEntry {
    #[dispose]
    table: Option<Box<Table>>,
    #[unmanaged(release = free)]
    entry: Entry,
}

/// A part by hand, which releases what is in the table.
struct Session(*const Cell<Option<u32>>, bool);

impl Dispose for Session {
    fn release_all(&mut self, _: &mut Failures) {
        // SAFETY: `WithSession` releases it before the table.
        let handle = unsafe { &*self.0 };
        handle.take();
        self.1 = true;
    }
    fn is_disposed(&self) -> bool {
        self.1
    }
}

#[derive(Dispose)]
pub struct WithSession {
    #[dispose]
    table: Option<Box<Table>>,
    #[dispose]
    session: Session,
}

/// What says that there is none is in the table.
#[derive(Dispose)]
pub struct WithInvalid {
    #[dispose]
    table: Option<Box<Table>>,
    #[dispose(skip)]
    none: *const Cell<Option<u32>>,
    #[unmanaged(release = free, invalid = none(self.none))]
    id: u32,
}

fn none(place: *const Cell<Option<u32>>) -> u32 {
    // SAFETY: the table is there as long as the value.
    unsafe { &*place }.get().unwrap_or(0)
}

#[derive(Dispose)]
struct Chain<T: Dispose> {
    #[dispose]
    end: Option<T>,
    #[dispose]
    next: Option<Box<Chain<T>>>,
}

fn chain<T: Dispose>(end: T) {
    let last = Chain { end: Some(end), next: None };
    drop((0..20).fold(last, |next, _| Chain { end: None, next: Some(Box::new(next)) }));
}

#[test]
fn a_slot() {
    let table = new_table();
    chain(WithEntry { entry: Entry(&raw const *table.handles), table: Some(table) });
}

#[test]
fn a_part_by_hand() {
    let table = new_table();
    chain(WithSession { session: Session(&raw const *table.handles, false), table: Some(table) });
}

#[test]
fn an_invalid_state() {
    let table = new_table();
    chain(WithInvalid { none: &raw const *table.handles, id: 2, table: Some(table) });
}

/// A list of two, with nothing around it.
#[derive(Dispose)]
pub struct Node {
    #[dispose]
    table: Option<Box<Table>>,
    #[dispose]
    session: Session,
    #[dispose]
    next: Option<Box<Node>>,
}

#[test]
fn two_nodes() {
    let node = |next| {
        let table = new_table();
        Node { session: Session(&raw const *table.handles, false), table: Some(table), next }
    };
    drop(node(Some(Box::new(node(None)))));
}

/// Without a chain around them, they are sound.
#[test]
fn alone() {
    let table = new_table();
    drop(WithEntry { entry: Entry(&raw const *table.handles), table: Some(table) });
    let table = new_table();
    drop(WithSession { session: Session(&raw const *table.handles, false), table: Some(table) });
    let table = new_table();
    drop(WithInvalid { none: &raw const *table.handles, id: 2, table: Some(table) });
}
