//! Displays, drawing, fonts and terminals.

use std::ffi::{CString, c_char, c_int, c_uint, c_ulong};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc::{self, FILE};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

/// An X server of the row's own, without a screen; it ends with the row.
struct Server {
    process: Child,
    name: CString,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "64x64x24"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| dispose_releases::missing(&format!("Xvfb: {error}")));
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, name: CString::new(format!(":{}", line.trim())).unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

library! {
    XCB "libxcb" in "libxcb.so.1";
    version XCB.file_version();
    fn xcb_connect(display: *const c_char, screen: *mut c_int) -> P;
    fn xcb_connection_has_error(connection: P) -> c_int;
    fn xcb_intern_atom(connection: P, only_if_exists: u8, len: u16, name: *const c_char) -> u32;
    fn xcb_intern_atom_reply(connection: P, cookie: u32, error: *mut P) -> *mut [u32; 3];
    fn xcb_get_input_focus(connection: P) -> u32;
    fn xcb_get_input_focus_reply(connection: P, cookie: u32, error: *mut P) -> P;
    fn xcb_flush(connection: P) -> c_int;
    fn xcb_disconnect(connection: P);
}

row! {
    xcb XCB "connection" "xcb_disconnect"
    {
        #[derive(Close)]
        #[dispose(before = |this| unsafe {
            // A reply, so all requests before it have arrived.
            let cookie = xcb_get_input_focus(this.connection);
            let reply = xcb_get_input_focus_reply(this.connection, cookie, ptr::null_mut());
            free(reply);
            if reply.is_null() { Err(std::io::Error::other("the connection is broken")) } else { Ok(()) }
        })]
        struct Connection {
            #[unmanaged(unsafe(release = xcb_disconnect))]
            connection: P,
        }
        use libc::free;
    }
    |seen| {
        unsafe {
            let server = Server::start();
            let connect = || {
                let connection = xcb_connect(server.name.as_ptr(), ptr::null_mut());
                assert_eq!(xcb_connection_has_error(connection), 0);
                connection
            };
            // The server resets when its last client goes.
            let observer = connect();
            let atom = |connection: P, only_if_exists: bool, name: &str| {
                let len = u16::try_from(name.len()).unwrap();
                xcb_intern_atom(connection, only_if_exists.into(), len, name.as_ptr().cast())
            };
            let knows = |name: &str| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                let reply = xcb_intern_atom_reply(observer, atom(observer, true, name), ptr::null_mut());
                (*reply)[2] != 0
            };
            let lost = connect();
            atom(lost, false, "LOST");
            xcb_disconnect(lost);
            seen.void();
            seen.loses("requests that are not flushed", !knows("LOST"));
            // A server that is busy may meet the request and the end of the connection at once: about one in twenty.
            let pid = libc::pid_t::try_from(server.process.id()).unwrap();
            let flushed = |number: u32| {
                let (connection, name) = (connect(), format!("FLUSHED{number}"));
                libc::kill(pid, libc::SIGSTOP);
                atom(connection, false, &name);
                assert_eq!(xcb_flush(connection), 1);
                xcb_disconnect(connection);
                libc::kill(pid, libc::SIGCONT);
                knows(&name)
            };
            let replied = |number: u32| {
                let (connection, name) = (connect(), format!("ANSWERED{number}"));
                atom(connection, false, &name);
                Connection { connection }.close().unwrap();
                knows(&name)
            };
            seen.not_so(
                "`xcb_flush` is not enough, for a busy server may drop what it has not read: wait for a reply in `before`",
                !(0..1_000).all(flushed) && (0..100).all(replied),
            );
            let none = xcb_connect(c":99999".as_ptr(), ptr::null_mut());
            seen.null("a failed connect returns one too, never null", !none.is_null() && xcb_connection_has_error(none) != 0);
            assert!(Connection { connection: none }.close().is_err());
            xcb_disconnect(observer);
        }
    }
}

