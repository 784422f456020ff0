use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(|fd| drop(fd))]
    fd: Option<i32>,
}

fn main() {}
