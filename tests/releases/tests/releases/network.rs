//! Networks, event loops, and clients of database servers.

use std::ffi::{CString, c_char, c_int, c_long, c_short, c_uint, c_ushort};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use std::{mem, process, ptr, thread};

use dispose_core::{Close, Dispose, status};
use dispose_releases::libc;
use dispose_releases::provoke::*;
use dispose_releases::{NULL, P, library, row, text};

library! {
    CURL "libcurl" in "libcurl.so.4";
    version text(curl_version()).split([' ', '/']).nth(1).unwrap().to_owned();
    fn curl_version() -> *const c_char;
    fn curl_easy_init() -> P;
    fn curl_easy_perform(easy: P) -> c_int;
    fn curl_easy_cleanup(easy: P);
    fn curl_multi_init() -> P;
    fn curl_multi_add_handle(multi: P, easy: P) -> c_int;
    fn curl_multi_cleanup(multi: P) -> c_int;
    fn curl_share_init() -> P;
    fn curl_share_cleanup(share: P) -> c_int;
    var curl_easy_setopt(P, c_int) -> c_int;
    var curl_share_setopt(P, c_int) -> c_int;
}

row! {
    curl_easy CURL "easy handle" "curl_easy_cleanup"
    {
        #[derive(Close)]
        struct Easy {
            #[unmanaged(unsafe(release = curl_easy_cleanup))]
            easy: P,
        }
    }
    |seen| {
        // A mail server that takes its time to say goodbye.
        let serve = |pause: Duration, option: c_int| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = CString::new(format!("pop3://{}/", listener.local_addr().unwrap())).unwrap();
            thread::spawn(move || {
                let (mut client, _) = listener.accept().unwrap();
                client.write_all(b"+OK hello\r\n").unwrap();
                for line in BufReader::new(client.try_clone().unwrap()).lines() {
                    let reply = match &*line.unwrap() {
                        "QUIT" => {
                            thread::sleep(pause);
                            "+OK bye\r\n"
                        }
                        "LIST" => "+OK\r\n.\r\n",
                        _ => "-ERR\r\n",
                    };
                    let _ = client.write_all(reply.as_bytes());
                }
            });
            let easy = unsafe { curl_easy_init() };
            unsafe { curl_easy_setopt()(easy, 10002, url.as_ptr()) };
            unsafe { curl_easy_setopt()(easy, option, 1 as c_long) };
            assert_eq!(unsafe { curl_easy_perform(easy) }, 0);
            easy
        };
        seen.void();
        let (timeout, not_any, forbid_reuse) = (112, 41, 75);
        let easy = serve(Duration::from_millis(500), not_any);
        let ((), time) = timed(|| unsafe { curl_easy_cleanup(easy) });
        seen.waits("for the server's reply to a goodbye (mail seen)", time > Duration::from_millis(450));
        let easy = serve(Duration::from_secs(3), timeout);
        let early = timed(|| Easy { easy }.close().unwrap()).1;
        let easy = serve(Duration::from_secs(3), not_any);
        unsafe { curl_easy_setopt()(easy, timeout, 1 as c_long) };
        let late = timed(|| Easy { easy }.close().unwrap()).1;
        seen.waits(
            "`CURLOPT_SERVER_RESPONSE_TIMEOUT` limits that if it is set before the transfer; in `before` it is too late",
            early < Duration::from_secs(2) && late > Duration::from_millis(2_900),
        );
        let easy = serve(Duration::from_millis(500), forbid_reuse);
        let none = timed(|| Easy { easy }.close().unwrap()).1;
        seen.order("with `CURLOPT_FORBID_REUSE` the transfer waits instead", none < Duration::from_millis(100));
        unsafe { curl_easy_cleanup(ptr::null_mut()) };
        seen.null("accepted", true);
    }
}

row! {
    curl_multi CURL "multi handle" "curl_multi_cleanup"
    {
        #[derive(Close)]
        struct Multi {
            #[unmanaged(unsafe(release = curl_multi_cleanup), check = status::zero)]
            multi: P,
        }
    }
    |seen| {
        unsafe {
            let (multi, easy) = (curl_multi_init(), curl_easy_init());
            assert_eq!(curl_multi_add_handle(multi, easy), 0);
            Multi { multi }.close().unwrap();
            seen.success(0);
            let set = curl_easy_setopt()(easy, 10002, c"file:///dev/null".as_ptr());
            let performed = curl_easy_perform(easy);
            seen.order("before or after its easy handles, which it takes out", set == 0 && performed != 43);
            curl_easy_cleanup(easy);
            seen.null("1, an error", curl_multi_cleanup(ptr::null_mut()) == 1);
        }
    }
}

row! {
    curl_share CURL "share" "curl_share_cleanup"
    {
        #[derive(Dispose)]
        struct Share {
            #[unmanaged(unsafe(release = curl_share_cleanup), check = status::zero, on_error = keep)]
            share: P,
            #[unmanaged(unsafe(release = curl_easy_cleanup), each)]
            users: Vec<P>,
        }
    }
    |seen| {
        unsafe {
            let (share, easy) = (curl_share_init(), curl_easy_init());
            assert_eq!(curl_share_setopt()(share, 1, 3), 0);
            assert_eq!(curl_easy_setopt()(easy, 10100, share), 0);
            let mut owner = Share { share, users: Vec::new() };
            seen.failure(code(owner.dispose()), "an easy handle uses it");
            owner.users.push(easy);
            let then = owner.dispose();
            seen.success(0);
            seen.kept("", then.is_ok());
            seen.order("after the easy handles that use it", then.is_ok());
            seen.null("3, an error", curl_share_cleanup(ptr::null_mut()) == 3);
        }
    }
}

library! {
    ZMQ "libzmq" in "libzmq.so.5";
    version { let (mut a, mut b, mut c) = (0, 0, 0); zmq_version(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn zmq_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int);
    fn zmq_ctx_new() -> P;
    fn zmq_ctx_term(context: P) -> c_int;
    fn zmq_socket(context: P, kind: c_int) -> P;
    fn zmq_bind(socket: P, address: *const c_char) -> c_int;
    fn zmq_connect(socket: P, address: *const c_char) -> c_int;
    fn zmq_setsockopt(socket: P, option: c_int, value: *const c_int, len: usize) -> c_int;
    fn zmq_send(socket: P, bytes: *const u8, len: usize, flags: c_int) -> c_int;
    fn zmq_recv(socket: P, bytes: *mut u8, len: usize, flags: c_int) -> c_int;
    fn zmq_close(socket: P) -> c_int;
}

/// An address where nothing listens (yet).
fn unused() -> CString {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    CString::new(format!("tcp://{address}")).unwrap()
}

/// Makes a socket with a message for a peer that does not exist.
fn pending(context: P, linger: Option<c_int>) -> (P, CString) {
    let address = unused();
    unsafe {
        let socket = zmq_socket(context, 8);
        if let Some(linger) = linger {
            assert_eq!(zmq_setsockopt(socket, 17, &raw const linger, 4), 0);
        }
        assert_eq!(zmq_connect(socket, address.as_ptr()), 0);
        assert_eq!(zmq_send(socket, b"hello".as_ptr(), 5, 0), 5);
        (socket, address)
    }
}

row! {
    message_socket ZMQ "socket" "zmq_close"
    {
        #[derive(Close)]
        struct Socket {
            #[unmanaged(unsafe(release = zmq_close), check = status::errno)]
            socket: P,
        }
    }
    |seen| {
        unsafe {
            let context = zmq_ctx_new();
            let (socket, _) = pending(context, Some(0));
            let (closed, time) = timed(|| Socket { socket }.close());
            closed.unwrap();
            seen.success(0);
            seen.waits("for nothing: the context waits for what it has not sent", time < Duration::from_millis(100));
            seen.loses("with the option linger 0, what it has not sent", timed(|| zmq_ctx_term(context)).1 < Duration::from_secs(1));
            let status = zmq_close(ptr::null_mut());
            seen.failure(status, "`ENOTSOCK`, not a socket");
            seen.null("-1", status == -1);
        }
    }
}

row! {
    message_context ZMQ "context" "zmq_ctx_term"
    {
        #[derive(Dispose)]
        struct Context {
            #[unmanaged(unsafe(release = zmq_ctx_term), check = status::errno, on_error = keep_if(|error| {
                error.kind() == std::io::ErrorKind::Interrupted
            }))]
            context: P,
        }
    }
    |seen| {
        extern "C" fn nothing(_: c_int) {}
        unsafe {
            let context = zmq_ctx_new();
            zmq_close(pending(context, Some(400)).0);
            let (status, time) = timed(|| zmq_ctx_term(context));
            seen.success(status);
            seen.waits("for every socket to be closed, and as long as the linger of each: no limit, unless set", time > Duration::from_millis(350));

            // Not restarted after the signal.
            let action = libc::sigaction {
                sa_sigaction: nothing as extern "C" fn(c_int) as usize,
                sa_mask: mem::zeroed(),
                sa_flags: 0,
                sa_restorer: None,
            };
            libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut());
            let context = zmq_ctx_new();
            let (socket, address) = pending(context, None);
            zmq_close(socket);
            let this = libc::pthread_self();
            let signals = thread::spawn(move || {
                thread::sleep(Duration::from_millis(300));
                libc::pthread_kill(this, libc::SIGUSR1);
            });
            let mut owner = Context { context };
            let error = os(owner.dispose());
            signals.join().unwrap();
            assert_eq!(error, libc::EINTR);
            seen.failure(-1, "`EINTR`, a signal");
            let (other, mut text) = (zmq_ctx_new(), [0; 5]);
            let taker = zmq_socket(other, 7);
            assert_eq!(zmq_bind(taker, address.as_ptr()), 0);
            let then = owner.dispose().is_ok();
            seen.kept("and the next call waits on", then && zmq_recv(taker, text.as_mut_ptr(), 5, 0) == 5);
            zmq_close(taker);
            zmq_ctx_term(other);
            let context = zmq_ctx_new();
            zmq_close(zmq_socket(context, 7));
            let interrupted = || zmq_ctx_term(context) == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR);
            let never = in_child(|| (0..1000).all(|_| interrupted()));
            seen.not_so("a loop until it is done: in a forked child, each call is `EINTR`", never);
            assert_eq!(zmq_ctx_term(context), 0);
            let status = zmq_ctx_term(ptr::null_mut());
            seen.null("-1, `EFAULT`: not to be kept", status == -1);
        }
    }
}

library! {
    NNG "nng" in "libnng.so.1";
    version text(nng_version());
    fn nng_version() -> *const c_char;
    fn nng_pair0_open(socket: *mut u32) -> c_int;
    fn nng_listen(socket: u32, url: *const c_char, listener: *mut u32, flags: c_int) -> c_int;
    fn nng_listener_close(listener: u32) -> c_int;
    fn nng_close(socket: u32) -> c_int;
    fn nng_msg_alloc(message: *mut P, len: usize) -> c_int;
    fn nng_msg_len(message: P) -> usize;
    fn nng_msg_free(message: P);
    fn nng_sendmsg(socket: u32, message: P, flags: c_int) -> c_int;
}

