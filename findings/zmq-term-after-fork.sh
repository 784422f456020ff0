#!/usr/bin/env bash
# libzmq: in a forked child, zmq_ctx_term fails with EINTR however often it is called, so a loop until it is done never ends.
#
# Version: 4.3.4 (Debian 12). Source: ctx_t::terminate, which in a forked child replaces the descriptors that it waits on,
# so that it can end there, and signaler_t::wait, which in a forked child reports an interruption without waiting.
# Expected: zmq_ctx_term(3) says of EINTR that a signal has interrupted it, and that it can be called again. So in a child
# without signals it is 0, or 0 at the next call, as it is in the parent.
# Behaviour seen: EINTR for each of a thousand calls, at once, also if the only socket was closed before the fork. Only if
# the context never had a socket is it 0.
#
# Output seen:
#   never a socket: child 0 at call 1, parent 0 at call 1
#   socket closed before the fork: child EINTR at all 1000 calls, parent 0 at call 1
#   socket closed in both: child EINTR at all 1000 calls, parent 0 at call 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libzmq5=4.3.4-6 libpgm-5.3-0=5.3.128~dfsg-2 libnorm1=1.5.9+dfsg-2 libsodium23=1.0.18-1+deb12u1 \
    >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done # what else it depends on is taken from the system

cat >run.py <<'PY'
import ctypes, errno, os, sys
zmq, P = ctypes.CDLL(sys.argv[1], use_errno=True), ctypes.c_void_p
zmq.zmq_ctx_new.restype = zmq.zmq_socket.restype = P
zmq.zmq_socket.argtypes = [P, ctypes.c_int]
zmq.zmq_close.argtypes = zmq.zmq_ctx_term.argtypes = [P]
PUB = 1

def end(context):
    for call in range(1, 1001):
        if zmq.zmq_ctx_term(context) == 0:
            return f"0 at call {call}"
        if ctypes.get_errno() != errno.EINTR:
            return errno.errorcode[ctypes.get_errno()]
    return f"EINTR at all {call} calls"

def forked(socket, closed_before):
    context = zmq.zmq_ctx_new()
    if socket:
        socket = zmq.zmq_socket(context, PUB)
        assert socket
    if socket and closed_before:
        assert zmq.zmq_close(socket) == 0
    read, write = os.pipe()
    child = os.fork()
    if socket and not closed_before:
        assert zmq.zmq_close(socket) == 0
    if child == 0:
        os.write(write, end(context).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return f"child {os.read(read, 100).decode()}, parent {end(context)}"

print("never a socket:", forked(False, False))
print("socket closed before the fork:", forked(True, True))
print("socket closed in both:", forked(True, False))
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$(echo root/usr/lib/*/libzmq.so.5)" | tee output
diff - output <<'EXPECTED'
never a socket: child 0 at call 1, parent 0 at call 1
socket closed before the fork: child EINTR at all 1000 calls, parent 0 at call 1
socket closed in both: child EINTR at all 1000 calls, parent 0 at call 1
EXPECTED
