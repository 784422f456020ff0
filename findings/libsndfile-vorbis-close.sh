#!/usr/bin/env bash
# libsndfile: sf_close says 0 for an Ogg Vorbis file that has lost all its sound.
#
# Version: 1.2.2, as in the package soundfile 0.14.0. Source: the close of the Vorbis codec, which encodes and
# writes what was buffered, and does not look at what the write said.
# Expected: sf_close, documented to return an error number, is not 0 when the last pages cannot be written.
# Behaviour seen: 0; of 3,000 samples that sf_write_short took, the file has none.
#
# Output seen:
#   without a limit: sf_close 0, samples 3000
#   no room: sf_close 0, samples 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install soundfile==0.14.0 numpy

cat >run.py <<'PY'
import os, resource, signal, numpy, soundfile
assert soundfile.__libsndfile_version__ == "1.2.2"
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write beyond the limit fails
limit = resource.getrlimit(resource.RLIMIT_FSIZE)

def written(path, full):
    file = soundfile.SoundFile(path, "w", 8000, 1, format="OGG", subtype="VORBIS")
    file.write((numpy.arange(3000) * 7919 % 30000 - 15000).astype("int16"))
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path), limit[1]))
    handle, file._file = file._file, None
    status = soundfile._snd.sf_close(handle)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    return f"sf_close {status}, samples {soundfile.info(path).frames}"

print("without a limit:", written("good.ogg", False))
print("no room:", written("full.ogg", True))
PY
venv/bin/python run.py | tee output
diff - output <<'EXPECTED'
without a limit: sf_close 0, samples 3000
no room: sf_close 0, samples 0
EXPECTED
