//! The C library and the kernel.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::net::{TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;
use std::{fs, mem, ptr, thread};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{P, library, missing, row, text};
use libc::{
    DIR, EBADF, EBUSY, EDEADLK, EINVAL, ENOSPC, FILE, closedir, dlclose, fclose, ferror, fopen,
    munmap, pclose, pthread_mutex_destroy, pthread_rwlock_destroy,
};

library! {
    GLIBC "glibc" in "libc.so.6";
    version text(gnu_get_libc_version());
    fn gnu_get_libc_version() -> *const c_char;
    fn setmntent(path: *const c_char, mode: *const c_char) -> *mut FILE;
    fn endmntent(file: *mut FILE) -> c_int;
    fn __cxa_thread_atexit_impl(destructor: extern "C" fn(P), object: P, of: P) -> c_int;
    fn iconv_open(to: *const c_char, from: *const c_char) -> P;
    fn iconv_close(conversion: P) -> c_int;
}

// The kernel's further numbers say nothing of its interface.
library! {
    LINUX "Linux" in "libc.so.6";
    version "6";
}

fn written(path: &CString, len: usize) -> *mut FILE {
    unsafe {
        let file = fopen(path.as_ptr(), c"w".as_ptr());
        libc::fwrite(vec![b'x'; len].as_ptr().cast(), 1, len, file);
        file
    }
}

row! {
    file GLIBC "`FILE`" "fclose"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = |file| {
                let failed = ferror(file) != 0;
                let closed = status::errno(fclose(file));
                if failed { closed.and(Err(std::io::Error::other("an earlier write failed"))) } else { closed }
            }))]
            file: *mut FILE,
        }
    }
    |seen| {
        #[derive(Close)]
        struct Guessed(#[unmanaged(unsafe(release = fclose), check = status::errno)] *mut FILE);
        let (good, full) = (scratch_c("file"), CString::new("/dev/full").unwrap());
        seen.success(unsafe { fclose(written(&good, 10)) });
        let file = written(&good, 10);
        let mut status = 0;
        let by_success = freed(|| status = unsafe { fclose(file) });
        assert_eq!(status, 0);
        let file = written(&full, 10);
        let by_failure = freed(|| status = unsafe { fclose(file) });
        seen.failure(status, "`ENOSPC`, of what was still buffered");
        seen.consumed("the memory and the descriptor are freed", by_failure == by_success && by_success > 1000);
        assert_eq!(os(File { file: written(&full, 10) }.close()), ENOSPC);
        seen.not_so(
            "0 also after a write that failed before: call `ferror` first",
            Guessed(written(&full, 100_000)).close().is_ok()
                && File { file: written(&full, 100_000) }.close().is_err(),
        );
        File { file: written(&good, 10) }.close().unwrap();
        seen.waits("writes what is buffered", size("file") == 10);
    }
}

row! {
    pipe GLIBC "`FILE` of `popen`" "pclose"
    {
        #[derive(Close)]
        struct Pipe {
            #[unmanaged(unsafe(release = pclose), check = |status| match status {
                0 => Ok(()),
                -1 => Err(std::io::Error::last_os_error()),
                of_child => Err(std::io::Error::other(format!("the program ended with {of_child}"))),
            })]
            pipe: *mut FILE,
        }
    }
    |seen| {
        let run = |command: &str| {
            let command = CString::new(command).unwrap();
            unsafe { libc::popen(command.as_ptr(), c"w".as_ptr()) }
        };
        seen.success(unsafe { pclose(run("true")) });
        seen.failure(unsafe { pclose(run("exit 3")) }, "the program's wait status");
        let (closed, time) = timed(|| Pipe { pipe: run("sleep 0.4") }.close());
        closed.unwrap();
        seen.waits("for the program to end", time > Duration::from_millis(390));
        let error = Pipe { pipe: run("exit 3") }.close().unwrap_err();
        assert!(error.to_string().contains("ended with 768"), "{error}");
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        let before = descriptors();
        let pipe = run("true");
        assert_eq!(descriptors(), before + 1);
        assert_eq!(os(Pipe { pipe }.close()), libc::ECHILD);
        seen.failure(-1, "`ECHILD` where `SIGCHLD` is ignored");
        seen.consumed("the descriptor is closed", descriptors() == before);
    }
}

row! {
    mount_table GLIBC "`FILE` of `setmntent`" "endmntent"
    {
        #[derive(Close)]
        struct Table {
            #[unmanaged(unsafe(release = |table| {
                let failed = ferror(table) != 0;
                let flushed = status::errno(libc::fflush(table)); // with its `errno`
                endmntent(table);
                if failed { flushed.and(Err(std::io::Error::other("an earlier write failed"))) } else { flushed }
            }))]
            table: *mut FILE,
        }
    }
    |seen| {
        let open = |path: &str| unsafe {
            let path = CString::new(path).unwrap();
            let table = setmntent(path.as_ptr(), c"w".as_ptr());
            libc::fputs(c"x".as_ptr(), table);
            table
        };
        let before = descriptors();
        seen.success(unsafe { endmntent(open("/dev/null")) });
        seen.loses("1 also for a full device: flush and read the error first", unsafe { endmntent(open("/dev/full")) } == 1);
        assert_eq!(os(Table { table: open("/dev/full") }.close()), ENOSPC);
        Table { table: open("/dev/null") }.close().unwrap();
        assert_eq!(descriptors(), before);
    }
}

row! {
    directory GLIBC "`DIR`" "closedir"
    {
        #[derive(Close)]
        struct Directory {
            #[unmanaged(unsafe(release = closedir), check = status::errno)]
            directory: *mut DIR,
        }
    }
    |seen| {
        let open = || unsafe { libc::opendir(c"/proc".as_ptr()) };
        seen.success(unsafe { closedir(open()) });
        Directory { directory: open() }.close().unwrap();
        let of = fs::File::open("/proc").unwrap().into_raw_fd();
        let directory = unsafe { libc::fdopendir(of) };
        let gone = freed(|| {
            unsafe { libc::close(of) };
            assert_eq!(os(Directory { directory }.close()), EBADF);
        });
        seen.failure(-1, "`EBADF`: other code has closed the descriptor");
        seen.consumed("the memory is freed", gone > 30_000);
        let of = fs::File::open("/proc").unwrap().into_raw_fd();
        Directory { directory: unsafe { libc::fdopendir(of) } }.close().unwrap();
        seen.order("owns the descriptor given to `fdopendir`: not a field beside it", !is_open(of));
    }
}

