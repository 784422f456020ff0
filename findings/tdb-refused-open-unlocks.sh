#!/usr/bin/env bash
# tdb: a tdb_open that is refused takes away the locks of the handle that is open, and two transactions overlap.
#
# Version: 1.4.8 (Debian 12). Source: tdb_open_ex, which opens the file, finds out that the process has it open already,
# and closes its own descriptor: the system then drops all locks of the process on that file.
# Expected: tdb_open(3) says that an error returns NULL. It does, with EBUSY, and the handle that was open before is as it
# was: another process cannot start a transaction until that handle's has ended.
# Behaviour seen: another process starts one in the middle of the first, and commits it. Both commits are 0, and of two
# increments one is left.
#
# Output seen:
#   one open: another process is refused, commit 0, the count is 1
#   one open, one EBUSY: another process commits 0, commit 0, the count is 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libtdb1=1.4.8-2 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libtdb1_*.deb root

cat >run.py <<'PY'
import ctypes, errno, os, subprocess, sys
tdb, P = ctypes.CDLL(sys.argv[1], use_errno=True), ctypes.c_void_p

class Data(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t)]

tdb.tdb_open.restype, tdb.tdb_fetch.restype = P, Data
for name in "tdb_transaction_start_nonblock", "tdb_transaction_commit", "tdb_close":
    getattr(tdb, name).argtypes = [P]
tdb.tdb_fetch.argtypes = [P, Data]
tdb.tdb_store.argtypes = [P, Data, Data, ctypes.c_int]

def data(content):
    return Data(ctypes.cast(ctypes.c_char_p(content), P), len(content))

def opened(flags=os.O_RDWR):
    return tdb.tdb_open(b"file", 0, 0, flags, 0o600)

def count(handle):
    found = tdb.tdb_fetch(handle, data(b"count"))
    return int(ctypes.string_at(found.bytes, found.size))

def store(handle, number):
    assert tdb.tdb_store(handle, data(b"count"), data(b"%d" % number), 0) == 0

def increment(meanwhile):
    handle = opened()
    if tdb.tdb_transaction_start_nonblock(handle) != 0:
        return "is refused"
    number = count(handle)
    meanwhile()
    store(handle, number + 1)
    outcome = f"commits {tdb.tdb_transaction_commit(handle)}"
    assert tdb.tdb_close(handle) == 0
    return outcome

def refused_open():
    assert opened() is None and ctypes.get_errno() == errno.EBUSY

def run(second_open):
    handle = opened(os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    store(handle, 0)
    assert tdb.tdb_close(handle) == 0
    outcome = ""
    def meanwhile():
        nonlocal outcome
        if second_open:
            refused_open()
        command = [sys.executable, *sys.argv, "other"]
        outcome = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    own = increment(meanwhile)
    handle = opened()
    outcome = f"another process {outcome}, {own.replace('commits', 'commit')}, the count is {count(handle)}"
    assert tdb.tdb_close(handle) == 0
    return outcome

if len(sys.argv) > 2:
    print(increment(lambda: None))
else:
    print("one open:", run(False))
    print("one open, one EBUSY:", run(True))
PY
python3 run.py "$(echo root/usr/lib/*/libtdb.so.1)" | tee output
diff - output <<'EXPECTED'
one open: another process is refused, commit 0, the count is 1
one open, one EBUSY: another process commits 0, commit 0, the count is 1
EXPECTED
