//! A function of the field: by value, of a `NonNull`, behind a test, of the field's address.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use dispose_core::{Close, Dispose, Slot, status};

use crate::c::{self, InPlace, P, ZmqError, held, p, typed};
use crate::row::{Ordinary, call, calls, fail, same_size, seen};

pub const INVALID_HANDLE_VALUE: P = ptr::without_provenance_mut(usize::MAX);

/// `glib`'s memory manager of a type.
pub trait Manager {
    type Target;
    unsafe fn free(value: *mut Self::Target);
}

pub struct Strings;

impl Manager for Strings {
    type Target = u8;
    unsafe fn free(value: *mut u8) {
        call(format!("Strings::free({value:?})"));
    }
}

rows! {
    row r1 1 "alsa `HintIter`"
    hand {
        pub struct Row(pub *mut P, pub isize);
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::snd_device_name_free_hint(self.0) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = c::snd_device_name_free_hint), check = status::non_negative, always)]
            pub(crate) *mut P,
            pub isize,
        );
    }
    value |_| Row(typed(1), 0);

    row r2 2 "mio `Handle`" safer "neither null nor `INVALID_HANDLE_VALUE` is closed"
    hand {
        pub struct Row(pub P);
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::CloseHandle(self.0) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = c::CloseHandle), check = status::nonzero, invalid = [ptr::null_mut(), INVALID_HANDLE_VALUE])]
            pub(crate) P,
        );
        impl Row {
            pub fn into_raw(mut self) -> P {
                mem::replace(&mut self.0, ptr::null_mut())
            }
        }
    }
    value |is_held| Row(held(is_held, 1));
    shows {
        let invalid = format!("CloseHandle({INVALID_HANDLE_VALUE:?})");
        assert_eq!(seen(|| drop(hand::Row(INVALID_HANDLE_VALUE))), invalid);
        assert_eq!(seen(|| drop(derived::Row(INVALID_HANDLE_VALUE))), "");
        assert_eq!(derived::Row(p(7)).into_raw(), p(7));
        assert_eq!(seen(|| drop(derived::Row(p(7)))), "CloseHandle(0x7)");
    }

    row r3 3 "zmq `RawContext`"
    hand {
        pub struct Row {
            pub context: P,
            pub interrupted: bool,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                loop {
                    let result = unsafe { c::zmq_ctx_term(self.context, &mut self.interrupted) };
                    if result != Err(ZmqError::Interrupted) {
                        break;
                    }
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(always, unsafe(release = |context| loop {
                let result = c::zmq_ctx_term(context, &mut self.interrupted);
                if result != Err(ZmqError::Interrupted) {
                    break result;
                }
            }))]
            pub(crate) context: P,
            pub interrupted: bool,
        }
    }
    value |_| Row { context: p(3), interrupted: true };
    shows {
        fail(true);
        let error = derived::value(true).close().unwrap_err();
        fail(false);
        assert_eq!(error.to_string(), "failed to dispose `Row`: context: Fault");
        assert_eq!(calls(), "zmq_ctx_term(0x3) zmq_ctx_term(0x3)");
    }

    row r4 4 "gdal `CslStringList`"
    hand {
        pub struct Row {
            pub list: *mut *mut i8,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::CSLDestroy(self.list) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = c::CSLDestroy), always)] // null is an empty list
            pub(crate) list: *mut *mut i8,
        }
    }
    value |is_held| Row { list: held(is_held, 4).cast() };

    row r5 5 "cust `Linker`"
    hand {
        pub struct Row {
            pub raw: P,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::cuLinkDestroy(self.raw) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = c::cuLinkDestroy), check = status::zero, always)]
            pub(crate) raw: P,
        }
    }
    value |_| Row { raw: p(5) };

    row r6 6 "cust `ArrayObject`" safer "its own `drop(self)` does not destroy twice"
    hand {
        #[derive(Debug)]
        pub struct Row {
            pub handle: P,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::cuArrayDestroy(self.handle) };
            }
        }
        impl Row {
            pub fn drop(array: Self) -> Result<(), (u32, Self)> {
                match unsafe { c::cuArrayDestroy(array.handle) } {
                    0 => Ok(()),
                    code => Err((code, array)),
                }
            }
        }
    }
    derived {
        #[derive(Debug, Dispose)]
        pub struct Row {
            #[unmanaged(unsafe(release = c::cuArrayDestroy), check = status::zero, on_error = keep)]
            pub(crate) handle: P,
        }
        impl Row {
            pub fn drop(mut array: Self) -> Result<(), (String, Self)> {
                array.dispose().map_err(|error| (error.to_string(), array))
            }
        }
    }
    value |_| Row { handle: p(6) };
    shows {
        assert!(hand::Row::drop(hand::value(true)).is_ok());
        assert_eq!(calls(), "cuArrayDestroy(0x6) cuArrayDestroy(0x6)");
        assert!(derived::Row::drop(derived::value(true)).is_ok());
        assert_eq!(calls(), "cuArrayDestroy(0x6)");
        fail(true);
        let (_, given_back) = derived::Row::drop(derived::value(true)).unwrap_err();
        fail(false);
        assert_eq!((given_back.handle, &*calls()), (p(6), "cuArrayDestroy(0x6)"));
        drop(given_back);
        assert_eq!(calls(), "cuArrayDestroy(0x6)");
    }

    row r7 7 "rust-htslib `Writer`" safer "an error of the last write reaches the caller"
    hand {
        pub struct Row {
            pub file: P,
            pub header: Arc<Ordinary>,
            pub pool: Option<Ordinary>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::hts_close(self.file) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = c::hts_close), check = status::non_negative, always)]
            pub(crate) file: P,
            pub header: Arc<Ordinary>,
            pub pool: Option<Ordinary>, // ordinary, so it outlives the file
        }
    }
    value |_| Row { file: p(7), header: Arc::new(Ordinary("header")), pool: Some(Ordinary("pool")) };
    shows {
        fail(true);
        assert!(derived::value(true).close().is_err());
        fail(false);
        assert_eq!(calls(), "hts_close(0x7) ~header ~pool");
    }

    row r8 8 "opencl3 `Buffer<T>`" safer "no panic in `Drop`"
    hand {
        pub struct Row<T = u8> {
            pub buffer: P,
            pub of: PhantomData<T>,
        }
        impl<T> Drop for Row<T> {
            fn drop(&mut self) {
                let status = unsafe { c::clReleaseMemObject(self.buffer) };
                assert!(status == 0, "clReleaseMemObject failed");
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<T = u8> {
            #[unmanaged(unsafe(release = c::clReleaseMemObject), check = status::zero, always)]
            pub(crate) buffer: P,
            pub of: PhantomData<T>,
        }
    }
    value |_| Row { buffer: p(8), of: PhantomData };
    shows {
        fail(true);
        let (by_hand, derived) = (seen(|| drop(hand::value(true))), seen(|| drop(derived::value(true))));
        fail(false);
        assert_eq!(by_hand, "clReleaseMemObject(0x8) PANIC");
        assert_eq!(derived, "clReleaseMemObject(0x8)");
    }

    row r9 9 "x11rb `CSlice`"
    hand {
        pub struct Row {
            pub slice: NonNull<[u8]>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::free(self.slice.as_ptr().cast()) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |slice| c::free(slice.as_ptr().cast())), always)]
            pub(crate) slice: NonNull<[u8]>,
        }
        impl Row {
            pub fn into_ptr(self) -> NonNull<[u8]> {
                let slice = self.slice;
                mem::forget(self);
                slice
            }
        }
    }
    value |_| Row { slice: NonNull::slice_from_raw_parts(NonNull::new(typed(9)).unwrap(), 3) };
    shows {
        assert_eq!(derived::value(true).into_ptr().len(), 3);
        assert_eq!(calls(), "");
    }

    row r10 10 "netcdf `OwnedString`"
    hand {
        pub struct Row {
            pub text: NonNull<i8>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::free(self.text.as_ptr().cast()) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |text| c::free(text.as_ptr().cast())), always)]
            pub(crate) text: NonNull<i8>,
        }
    }
    value |_| Row { text: NonNull::new(typed(10)).unwrap() };

    row r11 11 "glib `Boxed<T, MM>`"
    hand {
        pub struct Row<T: 'static = u8, MM: Manager<Target = T> = Strings> {
            pub inner: NonNull<T>,
            pub manager: PhantomData<*mut MM>,
        }
        impl<T: 'static, MM: Manager<Target = T>> Drop for Row<T, MM> {
            fn drop(&mut self) {
                unsafe { MM::free(self.inner.as_ptr()) };
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(clone)] // by `MM::copy`
        pub struct Row<T: 'static = u8, MM: Manager<Target = T> = Strings> {
            #[unmanaged(unsafe(release = |inner| MM::free(inner.as_ptr())), always)]
            pub(crate) inner: NonNull<T>,
            pub manager: PhantomData<*mut MM>,
        }
    }
    value |_| Row { inner: NonNull::new(typed(11)).unwrap(), manager: PhantomData };

    row r12 12 "libffi `ClosureAlloc`"
    hand {
        pub struct Row(pub NonNull<c_void>);
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::ffi_closure_free(self.0.as_ptr()) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = |closure| c::ffi_closure_free(closure.as_ptr())), always)]
            pub(crate) NonNull<c_void>,
        );
    }
    value |_| Row(NonNull::new(p(12)).unwrap());

    row r13 13 "jack `RingBuffer`" safer "a buffer that is split is freed, by its last half"
    hand {
        pub struct Row(pub P);
        impl Drop for Row {
            fn drop(&mut self) {
                if !self.0.is_null() {
                    unsafe { c::jack_ringbuffer_free(self.0) };
                }
                self.0 = ptr::null_mut();
            }
        }
        pub struct Half {
            pub buffer: P,
            other_is_gone: bool,
        }
        impl Row {
            pub fn split(mut self) -> (Half, Half) {
                let buffer = mem::replace(&mut self.0, ptr::null_mut());
                (Half { buffer, other_is_gone: false }, Half { buffer, other_is_gone: false })
            }
        }
        impl Drop for Half {
            fn drop(&mut self) {
                if self.other_is_gone {
                    drop(Row(self.buffer));
                }
                self.other_is_gone = true;
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = c::jack_ringbuffer_free))]
            pub(crate) P,
        );
        pub struct Half(pub Arc<Row>);
        impl Row {
            pub fn split(self) -> (Half, Half) {
                let buffer = Arc::new(self);
                (Half(Arc::clone(&buffer)), Half(buffer))
            }
        }
    }
    value |is_held| Row(held(is_held, 13));
    shows {
        drop(hand::value(true).split());
        assert_eq!(calls(), "");
        drop(derived::value(true).split());
        assert_eq!(calls(), "jack_ringbuffer_free(0xd)");
    }

    row r14 14 "duckdb `Config`"
    hand {
        pub struct Row {
            pub config: Option<P>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if let Some(config) = &mut self.config {
                    unsafe { c::duckdb_destroy_config(config) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |mut config| c::duckdb_destroy_config(&mut config)))]
            pub(crate) config: Option<P>,
        }
    }
    value |is_held: bool| Row { config: is_held.then(|| p(14)) };

    row r15 15 "winsafe `BSTR`"
    hand {
        pub struct Row(pub *mut u16);
        impl Drop for Row {
            fn drop(&mut self) {
                if !self.0.is_null() {
                    unsafe { c::SysFreeString(self.0) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(#[unmanaged(unsafe(release = c::SysFreeString))] pub(crate) *mut u16);
        impl Row {
            pub fn leak(mut self) -> Option<*mut u16> {
                Slot::take(&mut self.0)
            }
        }
    }
    value |is_held| Row(held(is_held, 15).cast());
    shows {
        assert_eq!(derived::value(true).leak(), Some(typed(15)));
        assert_eq!(calls(), "");
    }

    row r16 16 "winit `ObjectUrl`" safer "no panic in `Drop`"
    hand {
        pub struct Row(pub String);
        impl Drop for Row {
            fn drop(&mut self) {
                c::revoke_object_url(&self.0).expect("revoked");
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |url| c::revoke_object_url(&url.0))]
        pub struct Row(pub String);
    }
    value |_| Row("blob:1".into());

    row r17 17 "gstreamer `RecMutex`"
    hand {
        pub struct Row(pub InPlace);
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::g_rec_mutex_clear(&mut self.0) };
            }
        }
    }
    derived {
        // `GRecMutex` only points to what it clears, so a copy of it serves. A struct whose own address
        // matters is cleared in place by `before`, as row 48's.
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = |mut mutex| c::g_rec_mutex_clear(&mut mutex)), always)]
            pub(crate) InPlace,
        );
    }
    value |_| Row(InPlace { data: p(17), size: 0 });

    row r18 18 "xz2 `Stream`"
    hand {
        pub struct Row {
            pub raw: InPlace,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::lzma_end(&mut self.raw) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |mut raw| c::lzma_end(&mut raw)), always)]
            pub(crate) raw: InPlace,
        }
    }
    value |is_held| Row { raw: InPlace { data: held(is_held, 18), size: 0 } };

    row r19 19 "schannel `ContextBuffer`" safer "with a public field it does not compile"
    hand {
        pub struct Row(pub InPlace);
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::FreeContextBuffer(self.0.data) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = |buffer| c::FreeContextBuffer(buffer.data)), check = status::zero, always)]
            pub(crate) InPlace,
        );
    }
    value |_| Row(InPlace { data: p(19), size: 9 });
    shows {
        let mut row = hand::value(true);
        row.0.data = p(0xbad); // as any code may
        drop(row);
        assert_eq!(calls(), "FreeContextBuffer(0xbad)");
        // The other side is `ui-tests/fail/public`.
    }
}
