use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner<T: Send> {
    #[dispose]
    part: T,
}

fn main() {}
