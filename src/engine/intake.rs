//! What came in already, and what is known to come: duplicates are noticed, and the
//! whole input is put on record before the first send, where it can be read twice.
//!
//! Must not know what becomes of a job.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use super::cancelling::invalid;
use super::input::Input;
use super::recorder::{Entrant, Recorder};
use super::source::Source;
use super::work::Unreadable;
use crate::job::JobRef;

/// Puts everything that is going to come in on record, where it can be read twice.
/// Whether that is done with.
pub(super) fn intend_all(source: &mut Source, recorder: &dyn Recorder) -> bool {
    if !recorder.is_on() || matches!(source, Source::Stream(_) | Source::Chained(..)) {
        return false;
    }
    if matches!(source, Source::Left(_)) {
        return true;
    }
    let mut seen = Fingerprints::default();
    let (mut index, mut duplicates) = (0, 0);
    let mut whole = true;
    let read = source.preview(&mut |input| {
        match input {
            Input::Job { job, .. } if !seen.insert(job) => duplicates += 1,
            Input::Job { line, job, .. } => {
                recorder.intend(Entrant { index, line: *line, job });
                index += 1;
            }
            Input::Bad { line, provider, text, error } => {
                let (text, error) = (text.clone(), error.clone());
                let unreadable = Unreadable { index, line: *line, provider: *provider, text, error };
                recorder.settled(&invalid(unreadable));
                index += 1;
            }
            // What follows comes out as well, as not sent.
            Input::Left { .. } | Input::Broken(_) | Input::Refused(_) => whole = false,
        }
        recorder.is_on()
    });
    // What cannot be read now is met again, and reported, when its turn comes.
    if whole && read.is_ok() {
        recorder.input_ended(index, duplicates);
    }
    true
}

/// The jobs that came in already: a fingerprint of 128 bits each and nothing else.
#[derive(Default)]
pub(super) struct Fingerprints {
    keys: (RandomState, RandomState),
    seen: HashSet<u128, BuildHasherDefault<Whole>>,
}

impl Fingerprints {
    /// `false` where the job was there before.
    pub(super) fn insert(&mut self, job: &JobRef) -> bool {
        let (low, high) = (self.keys.0.hash_one(job), self.keys.1.hash_one(job));
        self.seen.insert((u128::from(high) << 64) | u128::from(low))
    }
}

/// Takes half of a fingerprint, which is a hash already, as its own hash.
#[derive(Default)]
struct Whole(u64);

impl Hasher for Whole {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the hash")]
    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}
