use std::error::Error as _;

use derive_more::{AsRef, Debug, Deref, DerefMut, Display, From, IsVariant};
use dispose_core::{Close, Dispose};
use educe::Educe;

use crate::{logged, shut};

/// An error that gives the handle back.
#[derive(std::fmt::Debug, thiserror::Error, Close)]
#[error("{descriptor:?} is busy with {name}")]
struct Busy {
    #[unmanaged(release = shut)]
    descriptor: Option<i32>,
    name: String,
    source: std::io::Error,
}

#[derive(std::fmt::Debug, thiserror::Error, Dispose)]
enum Failed {
    #[error("held {0:?}")]
    Held(#[unmanaged(release = |x| shut(x + *_1))] Option<i32>, i32),
    #[error(transparent)]
    Other(#[from] std::io::Error),
}

#[test]
fn thiserror() {
    let source = std::io::Error::other("inner");
    let busy = Busy { descriptor: Some(1), name: "n".into(), source };
    assert_eq!(busy.to_string(), "Some(1) is busy with n");
    assert_eq!(busy.source().unwrap().to_string(), "inner");
    busy.close().unwrap();
    let held = Failed::Held(Some(1), 1);
    assert_eq!(held.to_string(), "held Some(1)");
    drop(held);
    assert_eq!(logged(), "1 2");
    assert_eq!(Failed::from(std::io::Error::other("other")).to_string(), "other");
}

#[derive(Debug, Display, Deref, DerefMut, AsRef, From, Close)]
#[display("named {name}")]
struct Named {
    #[deref]
    #[deref_mut]
    #[as_ref]
    name: String,
    #[debug("{:?}", descriptor.is_some())]
    #[unmanaged(release = |x| { shut(x + i32::try_from(self.name.len()).unwrap()) })]
    descriptor: Option<i32>,
}

#[derive(IsVariant, Dispose)]
enum State {
    Open(#[unmanaged(release = shut)] Option<i32>),
    Closed,
}

#[test]
fn derive_more() {
    let mut named = Named::from(("ab".to_owned(), Some(5)));
    named.push('c');
    assert_eq!(
        format!("{named} {named:?} {}", named.len()),
        "named abc Named { name: \"abc\", descriptor: true } 3"
    );
    drop(named);
    assert_eq!(logged(), "8");
    let state = State::Open(Some(6));
    assert!(state.is_open() && !State::Closed.is_open());
    drop(state);
    assert_eq!(logged(), "6");
}

#[derive(Educe, Close)]
#[educe(Debug, PartialEq, Eq, Hash)]
struct Keyed {
    key: u8,
    #[educe(Debug(ignore), PartialEq(ignore), Hash(ignore))]
    #[unmanaged(release = shut, invalid = -1)]
    descriptor: i32,
}

#[test]
fn educe() {
    let (one, two) = (Keyed { key: 1, descriptor: 1 }, Keyed { key: 1, descriptor: 2 });
    assert!(one == two);
    assert_eq!(format!("{one:?}"), "Keyed { key: 1 }");
    drop((one, two));
    assert_eq!(logged(), "1 2");
}
