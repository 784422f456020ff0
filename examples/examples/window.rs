//! A window, a graphics context and a pixmap through Xlib, on a connection that several share.
//!
//! ```text
//! cargo run -q -p dispose-examples --example window
//! ```
//!
//! Running it needs libX11 and a server: the one in `$DISPLAY`, or put `xvfb-run` before the command.
//! Building it needs neither.

use std::cell::Cell;
use std::error;
use std::ffi::{CStr, c_char, c_int, c_uchar, c_uint, c_ulong};
use std::fmt;
use std::mem;
use std::process::ExitCode;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use dispose_core::{Close, Dispose, Disposed, Lease, Shared};
use x11_dl::xlib::{self, Display, GC, Pixmap, Window, XErrorEvent, Xlib};

/// A connection to a server. It is `Close` because it is handed out, and nothing may reach a closed one.
/// In a [`Shared`] it is closed when the last canvas on it is gone.
#[derive(Close)]
#[dispose(before = Self::check)] // reports what was refused, if the caller drew and never asked
pub struct Connection {
    // SAFETY: nothing else closes `display`, and nothing reaches it afterwards.
    #[unmanaged(unsafe(release = |display| close(self.xlib, display)), always)]
    display: NonNull<Display>,
    xlib: &'static Xlib,
}

/// A window, and a pixmap to draw what it shows. It is `Dispose` because its owner disposes of it in
/// place. So every method calls `ensure_live()` first.
///
/// `XCloseDisplay` would release all three, but only after the last canvas is gone.
#[derive(Dispose)]
pub struct Canvas<'a> {
    // Safe: a server refuses the name of a window that it does not know.
    #[unmanaged(release = |window| self.connection.destroy_window(window), invalid = 0)]
    window: Window,
    // SAFETY: nothing else frees `gc`, the methods call `ensure_live()` before they use it, and it is of
    // this connection, which is open until the lease is returned.
    #[unmanaged(unsafe(release = |gc| self.connection.free_gc(gc)))]
    gc: GC,
    #[unmanaged(release = |pixmap| self.connection.free_pixmap(pixmap), invalid = 0)]
    pixmap: Pixmap,
    // Returned when the canvas is dropped, which is after the releases.
    connection: Lease<'a, Connection>,
}

/// # Safety
///
/// `display` is open, and not used again.
unsafe fn close(xlib: &Xlib, display: NonNull<Display>) {
    println!("  XCloseDisplay");
    // SAFETY: see above. What it returns is always 0.
    unsafe { (xlib.XCloseDisplay)(display.as_ptr()) };
}

thread_local! {
    /// The first refused request that has not been read. A connection cannot leave its thread, and Xlib
    /// reports an error in the thread that meets it.
    static REFUSED: Cell<Option<(c_uchar, c_uchar)>> = const { Cell::new(None) };
}

/// Records a refused request. Xlib's own handler would end the program.
///
/// # Safety
///
/// `event` is valid during the call.
unsafe extern "C" fn note(_: *mut Display, event: *mut XErrorEvent) -> c_int {
    // SAFETY: see above.
    let (code, request) = unsafe { ((*event).error_code, (*event).request_code) };
    REFUSED.set(REFUSED.get().or(Some((code, request))));
    0
}

/// Returns libX11, which the first call loads. It stays loaded, because extensions leave pointers to their
/// code in it.
fn xlib() -> Result<&'static Xlib, Error> {
    static XLIB: OnceLock<Result<Xlib, String>> = OnceLock::new();
    let xlib = XLIB.get_or_init(|| {
        let xlib = Xlib::open().map_err(|error| error.to_string())?;
        // SAFETY: this is the first call, and `note` is a handler for as long as the program runs.
        unsafe {
            (xlib.XInitThreads)(); // for connections in several threads
            (xlib.XSetErrorHandler)(Some(note));
        }
        Ok(xlib)
    });
    xlib.as_ref().map_err(|error| Error::own(format!("libX11 cannot be loaded: {error}")))
}

