//! Handles of Win32's different conventions, against the real functions.

#![cfg(windows)]

use std::cell::Cell;
use std::ffi::c_void;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::IntoRawSocket;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};
use std::{env, fs, process};

use dispose_core::{Close, Closing, Dispose, DisposeError, SafeHandle, Shared, status};
use windows_sys::Win32::Foundation::{
    CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, ERROR_DIR_NOT_EMPTY, ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE, ERROR_SHARING_VIOLATION, GENERIC_READ, GENERIC_WRITE, HANDLE, HLOCAL,
    INVALID_HANDLE_VALUE, LocalFree, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::Networking::WinSock::{INVALID_SOCKET, SOCKET, closesocket};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE, FILE_FLAG_DELETE_ON_CLOSE,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FindClose, FindFirstFileW, FindNextFileW,
    OPEN_EXISTING, RemoveDirectoryW, WIN32_FIND_DATAW,
};
use windows_sys::Win32::System::Memory::{LMEM_ZEROINIT, LPTR, LocalAlloc};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_CURRENT_USER, KEY_READ, RegCloseKey, RegOpenKeyExW,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, EVENT_ALL_ACCESS, GetCurrentProcess, OpenEventW, ResetEvent, SetEvent,
    WaitForSingleObject,
};

fn wide(text: impl AsRef<Path>) -> Vec<u16> {
    let text = text.as_ref().to_str().expect("a name in Unicode");
    text.encode_utf16().chain([0]).collect()
}

/// A folder of one test's own, removed with all that is in it.
#[derive(Dispose)]
struct Folder(#[unmanaged(release = fs::remove_dir_all)] Option<PathBuf>);

impl Folder {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("dispose-{test}-{}", process::id()));
        fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(Some(path))
    }
    fn file(&self, name: &str) -> PathBuf {
        self.0.as_ref().expect("live until it is dropped").join(name)
    }
}

/// What the operating system said.
fn os_error(error: &DisposeError) -> Option<u32> {
    let code = error.downcast_ref::<io::Error>()?.raw_os_error()?;
    u32::try_from(code).ok()
}

fn last_error() -> Option<u32> {
    io::Error::last_os_error().raw_os_error()?.try_into().ok()
}

thread_local!(static CLOSED: Cell<usize> = const { Cell::new(0) });

/// `CloseHandle`, counted: it succeeds on the invalid value, which names the process itself.
///
/// # Safety
///
/// As of `CloseHandle`.
unsafe fn close_counted(handle: HANDLE) -> i32 {
    CLOSED.set(CLOSED.get() + 1);
    // SAFETY: as the caller promised.
    unsafe { CloseHandle(handle) }
}

/// Opens for one user at a time; the invalid value if that fails.
fn open_file(path: &Path, disposition: u32) -> HANDLE {
    let path = wide(path);
    let access = GENERIC_READ | GENERIC_WRITE;
    // SAFETY: the path ends in a zero; the optional pointers are null.
    unsafe { CreateFileW(path.as_ptr(), access, 0, ptr::null(), disposition, 0, ptr::null_mut()) }
}

#[derive(Dispose)]
struct FileInPlace {
    // SAFETY: nothing else closes it.
    #[unmanaged(
        unsafe(release = close_counted),
        check = status::nonzero,
        invalid = [INVALID_HANDLE_VALUE, ptr::null_mut()]
    )]
    handle: HANDLE,
}

#[derive(Close, SafeHandle)]
struct File {
    // SAFETY: nothing else closes it.
    #[unmanaged(
        unsafe(release = close_counted),
        check = status::nonzero,
        invalid = [INVALID_HANDLE_VALUE, ptr::null_mut()]
    )]
    handle: HANDLE,
}

#[test]
fn a_file_is_closed_in_place() {
    let folder = Folder::new("in-place");
    let path = folder.file("data");
    let mut file = FileInPlace { handle: open_file(&path, CREATE_NEW) };
    assert!(!file.is_disposed(), "{}", io::Error::last_os_error());
    let second = FileInPlace { handle: open_file(&path, OPEN_EXISTING) };
    assert_eq!(last_error(), Some(ERROR_SHARING_VIOLATION));
    assert!(second.is_disposed(), "the invalid value holds nothing");

    file.dispose().unwrap();
    assert_eq!(file.handle, INVALID_HANDLE_VALUE);
    let third = FileInPlace { handle: open_file(&path, OPEN_EXISTING) };
    assert!(!third.is_disposed(), "the file was still open");
    drop(third);
    drop(FileInPlace { handle: open_file(&path, OPEN_EXISTING) });
    file.dispose().unwrap();
    assert_eq!(CLOSED.get(), 3);
}

