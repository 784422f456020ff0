#!/usr/bin/env bash
# libmosquitto: mosquitto_disconnect, mosquitto_loop_stop and mosquitto_destroy drop messages of QoS 1, all with success.
#
# Version: library and broker 2.0.11 (Debian 12). Source: mosquitto_disconnect, which sends its packet behind the
# messages in flight (20, unless set otherwise); those that wait for a confirmation of these are never sent.
# Expected: a function fails if messages for which mosquitto_publish has returned success are not delivered, or waits
# for them. mosquitto_loop_stop(false) is documented to wait for the network thread.
# Behaviour seen: while the broker is busy, 60 messages are published, and the client disconnects. 0 from every call,
# and at most 20 arrive. With a wait for 60 calls of the publish callback before the disconnect, all arrive.
#
# Output seen:
#   disconnected at once: publish 0, disconnect 0, loop_stop 0: at most 20 of 60 arrive
#   after the callbacks: publish 0, disconnect 0, loop_stop 0: 60 of 60 arrive
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q mosquitto=2.0.11-1.2+deb12u2 libmosquitto1=2.0.11-1.2+deb12u2 libcjson1=1.7.15-1+deb12u4 \
    libdlt2=2.18.8-6 libwrap0=7.6.q-32 >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done

cat >run.py <<'PY'
import ctypes, os, signal, socket, subprocess, sys, time
mosquitto, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
mosquitto.mosquitto_new.restype = P
mosquitto.mosquitto_new.argtypes = [ctypes.c_char_p, ctypes.c_bool, P]
mosquitto.mosquitto_connect.argtypes = [P, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
mosquitto.mosquitto_publish.argtypes = [P, P, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_bool]
mosquitto.mosquitto_subscribe.argtypes = [P, P, ctypes.c_char_p, ctypes.c_int]
mosquitto.mosquitto_loop.argtypes = [P, ctypes.c_int, ctypes.c_int]
mosquitto.mosquitto_loop_stop.argtypes = [P, ctypes.c_bool]
Callback = ctypes.CFUNCTYPE(None, P, P, P)
for name in "connect", "publish", "message", "subscribe":
    getattr(mosquitto, f"mosquitto_{name}_callback_set").argtypes = [P, Callback]
for name in "loop_start", "disconnect", "destroy":
    getattr(mosquitto, f"mosquitto_{name}").argtypes = [P]
mosquitto.mosquitto_lib_init()
counts, kept = {}, []

def count(client, name):
    def called(*_):
        counts[name] = counts.get(name, 0) + 1
    kept.append(Callback(called))
    getattr(mosquitto, f"mosquitto_{name}_callback_set")(client, kept[-1])

def until(condition, step=lambda: time.sleep(0.01), seconds=30):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        step()
    return condition()

with socket.create_server(("127.0.0.1", 0)) as server:
    port = server.getsockname()[1]
with open("broker.conf", "w") as conf:
    conf.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n")
broker = subprocess.Popen([sys.argv[2], "-c", "broker.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def connected(name):
    client = mosquitto.mosquitto_new(name, True, None)
    assert until(lambda: mosquitto.mosquitto_connect(client, b"127.0.0.1", port, 60) == 0)
    return client

try:
    reader = connected(b"reader")
    receive = lambda: mosquitto.mosquitto_loop(reader, 10, 1)
    count(reader, "message")
    count(reader, "subscribe")
    assert mosquitto.mosquitto_subscribe(reader, None, b"topic", 1) == 0
    assert until(lambda: counts.get("subscribe"), receive)

    def published(wait):
        counts.clear()
        client = connected(b"writer")
        count(client, "connect")
        count(client, "publish")
        assert mosquitto.mosquitto_loop_start(client) == 0
        assert until(lambda: counts.get("connect"))
        if not wait:
            os.kill(broker.pid, signal.SIGSTOP)  # busy
        publish = [mosquitto.mosquitto_publish(client, None, b"topic", 5, b"hello", 1, False) for _ in range(60)]
        if wait:
            assert until(lambda: counts.get("publish") == 60)
        disconnect = mosquitto.mosquitto_disconnect(client)
        os.kill(broker.pid, signal.SIGCONT)
        stop = mosquitto.mosquitto_loop_stop(client, False)
        mosquitto.mosquitto_destroy(client)
        until(lambda: counts.get("message", 0) == 60, receive, 3)
        return f"publish {max(publish)}, disconnect {disconnect}, loop_stop {stop}", counts.get("message", 0)

    codes, arrived = published(False)
    print(f"disconnected at once: {codes}: {'at most 20' if arrived <= 20 else arrived} of 60 arrive")
    codes, arrived = published(True)
    print(f"after the callbacks: {codes}: {arrived} of 60 arrive")
finally:
    broker.kill()
    broker.wait()
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$folder"/root/usr/lib/*/libmosquitto.so.1 root/usr/sbin/mosquitto | tee output
diff - output <<'EXPECTED'
disconnected at once: publish 0, disconnect 0, loop_stop 0: at most 20 of 60 arrive
after the callbacks: publish 0, disconnect 0, loop_stop 0: 60 of 60 arrive
EXPECTED
