#!/usr/bin/env bash
# nanomsg: nn_close drops the messages that are queued, although its page says that it waits NN_LINGER for them.
#
# Version: 1.1.5 (Debian 12). Source: nn_close, which stops the socket at once, whatever the option is.
# Expected: nn_close(3) says that it tries to deliver what is outstanding for the time of NN_LINGER, and blocks
# meanwhile. (nn_setsockopt(3) says that the option is not implemented; setting it succeeds.)
# Behaviour seen: with a linger of ten seconds and a peer that reads, nn_close returns 0 at once, and messages that
# nn_send took do not arrive.
#
# Output seen:
#   set 0, close 0 at once: some are lost
#   the same, closed a second later: none is lost
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libnanomsg5=1.1.5+dfsg-1.1+b1 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libnanomsg5_*.deb root

cat >run.py <<'PY'
import ctypes, socket, sys, threading, time
nn = ctypes.CDLL(sys.argv[1])
nn.nn_send.argtypes = nn.nn_recv.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
AF_SP, PUSH, PULL, LINGER, RECEIVE_TIMEOUT, DONT_WAIT = 1, 80, 81, 1, 5, 1

def option(socket, option, value):
    return nn.nn_setsockopt(socket, 0, option, ctypes.byref(ctypes.c_int(value)), ctypes.c_size_t(4))

def sent(patience):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = b"tcp://127.0.0.1:%d" % server.getsockname()[1]
    pull, push = nn.nn_socket(AF_SP, PULL), nn.nn_socket(AF_SP, PUSH)
    assert nn.nn_bind(pull, address) >= 0
    option(pull, RECEIVE_TIMEOUT, 2000)
    set = option(push, LINGER, 10_000)
    assert nn.nn_connect(push, address) >= 0
    got = 0
    def receive():
        nonlocal got
        buffer = ctypes.create_string_buffer(100_000)
        while nn.nn_recv(pull, buffer, 100_000, 0) > 0:
            got += 1
    count = 1
    assert nn.nn_send(push, bytes(100_000), 100_000, 0) > 0
    while nn.nn_send(push, bytes(100_000), 100_000, DONT_WAIT) > 0:
        count += 1
    reader = threading.Thread(target=receive)
    reader.start()
    time.sleep(patience)
    start = time.monotonic()
    closed = nn.nn_close(push)
    quick = time.monotonic() - start < 1
    reader.join()
    nn.nn_close(pull)
    return set, closed, quick, got < count

set, closed, quick, lost = sent(0)
print(f"set {set}, close {closed} {'at once' if quick else 'later'}: {'some are' if lost else 'none is'} lost")
print("the same, closed a second later:", "some are lost" if sent(1)[3] else "none is lost")
PY
python3 run.py "$folder"/root/usr/lib/*/libnanomsg.so.5 | tee output
diff - output <<'EXPECTED'
set 0, close 0 at once: some are lost
the same, closed a second later: none is lost
EXPECTED