#[test]
fn a_file_is_closed_by_value() {
    let folder = Folder::new("by-value");
    let path = folder.file("data");
    let open = |disposition| {
        // SAFETY: the handle was opened for this owner alone.
        unsafe { File::from_raw(open_file(&path, disposition)) }
    };
    let file = open(CREATE_NEW);
    assert!(!file.is_invalid(), "{}", io::Error::last_os_error());
    assert!(open(OPEN_EXISTING).is_invalid(), "one user at a time");
    file.close().unwrap();

    // Out of the owner and into another.
    let raw = open(OPEN_EXISTING).into_raw();
    assert!(open(OPEN_EXISTING).is_invalid(), "`into_raw` does not close");
    // SAFETY: the first owner gave it up.
    drop(unsafe { File::from_raw(raw) });
    open(OPEN_EXISTING).close().unwrap();
    assert_eq!(CLOSED.get(), 3);
}

#[test]
fn what_is_no_handle_is_not_closed() {
    for handle in [INVALID_HANDLE_VALUE, ptr::null_mut()] {
        FileInPlace { handle }.dispose().unwrap();
        File { handle }.close().unwrap();
        drop(FileInPlace { handle });
        drop(File { handle });
    }
    assert_eq!(CLOSED.get(), 0);
}

#[derive(Dispose)]
struct Search {
    // SAFETY: nothing else ends it; `advance` asks whether it is live.
    #[unmanaged(
        unsafe(release = FindClose),
        check = status::nonzero,
        invalid = INVALID_HANDLE_VALUE
    )]
    handle: HANDLE,
    found: WIN32_FIND_DATAW,
}

impl Search {
    fn new(pattern: &Path) -> Self {
        let pattern = wide(pattern);
        let mut found = WIN32_FIND_DATAW::default();
        // SAFETY: the pattern ends in a zero, and `found` is written to.
        let handle = unsafe { FindFirstFileW(pattern.as_ptr(), &raw mut found) };
        Self { handle, found }
    }
    fn name(&self) -> String {
        let name = self.found.cFileName;
        String::from_utf16_lossy(name.split(|unit| *unit == 0).next().unwrap_or(&name))
    }
    fn advance(&mut self) -> bool {
        // SAFETY: the handle is a search's, and `found` is written to.
        !self.is_disposed() && unsafe { FindNextFileW(self.handle, &raw mut self.found) } != 0
    }
}

/// The same without a value that means "no search".
#[derive(Close)]
// SAFETY: nothing else ends it.
struct Started(#[unmanaged(unsafe(release = FindClose), check = status::nonzero, always)] HANDLE);

#[test]
fn a_search_is_ended_by_its_own_function() {
    let folder = Folder::new("search");
    for name in ["one.txt", "two.txt"] {
        fs::write(folder.file(name), name).unwrap();
    }
    let mut search = Search::new(&folder.file("*.txt"));
    let mut names = vec![search.name()];
    while search.advance() {
        names.push(search.name());
    }
    names.sort();
    assert_eq!(names, ["one.txt", "two.txt"]);
    search.dispose().unwrap();
    assert!(search.is_disposed() && !search.advance());

    Started(Search::new(&folder.file("*")).hand_out()).close().unwrap();
}

impl Search {
    fn hand_out(mut self) -> HANDLE {
        std::mem::replace(&mut self.handle, INVALID_HANDLE_VALUE)
    }
}

#[test]
fn a_search_that_found_nothing_is_not_ended() {
    let folder = Folder::new("nothing");
    let mut search = Search::new(&folder.file("*.txt"));
    assert_eq!(last_error(), Some(ERROR_FILE_NOT_FOUND));
    search.dispose().unwrap();

    let error = Started(search.hand_out()).close().unwrap_err();
    assert_eq!(os_error(&error), Some(ERROR_INVALID_HANDLE), "{error}");
    assert_eq!(error.first().path(), "0");
}

/// `LocalFree` returns null if it succeeds, else the handle.
fn freed(left: HLOCAL) -> io::Result<()> {
    if left.is_null() { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[derive(Dispose)]
struct Memory {
    // SAFETY: nothing else frees it, or has a pointer into it.
    #[unmanaged(unsafe(release = LocalFree), check = freed)]
    block: HLOCAL,
}

#[derive(Close)]
struct Block {
    // SAFETY: nothing else frees it, or has a pointer into it.
    #[unmanaged(unsafe(release = |block| LocalFree(block.as_ptr())), check = freed, always)]
    block: NonNull<c_void>,
}

fn allocate() -> HLOCAL {
    // SAFETY: allocates, or returns null.
    unsafe { LocalAlloc(LPTR | LMEM_ZEROINIT, 64) }
}

#[test]
fn local_memory_is_freed_with_its_inverted_result() {
    let mut memory = Memory { block: allocate() };
    assert!(!memory.is_disposed(), "{}", io::Error::last_os_error());
    memory.dispose().unwrap();
    assert!(memory.block.is_null());
    memory.dispose().unwrap();

    let block = NonNull::new(allocate()).expect("64 bytes");
    assert_eq!(size_of::<Block>(), size_of::<HLOCAL>());
    Block { block }.close().unwrap();
}

#[derive(Dispose)]
struct Key {
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = RegCloseKey), check = status::os_code)]
    key: HKEY,
}