library! {
    XLIB "Xlib" in "libX11.so.6";
    version XLIB.file_version();
    fn XOpenDisplay(name: *const c_char) -> P;
    fn XInternAtom(display: P, name: *const c_char, only_if_exists: c_int) -> c_ulong;
    fn XDefaultRootWindow(display: P) -> c_ulong;
    fn XCreateSimpleWindow(display: P, parent: c_ulong, x: c_int, y: c_int, width: c_uint, height: c_uint, border: c_uint, a: c_ulong, b: c_ulong) -> c_ulong;
    fn XChangeProperty(display: P, window: c_ulong, name: c_ulong, kind: c_ulong, format: c_int, mode: c_int, bytes: *const u8, len: c_int) -> c_int;
    fn XGetWindowProperty(display: P, window: c_ulong, name: c_ulong, offset: i64, len: i64, delete: c_int, kind: c_ulong, is: *mut c_ulong, format: *mut c_int, count: *mut c_ulong, rest: *mut c_ulong, bytes: *mut P) -> c_int;
    fn XSetErrorHandler(handler: extern "C" fn(P, P) -> c_int) -> P;
    fn XCloseDisplay(display: P) -> c_int;
}

row! {
    xlib XLIB "display" "XCloseDisplay"
    {
        #[derive(Close)]
        struct Display {
            #[unmanaged(unsafe(release = XCloseDisplay), check = status::ignore)]
            display: P,
        }
    }
    |seen| {
        extern "C" fn refused(_: P, _: P) -> c_int {
            REFUSED.fetch_add(1, Ordering::SeqCst)
        }
        static REFUSED: AtomicI32 = AtomicI32::new(0);
        unsafe {
            let server = Server::start();
            let observer = XOpenDisplay(server.name.as_ptr());
            let display = XOpenDisplay(server.name.as_ptr());
            let name = XInternAtom(display, c"NAME".as_ptr(), 0);
            let root = XDefaultRootWindow(display);
            XChangeProperty(display, root, name, 31, 8, 0, b"hello".as_ptr(), 5);
            let status = XCloseDisplay(display);
            seen.success(format!("{status}, always"));
            let (mut kind, mut format, mut count, mut rest, mut bytes) = (0, 0, 0, 0, ptr::null_mut());
            XGetWindowProperty(observer, root, name, 0, 9, 0, 0, &raw mut kind, &raw mut format, &raw mut count, &raw mut rest, &raw mut bytes);
            seen.waits("sends what is buffered, unlike `xcb_disconnect`", count == 5);
            XSetErrorHandler(refused);
            let display = XOpenDisplay(server.name.as_ptr());
            XChangeProperty(display, 1, name, 31, 8, 0, b"hello".as_ptr(), 5); // there is no window 1
            let before = REFUSED.load(Ordering::SeqCst);
            Display { display }.close().unwrap();
            seen.loses("what the server refused, but for the error handler, which is called then", before == 0 && REFUSED.load(Ordering::SeqCst) == 1);
            seen.null("a failed `XOpenDisplay` is null: nothing to close, unlike xcb", XOpenDisplay(c":99999".as_ptr()).is_null());
            Display { display: observer }.close().unwrap();
        }
    }
}

library! {
    EGL "EGL (Mesa)" in "libEGL.so.1";
    version { let display = surfaceless(); let version = text(eglQueryString(display, 0x3054)); let vendor = text(eglQueryString(display, 0x3053)); assert!(vendor.contains("Mesa")); version };
    fn eglGetPlatformDisplay(platform: c_uint, native: P, attributes: P) -> P;
    fn eglInitialize(display: P, major: *mut c_int, minor: *mut c_int) -> c_uint;
    fn eglQueryString(display: P, name: c_int) -> *const c_char;
    fn eglBindAPI(api: c_uint) -> c_uint;
    fn eglChooseConfig(display: P, attributes: *const c_int, configs: *mut P, room: c_int, count: *mut c_int) -> c_uint;
    fn eglCreateContext(display: P, config: P, share: P, attributes: *const c_int) -> P;
    fn eglMakeCurrent(display: P, draw: P, read: P, context: P) -> c_uint;
    fn eglGetCurrentContext() -> P;
    fn eglDestroyContext(display: P, context: P) -> c_uint;
    fn eglTerminate(display: P) -> c_uint;
    fn eglGetError() -> c_int;
}

