// What a closure's body borrows ends before `check` begins, in each edition, whether the closure stands
// in the expansion as one or not; and what `invalid = …` borrows, before the release does.

#![allow(clippy::unused_self, clippy::unnecessary_wraps)]

use std::cell::RefCell;
use std::convert::Infallible;

use dispose_core::{Close, Dispose};

use crate::log::{log, logged};

/// Logs its drop, as a guard of a lock would end.
struct Temp;

impl Drop for Temp {
    fn drop(&mut self) {
        log("~temp".into());
    }
}

impl Temp {
    fn free(&self, _: i32) -> i32 {
        log("free".into());
        0
    }
    unsafe fn unsafe_free(&self, value: i32) -> i32 {
        self.free(value)
    }
    fn consume(&self, _: Owned) -> i32 {
        self.free(0)
    }
    fn none(&self) -> i32 {
        -1
    }
}

/// Logs its drop.
struct Owned;

impl Drop for Owned {
    fn drop(&mut self) {
        log("~owned".into());
    }
}

impl Owned {
    fn sync(&self) -> i32 {
        log("sync".into());
        0
    }
}

fn check(_: i32) -> Result<(), Infallible> {
    log("check".into());
    Ok(())
}

macro_rules! releases {
    ($($derive:ident $name:ident($ty:ty = $value:expr, $($options:tt)*) => $expected:literal;)*) => {$(
        #[derive($derive)]
        struct $name {
            #[unmanaged($($options)*)]
            field: $ty,
        }
        impl $name {
            fn run() {
                // The last look at a collection, and the `Drop` after a close, compare once more.
                let released = || logged().trim_end_matches(" ~temp").to_owned();
                drop($name { field: $value });
                assert_eq!(released(), $expected, stringify!($name dropped));
                assert!(Close::close($name { field: $value }).is_ok());
                assert_eq!(released(), $expected, stringify!($name closed));
            }
        }
    )*
        #[test]
        fn a_body_ends_before_its_check_begins() {
            $($name::run();)*
        }
    };
}

releases! {
    Dispose Simple(Option<i32> = Some(1), release = |p| Temp.free(p), check = check)
        => "free ~temp check";
    Dispose Typed(Option<i32> = Some(1), release = |p: i32| Temp.free(p), check = check)
        => "free ~temp check";
    Dispose Braced(Option<i32> = Some(1), release = |p| { Temp.free(p) }, check = check)
        => "free ~temp check";
    Dispose Unsafe(Option<i32> = Some(1), unsafe(release = |p| Temp.unsafe_free(p)), check = check)
        => "free ~temp check";
    Dispose UnsafeTyped(Option<i32> = Some(1), unsafe(release = |p: i32| Temp.unsafe_free(p)), check = check)
        => "free ~temp check";
    Dispose Checked(Option<i32> = Some(1), release = |p| Temp.free(p), check = |status| { drop(Temp); check(status) })
        => "free ~temp ~temp check";
    Dispose Kept(Option<i32> = Some(1), release = |p| Temp.free(p), check = check, on_error = keep)
        => "free ~temp check";
    Dispose Literal(i32 = 1, release = |p| Temp.free(p), check = check, invalid = -1)
        => "free ~temp check";
    Dispose Each(Vec<i32> = vec![1, 2], release = |p| Temp.free(p), check = check, each)
        => "free ~temp check free ~temp check";
    Close Always(i32 = 1, release = |p| Temp.free(p), check = check, always)
        => "free ~temp check";
    Close Fallback(i32 = 1, release = |p| Temp.free(p), drop = |p| Temp.free(p), check = check, always)
        => "free ~temp check";
    Dispose Consumed(Option<Owned> = Some(Owned), release = |p| Temp.consume(p), check = check)
        => "free ~owned ~temp check";
    Dispose Borrowed(Option<Owned> = Some(Owned), release = |p| p.sync(), check = check)
        => "sync ~owned check";
    Dispose BorrowedTyped(Option<Owned> = Some(Owned), release = |p: Owned| p.sync(), check = check)
        => "sync ~owned check";
    Dispose Compared(i32 = 1, release = |p| Temp.free(p), check = check, invalid = Temp.none())
        => "~temp free ~temp check";
    Dispose ComparedAndKept(i32 = 1, release = |p| Temp.free(p), check = check, invalid = Temp.none(), on_error = keep)
        => "~temp free ~temp check";
    Dispose ComparedEach(Vec<i32> = vec![1, 2], release = |p| Temp.free(p), check = check, invalid = [Temp.none()], each)
        => "~temp free ~temp check ~temp free ~temp check";
}

struct Library {
    open: RefCell<Vec<usize>>,
}

/// The library is one cell, which each of them borrows.
#[derive(Dispose)]
struct Handle<'a> {
    #[unmanaged(
        release = |h| self.library.open.borrow_mut().contains(&h),
        check = |is_open| self.library.open.borrow_mut().push(is_open.into()),
        invalid = self.library.open.borrow().len()
    )]
    handle: usize,
    library: &'a Library,
}

#[derive(Dispose)]
enum Variant<'a> {
    Open(
        #[unmanaged(
            release = |h| _1.open.borrow_mut().contains(&h),
            check = |is_open| _1.open.borrow_mut().push(is_open.into())
        )]
        Option<usize>,
        &'a Library,
    ),
}

#[test]
fn a_cell_that_the_body_and_the_check_borrow() {
    let library = Library { open: RefCell::new(vec![7]) };
    drop(Handle { handle: 7, library: &library });
    drop(Variant::Open(Some(8), &library));
    assert_eq!(*library.open.borrow(), [7, 1, 0]);
}
