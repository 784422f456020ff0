//! `AsyncDisposeStack`: entries that are awaited, last first, each with its synchronous way.

use dispose_core::{AsyncDispose, AsyncDisposeStack, Dispose};
use dispose_tests::{
    Handle, Ordinary, block_on, logged, panic_of, poll_times, record_reports, release,
    release_async, reported,
};

#[derive(Dispose, AsyncDispose)]
struct Client {
    #[unmanaged(release_async = release_async, release = release, on_error = keep)]
    handle: Option<Handle>,
}

fn client(handle: Handle) -> Client {
    Client { handle: Some(handle) }
}

fn stack() -> AsyncDisposeStack<'static> {
    let mut stack = AsyncDisposeStack::new();
    stack.push(client(Handle::new("a")));
    stack.adopt(Handle::new("b"), release_async, release);
    stack.push(client(Handle::new("c")));
    stack
}

#[test]
fn both_ways_release_last_in_first_out() {
    let mut awaited = stack();
    block_on(awaited.dispose_async()).unwrap();
    assert_eq!(logged(), "(c c (b b (a a");
    assert!(awaited.is_empty());
    block_on(awaited.dispose_async()).unwrap();
    awaited.dispose().unwrap();
    stack().dispose().unwrap();
    assert_eq!(logged(), "c b a");
    drop(stack());
    assert_eq!(logged(), "c b a");
}

#[test]
fn it_moves_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(is_send(stack()).len(), 3);
    assert_eq!(logged(), "c b a");
}

#[test]
fn failures_have_their_position() {
    record_reports();
    let mut stack = AsyncDisposeStack::new();
    stack.adopt(Handle::failing("x"), release_async, release);
    stack.push(vec![client(Handle::new("y")), client(Handle::new("z"))]);
    stack.adopt(Handle::failing("w"), async |handle| release_async(handle).await, release);
    let error = block_on(stack.dispose_async()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to dispose `AsyncDisposeStack`: [2]: w refused; [0]: x refused"
    );
    assert_eq!(logged(), "(w w (z z (y y (x x");
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn an_entry_that_stays_keeps_those_below_it() {
    record_reports();
    for awaited in [true, false] {
        let mut stack = AsyncDisposeStack::new();
        stack.push(client(Handle::new("parent")));
        stack.push(client(Handle::failing("child")));
        stack.adopt(Handle::new("top"), release_async, release);
        let mut dispose = || {
            if awaited { block_on(stack.dispose_async()) } else { stack.dispose() }
        };
        let error = dispose().unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to dispose `AsyncDisposeStack`: [1].handle: child refused"
        );
        dispose().unwrap_err();
        assert_eq!(stack.len(), 2);
        let log = if awaited { "(top top (child child (child child" } else { "top child child" };
        assert_eq!(logged(), log);
        drop(stack);
        assert_eq!(logged(), "child parent", "the last attempt");
        assert_eq!(reported(), ["Client [failed to dispose `Client`: handle: child refused]"]);
    }
}

#[test]
fn what_can_only_be_awaited_stays_in_a_synchronous_disposal() {
    #[derive(Dispose, AsyncDispose)]
    struct OnlyAwaited {
        #[unmanaged(release_async = release_async)]
        handle: Option<Handle>,
    }

    record_reports();
    let mut stack = AsyncDisposeStack::new();
    stack.push(client(Handle::new("parent")));
    stack.push(OnlyAwaited { handle: Some(Handle::new("child")) });
    assert_eq!(stack.dispose().unwrap_err().first().path(), "[1].handle");
    assert_eq!((stack.len(), logged().as_str()), (2, ""));
    block_on(stack.dispose_async()).unwrap();
    assert_eq!(logged(), "(child child (parent parent");
}

#[test]
fn cancelled_anywhere_the_rest_is_released_by_drop() {
    record_reports();
    for polls in 0..=3 {
        let mut stack = stack();
        assert!(poll_times(stack.dispose_async(), polls).is_none());
        drop(stack);
        let log = ["c b a", "(c b a", "(c c (b a", "(c c (b b (a"][polls];
        assert_eq!(logged(), log, "the value in flight counts as released");
    }
    assert_eq!(reported(), [""; 0]);
}

