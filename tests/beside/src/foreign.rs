//! Types that another language holds. It drops them when it likes, so both have a method that closes.

use dispose_core::Close;
#[cfg(feature = "python")]
use dispose_core::Dispose;
#[cfg(feature = "python")]
use pyo3::prelude::*;
use wasm_bindgen::prelude::*;

use crate::{logged, shut};

#[wasm_bindgen]
#[derive(Close)]
pub struct Exported {
    #[unmanaged(release = |x| { shut(x + self.offset) }, invalid = -1)]
    descriptor: i32,
    pub offset: i32,
}

#[wasm_bindgen]
impl Exported {
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(descriptor: i32) -> Self {
        Self { descriptor, offset: 1 }
    }

    pub fn shut(self) -> Result<(), String> {
        self.close().map_err(|error| error.to_string())
    }
}

#[test]
fn wasm_bindgen() {
    Exported::new(1).shut().unwrap();
    drop(Exported::new(2));
    assert_eq!(logged(), "2 3");
}

#[cfg(feature = "python")]
mod python {
    use super::*;
    #[pyclass]
    #[derive(Dispose)]
    struct Held {
        #[unmanaged(release = |x| { shut(x + self.offset) })]
        descriptor: Option<i32>,
        #[pyo3(get, set)]
        offset: i32,
    }

    #[pymethods]
    impl Held {
        #[new]
        fn new(descriptor: i32) -> Self {
            Self { descriptor: Some(descriptor), offset: 1 }
        }

        fn number(&self) -> PyResult<i32> {
            self.ensure_live().map_err(|error| {
                PyErr::new::<pyo3::exceptions::PyValueError, _>(error.to_string())
            })?;
            Ok(self.descriptor.unwrap_or(-1))
        }

        #[pyo3(name = "close")]
        fn shut(&mut self) -> PyResult<()> {
            self.dispose()
                .map_err(|error| PyErr::new::<pyo3::exceptions::PyOSError, _>(error.to_string()))
        }
    }

    #[test]
    fn pyclass() {
        let mut held = Held::new(1);
        assert_eq!(held.number().unwrap(), 1);
        held.shut().unwrap();
        assert!(held.number().is_err());
        drop(Held::new(2));
        assert_eq!(logged(), "2 3");
    }
}
