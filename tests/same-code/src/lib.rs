//! Pairs of types: `by_hand` with a careful `Drop`, `derived` with ours. The test of this package
//! compiles them at `-O` and compares what dropping either of them compiles to.
//!
//! The releases are foreign functions, which cannot unwind, and report nothing.

#![allow(dead_code, clippy::undocumented_unsafe_blocks, reason = "only compiled, never run")]

use dispose_core::{Close, Dispose, status};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

unsafe extern "C" {
    fn close(fd: i32) -> i32;
    fn free(pointer: *mut u8);
    fn free_block(block: NonNull<u8>);
    fn unmap(address: *mut u8, len: usize) -> i32;
    fn end(stream: *mut Stream);
}

/// A C struct that is kept by value.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Stream {
    next: *const u8,
    available: usize,
    internal: *mut u8,
}

/// Declares a pair, and for each a function that drops it: `hand_N` and `derive_N`.
macro_rules! pair {
    ($hand:ident $derived:ident: by hand { $($by_hand:item)* } derived { $($derive:item)* }) => {
        mod $hand {
            #[allow(unused_imports)]
            use super::*;
            $($by_hand)*
            #[unsafe(no_mangle)]
            fn $hand(_: Owner) {}
        }
        mod $derived {
            #[allow(unused_imports)]
            use super::*;
            $($derive)*
            #[unsafe(no_mangle)]
            fn $derived(_: Owner) {}
        }
        const _: () = assert!(size_of::<$hand::Owner>() == size_of::<$derived::Owner>());
        const _: () = assert!(size_of::<Option<$hand::Owner>>() == size_of::<Option<$derived::Owner>>());
    };
}

