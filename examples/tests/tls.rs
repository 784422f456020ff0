//! The guarantees of `examples/tls.rs`, against a server that is OpenSSL too.
#![cfg(target_os = "linux")]

use std::ffi::{CString, c_char, c_int, c_ulong, c_void};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, fs, mem, process, thread};

use dispose_core::Close;
use dispose_examples::skipped;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[macro_use]
#[path = "../examples/tls.rs"]
mod tls;

mod support;

use support::{alone, descriptors, is_missing, with_descriptors};
use tls::{Client, Ssl, SslCtx};

library! {
    /// The functions that the server calls.
    #[allow(non_snake_case, reason = "the names of C")]
    pub struct ServerSsl {
        fn ERR_clear_error();
        fn ERR_get_error() -> c_ulong;
        fn ERR_error_string_n(c_ulong, *mut c_char, usize);
        fn TLS_server_method() -> *const c_void;
        fn SSL_CTX_new(*const c_void) -> Option<NonNull<SslCtx>>;
        fn SSL_CTX_free(NonNull<SslCtx>);
        fn SSL_CTX_use_certificate_file(NonNull<SslCtx>, *const c_char, c_int) -> c_int;
        fn SSL_CTX_use_PrivateKey_file(NonNull<SslCtx>, *const c_char, c_int) -> c_int;
        fn SSL_new(NonNull<SslCtx>) -> Option<NonNull<Ssl>>;
        fn SSL_free(NonNull<Ssl>);
        fn SSL_set_fd(NonNull<Ssl>, c_int) -> c_int;
        fn SSL_accept(NonNull<Ssl>) -> c_int;
        fn SSL_read(NonNull<Ssl>, *mut c_void, c_int) -> c_int;
        fn SSL_write(NonNull<Ssl>, *const c_void, c_int) -> c_int;
        fn SSL_get_error(NonNull<Ssl>, c_int) -> c_int;
    }
}

const SSL_FILETYPE_PEM: c_int = 1;
const SSL_ERROR_ZERO_RETURN: c_int = 6;

fn server_ssl() -> &'static ServerSsl {
    static LIBRARY: OnceLock<(ServerSsl, libloading::Library)> = OnceLock::new();
    // SAFETY: as of the example's own library.
    let open = || unsafe {
        let library = libloading::Library::new("libssl.so.3").unwrap();
        (ServerSsl::of(&library).unwrap(), library)
    };
    &LIBRARY.get_or_init(open).0
}

/// The server's view of a connection.
#[derive(Debug, PartialEq)]
enum Seen {
    /// The client's data, its goodbye, and then the end of the socket.
    Goodbye(Vec<u8>),
    /// A goodbye, after which the socket stayed open.
    Open(String),
    /// The end of the socket without a goodbye.
    Cut(String),
    /// No handshake.
    Refused(String),
}

/// A server with a certificate of its own for `localhost`, in a folder that goes with it.
struct Server {
    listener: TcpListener,
    folder: PathBuf,
}

impl Server {
    /// Starts one. Returns `None` if the test cannot run here.
    fn new(test: &str) -> Option<Self> {
        if let Err(error) = tls::openssl() {
            skipped(test, &error.to_string());
            return None;
        }
        let folder = env::temp_dir().join(format!("dispose-tls-{}-{test}", process::id()));
        fs::create_dir(&folder).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self { listener, folder };
        if let Err(error) = server.certificate("server", "localhost") {
            assert!(is_missing(&error), "{error}");
            skipped(test, "the program openssl is not installed");
            return None;
        }
        Some(server)
    }