row! {
    nng_socket NNG "socket" "nng_close"
    {
        #[derive(Close)]
        struct Socket {
            #[unmanaged(unsafe(release = nng_close), check = status::zero, invalid = 0)]
            socket: u32,
        }
    }
    |seen| {
        unsafe {
            let (mut socket, mut listener) = (0, 0);
            assert_eq!(nng_pair0_open(&raw mut socket), 0);
            assert_eq!(nng_listen(socket, c"inproc://here".as_ptr(), &raw mut listener, 0), 0);
            Socket { socket }.close().unwrap();
            seen.success(0);
            seen.failure(nng_close(socket), "a second time");
            seen.order("its listeners and dialers die with it (12 afterwards): not fields", nng_listener_close(listener) == 12);
            let none = nng_close(0);
            seen.null("0, the one that a failed open leaves: an error", none != 0);
        }
    }
}

row! {
    nng_message NNG "message" "nng_msg_free"
    {
        #[derive(Close)]
        struct Message {
            #[unmanaged(unsafe(release = nng_msg_free))]
            message: P,
        }
    }
    |seen| {
        unsafe {
            let (mut message, mut socket) = (ptr::null_mut(), 0);
            nng_msg_alloc(&raw mut message, 10);
            nng_pair0_open(&raw mut socket);
            let sent = nng_sendmsg(socket, message, 2);
            seen.order("a send that failed has not taken it: take it out of its field on success only", sent != 0 && nng_msg_len(message) == 10);
            let gone = freed(|| Message { message }.close().unwrap());
            assert!(gone > 0);
            seen.void();
            nng_msg_free(ptr::null_mut());
            seen.null("accepted", nng_close(socket) == 0);
        }
    }
}

library! {
    KAFKA "librdkafka" in "librdkafka.so.1";
    version text(rd_kafka_version_str());
    fn rd_kafka_version_str() -> *const c_char;
    fn rd_kafka_conf_new() -> P;
    fn rd_kafka_conf_set(conf: P, name: *const c_char, value: *const c_char, error: *mut c_char, len: usize) -> c_int;
    fn rd_kafka_conf_set_dr_msg_cb(conf: P, callback: extern "C" fn(P, P, P));
    fn rd_kafka_new(kind: c_int, conf: P, error: *mut c_char, len: usize) -> P;
    fn rd_kafka_topic_new(client: P, name: *const c_char, conf: P) -> P;
    fn rd_kafka_topic_destroy(topic: P);
    fn rd_kafka_produce(topic: P, partition: i32, flags: c_int, bytes: P, len: usize, key: P, key_len: usize, data: P) -> c_int;
    fn rd_kafka_flush(client: P, milliseconds: c_int) -> c_int;
    fn rd_kafka_outq_len(client: P) -> c_int;
    fn rd_kafka_destroy(client: P);
}

static REPORTED: AtomicI32 = AtomicI32::new(0);

extern "C" fn delivered(_: P, _: P, _: P) {
    REPORTED.fetch_add(1, Ordering::SeqCst);
}

row! {
    kafka_producer KAFKA "producer" "rd_kafka_destroy"
    {
        #[derive(Dispose)]
        struct Producer {
            #[unmanaged(unsafe(release = |client| {
                let flushed = rd_kafka_flush(client, self.patience);
                rd_kafka_destroy(client);
                flushed
            }), check = status::zero, unsafe(drop = rd_kafka_destroy))]
            client: P,
            #[unmanaged(unsafe(release = rd_kafka_topic_destroy))]
            topic: P,
            patience: c_int,
        }
    }
    |seen| {
        let start = || unsafe {
            let (conf, mut error) = (rd_kafka_conf_new(), [0; 200]);
            let mut set = |name: &std::ffi::CStr, value: &std::ffi::CStr| {
                assert_eq!(rd_kafka_conf_set(conf, name.as_ptr(), value.as_ptr(), error.as_mut_ptr(), 200), 0);
            };
            set(c"bootstrap.servers", c"127.0.0.1:1"); // nothing there
            set(c"log_level", c"0");
            rd_kafka_conf_set_dr_msg_cb(conf, delivered);
            let client = rd_kafka_new(0, conf, error.as_mut_ptr(), 200);
            let topic = rd_kafka_topic_new(client, c"topic".as_ptr(), NULL);
            assert_eq!(rd_kafka_produce(topic, 0, 2, error.as_mut_ptr().cast(), 5, NULL, 0, NULL), 0);
            assert!(rd_kafka_outq_len(client) >= 1);
            Producer { client, topic, patience: 300 }
        };
        let before = threads();
        let ((), time) = timed(|| drop(start()));
        seen.void();
        seen.loses("what is queued, and its delivery report: flush first", REPORTED.load(Ordering::SeqCst) == 0);
        seen.waits("for its threads; `rd_kafka_flush` for the broker", time < Duration::from_secs(5) && comes(|| threads() == before));
        let (closed, time) = timed(|| start().dispose());
        seen.failure(code(closed), "of `rd_kafka_flush`, no broker in time");
        assert!(time > Duration::from_millis(290));
        seen.order("topics before it", comes(|| threads() == before));
    }
}

library! {
    PCAP "libpcap" in "libpcap.so.0.8";
    version text(pcap_lib_version()).split(' ').nth(2).unwrap().to_owned();
    fn pcap_lib_version() -> *const c_char;
    fn pcap_open_dead(link: c_int, len: c_int) -> P;
    fn pcap_dump_open(capture: P, path: *const c_char) -> P;
    fn pcap_dump(dumper: P, head: *const [u64; 3], bytes: *const u8);
    fn pcap_dump_flush(dumper: P) -> c_int;
    fn pcap_dump_close(dumper: P);
    fn pcap_close(capture: P);
}

row! {
    pcap_dumper PCAP "dumper" "pcap_dump_close"
    {
        #[derive(Close)]
        struct Dumper {
            #[unmanaged(unsafe(release = |dumper| {
                let flushed = status::errno(pcap_dump_flush(dumper)); // with its `errno`
                pcap_dump_close(dumper);
                flushed
            }))]
            dumper: P,
        }
    }
    |seen| {
        unsafe {
            let capture = pcap_open_dead(1, 65_535);
            let write = |path: &std::ffi::CStr| {
                let dumper = pcap_dump_open(capture, path.as_ptr());
                pcap_dump(dumper, &[0, 0, (100 << 32) + 100], [7; 100].as_ptr());
                dumper
            };
            pcap_dump_close(write(&scratch_c("good")));
            seen.void();
            seen.waits("writes what is buffered", size("good") == 24 + 16 + 100);
            let before = descriptors();
            pcap_dump_close(write(c"/dev/full"));
            seen.loses("the error of a full device: `pcap_dump_flush` in the closure", descriptors() == before);
            assert_eq!(os(Dumper { dumper: write(c"/dev/full") }.close()), libc::ENOSPC);
            seen.failure(-1, "of `pcap_dump_flush`, the device is full");
            let dumper = write(&scratch_c("later"));
            pcap_close(capture);
            Dumper { dumper }.close().unwrap();
            seen.order("before or after its capture", size("later") == size("good"));
        }
    }
}

library! {
    ARES "c-ares" in "libcares.so.2";
    version text(ares_version(ptr::null_mut()));
    fn ares_version(number: *mut c_int) -> *const c_char;
    fn ares_library_init(flags: c_int) -> c_int;
    fn ares_init(channel: *mut P) -> c_int;
    fn ares_set_servers_ports_csv(channel: P, servers: *const c_char) -> c_int;
    fn ares_query(channel: P, name: *const c_char, class: c_int, kind: c_int, callback: extern "C" fn(P, c_int, c_int, P, c_int), data: P);
    fn ares_destroy(channel: P);
}

