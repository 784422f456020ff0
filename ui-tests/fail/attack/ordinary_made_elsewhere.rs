use std::marker::PhantomData;

use dispose_core::__private::{ByValue, Ordinary};

// Would drop its buffer, which is dropped with it once more.
fn free(request: &mut victim::Request) {
    request.drop_ordinary(Ordinary(PhantomData));
}

fn main() {}
