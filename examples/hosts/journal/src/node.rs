//! A file of Node.js', for WebAssembly, which has no files of its own.

use std::io::{self, Write};

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "node:fs")]
extern "C" {
    #[wasm_bindgen(js_name = openSync, catch)]
    fn open_sync(path: &str, flags: &str) -> Result<i32, JsValue>;
    #[wasm_bindgen(js_name = writeSync, catch)]
    fn write_sync(file: i32, bytes: &[u8]) -> Result<u32, JsValue>;
    #[wasm_bindgen(js_name = closeSync, catch)]
    fn close_sync(file: i32) -> Result<(), JsValue>;
}

pub(crate) struct File(i32);

pub(crate) fn open(path: &str) -> io::Result<File> {
    open_sync(path, "a").map(File).map_err(error)
}

pub(crate) fn close(file: File) -> io::Result<()> {
    close_sync(file.0).map_err(error)
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_sync(self.0, bytes).map(|written| written as usize).map_err(error)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the operating system's number, which is negative in Node.js.
fn error(error: JsValue) -> io::Error {
    let number = js_sys::Reflect::get(&error, &"errno".into()).ok().and_then(|n| n.as_f64());
    match number {
        Some(number) => io::Error::from_raw_os_error(-number as i32),
        None => io::Error::other("an error without a number"),
    }
}
