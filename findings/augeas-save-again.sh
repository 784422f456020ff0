#!/usr/bin/env bash
# Augeas: after an aug_save that has failed, the next one returns success and writes nothing.
#
# Version: 1.14.0 (Debian 12). Source: aug_save in src/augeas.c, which marks the whole tree as unchanged, also if a file
# could not be saved.
# Expected: augeas.h says that aug_save writes all pending changes, and returns -1 if an error is encountered, 0 on success.
# So the second call, with room for all, writes the edit, or is -1 again.
# Behaviour seen: 0, and the file is as it was, while aug_get returns the edit. aug_error is 0 after both. To set the same
# value again changes nothing: the next aug_save is 0 too. With an edit that the lens refuses it is the same.
#
# Output seen:
#   room: save 0, again 0, set and save 0; error 0; tree "new", file "new"
#   no room: save -1, again 0, set and save 0; error 0; tree "new", file "old"
#   refused: save -1, again 0, set and save 0; error 0; tree "1", file "old"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libaugeas0=1.14.0-1+deb12u1 >download.log 2>&1 || { cat download.log; exit 1; }
dpkg -x libaugeas0_*.deb root # what it depends on is taken from the system

cat >lines.aug <<'LENS'
module Lines =
  let line = [ key /[a-z]+/ . del "=" "=" . store /[a-z]+/ . del "\n" "\n" ]
  let lines = line *
LENS
cat >run.py <<'PY'
import ctypes, os, resource, signal, sys
augeas, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
augeas.aug_init.restype = P
for name in "aug_load", "aug_save", "aug_error", "aug_close":
    getattr(augeas, name).argtypes = [P]
augeas.aug_set.argtypes = [P, ctypes.c_char_p, ctypes.c_char_p]
augeas.aug_get.argtypes = [P, ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)]
NO_STDINC, NO_LOAD, NO_MODL_AUTOLOAD = 8, 32, 64
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)

def get(tree, path):
    value = ctypes.c_char_p()
    assert augeas.aug_get(tree, path, ctypes.byref(value)) == 1
    return value.value.decode()

def saved(name, edit, room):
    os.makedirs(name)
    with open(f"{name}/file", "w") as file:
        file.write("key=old\n")
    tree = augeas.aug_init(name.encode(), b".", NO_STDINC | NO_LOAD | NO_MODL_AUTOLOAD)
    assert get(tree, b"/augeas/version") == "1.14.0"
    assert augeas.aug_set(tree, b"/augeas/load/Lines/lens", b"Lines.lines") == 0
    assert augeas.aug_set(tree, b"/augeas/load/Lines/incl", b"/file") == 0
    assert augeas.aug_load(tree) == 0 and get(tree, b"/files/file/key") == "old"
    set = lambda: augeas.aug_set(tree, b"/files/file/key", edit)
    assert set() == 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limit[1]))
    first = augeas.aug_save(tree)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    again = augeas.aug_save(tree)
    error = augeas.aug_error(tree)
    assert set() == 0
    set_again = augeas.aug_save(tree)
    value = get(tree, b"/files/file/key")
    augeas.aug_close(tree)
    with open(f"{name}/file") as file:
        written = file.read().strip().removeprefix("key=")
    print(f'{name}: save {first}, again {again}, set and save {set_again}; error {error}; tree "{value}", file "{written}"', flush=True)

saved("room", b"new", limit[0])
saved("no room", b"new", 4)
saved("refused", b"1", limit[0])
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$(echo root/usr/lib/*/libaugeas.so.0)" | tee output
diff - output <<'EXPECTED'
room: save 0, again 0, set and save 0; error 0; tree "new", file "new"
no room: save -1, again 0, set and save 0; error 0; tree "new", file "old"
refused: save -1, again 0, set and save 0; error 0; tree "1", file "old"
EXPECTED
