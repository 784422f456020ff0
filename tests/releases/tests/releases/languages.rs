//! Interpreters, and object systems of C.

use std::ffi::{CString, c_char, c_int, c_uint};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use dispose_core::{Close, Dispose, status};
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    LUA "Lua" in "liblua5.4.so.0";
    version text(LUA.symbol("lua_ident").cast()).split(' ').nth(2).unwrap().to_owned();
    fn luaL_newstate() -> P;
    fn luaL_openlibs(state: P);
    fn luaL_loadstring(state: P, code: *const c_char) -> c_int;
    fn lua_pcallk(state: P, arguments: c_int, results: c_int, handler: c_int, context: isize, next: P) -> c_int;
    fn lua_newthread(state: P) -> P;
    fn lua_close(state: P);
}

row! {
    lua LUA "state" "lua_close"
    {
        #[derive(Close)]
        struct State {
            #[unmanaged(unsafe(release = lua_close))]
            state: P,
        }
    }
    |seen| {
        unsafe {
            let run = |code: &str| {
                let state = luaL_newstate();
                luaL_openlibs(state);
                let code = CString::new(code.replace("FILE", scratch("file").to_str().unwrap())).unwrap();
                assert_eq!((luaL_loadstring(state, code.as_ptr()), lua_pcallk(state, 0, 0, 0, 0, NULL)), (0, 0));
                state
            };
            let state = run("x = setmetatable({}, {__gc = function() io.open('FILE', 'w'):write('done'):close() end})");
            State { state }.close().unwrap();
            seen.void();
            seen.waits("runs the finalizers", size("file") == 4);
            State { state: run("x = setmetatable({}, {__gc = function() error('lost') end})") }.close().unwrap();
            seen.loses("the errors of finalizers", reports().is_empty());
            let state = run("x = setmetatable({}, {__gc = function() io.open('FILE', 'w'):write('closed'):close() end})");
            lua_close(lua_newthread(state));
            seen.order("called with a coroutine's state it closes the whole: only the main state owns", size("file") == 6);
        }
    }
}

library! {
    PYTHON "CPython" in "libpython3.11.so.1.0";
    version text(Py_GetVersion()).split(' ').next().unwrap().to_owned();
    fn Py_GetVersion() -> *const c_char;
    fn Py_InitializeEx(signals: c_int);
    fn Py_IsInitialized() -> c_int;
    fn Py_FinalizeEx() -> c_int;
    fn PyRun_SimpleString(code: *const c_char) -> c_int;
}

row! {
    python PYTHON "interpreter" "Py_FinalizeEx"
    {
        #[derive(Close)]
        struct Python {
            #[unmanaged(unsafe(release = |()| Py_FinalizeEx()), check = status::zero)]
            started: Option<()>,
        }
    }
    |seen| {
        unsafe {
            Py_InitializeEx(0);
            let run = |code: &std::ffi::CStr| assert_eq!(PyRun_SimpleString(code.as_ptr()), 0);
            run(c"import threading, time\nthreading.Thread(target=time.sleep, args=(0.4,)).start()");
            let (closed, time) = timed(|| Python { started: Some(()) }.close());
            closed.unwrap();
            seen.success(0);
            seen.waits("for its threads", time > std::time::Duration::from_millis(350));
            Py_InitializeEx(0);
            run(c"import sys\nsys.stdout = open('/dev/full', 'w')\nprint('hello')");
            seen.failure(code(Python { started: Some(()) }.close()), "its output cannot be flushed");
            seen.consumed("", Py_IsInitialized() == 0);
            Py_InitializeEx(0);
            run(c"f = open('/dev/full', 'w')\nf.write('hello')");
            seen.loses("0 although another open file could not be written", Python { started: Some(()) }.close().is_ok());
            seen.null("0, not started", Py_FinalizeEx() == 0);
        }
    }
}