#[derive(Close)]
struct OpenKey {
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = RegCloseKey), check = status::os_code, always)]
    key: HKEY,
}

fn open_key() -> HKEY {
    let mut key = ptr::null_mut();
    let name = wide("Software");
    // SAFETY: the name ends in a zero, and `key` is written to.
    let result =
        unsafe { RegOpenKeyExW(HKEY_CURRENT_USER, name.as_ptr(), 0, KEY_READ, &raw mut key) };
    assert_eq!(result, 0, "the key cannot be opened");
    key
}

#[test]
fn a_registry_key_reports_its_error_as_the_result() {
    let mut key = Key { key: open_key() };
    assert!(!key.is_disposed());
    key.dispose().unwrap();
    assert!(key.key.is_null());
    OpenKey { key: open_key() }.close().unwrap();

    // Null is no key; this owner does not know.
    let error = OpenKey { key: ptr::null_mut() }.close().unwrap_err();
    assert_eq!(os_error(&error), Some(ERROR_INVALID_HANDLE), "{error}");
    // The other does.
    Key { key: ptr::null_mut() }.close().unwrap();
}

#[derive(Dispose)]
struct SocketInPlace {
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = closesocket), check = status::errno, invalid = INVALID_SOCKET)]
    socket: SOCKET,
}

#[derive(Close, SafeHandle)]
struct Socket(
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = closesocket), check = status::errno, invalid = INVALID_SOCKET)]
    SOCKET,
);

/// A connection: one end as Winsock's, the other as std's.
fn connect() -> io::Result<(SOCKET, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let peer = TcpStream::connect(listener.local_addr()?)?;
    let (end, _) = listener.accept()?;
    Ok((end.into_raw_socket().try_into().map_err(io::Error::other)?, peer))
}

#[test]
fn a_socket_is_closed_and_its_peer_sees_the_end() {
    let (socket, mut peer) = connect().unwrap();
    let mut owner = SocketInPlace { socket };
    owner.dispose().unwrap();
    assert_eq!(owner.socket, INVALID_SOCKET);
    owner.dispose().unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the end of the stream");

    let (socket, mut peer) = connect().unwrap();
    // SAFETY: the socket is this owner's alone.
    let owner = unsafe { Socket::from_raw(socket) };
    peer.set_nonblocking(true).unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock, "still open");
    peer.set_nonblocking(false).unwrap();
    owner.close().unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the end of the stream");
}

#[derive(Dispose, SafeHandle)]
struct Event {
    // SAFETY: nothing else closes it.
    #[unmanaged(unsafe(release = CloseHandle), check = status::nonzero)]
    handle: HANDLE,
}

impl Event {
    fn new(name: &str) -> Self {
        let name = wide(name);
        // SAFETY: the name ends in a zero; the handle is this owner's.
        unsafe { Self::from_raw(CreateEventW(ptr::null(), 1, 0, name.as_ptr())) }
    }
    /// A second handle of the same event.
    fn share(&self) -> Self {
        let mut copy = ptr::null_mut();
        let handle = self.as_raw().expect("a live event");
        // SAFETY: the handle is live, and `copy` is written to.
        let ok = unsafe {
            let process = GetCurrentProcess();
            DuplicateHandle(process, handle, process, &raw mut copy, 0, 0, DUPLICATE_SAME_ACCESS)
        };
        assert_ne!(ok, 0, "{}", io::Error::last_os_error());
        // SAFETY: the copy is this owner's.
        unsafe { Self::from_raw(copy) }
    }
    fn set(&self) -> bool {
        // SAFETY: the handle is an event's, as long as it is live.
        self.as_raw().is_ok_and(|handle| unsafe { SetEvent(handle) } != 0)
    }
    fn reset(&self) -> bool {
        // SAFETY: the handle is an event's, as long as it is live.
        self.as_raw().is_ok_and(|handle| unsafe { ResetEvent(handle) } != 0)
    }
    fn wait(&self) -> Option<u32> {
        // SAFETY: the handle is an event's, as long as it is live.
        self.as_raw().ok().map(|handle| unsafe { WaitForSingleObject(handle, 0) })
    }
}

