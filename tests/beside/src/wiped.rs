//! `ZeroizeOnDrop` is a second `Drop`: E0119. A `Zeroizing` field is wiped when it is dropped, after the releases;
//! a tracked field is wiped at its place in the order, also when no handle is held.

use dispose_core::{Close, Dispose};
use zeroize::{Zeroize, Zeroizing};

use crate::{log, logged};

#[derive(Zeroize)]
struct Secret([u8; 2]);

impl Drop for Secret {
    fn drop(&mut self) {
        log(format!("dropped {:?}", self.0));
    }
}

#[derive(Close)]
struct Wrapped {
    #[unmanaged(release = |x| log(format!("{x} {:?}", self.key.0)))]
    descriptor: Option<i32>,
    key: Zeroizing<Secret>,
}

#[derive(Dispose)]
struct Tracked {
    #[unmanaged(release = |x| log(format!("{x}")))]
    descriptor: Option<i32>,
    #[unmanaged(release = |mut key| { key.zeroize(); drop(key) })]
    key: Option<Secret>,
}

#[test]
fn a_key_is_wiped() {
    drop(Wrapped { descriptor: Some(1), key: Zeroizing::new(Secret([2, 3])) });
    assert_eq!(logged(), "1 [2, 3] dropped [0, 0]");
    drop(Tracked { descriptor: Some(1), key: Some(Secret([2, 3])) });
    assert_eq!(logged(), "dropped [0, 0] 1");
    drop(Tracked { descriptor: None, key: Some(Secret([2, 3])) });
    assert_eq!(logged(), "dropped [0, 0]");
}
