use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner<T> {
    #[dispose]
    part: T,
}

fn main() {}
