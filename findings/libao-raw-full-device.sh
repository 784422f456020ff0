#!/usr/bin/env bash
# libao: ao_close returns success for a raw or Sun audio file that has lost all its sound on a full device.
#
# Version: 1.2.2+20180113 (Debian 12). Source: the close of the drivers raw and au, which calls fclose, which
# writes what was buffered, and does not return its status. The driver wav does.
# Expected: ao_close, documented to return 1 if the remaining data was written, and 0 on an error, returns 0 if none
# of the sound is in the file.
# Behaviour seen: 1 from the drivers raw and au, and the file is empty; 0 from wav.
#
# Output seen:
#   wav: without a limit 1, 1068 bytes; no room 0, 0 bytes
#   raw: without a limit 1, 1000 bytes; no room 1, 0 bytes
#   au: without a limit 1, 1028 bytes; no room 1, 0 bytes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libao4=1.2.2+20180113-1.1 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libao4_*.deb root

cat >run.py <<'PY'
import ctypes, os, resource, signal, sys
ao, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
class Format(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("bits", "rate", "channels", "order")] + [("matrix", P)]
ao.ao_open_file.restype = P
ao.ao_open_file.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, P, P]
ao.ao_play.argtypes = [P, ctypes.c_char_p, ctypes.c_uint32]
ao.ao_close.argtypes = [P]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
ao.ao_initialize()

def closed(driver, full):
    format = Format(16, 44100, 2, 1, None)
    device = ao.ao_open_file(ao.ao_driver_id(driver.encode()), b"file", 1, ctypes.byref(format), None)
    assert ao.ao_play(device, bytes(1000), 1000) == 1
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    status = ao.ao_close(device)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    return f"{status}, {os.path.getsize('file')} bytes"

for driver in "wav", "raw", "au":
    print(f"{driver}: without a limit {closed(driver, False)}; no room {closed(driver, True)}")
PY
python3 run.py "$folder"/root/usr/lib/*/libao.so.4 | tee output
diff - output <<'EXPECTED'
wav: without a limit 1, 1068 bytes; no room 0, 0 bytes
raw: without a limit 1, 1000 bytes; no room 1, 0 bytes
au: without a limit 1, 1028 bytes; no room 1, 0 bytes
EXPECTED
