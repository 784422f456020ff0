use dispose_core::Dispose;

mod sys {}

#[derive(Dispose)]
struct File {
    #[unmanaged(release = sys::)]
    fd: Option<i32>,
}

fn main() {
    drop(File { fd: None });
}
