//! Steps before and after, several fields, inside a guard, no handle field.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::rc::{Rc, Weak};

use dispose_core::{Close, Dispose, status};

use crate::c::{self, InPlace, P, held, p};
use crate::row::{Ordinary, call, calls, fail, same_size};

pub trait KafkaDrop: Sized {
    const DROP: unsafe fn(*mut Self);
}

pub struct Topic;

impl KafkaDrop for Topic {
    const DROP: unsafe fn(*mut Self) = |topic| call(format!("topic_destroy({topic:?})"));
}

fn trace(text: &str) {
    call(text.into());
}

pub struct Ssl(P);
impl Drop for Ssl {
    fn drop(&mut self) {
        unsafe { c::SSL_free(self.0) };
    }
}

pub struct BioMethod(P);
impl Drop for BioMethod {
    fn drop(&mut self) {
        unsafe { c::BIO_meth_free(self.0) };
    }
}

/// A device that has an id.
pub struct AudioDevice {
    pub id: u32,
}

/// A context that is made current for a call.
pub struct Gl;

impl Gl {
    fn with_current<R>(&self, body: impl FnOnce() -> R) -> R {
        unsafe { c::make_current(41) };
        body()
    }
}

/// A session that is locked for a call.
pub struct Session {
    pub raw: P,
    pub blocking: Cell<bool>,
}

/// Recorded when it is unlocked.
pub struct Locked<'a>(&'a Session);

impl Session {
    fn lock(&self) -> Locked<'_> {
        call("lock".into());
        Locked(self)
    }
}

impl Locked<'_> {
    fn blocking<R>(&self, body: impl FnOnce() -> R) -> R {
        let before = self.0.blocking.replace(true);
        unsafe { c::set_blocking(self.0.raw, true) };
        let result = body();
        self.0.blocking.set(before);
        unsafe { c::set_blocking(self.0.raw, before) };
        result
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        call("unlock".into());
    }
}

pub struct Sftp {
    pub raw: P,
    pub session: Rc<Session>,
}

pub struct Bus;

impl Bus {
    fn unset_sync_handler(&self) {
        call("unset_sync_handler".into());
    }
}

thread_local!(static BUS: Rc<Bus> = Rc::new(Bus));

fn bus(is_there: bool) -> Weak<Bus> {
    if is_there { BUS.with(Rc::downgrade) } else { Weak::new() }
}

