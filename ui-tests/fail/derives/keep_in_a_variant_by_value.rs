use dispose_core::Close;

fn close(_: i32) {}

#[derive(Close)]
enum Owner {
    One(#[unmanaged(release = close)] Option<i32>),
    Two {
        #[unmanaged(release = close, on_error = keep)]
        fd: Option<i32>,
        #[unmanaged(release = close)]
        log: Option<i32>,
    },
}

fn main() {}
