//! The guarantees of `examples/window.rs`, against an X server. A second connection, which does not use
//! Xlib, queries what the server still holds.
#![cfg(target_os = "linux")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CString, c_int, c_ulong};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::{env, mem};

use dispose_core::{Close, Closing, Dispose, Shared, set_drop_hook};
use dispose_examples::skipped;
use x11_dl::xlib::{self, Display, Xlib};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::ErrorKind;
use x11rb::protocol::res::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, GC, ImageFormat};
use x11rb::rust_connection::RustConnection;

#[allow(dead_code, reason = "its `main` runs as a program of its own")]
#[path = "../examples/window.rs"]
mod window;

mod support;

use support::{alone, descriptors, is_missing, wait_for, with_descriptors};
use window::{Canvas, Connection, Look};

/// An X server without a screen. It ends with the test, also on a panic.
struct Server {
    process: Child,
    name: String,
}

impl Server {
    /// Starts one. Returns `None` if the test cannot run here.
    fn start(test: &str) -> Option<Self> {
        if let Err(error) = Xlib::open() {
            skipped(test, &format!("libX11 cannot be loaded: {error}"));
            return None;
        }
        // It takes a number that is free and prints it when it is ready.
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"]);
        command.args(["-screen", "0", "640x480x24"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let process = match command.spawn() {
            Err(error) if is_missing(&error) => {
                skipped(test, "Xvfb is not installed");
                return None;
            }
            process => process.unwrap(),
        };
        let mut server = Self { process, name: String::from(":") };
        let output = server.process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut server.name).unwrap();
        server.name.truncate(server.name.trim_end().len());
        assert_ne!(server.name, ":", "Xvfb ends before it is ready");
        Some(server)
    }

    fn connect(&self) -> Shared<Connection> {
        Shared::new(self.open().unwrap())
    }

    fn open(&self) -> Result<Connection, window::Error> {
        Connection::open(Some(&CString::new(self.name.as_str()).unwrap()))
    }

    fn observe(&self) -> Observer {
        let (connection, screen) = RustConnection::connect(Some(&self.name)).unwrap();
        let gc = connection.generate_id().unwrap();
        let root = connection.setup().roots[screen].root;
        connection.create_gc(gc, root, &CreateGCAux::new()).unwrap();
        Observer { connection, gc }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The second connection.
struct Observer {
    connection: RustConnection,
    gc: u32,
}

impl Observer {
    /// Returns whether the server has a window, a graphics context and a pixmap of these names.
    fn knows(&self, ids: [c_ulong; 3]) -> [bool; 3] {
        let [window, gc, pixmap] = ids.map(|id| u32::try_from(id).unwrap());
        let connection = &self.connection;
        [
            known(
                connection.get_window_attributes(window).unwrap().reply().map(drop),
                ErrorKind::Window,
            ),
            known(
                connection.copy_gc(gc, self.gc, GC::FUNCTION).unwrap().check(),
                ErrorKind::GContext,
            ),
            known(connection.get_geometry(pixmap).unwrap().reply().map(drop), ErrorKind::Drawable),
        ]
    }

    /// Returns what the server holds for each of its other clients, by kind.
    fn held(&self) -> Vec<BTreeMap<String, u32>> {
        let clients = self.connection.res_query_clients().unwrap().reply().unwrap().clients;
        let own = self.connection.setup().resource_id_base;
        // The one whose names begin at 0 is the server.
        let others = clients.into_iter().filter(|client| ![0, own].contains(&client.resource_base));
        others
            .map(|client| {
                let reply = self.connection.res_query_client_resources(client.resource_base);
                let types = reply.unwrap().reply().unwrap().types;
                let name = |atom| self.connection.get_atom_name(atom).unwrap().reply().unwrap();
                types
                    .into_iter()
                    .map(|of| (String::from_utf8(name(of.resource_type).name).unwrap(), of.count))
                    .collect()
            })
            .collect()
    }

    /// Returns the colour that the window shows at a place.
    fn pixel(&self, window: c_ulong, x: i16, y: i16) -> u32 {
        let (window, all) = (u32::try_from(window).unwrap(), u32::MAX);
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, window, x, y, 1, 1, all);
        u32::from_le_bytes(image.unwrap().reply().unwrap().data[..4].try_into().unwrap())
    }

    fn destroy_window(&self, window: c_ulong) {
        let window = u32::try_from(window).unwrap();
        self.connection.destroy_window(window).unwrap().check().unwrap();
    }
}

/// Returns `true` if a request succeeded, and `false` if the server has nothing of that name.
fn known(reply: Result<(), ReplyError>, unknown: ErrorKind) -> bool {
    match reply {
        Ok(()) => true,
        Err(ReplyError::X11Error(error)) if error.error_kind == unknown => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn dispose_takes_a_canvas_off_the_server_and_leaves_the_connection() {
    let _alone = alone();
    let Some(server) =
        Server::start("dispose_takes_a_canvas_off_the_server_and_leaves_the_connection")
    else {
        return;
    };
    let observer = server.observe();
    let connection = server.connect();
    let mut other = Canvas::open(&connection, &Look::default()).unwrap();
    let before = observer.held();
    assert_eq!(before.len(), 1);

    let mut canvas = Canvas::open(&connection, &Look::default()).unwrap();
    let ids = canvas.ids().unwrap();
    assert_eq!(observer.knows(ids), [true; 3]);
    canvas.paint(10, 10, 20, 20, 0x00ff_8800).unwrap();
    canvas.show().unwrap();
    assert_eq!(observer.pixel(ids[0], 20, 20) & 0x00ff_ffff, 0x00ff_8800);

    for _ in 0..2 {
        canvas.dispose().unwrap();
        assert!(canvas.is_disposed());
        assert_eq!(observer.knows(ids), [false; 3]);
        assert_eq!(observer.held(), before, "nothing else was released");
    }
    let errors = [canvas.ids().err(), canvas.paint(0, 0, 1, 1, 0).err(), canvas.show().err()];
    for error in errors {
        assert_eq!(error.unwrap().message, "`Canvas` has been disposed");
    }
    drop(canvas);
    assert_eq!(observer.held(), before);

    // The connection is open, and the other canvas on it live.
    assert_eq!(observer.knows(other.ids().unwrap()), [true; 3]);
    other.show().unwrap();
}

/// Records what the server holds of a canvas after each call of Xlib on its connection, if that changed.
struct Watch {
    xlib: Xlib,
    observer: Observer,
    ids: [c_ulong; 3],
    seen: Vec<([bool; 3], usize)>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Xlib calls this when one of its functions has done its work.
extern "C" fn look(display: *mut Display) -> c_int {
    WATCH.with_borrow_mut(|watch| {
        let watch = watch.as_mut().unwrap();
        // SAFETY: the display is open, for Xlib passes it; and `XSync` does not call this in turn.
        unsafe { (watch.xlib.XSync)(display, xlib::False) };
        let now = (watch.observer.knows(watch.ids), watch.observer.held().len());
        if watch.seen.last() != Some(&now) {
            watch.seen.push(now);
        }
    });
    0
}

#[test]
fn pixmap_then_gc_then_window_then_the_connection() {
    let _alone = alone();
    let Some(server) = Server::start("pixmap_then_gc_then_window_then_the_connection") else {
        return;
    };
    let descriptors_before = descriptors();
    for end in ["dispose", "close", "drop"] {
        let connection = server.connect();
        let mut canvas = Canvas::open(&connection, &Look::default()).unwrap();
        let (xlib, ids) = (Xlib::open().unwrap(), canvas.ids().unwrap());
        let lease = connection.lease().unwrap();
        // SAFETY: the display is open, and `look` is there for as long as the program runs.
        unsafe { (xlib.XSetAfterFunction)(lease.display(), Some(look)) };
        drop(lease);
        let observer = server.observe();
        WATCH.set(Some(Watch { xlib, observer, ids, seen: Vec::new() }));

        // From here on the canvas alone keeps the connection open.
        assert_eq!(connection.dispose().unwrap(), Closing::Deferred);
        match end {
            "dispose" => {
                canvas.dispose().unwrap();
                drop(canvas);
            }
            "close" => canvas.close().unwrap(),
            _ => drop(canvas),
        }
        let watch = WATCH.take().unwrap();
        let [w, g, p] = [true; 3];
        let order = [([w, g, !p], 1), ([w, !g, !p], 1), ([!w, !g, !p], 1)];
        assert_eq!(watch.seen, order, "by {end}");
        wait_for(&0, || watch.observer.held().len());
        drop(watch);
        assert_eq!(descriptors(), descriptors_before);
    }
}

#[test]
fn an_unused_connection_is_closed_at_once() {
    let _alone = alone();
    let Some(server) = Server::start("an_unused_connection_is_closed_at_once") else {
        return;
    };
    let observer = server.observe();
    let before = descriptors();
    let connection = server.connect();
    assert_eq!(descriptors(), before + 1);
    Canvas::open(&connection, &Look::default()).unwrap().close().unwrap();
    assert_eq!(connection.dispose().unwrap(), Closing::Released);
    assert_eq!(descriptors(), before);
    wait_for(&0, || observer.held().len());
    assert_eq!(connection.dispose().unwrap(), Closing::Already);

    let refused = Canvas::open(&connection, &Look::default()).err().unwrap();
    assert_eq!(refused.message, "`Connection` has been disposed");
    assert_eq!(descriptors(), before);
}

#[test]
fn a_window_that_another_client_destroyed_is_an_error_and_the_rest_is_released() {
    static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let _alone = alone();
    let test = "a_window_that_another_client_destroyed_is_an_error_and_the_rest_is_released";
    let Some(server) = Server::start(test) else { return };
    let observer = server.observe();
    let connection = server.connect();
    let before = observer.held();

    let mut canvas = Canvas::open(&connection, &Look::default()).unwrap();
    let ids = canvas.ids().unwrap();
    observer.destroy_window(ids[0]);
    let error = canvas.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Canvas`: \
         window: BadWindow (invalid Window parameter), says the server of request 4"
    );
    assert_eq!(error.downcast::<window::Error>().unwrap().code, xlib::BadWindow);
    assert_eq!(observer.knows(ids), [false; 3]);
    assert_eq!(observer.held(), before);
    canvas.dispose().unwrap();
    drop(canvas);

    // The same in `Drop`: the drop hook receives the errors.
    let canvas = Canvas::open(&connection, &Look::default()).unwrap();
    observer.destroy_window(canvas.ids().unwrap()[0]);
    set_drop_hook(Some(|report| REPORTS.lock().unwrap().push(report.to_string())));
    drop(canvas);
    let reports = mem::take(&mut *REPORTS.lock().unwrap());
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].starts_with("failed to dispose `Canvas`: window: BadWindow"), "{reports:?}");
    assert_eq!(observer.held(), before);
}

#[test]
fn what_was_refused_and_never_asked_about_is_reported_when_the_connection_closes() {
    let _alone = alone();
    let test = "what_was_refused_and_never_asked_about_is_reported_when_the_connection_closes";
    let Some(server) = Server::start(test) else { return };
    let observer = server.observe();
    let before = descriptors();
    let connection = server.open().unwrap();
    let xlib = Xlib::open().unwrap();
    // SAFETY: the display is open. The server has no window 1.
    unsafe { (xlib.XClearWindow)(connection.display(), 1) };
    let error = connection.close().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Connection`: \
         before: BadWindow (invalid Window parameter), says the server of request 61"
    );
    assert_eq!(descriptors(), before, "the failure did not stop the release");
    wait_for(&0, || observer.held().len());
}

#[test]
fn a_canvas_that_fails_half_way_leaves_nothing_on_the_server() {
    let _alone = alone();
    let Some(server) = Server::start("a_canvas_that_fails_half_way_leaves_nothing_on_the_server")
    else {
        return;
    };
    let observer = server.observe();
    let connection = server.connect();
    let other = Canvas::open(&connection, &Look::default()).unwrap();
    let before = (observer.held(), descriptors());
    let steps = [
        // An empty window, request 1.
        (Look { width: 0, ..Look::default() }, xlib::BadValue, 1),
        // No such function of pixels, request 55.
        (Look { function: 99, ..Look::default() }, xlib::BadValue, 55),
        // A window may be as large, a pixmap may not: request 53.
        (Look { width: 40_000, ..Look::default() }, xlib::BadAlloc, 53),
    ];
    for (look, code, request) in steps {
        let error = Canvas::open(&connection, &look).err().unwrap();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.ends_with(&format!("of request {request}")), "{error}");
        assert_eq!((observer.held(), descriptors()), before, "{error}");
    }
    // Nothing of the other canvas was released, and no error is left for the next call.
    assert_eq!(observer.knows(other.ids().unwrap()), [true; 3]);
    Canvas::open(&connection, &Look::default()).unwrap().close().unwrap();
    other.close().unwrap();
    assert_eq!(connection.dispose().unwrap(), Closing::Released);
}

#[test]
fn a_connection_that_does_not_come_about_leaves_no_descriptor() {
    let _alone = alone();
    let Some(server) = Server::start("a_connection_that_does_not_come_about_leaves_no_descriptor")
    else {
        return;
    };
    server.open().unwrap().close().unwrap(); // what Xlib keeps for good is there from here on
    let before = descriptors();

    // No socket to be had.
    let error = with_descriptors(0, || server.open()).err().unwrap();
    assert_eq!(error.message, format!("no connection to X server `{}`", server.name));
    assert_eq!(descriptors(), before);

    // The server is full: it sends clients away until one has gone.
    let observer = server.observe();
    let mut open = Vec::new();
    let refused = loop {
        match server.open() {
            Ok(connection) => open.push(connection),
            Err(error) => break error,
        }
    };
    assert!(refused.message.starts_with("no connection to X server"), "{refused}");
    let full = observer.held().len();
    assert_eq!(full, open.len());
    while let Some(connection) = open.pop() {
        connection.close().unwrap();
    }
    drop(observer);
    assert_eq!(descriptors(), before);

    // No server.
    let name = server.name.clone();
    drop(server);
    let error = Connection::open(Some(&CString::new(name).unwrap())).err().unwrap();
    assert!(error.message.starts_with("no connection to X server"), "{error}");
    assert_eq!(descriptors(), before);
}

/// Runs the program once, and returns its output and whether it succeeded.
fn run(display: &str) -> (String, String, bool) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["run", "-q", "-p", "dispose-examples", "--example", "window"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("DISPLAY", display)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.success())
}

#[test]
fn the_program_prints_the_order() {
    let _alone = alone();
    let Some(server) = Server::start("the_program_prints_the_order") else { return };
    let (output, errors, success) = run(&server.name);
    assert!(success, "{errors}");
    assert_eq!(
        output,
        "\
two windows on one connection

dispose() of the first:
  XFreePixmap
  XFreeGC
  XDestroyWindow
  used afterwards: `Canvas` has been disposed

dispose() of the connection, while there are windows:
  Deferred
  a new window: `Connection` has been disposed
  the second still draws

the windows go, the last one with the connection:
  XFreePixmap
  XFreeGC
  XDestroyWindow
  XCloseDisplay
"
    );
    let name = server.name.clone();
    drop(server);
    let (output, errors, success) = run(&name);
    assert!(!success);
    assert_eq!(output, "");
    assert_eq!(errors, format!("window: no connection to X server `{name}`\n"));
}
