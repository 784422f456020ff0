use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[dispose]
    fd: Option<i32>,
}

fn main() {}