row! {
    addresses GLIBC "list of addresses" "freeaddrinfo"
    {
        #[derive(Close)]
        struct Addresses {
            #[unmanaged(unsafe(release = libc::freeaddrinfo))]
            first: *mut libc::addrinfo,
        }
    }
    |seen| {
        unsafe {
            // Without a kind of socket it returns one entry for each: a list of three.
            let resolve = |host: &CStr, list: *mut *mut libc::addrinfo| {
                let mut hints: libc::addrinfo = mem::zeroed();
                hints.ai_flags = libc::AI_NUMERICHOST;
                libc::getaddrinfo(host.as_ptr(), ptr::null(), &raw const hints, list)
            };
            let list = || {
                let mut list = ptr::null_mut();
                assert_eq!(resolve(c"127.0.0.1", &raw mut list), 0);
                assert!(!(*(*list).ai_next).ai_next.is_null());
                list
            };
            libc::freeaddrinfo(list()); // what stays for good
            let before = allocated();
            Addresses { first: list() }.close().unwrap();
            assert!(allocated() <= before, "all of the list");
            seen.void();

            let before = allocated();
            let first = list();
            let rest = mem::replace(&mut (*first).ai_next, ptr::null_mut());
            Addresses { first: rest }.close().unwrap();
            let alive = (*first).ai_family == libc::AF_INET;
            Addresses { first }.close().unwrap();
            let all = allocated() <= before;
            seen.order("frees what follows too: a rest that is cut off (its `ai_next` set to null) is an owner of its own", alive && all);

            let unset = ptr::without_provenance_mut(1);
            let mut list = unset;
            assert_ne!(resolve(c"no address", &raw mut list), 0);
            seen.not_so("a `getaddrinfo` that fails leaves the pointer as it was: begin with null", list == unset);

            libc::freeaddrinfo(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

row! {
    descriptor LINUX "file descriptor" "close"
    {
        #[derive(Close)]
        struct Descriptor {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
        }
    }
    |seen| {
        let open = || fs::File::open("/dev/null").unwrap().into_raw_fd();
        seen.success(unsafe { libc::close(open()) });
        Descriptor { fd: open() }.close().unwrap();
        seen.null("-1: -1, `EBADF`; 0 is a descriptor", unsafe { libc::close(-1) } == -1);

        // A peer that reads nothing, and a socket with more to say than fits in between.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _peer = listener.accept().unwrap();
        socket.set_nonblocking(true).unwrap();
        while std::io::Write::write(&mut &socket, &[0; 10_000]).is_ok() {}
        socket.set_nonblocking(false).unwrap();
        let linger = libc::linger { l_onoff: 1, l_linger: 1 };
        let len = libc::socklen_t::try_from(size_of::<libc::linger>()).unwrap();
        let fd = socket.into_raw_fd();
        unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), len) };
        let (closed, time) = timed(|| Descriptor { fd }.close());
        seen.waits("with `SO_LINGER`, for the peer", time > Duration::from_millis(900));
        seen.loses("0 although the peer did not get all of it", closed.is_ok());
        assert!(!is_open(fd));
    }
}

row! {
    mapping LINUX "mapping" "munmap"
    {
        #[derive(Close)]
        struct Mapping {
            #[unmanaged(unsafe(release = |address| munmap(address, self.len)), check = status::errno)]
            address: P,
            len: usize,
        }
    }
    |seen| {
        let map = || unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), 8192, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        seen.success(unsafe { munmap(map(), 8192) });
        let address = map();
        Mapping { address, len: 8192 }.close().unwrap();
        let is_mapped = |at: P| unsafe { libc::msync(at, 4096, libc::MS_ASYNC) } == 0;
        assert!(!is_mapped(address));
        let address = map();
        assert_eq!(os(Mapping { address, len: 0 }.close()), EINVAL);
        seen.failure(-1, "`EINVAL`, a length of 0");
        seen.kept("the pages are still there", is_mapped(address));
        seen.success(unsafe { munmap(address, 8192) });
        seen.not_so("0 a second time too, and a new mapping at the address is gone", unsafe { munmap(address, 8192) } == 0);
        seen.null("`MAP_FAILED` is -1, not null", libc::MAP_FAILED.addr() == usize::MAX);
    }
}

row! {
    mutex GLIBC "`pthread_mutex_t`" "pthread_mutex_destroy"
    {
        #[derive(Dispose)]
        struct Mutex {
            #[unmanaged(unsafe(release = |mutex| pthread_mutex_destroy(mutex)), check = status::os_code, on_error = keep)]
            mutex: *mut libc::pthread_mutex_t,
        }
    }
    |seen| {
        unsafe {
            let mut mutex = libc::PTHREAD_MUTEX_INITIALIZER;
            seen.success(pthread_mutex_destroy(&raw mut mutex));
            mutex = libc::PTHREAD_MUTEX_INITIALIZER;
            libc::pthread_mutex_lock(&raw mut mutex);
            seen.failure(pthread_mutex_destroy(&raw mut mutex), "`EBUSY`, locked");
            let mut owner = Mutex { mutex: &raw mut mutex };
            assert_eq!(os(owner.dispose()), EBUSY);
            let unlocked = libc::pthread_mutex_unlock(&raw mut mutex);
            let then = owner.dispose().is_ok();
            seen.kept("unlock, and the second call is 0", unlocked == 0 && then);
            seen.order("unlocked first", then);

            let mut attributes = mem::zeroed();
            libc::pthread_mutexattr_init(&raw mut attributes);
            libc::pthread_mutexattr_setrobust(&raw mut attributes, libc::PTHREAD_MUTEX_ROBUST);
            libc::pthread_mutex_init(&raw mut mutex, &raw const attributes);
            libc::pthread_mutex_lock(&raw mut mutex);
            seen.loses("a robust one is destroyed while it is locked", pthread_mutex_destroy(&raw mut mutex) == 0);
        }
    }
}

row! {
    rwlock GLIBC "`pthread_rwlock_t`" "pthread_rwlock_destroy"
    {
        #[derive(Close)]
        struct Lock {
            #[unmanaged(unsafe(release = |lock| pthread_rwlock_destroy(lock)), check = status::os_code)]
            lock: *mut libc::pthread_rwlock_t,
        }
    }
    |seen| {
        let mut lock = libc::PTHREAD_RWLOCK_INITIALIZER;
        Lock { lock: &raw mut lock }.close().unwrap();
        seen.success(0);
        unsafe { libc::pthread_rwlock_wrlock(&raw mut lock) };
        seen.loses(
            "unlike a mutex, 0 while it is held: no error shows it",
            Lock { lock: &raw mut lock }.close().is_ok(),
        );
    }
}

row! {
    condition GLIBC "`pthread_cond_t`" "pthread_cond_destroy"
    {
        #[derive(Close)]
        struct Condition {
            #[unmanaged(unsafe(release = |condition| libc::pthread_cond_destroy(condition)), check = status::os_code)]
            condition: *mut libc::pthread_cond_t,
        }
    }
    |seen| {
        static mut CONDITION: libc::pthread_cond_t = libc::PTHREAD_COND_INITIALIZER;
        static mut MUTEX: libc::pthread_mutex_t = libc::PTHREAD_MUTEX_INITIALIZER;
        static WAITING: AtomicBool = AtomicBool::new(false);
        let mut alone = libc::PTHREAD_COND_INITIALIZER;
        seen.success(unsafe { libc::pthread_cond_destroy(&raw mut alone) });
        let waiter = thread::spawn(|| unsafe {
            libc::pthread_mutex_lock(&raw mut MUTEX);
            WAITING.store(true, Ordering::SeqCst);
            libc::pthread_cond_wait(&raw mut CONDITION, &raw mut MUTEX);
            libc::pthread_mutex_unlock(&raw mut MUTEX);
        });
        assert!(comes(|| WAITING.load(Ordering::SeqCst)));
        unsafe { libc::pthread_mutex_lock(&raw mut MUTEX) };
        unsafe { libc::pthread_mutex_unlock(&raw mut MUTEX) };
        let waker = thread::spawn(|| unsafe {
            thread::sleep(Duration::from_millis(400));
            libc::pthread_cond_broadcast(&raw mut CONDITION);
        });
        let (closed, time) = timed(|| Condition { condition: &raw mut CONDITION }.close());
        closed.unwrap();
        seen.waits("for every thread that waits on it: forever, if none wakes them", time > Duration::from_millis(350));
        waiter.join().unwrap();
        waker.join().unwrap();
    }
}

