//! A TLS connection through OpenSSL's C API. It sends the peer a goodbye before anything is freed.
//!
//! ```text
//! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
//!     -keyout key.pem -out cert.pem
//! openssl s_server -accept 4433 -key key.pem -cert cert.pem -rev &
//! cargo run -q -p dispose-examples --example tls 127.0.0.1:4433 localhost cert.pem
//! ```
//!
//! Running it needs the library of OpenSSL 3. Building it does not.

use std::env;
use std::error::Error;
use std::ffi::{CString, c_char, c_int, c_long, c_ulong, c_void};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::ptr::NonNull;
use std::sync::OnceLock;

use dispose_core::{Close, status};
use libloading::Library;

/// A TLS connection. It is `Close` because it is handed out, and nothing may reach what is freed.
#[derive(Close)]
pub struct Client {
    // First declared, last released.
    #[unmanaged(release = close)]
    socket: Option<OwnedFd>,
    // SAFETY: nothing else holds this reference, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |context| free_context(self.lib, context)))]
    context: Option<NonNull<SslCtx>>,
    // SAFETY: nothing else frees it, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |ssl| free_ssl(self.lib, ssl)))]
    ssl: Option<NonNull<Ssl>>,
    // The handshake is done, so the peer is owed a goodbye. Without it, the peer cannot distinguish the end
    // of the data from an attacker's cut. It is a resource like the others, though not a pointer.
    #[unmanaged(release = |()| self.shut_down())]
    session: Option<()>,
    lib: &'static OpenSsl,
}

macro_rules! library {
    (
        $(#[$meta:meta])*
        pub struct $library:ident { $(fn $name:ident($($parameter:ty),*) $(-> $result:ty)?;)* }
    ) => {
        $(#[$meta])*
        pub struct $library { $($name: unsafe extern "C" fn($($parameter),*) $(-> $result)?,)* }

        impl $library {
            /// # Errors
            ///
            /// Returns an error if `library` lacks a function.
            ///
            /// # Safety
            ///
            /// Its functions have these types, and it is never unloaded.
            pub unsafe fn of(library: &libloading::Library) -> Result<Self, libloading::Error> {
                // SAFETY: see above.
                unsafe {
                    Ok(Self { $($name: *library.get(stringify!($name).as_bytes())?,)* })
                }
            }
        }
    };
}

pub enum SslCtx {}
pub enum Ssl {}

library! {
    /// The functions of OpenSSL 3 that this program calls.
    #[allow(non_snake_case, reason = "the names of C")]
    pub struct OpenSsl {
        fn ERR_clear_error();
        fn ERR_get_error() -> c_ulong;
        fn ERR_error_string_n(c_ulong, *mut c_char, usize);
        fn TLS_client_method() -> *const c_void;
        fn SSL_CTX_new(*const c_void) -> Option<NonNull<SslCtx>>;
        fn SSL_CTX_free(NonNull<SslCtx>);
        fn SSL_CTX_load_verify_locations(NonNull<SslCtx>, *const c_char, *const c_char) -> c_int;
        fn SSL_CTX_set_verify(NonNull<SslCtx>, c_int, *const c_void);
        fn SSL_new(NonNull<SslCtx>) -> Option<NonNull<Ssl>>;
        fn SSL_free(NonNull<Ssl>);
        fn SSL_set_fd(NonNull<Ssl>, c_int) -> c_int;
        fn SSL_set1_host(NonNull<Ssl>, *const c_char) -> c_int;
        fn SSL_ctrl(NonNull<Ssl>, c_int, c_long, *const c_void) -> c_long;
        fn SSL_connect(NonNull<Ssl>) -> c_int;
        fn SSL_read(NonNull<Ssl>, *mut c_void, c_int) -> c_int;
        fn SSL_write(NonNull<Ssl>, *const c_void, c_int) -> c_int;
        fn SSL_shutdown(NonNull<Ssl>) -> c_int;
        fn SSL_get_error(NonNull<Ssl>, c_int) -> c_int;
    }
}

const SSL_VERIFY_PEER: c_int = 1;
const SSL_CTRL_SET_TLSEXT_HOSTNAME: c_int = 55;
const TLSEXT_NAMETYPE_HOST_NAME: c_long = 0;
const SSL_ERROR_ZERO_RETURN: c_int = 6;

/// Returns OpenSSL, which the first call loads. It stays loaded, because it cannot be unloaded safely.
///
/// # Errors
///
/// Returns an error if the library is missing or lacks a function.
pub fn openssl() -> io::Result<&'static OpenSsl> {
    static LIBRARY: OnceLock<Result<(OpenSsl, Library), String>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        // SAFETY: its initialiser has no demands; the functions' types are those of its manual, and
        // what is in a static stays loaded.
        unsafe {
            Library::new("libssl.so.3").and_then(|library| Ok((OpenSsl::of(&library)?, library)))
        }
        .map_err(|error| format!("OpenSSL cannot be loaded: {error}"))
    });
    library.as_ref().map(|(functions, _)| functions).map_err(|error| io::Error::other(&**error))
}