fn surfaceless() -> P {
    unsafe {
        let display = eglGetPlatformDisplay(0x31dd, NULL, NULL);
        assert_eq!(eglInitialize(display, ptr::null_mut(), ptr::null_mut()), 1);
        display
    }
}

fn egl_context(display: P) -> P {
    unsafe {
        let (mut config, mut count) = (NULL, 0);
        eglBindAPI(0x30a0);
        assert_eq!(
            eglChooseConfig(display, [0x3038].as_ptr(), &raw mut config, 1, &raw mut count),
            1
        );
        let context = eglCreateContext(display, config, NULL, [0x3098, 2, 0x3038].as_ptr());
        assert!(!context.is_null());
        context
    }
}

row! {
    gl_context EGL "context" "eglDestroyContext"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = |context| eglDestroyContext(self.display, context)), check = status::positive)]
            context: P,
            #[dispose(skip)] // one for the whole process
            display: P,
        }
    }
    |seen| {
        unsafe {
            let display = surfaceless();
            let context = egl_context(display);
            Context { context, display }.close().unwrap();
            seen.success(1);
            let failed = code(Context { context, display }.close());
            seen.failure(failed, "destroyed already (`eglGetError` 0x3006)");
            assert_eq!(eglGetError(), 0x3006);
            seen.consumed("", failed == 0);
            let context = egl_context(display);
            assert_eq!(eglMakeCurrent(display, NULL, NULL, context), 1);
            Context { context, display }.close().unwrap();
            seen.waits("for nothing; one that is current goes when it no longer is", eglGetCurrentContext() == context);
            assert_eq!(eglMakeCurrent(display, NULL, NULL, NULL), 1);
            let context = egl_context(display);
            assert_eq!(eglTerminate(display), 1);
            seen.order("before `eglTerminate` (0 after it)", eglDestroyContext(display, context) == 0);
            seen.null("0, an error", eglDestroyContext(display, NULL) == 0);
        }
    }
}

row! {
    gl_display EGL "display" "eglTerminate"
    {
        #[derive(Close)]
        struct Display {
            #[unmanaged(unsafe(release = eglTerminate), check = status::positive)]
            display: P,
        }
    }
    |seen| {
        unsafe {
            let (first, second) = (surfaceless(), surfaceless());
            let context = egl_context(second);
            Display { display: first }.close().unwrap();
            seen.success(1);
            let dead = eglMakeCurrent(second, NULL, NULL, context) == 0;
            seen.not_so("not counted: the same display for the whole process, and the first end ends the contexts of all users", first == second && dead);
            seen.order("one owner in the process", first == second);
            assert_eq!(eglTerminate(first), 1);
            let none = eglTerminate(NULL);
            seen.failure(none, "no display");
            seen.null("0, an error", none == 0);
        }
    }
}

library! {
    CAIRO "cairo" in "libcairo.so.2";
    version text(cairo_version_string());
    fn cairo_version_string() -> *const c_char;
    fn cairo_pdf_surface_create(path: *const c_char, width: f64, height: f64) -> P;
    fn cairo_pdf_surface_create_for_stream(write: extern "C" fn(P, *const u8, c_uint) -> c_int, data: P, width: f64, height: f64) -> P;
    fn cairo_create(surface: P) -> P;
    fn cairo_paint(context: P);
    fn cairo_destroy(context: P);
    fn cairo_surface_finish(surface: P);
    fn cairo_surface_status(surface: P) -> c_int;
    fn cairo_surface_destroy(surface: P);
}

