//! Futures that are cancelled or forgotten at each await, and parts that never come to an end.

#![forbid(unsafe_code)]

mod common;

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll, Waker};

use dispose_core::{AsyncDispose, Dispose, Failures, using_async};
use victim::{Awaited, Connection, c};

use crate::common::{Failed, Swap};

/// What an asynchronous part does when it is awaited.
#[derive(Clone, Copy)]
enum Kind {
    Ends,
    NeverEnds,
    Panics,
    Forgets,
    Swaps,
}

struct Part(Kind, Option<Connection>);

impl Dispose for Part {
    fn release_all(&mut self, failures: &mut Failures) {
        failures.record("x", Err::<(), _>(Failed));
        self.1 = None;
    }
    fn is_disposed(&self) -> bool {
        false
    }
}

impl AsyncDispose for Part {
    async fn release_all_async(&mut self, failures: &mut Failures) {
        failures.record("y", Err::<(), _>(Failed));
        match self.0 {
            Kind::Ends => drop(self.1.take()),
            Kind::NeverEnds => std::future::pending().await,
            Kind::Panics => resume_unwind(Box::new("a part")),
            Kind::Forgets => {
                let mut inner = Awaited::new(Part(Kind::NeverEnds, None));
                let mut future = Box::pin(failures.nest_async("inner", &mut inner));
                let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                mem::forget(future);
            }
            Kind::Swaps => drop(Swap(failures).dispose()),
        }
    }
}

fn poll<F: Future + ?Sized>(future: &mut std::pin::Pin<Box<F>>, times: usize) {
    for _ in 0..times {
        let mut context = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)));
        if !matches!(polled, Ok(Poll::Pending)) {
            break;
        }
    }
}

fn quiet() {
    dispose_core::set_drop_hook(Some(|report| drop(report.to_string())));
}

const KINDS: [Kind; 5] = [Kind::Ends, Kind::NeverEnds, Kind::Panics, Kind::Forgets, Kind::Swaps];

#[test]
fn at_each_await() {
    quiet();
    for kind in KINDS {
        for times in 0..8 {
            for again in 0..4 {
                for forget in [false, true] {
                    let mut value = Awaited::new(Part(kind, Some(Connection::new())));
                    let mut future = Box::pin(value.dispose_async());
                    poll(&mut future, times);
                    if forget {
                        mem::forget(future);
                    } else {
                        drop(future);
                    }
                    match again {
                        0 => {}
                        1 => drop(value.dispose()),
                        2 => poll(&mut Box::pin(value.dispose_async()), times),
                        _ => drop(mem::replace(&mut value, Awaited::new(Part(kind, None)))),
                    }
                    drop(value);
                    assert_eq!(c::live(), 0);
                }
            }
        }
    }
}

#[test]
fn at_each_await_of_a_body() {
    quiet();
    for kind in KINDS {
        for times in 0..9 {
            let value = Awaited::new(Part(kind, Some(Connection::new())));
            let body = async |value: &mut Awaited<Part>| {
                drop(mem::replace(value, Awaited::new(Part(kind, None))));
                let mut polled = false;
                std::future::poll_fn(|_| {
                    if mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                Ok::<_, io::Error>(())
            };
            let mut future = Box::pin(using_async(value, body));
            poll(&mut future, times);
            drop(future);
            assert_eq!(c::live(), 0);
        }
    }
}
