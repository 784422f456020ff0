// The runtime crate as the attacker would have it.
mod lookalike {
    pub use dispose_core::*;
    pub mod __private {
        pub use dispose_core::__private::*;
        pub fn call<T, R>(value: T, release: impl FnOnce(T) -> R) -> R {
            release(value)
        }
    }
}

unsafe fn free(_: *mut u8) {}

#[derive(dispose_core::Dispose)]
#[dispose(crate = lookalike)]
struct Block {
    #[unmanaged(release = |p: *mut u8| free(p))]
    at: *mut u8,
}

fn main() {}
