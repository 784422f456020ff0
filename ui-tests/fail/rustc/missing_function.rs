use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = missing)]
    fd: Option<i32>,
}

fn main() {}