row! {
    thread_id GLIBC "thread" "pthread_join"
    {
        #[derive(Close)]
        struct Thread {
            #[unmanaged(unsafe(release = |thread| libc::pthread_join(thread, ptr::null_mut())), check = status::os_code, always)]
            thread: libc::pthread_t,
        }
    }
    |seen| {
        extern "C" fn sleeps(_: P) -> P {
            thread::sleep(Duration::from_millis(300));
            ptr::null_mut()
        }
        let start = || {
            let mut thread = 0;
            assert_eq!(unsafe { libc::pthread_create(&raw mut thread, ptr::null(), sleeps, ptr::null_mut()) }, 0);
            thread
        };
        let (closed, time) = timed(|| Thread { thread: start() }.close());
        closed.unwrap();
        seen.success(0);
        seen.waits("for the thread to end", time > Duration::from_millis(290));
        let own = thread::spawn(|| os(Thread { thread: unsafe { libc::pthread_self() } }.close()));
        assert_eq!(own.thread().id(), own.thread().id());
        let itself = comes(|| own.is_finished()).then(|| own.join().unwrap());
        seen.failure(itself.unwrap(), "`EDEADLK`, by the thread itself");
        seen.kept("another thread can still join it", itself == Some(EDEADLK));
    }
}

row! {
    thread_key GLIBC "key of thread-specific data" "pthread_key_delete"
    {
        #[derive(Close)]
        struct Key {
            #[unmanaged(unsafe(release = |key| libc::pthread_key_delete(key)), check = status::os_code, always)]
            key: libc::pthread_key_t,
        }
    }
    |seen| {
        static FREED: AtomicI32 = AtomicI32::new(0);
        extern "C" fn free(_: P) {
            FREED.fetch_add(1, Ordering::SeqCst);
        }
        let ends = |delete_first: bool| {
            let mut key = 0;
            assert_eq!(unsafe { libc::pthread_key_create(&raw mut key, Some(free)) }, 0);
            thread::spawn(move || {
                unsafe { libc::pthread_setspecific(key, ptr::without_provenance(1)) };
                if delete_first {
                    Key { key }.close().unwrap();
                }
            })
            .join()
            .unwrap();
            if !delete_first {
                Key { key }.close().unwrap();
            }
            assert_eq!(os(Key { key }.close()), EINVAL);
            FREED.swap(0, Ordering::SeqCst)
        };
        assert_eq!(ends(false), 1);
        seen.success(0);
        seen.failure(EINVAL, "`EINVAL`, a second time");
        seen.loses("the values of threads that still run: their destructor is not called", ends(true) == 0);
    }
}

row! {
    semaphore GLIBC "named semaphore" "sem_close"
    {
        #[derive(Close)]
        struct Semaphore {
            #[unmanaged(unsafe(release = libc::sem_close), check = status::errno)]
            semaphore: *mut libc::sem_t,
        }
        #[derive(Close)]
        struct Name {
            #[unmanaged(check = status::errno, release = |name: CString| unsafe { libc::sem_unlink(name.as_ptr()) })]
            name: Option<CString>,
        }
    }
    |seen| {
        let name = CString::new(format!("/dispose-{}", std::process::id())).unwrap();
        let own = Name { name: Some(name.clone()) };
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT, 0o600, 1) };
        assert_ne!(semaphore, libc::SEM_FAILED);
        Semaphore { semaphore }.close().unwrap();
        seen.success(0);
        let again = unsafe { libc::sem_open(name.as_ptr(), 0) };
        seen.order("the name and its count stay until `sem_unlink`: two owners", again != libc::SEM_FAILED);
        own.close().unwrap();
        assert_eq!(unsafe { libc::sem_open(name.as_ptr(), 0) }, libc::SEM_FAILED);
        seen.order("`sem_unlink` before or after it", unsafe { libc::sem_post(again) } == 0);
        Semaphore { semaphore: again }.close().unwrap();
        let mut other = unsafe { mem::zeroed() };
        assert_eq!(os(Semaphore { semaphore: &raw mut other }.close()), EINVAL);
        seen.failure(-1, "`EINVAL`, of `sem_init` instead");
    }
}

row! {
    timer GLIBC "timer that calls a function" "timer_delete"
    {
        #[derive(Close)]
        struct Timer {
            // Released after the timer, once no call of it can run.
            #[unmanaged(release = |state: Box<State>| while state.running.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            })]
            state: Option<Box<State>>,
            #[unmanaged(unsafe(release = |timer| libc::timer_delete(timer)), check = status::errno)]
            timer: Option<libc::timer_t>,
        }
        #[derive(Default)]
        struct State {
            running: AtomicBool,
        }
    }
    |seen| {
        extern "C" fn called(value: libc::sigval) {
            let state = unsafe { &*value.sival_ptr.cast::<State>() };
            state.running.store(true, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(300));
            state.running.store(false, Ordering::SeqCst);
        }
        /// A `sigevent` with the function, which `libc` does not name.
        #[repr(C)]
        struct Event {
            value: *const State,
            signal: c_int,
            notify: c_int,
            function: extern "C" fn(libc::sigval),
            attributes: P,
            rest: [u64; 6],
        }
        let start = || unsafe {
            let state = Box::new(State::default());
            let mut event = Event {
                value: &raw const *state,
                signal: 0,
                notify: 2, // SIGEV_THREAD
                function: called,
                attributes: ptr::null_mut(),
                rest: [0; 6],
            };
            let mut timer = ptr::null_mut();
            assert_eq!(libc::timer_create(libc::CLOCK_MONOTONIC, (&raw mut event).cast(), &raw mut timer), 0);
            let mut when: libc::itimerspec = mem::zeroed();
            when.it_value.tv_nsec = 1;
            assert_eq!(libc::timer_settime(timer, 0, &raw const when, ptr::null_mut()), 0);
            assert!(comes(|| state.running.load(Ordering::SeqCst)));
            Timer { state: Some(state), timer: Some(timer) }
        };
        let mut first = start();
        let (status, time) = timed(|| unsafe { libc::timer_delete(first.timer.take().unwrap()) });
        seen.success(status);
        let still = first.state.as_ref().unwrap().running.load(Ordering::SeqCst);
        seen.not_so("returns while the function still runs", still && time < Duration::from_millis(100));
        let ((), time) = timed(|| first.close().unwrap());
        let waited = time > Duration::from_millis(100);
        seen.waits("for nothing: what the function uses is released by a field declared before, which waits", waited);
        start().close().unwrap();
    }
}

