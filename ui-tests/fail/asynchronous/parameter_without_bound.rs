use dispose_core::{AsyncDispose, Dispose};


#[derive(Dispose, AsyncDispose)]
struct Owner<T> {
    #[dispose(async)]
    part: T,
}

fn main() {}
