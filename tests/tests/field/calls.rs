//! The callee is not a path, has further arguments, or is called on a condition.

use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use dispose_core::{Close, Dispose, status};

use crate::c::{self, P, held, p};
use crate::row::{Ordinary, call, calls, fail, lent, same_size};

pub struct AudioDevice<CB> {
    pub id: u32,
    pub callback: CB,
}

/// `libgit2`'s credential, which knows how it is freed.
pub struct GitCred {
    free: Option<unsafe fn(*mut GitCred)>,
}

/// On the heap, as `free` knows.
fn git_cred(held: bool) -> *mut GitCred {
    unsafe fn free(cred: *mut GitCred) {
        call("cred_free".into());
        drop(unsafe { Box::from_raw(cred) });
    }
    if held { Box::into_raw(Box::new(GitCred { free: Some(free) })) } else { ptr::null_mut() }
}

/// A loaded table of functions.
#[derive(Clone, Copy)]
pub struct Egl {
    pub destroy_surface: unsafe fn(P, P) -> u32,
}

pub struct Display {
    pub egl: Egl,
    pub raw: P,
}

pub trait Connection {
    fn discard_reply(&self, number: u64);
}

pub struct Xcb;

impl Connection for Xcb {
    fn discard_reply(&self, number: u64) {
        call(format!("discard_reply({number})"));
    }
}

pub trait Runtime {
    unsafe fn drop_context(&self, context: NonNull<u8>);
}

pub struct Js(pub Ordinary);

impl Runtime for Js {
    unsafe fn drop_context(&self, context: NonNull<u8>) {
        call(format!("drop_context({context:?})"));
    }
}

/// The two statuses of GSSAPI.
#[derive(Debug)]
pub struct GssError {
    pub major: u32,
    pub minor: u32,
}

impl std::fmt::Display for GssError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "major {:#x}, minor {}", self.major, self.minor)
    }
}

impl std::error::Error for GssError {}

pub const HKEY_CLASSES_ROOT: usize = 0x8000_0000;

static HEAP: usize = 0x4ea9;

pub struct Device {
    pub raw: u64,
    pub version: u32,
}

