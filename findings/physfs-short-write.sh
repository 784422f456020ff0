#!/usr/bin/env bash
# PhysicsFS: PHYSFS_flush and PHYSFS_close return success for a file of which a part could not be written.
#
# Version: 3.0.2 (Debian 12). Source: the write of the buffer in PHYSFS_flush and PHYSFS_close, which takes every
# number of bytes above 0 for success. The system writes a part if a device becomes full in the middle.
# Expected: PHYSFS_flush and PHYSFS_close, documented to return zero on error, return 0 for what is lost.
# Behaviour seen: 70 bytes fit into the buffer, 50 into the file: the write is 70, the flush 1, the close 1. Only if
# nothing fits, it is 0.
#
# Output seen:
#   room for all: write 70, flush 1, close 1, 70 bytes
#   room for 50 bytes: write 70, flush 1, close 1, 50 bytes
#   the same without a flush: write 70, close 1, 50 bytes
#   no room: write 70, flush 0, close 0, 0 bytes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libphysfs1=3.0.2-6 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libphysfs1_*.deb root

cat >run.py <<'PY'
import ctypes, os, resource, signal, sys
physfs, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
physfs.PHYSFS_openWrite.restype = P
physfs.PHYSFS_setBuffer.argtypes = [P, ctypes.c_uint64]
physfs.PHYSFS_writeBytes.argtypes = [P, ctypes.c_char_p, ctypes.c_uint64]
physfs.PHYSFS_writeBytes.restype = ctypes.c_int64
physfs.PHYSFS_flush.argtypes = physfs.PHYSFS_close.argtypes = [P]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
assert physfs.PHYSFS_init(b"run") and physfs.PHYSFS_setWriteDir(os.getcwd().encode())

def written(room, flush=True):
    file = physfs.PHYSFS_openWrite(b"file")
    assert physfs.PHYSFS_setBuffer(file, 4096)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limit[1]))
    outcome = f"write {physfs.PHYSFS_writeBytes(file, bytes(70), 70)}"
    if flush:
        outcome += f", flush {physfs.PHYSFS_flush(file)}"
    outcome += f", close {physfs.PHYSFS_close(file)}"
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    return f"{outcome}, {os.path.getsize('file')} bytes"

print("room for all:", written(1000))
print("room for 50 bytes:", written(50))
print("the same without a flush:", written(50, False))
print("no room:", written(0))
PY
python3 run.py "$folder"/root/usr/lib/*/libphysfs.so.1 | tee output
diff - output <<'EXPECTED'
room for all: write 70, flush 1, close 1, 70 bytes
room for 50 bytes: write 70, flush 1, close 1, 50 bytes
the same without a flush: write 70, close 1, 50 bytes
no room: write 70, flush 0, close 0, 0 bytes
EXPECTED