impl Connection {
    /// Connects to the server called `name`, or to the one in `$DISPLAY`.
    ///
    /// # Errors
    ///
    /// Returns an error if libX11 is missing or the connection fails.
    pub fn open(name: Option<&CStr>) -> Result<Self, Error> {
        let xlib = xlib()?;
        let name = name.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: `name` is a C string, or null for `$DISPLAY`.
        let display = unsafe { (xlib.XOpenDisplay)(name) };
        let Some(display) = NonNull::new(display) else {
            // SAFETY: as above; the text is the environment's, or `name`.
            let name = unsafe { text((xlib.XDisplayName)(name)) };
            return Err(Error::own(format!("no connection to X server `{name}`")));
        };
        Ok(Self { display, xlib })
    }

    /// Returns the display, for calls that this type does not have.
    #[must_use]
    pub fn display(&self) -> *mut Display {
        self.display.as_ptr()
    }

    /// Waits until the server has handled all requests.
    ///
    /// # Errors
    ///
    /// Returns the first request that the server refused since the last call.
    pub fn check(&self) -> Result<(), Error> {
        // SAFETY: the display is open as long as `self` lives.
        unsafe { (self.xlib.XSync)(self.display(), xlib::False) };
        let Some((code, request)) = REFUSED.take() else { return Ok(()) };
        let mut message = [0; 128];
        // SAFETY: as above; Xlib ends what it writes with a null, and writes no more than that.
        let message = unsafe {
            let (at, len) = (message.as_mut_ptr(), 128);
            (self.xlib.XGetErrorText)(self.display(), c_int::from(code), at, len);
            text(at)
        };
        Err(Error { code, message: format!("{message}, says the server of request {request}") })
    }

    fn destroy_window(&self, window: Window) -> Result<(), Error> {
        println!("  XDestroyWindow");
        // SAFETY: the display is open as long as `self` lives.
        unsafe { (self.xlib.XDestroyWindow)(self.display(), window) };
        self.check() // only a round trip brings an error back
    }

    fn free_pixmap(&self, pixmap: Pixmap) -> Result<(), Error> {
        println!("  XFreePixmap");
        // SAFETY: as above.
        unsafe { (self.xlib.XFreePixmap)(self.display(), pixmap) };
        self.check()
    }

    /// # Safety
    ///
    /// `gc` is of this connection, and not used again.
    unsafe fn free_gc(&self, gc: GC) -> Result<(), Error> {
        println!("  XFreeGC");
        // SAFETY: see above.
        unsafe { (self.xlib.XFreeGC)(self.display(), gc) };
        self.check()
    }
}

/// The size of a canvas, and the way it is drawn on.
pub struct Look {
    pub width: c_uint,
    pub height: c_uint,
    /// The way a new pixel is combined with the old one: `GXcopy`, `GXxor`, …
    pub function: c_int,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 320, height: 200, function: xlib::GXcopy }
    }
}

impl<'a> Canvas<'a> {
    /// Makes a window and shows it.
    ///
    /// # Errors
    ///
    /// Returns an error if the server reports one, or if the connection has been disposed. What was
    /// acquired by then is released.
    pub fn open(connection: &'a Shared<Connection>, look: &Look) -> Result<Self, Error> {
        let connection = connection.lease()?;
        let mut new = Self { window: 0, gc: ptr::null_mut(), pixmap: 0, connection };
        let (xlib, display) = (new.connection.xlib, new.connection.display());
        let &Look { width, height, .. } = look;

        // From here on, `?` drops `new`, which releases what it holds so far. Xlib chooses an id, and it
        // is a resource only if the server accepts it. So it gets into its field after the check.
        // SAFETY: here and below, the display is open until the lease is returned.
        let window = unsafe {
            let root = (xlib.XDefaultRootWindow)(display);
            (xlib.XCreateSimpleWindow)(display, root, 0, 0, width, height, 0, 0, 0)
        };
        new.connection.check()?;
        new.window = window;

        // SAFETY: a struct of integers, of which one is used.
        let mut values: xlib::XGCValues = unsafe { mem::zeroed() };
        values.function = look.function;
        // SAFETY: `values` are valid during the call.
        let gc =
            unsafe { (xlib.XCreateGC)(display, window, xlib::GCFunction.into(), &raw mut values) };
        if gc.is_null() {
            return Err(Error::own("out of memory"));
        }
        if let Err(refused) = new.connection.check() {
            // Xlib has set up its half nevertheless. Freeing it makes the server refuse once more.
            // SAFETY: nothing else has seen `gc`.
            let _ = unsafe { new.connection.free_gc(gc) };
            return Err(refused);
        }
        new.gc = gc;

        // SAFETY: see above.
        let pixmap = unsafe {
            let depth = (xlib.XDefaultDepth)(display, (xlib.XDefaultScreen)(display));
            (xlib.XCreatePixmap)(display, window, width, height, depth.cast_unsigned())
        };
        new.connection.check()?;
        new.pixmap = pixmap;

        new.paint(0, 0, width, height, 0)?;
        // SAFETY: see above.
        unsafe { (xlib.XMapWindow)(display, window) };
        new.show()?;
        Ok(new)
    }