row! {
    ares ARES "channel" "ares_destroy"
    {
        #[derive(Close)]
        struct Channel {
            statuses: Box<AtomicI32>, // dropped after the release, which calls back
            #[unmanaged(unsafe(release = ares_destroy))]
            channel: P,
        }
    }
    |seen| {
        extern "C" fn completed(data: P, status: c_int, _: c_int, _: P, _: c_int) {
            unsafe { &*data.cast::<AtomicI32>() }.store(status, Ordering::SeqCst);
            LAST.store(status, Ordering::SeqCst);
        }
        static LAST: AtomicI32 = AtomicI32::new(-1);
        unsafe {
            assert_eq!(ares_library_init(1), 0);
            let mut channel = ptr::null_mut();
            assert_eq!(ares_init(&raw mut channel), 0);
            let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let server = CString::new(silent.local_addr().unwrap().to_string()).unwrap();
            assert_eq!(ares_set_servers_ports_csv(channel, server.as_ptr()), 0);
            let statuses = Box::new(AtomicI32::new(-1));
            ares_query(channel, c"example.invalid".as_ptr(), 1, 1, completed, (&raw const *statuses).cast_mut().cast());
            assert_eq!(LAST.load(Ordering::SeqCst), -1);
            Channel { statuses, channel }.close().unwrap();
            seen.void();
            seen.loses("it calls back, with status 16, for every query that is pending: what the callback uses is released later", LAST.load(Ordering::SeqCst) == 16);
            ares_destroy(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    UV "libuv" in "libuv.so.1";
    version text(uv_version_string());
    fn uv_version_string() -> *const c_char;
    fn uv_loop_size() -> usize;
    fn uv_handle_size(kind: c_int) -> usize;
    fn uv_loop_init(r#loop: P) -> c_int;
    fn uv_loop_close(r#loop: P) -> c_int;
    fn uv_run(r#loop: P, mode: c_int) -> c_int;
    fn uv_timer_init(r#loop: P, timer: P) -> c_int;
    fn uv_handle_set_data(handle: P, data: P);
    fn uv_close(handle: P, callback: extern "C" fn(P));
}

fn uv_loop() -> Box<[u64]> {
    let mut r#loop = vec![0; unsafe { uv_loop_size() }.div_ceil(8)].into_boxed_slice();
    assert_eq!(unsafe { uv_loop_init(r#loop.as_mut_ptr().cast()) }, 0);
    r#loop
}

row! {
    loop_of_libuv UV "loop" "uv_loop_close"
    {
        #[derive(Dispose)]
        struct Loop {
            memory: Box<[u64]>,
            #[unmanaged(unsafe(release = |this| {
                uv_run(this, 0); // the callbacks of handles that are closing
                uv_loop_close(this)
            }), check = status::zero, on_error = keep)]
            this: P,
        }
    }
    |seen| {
        extern "C" fn closed(_: P) {}
        unsafe {
            let mut memory = uv_loop();
            let this: P = memory.as_mut_ptr().cast();
            let mut timer = vec![0_u64; uv_handle_size(13).div_ceil(8)];
            assert_eq!(uv_timer_init(this, timer.as_mut_ptr().cast()), 0);
            let mut owner = Loop { memory, this };
            seen.failure(code(owner.dispose()), "the negative of `EBUSY`, a handle is not closed");
            uv_close(timer.as_mut_ptr().cast(), closed);
            let at_once = uv_loop_close(this);
            seen.order("after the callbacks of `uv_close`, which need a turn of the loop", at_once == -libc::EBUSY);
            let then = owner.dispose();
            seen.kept("", then.is_ok());
            seen.success(0);
        }
    }
}

row! {
    handle_of_libuv UV "handle" "uv_close"
    {
        #[derive(Close)]
        struct Handle {
            // The callback gets the memory, and frees it.
            #[unmanaged(unsafe(release = |memory: Box<[u64]>| uv_close(Box::leak(memory).as_mut_ptr().cast(), freed)))]
            memory: Option<Box<[u64]>>,
        }
        extern "C" fn freed(handle: P) {
            let len = unsafe { uv_handle_size(13) }.div_ceil(8);
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(handle.cast::<u64>(), len)) });
            FREED.store(true, Ordering::SeqCst);
        }
        static FREED: AtomicBool = AtomicBool::new(false);
    }
    |seen| {
        unsafe {
            let mut memory = uv_loop();
            let this: P = memory.as_mut_ptr().cast();
            let mut timer = vec![0_u64; uv_handle_size(13).div_ceil(8)].into_boxed_slice();
            assert_eq!(uv_timer_init(this, timer.as_mut_ptr().cast()), 0);
            Handle { memory: Some(timer) }.close().unwrap();
            seen.void();
            let early = FREED.load(Ordering::SeqCst);
            uv_run(this, 0);
            seen.not_so("returns before it is done with the memory, which belongs to its callback, a turn of the loop later", !early && FREED.load(Ordering::SeqCst));
            seen.order("before the loop", uv_loop_close(this) == 0);
        }
    }
}

library! {
    EVENT "libevent" in "libevent-2.1.so.7" | "libevent_core-2.1.so.7";
    version text(event_get_version());
    fn event_get_version() -> *const c_char;
    fn event_base_new() -> P;
    fn event_base_free(base: P);
    fn event_base_loop(base: P, flags: c_int) -> c_int;
    fn event_new(base: P, fd: c_int, kinds: i16, callback: extern "C" fn(c_int, i16, P), data: P) -> P;
    fn event_add(event: P, timeout: *const libc::timeval) -> c_int;
    fn event_free(event: P);
    fn bufferevent_socket_new(base: P, fd: c_int, options: c_int) -> P;
    fn bufferevent_write(event: P, bytes: *const u8, len: usize) -> c_int;
    fn bufferevent_free(event: P);
}

row! {
    bufferevent EVENT "bufferevent" "bufferevent_free"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(unsafe(release = event_base_free))]
            base: P,
            #[unmanaged(unsafe(release = bufferevent_free))]
            event: P,
        }
    }
    |seen| {
        unsafe {
            let open = || {
                let (mine, peer) = UnixStream::pair().unwrap();
                mine.set_nonblocking(true).unwrap();
                let (base, fd) = (event_base_new(), mine.into_raw_fd());
                let event = bufferevent_socket_new(base, fd, 1);
                assert_eq!(bufferevent_write(event, b"hello".as_ptr(), 5), 0);
                (base, event, fd, peer)
            };
            let (base, event, fd, peer) = open();
            bufferevent_free(event);
            seen.void();
            let still = is_open(fd);
            seen.waits("the descriptor that it owns is open until the loop's next turn or the base's end", still);
            event_base_free(base);
            seen.order("before its base, which closes it then", !is_open(fd));
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut &peer, &mut bytes).unwrap();
            seen.loses("what is not written yet", bytes.is_empty());
            let (base, event, fd, _peer) = open();
            Connection { base, event }.close().unwrap();
            assert!(!is_open(fd));
        }
    }
}

row! {
    event_base EVENT "base, its event" "event_base_free"
    {
        #[derive(Dispose)]
        struct Events {
            #[unmanaged(unsafe(release = |base| if process::id() == self.made_in {
                event_base_free(base);
            }))]
            base: P,
            #[unmanaged(unsafe(release = |event| if process::id() == self.made_in {
                event_free(event);
            }))]
            event: P,
            made_in: u32,
        }
    }
    |seen| {
        /// Reads the byte that it is called for.
        extern "C" fn called(fd: c_int, _: i16, count: P) {
            // SAFETY: it is called within `event_base_loop`, with the local variable that is given to `event_new`.
            unsafe {
                assert_eq!(libc::read(fd, [0_u8].as_mut_ptr().cast(), 1), 1);
                *count.cast::<usize>() += 1;
            }
        }
        unsafe {
            let (mine, mut peer) = UnixStream::pair().unwrap();
            let mut count = 0_usize;
            let data = (&raw mut count).cast();
            let open = || {
                let base = event_base_new();
                let event = event_new(base, mine.as_raw_fd(), 0x02, called, data);
                assert_eq!((event_add(event, ptr::null()), event_base_loop(base, 2)), (0, 0));
                Events { base, event, made_in: process::id() }
            };
            let mut is_called = |events: &Events| {
                peer.write_all(b"x").unwrap();
                assert_ne!(event_base_loop(events.base, 2), -1);
                mem::take(&mut *data.cast::<usize>()) == 1
            };
            let (mut events, mut inherited) = (open(), open());
            seen.void();
            assert!(in_child(|| {
                inherited.made_in = process::id();
                inherited.dispose().is_ok()
            }));
            seen.not_so("in a forked child: the parent's events never come", !is_called(&inherited));
            assert!(in_child(|| events.dispose().is_ok()));
            assert!(is_called(&events));
            events.dispose().unwrap();
            inherited.dispose().unwrap();
        }
    }
}

library! {
    NGHTTP2 "nghttp2" in "libnghttp2.so.14";
    version text(*nghttp2_version(0).cast::<*const c_char>().add(1));
    fn nghttp2_version(least: c_int) -> P;
    fn nghttp2_session_callbacks_new(callbacks: *mut P) -> c_int;
    fn nghttp2_session_callbacks_set_on_stream_close_callback(callbacks: P, callback: extern "C" fn(P, i32, u32, P) -> c_int);
    fn nghttp2_session_callbacks_del(callbacks: P);
    fn nghttp2_session_client_new(session: *mut P, callbacks: P, data: P) -> c_int;
    fn nghttp2_submit_request(session: P, priority: P, names: *const Header, count: usize, body: P, data: P) -> i32;
    fn nghttp2_session_want_write(session: P) -> c_int;
    fn nghttp2_session_mem_send(session: P, bytes: *mut *const u8) -> isize;
    fn nghttp2_session_del(session: P);
}

/// An `nghttp2_nv`.
#[repr(C)]
struct Header {
    name: *const u8,
    value: *const u8,
    name_len: usize,
    value_len: usize,
    flags: u8,
}

