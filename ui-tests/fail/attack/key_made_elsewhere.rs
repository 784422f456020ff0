use dispose_core::__private::{ByValue, drop_by_value};

// Would release it, and leave it to its owner.
fn release(request: &mut victim::Request) {
    type Key = <victim::Request as ByValue>::Key;
    drop_by_value(request, Key { 0: () });
}

fn main() {}