fn close(socket: OwnedFd) -> io::Result<()> {
    println!("  close");
    // SAFETY: the descriptor was owned by `socket`, which has given it up.
    status::errno(unsafe { libc::close(socket.into_raw_fd()) })
}

/// # Safety
///
/// `context` is a reference to one, and not used again.
unsafe fn free_context(lib: &OpenSsl, context: NonNull<SslCtx>) {
    println!("  SSL_CTX_free");
    // SAFETY: see above.
    unsafe { (lib.SSL_CTX_free)(context) }
}

/// # Safety
///
/// `ssl` is not used again.
unsafe fn free_ssl(lib: &OpenSsl, ssl: NonNull<Ssl>) {
    println!("  SSL_free");
    // SAFETY: see above.
    unsafe { (lib.SSL_free)(ssl) }
}

impl Client {
    /// Connects to `address`. Its certificate must be for `name`, by an authority in the file
    /// `authorities`.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system or OpenSSL reports one. What was acquired by then is
    /// released.
    pub fn connect(
        address: impl ToSocketAddrs,
        name: &str,
        authorities: &Path,
    ) -> io::Result<Self> {
        let lib = openssl()?;
        let name = CString::new(name)?;
        let authorities = CString::new(authorities.as_os_str().as_encoded_bytes())?;

        let mut new = Self { socket: None, context: None, ssl: None, session: None, lib };
        // From here on, `?` drops `new`, which releases what it holds so far.
        let socket = OwnedFd::from(TcpStream::connect(address)?);
        let fd = socket.as_raw_fd();
        new.socket = Some(socket);

        // SAFETY: here and below, the errors of earlier calls are cleared for the sake of `failure`,
        // and all that is passed is live during the call.
        unsafe {
            (lib.ERR_clear_error)();
            let context =
                (lib.SSL_CTX_new)((lib.TLS_client_method)()).ok_or_else(|| lib.failure())?;
            new.context = Some(context);
            (lib.SSL_CTX_set_verify)(context, SSL_VERIFY_PEER, std::ptr::null());
            let (file, no_folder) = (authorities.as_ptr(), std::ptr::null());
            lib.one((lib.SSL_CTX_load_verify_locations)(context, file, no_folder).into())?;

            let ssl = (lib.SSL_new)(context).ok_or_else(|| lib.failure())?;
            new.ssl = Some(ssl);
            lib.one((lib.SSL_set_fd)(ssl, fd).into())?; // borrows it: closing it is left to us
            lib.one((lib.SSL_set1_host)(ssl, name.as_ptr()).into())?;
            let (set_name, kind) = (SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_HOST_NAME);
            lib.one((lib.SSL_ctrl)(ssl, set_name, kind, name.as_ptr().cast()))?;

            let connected = (lib.SSL_connect)(ssl);
            new.outcome(connected)?;
        }
        new.session = Some(());
        Ok(new)
    }

