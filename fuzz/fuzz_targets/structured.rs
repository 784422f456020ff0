//! Items of valid pieces, in places where they belong or not.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    // A bracket that is left open is for the compiler to find.
    let Ok(item) = dispose_fuzz::pieces::from_bytes(bytes).parse() else { return Corpus::Reject };
    dispose_fuzz::check_all(&item);
    Corpus::Keep
});
