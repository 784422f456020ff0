//! The base of `unsafe(as_fd)`, `unsafe(as_handle)` and `unsafe(as_socket)`.

/// The traits of one kind of descriptor, and the types of a field that holds one.
macro_rules! kind {
    (
        $(#[$meta:meta])* $module:ident from $($from:ident)::+: $raw:ident, $none:expr, $what:literal, $expected:literal;
        $($name:ident),+; $($(#[$only:meta])* $ty:ty: $get:expr, $of:expr;)+
    ) => {
        $(#[$meta])*
        pub mod $module {
            pub use $($from)::+::{$($name),+};

            use crate::{SafeHandle, type_name};

            #[diagnostic::on_unimplemented(
                message = $what,
                label = $expected,
                note = "the field's type decides; for another one, implement the trait by hand"
            )]
            pub trait Descriptor: Copy {
                /// Returns the descriptor, if it is one.
                fn get(self) -> Option<$raw>;
                fn of(raw: $raw) -> Self;

                /// Returns the descriptor that `handle` owns.
                ///
                /// # Panics
                ///
                /// Panics if nothing is held.
                #[inline]
                #[track_caller]
                fn of_owner<H: SafeHandle<Raw = Self>>(handle: &H) -> $raw {
                    held::<H>(handle.as_raw().ok().and_then(Self::get))
                }
                /// Returns the descriptor, which a borrowed handle holds.
                ///
                /// # Panics
                ///
                /// Panics if it is not a descriptor.
                #[inline]
                #[track_caller]
                fn of_borrowed<B>(self, _: &B) -> $raw {
                    held::<B>(self.get())
                }
                /// Returns the descriptor, or the value that means "none".
                #[inline]
                fn given_up(self) -> $raw {
                    self.get().unwrap_or($none)
                }
            }

            $($(#[$only])*
            #[diagnostic::do_not_recommend]
            impl Descriptor for $ty {
                #[inline]
                fn get(self) -> Option<$raw> {
                    let get: fn(Self) -> Option<$raw> = $get;
                    get(self).filter(|raw| *raw != $none)
                }
                #[inline]
                fn of(raw: $raw) -> Self {
                    let of: fn($raw) -> Self = $of;
                    of(raw)
                }
            })+

            #[inline]
            #[track_caller]
            fn held<T>(raw: Option<$raw>) -> $raw {
                match raw {
                    Some(raw) => raw,
                    None => nothing_held(type_name::bare(type_name::path::<T>())),
                }
            }

            #[cold]
            #[track_caller]
            fn nothing_held(of: &str) -> ! {
                panic!("`{of}` holds no descriptor")
            }
        }
    };
}

kind! {
    #[cfg(any(unix, target_os = "wasi"))]
    fd from std::os::fd: RawFd, -1, "`{Self}` is not a file descriptor", "expected `RawFd` or `Option<RawFd>`";
    AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, RawFd;
    RawFd: Some, |raw| raw;
    Option<RawFd>: |raw| raw, Some;
}

kind! {
    #[cfg(windows)]
    // -1 is the handle of the process itself, and not what a failed `CreateFileW` returns.
    handle from std::os::windows::io: RawHandle, core::ptr::null_mut(),
    "`{Self}` is not a Windows handle", "expected `RawHandle` (`*mut c_void`) or an `Option` of it";
    AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, IntoRawHandle, RawHandle;
    RawHandle: Some, |raw| raw;
    Option<RawHandle>: |raw| raw, Some;
    Option<core::ptr::NonNull<core::ffi::c_void>>: |raw| raw.map(core::ptr::NonNull::as_ptr), core::ptr::NonNull::new;
}

kind! {
    #[cfg(windows)]
    socket from std::os::windows::io: RawSocket, RawSocket::MAX,
    "`{Self}` is not a Windows socket", "expected `RawSocket`, `usize`, or an `Option` of one";
    AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket, RawSocket;
    RawSocket: Some, |raw| raw;
    Option<RawSocket>: |raw| raw, Some;
    // What `windows-sys` has.
    usize: |raw| Some(raw as RawSocket), |raw| raw as usize;
}
