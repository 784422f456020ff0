//! The journal for Node.js, as WebAssembly.

use std::fmt::Display;

use dispose_core::{DisposeError, Lease, Shared, set_drop_hook};
use journal::Journal as Resource;
use js_sys::{Error, Reflect};
use wasm_bindgen::prelude::*;

/// A file of lines that grows at its end. Declare it by `using`, or call `close()`.
#[wasm_bindgen]
pub struct Journal(Shared<Resource>);

#[wasm_bindgen]
impl Journal {
    #[wasm_bindgen(constructor)]
    pub fn open(path: &str) -> Result<Self, Error> {
        Resource::open(path)
            .map(|journal| Self(Shared::new(journal)))
            .map_err(|error| system_error(error.raw_os_error(), &error))
    }

    /// Adds a record.
    pub fn append(&self, record: &str) -> Result<(), Error> {
        let journal = self.lease()?;
        journal.append(record).map_err(|error| system_error(error.raw_os_error(), &error))
    }

    /// Adds all records of an iterable.
    #[wasm_bindgen(js_name = appendAll)]
    pub fn append_all(&self, records: &JsValue) -> Result<(), JsValue> {
        let journal = self.lease()?;
        for record in js_sys::try_iter(records)?.ok_or_else(|| Error::new("not an iterable"))? {
            let record = record?.as_string().ok_or_else(|| Error::new("not a string"))?;
            journal.append(&record).map_err(|error| system_error(error.raw_os_error(), &error))?;
        }
        Ok(())
    }

    /// Writes what is buffered and closes the file. A second call does nothing.
    ///
    /// If a call is going on, it closes the file when it returns.
    pub fn close(&self) -> Result<(), Error> {
        match self.0.dispose() {
            Ok(_) => Ok(()),
            Err(error) => Err(system_error(error.raw_os_error(), &error)),
        }
    }

    fn lease(&self) -> Result<Lease<'_, Resource>, Error> {
        self.0.lease().map_err(|disposed| Error::new(&disposed.to_string()))
    }
}

#[wasm_bindgen(module = "node:util")]
extern "C" {
    #[wasm_bindgen(js_name = getSystemErrorName)]
    fn name(number: i32) -> JsValue;
    #[wasm_bindgen(js_name = getSystemErrorMessage)]
    fn message(number: i32) -> String;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = process, js_name = emitWarning)]
    fn emit_warning(warning: &Error);
}

/// Makes an error like Node.js' own: with `errno`, and its name as the `code`.
fn system_error(number: Option<i32>, text: &dyn Display) -> Error {
    let Some(number) = number.map(|number| -number) else { return Error::new(&text.to_string()) };
    // std has one text for every number here.
    let error = Error::new(&text.to_string().replace("operation successful", &message(number)));
    // A new object takes every property.
    let _ = Reflect::set(&error, &"errno".into(), &number.into());
    let _ = Reflect::set(&error, &"code".into(), &name(number));
    error
}

/// Sets a hook. Without one, failures would be lost, because standard error does not exist here.
#[wasm_bindgen(start)]
fn start() {
    set_drop_hook(Some(|dropped| {
        let number = dropped.error().and_then(DisposeError::raw_os_error);
        emit_warning(&system_error(number, dropped));
    }));
}
