#!/usr/bin/env bash
# libarchive: whether archive_read_free succeeds after a part of an archive is read depends on SIGPIPE, which Rust ignores.
#
# Version: 3.6.2 (Debian 12). Source: the end of a filter program in archive_read_support_filter_program.c, which takes its
# death by SIGPIPE for success: the reader may stop before the end. A program that is started where SIGPIPE is ignored
# inherits that, gets an error from its write instead, and ends with a status of its own.
# Expected: 0 in both, since nothing is wrong with the archive or with what was read.
# Behaviour seen: ARCHIVE_WARN (-20), "Child process exited with status 1", where SIGPIPE is ignored, as it is in every Rust program.
#
# Output seen:
#   SIGPIPE as it is in C: header 0, free 0
#   SIGPIPE ignored: header 0, free -20
#   SIGPIPE ignored, read to its end: header 0, free 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libarchive13=3.6.2-1+deb12u4 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libarchive13_*.deb root # what it depends on is taken from the system, and gzip

cat >run.py <<'PY'
import ctypes, io, os, signal, sys, tarfile
archive, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
archive.archive_read_new.restype = P
for name in "archive_read_support_format_tar", "archive_read_free":
    getattr(archive, name).argtypes = [P]
archive.archive_read_append_filter_program.argtypes = [P, ctypes.c_char_p]
archive.archive_read_open_filename.argtypes = [P, ctypes.c_char_p, ctypes.c_size_t]
archive.archive_read_next_header.argtypes = [P, ctypes.POINTER(P)]
END = 1
with tarfile.open("archive.tar.gz", "w:gz") as tar:
    entry = tarfile.TarInfo("numbers")
    entry.size = 4_000_000
    tar.addfile(entry, io.BytesIO(os.urandom(entry.size)))

def run(handling, whole=False):
    signal.signal(signal.SIGPIPE, handling)
    reader, entry = archive.archive_read_new(), P()
    assert archive.archive_read_support_format_tar(reader) == 0
    assert archive.archive_read_append_filter_program(reader, b"gzip -dc") == 0
    assert archive.archive_read_open_filename(reader, b"archive.tar.gz", 10240) == 0
    outcome = f"header {archive.archive_read_next_header(reader, ctypes.byref(entry))}"
    if whole:
        assert archive.archive_read_next_header(reader, ctypes.byref(entry)) == END
    return f"{outcome}, free {archive.archive_read_free(reader)}"

print("SIGPIPE as it is in C:", run(signal.SIG_DFL), flush=True)
print("SIGPIPE ignored:", run(signal.SIG_IGN), flush=True)
print("SIGPIPE ignored, read to its end:", run(signal.SIG_IGN, whole=True))
PY
python3 run.py "$(echo root/usr/lib/*/libarchive.so.13)" 2>errors | tee output
diff - output <<'EXPECTED'
SIGPIPE as it is in C: header 0, free 0
SIGPIPE ignored: header 0, free -20
SIGPIPE ignored, read to its end: header 0, free 0
EXPECTED
