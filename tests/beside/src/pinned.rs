//! `#[pin_project]` forbids a `Drop` of the type, or writes it (`PinnedDrop`), and so do the derives: E0119. The
//! handle is a type of its own, and an ordinary field of the projected one.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use dispose_core::Close;

use crate::{logged, shut};

#[derive(Close)]
struct Handle(#[unmanaged(release = shut, invalid = -1)] i32);

#[pin_project::pin_project]
struct Task<F> {
    handle: Option<Handle>,
    #[pin]
    future: F,
}

impl<F: Future> Future for Task<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = this.future.poll(context);
        if output.is_ready() {
            this.handle.take().unwrap().close().unwrap();
        }
        output
    }
}

pin_project_lite::pin_project! {
    struct Light<F> {
        handle: Handle,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Light<F> {
    type Output = (i32, F::Output);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.future.poll(context).map(|output| (this.handle.0, output))
    }
}

#[test]
fn a_field_of_a_projected_type() {
    let mut context = Context::from_waker(Waker::noop());
    let task = Task { handle: Some(Handle(1)), future: std::future::ready(7) };
    assert_eq!(pin!(task).poll(&mut context), Poll::Ready(7));
    drop(Task { handle: Some(Handle(2)), future: std::future::ready(7) });
    assert_eq!(logged(), "1 2");
    let light = Light { handle: Handle(3), future: std::future::ready(7) };
    assert_eq!(pin!(light).poll(&mut context), Poll::Ready((3, 7)));
    assert_eq!(logged(), "3");
}