row! {
    epoll LINUX "descriptor in an epoll" "epoll_ctl"
    {
        #[derive(Close)]
        struct Registered {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
            #[unmanaged(check = status::errno, unsafe(release = |epoll| {
                libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, self.fd, ptr::null_mut())
            }), always)]
            epoll: c_int, // borrowed
        }
    }
    |seen| {
        unsafe {
            let epoll = libc::epoll_create1(0);
            let add = || {
                let fd = libc::eventfd(1, 0);
                let mut event = libc::epoll_event { events: libc::EPOLLIN.cast_unsigned(), u64: 7 };
                assert_eq!(libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &raw mut event), 0);
                fd
            };
            let events = || {
                let mut event: libc::epoll_event = mem::zeroed();
                libc::epoll_wait(epoll, &raw mut event, 1, 0)
            };
            Registered { fd: add(), epoll }.close().unwrap();
            seen.success(0);
            assert_eq!(events(), 0);

            let fd = add();
            let other = libc::dup(fd);
            libc::close(fd);
            seen.not_so("closing the descriptor is not a substitute: a duplicate keeps it there", events() == 1);
            let deleted = libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, ptr::null_mut());
            seen.failure(deleted, "`EBADF`, the descriptor is closed already");
            seen.order("before the descriptor is closed: afterwards nothing takes it out", events() == 1);
            libc::close(other);
            assert_eq!(events(), 0);
        }
    }
}

row! {
    inotify LINUX "inotify watch" "inotify_rm_watch"
    {
        #[derive(Close)]
        struct Watch {
            #[unmanaged(unsafe(release = libc::close), check = status::errno, invalid = -1)]
            fd: c_int,
            #[unmanaged(unsafe(release = |watch| libc::inotify_rm_watch(self.fd, watch)), invalid = -1, check = |status| {
                match status::errno(status) {
                    // The file is gone, and its watch with it.
                    Err(error) if error.raw_os_error() == Some(EINVAL) => Ok(()),
                    other => other,
                }
            })]
            watch: c_int,
        }
    }
    |seen| {
        let watch = || unsafe {
            fs::write(scratch("file"), "").unwrap();
            let fd = libc::inotify_init1(libc::IN_NONBLOCK);
            (fd, libc::inotify_add_watch(fd, scratch_c("file").as_ptr(), libc::IN_MODIFY))
        };
        let (fd, number) = watch();
        seen.success(unsafe { libc::inotify_rm_watch(fd, number) });
        let (fd, number) = watch();
        fs::remove_file(scratch("file")).unwrap();
        let status = unsafe { libc::inotify_rm_watch(fd, number) };
        let code = std::io::Error::last_os_error().raw_os_error();
        seen.failure(status, "`EINVAL`, the file was removed, and its watch with it: harmless");
        seen.consumed("", code == Some(EINVAL));
        Watch { fd, watch: number }.close().unwrap();
        let (fd, number) = watch();
        unsafe { libc::close(fd) };
        let status = unsafe { libc::inotify_rm_watch(fd, number) };
        seen.order("before its descriptor (-1 after it)", status == -1);
    }
}

row! {
    dynamic_library GLIBC "library of `dlopen`" "dlclose"
    {
        #[derive(Close)]
        struct Loaded {
            #[unmanaged(unsafe(release = dlclose), check = status::zero)]
            library: P,
        }
    }
    |seen| {
        extern "C" fn destroy(_: P) {}
        let open = || {
            let library = unsafe { libc::dlopen(c"libtalloc.so.2".as_ptr(), libc::RTLD_NOW) };
            if library.is_null() {
                dispose_releases::missing("libtalloc.so.2");
            }
            library
        };
        seen.success(unsafe { dlclose(open()) });
        assert!(!mapped("libtalloc"));
        let first = open();
        let second = open();
        Loaded { library: first }.close().unwrap();
        seen.order("after all that came out of it; another `dlopen` of it keeps it", mapped("libtalloc"));
        Loaded { library: second }.close().unwrap();
        assert!(!mapped("libtalloc"));

        // What a C++ or Rust library does when a `thread_local` with a destructor is used first.
        let (closed, kept) = thread::spawn(move || unsafe {
            let library = open();
            let code = libc::dlsym(library, c"talloc_version_major".as_ptr());
            assert_eq!(__cxa_thread_atexit_impl(destroy, ptr::null_mut(), code), 0);
            (dlclose(library), mapped("libtalloc"))
        })
        .join()
        .unwrap();
        seen.not_so("0 although nothing is unloaded, if a thread has used a `thread_local` of it", closed == 0 && kept);
        seen.waits("for nothing: after that thread has ended it is still mapped, until it is opened and closed again", mapped("libtalloc"));
        Loaded { library: open() }.close().unwrap();
        assert!(!mapped("libtalloc"));
    }
}

row! {
    conversion GLIBC "`iconv_t`" "iconv_close"
    {
        #[derive(Close)]
        struct Conversion {
            #[unmanaged(unsafe(release = iconv_close), check = status::errno, invalid = ptr::without_provenance_mut(usize::MAX))]
            conversion: P,
        }
    }
    |seen| {
        let open = |to: &std::ffi::CStr| unsafe { iconv_open(to.as_ptr(), c"UTF-8".as_ptr()) };
        seen.success(unsafe { iconv_close(open(c"UTF-16")) });
        let none = open(c"no such code");
        seen.failure(unsafe { iconv_close(none) }, "`EBADF`, what a failed `iconv_open` returns");
        seen.null("-1 means none, not null: `invalid`", none.addr() == usize::MAX);
        Conversion { conversion: none }.close().unwrap();
        Conversion { conversion: open(c"UTF-16") }.close().unwrap();
    }
}

row! {
    shared_memory LINUX "System V segment" "shmdt"
    {
        #[derive(Close)]
        struct Segment {
            #[unmanaged(unsafe(release = |id| libc::shmctl(id, libc::IPC_RMID, ptr::null_mut())), check = status::errno, invalid = -1)]
            id: c_int,
            #[unmanaged(unsafe(release = |address| libc::shmdt(address)), check = status::errno)]
            address: P,
        }
    }
    |seen| {
        unsafe {
            let id = libc::shmget(libc::IPC_PRIVATE, 4096, 0o600);
            let address = libc::shmat(id, ptr::null(), 0);
            seen.success(libc::shmdt(address));
            seen.failure(libc::shmdt(address), "`EINVAL`, a second time");
            let mut state: libc::shmid_ds = mem::zeroed();
            let there = libc::shmctl(id, libc::IPC_STAT, &raw mut state) == 0;
            seen.order("the segment stays, after the process too, until `IPC_RMID`: a field before it", there);
            let address = libc::shmat(id, ptr::null(), 0);
            Segment { id, address }.close().unwrap();
            assert_eq!(libc::shmctl(id, libc::IPC_STAT, &raw mut state), -1);
            seen.null("-1 means none: -1", libc::shmctl(-1, libc::IPC_RMID, ptr::null_mut()) == -1);
        }
    }
}

