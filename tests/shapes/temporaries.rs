// What a closure's body borrows ends before `check` begins, in each edition, whether the closure stands
// in the expansion as one or not; and what `invalid = …` borrows, before the release does.

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
    ($($derive:ident $name:ident($attribute:meta, $ty:ty, $value:expr) => $expected:literal;)*) => {$(
        #[derive($derive)]
        struct $name {
            #[$attribute]
            field: $ty,
        }
        impl $name {
            fn run() {
                drop($name { field: $value });
                assert_eq!(logged(), $expected, stringify!($name dropped));
                assert!(Close::close($name { field: $value }).is_ok());
                // The `Drop` after it compares once more.
                let closed = logged();
                assert_eq!(closed.trim_end_matches(" ~temp"), $expected, stringify!($name closed));
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
    Dispose Simple(unmanaged(release = |p| Temp.free(p), check = check), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose Typed(unmanaged(release = |p: i32| Temp.free(p), check = check), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose Braced(unmanaged(release = |p| { Temp.free(p) }, check = check), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose Unsafe(
        unmanaged(unsafe(release = |p| Temp.unsafe_free(p)), check = check), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose UnsafeTyped(
        unmanaged(unsafe(release = |p: i32| Temp.unsafe_free(p)), check = check), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose Checked(
        unmanaged(release = |p| Temp.free(p), check = |status| { drop(Temp); check(status) }), Option<i32>, Some(1))
        => "free ~temp ~temp check";
    Dispose Kept(
        unmanaged(release = |p| Temp.free(p), check = check, on_error = keep), Option<i32>, Some(1))
        => "free ~temp check";
    Dispose Literal(unmanaged(release = |p| Temp.free(p), check = check, invalid = -1), i32, 1)
        => "free ~temp check";
    Dispose Each(unmanaged(release = |p| Temp.free(p), check = check, each), Vec<i32>, vec![1, 2])
        => "free ~temp check free ~temp check";
    Close Always(unmanaged(release = |p| Temp.free(p), check = check, always), i32, 1)
        => "free ~temp check";
    Close Fallback(
        unmanaged(release = |p| Temp.free(p), drop = |p| Temp.free(p), check = check, always), i32, 1)
        => "free ~temp check";
    Dispose Consumed(
        unmanaged(release = |p| Temp.consume(p), check = check), Option<Owned>, Some(Owned))
        => "free ~owned ~temp check";
    Dispose Borrowed(unmanaged(release = |p| p.sync(), check = check), Option<Owned>, Some(Owned))
        => "sync ~owned check";
    Dispose BorrowedTyped(
        unmanaged(release = |p: Owned| p.sync(), check = check), Option<Owned>, Some(Owned))
        => "sync ~owned check";
    Dispose Compared(
        unmanaged(release = |p| Temp.free(p), check = check, invalid = Temp.none()), i32, 1)
        => "~temp free ~temp check";
    Dispose ComparedAndKept(
        unmanaged(release = |p| Temp.free(p), check = check, invalid = Temp.none(), on_error = keep), i32, 1)
        => "~temp free ~temp check";
    Dispose ComparedEach(
        unmanaged(release = |p| Temp.free(p), check = check, invalid = [Temp.none()], each), Vec<i32>, vec![1, 2])
        => "~temp free ~temp check ~temp free ~temp check ~temp";
}

struct Library {
    open: RefCell<u32>,
}

/// The library is one cell, which each of them borrows.
#[derive(Dispose)]
struct Handle<'a> {
    #[unmanaged(
        release = |h| self.library.open.replace_with(|open| *open - h),
        check = |_status| drop(self.library.open.borrow_mut()),
        invalid = *self.library.open.borrow() + 100
    )]
    handle: u32,
    library: &'a Library,
}

#[derive(Dispose)]
enum Variant<'a> {
    Open(
        #[unmanaged(
            release = |h| _1.open.replace_with(|open| *open - h),
            check = |_status| drop(_1.open.borrow_mut())
        )]
        Option<u32>,
        &'a Library,
    ),
}

#[test]
fn a_cell_that_the_body_and_the_check_borrow() {
    let library = Library { open: RefCell::new(2) };
    drop(Handle { handle: 1, library: &library });
    drop(Variant::Open(Some(1), &library));
    assert_eq!(*library.open.borrow(), 0);
}
