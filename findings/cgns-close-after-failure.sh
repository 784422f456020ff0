#!/usr/bin/env bash
# CGNS over HDF5: a cg_close that fails makes the cg_close of the next file fail, with which nothing is wrong.
#
# Version: CGNS 3.4.0 with HDF5 1.10.8 (Debian 12). Source: the close of an HDF5 file in CGNS's layer for files, which
# returns early if HDF5 cannot close the file, and keeps its entry in the table of open files.
# Expected: a file that is opened after the failure, with room for all, is closed with CG_OK (0), as it is without
# the failure before it.
# Behaviour seen: CG_ERROR (1), and the descriptor of the second file stays open.
#
# Output seen:
#   the first with room: close 0; the second: writes 0, close 0, 0 descriptors left
#   the first without room: close 1; the second: writes 0, close 1, 1 descriptors left
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libcgns3.4=3.4.0-3 libhdf5-103-1=1.10.8+repack1-1 libsz2=1.0.6-1+b1 libaec0=1.0.6-1+b1 \
    >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done

cat >run.py <<'PY'
import ctypes, os, resource, signal, sys
cgns, Int = ctypes.CDLL(sys.argv[1]), ctypes.c_int
WRITE, HDF5, STRUCTURED, REAL_DOUBLE = 1, 2, 2, 4
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
cgns.cg_set_file_type(HDF5)
size, values = (Int * 9)(20, 20, 20, 19, 19, 19, 0, 0, 0), (ctypes.c_double * 8000)()

def opened(path):
    file = Int()
    assert cgns.cg_open(path, WRITE, ctypes.byref(file)) == 0
    return file

def write(file):
    base, zone, coordinate = Int(), Int(), Int()
    return (cgns.cg_base_write(file, b"base", 3, 3, ctypes.byref(base))
        | cgns.cg_zone_write(file, base, b"zone", size, STRUCTURED, ctypes.byref(zone))
        | cgns.cg_coord_write(file, base, zone, REAL_DOUBLE, b"CoordinateX", values, ctypes.byref(coordinate)))

def descriptors(path):
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return sum(os.path.exists(link) and os.path.realpath(link) == os.path.realpath(path) for link in links)

first = opened(b"first")
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
assert write(first) == 0
outcome = f"close {cgns.cg_close(first)}"
resource.setrlimit(resource.RLIMIT_FSIZE, limit)
second = opened(b"second")
outcome += f"; the second: writes {write(second)}, close {cgns.cg_close(second)}"
print(f"{outcome}, {descriptors('second')} descriptors left", flush=True)
os._exit(0)  # without HDF5's own end
PY
run() {
    LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$folder"/root/usr/lib/*/libcgns.so.3.4 "$1"
}
{
    printf "the first with room: "
    run room
    printf "the first without room: "
    run full
} | tee output
diff - output <<'EXPECTED'
the first with room: close 0; the second: writes 0, close 0, 0 descriptors left
the first without room: close 1; the second: writes 0, close 1, 1 descriptors left
EXPECTED
