//! `check` turns a status into an outcome; `dispose_core::status` has the conventions of C.

use dispose_core::{Dispose, StatusError, status};
use dispose_tests::{log, logged};

fn code(result: Result<(), StatusError>) -> Option<i128> {
    result.err().map(|error| error.code())
}

#[test]
fn conventions_hold_for_every_integer_type() {
    macro_rules! hold {
        ($($int:ty)*) => {$(
            assert_eq!(code(status::zero(0 as $int)), None);
            assert_eq!(code(status::zero(3 as $int)), Some(3));
            assert_eq!(code(status::one(1 as $int)), None);
            assert_eq!(code(status::one(0 as $int)), Some(0));
            assert_eq!(code(status::non_negative(0 as $int)), None);
            assert_eq!(code(status::non_negative(3 as $int)), None);
            assert!(status::nonzero(1 as $int).is_ok());
            assert!(status::nonzero(0 as $int).is_err());
            assert!(status::errno(0 as $int).is_ok());
            assert!(status::errno(!(0 as $int)).is_err(), "all bits set");
            assert!(status::os_code(0 as $int).is_ok());
            assert_eq!(status::os_code(2 as $int).unwrap_err().raw_os_error(), Some(2));
            status::ignore(3 as $int);
        )*};
    }
    hold!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
}

#[test]
fn negative_codes_are_kept() {
    assert_eq!(code(status::zero(-5)), Some(-5));
    assert_eq!(code(status::non_negative(-5_i64)), Some(-5));
    assert_eq!(status::zero(-5).unwrap_err().to_string(), "status -5");
    assert!(status::errno(-2).is_ok(), "only -1 means that errno is set");
}

#[test]
fn booleans() {
    assert!(status::is_true(true).is_ok());
    assert_eq!(code(status::is_true(false)), Some(0));
    assert!(status::is_true(1_i32).is_ok());
    assert!(status::is_true(-1_i64).is_ok());
    assert_eq!(code(status::is_true(0_u8)), Some(0));
}

// On Windows `errno` is the C runtime's own, not the system's; `dispose-windows` has its tests.
#[cfg(unix)]
#[test]
fn the_last_error_of_the_system_is_read() {
    use dispose_core::Close;
    use std::ffi::c_int;

    unsafe extern "C" {
        safe fn close(fd: c_int) -> c_int;
    }
    #[derive(Close)]
    struct Fd(#[unmanaged(release = close, check = status::errno, invalid = -1)] c_int);
    let error = Fd(c_int::MAX).close().unwrap_err();
    assert_eq!(error.downcast::<std::io::Error>().unwrap().raw_os_error(), Some(9), "EBADF");
}

#[test]
fn a_check_may_be_a_path_a_string_or_a_closure_that_names_self() {
    #[derive(Debug)]
    struct TooLarge(i32);
    impl std::fmt::Display for TooLarge {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} is too large", self.0)
        }
    }
    impl std::error::Error for TooLarge {}

    fn double(value: i32) -> i32 {
        value * 2
    }
    fn small(value: i32) -> Result<(), TooLarge> {
        if value < 10 { Ok(()) } else { Err(TooLarge(value)) }
    }

    #[derive(Dispose)]
    struct Checked {
        limit: i32,
        #[unmanaged(release = double, check = small)]
        path: Option<i32>,
        #[unmanaged(release = double, check = "small")]
        string: Option<i32>,
        #[unmanaged(release = double, check = |value| if value < self.limit { Ok(()) } else { Err(TooLarge(value)) })]
        closure: Option<i32>,
        #[unmanaged(release = double, check = move |value| log(value + self.limit))]
        quiet: Option<i32>,
    }

    let mut value =
        Checked { limit: 4, path: Some(5), string: Some(4), closure: Some(2), quiet: Some(1) };
    let error = value.dispose().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `Checked`: closure: 4 is too large; path: 10 is too large"
    );
    assert_eq!(logged(), "6");
}