library! {
    TCL "Tcl" in "libtcl8.6.so";
    version { let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0); Tcl_GetVersion(&mut a, &mut b, &mut c, &mut d); format!("{a}.{b}.{c}") };
    fn Tcl_GetVersion(major: *mut c_int, minor: *mut c_int, patch: *mut c_int, kind: *mut c_int);
    fn Tcl_FindExecutable(path: *const c_char);
    fn Tcl_CreateInterp() -> P;
    fn Tcl_DeleteInterp(interpreter: P);
    fn Tcl_InterpDeleted(interpreter: P) -> c_int;
    fn Tcl_Preserve(data: P);
    fn Tcl_Release(data: P);
    fn Tcl_OpenFileChannel(interpreter: P, path: *const c_char, mode: *const c_char, permissions: c_int) -> P;
    fn Tcl_Write(channel: P, bytes: *const u8, len: c_int) -> c_int;
    fn Tcl_Close(interpreter: P, channel: P) -> c_int;
}

row! {
    tcl_interpreter TCL "interpreter" "Tcl_DeleteInterp"
    {
        #[derive(Close)]
        struct Interpreter {
            #[unmanaged(unsafe(release = Tcl_DeleteInterp))]
            interpreter: P,
        }
    }
    |seen| {
        unsafe {
            Tcl_FindExecutable(ptr::null());
            let interpreter = Tcl_CreateInterp();
            Tcl_Preserve(interpreter);
            Interpreter { interpreter }.close().unwrap();
            seen.void();
            seen.waits("deferred while other code preserves it: it is deleted, and still exists", Tcl_InterpDeleted(interpreter) == 1);
            Tcl_Release(interpreter);
        }
    }
}

row! {
    tcl_channel TCL "channel" "Tcl_Close"
    {
        #[derive(Close)]
        struct Channel {
            #[unmanaged(unsafe(release = |channel| Tcl_Close(NULL, channel)), check = status::zero)]
            channel: P,
        }
    }
    |seen| {
        unsafe {
            Tcl_FindExecutable(ptr::null());
            let write = |path: &std::ffi::CStr| {
                let channel = Tcl_OpenFileChannel(NULL, path.as_ptr(), c"w".as_ptr(), 0o600);
                assert_eq!(Tcl_Write(channel, b"hello".as_ptr(), 5), 5);
                channel
            };
            Channel { channel: write(&scratch_c("good")) }.close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", size("good") == 5);
            let before = descriptors();
            seen.failure(code(Channel { channel: write(c"/dev/full") }.close()), "the device is full");
            seen.consumed("the descriptor is closed", descriptors() == before);
        }
    }
}

library! {
    TALLOC "talloc" in "libtalloc.so.2";
    version { let (major, minor) = (talloc_version_major(), talloc_version_minor()); format!("{major}.{minor}") };
    fn talloc_version_major() -> c_int;
    fn talloc_version_minor() -> c_int;
    fn talloc_named_const(parent: P, len: usize, name: *const c_char) -> P;
    fn _talloc_set_destructor(memory: P, destructor: extern "C" fn(P) -> c_int);
    fn talloc_total_blocks(memory: P) -> usize;
    fn _talloc_free(memory: P, place: *const c_char) -> c_int;
}

row! {
    talloc TALLOC "block" "talloc_free"
    {
        #[derive(Dispose)]
        struct Block {
            #[unmanaged(unsafe(release = |block| _talloc_free(block, c"".as_ptr())), check = status::zero, on_error = keep)]
            block: P,
        }
    }
    |seen| {
        extern "C" fn refuse(_: P) -> c_int {
            REFUSAL.load(Ordering::SeqCst)
        }
        static REFUSAL: AtomicI32 = AtomicI32::new(-1);
        unsafe {
            let make = || {
                let parent = talloc_named_const(NULL, 100, c"parent".as_ptr());
                let child = talloc_named_const(parent, 100, c"child".as_ptr());
                _talloc_set_destructor(child, refuse);
                (parent, child)
            };
            let (parent, child) = make();
            let mut owner = Block { block: child };
            seen.failure(code(owner.dispose()), "its destructor refuses");
            let both = talloc_total_blocks(parent) == 2;
            REFUSAL.store(0, Ordering::SeqCst);
            let then = owner.dispose().is_ok();
            seen.kept("", both && then && talloc_total_blocks(parent) == 1);
            assert_eq!(_talloc_free(parent, c"".as_ptr()), 0);
            seen.success(0);
            REFUSAL.store(-1, Ordering::SeqCst);
            let (parent, child) = make();
            let status = _talloc_free(parent, c"".as_ptr());
            seen.order("children are freed with their parent; one that refuses lives on, and the parent still returns 0", status == 0 && talloc_total_blocks(child) == 1);
            let none = _talloc_free(NULL, c"".as_ptr());
            seen.null(&none.to_string(), none == -1);
        }
    }
}

