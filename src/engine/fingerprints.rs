//! Which jobs came in already, at the price of 128 bits each and nothing else.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::job::JobRef;

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
