#!/usr/bin/env bash
# HDF4: SDend returns success for a file that has lost all its data sets on a full device.
#
# Version: HDF 4.2.14, as in the package pyhdf 0.11.7; also 4.2.15 (Debian 12). Source: the end of a file of the
# SD interface, which writes what describes the data sets, and does not return the status of those writes.
# Expected: SDend, documented to return -1 on failure (pyhdf raises HDF4Error then), fails if what describes
# the data sets cannot be written.
# Behaviour seen: success from SDwritedata, SDendaccess and SDend, and the file has no data set.
#
# Output seen:
#   without a limit: ended, data sets 1
#   no room: ended, data sets 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install pyhdf==0.11.7 numpy

cat >run.py <<'PY'
import os, resource, signal, numpy
from pyhdf.SD import SD, SDC
from pyhdf.error import HDF4Error
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)

def written(path, full):
    file = SD(path, SDC.WRITE | SDC.CREATE)
    data = file.create("numbers", SDC.INT32, 1000)
    data[:] = numpy.arange(1000, dtype="int32")
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path), limit[1]))
    try:
        data.endaccess()
        file.end()
        outcome = "ended"
    except HDF4Error as error:
        outcome = f"failed: {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    return f"{outcome}, data sets {len(SD(path).datasets())}"

print("without a limit:", written("good.hdf", False))
print("no room:", written("full.hdf", True))
PY
venv/bin/python run.py | tee output
diff - output <<'EXPECTED'
without a limit: ended, data sets 1
no room: ended, data sets 0
EXPECTED