pair! { hand_descriptor derive_descriptor:
    by hand {
        pub(super) struct Owner(i32);
        impl Drop for Owner {
            fn drop(&mut self) {
                if self.0 != -1 {
                    unsafe { close(self.0) };
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner(#[unmanaged(unsafe(release = close), check = status::ignore, invalid = -1)] i32);
    }
}

pair! { hand_pointer derive_pointer:
    by hand {
        pub(super) struct Owner(*mut u8);
        impl Drop for Owner {
            fn drop(&mut self) {
                if !self.0.is_null() {
                    unsafe { free(self.0) }
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner(#[unmanaged(unsafe(release = free))] *mut u8);
    }
}

pair! { hand_non_null derive_non_null:
    by hand {
        pub(super) struct Owner(Option<NonNull<u8>>);
        impl Drop for Owner {
            fn drop(&mut self) {
                if let Some(block) = self.0 {
                    unsafe { free_block(block) }
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner(#[unmanaged(unsafe(release = free_block))] Option<NonNull<u8>>);
    }
}

pair! { hand_mapping derive_mapping:
    by hand {
        pub(super) struct Owner {
            address: *mut u8,
            len: usize,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                if !self.address.is_null() {
                    unsafe { unmap(self.address, self.len) };
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner {
            #[unmanaged(unsafe(release = |p| unmap(p, self.len)), check = status::ignore)]
            address: *mut u8,
            len: usize,
        }
    }
}

pair! { hand_three derive_three:
    by hand {
        pub(super) struct Owner {
            pointer: *mut u8,
            fd: i32,
            address: *mut u8,
            len: usize,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                if !self.address.is_null() {
                    unsafe { unmap(self.address, self.len) };
                }
                if self.fd != -1 {
                    unsafe { close(self.fd) };
                }
                if !self.pointer.is_null() {
                    unsafe { free(self.pointer) }
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner {
            #[unmanaged(unsafe(release = free))]
            pointer: *mut u8,
            #[unmanaged(unsafe(release = close), check = status::ignore, invalid = -1)]
            fd: i32,
            #[unmanaged(unsafe(release = |p| unmap(p, self.len)), check = status::ignore)]
            address: *mut u8,
            len: usize,
        }
    }
}

pair! { hand_nested derive_nested:
    by hand {
        pub(super) struct Owner {
            part: super::hand_pointer::Owner,
            name: String,
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner {
            #[dispose]
            part: super::derive_pointer::Owner,
            name: String,
        }
    }
}

pair! { hand_enum derive_enum:
    by hand {
        pub(super) enum Owner {
            Pointer(*mut u8),
            Descriptor(i32),
            Nothing,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                match *self {
                    Self::Pointer(pointer) if !pointer.is_null() => unsafe { free(pointer) },
                    Self::Descriptor(fd) if fd != -1 => unsafe {
                        close(fd);
                    },
                    _ => {}
                }
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) enum Owner {
            Pointer(#[unmanaged(unsafe(release = free))] *mut u8),
            Descriptor(#[unmanaged(unsafe(release = close), check = status::ignore, invalid = -1)] i32),
            Nothing,
        }
    }
}

pair! { hand_generic derive_generic:
    by hand {
        pub(super) struct Generic<T> {
            pointer: *mut u8,
            value: T,
        }
        impl<T> Drop for Generic<T> {
            fn drop(&mut self) {
                if !self.pointer.is_null() {
                    unsafe { free(self.pointer) }
                }
            }
        }
        pub(super) type Owner = Generic<String>;
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Generic<T> {
            #[unmanaged(unsafe(release = free))]
            pointer: *mut u8,
            value: T,
        }
        pub(super) type Owner = Generic<String>;
    }
}

pair! { hand_by_value derive_by_value:
    by hand {
        pub(super) struct Owner {
            block: NonNull<u8>,
            name: String,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                unsafe { free_block(self.block) }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub(super) struct Owner {
            #[unmanaged(unsafe(release = free_block), always)]
            block: NonNull<u8>,
            name: String,
        }
    }
}

pair! { hand_two_by_value derive_two_by_value:
    by hand {
        pub(super) struct Owner {
            address: *mut u8,
            len: usize,
            fd: i32,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                unsafe { close(self.fd) };
                unsafe { unmap(self.address, self.len) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub(super) struct Owner {
            #[unmanaged(unsafe(release = |p| unmap(p, self.len)), check = status::ignore, always)]
            address: *mut u8,
            len: usize,
            #[unmanaged(unsafe(release = close), check = status::ignore, always)]
            fd: i32,
        }
    }
}

pair! { hand_guard derive_guard:
    by hand {
        pub(super) struct Owner(&'static i32);
        impl Drop for Owner {
            fn drop(&mut self) {
                unsafe { close(*self.0) };
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |guard| unsafe { close(*guard.0); })]
        pub(super) struct Owner(&'static i32);
    }
}

pair! { hand_boxed derive_boxed:
    by hand {
        pub(super) type Owner = Box<super::hand_three::Owner>;
    }
    derived {
        pub(super) type Owner = Box<super::derive_three::Owner>;
    }
}

pair! { hand_ten_fields derive_ten_fields:
    by hand {
        pub(super) struct Owner {
            f0: *mut u8,
            f1: *mut u8,
            f2: *mut u8,
            f3: *mut u8,
            f4: *mut u8,
            f5: *mut u8,
            f6: *mut u8,
            f7: *mut u8,
            f8: *mut u8,
            f9: *mut u8,
        }
        impl Owner {
            fn release(pointer: &mut *mut u8) {
                let pointer = std::mem::replace(pointer, std::ptr::null_mut());
                if !pointer.is_null() {
                    unsafe { free(pointer) };
                }
            }
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                Self::release(&mut self.f9);
                Self::release(&mut self.f8);
                Self::release(&mut self.f7);
                Self::release(&mut self.f6);
                Self::release(&mut self.f5);
                Self::release(&mut self.f4);
                Self::release(&mut self.f3);
                Self::release(&mut self.f2);
                Self::release(&mut self.f1);
                Self::release(&mut self.f0);
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub(super) struct Owner {
            #[unmanaged(unsafe(release = free))]
            f0: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f1: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f2: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f3: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f4: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f5: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f6: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f7: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f8: *mut u8,
            #[unmanaged(unsafe(release = free))]
            f9: *mut u8,
        }
    }
}

// Released on a copy, by hand too: its address does not matter.
pair! { hand_struct derive_struct:
    by hand {
        pub(super) struct Owner(Stream);
        impl Drop for Owner {
            fn drop(&mut self) {
                let mut stream = self.0;
                unsafe { end(&raw mut stream) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub(super) struct Owner(#[unmanaged(unsafe(release = |mut stream| end(&raw mut stream)), always)] Stream);
    }
}

pair! { hand_held derive_held:
    by hand {
        pub(super) struct Owner {
            below: ManuallyDrop<super::hand_non_null::Owner>,
            above: ManuallyDrop<super::hand_non_null::Owner>,
        }
        impl Drop for Owner {
            fn drop(&mut self) {
                drop(unsafe { ManuallyDrop::take(&mut self.above) });
                drop(unsafe { ManuallyDrop::take(&mut self.below) });
            }
        }
    }
    derived {
        #[derive(Close)]
        pub(super) struct Owner {
            #[unmanaged(release = drop, unsafe(always))]
            below: ManuallyDrop<super::derive_non_null::Owner>,
            #[unmanaged(release = drop, unsafe(always))]
            above: ManuallyDrop<super::derive_non_null::Owner>,
        }
    }
}