row! {
    cairo_surface CAIRO "surface of a file" "cairo_surface_destroy"
    {
        #[derive(Close)]
        struct Surface {
            #[unmanaged(check = status::zero, unsafe(release = |surface| {
                cairo_surface_finish(surface);
                let status = cairo_surface_status(surface);
                cairo_surface_destroy(surface);
                status
            }))]
            surface: P,
            #[unmanaged(unsafe(release = cairo_destroy))]
            context: P,
        }
    }
    |seen| {
        extern "C" fn full(_: P, _: *const u8, _: c_uint) -> c_int {
            11 // CAIRO_STATUS_WRITE_ERROR
        }
        unsafe {
            let paint = |path: &std::ffi::CStr| {
                let surface = cairo_pdf_surface_create(path.as_ptr(), 10.0, 10.0);
                let context = cairo_create(surface);
                cairo_paint(context);
                (surface, context)
            };
            let (surface, context) = paint(&scratch_c("good"));
            cairo_surface_destroy(surface);
            seen.void();
            let before = size("good");
            cairo_destroy(context);
            seen.order("any: a context keeps its surface, and its release then writes the file", before < 500 && size("good") >= 500);
            seen.waits("writes the file", size("good") > before);
            let (surface, context) = paint(c"/dev/full");
            cairo_destroy(context);
            let before = descriptors();
            cairo_surface_destroy(surface);
            seen.loses("the error of a full device: finish, ask for the status, destroy", descriptors() == before - 1);
            let (surface, context) = paint(c"/dev/full");
            seen.not_so("a PDF by its name returns 0 even then: give it a stream, which may fail", Surface { surface, context }.close().is_ok());
            let (surface, context) = (cairo_pdf_surface_create_for_stream(full, NULL, 10.0, 10.0), NULL);
            seen.failure(code(Surface { surface, context }.close()), "of `cairo_surface_status`, the stream failed");
            let (surface, context) = paint(&scratch_c("other"));
            Surface { surface, context }.close().unwrap();
            seen.success("0 of `cairo_surface_status`");
            cairo_surface_destroy(NULL);
            cairo_destroy(NULL);
            seen.null("accepted", size("other") >= 500);
        }
    }
}

library! {
    FREETYPE "FreeType" in "libfreetype.so.6";
    version { let (mut library, mut a, mut b, mut c) = (NULL, 0, 0, 0); FT_Init_FreeType(&mut library); FT_Library_Version(library, &mut a, &mut b, &mut c); FT_Done_FreeType(library); format!("{a}.{b}.{c}") };
    fn FT_Init_FreeType(library: *mut P) -> c_int;
    fn FT_Library_Version(library: P, major: *mut c_int, minor: *mut c_int, patch: *mut c_int);
    fn FT_New_Face(library: P, path: *const c_char, index: i64, face: *mut P) -> c_int;
    fn FT_Reference_Face(face: P) -> c_int;
    fn FT_Done_Face(face: P) -> c_int;
    fn FT_Done_FreeType(library: P) -> c_int;
}

const FONT: &std::ffi::CStr = c"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

row! {
    freetype FREETYPE "library, face" "FT_Done_FreeType, FT_Done_Face"
    {
        #[derive(Close)]
        struct Font {
            #[unmanaged(unsafe(release = FT_Done_FreeType), check = status::zero)]
            library: P,
            #[unmanaged(unsafe(release = FT_Done_Face), check = status::zero)]
            face: P,
        }
    }
    |seen| {
        unsafe {
            if !std::path::Path::new(FONT.to_str().unwrap()).exists() {
                dispose_releases::missing("the font DejaVu Sans");
            }
            let open = || {
                let (mut library, mut face) = (NULL, NULL);
                assert_eq!(FT_Init_FreeType(&raw mut library), 0);
                assert_eq!(FT_New_Face(library, FONT.as_ptr(), 0, &raw mut face), 0);
                (library, face)
            };
            let (library, face) = open();
            assert!(mapped("DejaVuSans.ttf"));
            Font { library, face }.close().unwrap();
            seen.success(0);
            let (library, face) = open();
            assert_eq!(FT_Reference_Face(face), 0);
            let first = FT_Done_Face(face);
            let counted = first == 0 && mapped("DejaVuSans.ttf");
            assert_eq!(FT_Done_FreeType(library), 0);
            seen.order("faces (counted) before the library, which frees those that are left", counted && !mapped("DejaVuSans.ttf"));
            let none = (FT_Done_FreeType(NULL), FT_Done_Face(NULL));
            seen.failure(format!("{:#x}, {:#x}", none.0, none.1), "null");
            seen.null("an error", none.0 != 0 && none.1 != 0);
        }
    }
}

