//! What is not an error: `Default` that holds nothing, and fields that share, borrow or hide what
//! they hold.

#![allow(dead_code)]

use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use dispose_core::Dispose;

fn close(_: i32) {}

#[derive(Default, Dispose)]
struct Empty {
    #[unmanaged(release = close)]
    slot: Option<i32>,
    #[unmanaged(release = close, invalid = [-1, 0])]
    zero: i32,
    #[unmanaged(release = |_: bool| (), invalid = false)]
    flag: bool,
    #[unmanaged(each, release = close, invalid = -1)]
    each: Vec<i32>,
}

#[derive(Default, Dispose)]
#[dispose(default)]
struct Said {
    #[unmanaged(release = close, invalid = -1)]
    fd: i32,
}

/// A pointer of the author's own.
struct Newtype(*mut u8);

trait Close {
    fn close(&mut self);
}

struct Part<'a, T>(PhantomData<(&'a (), T)>);

#[derive(Dispose)]
struct Owner<'a, T> {
    #[unmanaged(release = close)]
    fd: Option<i32>,
    rc: Rc<Empty>,
    arc: Arc<Mutex<Vec<*mut u8>>>,
    reference: &'a Empty,
    phantom: PhantomData<Empty>,
    pointer_phantom: PhantomData<*mut T>,
    newtype: Newtype,
    newtypes: HashMap<u32, Vec<Newtype>>,
    function: Option<fn(*mut u8) -> Empty>,
    callback: Box<dyn FnMut(Empty) -> *mut u8>,
    dynamic: Vec<Box<dyn Close>>,
    parameter: Option<T>,
    dependent: Vec<Part<'a, T>>,
    shared: Option<Rc<Self>>,
    borrowed: Vec<&'a Self>,
    itself: PhantomData<Owner<'a, T>>,
    of_itself: fn(Self) -> Option<Self>,
    associated: Vec<<Owner<'a, T> as Associated>::Type>,
    bounded: Vec<Bounded<Owner<'a, T>>>,
    namesake: crate::other::Owner<'a, T>,
    cells: Vec<other::Cell<Owner<'a, T>>>,
    pin: other::Cell<Self>,
}

mod other {
    use super::Associated;

    pub struct Owner<'a, T>(pub &'a T);
    pub struct Cell<T: Associated>(pub T::Type);
}

struct Bounded<T: Associated>(PhantomData<T>);

trait Associated {
    type Type;
}

impl<T> Associated for Owner<'_, T> {
    type Type = u8;
}

fn main() {
    drop((Empty::default(), Said { fd: -1 }));
}
