#!/usr/bin/env bash
# e2fsprogs: ext2fs_close returns success although an inode that was written before it is lost.
#
# Version: libext2fs 1.47.0 (Debian 12). Source: ext2fs_close, which calls ext2fs_flush only if the superblock
# is marked as changed; else the cache of the channel is written while it is freed, which returns nothing.
# ext2fs_write_inode marks nothing.
# Expected: ext2fs_close, documented to return an error code, returns one if a block that was written before it
# does not reach the image.
# Behaviour seen: 0, and the inode is as it was before ext2fs_write_inode. With ext2fs_flush before it, or
# with a superblock that is marked as changed, the error is returned.
#
# Output seen:
#   without a limit: close 0, the inode is written
#   no room: close 0, the inode is lost
#   no room, flush first: flush 27
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in libext2fs2 e2fsprogs; do
    apt-get download -q "$package=1.47.0-2+b2" >download.log 2>&1 || { cat download.log; exit 1; }
    dpkg -x "$package"_*.deb root
done
library=$(echo "$folder"/root/lib/*/libext2fs.so.2)

cat >run.py <<'PY'
import ctypes, os, resource, signal, subprocess, sys
ext2, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
for name in "ext2fs_open", "ext2fs_read_inode", "ext2fs_write_inode", "ext2fs_flush", "ext2fs_close":
    getattr(ext2, name).restype = ctypes.c_long
manager = P.in_dll(ext2, "unix_io_manager")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
Inode = ctypes.c_uint32 * 32
CHANGED = 4  # the time of the last change

def opened(flags):
    fs = P()
    assert ext2.ext2fs_open(b"image", flags, 0, 0, manager, ctypes.byref(fs)) == 0
    inode = Inode()
    assert ext2.ext2fs_read_inode(fs, 11, inode) == 0
    return fs, inode

def closed(full, flush):
    with open("image", "wb") as image:
        image.truncate(4 << 20)
    subprocess.run([sys.argv[2], "-qF", "image"], check=True)
    fs, inode = opened(1)
    inode[CHANGED] = 4242
    assert ext2.ext2fs_write_inode(fs, 11, inode) == 0
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    flushed = ext2.ext2fs_flush(fs) if flush else 0
    status = ext2.ext2fs_close(fs)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    if flush:
        return f"flush {flushed}"
    fs, inode = opened(0)
    assert ext2.ext2fs_close(fs) == 0
    return f"close {status}, the inode is {'written' if inode[CHANGED] == 4242 else 'lost'}"

print("without a limit:", closed(False, False))
print("no room:", closed(True, False))
print("no room, flush first:", closed(True, True))
PY
LD_LIBRARY_PATH=$(dirname "$library") python3 run.py "$library" "$folder"/root/sbin/mke2fs | tee output
diff - output <<'EXPECTED'
without a limit: close 0, the inode is written
no room: close 0, the inode is lost
no room, flush first: flush 27
EXPECTED
