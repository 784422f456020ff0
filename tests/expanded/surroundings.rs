// == Close all_variants
fn close<T>(_: T) {}
// == Dispose,AsyncDispose awaited
async fn close(_: i32, _: usize) -> io::Result<()> {
    Ok(())
}
async fn goodbye(_: i32) {}
fn free(_: *mut u8) -> i32 {
    0
}
mod sys {
    pub(super) async unsafe fn shut(_: i32) -> i32 {
        0
    }
}
#[derive(Dispose, AsyncDispose)]
struct Session(#[unmanaged(release = drop)] Option<i32>);
#[derive(Dispose)]
struct Log(#[unmanaged(release = drop)] Option<i32>);
impl Client {
    fn flush(&mut self) {}
}
// == Close by_value
type RawFd = i32;
fn close(_: RawFd) {}
unsafe fn munmap(_: NonNull<c_void>, _: usize) -> i32 {
    0
}
#[derive(Close)]
pub struct Socket(#[unmanaged(release = drop)] Option<i32>);
// == Dispose,AsyncDispose closure_that_moves
struct Stream;
struct Socket;
struct Cache;
struct Pool;
impl Pool {
    async fn give_back(&mut self, _: Stream) {}
}
impl Cache {
    async fn flush_to(self, _: &str) {}
}
async fn leave(_: Socket) {}
// == Dispose closures
fn close<T>(_: T) -> io::Result<()> {
    Ok(())
}
fn close_last() {}
fn fd(status: io::Result<()>) -> io::Result<()> {
    status
}
fn other(status: io::Result<()>) -> io::Result<()> {
    status
}
fn none() -> i32 {
    -1
}
macro_rules! close {
    ($fd:expr) => {
        $fd
    };
}
mod sys {
    pub(super) unsafe fn close(_: i32) -> i32 {
        0
    }
}
pub struct Socket;
impl Socket {
    fn shut(self, _: &i32, _: i32, _: i32) {}
}
// == Dispose closures_in_variants
fn close<T>(_: i32, _: T) {}
fn free(_: usize) {}
// == Dispose every_field_attribute
type Handle = i32;
const INVALID: i32 = -1;
fn close(_: i32) -> io::Result<()> {
    Ok(())
}
unsafe fn munmap(_: *mut c_void, _: usize) -> i32 {
    0
}
mod sys {
    pub(super) unsafe fn free<T>(_: *mut T) {}
    pub(super) fn close(_: i32) -> std::io::Result<()> {
        Ok(())
    }
}
#[derive(Dispose)]
struct Session(#[unmanaged(release = drop)] Option<i32>);
impl Everything {
    fn check(&self, code: io::Result<()>) -> io::Result<()> {
        code
    }
}
// == Dispose every_type_attribute
mod my {
    pub(super) use dispose_core as runtime;
}
struct State;
fn close(_: i32) {}
impl Log {
    fn flush(&mut self) {}
}
// == Dispose generics
trait Free {}
trait Manager {
    type Target;
    fn free(_: NonNull<Self::Target>) {}
}
struct Malloc;
impl Manager for Malloc {
    type Target = u8;
}
#[derive(Dispose)]
struct Part<T>(#[unmanaged(release = drop)] Option<T>);
// == Dispose refused
type Handle = i32;
fn close(_: Handle) -> io::Result<()> {
    Ok(())
}
fn abort(_: Handle) -> io::Result<()> {
    Ok(())
}
unsafe fn ctx_term(_: *mut c_void) -> i32 {
    0
}
unsafe fn nc_close(_: i32) -> i32 {
    0
}
unsafe fn nc_abort(_: i32) -> i32 {
    0
}
fn is_interrupted(_: &io::Error) -> bool {
    true
}
mod log {
    macro_rules! warning {
        ($($arguments:tt)*) => { drop(format_args!($($arguments)*)) };
    }
    pub(super) use warning as warn;
}
impl Refused {
    fn alive(&self, _: &io::Error) -> bool {
        true
    }
}
// == Close refused_by_value
unsafe fn ctx_term(_: NonNull<c_void>) -> i32 {
    0
}
unsafe fn ctx_kill(_: NonNull<c_void>) -> i32 {
    0
}
// == Close scope_guard
struct Lock;
impl Lock {
    fn unlock(&self) {}
}
// == Dispose,AsyncDispose two_awaited
pub struct Stream;
impl Stream {
    async fn goodbye(self) {}
    fn reset(self) {}
}
pub struct Cache;
impl Cache {
    async fn flush(self) {}
}
// == Dispose two_resources
pub struct sqlite3;
type RawFd = i32;
unsafe fn sqlite3_close(_: *mut sqlite3) -> i32 {
    0
}
fn close_log(_: RawFd) -> io::Result<()> {
    Ok(())
}
// == Dispose variants
unsafe fn munmap(_: *mut c_void, _: usize) -> i32 {
    0
}
fn close(_: i32, _: &mut String) -> io::Result<()> {
    Ok(())
}
#[derive(Dispose)]
struct Session(#[unmanaged(release = drop)] Option<i32>);
// == Close variants_by_value
unsafe fn munmap(_: NonNull<c_void>, _: usize) -> i32 {
    0
}
// == Close own_close
fn close(_: u32) -> io::Result<()> {
    Ok(())
}
// == Dispose own_close_of_several
use dispose_core::DisposeError;
struct MyError;
impl From<DisposeError> for MyError {
    fn from(_: DisposeError) -> Self {
        Self
    }
}
fn close(_: i32) {}
// == Dispose retained
unsafe fn free(_: *mut c_void) {}
unsafe fn up_ref(_: *mut c_void) -> c_int {
    1
}
// == Close retained_by_value
fn close(_: i32) {}
fn duplicate(fd: i32) -> io::Result<i32> {
    Ok(fd)
}
// == Close moved_out
use std::mem::ManuallyDrop;
#[derive(Close)]
pub struct Socket(#[unmanaged(release = drop, always)] i32);
pub struct Stream;
pub struct Timer;
impl Socket {
    fn finish(&self, _: Stream) {}
    fn cancel(&self, _: Timer) {}
}
impl Session {
    fn flush(&mut self) {}
}
type RawFd = i32;
fn close_log(_: RawFd) {}
// == Close,SafeHandle safe_handle
use dispose_core::SafeHandle;
pub struct Library;
mod sys {
    pub struct Font;
}
unsafe fn font_free(_: NonNull<sys::Font>) {}
// == Dispose,SafeHandle lent
use dispose_core::SafeHandle;
use std::os::fd::RawFd;
unsafe fn close(_: RawFd) -> i32 {
    0
}
