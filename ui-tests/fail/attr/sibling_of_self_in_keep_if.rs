use dispose_core::Dispose;

fn close(_: i32) -> i32 {
    0
}

#[derive(Dispose)]
enum Connection {
    Open(
        #[unmanaged(
            release = close,
            check = dispose_core::status::zero,
            on_error = keep_if(|error| error.code() == self.1),
        )]
        Option<i32>,
        i128,
    ),
}

fn main() {}
