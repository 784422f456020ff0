#!/usr/bin/env bash
# SoX: sox_close returns success for files of some formats that have lost their sound on a full device.
#
# Version: 14.4.2+git20190427 (Debian 12). Source: sox_close, which returns the status of the format's own end, and
# not that of the fclose behind it, which writes what is buffered. Formats that rewrite their head see the loss.
# Expected: sox_close, documented to return SOX_SUCCESS if it succeeds, does not return it if most of the sound is lost.
# Behaviour seen: a failure of wav and au; 0 of raw, ul, voc, avr and smp, with 60 bytes in the file.
#
# Output seen:
#   wav: without a limit 0, 2044 bytes; no room -1, 60 bytes
#   au: without a limit 0, 2028 bytes; no room 27, 60 bytes
#   raw: without a limit 0, 2000 bytes; no room 0, 60 bytes
#   ul: without a limit 0, 1000 bytes; no room 0, 60 bytes
#   voc: without a limit 0, 2043 bytes; no room 0, 60 bytes
#   avr: without a limit 0, 2128 bytes; no room 0, 60 bytes
#   smp: without a limit 0, 2331 bytes; no room 0, 60 bytes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libsox3=14.4.2+git20190427-3.5 libgsm1=1.0.22-1 libmagic1=1:5.44-3 libpng16-16=1.6.39-2+deb12u6 libgomp1=12.2.0-14+deb12u1 \
    libltdl7=2.4.7-7~deb12u1 >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done

cat >run.py <<'PY'
import ctypes, os, resource, signal, sys
sox, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
class Signal(ctypes.Structure):
    _fields_ = [("rate", ctypes.c_double), ("channels", ctypes.c_uint), ("precision", ctypes.c_uint),
                ("length", ctypes.c_uint64), ("factor", P)]
sox.sox_open_write.restype = P
sox.sox_open_write.argtypes = [ctypes.c_char_p, P, P, ctypes.c_char_p, P, P]
sox.sox_write.restype = ctypes.c_size_t
sox.sox_write.argtypes = [P, P, ctypes.c_size_t]
sox.sox_close.argtypes = [P]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
assert sox.sox_init() == 0
samples = (ctypes.c_int32 * 1000)(*range(0, 1000 << 20, 1 << 20))

def closed(kind, full):
    format = sox.sox_open_write(b"file", ctypes.byref(Signal(8000, 1, 16, 0, None)), None, kind.encode(), None, None)
    assert sox.sox_write(format, samples, 1000) == 1000
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, limit[1]))
    status = sox.sox_close(format)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    return f"{status}, {os.path.getsize('file')} bytes"

for kind in sys.argv[2:]:
    print(f"{kind}: without a limit {closed(kind, False)}; no room {closed(kind, True)}")
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$folder"/root/usr/lib/*/libsox.so.3 wav au raw ul voc avr smp | tee output
diff - output <<'EXPECTED'
wav: without a limit 0, 2044 bytes; no room -1, 60 bytes
au: without a limit 0, 2028 bytes; no room 27, 60 bytes
raw: without a limit 0, 2000 bytes; no room 0, 60 bytes
ul: without a limit 0, 1000 bytes; no room 0, 60 bytes
voc: without a limit 0, 2043 bytes; no room 0, 60 bytes
avr: without a limit 0, 2128 bytes; no room 0, 60 bytes
smp: without a limit 0, 2331 bytes; no room 0, 60 bytes
EXPECTED
