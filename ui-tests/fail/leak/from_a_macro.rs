use dispose_core::Dispose;

fn close(_: i32) {}

macro_rules! owner {
    ($ty:ty) => {
        #[derive(Dispose)]
        struct Owner {
            #[unmanaged(release = close)]
            fd: Option<i32>,
            memory: $ty,
        }
    };
}
owner!(*mut u8);

fn main() {}
