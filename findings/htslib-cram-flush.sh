#!/usr/bin/env bash
# HTSlib: hts_flush on a CRAM file that is written loses the records that are buffered, and hts_close fails then.
#
# Version: 1.16 (Debian 12). Source: the flush of a CRAM file, which leaves the container in the writer, and its
# close, which meets it again, fails, and returns early.
# Expected: hts_flush, documented to flush what is buffered, returns 0 and the records are in the file, as they are
# of SAM and BAM; or it fails.
# Behaviour seen: with a hundred unmapped records and no reference, hts_flush returns 0, the next hts_close -1, and
# the file has no record. Without the flush all is well. In another setting the writer crashes instead.
#
# Output seen:
#   SAM: close 0, 100 records; flush 0, close 0, 100 records
#   BAM: close 0, 100 records; flush 0, close 0, 100 records
#   CRAM: close 0, 100 records; flush 0, close -1, 0 records
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libhts3=1.16+ds-3 libhtscodecs2=1.3.0-4 libdeflate0=1.14-1 libcurl3-gnutls=7.88.1-10+deb12u15 \
    >download.log 2>&1 || { cat download.log; exit 1; }
for package in *.deb; do dpkg -x "$package" root; done

cat >run.py <<'PY'
import ctypes, sys
hts, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
hts.hts_open.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
hts.hts_flush.argtypes = hts.hts_close.argtypes = hts.sam_hdr_read.argtypes = [P]
hts.sam_hdr_add_lines.argtypes = [P, ctypes.c_char_p, ctypes.c_size_t]
hts.sam_hdr_write.argtypes = [P, P]
hts.sam_write1.argtypes = hts.sam_read1.argtypes = [P, P, P]
hts.bam_set1.argtypes = [P, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_uint16, ctypes.c_int32, ctypes.c_int64,
    ctypes.c_uint8, ctypes.c_size_t, P, ctypes.c_int32, ctypes.c_int64, ctypes.c_int64, ctypes.c_size_t,
    ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
for name in "hts_open", "sam_hdr_init", "sam_hdr_read", "bam_init1":
    getattr(hts, name).restype = P
hts.hts_set_log_level(0)

def written(mode, flush):
    header, record = hts.sam_hdr_init(), hts.bam_init1()
    assert hts.sam_hdr_add_lines(header, b"@SQ\tSN:chr1\tLN:1000000\n", 0) == 0
    file = hts.hts_open(b"file", mode)
    assert hts.sam_hdr_write(file, header) == 0
    for number in range(100):
        name = b"r%d" % number
        unmapped = hts.bam_set1(record, len(name), name, 4, -1, -1, 0, 0, None, -1, -1, 0, 10, b"ACGTACGTAC", b"I" * 10, 0)
        assert unmapped > 0 and hts.sam_write1(file, header, record) >= 0
    outcome = f"flush {hts.hts_flush(file)}, " if flush else ""
    outcome += f"close {hts.hts_close(file)}, "
    file = hts.hts_open(b"file", b"r")
    header, records = hts.sam_hdr_read(file), 0
    while hts.sam_read1(file, header, record) >= 0:
        records += 1
    hts.hts_close(file)
    return f"{outcome}{records} records"

for format, mode in ("SAM", b"w"), ("BAM", b"wb"), ("CRAM", b"wc"):
    print(f"{format}: {written(mode, False)}; {written(mode, True)}")
PY
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-*) python3 run.py "$folder"/root/usr/lib/*/libhts.so.3 | tee output
diff - output <<'EXPECTED'
SAM: close 0, 100 records; flush 0, close 0, 100 records
BAM: close 0, 100 records; flush 0, close 0, 100 records
CRAM: close 0, 100 records; flush 0, close -1, 0 records
EXPECTED