library! {
    GIO "GLib (GIO)" in "libgio-2.0.so.0";
    version GLIB.version();
    fn g_file_new_for_path(path: *const c_char) -> P;
    fn g_file_replace(file: P, tag: *const c_char, backup: c_int, flags: c_int, cancel: P, error: *mut P) -> P;
    fn g_file_create(file: P, flags: c_int, cancel: P, error: *mut P) -> P;
    fn g_buffered_output_stream_new(stream: P) -> P;
    fn g_output_stream_write(stream: P, bytes: *const u8, len: usize, cancel: P, error: *mut P) -> isize;
    fn g_output_stream_close(stream: P, cancel: P, error: *mut P) -> c_int;
    fn g_object_unref(object: P);
    fn g_object_ref(object: P) -> P;
}

row! {
    gio_stream GIO "output stream" "g_output_stream_close, g_object_unref"
    {
        #[derive(Close)]
        struct Stream {
            #[unmanaged(check = status::positive, unsafe(release = |stream| {
                let closed = g_output_stream_close(stream, NULL, ptr::null_mut());
                g_object_unref(stream);
                closed
            }))]
            stream: P,
        }
    }
    |seen| {
        unsafe {
            let open = |name: &str| {
                let file = g_file_new_for_path(scratch_c(name).as_ptr());
                let raw = g_file_replace(file, ptr::null(), 0, 0, NULL, ptr::null_mut());
                let stream = g_buffered_output_stream_new(raw);
                g_object_unref(raw);
                g_object_unref(file);
                assert_eq!(g_output_stream_write(stream, b"hello".as_ptr(), 5, NULL, ptr::null_mut()), 5);
                stream
            };
            Stream { stream: open("good") }.close().unwrap();
            seen.success(1);
            seen.waits("writes what is buffered", size("good") == 5);
            let before = descriptors();
            let stream = open("full");
            let first = no_room(1, || g_output_stream_close(stream, NULL, ptr::null_mut()));
            seen.failure(first, "no room");
            seen.consumed("the descriptor is closed", descriptors() == before);
            seen.means("a second call returns 1: only the first result counts", g_output_stream_close(stream, NULL, ptr::null_mut()) == 1);
            g_object_unref(stream);
            let stream = open("lost");
            no_room(1, || g_object_unref(stream));
            seen.loses("`g_object_unref` alone closes too, and returns nothing", size("lost") < 5);
            let stream = open("reported");
            assert_eq!(code(no_room(1, || Stream { stream }.close())), 0);
        }
    }
}

