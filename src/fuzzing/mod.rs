//! What holds whatever comes in: one function for each fuzz target in `fuzz/`.
//!
//! Each takes any bytes and panics where a promise is broken. The tests replay
//! `fuzz/corpus` through the same functions. Compiled for tests and fuzzing only, and
//! no part of the library's interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a broken promise has to be loud")]

mod answers;
mod config;
mod exchanges;
mod feed;
mod journal;
pub(crate) mod redaction;
mod refs;
pub(crate) mod report;
pub(crate) mod stage;
mod values;

pub use answers::answers;
pub use config::config;
pub use exchanges::exchanges;
pub use journal::journal;
pub use redaction::redaction;
pub use refs::refs;
pub use report::report;
pub use values::values;

use crate::error::Error;

/// Longest message or hint of an error: what came from outside is cut in it.
const LONGEST: usize = 2000;

/// What holds for every error: it is of a length that can be shown.
fn check_error(error: &Error) {
    let told = [Some(&error.message), error.hint.as_ref(), error.provider_message.as_ref()];
    for text in told.into_iter().flatten() {
        assert!(text.chars().count() <= LONGEST, "{} characters: {error:?}", text.len());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_corpora_keep_every_promise() {
        let targets: [(&str, fn(&[u8])); 8] = [
            ("answers", super::answers),
            ("config", super::config),
            ("exchanges", super::exchanges),
            ("journal", super::journal),
            ("redaction", super::redaction),
            ("refs", super::refs),
            ("report", super::report),
            ("values", super::values),
        ];
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        for (name, target) in targets {
            assert!(fuzz.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name} is no target");
            let mut files: Vec<_> =
                std::fs::read_dir(fuzz.join("corpus").join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            assert!(!files.is_empty(), "{name} has no corpus");
            for path in files {
                println!("{}", path.display());
                target(&std::fs::read(&path).unwrap());
            }
        }
        assert_eq!(std::fs::read_dir(fuzz.join("corpus")).unwrap().count(), targets.len());
    }
}
