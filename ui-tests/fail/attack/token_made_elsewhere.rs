use std::marker::PhantomData;

use dispose_core::__private::{ByValue, Token};
use dispose_core::Failures;

// Would release it once more.
fn release(request: &mut victim::Request, failures: &mut Failures) {
    request.release_all(failures, Token(PhantomData));
}

fn main() {}