row! {
    nghttp2 NGHTTP2 "session" "nghttp2_session_del"
    {
        #[derive(Close)]
        struct Session {
            streams: Vec<Box<[u64]>>, // of each stream: dropped after the session
            #[unmanaged(unsafe(release = nghttp2_session_del))]
            session: P,
        }
    }
    |seen| {
        extern "C" fn closed(_: P, _: i32, _: u32, _: P) -> c_int {
            CLOSED.store(true, Ordering::SeqCst);
            0
        }
        static CLOSED: AtomicBool = AtomicBool::new(false);
        unsafe {
            let (mut callbacks, mut session) = (ptr::null_mut(), ptr::null_mut());
            nghttp2_session_callbacks_new(&raw mut callbacks);
            nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, closed);
            assert_eq!(nghttp2_session_client_new(&raw mut session, callbacks, NULL), 0);
            nghttp2_session_callbacks_del(callbacks);
            let header = |name: &'static str, value: &'static str| Header {
                name: name.as_ptr(),
                value: value.as_ptr(),
                name_len: name.len(),
                value_len: value.len(),
                flags: 0,
            };
            let request = [header(":method", "GET"), header(":path", "/"), header(":scheme", "http"), header(":authority", "a")];
            let mut data: Box<[u64]> = Box::new([7]);
            let stream = nghttp2_submit_request(session, NULL, request.as_ptr(), 4, NULL, data.as_mut_ptr().cast());
            assert!(stream > 0);
            let mut bytes = ptr::null();
            assert!(nghttp2_session_mem_send(session, &raw mut bytes) > 0);
            assert!(nghttp2_session_mem_send(session, &raw mut bytes) > 0);
            nghttp2_submit_request(session, NULL, request.as_ptr(), 4, NULL, NULL);
            let queued = nghttp2_session_want_write(session) == 1;
            Session { streams: vec![data], session }.close().unwrap();
            seen.void();
            seen.loses("frames that are queued", queued);
            seen.loses("the streams end without their callback: what hangs on them is yours to free", !CLOSED.load(Ordering::SeqCst));
            nghttp2_session_del(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    UNBOUND "libunbound" in "libunbound.so.8";
    version text(ub_version());
    fn ub_version() -> *const c_char;
    fn ub_ctx_create() -> P;
    fn ub_ctx_async(context: P, threads: c_int) -> c_int;
    fn ub_ctx_set_fwd(context: P, address: *const c_char) -> c_int;
    fn ub_resolve_async(context: P, name: *const c_char, kind: c_int, class: c_int, data: P, callback: extern "C" fn(P, c_int, P), id: *mut c_int) -> c_int;
    fn ub_ctx_delete(context: P);
}

row! {
    unbound UNBOUND "context" "ub_ctx_delete"
    {
        #[derive(Close)]
        struct Resolver {
            requests: Vec<Box<[u64]>>, // no callback frees them
            #[unmanaged(unsafe(release = ub_ctx_delete))]
            context: P,
        }
    }
    |seen| {
        extern "C" fn completed(_: P, _: c_int, _: P) {
            CALLED.store(true, Ordering::SeqCst);
        }
        static CALLED: AtomicBool = AtomicBool::new(false);
        unsafe {
            let context = ub_ctx_create();
            assert_eq!((ub_ctx_async(context, 1), ub_ctx_set_fwd(context, c"127.0.0.1@1".as_ptr())), (0, 0));
            let (mut data, mut id): (Box<[u64]>, _) = (Box::new([7]), 0);
            let asked = ub_resolve_async(context, c"example.invalid".as_ptr(), 1, 1, data.as_mut_ptr().cast(), completed, &raw mut id);
            assert_eq!(asked, 0);
            Resolver { requests: vec![data], context }.close().unwrap();
            seen.void();
            seen.loses("requests that are pending never call back: their data is yours to free", !CALLED.load(Ordering::SeqCst));
            seen.waits("for its threads", threads() <= 3);
            ub_ctx_delete(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    ENET "ENet" in "libenet.so.7";
    version { let version = enet_linked_version(); format!("{}.{}.{}", version >> 16, version >> 8 & 255, version & 255) };
    fn enet_linked_version() -> u32;
    fn enet_initialize() -> c_int;
    fn enet_host_create(address: *const EnetAddress, peers: usize, channels: usize, r#in: u32, out: u32) -> P;
    fn enet_host_connect(host: P, address: *const EnetAddress, channels: usize, data: u32) -> P;
    fn enet_host_service(host: P, event: *mut [u64; 4], milliseconds: u32) -> c_int;
    fn enet_peer_disconnect_now(peer: P, data: u32);
    fn enet_host_destroy(host: P);
}

/// An `ENetAddress`.
#[repr(C)]
struct EnetAddress {
    host: u32,
    port: u16,
}

row! {
    enet ENET "host" "enet_host_destroy"
    {
        #[derive(Close)]
        #[dispose(before = |this| if !this.peer.is_null() { unsafe { enet_peer_disconnect_now(this.peer, 0) } })]
        struct Host {
            #[unmanaged(unsafe(release = enet_host_destroy))]
            host: P,
            #[dispose(skip)] // the host's
            peer: P,
        }
    }
    |seen| {
        unsafe {
            assert_eq!(enet_initialize(), 0);
            let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let address = EnetAddress { host: u32::from_ne_bytes([127, 0, 0, 1]), port };
            let server = enet_host_create(&raw const address, 4, 1, 0, 0);
            let mut event = [0; 4];
            let mut is = |host: P, kind: u64, milliseconds: u32| {
                enet_host_service(host, &raw mut event, milliseconds) > 0 && event[0] & 0xffff_ffff == kind
            };
            let mut connected = || {
                let host = enet_host_create(ptr::null(), 1, 1, 0, 0);
                let peer = enet_host_connect(host, &raw const address, 1, 0);
                let (mut here, mut there) = (false, false);
                assert!(comes(|| {
                    here |= is(host, 1, 5);
                    there |= is(server, 1, 5);
                    here && there
                }));
                (host, peer)
            };
            let (host, peer) = connected();
            let (other, _) = connected();
            enet_host_destroy(other);
            seen.void();
            let mut event = [0; 4];
            let noticed = enet_host_service(server, &raw mut event, 300) > 0;
            seen.loses("the goodbye to the other side: disconnect first", !noticed);
            Host { host, peer }.close().unwrap();
            assert!(enet_host_service(server, &raw mut event, 1_000) > 0 && event[0] & 0xffff_ffff == 2);
            Host { host: server, peer: NULL }.close().unwrap();
            enet_host_destroy(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    MHD "libmicrohttpd" in "libmicrohttpd.so.12";
    version text(MHD_get_version());
    fn MHD_get_version() -> *const c_char;
    fn MHD_stop_daemon(daemon: P);
    var MHD_start_daemon(c_uint, c_uint, P, P, P, P) -> P;
}

row! {
    microhttpd MHD "daemon" "MHD_stop_daemon"
    {
        #[derive(Close)]
        struct Server {
            #[unmanaged(unsafe(release = MHD_stop_daemon))]
            daemon: P,
        }
    }
    |seen| {
        extern "C" fn refuse() -> c_int {
            0
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, fd, before) = (listener.local_addr().unwrap(), listener.into_raw_fd(), threads());
        let handler = refuse as extern "C" fn() -> c_int as *const () as P;
        let daemon = unsafe { MHD_start_daemon()(8, 0, NULL, NULL, handler, NULL, 12, fd, 0) };
        assert!(!daemon.is_null() && threads() > before);
        let client = TcpStream::connect(address).unwrap();
        Server { daemon }.close().unwrap();
        seen.void();
        seen.order("it owns the listening socket that it was given: no field of its own", !is_open(fd));
        seen.waits("for its threads", comes(|| threads() == before));
        seen.loses("connections are cut", is_closed(&client));
    }
}

library! {
    HIREDIS "hiredis" in "libhiredis.so.0.14";
    version HIREDIS.file_version();
    fn redisConnect(host: *const c_char, port: c_int) -> P;
    fn redisFree(context: P);
}

row! {
    redis HIREDIS "context" "redisFree"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = redisFree))]
            context: P,
        }
    }
    |seen| {
        let context = unsafe { redisConnect(c"127.0.0.1".as_ptr(), 1) };
        assert_ne!(unsafe { *context.cast::<c_int>() }, 0, "nothing is there");
        let gone = freed(|| Context { context }.close().unwrap());
        seen.void();
        seen.null("a failed connect returns one too: put it into its field before you read the error", gone > 100);
        unsafe { redisFree(ptr::null_mut()) };
        seen.null("accepted", true);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let context = unsafe { redisConnect(c"127.0.0.1".as_ptr(), c_int::from(listener.local_addr().unwrap().port())) };
        let (peer, _) = listener.accept().unwrap();
        Context { context }.close().unwrap();
        seen.waits("for nothing; the connection is closed", is_closed(&peer));
    }
}

library! {
    PQ "libpq" in "libpq.so.5";
    version { let version = PQlibVersion(); format!("{}.{}", version / 10_000, version % 10_000) };
    fn PQlibVersion() -> c_int;
    fn PQconnectdb(info: *const c_char) -> P;
    fn PQstatus(connection: P) -> c_int;
    fn PQfinish(connection: P);
    fn PQmakeEmptyPGresult(connection: P, status: c_int) -> P;
    fn PQresultStatus(result: P) -> c_int;
    fn PQclear(result: P);
}

row! {
    postgres PQ "connection, result" "PQfinish, PQclear"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(unsafe(release = PQfinish))]
            connection: P,
        }
        #[derive(Close)]
        struct Rows {
            #[unmanaged(unsafe(release = PQclear))]
            result: P,
        }
    }
    |seen| {
        unsafe {
            let connection = PQconnectdb(c"host=127.0.0.1 port=1 connect_timeout=2".as_ptr());
            assert_eq!(PQstatus(connection), 1, "nothing is there");
            let result = PQmakeEmptyPGresult(connection, 1);
            let gone = freed(|| Connection { connection }.close().unwrap());
            seen.void();
            seen.null("a failed connect returns one too: put it into its field before you read the status", gone > 1_000);
            seen.order("before or after its results", PQresultStatus(result) == 1);
            Rows { result }.close().unwrap();
            PQfinish(ptr::null_mut());
            PQclear(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    MARIADB "MariaDB Connector/C" in "libmariadb.so.3";
    version text(mysql_get_client_info());
    fn mysql_get_client_info() -> *const c_char;
    fn mysql_init(connection: P) -> P;
    fn mysql_real_connect(connection: P, host: *const c_char, user: *const c_char, password: *const c_char, db: *const c_char, port: c_uint, socket: *const c_char, flags: u64) -> P;
    fn mysql_close(connection: P);
}

row! {
    mariadb MARIADB "connection" "mysql_close"
    {
        #[derive(Close)]
        struct Connection {
            #[unmanaged(unsafe(release = mysql_close))]
            connection: P,
        }
    }
    |seen| {
        unsafe {
            let connection = mysql_init(ptr::null_mut());
            let none = ptr::null();
            let connected = mysql_real_connect(connection, c"127.0.0.1".as_ptr(), none, none, none, 1, none, 0);
            assert!(connected.is_null(), "nothing is there");
            let gone = freed(|| Connection { connection }.close().unwrap());
            seen.void();
            seen.null("a failed connect returns null and has released nothing", gone > 1_000);
            mysql_close(ptr::null_mut());
            seen.null("accepted", true);
        }
    }
}

library! {
    ODBC "unixODBC" in "libodbc.so.2";
    version ODBC.file_version();
    fn SQLAllocHandle(kind: c_short, of: P, handle: *mut P) -> c_short;
    fn SQLFreeHandle(kind: c_short, handle: P) -> c_short;
    fn SQLSetEnvAttr(environment: P, attribute: c_int, value: P, len: c_int) -> c_short;
    fn SQLSetConnectAttr(connection: P, attribute: c_int, value: P, len: c_int) -> c_short;
    fn SQLDriverConnect(connection: P, window: P, text: *const c_char, len: c_short, out: P, room: c_short, out_len: P, completion: c_ushort) -> c_short;
    fn SQLExecDirect(statement: P, text: *const c_char, len: c_int) -> c_short;
    fn SQLEndTran(kind: c_short, handle: P, completion: c_short) -> c_short;
    fn SQLDisconnect(connection: P) -> c_short;
}

fn odbc_environment() -> P {
    unsafe {
        let mut environment = ptr::null_mut();
        assert_eq!(SQLAllocHandle(1, NULL, &raw mut environment), 0);
        assert_eq!(SQLSetEnvAttr(environment, 200, ptr::without_provenance_mut(3), 0), 0);
        environment
    }
}

row! {
    environment_of_odbc ODBC "environment" "SQLFreeHandle"
    {
        #[derive(Dispose)]
        struct Environment {
            #[unmanaged(unsafe(release = |it| SQLFreeHandle(1, it)), check = status::non_negative, on_error = keep)]
            environment: P,
            #[unmanaged(unsafe(release = |it| SQLFreeHandle(2, it)), check = status::non_negative, on_error = keep)]
            connection: P,
        }
    }
    |seen| {
        unsafe {
            let (environment, mut connection) = (odbc_environment(), ptr::null_mut());
            assert_eq!(SQLAllocHandle(2, environment, &raw mut connection), 0);
            let status = SQLFreeHandle(1, environment);
            seen.failure(status, "a connection is left");
            let freed = SQLFreeHandle(2, connection);
            let then = SQLFreeHandle(1, environment);
            seen.kept("", freed == 0 && then == 0);
            seen.success(then);
            seen.null("-2, an error", SQLFreeHandle(1, NULL) == -2);
            let environment = odbc_environment();
            assert_eq!(SQLAllocHandle(2, environment, &raw mut connection), 0);
            let disposed = Environment { environment, connection }.dispose();
            seen.order("after its connections", disposed.is_ok());
        }
    }
}

row! {
    connection_of_odbc ODBC "connection (SQLite's driver)" "SQLDisconnect, SQLFreeHandle"
    {
        #[derive(Dispose)]
        struct Connection {
            #[unmanaged(unsafe(release = |it| SQLFreeHandle(1, it)), check = status::non_negative, on_error = keep)]
            environment: P,
            #[unmanaged(unsafe(release = |it| SQLFreeHandle(2, it)), check = status::non_negative, on_error = keep)]
            connection: P,
            // Set while it is connected; a transaction that is open would refuse.
            #[unmanaged(unsafe(release = |_| {
                SQLEndTran(2, self.connection, 1);
                SQLDisconnect(self.connection)
            }), check = status::non_negative, invalid = false, on_error = keep)]
            connected: bool,
        }
    }
    |seen| {
        unsafe {
            let (environment, mut connection, mut statement) = (odbc_environment(), ptr::null_mut(), ptr::null_mut());
            assert_eq!(SQLAllocHandle(2, environment, &raw mut connection), 0);
            let driver = "/usr/lib/x86_64-linux-gnu/odbc/libsqlite3odbc.so";
            let driver = CString::new(format!("DRIVER={driver};Database={}", scratch("db").display())).unwrap();
            let connected = SQLDriverConnect(connection, NULL, driver.as_ptr(), -3, NULL, 0, NULL, 0);
            assert!(connected == 0 || connected == 1, "{connected}");
            assert_eq!(SQLSetConnectAttr(connection, 102, NULL, 0), 0);
            assert_eq!(SQLAllocHandle(3, connection, &raw mut statement), 0);
            assert!(SQLExecDirect(statement, c"CREATE TABLE t (i)".as_ptr(), -3) >= 0);
            let refused = SQLDisconnect(connection);
            seen.failure(refused, "of `SQLDisconnect`, a transaction is open");
            let early = SQLFreeHandle(2, connection);
            seen.failure(early, "of `SQLFreeHandle`, it is connected");
            seen.kept("", refused == -1 && early == -1);
            assert_eq!(SQLFreeHandle(3, statement), 0);
            let disposed = Connection { environment, connection, connected: true }.dispose();
            seen.success(0);
            seen.order("end the transaction, disconnect, free it, free the environment", disposed.is_ok());
        }
    }
}