row! {
    message_queue LINUX "POSIX message queue" "mq_close"
    {
        #[derive(Close)]
        struct Queue {
            #[unmanaged(unsafe(release = libc::mq_close), check = status::errno, invalid = -1)]
            queue: libc::mqd_t,
        }
    }
    |seen| {
        unsafe {
            let name = CString::new(format!("/dispose-{}", std::process::id())).unwrap();
            let open = |flags: c_int| libc::mq_open(name.as_ptr(), libc::O_RDWR | flags, 0o600, ptr::null_mut::<c_void>());
            let queue = open(libc::O_CREAT);
            assert!(queue >= 0, "{}", std::io::Error::last_os_error());
            assert_eq!(libc::mq_send(queue, c"hello".as_ptr(), 5, 0), 0);
            Queue { queue }.close().unwrap();
            seen.success(0);
            assert_eq!(os(Queue { queue }.close()), EBADF);
            seen.failure(-1, "`EBADF`, a second time");
            let queue = open(0);
            let mut text = [0; 8192];
            let len = libc::mq_receive(queue, text.as_mut_ptr(), text.len(), ptr::null_mut());
            seen.order("the queue and its messages stay until `mq_unlink`", len == 5);
            seen.order("`mq_unlink` before or after it", libc::mq_unlink(name.as_ptr()) == 0);
            Queue { queue }.close().unwrap();
            assert_eq!(open(0), -1);
        }
    }
}

library! {
    AIO "libaio" in "libaio.so.1";
    version AIO.file_version();
    fn io_setup(requests: c_int, context: *mut P) -> c_int;
    fn io_destroy(context: P) -> c_int;
    fn io_submit(context: P, count: c_long, requests: *mut *mut Request) -> c_int;
}

/// An `iocb`.
#[repr(C)]
#[derive(Default)]
struct Request {
    data: u64,
    key: u32,
    flags: u32,
    operation: u16,
    priority: u16,
    fd: u32,
    buffer: u64,
    len: u64,
    offset: u64,
    rest: [u64; 2],
}

row! {
    aio_context AIO "`io_context_t`" "io_destroy"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = io_destroy), check = status::non_negative)]
            context: P,
        }
    }
    |seen| {
        unsafe {
            let mut context = ptr::null_mut();
            assert_eq!(io_setup(8, &raw mut context), 0);
            seen.success(io_destroy(context));
            assert_eq!(code(Context { context }.close()), -22);
            seen.failure(-22, "the negative of `EINVAL`, a second time; `errno` is not set");
            let mut context = ptr::null_mut();
            assert_eq!(io_setup(8, &raw mut context), 0);
            Context { context }.close().unwrap();
        }
    }
}

library! {
    SECCOMP "libseccomp" in "libseccomp.so.2";
    version { let version = seccomp_version(); format!("{}.{}.{}", *version, *version.add(1), *version.add(2)) };
    fn seccomp_version() -> *const c_uint;
    fn seccomp_init(action: u32) -> P;
    fn seccomp_release(filter: P);
    fn seccomp_merge(to: P, from: P) -> c_int;
    fn seccomp_arch_add(filter: P, arch: u32) -> c_int;
    fn seccomp_arch_remove(filter: P, arch: u32) -> c_int;
    fn seccomp_arch_exist(filter: P, arch: u32) -> c_int;
}

row! {
    seccomp_filter SECCOMP "filter" "seccomp_release"
    {
        #[derive(Close)]
        struct Filter {
            #[unmanaged(unsafe(release = seccomp_release))]
            filter: P,
        }
    }
    |seen| {
        unsafe {
            seen.void();
            seccomp_release(ptr::null_mut());
            seen.null("accepted", true);
            let (to, from) = (seccomp_init(0x7fff_0000), seccomp_init(0x7fff_0000));
            // 32-bit x86 in place of this machine's.
            assert_eq!((seccomp_arch_add(from, 0x4000_0003), seccomp_arch_remove(from, 0)), (0, 0));
            let merged = seccomp_merge(to, from) == 0 && seccomp_arch_exist(to, 0x4000_0003) == 0;
            seen.order("`seccomp_merge` has released the second one: take it out of its field", merged);
            Filter { filter: to }.close().unwrap();
        }
    }
}

library! {
    URCU "liburcu" in "liburcu-cds.so.8";
    version URCU.file_version();
    fn _cds_lfht_new(size: c_ulong, min: c_ulong, max: c_ulong, flags: c_int, memory: P, flavor: P, attributes: P) -> P;
    fn cds_lfht_add(table: P, hash: c_ulong, node: *mut LfhtNode);
    fn cds_lfht_del(table: P, node: *mut LfhtNode) -> c_int;
    fn cds_lfht_count_nodes(table: P, before: *mut c_long, count: *mut c_ulong, after: *mut c_long);
    fn cds_lfht_destroy(table: P, attributes: P) -> c_int;
}

library! {
    URCU_MEMB "liburcu" in "liburcu.so.8";
    version URCU_MEMB.file_version();
    fn urcu_memb_register_thread();
    fn urcu_memb_unregister_thread();
    fn urcu_memb_read_lock();
    fn urcu_memb_read_unlock();
    fn urcu_memb_synchronize_rcu();
}

/// A `struct cds_lfht_node`.
#[repr(C, align(16))]
struct LfhtNode {
    next: P,
    hash: c_ulong,
}

row! {
    lfht URCU "hash table" "cds_lfht_destroy"
    {
        #[derive(Dispose)]
        struct Table {
            #[unmanaged(unsafe(release = |table| cds_lfht_destroy(table, ptr::null_mut())), check = status::zero, on_error = keep)]
            table: P,
        }
    }
    |seen| {
        unsafe {
            urcu_memb_register_thread();
            let new = || _cds_lfht_new(1, 1, 0, 1, ptr::null_mut(), URCU_MEMB.symbol("urcu_memb_flavor"), ptr::null_mut());
            seen.success(cds_lfht_destroy(new(), ptr::null_mut()));
            let mut owner = Table { table: new() };
            let mut node = Box::new(LfhtNode { next: ptr::null_mut(), hash: 0 });
            urcu_memb_read_lock();
            cds_lfht_add(owner.table, 5, &mut *node);
            urcu_memb_read_unlock();
            seen.failure(code(owner.dispose()), "a node is left in it");
            urcu_memb_read_lock();
            let mut count = 0;
            cds_lfht_count_nodes(owner.table, &mut 0, &mut count, &mut 0);
            seen.kept("its nodes are still there", count == 1);
            assert_eq!(cds_lfht_del(owner.table, &mut *node), 0);
            urcu_memb_read_unlock();
            seen.order("after its nodes, which are the caller's to free, after `synchronize_rcu`", owner.dispose().is_ok());
            urcu_memb_synchronize_rcu();
            urcu_memb_unregister_thread();
        }
    }
}

library! {
    NSPR "NSPR" in "libnspr4.so";
    version text(PR_GetVersion());
    fn PR_GetVersion() -> *const c_char;
    fn PR_Open(path: *const c_char, flags: c_int, mode: c_int) -> P;
    fn PR_Write(file: P, bytes: *const u8, len: i32) -> i32;
    fn PR_FileDesc2NativeHandle(file: P) -> isize;
    fn PR_Close(file: P) -> c_int;
    fn PR_GetError() -> i32;
    fn PR_GetOSError() -> i32;
}

