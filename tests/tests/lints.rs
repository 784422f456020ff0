//! What an attribute on a field allows is allowed in the code that is made from it.

#![deny(deprecated, unused_variables, unused_must_use)]

use dispose_core::{AsyncDispose, Close, Dispose};
use dispose_tests::{block_on, log, logged};

#[test]
fn what_a_field_allows_is_allowed_in_its_release() {
    #[deprecated]
    fn old(id: i32) {
        log(id);
    }

    #[deprecated]
    async fn old_async(id: i32) {
        dispose_tests::pending_once().await;
        log(id);
    }

    #[deprecated]
    const NONE: i32 = -1;

    #[derive(Dispose, AsyncDispose)]
    struct Owner {
        #[allow(deprecated)]
        #[unmanaged(release = old, invalid = NONE)]
        old: i32,
        #[allow(deprecated)]
        #[unmanaged(release_async = old_async, release = drop)]
        awaited: Option<i32>,
        #[allow(unused_variables)]
        #[unmanaged(release = |id| log("closure"))]
        ignored: Option<i32>,
        #[allow(deprecated)]
        #[unmanaged(each, release = old, invalid = NONE)]
        each: Vec<i32>,
    }

    #[deprecated]
    type Part<T> = Option<T>;

    /// A list, whose types and fields are named in other places too.
    #[derive(Dispose)]
    #[allow(dead_code)]
    struct Node {
        #[allow(deprecated)]
        #[unmanaged(release = |_| ())]
        slot: Part<i32>,
        #[deprecated]
        #[allow(deprecated)]
        #[dispose]
        next: Option<Box<Node>>,
    }

    #[derive(Dispose)]
    struct Nested {
        #[allow(deprecated)]
        _name: Part<String>,
        #[allow(deprecated)]
        #[unmanaged(release = old, invalid = NONE)]
        old: i32,
        #[allow(deprecated)]
        #[dispose]
        first: Part<Owner>,
        #[dispose]
        next: Option<Box<Nested>>,
    }

    #[derive(Close)]
    enum Handle {
        Old(
            #[allow(deprecated)]
            #[unmanaged(release = old, always)]
            i32,
        ),
    }

    let mut owner = Owner { old: 1, awaited: Some(2), ignored: Some(3), each: vec![4] };
    block_on(owner.dispose_async()).unwrap();
    assert!(owner.is_disposed());
    owner.dispose().unwrap();
    Handle::Old(5).close().unwrap();
    drop(Nested { _name: None, old: 6, first: None, next: None });
    assert_eq!(logged(), "4 closure 2 1 5 6");
}
