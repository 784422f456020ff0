use dispose_core::{Dispose, Failures};

fn main() {
    victim::Connection::new().release_all(&mut Failures::default());
}
