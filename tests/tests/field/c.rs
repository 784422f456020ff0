//! The libraries: each function records its call, and returns what the real one does.

use std::ffi::c_void;
use std::ptr;

use crate::row::{call, failing};

pub type P = *mut c_void;

/// A handle by its number.
pub fn p(number: usize) -> P {
    ptr::without_provenance_mut(number)
}

/// [`p`], or null.
pub fn held(held: bool, number: usize) -> P {
    if held { p(number) } else { ptr::null_mut() }
}

/// A pointer of another type.
pub fn typed<T>(number: usize) -> *mut T {
    p(number).cast()
}

/// A status of `Pa_StopStream` that is not a failure.
pub const PA_STREAM_IS_STOPPED: i32 = -9983;

macro_rules! c {
    ($(fn $name:ident($($argument:ident: $ty:ty),*) $(-> $returned:ty = $ok:expr, $bad:expr)?;)*) => {
        $(pub unsafe fn $name($($argument: $ty),*) $(-> $returned)? {
            let arguments: Vec<String> = vec![$(format!("{:?}", $argument)),*];
            call(format!("{}({})", stringify!($name), arguments.join(",")));
            $(if failing() { $bad } else { $ok })?
        })*
    };
}

c! {
    fn snd_device_name_free_hint(hints: *mut P) -> i32 = 0, -2;
    fn CloseHandle(handle: P) -> i32 = 1, 0;
    fn CSLDestroy(list: *mut *mut i8);
    fn cuLinkDestroy(link: P) -> u32 = 0, 201;
    fn cuArrayDestroy(array: P) -> u32 = 0, 201;
    fn hts_close(file: P) -> i32 = 0, -1;
    fn clReleaseMemObject(object: P) -> i32 = 0, -38;
    fn free(memory: P);
    fn ffi_closure_free(closure: P);
    fn jack_ringbuffer_free(buffer: P);
    fn SysFreeString(string: *mut u16);
    fn SDL_UnlockAudioDevice(device: u32);
    fn close(fd: i32) -> i32 = 0, -1;
    fn eglDestroySurface(display: P, surface: P) -> u32 = 1, 0;
    fn munmap(address: P, len: usize) -> i32 = 0, -1;
    fn TF_NewStatus() -> P = p(0x57), p(0x57);
    fn TF_DeleteSession(session: P, status: P);
    fn TF_GetCode(status: P) -> u32 = 0, 13;
    fn TF_DeleteStatus(status: P);
    fn HeapFree(heap: P, flags: u32, memory: P) -> i32 = 1, 0;
    fn RegCloseKey(key: P) -> i32 = 0, 6;
    fn TTF_CloseFont(font: P);
    fn vkDestroy(device: u64, handle: u64);
    fn vkDestroyKHR(device: u64, handle: u64);
    fn pa_context_unref(context: P);
    fn Pa_StopStream(stream: P) -> i32 = 0, -9983;
    fn Pa_CloseStream(stream: P) -> i32 = 0, -9988;
    fn archive_read_close(archive: P) -> i32 = 0, -30;
    fn archive_read_free(archive: P) -> i32 = 0, -30;
    fn SSL_free(ssl: P);
    fn BIO_meth_free(method: P);
    fn AudioHardwareDestroyAggregateDevice(device: u32) -> i32 = 0, 560_227_702;
    fn AudioHardwareDestroyProcessTap(tap: u32) -> i32 = 0, 560_227_702;
    fn glDeleteSync(sync: P);
    fn make_current(context: u32);
    fn set_blocking(session: P, blocking: bool);
    fn sftp_shutdown(sftp: P) -> i32 = 0, -37;
    fn heif_deinit();
    fn libusb_release_interface(device: P, interface: u8) -> i32 = 0, -4;
    fn libusb_close(device: P);
    fn event_to_pool(handle: u64);
    fn SSLGetConnection(context: P) -> i32 = 0, -50;
    fn rd_kafka_unset_callback(client: P);
    fn rd_kafka_consumer_close_queue(client: P) -> i32 = 0, -197;
    fn rd_kafka_poll(client: P);
    fn Py_DECREF(object: P);
    fn decref_later(object: P);
    fn SQLDisconnect(connection: P) -> i32 = 0, -1;
    fn SQLRollback(connection: P);
    fn btf__free(btf: P);
    fn bpf_object__close(object: P);
}

/// Interrupted the first time, then refused or done.
pub unsafe fn zmq_ctx_term(context: P, interrupted: &mut bool) -> Result<(), ZmqError> {
    call(format!("zmq_ctx_term({context:?})"));
    if std::mem::replace(interrupted, false) {
        return Err(ZmqError::Interrupted);
    }
    if failing() { Err(ZmqError::Fault) } else { Ok(()) }
}

#[derive(Debug, PartialEq)]
pub enum ZmqError {
    Interrupted,
    Fault,
}

impl std::fmt::Display for ZmqError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for ZmqError {}

/// Writes null.
pub unsafe fn duckdb_destroy_config(config: &mut P) {
    call(format!("duckdb_destroy_config({config:?})"));
    *config = ptr::null_mut();
}

pub unsafe fn gss_release_cred(minor: &mut u32, credential: &mut P) -> u32 {
    call(format!("gss_release_cred({credential:?})"));
    *credential = ptr::null_mut();
    *minor = u32::from(failing());
    *minor << 16
}

pub fn revoke_object_url(url: &str) -> Result<(), std::io::Error> {
    call(format!("revoke_object_url({url})"));
    if failing() { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(()) }
}

/// A C struct that lives in the Rust one.
#[derive(Debug, Clone, Copy)]
pub struct InPlace {
    pub data: P,
    pub size: usize,
}

pub unsafe fn g_rec_mutex_clear(mutex: &mut InPlace) {
    call(format!("g_rec_mutex_clear({:?})", mutex.data));
}

pub unsafe fn lzma_end(stream: &mut InPlace) {
    call(format!("lzma_end({:?})", stream.data));
}

pub unsafe fn FreeContextBuffer(buffer: P) -> i32 {
    call(format!("FreeContextBuffer({buffer:?})"));
    if failing() { -1 } else { 0 }
}

pub unsafe fn av_packet_unref(packet: &mut InPlace) {
    call(format!("av_packet_unref({:?},{})", packet.data, packet.size));
}

pub unsafe fn MPI_Info_free(info: &mut P) -> i32 {
    call(format!("MPI_Info_free({info:?})"));
    i32::from(failing())
}

pub unsafe fn MPI_Comm_free(communicator: &mut P) -> i32 {
    call(format!("MPI_Comm_free({communicator:?})"));
    i32::from(failing())
}

/// Functions that only query.
pub unsafe fn TTF_WasInit() -> i32 {
    i32::from(!failing())
}

pub unsafe fn MPI_Finalized() -> bool {
    false
}