    /// Makes a key and its certificate for `name`, in files called `file`.
    fn certificate(&self, file: &str, name: &str) -> io::Result<PathBuf> {
        let path = self.folder.join(file);
        let output = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-subj", &format!("/CN={name}"), "-keyout"])
            .arg(path.with_extension("key"))
            .arg("-out")
            .arg(path.with_extension("pem"))
            .stdin(Stdio::null())
            .output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(path.with_extension("pem"))
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    fn authorities(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    fn connect(&self) -> io::Result<Client> {
        Client::connect(self.address(), "localhost", &self.authorities())
    }

    /// Serves one connection, which gets back what it sends, while `client` runs.
    fn serve<R>(&self, client: impl FnOnce() -> R) -> (R, Seen) {
        thread::scope(|scope| {
            let seen = scope.spawn(|| self.serve_one(None));
            (client(), seen.join().unwrap())
        })
    }

    fn serve_one(&self, received: Option<&Sender<()>>) -> Seen {
        let (mut socket, _) = self.listener.accept().unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let ssl = Served::new(self, socket.as_raw_fd());
        let accepted = ssl.call(|lib, ssl| {
            // SAFETY: `ssl` is live.
            unsafe { (lib.SSL_accept)(ssl) }
        });
        if let Err(refused) = accepted {
            return Seen::Refused(refused);
        }
        let mut sent = Vec::new();
        loop {
            let mut buffer = [0; 64];
            let read = ssl.call(|lib, ssl| {
                // SAFETY: there is room for 64 bytes.
                unsafe { (lib.SSL_read)(ssl, buffer.as_mut_ptr().cast(), 64) }
            });
            let len = match read {
                Err(error) => return Seen::Cut(error),
                Ok(0) => break,
                Ok(len) => len,
            };
            sent.extend(&buffer[..usize::try_from(len).unwrap()]);
            let written = ssl.call(|lib, ssl| {
                // SAFETY: `len` bytes are there.
                unsafe { (lib.SSL_write)(ssl, buffer.as_ptr().cast(), len) }
            });
            if let Err(error) = written {
                return Seen::Cut(error);
            }
            if let Some(received) = received {
                received.send(()).unwrap();
            }
        }
        // Only the close of the socket ends this read: a reset is one with something left unread.
        match socket.read(&mut [0; 64]) {
            Ok(0) => Seen::Goodbye(sent),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Seen::Goodbye(sent),
            other => Seen::Open(format!("{other:?}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The server's end of a connection.
#[derive(Close)]
struct Served {
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = |context| (server_ssl().SSL_CTX_free)(context)), always)]
    context: NonNull<SslCtx>,
    // SAFETY: nothing else frees it.
    #[unmanaged(unsafe(release = |ssl| (server_ssl().SSL_free)(ssl)), always)]
    ssl: NonNull<Ssl>,
}

impl Served {
    fn new(server: &Server, socket: RawFd) -> Self {
        let lib = server_ssl();
        let [certificate, key] = ["pem", "key"].map(|extension| {
            let path = server.authorities().with_extension(extension);
            CString::new(path.into_os_string().into_encoded_bytes()).unwrap()
        });
        let (certificate, key, pem) = (certificate.as_ptr(), key.as_ptr(), SSL_FILETYPE_PEM);
        // SAFETY: all that is passed is live during the call.
        unsafe {
            let context = (lib.SSL_CTX_new)((lib.TLS_server_method)()).unwrap();
            assert_eq!((lib.SSL_CTX_use_certificate_file)(context, certificate, pem), 1);
            assert_eq!((lib.SSL_CTX_use_PrivateKey_file)(context, key, pem), 1);
            let ssl = (lib.SSL_new)(context).unwrap();
            assert_eq!((lib.SSL_set_fd)(ssl, socket), 1);
            Self { context, ssl }
        }
    }

    /// Returns what `call` returns. 0 is a goodbye.
    fn call(&self, call: impl FnOnce(&ServerSsl, NonNull<Ssl>) -> c_int) -> Result<c_int, String> {
        let lib = server_ssl();
        // SAFETY: may be called at any time.
        unsafe { (lib.ERR_clear_error)() };
        let status = call(lib, self.ssl);
        if status > 0 {
            return Ok(status);
        }
        let os = io::Error::last_os_error();
        let mut text = [0_u8; 256];
        // SAFETY: `ssl` is live, and there is room for the text.
        unsafe {
            if (lib.SSL_get_error)(self.ssl, status) == SSL_ERROR_ZERO_RETURN {
                return Ok(0);
            }
            let code = (lib.ERR_get_error)();
            if code == 0 {
                return Err(os.to_string());
            }
            (lib.ERR_error_string_n)(code, text.as_mut_ptr().cast(), text.len());
        }
        Err(String::from_utf8_lossy(text.split(|&byte| byte == 0).next().unwrap()).into_owned())
    }
}

/// Sends something and waits for it to come back.
fn talk(client: &mut Client) {
    client.write_all(b"ping").unwrap();
    let mut reply = [0; 4];
    client.read_exact(&mut reply).unwrap();
    assert_eq!(&reply, b"ping");
}

fn is_cut(seen: &Seen) -> bool {
    matches!(seen, Seen::Cut(error) if error.contains("unexpected eof while reading"))
}

#[test]
fn close_and_drop_say_goodbye_to_the_server() {
    let _alone = alone();
    let Some(server) = Server::new("close_and_drop_say_goodbye_to_the_server") else {
        return;
    };
    let before = descriptors();
    for close in [true, false] {
        let ((), seen) = server.serve(|| {
            let mut client = server.connect().unwrap();
            talk(&mut client);
            if close {
                client.close().unwrap();
            } else {
                drop(client);
            }
        });
        assert_eq!(seen, Seen::Goodbye(b"ping".to_vec()));
        assert_eq!(descriptors(), before);
    }
}

#[test]
fn a_connection_that_is_leaked_is_cut() {
    let _alone = alone();
    let Some(server) = Server::new("a_connection_that_is_leaked_is_cut") else { return };
    let ((), seen) = server.serve(|| {
        let mut client = server.connect().unwrap();
        talk(&mut client);
        let socket = client.as_raw_fd();
        mem::forget(client);
        // SAFETY: nothing uses or closes it any more.
        assert_eq!(unsafe { libc::close(socket) }, 0);
    });
    assert!(is_cut(&seen), "{seen:?}");
}

/// The arguments of a test's child process: the server's address, and its authorities.
const CHILD: &str = "DISPOSE_EXAMPLES_TLS";

/// This test once more, as a process that does what it does for a child.
fn child(server: &Server, test: &str) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]);
    child.env(CHILD, format!("{} {}", server.address(), server.authorities().display()));
    child
}

/// In such a child, its arguments.
fn as_child() -> Option<(SocketAddr, PathBuf)> {
    let arguments = env::var(CHILD).ok()?;
    let (address, authorities) = arguments.split_once(' ').unwrap();
    Some((address.parse().unwrap(), authorities.into()))
}

#[test]
fn a_process_that_is_killed_says_no_goodbye() {
    const TEST: &str = "a_process_that_is_killed_says_no_goodbye";
    if let Some((address, authorities)) = as_child() {
        let mut client = Client::connect(address, "localhost", &authorities).unwrap();
        client.write_all(b"ping").unwrap();
        loop {
            thread::park();
        }
    }
    let _alone = alone();
    let Some(server) = Server::new(TEST) else { return };
    let (sender, received) = mpsc::channel();
    let seen = thread::scope(|scope| {
        let seen = scope.spawn(|| {
            let sender = sender; // gone with this thread, which would end the wait
            server.serve_one(Some(&sender))
        });
        let mut child = child(&server, TEST).stdout(Stdio::null()).spawn().unwrap();
        received.recv().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        seen.join().unwrap()
    });
    assert!(matches!(seen, Seen::Cut(_)), "{seen:?}");
}

#[test]
fn a_peer_that_has_gone_is_an_error_of_the_release_and_the_rest_is_released() {
    let _alone = alone();
    let test = "a_peer_that_has_gone_is_an_error_of_the_release_and_the_rest_is_released";
    let Some(server) = Server::new(test) else { return };
    let before = descriptors();
    let (client, _) = server.serve(|| {
        let mut client = server.connect().unwrap();
        talk(&mut client);
        // SAFETY: reaches no memory. From here on, what is sent fails.
        let shut = unsafe { libc::shutdown(client.as_raw_fd(), libc::SHUT_WR) };
        assert_eq!(shut, 0);
        client
    });
    let error = client.close().unwrap_err();
    assert_eq!(error.to_string(), "failed to dispose `Client`: session: Broken pipe (os error 32)");
    assert_eq!(descriptors(), before);
}

#[test]
fn in_a_session_that_has_failed_no_goodbye_is_said() {
    let _alone = alone();
    let Some(server) = Server::new("in_a_session_that_has_failed_no_goodbye_is_said") else {
        return;
    };
    let before = descriptors();
    let (sender, gone) = mpsc::channel();
    let (mut client, _) = server.serve(|| {
        let mut client = server.connect().unwrap();
        talk(&mut client);
        // Bytes that are not TLS make the server give up: its alert, then its close.
        let socket = client.as_raw_fd();
        let bytes = [0xff_u8; 64];
        // SAFETY: as many bytes are there.
        let sent = unsafe { libc::send(socket, bytes.as_ptr().cast(), bytes.len(), 0) };
        assert_eq!(sent, 64);
        sender.send(()).unwrap();
        client
    });
    gone.recv().unwrap();
    let error = client.read(&mut [0; 64]).unwrap_err();
    assert!(!error.to_string().is_empty());
    assert_eq!(client.read(&mut [0; 64]).unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(client.write(b"ping").unwrap_err().kind(), ErrorKind::NotConnected);
    client.close().unwrap(); // a goodbye would be an error
    assert_eq!(descriptors(), before);
}

#[test]
fn a_client_that_fails_half_way_leaves_nothing_behind() {
    let _alone = alone();
    let Some(server) = Server::new("a_client_that_fails_half_way_leaves_nothing_behind") else {
        return;
    };
    let (address, good) = (server.address(), server.authorities());
    let stranger = server.certificate("stranger", "localhost").unwrap();
    // From here on, OpenSSL has what it never frees.
    server.serve(|| server.connect().unwrap().close().unwrap());
    let before = descriptors();
    let failure = |result: io::Result<Client>| {
        let error = result.err().unwrap().to_string();
        assert_eq!(descriptors(), before, "{error}");
        error
    };

    // No socket to be had.
    let result = with_descriptors(0, || server.connect());
    assert_eq!(failure(result), "Too many open files (os error 24)");

    // No server listens.
    let unused = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let error = failure(Client::connect(unused, "localhost", &good));
    assert_eq!(error, "Connection refused (os error 111)");

    // A socket, and a context that cannot read its authorities: no descriptor, no file, no certificate.
    let cut = |seen| {
        assert!(
            matches!(&seen, Seen::Refused(error) if error.contains("unexpected eof")),
            "{seen:?}"
        );
    };
    let result = with_descriptors(1, || server.connect());
    assert_eq!(failure(result), "error:80000018:system library::Too many open files");
    cut(server.serve_one(None));
    let missing = good.with_extension("missing");
    let (result, seen) = server.serve(|| Client::connect(address, "localhost", &missing));
    assert_eq!(failure(result), "error:80000002:system library::No such file or directory");
    cut(seen);
    let (result, seen) =
        server.serve(|| Client::connect(address, "localhost", &good.with_extension("key")));
    assert!(failure(result).contains("no certificate or crl found"));
    cut(seen);

    // All but the handshake, which has no place for so long a name.
    let (result, seen) = server.serve(|| Client::connect(address, &"x".repeat(256), &good));
    assert!(failure(result).contains("ssl3 ext invalid servername"));
    cut(seen);

    // The handshake: a certificate of a stranger, one for another name.
    for (name, authorities, alert) in
        [("localhost", &stranger, "unknown ca"), ("another.name", &good, "bad certificate")]
    {
        let (result, seen) = server.serve(|| Client::connect(address, name, authorities));
        let error = failure(result);
        assert!(error.contains("certificate verify failed"), "{error}");
        assert!(matches!(&seen, Seen::Refused(error) if error.contains(alert)), "{seen:?}");
    }

    // A server that goes, and one that speaks something else.
    for (reply, expected) in [
        (&b""[..], "unexpected eof while reading"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "wrong version number"),
    ] {
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                let (mut socket, _) = server.listener.accept().unwrap();
                let _ = socket.read(&mut [0; 1024]).unwrap();
                socket.write_all(reply).unwrap();
            });
            server.connect()
        });
        let error = failure(result);
        assert!(error.contains(expected), "{error}");
    }

    // Nothing else was released.
    let ((), seen) = server.serve(|| server.connect().unwrap().close().unwrap());
    assert_eq!(seen, Seen::Goodbye(Vec::new()));
}

