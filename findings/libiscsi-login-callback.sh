#!/usr/bin/env bash
# libiscsi: the callback of a login in flight is never called if the context is destroyed.
#
# Version: 1.19.0 (Debian 12). Source: iscsi_cancel_pdus in lib/pdu.c, which calls the callbacks of what is pending only if the
# session is logged in.
# Expected: iscsi.h says of iscsi_destroy_context that the callback of any command in flight is called with
# SCSI_STATUS_CANCELLED, and of iscsi_login_async that 0 is a login whose result the callback receives: that status if it was
# aborted. So data that the callback frees is freed.
# Behaviour seen: it is called for a NOP of a session that is logged in. For a login that the target has not replied to it
# never is, with iscsi_disconnect before it or without, and all of these return 0.
#
# Output seen:
#   logged in, a NOP in flight: destroy 0, login 0x0, NOP 0xf000000
#   a login in flight: destroy 0, login not called
#   a login in flight, disconnect first: disconnect 0, destroy 0, login not called
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libiscsi7=1.19.0-3 libibverbs1=44.0-2 librdmacm1=44.0-2 libnl-3-200=3.7.0-0.2+b1 \
    libnl-route-3-200=3.7.0-0.2+b1 >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done

cat >run.py <<'PY'
import ctypes, select, socket, sys, threading, time
iscsi, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
Called = ctypes.CFUNCTYPE(None, P, ctypes.c_int, P, P)
iscsi.iscsi_create_context.restype = P
for name in "get_fd", "which_events", "disconnect", "destroy_context":
    getattr(iscsi, f"iscsi_{name}").argtypes = [P]
for name in "set_targetname", "connect_sync":
    getattr(iscsi, f"iscsi_{name}").argtypes = [P, ctypes.c_char_p]
for name in "set_session_type", "service":
    getattr(iscsi, f"iscsi_{name}").argtypes = [P, ctypes.c_int]
iscsi.iscsi_login_async.argtypes = [P, Called, P]
iscsi.iscsi_nop_out_async.argtypes = [P, Called, ctypes.c_char_p, ctypes.c_int, P]
NORMAL, NOP, LOGIN = 2, 0, 3

def target(server, replies, arrived):
    peer = server.accept()[0].makefile("rwb")
    while len(head := peer.read(48)) == 48:
        peer.read((int.from_bytes(head[5:8], "big") + 3) // 4 * 4)
        if head[0] & 0x3F == LOGIN and replies:
            # The stages, session and task as they were asked for; the commands that are expected and allowed.
            reply = bytes([0x23, head[1]]) + bytes(6) + head[8:14] + bytes(2) + head[16:20]
            reply += bytes(8) + head[24:28] + (100).to_bytes(4, "big")
            peer.write(reply + bytes(48 - len(reply)))
            peer.flush()
        arrived.append(head[0] & 0x3F)

def destroyed(replies, disconnects=False):
    calls, arrived = {}, []
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = threading.Thread(target=target, args=(server, replies, arrived))
        peer.start()
        context = iscsi.iscsi_create_context(b"iqn.2026-11.org.example:one")
        iscsi.iscsi_set_targetname(context, b"iqn.2026-11.org.example:two")
        iscsi.iscsi_set_session_type(context, NORMAL)
        assert iscsi.iscsi_connect_sync(context, b"127.0.0.1:%d" % server.getsockname()[1]) == 0

        def turn_until(state):
            end = time.monotonic() + 10
            while not state():
                assert time.monotonic() < end
                poll = select.poll()
                poll.register(iscsi.iscsi_get_fd(context), iscsi.iscsi_which_events(context))
                assert iscsi.iscsi_service(context, sum(events for _, events in poll.poll(10))) == 0

        login = Called(lambda context, status, *_: calls.update(login=hex(status)))
        nop = Called(lambda context, status, *_: calls.update(NOP=hex(status)))
        assert iscsi.iscsi_login_async(context, login, None) == 0
        if replies:
            turn_until(lambda: "login" in calls)
            assert iscsi.iscsi_nop_out_async(context, nop, None, 0, None) == 0
            turn_until(lambda: NOP in arrived)
        else:
            turn_until(lambda: LOGIN in arrived)
        outcome = f"disconnect {iscsi.iscsi_disconnect(context)}, " if disconnects else ""
        outcome += f"destroy {iscsi.iscsi_destroy_context(context)}, login {calls.get('login', 'not called')}"
        peer.join()
    return outcome + (f", NOP {calls.get('NOP', 'not called')}" if replies else "")

print("logged in, a NOP in flight:", destroyed(True))
print("a login in flight:", destroyed(False))
print("a login in flight, disconnect first:", destroyed(False, disconnects=True))
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*):$(echo root/lib/*-linux-*) python3 run.py "$(echo root/usr/lib/*/libiscsi.so.7)" | tee output
diff - output <<'EXPECTED'
logged in, a NOP in flight: destroy 0, login 0x0, NOP 0xf000000
a login in flight: destroy 0, login not called
a login in flight, disconnect first: disconnect 0, destroy 0, login not called
EXPECTED