rows! {
    row r34 34 "portaudio `Stream<M, F>`" safer "its public `close` does not close twice"
    hand {
        pub struct Row<M = (), F = ()> {
            pub stream: P,
            pub of: PhantomData<(M, F)>,
            pub library: Ordinary,
        }
        impl<M, F> Row<M, F> {
            pub fn close(&mut self) -> i32 {
                unsafe {
                    c::Pa_StopStream(self.stream);
                    c::Pa_CloseStream(self.stream)
                }
            }
        }
        impl<M, F> Drop for Row<M, F> {
            fn drop(&mut self) {
                self.close();
            }
        }
    }
    derived {
        #[derive(Dispose)]
        #[dispose(before = |this| match unsafe { c::Pa_StopStream(this.stream) } {
            c::PA_STREAM_IS_STOPPED => Ok(()),
            lost => status::zero(lost),
        })]
        pub struct Row<M = (), F = ()> {
            #[unmanaged(unsafe(release = c::Pa_CloseStream), check = status::non_negative)]
            pub(crate) stream: P,
            pub of: PhantomData<(M, F)>,
            pub library: Ordinary,
        }
    }
    value |_| Row { stream: p(34), of: PhantomData, library: Ordinary("library") };
    shows {
        let mut row = hand::value(true);
        row.close();
        drop(row);
        let twice = "Pa_StopStream(0x22) Pa_CloseStream(0x22) ";
        assert_eq!(calls(), format!("{twice}{twice}~library"));
        let mut row = derived::value(true);
        row.dispose().unwrap();
        drop(row);
        assert_eq!(calls(), format!("{twice}~library"));
    }

    row r35 35 "rdkafka `NativePtr<T>`"
    hand {
        pub struct Row<T = Topic>
        where
            T: KafkaDrop,
        {
            pub raw: NonNull<T>,
        }
        impl<T> Drop for Row<T>
        where
            T: KafkaDrop,
        {
            fn drop(&mut self) {
                trace("destroying");
                unsafe { T::DROP(self.raw.as_ptr()) };
                trace("destroyed");
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<T = Topic>
        where
            T: KafkaDrop,
        {
            #[unmanaged(always, unsafe(release = |raw| {
                trace("destroying");
                T::DROP(raw.as_ptr());
                trace("destroyed");
            }))]
            pub(crate) raw: NonNull<T>,
        }
    }
    value |_| Row { raw: NonNull::new(p(35).cast()).unwrap() };

    row r36 36 "ffmpeg-next `Borrow<'a>`"
    hand {
        pub struct Row<'a> {
            pub packet: InPlace,
            pub data: &'a [u8],
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                self.packet = InPlace { data: ptr::null_mut(), size: 0 };
                unsafe { c::av_packet_unref(&mut self.packet) };
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<'a> {
            // Its data is borrowed, so only what hangs on it is released.
            #[unmanaged(
                unsafe(release = |mut packet| {
                    packet.data = ptr::null_mut();
                    packet.size = 0;
                    c::av_packet_unref(&mut packet);
                }),
                always,
            )]
            pub(crate) packet: InPlace,
            pub data: &'a [u8],
        }
    }
    type Row<'static>;
    value |_| Row { packet: InPlace { data: p(36), size: 3 }, data: &[1, 2, 3] };

    row r37 37 "compress-tools `ArchiveIterator<R>`" safer "a failed close does not skip the free"
    hand {
        pub struct Row<R = Ordinary> {
            pub archive: P,
            pub entry: P,
            pub closed: bool,
            pub reader: Box<R>,
        }
        impl<R> Row<R> {
            fn free(&mut self) -> Result<(), i32> {
                if self.closed {
                    return Ok(());
                }
                self.closed = true;
                unsafe {
                    match (c::archive_read_close(self.archive), ()) {
                        (0, ()) => {}
                        (code, ()) => return Err(code),
                    }
                    match c::archive_read_free(self.archive) {
                        0 => Ok(()),
                        code => Err(code),
                    }
                }
            }
        }
        impl<R> Drop for Row<R> {
            fn drop(&mut self) {
                let _ = self.free();
            }
        }
    }
    derived {
        #[derive(Dispose)]
        pub struct Row<R = Ordinary> {
            #[unmanaged(unsafe(release = |archive| {
                let closed = status::non_negative(c::archive_read_close(archive));
                status::non_negative(c::archive_read_free(archive)).and(closed)
            }))]
            pub(crate) archive: P,
            #[dispose(skip)] // the archive's
            pub entry: P,
            pub closed: bool,
            pub reader: Box<R>,
        }
    }
    value |_| Row { archive: p(37), entry: p(1), closed: false, reader: Box::new(Ordinary("reader")) };
    shows {
        fail(true);
        drop(hand::value(true));
        assert_eq!(calls(), "archive_read_close(0x25) ~reader");
        drop(derived::value(true));
        fail(false);
        assert_eq!(calls(), "archive_read_close(0x25) archive_read_free(0x25) ~reader");
    }

    row r38 38 "openssl `SslStream<S>`"
    hand {
        pub struct Row<S = ()> {
            pub ssl: ManuallyDrop<Ssl>,
            pub method: ManuallyDrop<BioMethod>,
            pub of: PhantomData<S>,
        }
        impl<S> Drop for Row<S> {
            fn drop(&mut self) {
                unsafe {
                    ManuallyDrop::drop(&mut self.ssl);
                    ManuallyDrop::drop(&mut self.method);
                }
            }
        }
        fn row() -> Row {
            Row {
                ssl: ManuallyDrop::new(Ssl(p(38))),
                method: ManuallyDrop::new(BioMethod(p(39))),
                of: PhantomData,
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<S = ()> {
            #[unmanaged(release = drop, unsafe(always))]
            method: ManuallyDrop<BioMethod>,
            #[unmanaged(release = drop, unsafe(always))]
            ssl: ManuallyDrop<Ssl>,
            of: PhantomData<S>,
        }
        fn row() -> Row {
            Row {
                ssl: ManuallyDrop::new(Ssl(p(38))),
                method: ManuallyDrop::new(BioMethod(p(39))),
                of: PhantomData,
            }
        }
    }
    value |_| row();

    row r39 39 "cpal `LoopbackDevice`" safer "with public fields it does not compile"
    hand {
        pub struct Row {
            pub tap: u32,
            pub device: AudioDevice,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe {
                    c::AudioHardwareDestroyAggregateDevice(self.device.id);
                    c::AudioHardwareDestroyProcessTap(self.tap);
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| unsafe {
            status::zero(c::AudioHardwareDestroyAggregateDevice(this.device.id))
        })]
        pub struct Row {
            #[unmanaged(unsafe(release = c::AudioHardwareDestroyProcessTap), check = status::zero, always)]
            pub(crate) tap: u32,
            pub(crate) device: AudioDevice,
        }
    }
    value |_| Row { tap: 39, device: AudioDevice { id: 3 } };
    shows {
        fail(true);
        let error = derived::value(true).close().unwrap_err();
        fail(false);
        assert_eq!(error.len(), 2);
        assert_eq!(calls(), "AudioHardwareDestroyAggregateDevice(3) AudioHardwareDestroyProcessTap(39)");
    }

    row r40 40 "hdf5 `MpioDriver`" safer "with public fields it does not compile"
    hand {
        pub struct Row {
            pub comm: P,
            pub info: P,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if !unsafe { c::MPI_Finalized() } {
                    unsafe {
                        c::MPI_Info_free(&mut self.info);
                        c::MPI_Comm_free(&mut self.comm);
                    }
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(
                unsafe(release = |mut comm| if c::MPI_Finalized() { 0 } else { c::MPI_Comm_free(&mut comm) }),
                check = status::zero,
                always
            )]
            pub(crate) comm: P,
            #[unmanaged(
                unsafe(release = |mut info| if c::MPI_Finalized() { 0 } else { c::MPI_Info_free(&mut info) }),
                check = status::zero,
                always
            )]
            pub(crate) info: P,
        }
    }
    value |_| Row { comm: p(40), info: p(41) };
    shows {
        fail(true);
        assert_eq!(derived::value(true).close().unwrap_err().len(), 2);
        fail(false);
        assert_eq!(calls(), "MPI_Info_free(0x29) MPI_Comm_free(0x28)");
    }

    row r41 41 "glium `SyncFence`"
    hand {
        pub struct Row {
            pub context: Rc<Gl>,
            pub id: Option<NonNull<u8>>,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if let Some(id) = self.id.take() {
                    self.context.with_current(|| unsafe { c::glDeleteSync(id.as_ptr().cast()) });
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            pub context: Rc<Gl>,
            #[unmanaged(unsafe(release = |id| {
                self.context.with_current(|| c::glDeleteSync(id.as_ptr().cast()))
            }))]
            pub(crate) id: Option<NonNull<u8>>,
        }
    }
    value |is_held| Row { context: Rc::new(Gl), id: NonNull::new(held(is_held, 41).cast()) };

    row r42 42 "ssh2 `SftpInnerDropWrapper`"
    hand {
        pub struct Row(pub Option<Sftp>);
        impl Drop for Row {
            fn drop(&mut self) {
                if let Some(sftp) = self.0.take() {
                    let session = sftp.session.lock();
                    let _ = session.blocking(|| unsafe { c::sftp_shutdown(sftp.raw) });
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(
                unsafe(release = |sftp| {
                    let session = sftp.session.lock();
                    session.blocking(|| c::sftp_shutdown(sftp.raw))
                }),
                check = status::non_negative
            )]
            pub(crate) Option<Sftp>,
        );
    }
    value |held: bool| Row(held.then(|| Sftp {
        raw: p(42),
        session: Rc::new(Session { raw: p(5), blocking: Cell::new(false) }),
    }));

    row r43 43 "gstreamer `BusStream`"
    hand {
        pub struct Row {
            pub bus: Weak<Bus>,
            pub receiver: Ordinary,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if let Some(bus) = self.bus.upgrade() {
                    bus.unset_sync_handler();
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| if let Some(bus) = this.bus.upgrade() {
            bus.unset_sync_handler();
        })]
        pub struct Row {
            pub bus: Weak<Bus>,
            pub receiver: Ordinary,
        }
    }
    value |is_there| Row { bus: bus(is_there), receiver: Ordinary("receiver") };

    row r46 46 "libheif-rs `LibHeif`"
    hand {
        pub struct Row(pub ());
        impl Drop for Row {
            fn drop(&mut self) {
                unsafe { c::heif_deinit() };
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |_| unsafe { c::heif_deinit() })]
        pub struct Row(pub ());
    }
    value |_| Row(());
}