#[test]
fn a_panic_leaves_the_rest_to_drop_or_finishes_at_once() {
    record_reports();
    let fill = || {
        let mut stack = AsyncDisposeStack::new();
        stack.push(client(Handle::new("a")));
        stack.push(client(Handle::failing("b")));
        stack.adopt(Handle::panicking("c"), release_async, release);
        stack.adopt(Handle::failing("d"), release_async, release);
        stack
    };
    let mut stack = fill();
    assert_eq!(panic_of(|| block_on(stack.dispose_async())).unwrap(), "c panicked");
    assert_eq!((logged().as_str(), stack.len()), ("(d d (c c", 2));
    assert_eq!(
        reported(),
        ["AsyncDisposeStack [failed to dispose `AsyncDisposeStack`: [3]: d refused]"]
    );
    drop(stack);
    assert_eq!(logged(), "b a");
    assert_eq!(reported(), ["Client [failed to dispose `Client`: handle: b refused]"]);

    let mut stack = fill();
    assert_eq!(panic_of(|| stack.dispose()).unwrap(), "c panicked");
    assert_eq!((logged().as_str(), stack.len()), ("d c b", 2), "a child that stays stops it");
    assert_eq!(
        reported(),
        ["AsyncDisposeStack [failed to dispose `AsyncDisposeStack`: [3]: d refused; \
          [1].handle: b refused]"]
    );
    drop(stack);
    assert_eq!(logged(), "b a");
    assert_eq!(reported(), ["Client [failed to dispose `Client`: handle: b refused]"]);
}

#[test]
fn taken_is_committed_and_forgotten_is_ordinary() {
    let mut first = stack();
    let mut kept = first.take();
    assert_eq!((first.len(), kept.len()), (0, 3));
    drop(first);
    assert_eq!(logged(), "");
    block_on(kept.dispose_async()).unwrap();
    assert_eq!(logged(), "(c c (b b (a a");

    let mut stack = AsyncDisposeStack::new();
    stack.push(client(Handle::new("pushed")));
    stack.adopt(Ordinary("adopted"), async |value| drop(value), |_| panic!("not released"));
    stack.forget();
    assert_eq!(logged(), "~adopted pushed");
}

#[derive(Dispose, AsyncDispose)]
struct Owner {
    #[unmanaged(release = release)]
    parent: Option<Handle>,
    #[dispose(async)]
    children: AsyncDisposeStack<'static>,
}

#[derive(Dispose, AsyncDispose)]
struct Child {
    #[unmanaged(release = release, on_error = keep)]
    watch: Option<Handle>,
    #[unmanaged(release_async = release_async, release = release)]
    polite: Option<Handle>,
}

fn owner(watch: Handle, polite: Handle) -> Owner {
    let mut children = AsyncDisposeStack::new();
    children.push(Child { watch: Some(watch), polite: Some(polite) });
    Owner { parent: Some(Handle::new("parent")), children }
}

#[test]
fn a_child_whose_future_is_forgotten_is_released_before_its_parent() {
    let mut value = owner(Handle::new("watch"), Handle::new("polite"));
    let mut future = Box::pin(value.dispose_async());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    std::mem::forget(future);
    drop(value);
    assert_eq!(logged(), "(polite watch parent");
}

#[test]
fn a_child_that_is_refused_beside_a_cancellation_or_a_panic_keeps_its_parent() {
    record_reports();
    let mut value = owner(Handle::failing("watch"), Handle::new("polite"));
    assert!(poll_times(value.dispose_async(), 1).is_none());
    assert_eq!(value.dispose().unwrap_err().first().path(), "children[0].watch");
    assert_eq!(logged(), "(polite watch", "and the parent stays");
    drop(value);
    assert_eq!(logged(), "watch parent");

    let mut value = owner(Handle::failing("watch"), Handle::panicking("polite"));
    assert_eq!(panic_of(|| value.dispose()).unwrap(), "polite panicked");
    assert_eq!(logged(), "polite watch", "and the parent stays");
    drop(value);
    assert_eq!(logged(), "watch parent");

    let mut value = owner(Handle::failing("watch"), Handle::panicking("polite"));
    assert!(panic_of(|| block_on(value.dispose_async())).is_some());
    assert_eq!(logged(), "(polite polite");
    drop(value);
    assert_eq!(logged(), "watch parent");
    assert_eq!(
        reported(),
        [
            "Child [failed to dispose `Child`: watch: watch refused]",
            "Owner [failed to dispose `Owner`: children[0].watch: watch refused]",
            "Child [failed to dispose `Child`: watch: watch refused]",
            "Child [failed to dispose `Child`: watch: watch refused]"
        ]
    );
}

#[test]
fn what_a_cancelled_future_took_is_no_entry() {
    let mut stack = AsyncDisposeStack::new();
    stack.push(client(Handle::new("a")));
    stack.adopt(Handle::new("b"), release_async, release);
    assert!(poll_times(stack.dispose_async(), 1).is_none());
    assert_eq!(stack.len(), 1);
    stack.adopt(Handle::new("c"), release_async, release);
    assert_eq!(stack.len(), 2);
    stack.dispose().unwrap();
    assert!(stack.is_empty());
    assert_eq!(logged(), "(b c a");
}