library! {
    MODBUS "libmodbus" in "libmodbus.so.5";
    version MODBUS.file_version();
    fn modbus_new_tcp(address: *const c_char, port: c_int) -> P;
    fn modbus_connect(context: P) -> c_int;
    fn modbus_get_socket(context: P) -> c_int;
    fn modbus_close(context: P);
    fn modbus_free(context: P);
}

row! {
    modbus MODBUS "context" "modbus_close, modbus_free"
    {
        #[derive(Close)]
        struct Context {
            #[unmanaged(unsafe(release = |context| {
                modbus_close(context);
                modbus_free(context);
            }))]
            context: P,
        }
    }
    |seen| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || unsafe {
            let context = modbus_new_tcp(c"127.0.0.1".as_ptr(), c_int::from(listener.local_addr().unwrap().port()));
            assert_eq!(modbus_connect(context), 0);
            (context, modbus_get_socket(context))
        };
        let (context, fd) = connect();
        unsafe { modbus_free(context) };
        seen.void();
        seen.not_so("`modbus_free` alone leaves the socket open", is_open(fd));
        unsafe { libc::close(fd) };
        let (context, fd) = connect();
        Context { context }.close().unwrap();
        assert!(!is_open(fd));
        unsafe { modbus_free(ptr::null_mut()) };
        seen.null("accepted", true);
    }
}

library! {
    SYSTEMD "libsystemd" in "libsystemd.so.0";
    version SYSTEMD.file_version();
    fn sd_event_new(event: *mut P) -> c_int;
    fn sd_event_add_defer(event: P, source: *mut P, callback: extern "C" fn(P, P) -> c_int, data: P) -> c_int;
    fn sd_event_source_unref(source: P) -> P;
    fn sd_event_unref(event: P) -> P;
}

row! {
    sd_event SYSTEMD "event loop, source" "sd_event_unref, sd_event_source_unref"
    {
        #[derive(Close)]
        struct Loop {
            #[unmanaged(unsafe(release = sd_event_unref), check = status::ignore)]
            event: P,
            #[unmanaged(unsafe(release = sd_event_source_unref), check = status::ignore)]
            source: P,
        }
    }
    |seen| {
        extern "C" fn called(_: P, _: P) -> c_int {
            0
        }
        unsafe {
            let open = || {
                let (mut event, mut source) = (ptr::null_mut(), ptr::null_mut());
                assert_eq!(sd_event_new(&raw mut event), 0);
                assert!(sd_event_add_defer(event, &raw mut source, called, NULL) >= 0);
                (event, source)
            };
            let before = descriptors();
            let (event, source) = open();
            let returned = sd_event_unref(event);
            assert!(returned.is_null());
            seen.success("always null, which means nothing");
            let kept = descriptors() > before;
            sd_event_source_unref(source);
            seen.order("any: a source keeps its loop", kept && descriptors() == before);
            let (event, source) = open();
            Loop { event, source }.close().unwrap();
            assert_eq!(descriptors(), before);
            seen.null("accepted", sd_event_unref(NULL).is_null());
        }
    }
}

library! {
    MNL "libmnl" in "libmnl.so.0";
    version MNL.file_version();
    fn mnl_socket_open(bus: c_int) -> P;
    fn mnl_socket_get_fd(socket: P) -> c_int;
    fn mnl_socket_close(socket: P) -> c_int;
}

row! {
    netlink MNL "socket" "mnl_socket_close"
    {
        #[derive(Close)]
        struct Socket {
            #[unmanaged(unsafe(release = mnl_socket_close), check = status::errno)]
            socket: P,
        }
    }
    |seen| {
        unsafe {
            Socket { socket: mnl_socket_open(0) }.close().unwrap();
            seen.success(0);
            let socket = mnl_socket_open(0);
            libc::close(mnl_socket_get_fd(socket));
            let mut status = 0;
            let gone = freed(|| status = mnl_socket_close(socket));
            seen.failure(status, "`EBADF`, the descriptor is closed already");
            seen.consumed("the memory is freed", gone > 0);
        }
    }
}

library! {
    NANOMSG "nanomsg" in "libnanomsg.so.5";
    version NANOMSG.file_version();
    fn nn_socket(domain: c_int, protocol: c_int) -> c_int;
    fn nn_setsockopt(socket: c_int, level: c_int, option: c_int, value: *const c_int, len: usize) -> c_int;
    fn nn_bind(socket: c_int, address: *const c_char) -> c_int;
    fn nn_connect(socket: c_int, address: *const c_char) -> c_int;
    fn nn_send(socket: c_int, bytes: *const u8, len: usize, flags: c_int) -> c_int;
    fn nn_recv(socket: c_int, bytes: *mut u8, len: usize, flags: c_int) -> c_int;
    fn nn_close(socket: c_int) -> c_int;
}

row! {
    nanomsg NANOMSG "socket" "nn_close"
    {
        #[derive(Close)]
        struct Socket {
            #[unmanaged(unsafe(release = nn_close), check = status::errno, invalid = -1)]
            socket: c_int,
        }
    }
    |seen| {
        unsafe {
            let pair = || Socket { socket: nn_socket(1, 16) };
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let address = CString::new(format!("tcp://{address}")).unwrap();
            let peer = pair();
            assert!(nn_bind(peer.socket, address.as_ptr()) >= 0);
            assert_eq!(nn_setsockopt(peer.socket, 0, 5, &1000, 4), 0);
            let sender = pair();
            // `NN_LINGER`: ten seconds for what is queued.
            assert_eq!(nn_setsockopt(sender.socket, 0, 1, &10_000, 4), 0);
            assert!(nn_connect(sender.socket, address.as_ptr()) >= 0);
            let bytes = vec![1; 100_000];
            let mut sent = 0;
            while nn_send(sender.socket, bytes.as_ptr(), bytes.len(), if sent == 0 { 0 } else { 1 }) > 0 {
                sent += 1;
            }
            let number = sender.socket;
            let (closed, took) = timed(|| sender.close());
            closed.unwrap();
            seen.success(0);
            let (mut got, mut bytes) = (0, bytes);
            while nn_recv(peer.socket, bytes.as_mut_ptr(), bytes.len(), 0) > 0 {
                got += 1;
            }
            let quick = took < Duration::from_secs(2);
            seen.waits("for nothing", quick);
            seen.not_so("what is queued is lost, also with `NN_LINGER`: let the peer confirm it", got < sent && quick);
            seen.failure(nn_close(number), "`EBADF`, a second time");
            let next = pair();
            assert_eq!(next.socket, number);
            assert_eq!(nn_close(number), 0);
            let ended = next.close().is_err();
            seen.loses("the next socket gets the same number, and a second call closes it", ended);
            seen.null("-1 means none, 0 is a socket: `invalid`", number >= 0);
        }
    }
}

library! {
    SHOUT "libshout" in "libshout.so.3";
    version text(shout_version(ptr::null_mut(), ptr::null_mut(), ptr::null_mut()));
    fn shout_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int) -> *const c_char;
    fn shout_init();
    fn shout_new() -> P;
    fn shout_set_host(source: P, host: *const c_char) -> c_int;
    fn shout_set_port(source: P, port: c_ushort) -> c_int;
    fn shout_set_protocol(source: P, protocol: c_uint) -> c_int;
    fn shout_set_user(source: P, user: *const c_char) -> c_int;
    fn shout_set_password(source: P, password: *const c_char) -> c_int;
    fn shout_set_mount(source: P, mount: *const c_char) -> c_int;
    fn shout_set_content_format(source: P, format: c_uint, usage: c_uint, codecs: *const c_char) -> c_int;
    fn shout_set_nonblocking(source: P, on: c_uint) -> c_int;
    fn shout_open(source: P) -> c_int;
    fn shout_get_connected(source: P) -> c_int;
    fn shout_send_raw(source: P, bytes: *const u8, len: usize) -> isize;
    fn shout_queuelen(source: P) -> isize;
    fn shout_close(source: P) -> c_int;
    fn shout_free(source: P);
}

/// A server that takes a stream's first words, and nothing of the stream; it hands out the connection.
fn icecast() -> (u16, std::sync::mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for peer in listener.incoming() {
            let mut peer = peer.unwrap();
            let (mut words, mut line) = (String::new(), String::new());
            let mut reader = BufReader::new(peer.try_clone().unwrap());
            while reader.read_line(&mut line).unwrap() > 2 {
                words += &std::mem::take(&mut line);
            }
            let reply: &[u8] = if words.starts_with("OPTIONS") {
                b"HTTP/1.1 204 No Content\r\nAllow: GET, SOURCE\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            } else if words.contains("Authorization") {
                b"HTTP/1.0 200 OK\r\n\r\n"
            } else {
                b"HTTP/1.0 401 Authenticate\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
            };
            peer.write_all(reply).unwrap();
            if reply.starts_with(b"HTTP/1.0 200") {
                send.send(peer).unwrap();
            }
        }
    });
    (port, receive)
}

