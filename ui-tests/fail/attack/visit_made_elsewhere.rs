use dispose_core::__private::Visit;

fn main() {
    // Would have its parts dropped before its release.
    Visit { drops: true }.part(&mut victim::Connection::new());
}