library! {
    FONTCONFIG "fontconfig" in "libfontconfig.so.1";
    version { let version = FcGetVersion(); format!("{}.{}.{}", version / 10_000, version / 100 % 100, version % 100) };
    fn FcGetVersion() -> c_int;
    fn FcPatternCreate() -> P;
    fn FcPatternReference(pattern: P);
    fn FcPatternAddString(pattern: P, name: *const c_char, value: *const c_char) -> c_int;
    fn FcPatternGetString(pattern: P, name: *const c_char, at: c_int, value: *mut *const c_char) -> c_int;
    fn FcFontSetCreate() -> P;
    fn FcFontSetAdd(set: P, pattern: P) -> c_int;
    fn FcFontSetDestroy(set: P);
    fn FcPatternDestroy(pattern: P);
}

row! {
    font_pattern FONTCONFIG "pattern, font set" "FcPatternDestroy, FcFontSetDestroy"
    {
        #[derive(Close)]
        struct Pattern {
            #[unmanaged(unsafe(release = FcPatternDestroy))]
            pattern: P,
        }
        #[derive(Close)]
        struct Set {
            #[unmanaged(unsafe(release = FcFontSetDestroy))]
            set: P,
        }
    }
    |seen| {
        unsafe {
            let pattern = FcPatternCreate();
            FcPatternAddString(pattern, c"family".as_ptr(), c"hello".as_ptr());
            FcPatternReference(pattern);
            let set = FcFontSetCreate();
            assert_eq!(FcFontSetAdd(set, pattern), 1);
            Set { set }.close().unwrap();
            let mut value = ptr::null();
            let there = FcPatternGetString(pattern, c"family".as_ptr(), 0, &raw mut value) == 0 && text(value) == "hello";
            seen.void();
            seen.order("a set releases the patterns that were added: reference those that you keep", there);
            let gone = freed(|| Pattern { pattern }.close().unwrap());
            seen.order("counted", gone > 0);
        }
    }
}

library! {
    SDL "SDL" in "libSDL2-2.0.so.0";
    version { let mut version = [0_u8; 3]; SDL_GetVersion(version.as_mut_ptr()); format!("{}.{}.{}", version[0], version[1], version[2]) };
    fn SDL_GetVersion(version: *mut u8);
    fn SDL_Init(flags: u32) -> c_int;
    fn SDL_InitSubSystem(flags: u32) -> c_int;
    fn SDL_QuitSubSystem(flags: u32);
    fn SDL_Quit();
    fn SDL_WasInit(flags: u32) -> u32;
    fn SDL_RWFromFile(path: *const c_char, mode: *const c_char) -> P;
    fn SDL_RWwrite(file: P, bytes: *const u8, size: usize, count: usize) -> usize;
    fn SDL_RWclose(file: P) -> c_int;
}

row! {
    sdl_file SDL "`SDL_RWops` of a file" "SDL_RWclose"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = SDL_RWclose), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let write = |path: &std::ffi::CStr, len: usize| {
                let file = SDL_RWFromFile(path.as_ptr(), c"w".as_ptr());
                SDL_RWwrite(file, vec![7; len].as_ptr(), 1, len);
                file
            };
            File { file: write(&scratch_c("good"), 5) }.close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", size("good") == 5);
            let before = descriptors();
            seen.failure(code(File { file: write(c"/dev/full", 5) }.close()), "the device is full (`SDL_GetError`, so not `status::errno`)");
            seen.consumed("the descriptor is closed", descriptors() == before);
            seen.loses("0 after a write that failed before: check the writes", File { file: write(c"/dev/full", 100_000) }.close().is_ok());
        }
    }
}

