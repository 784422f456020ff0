// Would free a buffer that the library still writes to.
fn main() {
    dispose_core::__private::forget(victim::Request::new(), ());
}
