#!/usr/bin/env bash
# Behaviour of pyo3, version 0.30.1 (source: src/err/impls.rs, `From<io::Error> for PyErr`): `?` on an `io::Error` in a function
# that Python calls chooses the exception's class by `ErrorKind`, and hands it the text alone. So the
# operating system's number is lost: `errno` and `strerror` are None, also where the class is that of a
# number (FileNotFoundError), and where a kind has no class of its own (28, a full disk) it is a bare OSError,
# of which a caller cannot tell anything. Python's own exceptions of these classes have the number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "failing"
version = "0.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
pyo3 = "=0.30.1"
[workspace]
TOML
cat >src/lib.rs <<'RS'
use pyo3::prelude::*;

#[pyfunction]
fn fail(number: i32) -> PyResult<()> {
    Err(std::io::Error::from_raw_os_error(number))?;
    Ok(())
}

#[pymodule]
fn failing(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(fail, module)?)
}
RS
cargo build -q
cp target/debug/libfailing.so failing.so
cat >see.py <<'PY'
import failing

for number in 2, 28, 32:
    try:
        failing.fail(number)
    except OSError as error:
        print(number, type(error).__name__, error.errno, error.args)
try:
    open("missing")
except OSError as error:
    print("Python's own:", type(error).__name__, error.errno)
PY
cat >expected <<'TEXT'
2 FileNotFoundError None ('No such file or directory (os error 2)',)
28 OSError None ('No space left on device (os error 28)',)
32 BrokenPipeError None ('Broken pipe (os error 32)',)
Python's own: FileNotFoundError 2
TEXT
python3 see.py | tee seen
diff expected seen