row! {
    nspr NSPR "`PRFileDesc`" "PR_Close"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = PR_Close), check = status::zero)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let file = PR_Open(scratch_c("file").as_ptr(), 0x02 | 0x08 | 0x20, 0o600);
                (File { file }, PR_FileDesc2NativeHandle(file) as c_int)
            };
            let (good, fd) = open();
            let failed = no_room(0, || PR_Write(good.file, [1].as_ptr(), 1));
            good.close().unwrap();
            seen.success(0);
            seen.loses("a `PR_Write` that failed; it buffers nothing", failed == -1 && !is_open(fd));
            let (stuck, fd) = open();
            libc::close(fd);
            let file = stuck.file;
            let status = code(stuck.close());
            seen.failure(status, "the descriptor was closed elsewhere");
            assert_eq!(PR_GetOSError(), libc::EBADF);
            let again = PR_Close(file);
            let alive = again == -1 && PR_FileDesc2NativeHandle(file) as c_int == fd;
            seen.consumed("it is stuck: its memory is never freed, and nothing else frees it", alive);
            assert_eq!(libc::dup2(0, fd), fd);
            let third = PR_Close(file);
            seen.not_so("a later call is 0, and has closed whoever got that number: consume and leak", third == 0 && !is_open(fd));
        }
    }
}

library! {
    APR "APR" in "libapr-1.so.0";
    version text(apr_version_string());
    fn apr_version_string() -> *const c_char;
    fn apr_initialize() -> c_int;
    fn apr_terminate();
    fn apr_pool_create_ex(pool: *mut P, parent: P, abort: P, allocator: P) -> c_int;
    fn apr_pool_destroy(pool: P);
    fn apr_file_open(file: *mut P, path: *const c_char, flags: i32, permissions: i32, pool: P) -> c_int;
    fn apr_file_write(file: P, bytes: *const u8, len: *mut usize) -> c_int;
    fn apr_file_flush(file: P) -> c_int;
    fn apr_file_close(file: P) -> c_int;
}

row! {
    apr APR "pool, buffered file" "apr_file_close, apr_pool_destroy"
    {
        #[derive(Close)]
        struct File {
            #[unmanaged(unsafe(release = apr_pool_destroy))]
            pool: P,
            #[unmanaged(unsafe(release = |file| {
                let closed = status::os_code(apr_file_close(file));
                if self.failed { closed.and(Err(std::io::Error::other("an earlier write failed"))) } else { closed }
            }))]
            file: P,
            failed: bool,
        }
        impl File {
            fn write(&mut self, byte: u8) {
                let (bytes, mut len) = ([byte; 3000], 3000);
                self.failed |= unsafe { apr_file_write(self.file, bytes.as_ptr(), &mut len) } != 0;
            }
        }
    }
    |seen| {
        unsafe {
            assert_eq!(apr_initialize(), 0);
            let open = |name: &str| {
                let (mut pool, mut file) = (ptr::null_mut(), ptr::null_mut());
                assert_eq!(apr_pool_create_ex(&mut pool, ptr::null_mut(), ptr::null_mut(), ptr::null_mut()), 0);
                // CREATE, WRITE, BUFFERED, TRUNCATE.
                assert_eq!(apr_file_open(&mut file, scratch_c(name).as_ptr(), 0x96, 0xfff, pool), 0);
                let mut opened = File { pool, file, failed: false };
                opened.write(b'a');
                assert!(!opened.failed);
                opened
            };
            open("good").close().unwrap();
            seen.success(0);
            let full = open("full");
            seen.failure(no_room(0, || os(full.close())), "`EFBIG`, of what was still buffered");
            let mut twice = open("twice");
            assert_eq!(no_room(0, || apr_file_close(twice.file)), libc::EFBIG);
            seen.consumed("the descriptor is closed", opened("twice") == 0);
            twice.file = ptr::null_mut();
            twice.close().unwrap();

            let mut earlier = open("earlier");
            no_room(0, || earlier.write(b'b'));
            let silent = (apr_file_flush(earlier.file), apr_file_close(earlier.file)) == (0, 0);
            earlier.file = ptr::null_mut();
            seen.loses("0 from flush and close after an `apr_file_write` that failed, of which a part is written", silent && earlier.failed && size("earlier") == 4096);
            earlier.close().unwrap();
            let lost = open("lost");
            no_room(0, || apr_pool_destroy(lost.pool));
            mem::forget(lost);
            seen.order("file before its pool, which closes it too, and loses the error of a full device", size("lost") == 0 && opened("lost") == 0);
            apr_terminate();
        }
    }
}

library! {
    LIBPIPELINE "libpipeline" in "libpipeline.so.1";
    version LIBPIPELINE.file_version();
    fn pipeline_new() -> P;
    fn pipeline_command(pipeline: P, command: P);
    fn pipecmd_new_argstr(command: *const c_char) -> P;
    fn pipeline_want_in(pipeline: P, fd: c_int);
    fn pipeline_get_infile(pipeline: P) -> *mut FILE;
    fn pipeline_start(pipeline: P);
    fn pipeline_wait(pipeline: P) -> c_int;
    fn pipeline_free(pipeline: P);
}

row! {
    pipeline LIBPIPELINE "pipeline, its start, its input" "pipeline_wait, pipeline_free"
    {
        #[derive(Close)]
        struct Pipeline {
            #[unmanaged(unsafe(release = pipeline_free))]
            pipeline: P,
            #[unmanaged(check = status::zero, invalid = false, unsafe(release = |_| pipeline_wait(self.pipeline)))]
            started: bool,
            #[unmanaged(unsafe(release = libc::fflush), check = status::errno)]
            input: *mut FILE,
        }
    }
    |seen| {
        unsafe {
            let new = |command: &std::ffi::CStr| {
                let pipeline = pipeline_new();
                pipeline_command(pipeline, pipecmd_new_argstr(command.as_ptr()));
                Pipeline { pipeline, started: false, input: ptr::null_mut() }
            };
            let start = |command: &std::ffi::CStr| {
                let mut new = new(command);
                pipeline_start(new.pipeline);
                new.started = true;
                new
            };
            start(c"true").close().unwrap();
            seen.success(0);
            seen.failure(code(start(c"false").close()), "the program's exit status");
            new(c"true").close().unwrap();
            let unstarted = new(c"true");
            let aborted = aborts(|| status::ignore(pipeline_wait(unstarted.pipeline)));
            seen.order("`pipeline_wait` only after `pipeline_start`, and once: else it aborts, so a flag is the field", aborted);
            let free = timed(|| drop(start(c"sleep 1"))).1;
            seen.waits("for the program to end, `pipeline_free` too", free > Duration::from_millis(800));
            seen.null("accepted by `pipeline_free`", { pipeline_free(ptr::null_mut()); true });

            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
            let fed = |command: &std::ffi::CStr| {
                let mut fed = new(command);
                pipeline_want_in(fed.pipeline, -1);
                pipeline_start(fed.pipeline);
                (fed.started, fed.input) = (true, pipeline_get_infile(fed.pipeline));
                thread::sleep(Duration::from_millis(300));
                assert!(libc::fputs(c"hello".as_ptr(), fed.input) >= 0);
                fed
            };
            let error = fed(c"true").close().unwrap_err();
            assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().raw_os_error(), Some(libc::EPIPE));
            let mut silent = fed(c"true");
            silent.input = ptr::null_mut();
            let lost = silent.close().is_ok();
            seen.not_so("0 although the program did not get its input (a line on stderr has the error): flush the stream first", lost);
        }
    }
}