row! {
    shout SHOUT "source" "shout_close, shout_free"
    {
        #[derive(Close)]
        struct Source {
            #[unmanaged(unsafe(release = |source| {
                let queued = shout_queuelen(source);
                let closed = shout_close(source);
                shout_free(source);
                match closed {
                    // It was not connected.
                    0 | -8 if queued <= 0 => Ok(()),
                    0 | -8 => Err(std::io::Error::other(format!("{queued} bytes were not sent"))),
                    failed => status::zero(failed).map_err(std::io::Error::other),
                }
            }))]
            source: P,
        }
    }
    |seen| {
        unsafe {
            shout_init();
            let (port, server) = icecast();
            let new = || {
                let source = shout_new();
                shout_set_host(source, c"127.0.0.1".as_ptr());
                shout_set_port(source, port);
                shout_set_protocol(source, 0);
                shout_set_user(source, c"user".as_ptr());
                shout_set_password(source, c"word".as_ptr());
                shout_set_mount(source, c"/mount".as_ptr());
                shout_set_content_format(source, 0, 1, ptr::null());
                Source { source }
            };
            let open = |nonblocking| {
                let new = new();
                shout_set_nonblocking(new.source, nonblocking);
                shout_open(new.source);
                assert!(comes(|| shout_get_connected(new.source) == -7));
                (new, server.recv().unwrap())
            };
            let (mut sent, _peer) = open(0);
            assert_eq!(shout_send_raw(sent.source, [1; 100].as_ptr(), 100), 100);
            let closed = shout_close(sent.source);
            seen.success(closed);
            shout_free(mem::replace(&mut sent.source, ptr::null_mut()));
            seen.failure(shout_close(new().source), "not connected: harmless");
            new().close().unwrap();

            let (queue, _peer) = open(1);
            while shout_queuelen(queue.source) == 0 {
                shout_send_raw(queue.source, [1; 10_000].as_ptr(), 10_000);
            }
            let queued = shout_queuelen(queue.source);
            let error = queue.close().unwrap_err();
            assert!(format!("{error:?}").contains(&format!("{queued} bytes")), "{error:?}");
            let (mut queue, _peer) = open(1);
            while shout_queuelen(queue.source) == 0 {
                shout_send_raw(queue.source, [1; 10_000].as_ptr(), 10_000);
            }
            let silent = shout_close(queue.source) == 0;
            shout_free(mem::replace(&mut queue.source, ptr::null_mut()));
            seen.loses("what is queued (nonblocking), also 0: ask `shout_queuelen` first", silent);
            let (open, peer) = open(0);
            shout_free(mem::ManuallyDrop::new(open).source);
            seen.not_so("`shout_free` alone leaves a connected source connected, and returns nothing: close first", !is_closed(&peer));
        }
    }
}

library! {
    RABBITMQ "rabbitmq-c" in "librabbitmq.so.4";
    version text(amqp_version());
    fn amqp_version() -> *const c_char;
    fn amqp_new_connection() -> P;
    fn amqp_tcp_socket_new(connection: P) -> P;
    fn amqp_socket_open(socket: P, host: *const c_char, port: c_int) -> c_int;
    fn amqp_get_sockfd(connection: P) -> c_int;
    fn amqp_set_rpc_timeout(connection: P, timeout: *const libc::timeval) -> c_int;
    fn amqp_connection_close(connection: P, code: c_int) -> AmqpReply;
    fn amqp_destroy_connection(connection: P) -> c_int;
    var amqp_login(P, *const c_char, c_int, c_int, c_int, c_int) -> AmqpReply;
}

/// An `amqp_rpc_reply_t`.
#[repr(C)]
struct AmqpReply {
    reply_type: c_int,
    reply: [u64; 2],
    library_error: c_int,
}

/// How many goodbyes the brokers have received.
static GOODBYES: AtomicI32 = AtomicI32::new(0);

/// A broker that accepts every login, and replies to a goodbye only if it is `polite`.
fn broker(polite: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut peer = listener.accept().unwrap().0;
        let frame = |peer: &mut TcpStream, body: &[u8]| {
            let mut frame = vec![1, 0, 0];
            frame.extend((body.len() as u32).to_be_bytes());
            frame.extend(body);
            frame.push(0xce);
            peer.write_all(&frame).unwrap();
        };
        let read = |peer: &mut TcpStream| {
            let mut head = [0; 7];
            std::io::Read::read_exact(peer, &mut head).ok()?;
            let mut body = vec![0; u32::from_be_bytes(head[3..].try_into().unwrap()) as usize + 1];
            std::io::Read::read_exact(peer, &mut body).ok()?;
            Some(body)
        };
        std::io::Read::read_exact(&mut peer, &mut [0; 8]).unwrap();
        frame(&mut peer, b"\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\x05en_US"); // start
        read(&mut peer);
        frame(&mut peer, b"\0\x0a\0\x1e\0\x0a\0\x02\0\0\0\0"); // tune
        read(&mut peer);
        read(&mut peer);
        frame(&mut peer, b"\0\x0a\0\x29\0"); // open
        while let Some(body) = read(&mut peer) {
            let goodbye = body.starts_with(b"\0\x0a\0\x32");
            GOODBYES.fetch_add(goodbye.into(), Ordering::SeqCst);
            if polite && goodbye {
                frame(&mut peer, b"\0\x0a\0\x33"); // closed
            }
        }
    });
    port
}

row! {
    rabbitmq RABBITMQ "connection" "amqp_destroy_connection, amqp_connection_close"
    {
        #[derive(Dispose)]
        struct Connection {
            #[unmanaged(check = status::zero, unsafe(drop = amqp_destroy_connection), unsafe(release = |connection| {
                // Else it waits for ever for a broker that is silent.
                amqp_set_rpc_timeout(connection, &libc::timeval { tv_sec: self.patience, tv_usec: 0 });
                let said = amqp_connection_close(connection, 200);
                let destroyed = amqp_destroy_connection(connection);
                match said.reply_type {
                    1 => destroyed,
                    2 => said.library_error,
                    _ => -1, // the broker's own error
                }
            }))]
            connection: P,
            patience: i64,
        }
    }
    |seen| {
        unsafe {
            let login = |polite| {
                let connection = amqp_new_connection();
                let socket = amqp_tcp_socket_new(connection);
                assert_eq!(amqp_socket_open(socket, c"127.0.0.1".as_ptr(), broker(polite).into()), 0);
                let said = amqp_login()(connection, c"/".as_ptr(), 0, 131_072, 0, 0, c"user".as_ptr(), c"word".as_ptr());
                assert_eq!(said.reply_type, 1);
                Connection { connection, patience: 1 }
            };
            login(true).dispose().unwrap();
            seen.success(0);
            let mut silent = login(false);
            let (closed, took) = timed(|| code(silent.dispose()));
            seen.failure(closed, "of `amqp_connection_close`, no reply in time");
            assert!(took >= Duration::from_millis(900));
            let mut silent = login(false);
            // Its number, not a count: the brokers' threads close theirs when they like.
            let descriptor = amqp_get_sockfd(silent.connection);
            assert!(is_open(descriptor));
            silent.dispose().unwrap_err();
            seen.consumed("`amqp_destroy_connection` closes the descriptor", !is_open(descriptor));
            let connection = amqp_new_connection();
            assert!(aborts(|| status::ignore(amqp_connection_close(connection, 200))));
            amqp_tcp_socket_new(connection);
            let unopened = code(Connection { connection, patience: 1 }.dispose());
            seen.failure(unopened, "of `amqp_connection_close`, never connected (without `amqp_tcp_socket_new` it aborts)");
            seen.null("0", amqp_destroy_connection(ptr::null_mut()) == 0);
            let before = GOODBYES.load(Ordering::SeqCst);
            let ((), took) = timed(|| drop(login(false)));
            thread::sleep(Duration::from_millis(200));
            let silent = before == 3 && GOODBYES.load(Ordering::SeqCst) == before;
            seen.waits("`amqp_connection_close` for the broker, as long as `amqp_set_rpc_timeout`; `amqp_destroy_connection` for nothing", took < Duration::from_millis(500));
            seen.loses("0 from `amqp_destroy_connection` alone, which sends no goodbye", silent);
        }
    }
}

library! {
    MOSQUITTO "libmosquitto" in "libmosquitto.so.1";
    version { let (mut a, mut b, mut c) = (0, 0, 0); mosquitto_lib_version(&mut a, &mut b, &mut c); format!("{a}.{b}.{c}") };
    fn mosquitto_lib_version(major: *mut c_int, minor: *mut c_int, revision: *mut c_int) -> c_int;
    fn mosquitto_lib_init() -> c_int;
    fn mosquitto_new(id: *const c_char, clean: bool, data: *const AtomicI32) -> P;
    fn mosquitto_connect_callback_set(client: P, callback: extern "C" fn(P, *const AtomicI32, c_int));
    fn mosquitto_publish_callback_set(client: P, callback: extern "C" fn(P, *const AtomicI32, c_int));
    fn mosquitto_connect(client: P, host: *const c_char, port: c_int, keep_alive: c_int) -> c_int;
    fn mosquitto_publish(client: P, id: P, topic: *const c_char, len: c_int, bytes: *const u8, quality: c_int, retain: bool) -> c_int;
    fn mosquitto_loop(client: P, milliseconds: c_int, packets: c_int) -> c_int;
    fn mosquitto_want_write(client: P) -> bool;
    fn mosquitto_disconnect(client: P) -> c_int;
    fn mosquitto_destroy(client: P);
}

/// Until then, -1 are confirmed.
extern "C" fn connected(_: P, confirmed: *const AtomicI32, code: c_int) {
    assert_eq!(code, 0);
    unsafe { &*confirmed }.store(0, Ordering::SeqCst);
}

extern "C" fn published(_: P, confirmed: *const AtomicI32, _: c_int) {
    unsafe { &*confirmed }.fetch_add(1, Ordering::SeqCst);
}

/// A broker for one client. It confirms messages if it is `polite`, and returns how many have arrived and
/// whether the client said goodbye.
fn mqtt_broker(polite: bool) -> (u16, thread::JoinHandle<(i32, bool)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = thread::spawn(move || {
        let mut peer = listener.accept().unwrap().0;
        let mut arrived = 0;
        let mut head = [0; 2];
        // The packets are short: their length is one byte.
        while std::io::Read::read_exact(&mut peer, &mut head).is_ok() {
            let mut body = vec![0; head[1].into()];
            std::io::Read::read_exact(&mut peer, &mut body).unwrap();
            match head[0] >> 4 {
                1 => peer.write_all(&[0x20, 2, 0, 0]).unwrap(),
                3 => {
                    arrived += 1;
                    let id = 2 + usize::from(body[1]);
                    if polite {
                        // The client may be gone.
                        let _ = peer.write_all(&[0x40, 2, body[id], body[id + 1]]);
                    }
                }
                14 => return (arrived, true),
                _ => {}
            }
        }
        (arrived, false)
    });
    (port, broker)
}