    /// Sends the goodbye when the session is released, which is before `ssl` is. It does not wait for the
    /// peer's own goodbye, which would need a limit of time.
    fn shut_down(&mut self) -> io::Result<()> {
        println!("  SSL_shutdown");
        let Some(ssl) = self.ssl else { return Ok(()) };
        // SAFETY: it is live. (A peer that has gone is an error and no signal, because Rust programs
        // ignore SIGPIPE.)
        let status = unsafe {
            (self.lib.ERR_clear_error)();
            (self.lib.SSL_shutdown)(ssl)
        };
        // 0: sent, and the peer's has not come yet.
        if status < 0 { self.outcome(status).map(drop) } else { Ok(()) }
    }

    /// Returns the result of a call that returned `status`: a number of bytes, or 0 at the end of the
    /// peer's data.
    fn outcome(&mut self, status: c_int) -> io::Result<usize> {
        if let Ok(len @ 1..) = usize::try_from(status) {
            return Ok(len);
        }
        let os = io::Error::last_os_error(); // before anything else sets it
        // SAFETY: it is live.
        let error = self.ssl.map(|ssl| unsafe { (self.lib.SSL_get_error)(ssl, status) });
        if error == Some(SSL_ERROR_ZERO_RETURN) {
            return Ok(0);
        }
        // The session has failed, and OpenSSL forbids a goodbye in it. So none is left to release.
        self.session = None;
        Err(self.lib.take_error().unwrap_or(os))
    }

    fn transfer(&mut self, call: impl FnOnce(NonNull<Ssl>) -> c_int) -> io::Result<usize> {
        // After a failure the session cannot be used.
        let ssl = self.session.and(self.ssl).ok_or(io::ErrorKind::NotConnected)?;
        // SAFETY: may be called at any time.
        unsafe { (self.lib.ERR_clear_error)() };
        let status = call(ssl);
        self.outcome(status)
    }
}

impl Read for Client {
    /// Returns 0 after the peer's goodbye. A connection that ends without one is an error.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
        let lib = self.lib;
        // SAFETY: `ssl` is live, and there is room for `len` bytes.
        self.transfer(|ssl| unsafe { (lib.SSL_read)(ssl, buffer.as_mut_ptr().cast(), len) })
    }
}

impl Write for Client {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let len = c_int::try_from(data.len()).unwrap_or(c_int::MAX);
        let lib = self.lib;
        // SAFETY: `ssl` is live, and there are `len` bytes.
        self.transfer(|ssl| unsafe { (lib.SSL_write)(ssl, data.as_ptr().cast(), len) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The socket, to wait on.
impl AsRawFd for Client {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }
}

impl OpenSsl {
    /// Returns the first error of this thread since they were cleared.
    fn take_error(&self) -> Option<io::Error> {
        let mut text = [0_u8; 256];
        // SAFETY: OpenSSL ends what it writes with a null, and writes no more than that.
        unsafe {
            let code = (self.ERR_get_error)();
            if code == 0 {
                return None;
            }
            (self.ERR_error_string_n)(code, text.as_mut_ptr().cast(), text.len());
        }
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        Some(io::Error::other(String::from_utf8_lossy(text)))
    }

    fn failure(&self) -> io::Error {
        self.take_error().unwrap_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    fn one(&self, status: c_long) -> io::Result<()> {
        if status == 1 { Ok(()) } else { Err(self.failure()) }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let [address, name, authorities] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: tls <host:port> <name> <authorities.pem>")?;
    let authorities = PathBuf::from(authorities);

    println!("by close():");
    let mut client = Client::connect(&address, &name, &authorities)?;
    client.write_all(b"hello\n")?;
    let mut reply = [0; 64];
    let len = client.read(&mut reply)?;
    println!("  reply: {}", String::from_utf8_lossy(&reply[..len]).trim_end());
    client.close()?;

    println!("\nby a drop:");
    drop(Client::connect(&address, &name, &authorities)?);

    println!("\na handshake that fails, so no goodbye is sent:");
    match Client::connect(&address, "another.name", &authorities) {
        Ok(_) => Err("a certificate for another name was accepted")?,
        Err(error) => println!("  error: {error}"),
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tls: {error}");
            ExitCode::FAILURE
        }
    }
}
