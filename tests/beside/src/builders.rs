//! A builder holds the fields as they are, so a raw handle in it is lost when the builder is dropped. Here the
//! handle is an owner of its own, and nothing is.

use dispose_core::{Close, Dispose};

use crate::{log, logged, shut};

#[derive(Debug, Close)]
struct Handle(#[unmanaged(release = shut, invalid = -1)] i32);

#[derive(bon::Builder, Dispose)]
#[builder(on(String, into))]
struct Bon {
    #[unmanaged(release = |handle| { log(self.name.clone()); Close::close(handle) })]
    handle: Option<Handle>,
    name: String,
    #[builder(default = -1)]
    #[unmanaged(release = shut, invalid = -1)]
    raw: i32,
}

#[test]
fn bon() {
    drop(Bon::builder().name("n").handle(Handle(1)).raw(2).build());
    assert_eq!(logged(), "2 n 1");
    drop(Bon::builder().handle(Handle(1)));
    assert_eq!(logged(), "1");
}

#[derive(typed_builder::TypedBuilder, Close)]
struct Typed {
    #[builder(default, setter(strip_option))]
    #[unmanaged(release = Close::close)]
    handle: Option<Handle>,
    #[builder(setter(into))]
    #[unmanaged(release = |name| log(name))]
    name: Option<String>,
}

#[test]
fn typed_builder() {
    drop(Typed::builder().handle(Handle(1)).name("n".to_owned()).build());
    assert_eq!(logged(), "n 1");
    drop(Typed::builder().handle(Handle(1)));
    assert_eq!(logged(), "1");
}

#[derive(derive_builder::Builder, Dispose)]
#[builder(pattern = "owned")]
struct Derived {
    #[builder(setter(strip_option))]
    #[unmanaged(release = Close::close)]
    handle: Option<Handle>,
    #[allow(dead_code)]
    name: String,
}

#[test]
fn derive_builder() {
    drop(
        DerivedBuilder::default().handle(Handle(1)).name("n".into()).build().map_err(drop).unwrap(),
    );
    assert_eq!(logged(), "1");
    // Without a name: the handle was moved into `build`, which dropped it.
    assert!(DerivedBuilder::default().handle(Handle(1)).build().is_err());
    assert_eq!(logged(), "1");
}
