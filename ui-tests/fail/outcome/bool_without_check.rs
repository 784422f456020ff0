use dispose_core::Dispose;

#[derive(Dispose)]
struct Owner {
    #[unmanaged(release = |fd| fd > 0)]
    fd: Option<i32>,
}

fn main() {}
