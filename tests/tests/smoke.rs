#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(missing_docs)]
use dispose_core::{Close, Dispose, status};
use std::cell::RefCell;
thread_local!(static LOG: RefCell<Vec<String>> = RefCell::default());
fn log(s: impl Into<String>) {
    LOG.with_borrow_mut(|l| l.push(s.into()));
}
fn close(fd: i32) -> i32 {
    log(format!("close {fd}"));
    fd % 2
}
fn quiet(fd: i32) {
    log(format!("quiet {fd}"));
}

#[derive(Dispose)]
#[dispose(before = |this| log(format!("before {}", this.name)))]
struct Conn {
    #[unmanaged(release = close, check = status::zero, on_error = keep, invalid = [-1, -2])]
    fd: i32,
    #[unmanaged(release = "quiet")]
    log: Option<i32>,
    #[unmanaged(release = |x| close(x + self.name.len() as i32), check = |s| if s == 0 { Ok(()) } else { Err(std::io::Error::other("odd")) }, each)]
    pool: Vec<i32>,
    #[dispose]
    sock: Sock,
    name: String,
}
#[derive(Dispose)]
struct Sock(#[unmanaged(release = quiet)] Option<i32>, #[allow(dead_code)] String);

#[derive(Close)]
enum Handle<T> {
    A {
        #[unmanaged(release = |fd| quiet(fd + *len), always)]
        fd: i32,
        len: i32,
        t: T,
    },
    #[allow(dead_code)]
    B(#[unmanaged(release = quiet)] Option<i32>, String),
    #[allow(dead_code)]
    C,
}

#[test]
fn smoke() {
    let mut c = Conn {
        fd: 3,
        log: Some(4),
        pool: vec![1, 2, 3],
        sock: Sock(Some(9), String::new()),
        name: "n".into(),
    };
    let e = c.dispose().unwrap_err();
    assert_eq!(e.to_string(), "failed to dispose `Conn`: pool[1]: odd; fd: status 1");
    assert_eq!(c.fd, 3);
    assert!(c.ensure_live().is_ok());
    let e = c.close().unwrap_err();
    assert_eq!(e.to_string(), "failed to dispose `Conn`: fd: status 1");
    struct D;
    impl Drop for D {
        fn drop(&mut self) {
            log("D");
        }
    }
    Handle::A { fd: 1, len: 2, t: D }.close().unwrap();
    drop(Handle::B::<D>(Some(1), String::new()));
    println!("{:?}", LOG.take());
}
