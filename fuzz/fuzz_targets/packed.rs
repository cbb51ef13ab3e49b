#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| rbm_landscape_fuzz::packed(bytes));
