//! `AsyncDispose` under tokio's two executors, and where there is none any more.
#![cfg(unix)]

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dispose_core::{AsyncDispose, Dispose, using_async};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

/// A connection that says goodbye, if it is let.
struct Stream(&'static str, Log);

impl Stream {
    async fn goodbye(self) -> io::Result<()> {
        sleep(Duration::from_millis(1)).await;
        self.1.add(format!("goodbye {}", self.0));
        Ok(())
    }
    async fn hang(self) {
        self.1.add(format!("hanging {}", self.0));
        std::future::pending::<()>().await;
    }
    async fn fall_over(self) {
        yield_now().await;
        panic!("{} fell over", self.0);
    }
    fn reset(self) {
        self.1.add(format!("reset {}", self.0));
    }
}

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = Stream::goodbye, release = Stream::reset)]
    first: Option<Stream>,
    #[unmanaged(release_async = Stream::hang, release = Stream::reset)]
    hanging: Option<Stream>,
    #[unmanaged(release_async = Stream::fall_over, release = Stream::reset)]
    falling: Option<Stream>,
    #[unmanaged(release_async = Stream::goodbye, release = Stream::reset)]
    last: Option<Stream>,
}

fn stream(name: &'static str, log: &Log) -> Stream {
    Stream(name, log.clone())
}

fn two_streams(log: &Log) -> Client {
    Client {
        first: Some(stream("first", log)),
        hanging: None,
        falling: None,
        last: Some(stream("last", log)),
    }
}

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_time().build().unwrap())
}

#[test]
fn a_task_disposes_and_a_body_is_followed_by_the_disposal() {
    let log = Log::default();
    for runtime in runtimes() {
        let mut client = two_streams(&log);
        runtime
            .block_on(runtime.spawn(async move { client.dispose_async().await }))
            .unwrap()
            .unwrap();
        assert_eq!(log.take(), "goodbye last goodbye first");
        let (client, in_body) = (two_streams(&log), log.clone());
        let task = runtime.spawn(using_async(client, async move |client: &mut Client| {
            sleep(Duration::from_millis(1)).await;
            in_body.add(if client.first.is_some() { "body" } else { "nothing" });
            io::Result::Ok(5)
        }));
        assert!(matches!(runtime.block_on(task).unwrap(), Ok(5)));
        assert_eq!(log.take(), "body goodbye last goodbye first");
    }
}

#[test]
fn dropped_undisposed_anywhere_it_is_released_without_waiting() {
    let log = Log::default();
    for runtime in runtimes() {
        let client = two_streams(&log);
        runtime.block_on(async { drop(client) });
        assert_eq!(log.take(), "reset last reset first");
        let client = two_streams(&log);
        runtime.block_on(runtime.spawn(async move { drop(client) })).unwrap();
        assert_eq!(log.take(), "reset last reset first");
        // Owned by a task that never ends, which goes with the runtime.
        let client = two_streams(&log);
        runtime.spawn(async move {
            let _client = client;
            std::future::pending::<()>().await;
        });
        runtime.block_on(yield_now());
        let outlives = two_streams(&log);
        drop(runtime);
        assert_eq!(log.take(), "reset last reset first");
        drop(outlives);
        assert_eq!(log.take(), "reset last reset first", "no runtime is there");
    }
}

#[test]
fn a_disposal_that_hangs_is_left_by_a_timeout_or_an_abort() {
    let log = Log::default();
    for runtime in runtimes() {
        let mut client = two_streams(&log);
        client.hanging = Some(stream("hanging", &log));
        runtime.block_on(async {
            timeout(Duration::from_millis(20), client.dispose_async()).await.unwrap_err();
        });
        assert_eq!(log.take(), "goodbye last hanging hanging");
        // Where it hung is behind it.
        runtime.block_on(client.dispose_async()).unwrap();
        assert_eq!(log.take(), "goodbye first");

        let mut client = two_streams(&log);
        client.hanging = Some(stream("hanging", &log));
        let task = runtime.spawn(async move { client.dispose_async().await });
        while !log.0.lock().unwrap().iter().any(|entry| entry.starts_with("hanging")) {
            runtime.block_on(async { sleep(Duration::from_millis(1)).await });
        }
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(log.take(), "goodbye last hanging hanging reset first");
    }
}

#[test]
fn a_panic_in_a_task_leaves_the_rest_to_drop() {
    let log = Log::default();
    for runtime in runtimes() {
        let mut client = two_streams(&log);
        client.falling = Some(stream("falling", &log));
        let task = runtime.spawn(async move { client.dispose_async().await });
        assert!(runtime.block_on(task).unwrap_err().is_panic());
        assert_eq!(log.take(), "goodbye last reset first");
    }
}

#[test]
fn what_a_cancelled_disposal_leaves_may_be_dropped_on_another_thread() {
    let log = Log::default();
    let [_, runtime] = runtimes();
    let mut client = two_streams(&log);
    client.hanging = Some(stream("hanging", &log));
    runtime.block_on(async {
        let mut disposal = pin!(client.dispose_async());
        timeout(Duration::from_millis(20), &mut disposal).await.unwrap_err();
    });
    std::thread::spawn(move || drop(client)).join().unwrap();
    assert_eq!(log.take(), "goodbye last hanging hanging reset first");
}
