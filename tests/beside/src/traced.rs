use std::future::Future as _;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dispose_core::{AsyncDispose, Dispose};
use tracing::instrument;

use crate::{log, logged};

#[instrument(err)]
fn shut(descriptor: i32) -> io::Result<()> {
    log(format!("{descriptor}"));
    Err(io::Error::other("refused"))
}

#[instrument(skip(stream))]
async fn goodbye(stream: String) {
    log(stream);
}

#[derive(Debug, Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release = shut)]
    descriptor: Option<i32>,
    #[unmanaged(release_async = goodbye, release = |stream| tracing::info_span!("drop", name = %self.name).in_scope(|| log(stream)))]
    stream: Option<String>,
    name: String,
}

impl Client {
    #[instrument(skip_all, fields(name = %self.name))]
    async fn leave(&mut self) -> Result<(), dispose_core::DisposeError> {
        self.dispose_async().await
    }
}

#[test]
fn instrumented_releases() {
    let client = || Client { descriptor: Some(1), stream: Some("s".into()), name: "n".into() };
    let mut value = client();
    let Poll::Ready(left) = pin!(value.leave()).poll(&mut Context::from_waker(Waker::noop()))
    else {
        unreachable!()
    };
    assert_eq!(left.unwrap_err().to_string(), "failed to dispose `Client`: descriptor: refused");
    drop(client());
    assert_eq!(logged(), "s 1 s 1");
}
