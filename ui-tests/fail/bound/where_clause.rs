use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner<T>
where
    T: Clone,
{
    #[dispose]
    part: T,
}

fn main() {}
