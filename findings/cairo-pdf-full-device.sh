#!/usr/bin/env bash
# cairo: a PDF that could not be written reports success.
#
# Version: 1.16.0 (libcairo2 1.16.0-7, Debian 12). Source: the function pointers of the stream that
# cairo_pdf_surface_create opens for a file's name, at cairo_surface_finish.
# Expected: cairo_surface_status after cairo_surface_finish is CAIRO_STATUS_WRITE_ERROR (11) where the device
# is full, as it is for an SVG or PostScript file, and for a PDF that goes to a stream of the caller's.
# Behaviour seen: for a PDF by name it is 0, and nothing has been written.
#
# Output seen:
#   pdf by name: status 0
#   svg by name: status 11
#   ps by name: status 11
#   pdf to a stream: status 11
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libcairo2=1.16.0-7 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libcairo2_*.deb root # what it depends on is taken from the system

cat >run.py <<'PY'
import ctypes, sys
cairo = ctypes.CDLL(sys.argv[1])
cairo.cairo_version_string.restype = ctypes.c_char_p
assert cairo.cairo_version_string() == b"1.16.0"
pointer, write = ctypes.c_void_p, ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint)
cairo.cairo_create.restype = pointer
for name in "cairo_create", "cairo_paint", "cairo_destroy", "cairo_surface_finish", "cairo_surface_status", "cairo_surface_destroy":
    getattr(cairo, name).argtypes = [pointer]

def drawn(surface):
    context = cairo.cairo_create(surface)
    cairo.cairo_paint(context)
    cairo.cairo_destroy(context)
    cairo.cairo_surface_finish(surface)
    status = cairo.cairo_surface_status(surface)
    cairo.cairo_surface_destroy(surface)
    return status

for kind in "pdf", "svg", "ps":
    create = getattr(cairo, f"cairo_{kind}_surface_create")
    create.restype, create.argtypes = pointer, [ctypes.c_char_p, ctypes.c_double, ctypes.c_double]
    print(f"{kind} by name: status {drawn(create(b'/dev/full', 10, 10))}")
full = write(lambda data, bytes, length: 11)
create = cairo.cairo_pdf_surface_create_for_stream
create.restype, create.argtypes = pointer, [write, pointer, ctypes.c_double, ctypes.c_double]
print(f"pdf to a stream: status {drawn(create(full, None, 10, 10))}")
PY
python3 run.py "$(echo root/usr/lib/*/libcairo.so.2)" | tee output
diff - output <<'EXPECTED'
pdf by name: status 0
svg by name: status 11
ps by name: status 11
pdf to a stream: status 11
EXPECTED