rows! {
    row r20 20 "sdl2 `AudioDeviceLockGuard<'a, CB>`"
    hand {
        pub struct Row<'a, CB = ()>
        where
            CB: 'a,
        {
            pub device: &'a mut AudioDevice<CB>,
            pub not_send: PhantomData<*mut ()>,
        }
        impl<'a, CB> Drop for Row<'a, CB>
        where
            CB: 'a,
        {
            fn drop(&mut self) {
                unsafe { c::SDL_UnlockAudioDevice(self.device.id) };
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |guard| unsafe { c::SDL_UnlockAudioDevice(guard.device.id) })]
        pub struct Row<'a, CB = ()>
        where
            CB: 'a,
        {
            pub device: &'a mut AudioDevice<CB>,
            pub not_send: PhantomData<*mut ()>,
        }
    }
    type Row<'static>;
    value |_| Row { device: lent(AudioDevice { id: 20, callback: () }), not_send: PhantomData };

    row r21 21 "nix `FanotifyEvent`" safer "no panic in `Drop`"
    hand {
        pub struct Row(pub (u64, i32));
        impl Drop for Row {
            fn drop(&mut self) {
                if self.0.1 == -1 {
                    return;
                }
                let status = unsafe { c::close(self.0.1) };
                assert!(std::thread::panicking() || status == 0, "EBADF");
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(
                unsafe(release = |event| if event.1 == -1 { 0 } else { c::close(event.1) }),
                check = status::errno,
                always
            )]
            pub(crate) (u64, i32),
        );
    }
    value |held: bool| Row((0, if held { 21 } else { -1 }));

    row r22 22 "git2 `Cred`"
    hand {
        pub struct Row {
            pub raw: *mut GitCred,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if self.raw.is_null() {
                    return;
                }
                if let Some(free) = unsafe { (*self.raw).free } {
                    unsafe { free(self.raw) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |raw| if let Some(free) = (*raw).free { free(raw) }))]
            pub(crate) raw: *mut GitCred,
        }
    }
    value |held| Row { raw: git_cred(held) };

    row r23 23 "glutin `Surface<T>`"
    hand {
        pub struct Row<T = ()> {
            pub display: Arc<Display>,
            pub raw: P,
            pub native: Option<Ordinary>,
            pub of: PhantomData<T>,
        }
        impl<T> Drop for Row<T> {
            fn drop(&mut self) {
                unsafe { (self.display.egl.destroy_surface)(self.display.raw, self.raw) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<T = ()> {
            pub display: Arc<Display>,
            #[unmanaged(
                unsafe(release = |raw| (self.display.egl.destroy_surface)(self.display.raw, raw)),
                check = status::one,
                always
            )]
            pub(crate) raw: P,
            pub native: Option<Ordinary>,
            pub of: PhantomData<T>,
        }
    }
    value |_| Row {
        display: Arc::new(Display { egl: Egl { destroy_surface: c::eglDestroySurface }, raw: p(0xd) }),
        raw: p(23),
        native: Some(Ordinary("window")),
        of: PhantomData,
    };

    row r24 24 "x11rb `VoidCookie<'a, C>`"
    hand {
        pub struct Row<'a, C: Connection + ?Sized = Xcb> {
            pub connection: &'a C,
            pub number: u64,
        }
        impl<C: Connection + ?Sized> Drop for Row<'_, C> {
            fn drop(&mut self) {
                self.connection.discard_reply(self.number);
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |cookie| cookie.connection.discard_reply(cookie.number))]
        pub struct Row<'a, C: Connection + ?Sized = Xcb> {
            pub connection: &'a C,
            pub number: u64,
        }
    }
    type Row<'static>;
    value |_| Row { connection: &Xcb, number: 24 };

    row r25 25 "rquickjs-core `ContextOwner<R>`"
    hand {
        pub struct Row<R: Runtime = Js> {
            pub context: NonNull<u8>,
            pub runtime: R,
        }
        impl<R: Runtime> Drop for Row<R> {
            fn drop(&mut self) {
                unsafe { self.runtime.drop_context(self.context) };
            }
        }
    }
    derived {
        // Under the feature, a `Shared` decides who is the last one, not a count that is read.
        #[derive(Close)]
        pub struct Row<R: Runtime = Js> {
            #[unmanaged(unsafe(release = |context| self.runtime.drop_context(context)), always)]
            pub(crate) context: NonNull<u8>,
            pub runtime: R,
        }
    }
    value |_| Row { context: NonNull::new(p(25).cast()).unwrap(), runtime: Js(Ordinary("runtime")) };

    row r26 26 "alsa `DriverMemory<S>`"
    hand {
        pub struct Row<S = i16> {
            pub address: *mut S,
            pub size: usize,
        }
        impl<S> Drop for Row<S> {
            fn drop(&mut self) {
                unsafe { c::munmap(self.address.cast(), self.size) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<S = i16> {
            #[unmanaged(
                unsafe(release = |address| c::munmap(address.cast(), self.size)),
                check = status::errno,
                always
            )]
            pub(crate) address: *mut S,
            pub size: usize,
        }
    }
    value |_| Row { address: p(26).cast(), size: 4096 };

    row r27 27 "tensorflow `Session`" safer "the status is read"
    hand {
        pub struct Row {
            pub session: P,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe {
                    let status = c::TF_NewStatus();
                    c::TF_DeleteSession(self.session, status);
                    c::TF_DeleteStatus(status);
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(always, check = status::zero, unsafe(release = |session| {
                let status = c::TF_NewStatus();
                c::TF_DeleteSession(session, status);
                let code = c::TF_GetCode(status);
                c::TF_DeleteStatus(status);
                code
            }))]
            pub(crate) session: P,
        }
    }
    value |_| Row { session: p(27) };
    shows {
        fail(true);
        let error = derived::value(true).close().unwrap_err();
        fail(false);
        assert_eq!(error.to_string(), "failed to dispose `Row`: session: status 13");
        assert_eq!(
            calls(),
            "TF_NewStatus() TF_DeleteSession(0x1b,0x57) TF_GetCode(0x57) TF_DeleteStatus(0x57)"
        );
    }

    row r28 28 "libgssapi `CredInner`" safer "both statuses are kept"
    hand {
        pub struct Row(pub P);
        impl Drop for Row {
            fn drop(&mut self) {
                if !self.0.is_null() {
                    let mut minor = 0;
                    unsafe { c::gss_release_cred(&mut minor, &mut self.0) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = |mut credential| {
                let mut minor = 0;
                let major = c::gss_release_cred(&mut minor, &mut credential);
                if major == 0 { Ok(()) } else { Err(GssError { major, minor }) }
            }))]
            pub(crate) P,
        );
    }
    value |is_held| Row(held(is_held, 28));
    shows {
        fail(true);
        let error = derived::value(true).close().unwrap_err().downcast::<GssError>();
        fail(false);
        assert!(matches!(error, Ok(GssError { major: 0x10000, minor: 1 })));
        assert_eq!(calls(), "gss_release_cred(0x1c)");
    }

    row r29 29 "winsafe `HeapFreeGuard<'a>`"
    hand {
        pub struct Row<'a> {
            pub memory: P,
            pub size: usize,
            pub heap: &'a usize,
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                if *self.heap != 0 && !self.memory.is_null() {
                    unsafe { c::HeapFree(p(*self.heap), 0, self.memory) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<'a> {
            #[unmanaged(
                unsafe(release = |memory| if *self.heap == 0 { 1 } else { c::HeapFree(p(*self.heap), 0, memory) }),
                check = status::nonzero
            )]
            pub(crate) memory: P,
            pub size: usize,
            pub heap: &'a usize,
        }
    }
    type Row<'static>;
    value |is_held| Row { memory: held(is_held, 29), size: 64, heap: &HEAP };

    row r30 30 "winreg `RegKey`"
    hand {
        pub struct Row {
            pub key: P,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if self.key.addr() < HKEY_CLASSES_ROOT {
                    unsafe { c::RegCloseKey(self.key) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(
                unsafe(release = |key| if key.addr() < HKEY_CLASSES_ROOT { c::RegCloseKey(key) } else { 0 }),
                check = status::os_code,
                always
            )]
            pub(crate) key: P,
        }
    }
    value |is_own: bool| Row { key: p(if is_own { 30 } else { HKEY_CLASSES_ROOT + 2 }) };

    row r31 31 "sdl2 `Font`"
    hand {
        pub struct Row<'a> {
            pub raw: P,
            pub stream: Option<Ordinary>,
            pub of: PhantomData<&'a ()>,
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                if unsafe { c::TTF_WasInit() } == 1 {
                    unsafe { c::TTF_CloseFont(self.raw) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<'a> {
            #[unmanaged(unsafe(release = |font| if c::TTF_WasInit() == 1 { c::TTF_CloseFont(font) }), always)]
            pub(crate) raw: P,
            pub stream: Option<Ordinary>,
            pub of: PhantomData<&'a ()>,
        }
    }
    type Row<'static>;
    value |_| Row { raw: p(31), stream: Some(Ordinary("stream")), of: PhantomData };

    row r32 32 "vulkano `SamplerYcbcrConversion`"
    hand {
        pub struct Row {
            pub handle: u64,
            pub device: Arc<Device>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                let destroy = if self.device.version >= 11 { c::vkDestroy } else { c::vkDestroyKHR };
                unsafe { destroy(self.device.raw, self.handle) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(always, unsafe(release = |handle| {
                let destroy = if self.device.version >= 11 { c::vkDestroy } else { c::vkDestroyKHR };
                destroy(self.device.raw, handle)
            }))]
            pub(crate) handle: u64,
            pub device: Arc<Device>,
        }
    }
    value |is_new: bool| Row {
        handle: 32,
        device: Arc::new(Device { raw: 0xd, version: if is_new { 13 } else { 10 } }),
    };

    row r33 33 "libpulse-binding `Context`"
    hand {
        pub struct Row {
            pub raw: P,
            pub weak: bool,
            pub callbacks: Box<Ordinary>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if !self.weak {
                    unsafe { c::pa_context_unref(self.raw) };
                }
                self.raw = ptr::null_mut();
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub struct Row {
            #[unmanaged(unsafe(release = |raw| if !self.weak { c::pa_context_unref(raw) }))]
            pub(crate) raw: P,
            pub weak: bool,
            pub callbacks: Box<Ordinary>,
        }
    }
    value |is_owner: bool| Row { raw: p(33), weak: !is_owner, callbacks: Box::new(Ordinary("callbacks")) };
}
