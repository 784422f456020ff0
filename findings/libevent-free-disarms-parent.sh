#!/usr/bin/env bash
# libevent: event_base_free in a forked child makes the parent deaf: an event that it waits for never comes.
#
# Version: 2.1.12 (Debian 12), with its default method, epoll. Source: event_base_free, which deletes every event that is
# added, and the deletion in epoll.c: the set of descriptors in the system is one, shared with the parent.
# Expected: event2/event.h says of event_base_free that it frees the memory, and closes no descriptor. Of event_reinit it
# says that a base needs it after a fork, because some methods do not survive one; not that a child which only frees the
# base takes something from its parent without it.
# Behaviour seen: the parent's event is gone from the set. It is not called any more, and no call in the parent has failed.
# event_free of one event does the same. With event_reinit before it in the child, the parent is as it was.
#
# Output seen:
#   the child only ends: the parent's event is called
#   event_free in the child: the parent's event is not called
#   event_base_free in the child: the parent's event is not called
#   event_reinit, event_base_free in the child: the parent's event is called
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libevent-core-2.1-7=2.1.12-stable-8 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libevent-core-*.deb root

cat >run.py <<'PY'
import ctypes, os, sys
event, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
Callback = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_short, P)
event.event_base_new.restype = event.event_new.restype = P
event.event_base_get_method.restype = ctypes.c_char_p
event.event_new.argtypes = [P, ctypes.c_int, ctypes.c_short, Callback, P]
event.event_add.argtypes = [P, P]
event.event_base_loop.argtypes = [P, ctypes.c_int]
event.event_base_loopexit.argtypes = [P, ctypes.POINTER(ctypes.c_long * 2)]
for name in "event_base_get_method", "event_reinit", "event_free", "event_base_free":
    getattr(event, name).argtypes = [P]
READ, NONBLOCK = 2, 2

def run(child):
    base, (read, write), called = event.event_base_new(), os.pipe(), []
    assert event.event_base_get_method(base) == b"epoll"
    callback = Callback(lambda descriptor, what, data: called.append(os.read(descriptor, 1)))
    waiting = event.event_new(base, read, READ, callback, None)
    assert event.event_add(waiting, None) == 0
    assert event.event_base_loop(base, NONBLOCK) == 0
    process = os.fork()
    if process == 0:
        child(base, waiting)
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
    os.write(write, b"x")
    assert event.event_base_loopexit(base, (ctypes.c_long * 2)(1, 0)) == 0
    assert event.event_base_loop(base, 0) in (0, 1)
    event.event_free(waiting)
    event.event_base_free(base)
    return f"the parent's event is {'called' if called else 'not called'}"

def reinitialised(base, waiting):
    assert event.event_reinit(base) == 0
    event.event_base_free(base)

print("the child only ends:", run(lambda base, waiting: None))
print("event_free in the child:", run(lambda base, waiting: event.event_free(waiting)))
print("event_base_free in the child:", run(lambda base, waiting: event.event_base_free(base)))
print("event_reinit, event_base_free in the child:", run(reinitialised))
PY
python3 run.py "$(echo root/usr/lib/*/libevent_core-2.1.so.7)" | tee output
diff - output <<'EXPECTED'
the child only ends: the parent's event is called
event_free in the child: the parent's event is not called
event_base_free in the child: the parent's event is not called
event_reinit, event_base_free in the child: the parent's event is called
EXPECTED
