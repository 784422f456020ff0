#!/usr/bin/env bash
# libedit: el_end throws away what has been typed or pasted and is not read yet.
#
# Version: 3.1-20221030 (Debian 12), on a pseudo-terminal. Source: the end of the terminal's state within el_end, which
# restores the settings with TCSAFLUSH; where el_init and el_gets change them, the library uses TCSADRAIN.
# Expected: editline(3) says of el_end that it cleans up the editor. What follows the line that el_gets has returned
# is still there for whoever reads the terminal next, as it is if el_end is not called.
# Behaviour seen: of two lines that were pasted, the first is read, and the second is gone after el_end, which returns
# nothing.
#
# Output seen:
#   without el_end: b'first\n', then b'second\n'
#   with el_end: b'first\n', then nothing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libedit2=3.1-20221030-2 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libedit2_*.deb root # what it depends on is taken from the system

cat >run.py <<'PY'
import ctypes, os, pty, select, sys
edit, c, P = ctypes.CDLL(sys.argv[1]), ctypes.CDLL(None), ctypes.c_void_p
c.fdopen.restype = edit.el_init.restype = P
edit.el_init.argtypes = [ctypes.c_char_p, P, P, P]
edit.el_gets.argtypes, edit.el_gets.restype = [P, ctypes.POINTER(ctypes.c_int)], ctypes.c_char_p
edit.el_end.argtypes = [P]
os.environ["TERM"] = "dumb"

def read(end):
    keyboard, terminal = pty.openpty()
    files = [c.fdopen(os.dup(terminal), mode) for mode in (b"r", b"w", b"w")]
    os.write(keyboard, b"first\nsecond\n")
    assert select.select([terminal], [], [], 10)[0]
    editor, length = edit.el_init(b"run", *files), ctypes.c_int()
    first = edit.el_gets(editor, ctypes.byref(length))
    if end:
        edit.el_end(editor)
    second = os.read(terminal, 100) if select.select([terminal], [], [], 1)[0] else "nothing"
    return f"{first}, then {second}"

print("without el_end:", read(False))
print("with el_end:", read(True))
PY
python3 run.py "$(echo root/usr/lib/*/libedit.so.2)" | tee output
diff - output <<'EXPECTED'
without el_end: b'first\n', then b'second\n'
with el_end: b'first\n', then nothing
EXPECTED