row! {
    mosquitto MOSQUITTO "client" "mosquitto_destroy"
    {
        #[derive(Close)]
        struct Client {
            #[dispose(skip)]
            confirmed: Box<AtomicI32>, // by `mosquitto_publish_callback_set`
            sent: i32,
            patience: i32,
            #[unmanaged(unsafe(release = mosquitto_destroy))]
            client: P,
            // Set by a connect that succeeded.
            #[unmanaged(check = status::zero, invalid = false, unsafe(release = |_| {
                let lost = self.wait();
                match mosquitto_disconnect(self.client) {
                    0 => lost,
                    failed => failed,
                }
            }))]
            connected: bool,
        }
        impl Client {
            /// Waits for what was sent to be confirmed, and returns how many are not.
            fn wait(&self) -> c_int {
                let lost = || self.sent - self.confirmed.load(Ordering::SeqCst);
                for _ in 0..self.patience {
                    if lost() == 0 || unsafe { mosquitto_loop(self.client, 50, 1) } != 0 {
                        break;
                    }
                }
                lost()
            }
        }
    }
    |seen| {
        unsafe {
            assert_eq!(mosquitto_lib_init(), 0);
            let new = || {
                let confirmed = Box::new(AtomicI32::new(-1));
                let client = mosquitto_new(c"test".as_ptr(), true, &*confirmed);
                mosquitto_connect_callback_set(client, connected);
                mosquitto_publish_callback_set(client, published);
                Client { confirmed, sent: 0, patience: 0, client, connected: false }
            };
            let publish = |port: u16, patience| {
                let mut client = new();
                assert_eq!(mosquitto_connect(client.client, c"127.0.0.1".as_ptr(), port.into(), 60), 0);
                client.connected = true;
                client.patience = patience;
                // The broker's reply. One turn of the loop may have sent the greeting only.
                while client.confirmed.load(Ordering::SeqCst) < 0 {
                    assert_eq!(mosquitto_loop(client.client, 10_000, 1), 0);
                }
                for _ in 0..30 {
                    assert_eq!(mosquitto_publish(client.client, NULL, c"t".as_ptr(), 5, b"hello".as_ptr(), 1, false), 0);
                    client.sent += 1;
                }
                client
            };
            seen.void();
            let (port, broker) = mqtt_broker(true);
            publish(port, 400).close().unwrap();
            assert_eq!(broker.join().unwrap(), (30, true));
            let (port, broker) = mqtt_broker(false);
            let guessed = mem::ManuallyDrop::new(publish(port, 0)).client;
            let idle = !mosquitto_want_write(guessed);
            let left = mosquitto_disconnect(guessed);
            mosquitto_destroy(guessed);
            let (arrived, goodbye) = broker.join().unwrap();
            seen.not_so(
                "of 30 messages that are to be confirmed, 20 are sent at first, and the others are lost; all codes are 0, `mosquitto_want_write` is false: count the confirmed",
                arrived == 20 && goodbye && left == 0 && idle,
            );
            let (port, broker) = mqtt_broker(false);
            let silent = publish(port, 2);
            let lost = code(silent.close());
            assert_eq!(broker.join().unwrap(), (20, true));
            assert_eq!(lost, 30);
            let (port, broker) = mqtt_broker(true);
            mosquitto_destroy(mem::ManuallyDrop::new(publish(port, 0)).client);
            let (_, goodbye) = broker.join().unwrap();
            seen.loses("the goodbye: `mosquitto_disconnect` before it", !goodbye);
            let never = mosquitto_disconnect(new().client);
            seen.failure(never, "of `mosquitto_disconnect`, never connected: harmless");
            new().close().unwrap();
            mosquitto_destroy(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    MEMCACHED "libmemcached" in "libmemcached.so.11";
    version text(memcached_lib_version());
    fn memcached_lib_version() -> *const c_char;
    fn memcached_create(memory: P) -> P;
    fn memcached_server_add(client: P, host: *const c_char, port: c_ushort) -> c_int;
    fn memcached_behavior_set(client: P, what: c_int, value: u64) -> c_int;
    fn memcached_set(client: P, key: *const c_char, key_len: usize, value: *const c_char, len: usize, expiry: i64, flags: u32) -> c_int;
    fn memcached_flush_buffers(client: P) -> c_int;
    fn memcached_get(client: P, key: *const c_char, key_len: usize, len: *mut usize, flags: *mut u32, status: *mut c_int) -> P;
    fn memcached_free(client: P);
}

/// A server for one client, which dies after the first request for a value, if it `dies`. It returns the
/// number of values that have arrived.
fn cache(dies: bool) -> (u16, thread::JoinHandle<i32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let mut peer = listener.accept().unwrap().0;
        drop(listener);
        let mut arrived = 0;
        for line in BufReader::new(peer.try_clone().unwrap()).lines() {
            let line = line.unwrap();
            if line.starts_with("get") {
                peer.write_all(b"END\r\n").unwrap();
                if dies {
                    break;
                }
            } else if line == "value" {
                arrived += 1;
                // The client may be gone.
                let _ = peer.write_all(b"STORED\r\n");
            } else if line.starts_with("quit") {
                break;
            }
        }
        arrived
    });
    (port, server)
}