library! {
    LIBURING "liburing" in "liburing.so.2";
    version LIBURING.file_version();
    fn io_uring_queue_init(entries: c_uint, ring: *mut u64, flags: c_uint) -> c_int;
    fn io_uring_get_sqe(ring: *mut u64) -> *mut Submission;
    fn io_uring_submit(ring: *mut u64) -> c_int;
    fn io_uring_queue_exit(ring: *mut u64);
}

/// The first fields of a `struct io_uring_sqe`, which is 64 bytes.
#[repr(C)]
struct Submission {
    code: u8,
    flags: u8,
    priority: u16,
    fd: c_int,
    after: [u64; 7],
}

row! {
    io_uring LIBURING "`struct io_uring`" "io_uring_queue_exit"
    {
        #[derive(Close)]
        struct Ring {
            #[unmanaged(unsafe(release = |mut ring: Box<[u64]>| io_uring_queue_exit(ring.as_mut_ptr())))]
            ring: Option<Box<[u64]>>,
        }
    }
    |seen| {
        unsafe {
            seen.void();
            let new = || {
                let mut ring = vec![0; 100].into_boxed_slice();
                let status = io_uring_queue_init(4, ring.as_mut_ptr(), 0);
                if status < 0 {
                    missing("io_uring is switched off");
                }
                ring
            };
            let before = descriptors();
            Ring { ring: Some(new()) }.close().unwrap();
            assert_eq!(descriptors(), before);
            let used = |_: usize| {
                let mut ring = new();
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                // Accept a connection; none comes.
                let accept = Submission { code: 13, flags: 0, priority: 0, fd: std::os::fd::AsRawFd::as_raw_fd(&listener), after: [0; 7] };
                io_uring_get_sqe(ring.as_mut_ptr()).write(accept);
                assert_eq!(io_uring_submit(ring.as_mut_ptr()), 1);
                Ring { ring: Some(ring) }.close().unwrap();
                drop(listener);
                let used = TcpListener::bind(address).is_err();
                assert!(comes(|| TcpListener::bind(address).is_ok()));
                used
            };
            seen.not_so("returns before its requests have ended, which still use their files and buffers: cancel and wait for each before it", (0..100).any(used));
        }
    }
}

library! {
    CUPS "CUPS" in "libcups.so.2";
    version CUPS.file_version();
    fn cupsFileOpen(path: *const c_char, mode: *const c_char) -> P;
    fn cupsFileWrite(file: P, bytes: *const u8, len: usize) -> isize;
    fn cupsFileFlush(file: P) -> c_int;
    fn cupsFileNumber(file: P) -> c_int;
    fn cupsFileClose(file: P) -> c_int;
}

row! {
    cups_file CUPS "file, also compressed" "cupsFileClose"
    {
        #[derive(Close)]
        struct Output {
            #[unmanaged(unsafe(release = cupsFileClose), check = status::errno)]
            file: P,
        }
    }
    |seen| {
        unsafe {
            let open = |name: &str, mode: &std::ffi::CStr| Output { file: cupsFileOpen(scratch_c(name).as_ptr(), mode.as_ptr()) };
            let write = |name: &str, mode| {
                let output = open(name, mode);
                assert_eq!(cupsFileWrite(output.file, [7; 1_000].as_ptr(), 1_000), 1_000);
                output
            };
            let modes = [("plain", c"w"), ("packed", c"w9")];
            for (name, mode) in modes {
                write(name, mode).close().unwrap();
            }
            seen.success(0);
            seen.waits("writes what is buffered", size("plain") == 1_000 && size("packed") > 20);
            for (name, mode) in modes {
                // Cut in the middle.
                let full = write(name, mode);
                let error = no_room(15, || os(full.close()));
                assert_eq!(error, libc::EFBIG);
                seen.failure(-1, "no room (`errno` shows it), also of what an earlier write has lost");
                seen.consumed("the descriptor is closed", opened(name) == 0);
            }
            let earlier = write("earlier", c"w");
            no_room(15, || assert_eq!(cupsFileWrite(earlier.file, [7; 10_000].as_ptr(), 10_000), -1));
            let remembered = no_room(15, || os(earlier.close()));
            assert_eq!(remembered, libc::EFBIG);
            seen.null("-1, an error", cupsFileClose(ptr::null_mut()) == -1);
            let reader = open("plain", c"r");
            seen.order("no flush before it, which fails on a reader", cupsFileFlush(reader.file) == -1);
            reader.close().unwrap();
        }
    }
}

library! {
    GPGRT "libgpg-error (streams)" in "libgpg-error.so.0";
    version text(gpgrt_check_version(ptr::null()));
    fn gpgrt_check_version(version: *const c_char) -> *const c_char;
    fn gpgrt_fopen(path: *const c_char, mode: *const c_char) -> P;
    fn gpgrt_fpopen(file: *mut FILE, mode: *const c_char) -> P;
    fn gpgrt_fpopen_nc(file: *mut FILE, mode: *const c_char) -> P;
    fn gpgrt_fwrite(bytes: *const u8, len: usize, count: usize, stream: P) -> usize;
    fn gpgrt_fflush(stream: P) -> c_int;
    fn gpgrt_ferror(stream: P) -> c_int;
    fn gpgrt_fclose(stream: P) -> c_int;
}

