use dispose_core::Dispose;

mod sys {
    pub fn free(_: i32) {}
}

#[derive(Dispose)]
struct Owner {
    #[unmanaged(sys::free)]
    fd: Option<i32>,
}

fn main() {}
