#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jobctl::fuzzing::answers(data));