library! {
    GLIB "GLib" in "libglib-2.0.so.0";
    version ["major", "minor", "micro"].map(|part| (*GLIB.symbol(&format!("glib_{part}_version")).cast::<c_uint>()).to_string()).join(".");
    fn g_thread_new(name: *const c_char, function: extern "C" fn(P) -> P, data: P) -> P;
    fn g_thread_join(thread: P) -> P;
    fn g_thread_unref(thread: P);
    fn g_main_loop_new(context: P, running: c_int) -> P;
    fn g_main_loop_unref(r#loop: P);
    fn g_source_remove(tag: c_uint) -> c_int;
    fn g_timeout_add_full(priority: c_int, interval: c_uint, function: extern "C" fn(P) -> c_int, data: P, notify: extern "C" fn(P)) -> c_uint;
    fn g_main_context_find_source_by_id(context: P, tag: c_uint) -> P;
}

row! {
    glib_thread GLIB "thread" "g_thread_join, g_thread_unref"
    {
        #[derive(Close)]
        struct Thread {
            #[unmanaged(unsafe(release = g_thread_join), check = status::ignore, unsafe(drop = g_thread_unref))]
            thread: P,
        }
    }
    |seen| {
        extern "C" fn sleeps(_: P) -> P {
            std::thread::sleep(std::time::Duration::from_millis(300));
            ptr::without_provenance_mut(7)
        }
        unsafe {
            let start = || g_thread_new(c"test".as_ptr(), sleeps, NULL);
            let returned = g_thread_join(start());
            assert_eq!(returned.addr(), 7);
            seen.success("what the thread returned: no status");
            let long = std::time::Duration::from_millis(250);
            let joined = timed(|| Thread { thread: start() }.close().unwrap()).1;
            let left = timed(|| drop(Thread { thread: start() })).1;
            seen.waits("for the thread to end; `g_thread_unref` lets it run on", joined > long && left < long);
        }
    }
}

row! {
    glib_source GLIB "source, by its number" "g_source_remove"
    {
        #[derive(Close)]
        struct Source {
            #[unmanaged(unsafe(release = g_source_remove), check = status::positive, invalid = 0)]
            tag: c_uint,
        }
    }
    |seen| {
        extern "C" fn again(_: P) -> c_int {
            1
        }
        extern "C" fn freed(_: P) {
            FREED.store(true, Ordering::SeqCst);
        }
        static FREED: AtomicBool = AtomicBool::new(false);
        unsafe {
            let tag = g_timeout_add_full(0, 1_000, again, NULL, freed);
            Source { tag }.close().unwrap();
            seen.success(1);
            seen.waits("runs the destroy notification", FREED.load(Ordering::SeqCst));
            assert!(g_main_context_find_source_by_id(NULL, tag).is_null());
            seen.failure(code(Source { tag }.close()), "it ended by itself: take the number out then");
            seen.null("0 never names a source", tag != 0);
        }
    }
}

library! {
    PERL "Perl" in "libperl.so.5.36";
    version PERL.file_version();
    fn Perl_sys_init3(argc: *mut c_int, argv: *mut *mut *mut c_char, environment: *mut *mut *mut c_char);
    fn Perl_sys_term();
    fn perl_alloc() -> P;
    fn perl_construct(perl: P);
    fn perl_parse(perl: P, boot: P, argc: c_int, argv: *mut *mut c_char, environment: P) -> c_int;
    fn perl_run(perl: P) -> c_int;
    fn perl_destruct(perl: P) -> c_int;
    fn perl_free(perl: P);
}

row! {
    perl PERL "interpreter" "perl_destruct, perl_free"
    {
        #[derive(Close)]
        struct Interpreter {
            #[unmanaged(check = status::zero, unsafe(release = |perl| {
                let status = perl_destruct(perl);
                perl_free(perl);
                status
            }))]
            perl: P,
        }
    }
    |seen| {
        unsafe {
            let (mut argc, mut argv, mut environment) = (0, [ptr::null_mut()], [ptr::null_mut()]);
            Perl_sys_init3(&mut argc, &mut argv.as_mut_ptr(), &mut environment.as_mut_ptr());
            let run = |program: &str| {
                let (perl, program) = (perl_alloc(), CString::new(program).unwrap());
                perl_construct(perl);
                let mut argv = [c"".as_ptr().cast_mut(), c"-e".as_ptr().cast_mut(), program.as_ptr().cast_mut(), ptr::null_mut()];
                assert_eq!(perl_parse(perl, NULL, 3, argv.as_mut_ptr(), NULL), 0);
                perl_run(perl);
                Interpreter { perl }
            };
            run("1").close().unwrap();
            seen.success(0);
            seen.failure(code(run("END { $? = 3 }").close()), "the program's exit status");
            let path = scratch("full");
            let full = run(&format!("open our $f, '>', '{}'; print $f 'x' x 100; 1", path.display()));
            assert_eq!((size("full"), opened("full")), (0, 1));
            let silent = no_room(0, || full.close()).is_ok();
            seen.consumed("`perl_free` frees it whatever the status was", opened("full") == 0);
            seen.loses("0 although an open file could not be written, but for a line on stderr: close files in the program", silent && size("full") == 0);
            let path = scratch("good");
            run(&format!("open our $f, '>', '{}'; print $f 'x' x 100; 1", path.display())).close().unwrap();
            seen.waits("runs `END` blocks, writes open files", size("good") == 100);
            Perl_sys_term();
        }
    }
}
