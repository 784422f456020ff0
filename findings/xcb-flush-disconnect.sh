#!/usr/bin/env bash
# X.Org's server: a request that was flushed is dropped if its client disconnects right after.
#
# Version: Xvfb 21.1.7 and libxcb 1.15 (Debian 12), through a Unix socket. Source: the server's poll of its
# clients, which closes one whose connection has ended before it reads what that has sent.
# Expected: xcb_flush has handed the request to the kernel, in order before the end of the connection, so the
# server carries it out.
# Behaviour seen: of a hundred and more such requests to a server that was busy, some are dropped (about one in twenty);
# none of those whose client waited for an answer first. xcb_flush says 1 for all.
#
# Output seen:
#   flushed: some are lost
#   answered: none is lost
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# Its keyboard compiler has a fixed path, so the server cannot be unpacked elsewhere.
command -v Xvfb >/dev/null || apt-get install -y -qq --no-install-recommends xvfb
dpkg-query -W -f '${Version}\n' xvfb | grep -q '^2:21\.1\.7-' || { echo "another version of Xvfb"; exit 1; }
apt-get download -q libxcb1=1.15-1 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libxcb1_*.deb root # what it depends on is taken from the system

cat >run.py <<'PY'
import ctypes, os, signal, subprocess, sys, time
xcb, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
xcb.xcb_connect.restype = xcb.xcb_get_input_focus_reply.restype = P
xcb.xcb_intern_atom_reply.restype = ctypes.POINTER(ctypes.c_uint32)
xcb.xcb_intern_atom.argtypes = [P, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_char_p]
xcb.xcb_intern_atom_reply.argtypes = xcb.xcb_get_input_focus_reply.argtypes = [P, ctypes.c_uint, P]
for name in "xcb_get_input_focus", "xcb_flush", "xcb_disconnect", "xcb_connection_has_error":
    getattr(xcb, name).argtypes = [P]
server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-nolisten", "tcp"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
try:
    display = b":" + server.stdout.readline().strip()

    def connect():
        connection = xcb.xcb_connect(display, None)
        assert xcb.xcb_connection_has_error(connection) == 0
        return connection

    observer = connect()

    def arrives(name, answered):
        connection = connect()
        if not answered:
            os.kill(server.pid, signal.SIGSTOP)  # busy
        xcb.xcb_intern_atom(connection, 0, len(name), name)
        if answered:
            xcb.xcb_get_input_focus_reply(connection, xcb.xcb_get_input_focus(connection), None)
        else:
            assert xcb.xcb_flush(connection) == 1
        xcb.xcb_disconnect(connection)
        os.kill(server.pid, signal.SIGCONT)
        time.sleep(0.01)
        return xcb.xcb_intern_atom_reply(observer, xcb.xcb_intern_atom(observer, 1, len(name), name), None)[2] != 0

    lost = any(not arrives(b"FLUSHED%d" % number, False) for number in range(1000))
    print("flushed:", "some are lost" if lost else "none is lost")
    lost = any(not arrives(b"ANSWERED%d" % number, True) for number in range(200))
    print("answered:", "some are lost" if lost else "none is lost")
finally:
    server.kill()
    server.wait()
PY
python3 run.py "$(echo root/usr/lib/*/libxcb.so.1)" | tee output
diff - output <<'EXPECTED'
flushed: some are lost
answered: none is lost
EXPECTED