    /// Returns the server's names for the window, the graphics context and the pixmap.
    ///
    /// # Errors
    ///
    /// Returns an error if the canvas has been disposed.
    pub fn ids(&self) -> Result<[c_ulong; 3], Error> {
        self.ensure_live()?;
        // SAFETY: `gc` is live, and of this library.
        let gc = unsafe { (self.connection.xlib.XGContextFromGC)(self.gc) };
        Ok([self.window, gc, self.pixmap])
    }

    /// Fills a rectangle of the pixmap.
    ///
    /// # Errors
    ///
    /// Returns an error if the canvas has been disposed. `show` returns the server's errors.
    pub fn paint(
        &mut self,
        x: c_int,
        y: c_int,
        width: c_uint,
        height: c_uint,
        color: c_ulong,
    ) -> Result<(), Error> {
        self.ensure_live()?;
        let (xlib, display) = (self.connection.xlib, self.connection.display());
        // SAFETY: all are live, so this connection's.
        unsafe {
            (xlib.XSetForeground)(display, self.gc, color);
            (xlib.XFillRectangle)(display, self.pixmap, self.gc, x, y, width, height);
        }
        Ok(())
    }

    /// Shows the pixmap in the window.
    ///
    /// # Errors
    ///
    /// Returns an error if the server refused this request or an earlier one, or if the canvas has been
    /// disposed.
    pub fn show(&mut self) -> Result<(), Error> {
        self.ensure_live()?;
        let (xlib, display) = (self.connection.xlib, self.connection.display());
        // As a background, which the server itself paints when the window comes into sight.
        // SAFETY: all are live, so this connection's.
        unsafe {
            (xlib.XSetWindowBackgroundPixmap)(display, self.window, self.pixmap);
            (xlib.XClearWindow)(display, self.window);
        }
        self.connection.check()
    }
}

/// An error of libX11 or of the server.
#[derive(Debug)]
pub struct Error {
    /// The server's code, such as `BadWindow`, or 0 if the server did not report it.
    pub code: c_uchar,
    pub message: String,
}

impl Error {
    fn own(message: impl Into<String>) -> Self {
        Self { code: 0, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {}

impl From<Disposed> for Error {
    fn from(disposed: Disposed) -> Self {
        Self::own(disposed.to_string())
    }
}

/// # Safety
///
/// `text` is a C string.
unsafe fn text(text: *const c_char) -> String {
    // SAFETY: see above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn run() -> Result<(), Box<dyn error::Error>> {
    let connection = Shared::new(Connection::open(None)?);
    let mut first = Canvas::open(&connection, &Look::default())?;
    let mut second = Canvas::open(&connection, &Look { function: xlib::GXxor, ..Look::default() })?;
    println!("two windows on one connection");

    println!("\ndispose() of the first:");
    first.dispose()?;
    first.dispose()?; // does nothing
    if let Err(error) = first.show() {
        println!("  used afterwards: {error}");
    }

    println!("\ndispose() of the connection, while there are windows:");
    println!("  {:?}", connection.dispose()?);
    if let Err(error) = Canvas::open(&connection, &Look::default()) {
        println!("  a new window: {error}");
    }
    second.paint(10, 10, 100, 50, 0x00ff_8800)?;
    second.show()?;
    println!("  the second still draws");

    println!("\nthe windows go, the last one with the connection:");
    drop(first);
    second.close()?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("window: {error}");
            ExitCode::FAILURE
        }
    }
}