row! {
    gpgrt_stream GPGRT "stream, also over a `FILE`" "gpgrt_fclose"
    {
        #[derive(Close)]
        struct Stream {
            // Of `gpgrt_fpopen_nc`, which leaves it open; null for a stream of `gpgrt_fopen`.
            #[unmanaged(check = status::errno, unsafe(release = |file| {
                let failed = ferror(file) != 0;
                let closed = fclose(file);
                if failed { -1 } else { closed }
            }))]
            file: *mut FILE,
            #[unmanaged(unsafe(release = gpgrt_fclose), check = status::errno)]
            stream: P,
        }
    }
    |seen| {
        unsafe {
            gpgrt_check_version(ptr::null());
            let write = |stream: P| assert_eq!(gpgrt_fwrite([7; 1_000].as_ptr(), 1, 1_000, stream), 1_000);
            let path = |name: &str| {
                let stream = gpgrt_fopen(scratch_c(name).as_ptr(), c"w".as_ptr());
                write(stream);
                Stream { file: ptr::null_mut(), stream }
            };
            path("good").close().unwrap();
            seen.success(0);
            seen.waits("writes what is buffered", size("good") == 1_000);
            seen.null("0", gpgrt_fclose(ptr::null_mut()) == 0);
            let full = path("full");
            let error = no_room(150, || os(full.close()));
            assert_eq!(error, libc::EFBIG);
            seen.failure(-1, "no room (`errno` shows it)");
            seen.consumed("the descriptor is closed", opened("full") == 0);

            // The guess: the stream owns the `FILE`.
            let lost = gpgrt_fpopen(fopen(scratch_c("lost").as_ptr(), c"w".as_ptr()), c"w".as_ptr());
            write(lost);
            let codes = no_room(150, || (gpgrt_fflush(lost), gpgrt_ferror(lost), gpgrt_fclose(lost)));
            let silent = codes == (0, 0, 0) && size("lost") == 150 && opened("lost") == 0;
            seen.not_so("over a `FILE` it is 0 after a loss, and so is `gpgrt_fflush`: `gpgrt_fpopen_nc`, then `ferror` and `fclose`", silent);
            let over = |name: &str| {
                let file = fopen(scratch_c(name).as_ptr(), c"w".as_ptr());
                let stream = gpgrt_fpopen_nc(file, c"w".as_ptr());
                write(stream);
                Stream { file, stream }
            };
            over("over").close().unwrap();
            assert_eq!(size("over"), 1_000);
            let full = over("half");
            let error = no_room(150, || full.close()).unwrap_err();
            seen.order("the stream before its `FILE`", error.first().path() == "file" && size("half") == 150 && opened("half") == 0);
        }
    }
}

library! {
    VIRT "libvirt" in "libvirt.so.0";
    version { let mut version = 0; virGetVersion(&mut version, ptr::null(), ptr::null_mut()); format!("{}.{}.{}", version / 1_000_000, version / 1_000 % 1_000, version % 1_000) };
    fn virGetVersion(version: *mut c_ulong, kind: *const c_char, of: *mut c_ulong) -> c_int;
    fn virConnectOpen(name: *const c_char) -> P;
    fn virConnectRef(connection: P) -> c_int;
    fn virConnectIsAlive(connection: P) -> c_int;
    fn virConnectClose(connection: P) -> c_int;
    fn virDomainLookupByName(connection: P, name: *const c_char) -> P;
    fn virDomainGetName(domain: P) -> *const c_char;
    fn virDomainFree(domain: P) -> c_int;
}

row! {
    virt_connection VIRT "connection, domain" "virConnectClose, virDomainFree"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(unsafe(release = virConnectClose), check = status::non_negative, unsafe(clone = |connection| status::zero(virConnectRef(connection))))]
            connection: P,
        }
        #[derive(Close)]
        struct Domain {
            #[unmanaged(unsafe(release = virDomainFree), check = status::zero)]
            domain: P,
        }
    }
    |seen| {
        unsafe {
            // A host that exists in this process only.
            let open = || {
                let connection = virConnectOpen(c"test:///default".as_ptr());
                assert!(!connection.is_null());
                Connection { connection }
            };
            let find = |of: &Connection| {
                let domain = virDomainLookupByName(of.connection, c"test".as_ptr());
                assert!(!domain.is_null());
                Domain { domain }
            };
            seen.success(virConnectClose(mem::replace(&mut open().connection, ptr::null_mut())));
            let first = open();
            let second = first.clone();
            let held = virConnectClose(mem::replace(&mut mem::ManuallyDrop::new(first).connection, ptr::null_mut()));
            seen.means("the number of the others that hold it, so 1 is a success too", held == 1 && virConnectIsAlive(second.connection) == 1);
            second.close().unwrap();
            let connection = open();
            let domain = find(&connection);
            connection.close().unwrap();
            seen.order("any: a domain holds its connection", text(virDomainGetName(domain.domain)) == "test");
            domain.close().unwrap();
            let connection = open();
            let domain = find(&connection);
            let held = [virConnectClose(connection.connection), virConnectClose(mem::ManuallyDrop::new(connection).connection)];
            // Not to be released any more: what it belongs to is gone.
            mem::forget(domain);
            seen.not_so("one call for each reference, although 1 leaves the handle valid: a second one takes the reference of a domain", held == [1, 0]);
            seen.failure(virConnectClose(ptr::null_mut()), "no connection");
        }
    }
}

library! {
    DBUS "libdbus" in "libdbus-1.so.3";
    version { let (mut a, mut b, mut c) = (0, 0, 0); dbus_get_version(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn dbus_get_version(major: *mut c_int, minor: *mut c_int, micro: *mut c_int);
    fn dbus_connection_open_private(address: *const c_char, error: P) -> P;
    fn dbus_connection_get_socket(connection: P, fd: *mut c_int) -> u32;
    fn dbus_message_new_signal(path: *const c_char, interface: *const c_char, name: *const c_char) -> P;
    fn dbus_message_unref(message: P);
    fn dbus_connection_send(connection: P, message: P, serial: *mut u32) -> u32;
    fn dbus_connection_has_messages_to_send(connection: P) -> u32;
    fn dbus_connection_close(connection: P);
    fn dbus_connection_unref(connection: P);
}

row! {
    dbus_private DBUS "private connection" "dbus_connection_close, dbus_connection_unref"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(check = status::is_true, unsafe(release = |connection| {
                let queued = dbus_connection_has_messages_to_send(connection) != 0;
                dbus_connection_close(connection);
                dbus_connection_unref(connection);
                !queued
            }))]
            connection: P,
        }
    }
    |seen| {
        unsafe {
            // It accepts, and says nothing.
            let listener = std::os::unix::net::UnixListener::bind(scratch("bus")).unwrap();
            let address = CString::new(format!("unix:path={}", scratch("bus").display())).unwrap();
            let open = || {
                let connection = dbus_connection_open_private(address.as_ptr(), ptr::null_mut());
                assert!(!connection.is_null());
                let mut fd = -1;
                assert_eq!(dbus_connection_get_socket(connection, &raw mut fd), 1);
                (Connection { connection }, fd, listener.accept().unwrap().0)
            };
            seen.void();
            let (unused, fd, _peer) = open();
            unused.close().unwrap();
            assert!(!is_open(fd));
            let (unclosed, ..) = open();
            let abort = aborts(|| dbus_connection_unref(unclosed.connection));
            seen.not_so("`dbus_connection_unref` alone aborts: a private connection is closed first", abort);
            unclosed.close().unwrap();
            let (queue, fd, mut peer) = open();
            let message = dbus_message_new_signal(c"/a".as_ptr(), c"a.b".as_ptr(), c"c".as_ptr());
            assert_eq!(dbus_connection_send(queue.connection, message, ptr::null_mut()), 1);
            dbus_message_unref(message);
            let failed = queue.close().is_err();
            seen.consumed("the descriptor is closed", !is_open(fd));
            let mut got = Vec::new();
            std::io::Read::read_to_end(&mut peer, &mut got).unwrap();
            let words = String::from_utf8_lossy(&got);
            seen.loses(
                "messages that are queued, also those that `dbus_connection_send` took: ask `dbus_connection_has_messages_to_send` first",
                failed && words.contains("AUTH") && !words.contains("a.b"),
            );
        }
    }
}