/// An event lives, by its name, as long as a handle of it.
fn exists(name: &str) -> bool {
    let name = wide(name);
    // SAFETY: the name ends in a zero; the handle is the owner's.
    let event = unsafe { Event::from_raw(OpenEventW(EVENT_ALL_ACCESS, 0, name.as_ptr())) };
    !event.is_invalid()
}

#[test]
fn closing_one_of_two_handles_leaves_the_other_usable() {
    let name = format!("dispose-two-{}", process::id());
    let mut first = Event::new(&name);
    let second = first.share();
    assert_ne!(first.as_raw(), second.as_raw());
    assert_eq!(second.wait(), Some(WAIT_TIMEOUT));
    assert!(first.set());
    assert_eq!(second.wait(), Some(WAIT_OBJECT_0), "they are one event");

    first.dispose().unwrap();
    assert_eq!(first.wait(), None, "disposed");
    assert!(second.reset());
    assert_eq!(second.wait(), Some(WAIT_TIMEOUT));
    assert!(second.set());
    assert_eq!(second.wait(), Some(WAIT_OBJECT_0));
    assert!(exists(&name));

    second.close().unwrap();
    assert!(!exists(&name));
    assert_eq!(last_error(), Some(ERROR_FILE_NOT_FOUND));
}

#[test]
fn a_leased_event_is_closed_by_the_last_lease() {
    let name = format!("dispose-lease-{}", process::id());
    let event = Shared::new(Event::new(&name));
    let lease = event.lease().unwrap();
    assert_eq!(event.dispose().unwrap(), Closing::Deferred);
    assert!(event.lease().is_err());
    assert!(lease.set());
    assert_eq!(lease.wait(), Some(WAIT_OBJECT_0));
    assert!(exists(&name));
    drop(lease);
    assert!(!exists(&name));
}

/// A folder can be removed only after the file in it, which goes with its last handle.
#[derive(Dispose)]
struct FolderThenFile {
    // SAFETY: the path ends in a zero.
    #[unmanaged(unsafe(release = |path| RemoveDirectoryW(path.as_ptr())), check = status::nonzero)]
    folder: Option<Vec<u16>>,
    // SAFETY: nothing else closes it.
    #[unmanaged(
        unsafe(release = CloseHandle),
        check = status::nonzero,
        invalid = [INVALID_HANDLE_VALUE, ptr::null_mut()]
    )]
    file: HANDLE,
}

/// The other way round, so the folder is removed too early.
#[derive(Close)]
struct FileThenFolder {
    // SAFETY: nothing else closes it.
    #[unmanaged(
        unsafe(release = CloseHandle),
        check = status::nonzero,
        invalid = [INVALID_HANDLE_VALUE, ptr::null_mut()]
    )]
    file: HANDLE,
    // SAFETY: the path ends in a zero.
    #[unmanaged(unsafe(release = |path| RemoveDirectoryW(path.as_ptr())), check = status::nonzero)]
    folder: Option<Vec<u16>>,
}

fn folder_with_file(parent: &Folder) -> (Vec<u16>, HANDLE) {
    let folder = wide(parent.file("folder"));
    let path = wide(parent.file("folder").join("file"));
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    // SAFETY: the paths end in a zero; the optional pointers are null.
    let file = unsafe {
        assert_ne!(CreateDirectoryW(folder.as_ptr(), ptr::null()), 0);
        CreateFileW(
            path.as_ptr(),
            GENERIC_WRITE | DELETE,
            share,
            ptr::null(),
            CREATE_NEW,
            FILE_FLAG_DELETE_ON_CLOSE,
            ptr::null_mut(),
        )
    };
    assert_ne!(file, INVALID_HANDLE_VALUE, "{}", io::Error::last_os_error());
    (folder, file)
}

#[test]
fn what_is_declared_last_is_released_first() {
    let parent = Folder::new("order");
    let (folder, file) = folder_with_file(&parent);
    FolderThenFile { folder: Some(folder), file }.dispose().unwrap();
    assert!(!parent.file("folder").exists());

    let (folder, file) = folder_with_file(&parent);
    let error = FileThenFolder { file, folder: Some(folder) }.close().unwrap_err();
    assert_eq!(error.len(), 1, "the file is closed all the same: {error}");
    assert_eq!(error.first().path(), "folder");
    assert_eq!(os_error(&error), Some(ERROR_DIR_NOT_EMPTY), "{error}");
    assert!(parent.file("folder").exists());
    assert!(!parent.file("folder").join("file").exists());
}
