#!/usr/bin/env bash
# DuckDB: rows that were appended within a transaction are committed after its ROLLBACK.
#
# Version: 1.5.6 (libduckdb.so of @duckdb/node-bindings-linux-x64 1.5.6-r.1). Source: the appender of the C
# interface buffers rows by itself, outside of any transaction, until it is flushed or destroyed.
# Expected: BEGIN, append, ROLLBACK leaves the table as it was, in whatever order the handles are released.
# Behaviour seen: the appender, destroyed after the ROLLBACK, writes its rows in a transaction of its own; both answer success.
#
# Output seen:
#   ROLLBACK, then the appender: rows 1
#   the appender, then ROLLBACK: rows 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent @duckdb/node-bindings-linux-x64@1.5.6-r.1 >/dev/null
tar -xzf ./*.tgz

cat >run.py <<'PY'
import ctypes, sys
duckdb, P = ctypes.CDLL(sys.argv[1]), ctypes.c_void_p
duckdb.duckdb_library_version.restype = ctypes.c_char_p
assert duckdb.duckdb_library_version() == b"v1.5.6"
duckdb.duckdb_value_int64.restype = ctypes.c_int64

def query(connection, sql):
    result = (ctypes.c_uint64 * 8)()
    assert duckdb.duckdb_query(connection, sql, result) == 0
    value = duckdb.duckdb_value_int64(result, ctypes.c_uint64(0), ctypes.c_uint64(0))
    duckdb.duckdb_destroy_result(result)
    return value

def rows(rollback_first):
    db, connection, appender = P(), P(), P()
    assert duckdb.duckdb_open(None, ctypes.byref(db)) == 0
    assert duckdb.duckdb_connect(db, ctypes.byref(connection)) == 0
    query(connection, b"CREATE TABLE t (i INTEGER)")
    query(connection, b"BEGIN")
    assert duckdb.duckdb_appender_create(connection, None, b"t", ctypes.byref(appender)) == 0
    assert duckdb.duckdb_append_int32(appender, 7) == 0
    assert duckdb.duckdb_appender_end_row(appender) == 0
    if rollback_first:
        query(connection, b"ROLLBACK")
    assert duckdb.duckdb_appender_destroy(ctypes.byref(appender)) == 0
    if not rollback_first:
        query(connection, b"ROLLBACK")
    count = query(connection, b"SELECT count(*) FROM t")
    duckdb.duckdb_disconnect(ctypes.byref(connection))
    duckdb.duckdb_close(ctypes.byref(db))
    return count

print("ROLLBACK, then the appender: rows", rows(True))
print("the appender, then ROLLBACK: rows", rows(False))
PY
python3 run.py package/libduckdb.so | tee output
diff - output <<'EXPECTED'
ROLLBACK, then the appender: rows 1
the appender, then ROLLBACK: rows 0
EXPECTED
