//! Any text that is made of tokens.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let Ok(item) = text.parse() else { return Corpus::Reject };
    dispose_fuzz::check_all(&item);
    Corpus::Keep
});
