//! What came in already, and what is known to come: duplicates are noticed, and the
//! whole input is put on record before the first send, where it can be read twice.
//!
//! Must not know what becomes of a job.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

use super::Settled;
use super::input::Input;
use super::recorder::{Entrant, Recorder};
use super::source::Source;
use super::work::{Row as _, Unreadable};

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
    let read = source.preview(&mut |input| match input {
        Input::Job { job, .. } if !seen.insert(job) => duplicates += 1,
        Input::Job { line, job, .. } => {
            recorder.intend(Entrant { index, line: *line, job });
            index += 1;
        }
        Input::Bad { line, provider, text, error } => {
            let (text, error) = (text.clone(), error.clone());
            let unreadable = Unreadable { index, line: *line, provider: *provider, text, error };
            recorder.settled(&Settled::invalid(unreadable));
            index += 1;
        }
        // What follows comes out as well, as not sent.
        Input::Left { .. } | Input::Broken(_) | Input::Refused(_) => whole = false,
    });
    // What cannot be read now is met again, and reported, when its turn comes.
    if whole && read.is_ok() {
        recorder.input_ended(index, duplicates);
    }
    true
}

/// The things (jobs, pages) that came already: a fingerprint of 128 bits each and
/// nothing else.
#[derive(Default)]
pub(super) struct Fingerprints {
    keys: (RandomState, RandomState),
    seen: HashSet<u128>,
}

impl Fingerprints {
    /// `false` where it was there before.
    pub(super) fn insert(&mut self, thing: &impl Hash) -> bool {
        let (low, high) = (self.keys.0.hash_one(thing), self.keys.1.hash_one(thing));
        self.seen.insert((u128::from(high) << 64) | u128::from(low))
    }
}