row! {
    memcached MEMCACHED "client" "memcached_free"
    {
        #[derive(Close)]
        struct Client {
            #[unmanaged(check = status::zero, unsafe(release = |client| {
                let flushed = memcached_flush_buffers(client);
                let replied = if self.used { ask(client) } else { 0 };
                memcached_free(client);
                if flushed == 0 { replied } else { flushed }
            }))]
            client: P,
            used: bool,
        }
        /// Asks for what does not exist. The reply says that what was sent before has arrived.
        unsafe fn ask(client: P) -> c_int {
            let mut status = 0;
            unsafe { memcached_get(client, c"-".as_ptr(), 1, &mut 0, &mut 0, &mut status) };
            if status == 16 { 0 } else { status } // MEMCACHED_NOTFOUND
        }
    }
    |seen| {
        unsafe {
            let new = |port: u16| {
                let client = memcached_create(NULL);
                assert_eq!(memcached_behavior_set(client, 10, 1), 0);
                assert_eq!(memcached_server_add(client, c"127.0.0.1".as_ptr(), port), 0);
                Client { client, used: false }
            };
            let set = |client: &mut Client| {
                client.used = true;
                memcached_set(client.client, c"key".as_ptr(), 3, c"value".as_ptr(), 5, 0, 0)
            };
            seen.void();
            let (port, server) = cache(false);
            let mut good = new(port);
            assert_eq!(set(&mut good), 32);
            good.close().unwrap();
            assert_eq!(server.join().unwrap(), 1);
            let (port, server) = cache(false);
            let mut bare = new(port);
            assert_eq!(set(&mut bare), 32);
            memcached_free(mem::replace(&mut bare.client, NULL));
            seen.waits("sends what is buffered", server.join().unwrap() == 1);
            let dead = || {
                let (port, server) = cache(true);
                let mut client = new(port);
                assert_eq!(ask(client.client), 0);
                assert_eq!(server.join().unwrap(), 0);
                assert_eq!(set(&mut client), 32);
                client
            };
            let guessed = mem::ManuallyDrop::new(dead()).client;
            let flushed = memcached_flush_buffers(guessed);
            memcached_free(guessed);
            seen.not_so("the flush to a server that has died is 0: ask for something after it", flushed == 0);
            seen.failure(code(dead().close()), "of `memcached_get` after the flush, the server is gone");
            new(1).close().unwrap();
            memcached_free(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    USRSCTP "usrsctp" in "libusrsctp.so.2";
    version USRSCTP.file_version();
    fn usrsctp_init(port: c_ushort, output: P, debug: P);
    fn usrsctp_socket(family: c_int, kind: c_int, protocol: c_int, receive: P, send: P, threshold: u32, data: P) -> P;
    fn usrsctp_close(socket: P);
    fn usrsctp_finish() -> c_int;
}

row! {
    usrsctp USRSCTP "library, socket" "usrsctp_finish, usrsctp_close"
    {
        #[derive(Dispose)]
        struct Stack {
            #[unmanaged(unsafe(release = |()| usrsctp_finish()), check = status::zero, on_error = keep)]
            started: Option<()>,
            #[unmanaged(unsafe(release = usrsctp_close), each)]
            sockets: Vec<P>,
        }
    }
    |seen| {
        unsafe {
            let before = threads();
            usrsctp_init(0, NULL, NULL);
            let running = threads() > before;
            let socket = usrsctp_socket(libc::AF_INET, 1, 132, NULL, NULL, 0, NULL);
            assert!(!socket.is_null());
            let mut owner = Stack { started: Some(()), sockets: Vec::new() };
            seen.failure(code(owner.dispose()), "a socket is open");
            let alive = threads() > before;
            owner.sockets.push(socket);
            owner.dispose().unwrap();
            seen.success(0);
            seen.kept("", alive);
            seen.order("its sockets first", owner.started.is_none());
            seen.waits("for its threads", running && comes(|| threads() == before));
            seen.means("also if it is not started", usrsctp_finish() == 0);
        }
    }
}

library! {
    LO "liblo" in "liblo.so.7";
    version {
        let mut version = [0; 32];
        lo_version(version.as_mut_ptr(), 32, NULL, NULL, NULL, 0, NULL, NULL, NULL);
        text(version.as_ptr())
    };
    fn lo_version(version: *mut c_char, size: c_int, major: P, minor: P, extra: P, extra_size: c_int, current: P, revision: P, age: P);
    fn lo_server_thread_new(port: *const c_char, failed: P) -> P;
    fn lo_server_thread_add_method(server: P, path: *const c_char, types: *const c_char, called: LoCalled, data: P) -> P;
    fn lo_server_thread_start(server: P) -> c_int;
    fn lo_server_thread_stop(server: P) -> c_int;
    fn lo_server_thread_get_port(server: P) -> c_int;
    fn lo_server_thread_get_server(server: P) -> P;
    fn lo_server_events_pending(server: P) -> c_int;
    fn lo_server_thread_free(server: P);
    fn lo_address_new(host: *const c_char, port: *const c_char) -> P;
    fn lo_address_free(address: P);
    fn lo_message_new() -> P;
    fn lo_message_incref(message: P);
    fn lo_message_free(message: P);
    fn lo_bundle_new(time: LoTime) -> P;
    fn lo_bundle_add_message(bundle: P, path: *const c_char, message: P) -> c_int;
    fn lo_bundle_free(bundle: P);
    fn lo_bundle_free_recursive(bundle: P);
    fn lo_send_message(address: P, path: *const c_char, message: P) -> c_int;
    fn lo_send_bundle(address: P, bundle: P) -> c_int;
}

type LoCalled = extern "C" fn(*const c_char, *const c_char, P, c_int, P, P) -> c_int;

/// A `lo_timetag`: seconds since 1900, and a fraction.
#[repr(C)]
#[derive(Clone, Copy)]
struct LoTime {
    seconds: u32,
    fraction: u32,
}

row! {
    lo_server LO "thread of a server" "lo_server_thread_free"
    {
        #[derive(Close)]
        struct Server {
            // What the callbacks use is a field without attributes: dropped after it.
            #[unmanaged(unsafe(release = lo_server_thread_free))]
            server: P,
        }
    }
    |seen| {
        static BEGUN: AtomicI32 = AtomicI32::new(0);
        static ENDED: AtomicI32 = AtomicI32::new(0);
        static STOPPED: AtomicI32 = AtomicI32::new(1);
        extern "C" fn slow(_: *const c_char, _: *const c_char, _: P, _: c_int, _: P, stop: P) -> c_int {
            if !stop.is_null() {
                STOPPED.store(unsafe { lo_server_thread_stop(stop) }, Ordering::SeqCst);
            }
            BEGUN.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_secs(1));
            ENDED.fetch_add(1, Ordering::SeqCst);
            0
        }
        unsafe {
            let before = threads();
            let begun = |number| comes(|| BEGUN.load(Ordering::SeqCst) == number);
            let ended = || ENDED.load(Ordering::SeqCst);
            let start = |stops: bool| {
                let server = lo_server_thread_new(ptr::null(), NULL);
                lo_server_thread_add_method(server, c"/slow".as_ptr(), ptr::null(), slow, if stops { server } else { NULL });
                assert_eq!(lo_server_thread_start(server), 0);
                let port = CString::new(lo_server_thread_get_port(server).to_string()).unwrap();
                (Server { server }, lo_address_new(c"127.0.0.1".as_ptr(), port.as_ptr()))
            };
            let send = |address| {
                let message = lo_message_new();
                assert!(lo_send_message(address, c"/slow".as_ptr(), message) > 0);
                lo_message_free(message);
                lo_address_free(address);
            };
            let (server, address) = start(false);
            send(address);
            assert!(begun(1));
            let ((), took) = timed(|| server.close().unwrap());
            seen.void();
            seen.waits("for a callback that runs, and for its thread", took > Duration::from_millis(100) && ended() == 1 && comes(|| threads() == before));

            let (server, address) = start(false);
            let bundle = lo_bundle_new(LoTime { seconds: u32::MAX, fraction: 0 });
            let message = lo_message_new();
            lo_bundle_add_message(bundle, c"/slow".as_ptr(), message);
            assert!(lo_send_bundle(address, bundle) > 0);
            lo_bundle_free_recursive(bundle);
            lo_address_free(address);
            let queued = comes(|| lo_server_events_pending(lo_server_thread_get_server(server.server)) == 1);
            server.close().unwrap();
            seen.loses("bundles that are timed for later", queued && BEGUN.load(Ordering::SeqCst) == 1);

            let (server, address) = start(true);
            send(address);
            assert!(begun(2));
            let (again, took) = timed(|| lo_server_thread_stop(server.server));
            let runs = ended() == 1;
            let within = STOPPED.load(Ordering::SeqCst);
            seen.not_so("within a callback of its own `lo_server_thread_stop` is -35, and the next one, on whatever thread, is 0 at once while that callback still runs: never stop or release there", within == -35 && again == 0 && runs && took < Duration::from_millis(500));
            assert!(comes(|| ended() == 2 && threads() == before));
            server.close().unwrap();
            lo_server_thread_free(NULL);
            seen.null("accepted", true);
        }
    }
}

row! {
    lo_message LO "message, bundle" "lo_message_free, lo_bundle_free_recursive"
    {
        #[derive(Close)]
        struct Message {
            // With an `lo_message_incref` after `lo_message_new`.
            #[unmanaged(unsafe(release = lo_message_free), unsafe(clone = |message| lo_message_incref(message)))]
            message: P,
        }
        #[derive(Close)]
        struct Bundle {
            #[unmanaged(unsafe(release = lo_bundle_free_recursive))]
            bundle: P,
        }
    }
    |seen| {
        unsafe {
            let message = lo_message_new();
            lo_message_incref(message);
            let fresh = freed(|| lo_message_free(message)) > 0;
            let new = || {
                let message = lo_message_new();
                lo_message_incref(message);
                Message { message }
            };
            let one = new();
            let two = one.clone();
            let first = freed(|| one.close().unwrap());
            let second = freed(|| two.close().unwrap());
            seen.void();
            seen.not_so("a new message counts 0: the first `lo_message_incref` is for the first owner", fresh && first == 0 && second > 0);
            let before = allocated();
            let bundle = lo_bundle_new(LoTime { seconds: 0, fraction: 1 });
            let message = new();
            let added = lo_bundle_add_message(bundle, c"/path".as_ptr(), message.message);
            Bundle { bundle }.close().unwrap();
            message.close().unwrap();
            let all = allocated() == before;
            assert_eq!(added, 0);
            seen.order("any: a bundle counts its messages", all);
            let before = allocated();
            let bundle = lo_bundle_new(LoTime { seconds: 0, fraction: 1 });
            let message = new();
            lo_bundle_add_message(bundle, c"/path".as_ptr(), message.message);
            lo_bundle_free(bundle);
            message.close().unwrap();
            let left = allocated() > before;
            seen.loses("with `lo_bundle_free`, the counts of its messages, which leak", left);
            lo_message_free(NULL);
            lo_bundle_free_recursive(NULL);
            seen.null("accepted", true);
        }
    }
}

library! {
    ISCSI "libiscsi" in "libiscsi.so.7";
    version ISCSI.file_version();
    fn iscsi_create_context(name: *const c_char) -> P;
    fn iscsi_set_targetname(context: P, name: *const c_char) -> c_int;
    fn iscsi_set_session_type(context: P, kind: c_int) -> c_int;
    fn iscsi_connect_sync(context: P, portal: *const c_char) -> c_int;
    fn iscsi_login_async(context: P, called: IscsiCalled, data: P) -> c_int;
    fn iscsi_nop_out_async(context: P, called: IscsiCalled, bytes: *const u8, len: c_int, data: P) -> c_int;
    fn iscsi_get_fd(context: P) -> c_int;
    fn iscsi_which_events(context: P) -> c_int;
    fn iscsi_service(context: P, events: c_int) -> c_int;
    fn iscsi_disconnect(context: P) -> c_int;
    fn iscsi_destroy_context(context: P) -> c_int;
}

type IscsiCalled = extern "C" fn(P, c_int, P, P);

/// Accepts connections, reads requests of iSCSI, and replies to logins, if it `replies`. Returns its address, and where it
/// sends the operations that arrive, and -1 for the end of a connection.
fn iscsi_target(replies: bool) -> (CString, mpsc::Receiver<i32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let portal = CString::new(listener.local_addr().unwrap().to_string()).unwrap();
    let (arrived, operations) = mpsc::channel();
    thread::spawn(move || {
        for mut peer in listener.incoming().map(Result::unwrap) {
            let mut head = [0; 48];
            while peer.read_exact(&mut head).is_ok() {
                let len = usize::from(head[6]) << 8 | usize::from(head[7]);
                peer.read_exact(&mut vec![0; len.next_multiple_of(4)]).unwrap();
                let operation = head[0] & 0x3f;
                if operation == 3 && replies {
                    let mut reply = [0; 48];
                    reply[0] = 0x23;
                    reply[1] = head[1];
                    reply[8..14].copy_from_slice(&head[8..14]);
                    reply[16..20].copy_from_slice(&head[16..20]);
                    reply[28..32].copy_from_slice(&head[24..28]);
                    reply[35] = 100;
                    peer.write_all(&reply).unwrap();
                }
                let _ = arrived.send(operation.into());
            }
            let _ = arrived.send(-1);
        }
    });
    (portal, operations)
}

row! {
    iscsi ISCSI "context" "iscsi_destroy_context"
    {
        #[derive(Close)]
        struct Session {
            // What the callbacks use is a field without attributes: dropped after it.
            #[unmanaged(unsafe(release = iscsi_destroy_context), check = status::zero)]
            context: P,
        }
    }
    |seen| {
        extern "C" fn called(_: P, status: c_int, _: P, data: P) {
            unsafe { (*data.cast::<Vec<c_int>>()).push(status) };
        }
        unsafe {
            let turn = |context| {
                let mut poll = libc::pollfd { fd: iscsi_get_fd(context), events: iscsi_which_events(context) as c_short, revents: 0 };
                libc::poll(&mut poll, 1, 10);
                assert_eq!(iscsi_service(context, poll.revents.into()), 0);
            };
            let login = |portal: &CString, calls: &mut Vec<c_int>| {
                let context = iscsi_create_context(c"iqn.2026-11.org.example:one".as_ptr());
                iscsi_set_targetname(context, c"iqn.2026-11.org.example:two".as_ptr());
                iscsi_set_session_type(context, 2);
                assert_eq!(iscsi_connect_sync(context, portal.as_ptr()), 0);
                assert_eq!(iscsi_login_async(context, called, ptr::from_mut(calls).cast()), 0);
                context
            };
            let (portal, operations) = iscsi_target(true);
            let mut logins = Vec::new();
            let mut nops = Vec::<c_int>::new();
            let context = login(&portal, &mut logins);
            let fd = iscsi_get_fd(context);
            while logins.is_empty() {
                turn(context);
            }
            assert_eq!(iscsi_nop_out_async(context, called, ptr::null(), 0, (&raw mut nops).cast()), 0);
            turn(context);
            Session { context }.close().unwrap();
            let arrived: Vec<_> = operations.iter().take_while(|operation| *operation >= 0).collect();
            seen.success(0);
            seen.loses("a session that is logged in ends without a logout: `iscsi_logout_sync` before it", logins == [0] && arrived == [3, 0]);
            seen.order("closes the descriptor of `iscsi_get_fd`", !is_open(fd));

            let (portal, operations) = iscsi_target(false);
            let mut logins = Vec::new();
            for disconnects in [true, false] {
                let context = login(&portal, &mut logins);
                assert!(comes(|| {
                    turn(context);
                    operations.try_recv() == Ok(3)
                }));
                assert!(!disconnects || iscsi_disconnect(context) == 0);
                Session { context }.close().unwrap();
            }
            let cancelled = 0x0f00_0000;
            seen.waits("for nothing; calls back for the commands of a session that is logged in, with `SCSI_STATUS_CANCELLED`", nops == [cancelled]);
            seen.not_so("the callback of a login in flight is never called: its data is a field, not freed by the callback", logins.is_empty());
            seen.null("0", iscsi_destroy_context(NULL) == 0);
        }
    }
}