/// Runs the program once, and returns its output, its errors, and whether it succeeded.
fn run(arguments: &[&str]) -> (String, String, bool) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["run", "-q", "-p", "dispose-examples", "--example", "tls", "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[test]
fn the_program_prints_the_order() {
    let _alone = alone();
    let Some(server) = Server::new("the_program_prints_the_order") else { return };
    let (address, authorities) = (server.address().to_string(), server.authorities());
    let ((output, errors, success), seen) = thread::scope(|scope| {
        let seen = scope.spawn(|| [(); 3].map(|()| server.serve_one(None)));
        (run(&[&address, "localhost", authorities.to_str().unwrap()]), seen.join().unwrap())
    });
    assert!(success, "{errors}");
    let [hello, nothing, refused] = seen;
    assert_eq!(hello, Seen::Goodbye(b"hello\n".to_vec()));
    assert_eq!(nothing, Seen::Goodbye(Vec::new()));
    assert!(matches!(refused, Seen::Refused(_)), "{refused:?}");
    let (order, error) = output.split_at(output.find("  error: ").unwrap());
    assert_eq!(
        order,
        "\
by close():
  reply: hello
  SSL_shutdown
  SSL_free
  SSL_CTX_free
  close

by a drop:
  SSL_shutdown
  SSL_free
  SSL_CTX_free
  close

a handshake that fails, so no goodbye is sent:
  SSL_free
  SSL_CTX_free
  close
"
    );
    assert!(error.contains("certificate verify failed"), "{error}");

    let (output, errors, success) = run(&[]);
    assert!(!success);
    assert_eq!(output, "");
    assert_eq!(errors, "tls: usage: tls <host:port> <name> <authorities.pem>\n");
}

/// OpenSSL's memory: the number of blocks that it may still have, and that it has.
static LEFT: AtomicIsize = AtomicIsize::new(isize::MAX);
static LIVE: AtomicIsize = AtomicIsize::new(0);

extern "C" fn allocate(len: usize, _: *const c_char, _: c_int) -> *mut c_void {
    if LEFT.fetch_sub(1, Ordering::Relaxed) <= 0 {
        return ptr::null_mut();
    }
    LIVE.fetch_add(1, Ordering::Relaxed);
    // SAFETY: has no precondition.
    unsafe { libc::malloc(len) }
}

extern "C" fn reallocate(
    block: *mut c_void,
    len: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    if block.is_null() {
        return allocate(len, file, line);
    }
    if len == 0 {
        free(block, file, line);
        return ptr::null_mut();
    }
    if LEFT.fetch_sub(1, Ordering::Relaxed) <= 0 {
        return ptr::null_mut();
    }
    // SAFETY: it came from `malloc`.
    unsafe { libc::realloc(block, len) }
}

extern "C" fn free(block: *mut c_void, _: *const c_char, _: c_int) {
    if !block.is_null() {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: it came from `malloc`.
        unsafe { libc::free(block) };
    }
}

/// Connects again and again, with one block of memory more each time.
fn connect_without_memory(address: SocketAddr, authorities: &Path) {
    type Allocate = extern "C" fn(usize, *const c_char, c_int) -> *mut c_void;
    type Reallocate = extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void;
    type Free = extern "C" fn(*mut c_void, *const c_char, c_int);
    type Set = unsafe extern "C" fn(Allocate, Reallocate, Free) -> c_int;
    // SAFETY: OpenSSL declares the functions with these types, and has allocated nothing yet.
    let (lib, clear): (_, unsafe extern "C" fn()) = unsafe {
        let lib = libloading::Library::new("libcrypto.so.3").unwrap();
        let set = *lib.get::<Set>("CRYPTO_set_mem_functions").unwrap();
        assert_eq!(set(allocate, reallocate, free), 1);
        let clear = *lib.get("ERR_clear_error").unwrap();
        (lib, clear)
    };
    let connect = |left| {
        LEFT.store(left, Ordering::Relaxed);
        let error = Client::connect(address, "localhost", authorities).err().unwrap();
        let denied = LEFT.swap(isize::MAX, Ordering::Relaxed) < 0;
        // SAFETY: may be called at any time.
        unsafe { clear() };
        (error, denied)
    };
    // After some attempts the library has what it never frees.
    for _ in 0..3 {
        connect(isize::MAX);
    }
    let before = (descriptors(), LIVE.load(Ordering::Relaxed));
    let mut failed = 0;
    for left in 0.. {
        let (error, denied) = connect(left);
        let now = (descriptors(), LIVE.load(Ordering::Relaxed));
        assert_eq!(now, before, "{left} blocks: {error}");
        if !denied {
            break;
        }
        failed += 1;
    }
    assert!(failed > 100, "{failed} positions");
    println!("{failed} positions");
    drop(lib);
}

#[test]
fn a_client_without_memory_leaves_nothing_behind() {
    const TEST: &str = "a_client_without_memory_leaves_nothing_behind";
    if let Some((address, authorities)) = as_child() {
        return connect_without_memory(address, &authorities);
    }
    let _alone = alone();
    let Some(server) = Server::new(TEST) else { return };
    // A peer that hangs up at once: memory is short on this side alone, and the handshake fails anyway.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().for_each(drop));
    let mut child = child(&server, TEST);
    child.env(CHILD, format!("{address} {}", server.authorities().display()));
    let output = child.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && printed.contains("test result: ok. 1 passed");
    assert!(passed, "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    print!("{printed}");
}
