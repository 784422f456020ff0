//! In `check` the field is empty, which may be read; `always` and other fields may be passed on.

use dispose_core::{Close, Dispose};

fn free(_: i32) -> i32 {
    0
}

fn report(_: i32, _: usize) {}

#[derive(Close)]
struct Always {
    #[unmanaged(release = free, check = |status| report(self.id, status as usize), always)]
    id: i32,
}

#[derive(Dispose)]
struct Empty {
    #[unmanaged(
        release = free,
        check = |_| {
            assert!(self.handle.is_none());
            assert_eq!(self.handle, None);
            report(self.id, self.handle.iter().count());
        }
    )]
    handle: Option<i32>,
    #[unmanaged(each, release = free, check = |_| report(self.id, self.pool.len()))]
    pool: Vec<i32>,
    id: i32,
}

fn main() {
    Always { id: 1 }.close().unwrap();
    Empty { handle: Some(1), pool: vec![2], id: 3 }.dispose().unwrap();
}