row! {
    sdl SDL "library" "SDL_Quit, SDL_QuitSubSystem"
    {
        #[derive(Close)]
        struct Audio {
            #[unmanaged(release = |flags| unsafe { SDL_QuitSubSystem(flags) }, invalid = 0)]
            flags: u32,
        }
    }
    |seen| {
        unsafe {
            let timer = 1;
            assert_eq!((SDL_Init(timer), SDL_InitSubSystem(timer)), (0, 0));
            Audio { flags: timer }.close().unwrap();
            seen.void();
            let counted = SDL_WasInit(timer) == timer;
            SDL_Quit();
            assert_eq!(SDL_WasInit(timer), 0);
            assert_eq!((SDL_Init(timer), SDL_InitSubSystem(timer)), (0, 0));
            SDL_Quit();
            seen.order("`SDL_QuitSubSystem` counts, `SDL_Quit` ends it for all users", counted && SDL_WasInit(timer) == 0);
        }
    }
}

library! {
    NCURSES "ncurses" in "libncursesw.so.6" | "libncurses.so.6";
    version text(curses_version()).split([' ', '.']).skip(1).take(2).collect::<Vec<_>>().join(".");
    fn curses_version() -> *const c_char;
    fn newterm(kind: *const c_char, out: *mut FILE, r#in: *mut FILE) -> P;
    fn endwin() -> c_int;
    fn delscreen(screen: P);
    fn newwin(lines: c_int, columns: c_int, y: c_int, x: c_int) -> P;
    fn derwin(window: P, lines: c_int, columns: c_int, y: c_int, x: c_int) -> P;
    fn delwin(window: P) -> c_int;
    fn getmaxx(window: P) -> c_int;
}

/// A screen that is not seen.
fn terminal() -> P {
    unsafe {
        let open = |mode: &std::ffi::CStr| libc::fopen(c"/dev/null".as_ptr(), mode.as_ptr());
        let screen = newterm(c"xterm".as_ptr(), open(c"w"), open(c"r"));
        if screen.is_null() {
            dispose_releases::missing("the description of the terminal xterm");
        }
        screen
    }
}

row! {
    curses_window NCURSES "window" "delwin"
    {
        #[derive(Dispose)]
        struct Window {
            #[unmanaged(unsafe(release = delwin), check = status::zero, on_error = keep)]
            window: P,
            #[unmanaged(unsafe(release = delwin), check = status::zero, each, on_error = keep)]
            children: Vec<P>,
        }
    }
    |seen| {
        unsafe {
            let screen = terminal();
            let window = newwin(5, 10, 0, 0);
            let child = derwin(window, 2, 4, 0, 0);
            let mut owner = Window { window, children: Vec::new() };
            seen.failure(code(owner.dispose()), "a subwindow of it is left");
            seen.kept("", getmaxx(window) == 10);
            owner.children.push(child);
            let then = owner.dispose();
            seen.success(0);
            seen.order("subwindows first", then.is_ok());
            let none = delwin(NULL);
            seen.null(&format!("{none}, an error"), none == -1);
            endwin();
            delscreen(screen);
        }
    }
}

library! {
    FORM "ncurses (forms)" in "libformw.so.6" | "libform.so.6";
    version FORM.file_version();
    fn new_field(rows: c_int, columns: c_int, y: c_int, x: c_int, off: c_int, buffers: c_int) -> P;
    fn new_form(fields: *mut P) -> P;
    fn free_form(form: P) -> c_int;
    fn free_field(field: P) -> c_int;
}

row! {
    curses_form FORM "form, field" "free_form, free_field"
    {
        #[derive(Dispose)]
        struct Form {
            #[unmanaged(unsafe(release = free_field), check = status::zero, each, on_error = keep)]
            fields: Vec<P>,
            #[unmanaged(unsafe(release = free_form), check = status::zero, on_error = keep)]
            form: P,
        }
    }
    |seen| {
        unsafe {
            let screen = terminal();
            let field = new_field(1, 5, 0, 0, 0, 0);
            let mut list = [field, NULL];
            let form = new_form(list.as_mut_ptr());
            assert!(!form.is_null());
            let mut alone = Form { fields: vec![field], form: NULL };
            seen.failure(code(alone.dispose()), "of `free_field`, a form has it");
            let kept = alone.fields == [field];
            alone.form = form;
            let then = alone.dispose();
            seen.success(0);
            seen.kept("", kept && then.is_ok());
            seen.order("the form before its fields", then.is_ok());
            seen.null("an error", free_form(NULL) != 0 && free_field(NULL) != 0);
            endwin();
            delscreen(screen);
        }
    }
}

library! {
    XKB "libxkbcommon" in "libxkbcommon.so.0";
    version XKB.file_version();
    fn xkb_context_new(flags: c_int) -> P;
    fn xkb_context_unref(context: P);
    fn xkb_keymap_new_from_string(context: P, text: *const c_char, format: c_int, flags: c_int) -> P;
    fn xkb_keymap_num_layouts(keymap: P) -> u32;
    fn xkb_keymap_unref(keymap: P);
}

row! {
    xkb XKB "context, keymap" "xkb_context_unref, xkb_keymap_unref"
    {
        #[derive(Close)]
        struct Keyboard {
            #[unmanaged(unsafe(release = xkb_context_unref))]
            context: P,
            #[unmanaged(unsafe(release = xkb_keymap_unref))]
            keymap: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let context = xkb_context_new(1);
                let keymap = xkb_keymap_new_from_string(context, c"xkb_keymap { xkb_keycodes { <A> = 38; }; xkb_types { }; xkb_compat { }; xkb_symbols { key <A> { [ a ] }; }; };".as_ptr(), 1, 0);
                assert!(!keymap.is_null());
                (context, keymap)
            };
            let (context, keymap) = open();
            xkb_context_unref(context);
            seen.void();
            seen.order("any: counted", xkb_keymap_num_layouts(keymap) == 1);
            xkb_keymap_unref(keymap);
            let (context, keymap) = open();
            Keyboard { context, keymap }.close().unwrap();
            xkb_context_unref(NULL);
            xkb_keymap_unref(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    HARFBUZZ "HarfBuzz" in "libharfbuzz.so.0";
    version text(hb_version_string());
    fn hb_version_string() -> *const c_char;
    fn hb_blob_create(bytes: *const u8, len: c_uint, mode: c_int, data: P, destroy: extern "C" fn(P)) -> P;
    fn hb_face_create(blob: P, index: c_uint) -> P;
    fn hb_blob_destroy(blob: P);
    fn hb_face_destroy(face: P);
}

row! {
    harfbuzz HARFBUZZ "blob, face" "hb_blob_destroy, hb_face_destroy"
    {
        #[derive(Close)]
        struct Blob {
            #[unmanaged(unsafe(release = hb_blob_destroy))]
            blob: P,
        }
    }
    |seen| {
        extern "C" fn freed(data: P) {
            drop(unsafe { Box::from_raw(data.cast::<[u8; 100]>()) });
            FREED.store(true, Ordering::SeqCst);
        }
        static FREED: AtomicBool = AtomicBool::new(false);
        unsafe {
            let bytes = Box::into_raw(Box::new([0_u8; 100]));
            let blob = hb_blob_create(bytes.cast(), 100, 1, bytes.cast(), freed);
            let face = hb_face_create(blob, 0);
            Blob { blob }.close().unwrap();
            seen.void();
            let early = FREED.load(Ordering::SeqCst);
            hb_face_destroy(face);
            seen.order("a face keeps the blob: its bytes are freed by the callback, not after this", !early && FREED.load(Ordering::SeqCst));
            hb_blob_destroy(NULL);
            hb_face_destroy(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    WAYLAND "Wayland (server)" in "libwayland-server.so.0";
    version WAYLAND.file_version();
    fn wl_display_create() -> P;
    fn wl_display_get_event_loop(display: P) -> P;
    fn wl_client_create(display: P, fd: c_int) -> P;
    fn wl_client_add_destroy_listener(client: P, listener: *mut Listener);
    fn wl_client_destroy(client: P);
    fn wl_display_destroy_clients(display: P);
    fn wl_display_destroy(display: P);
}

/// A `wl_listener`.
#[repr(C)]
struct Listener {
    links: [P; 2],
    notify: extern "C" fn(*mut Listener, P),
}

row! {
    wayland_display WAYLAND "display, client" "wl_display_destroy, wl_client_destroy"
    {
        #[derive(Close)]
        struct Display {
            #[unmanaged(unsafe(release = |display| {
                wl_display_destroy_clients(display);
                wl_display_destroy(display);
            }))]
            display: P,
        }
    }
    |seen| {
        extern "C" fn gone(_: *mut Listener, _: P) {
            GONE.fetch_add(1, Ordering::SeqCst);
        }
        static GONE: AtomicI32 = AtomicI32::new(0);
        unsafe {
            let before = descriptors();
            let open = || {
                let (mine, peer) = std::os::unix::net::UnixStream::pair().unwrap();
                let display = wl_display_create();
                let fd = std::os::fd::IntoRawFd::into_raw_fd(mine);
                let client = wl_client_create(display, fd);
                (display, client, fd, peer)
            };
            let (display, client, fd, peer) = open();
            let mut listener = Listener { links: [NULL; 2], notify: gone };
            wl_client_add_destroy_listener(client, &raw mut listener);
            Display { display }.close().unwrap();
            seen.void();
            seen.order("a client owns the descriptor that it was given", !is_open(fd));
            seen.order("clients before it: `wl_display_destroy` alone leaves them", GONE.load(Ordering::SeqCst) == 1);
            drop(peer);
            assert_eq!(descriptors(), before);
            let (display, client, fd, _peer) = open();
            wl_client_destroy(client);
            assert!(!is_open(fd));
            Display { display }.close().unwrap();
        }
    }
}

library! {
    CACA "libcaca" in "libcaca.so.0";
    version text(caca_get_version());
    fn caca_get_version() -> *const c_char;
    fn caca_create_canvas(width: c_int, height: c_int) -> P;
    fn caca_get_canvas_width(canvas: P) -> c_int;
    fn caca_create_display_with_driver(canvas: P, driver: *const c_char) -> P;
    fn caca_get_canvas(display: P) -> P;
    fn caca_free_display(display: P) -> c_int;
    fn caca_free_canvas(canvas: P) -> c_int;
}

row! {
    caca CACA "canvas, display" "caca_free_canvas, caca_free_display"
    {
        #[derive(Dispose)]
        struct Screen {
            #[unmanaged(check = status::errno, on_error = keep, unsafe(release = caca_free_canvas))]
            canvas: P,
            #[unmanaged(unsafe(release = caca_free_display), check = status::zero)]
            display: P,
        }
    }
    |seen| {
        unsafe {
            let screen = |canvas| Screen { canvas, display: caca_create_display_with_driver(canvas, c"null".as_ptr()) };
            let mut shown = screen(caca_create_canvas(20, 5));
            assert!(!shown.display.is_null());
            let refused = caca_free_canvas(shown.canvas);
            assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EBUSY));
            seen.failure(refused, "`EBUSY`, a display shows it");
            seen.kept("", caca_get_canvas_width(shown.canvas) == 20);
            shown.dispose().unwrap();
            seen.success(0);
            seen.order("the display first, always 0", true);
            let display = caca_create_display_with_driver(NULL, c"null".as_ptr());
            let lent = caca_free_canvas(caca_get_canvas(display));
            seen.loses("nothing: a canvas that the display has made is the display's, and no field (-1)", lent == -1 && caca_free_display(display) == 0);
        }
    }
}
