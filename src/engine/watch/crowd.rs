//! The jobs that one watcher waits for: whose turn it is, and what the lists are good
//! for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::Watched;
use crate::job::JobId;

/// More waiting jobs than this are a crowd: where reads are rationed, lists are asked
/// first and only some jobs by themselves.
pub(super) const CROWD: usize = 20;

/// The time for one own read where the lists are of no help. What the vendor rations is
/// the reads of one job; how much it stands of all is the limiter's business.
const READ: Duration = Duration::from_millis(20);

/// The jobs are no longer left to a look at the lists that takes longer than this.
pub(super) const GLANCE_PATIENCE: Duration = Duration::from_secs(10);

/// The first pause between two looks at the lists.
pub(super) const FIRST_GLANCE: Duration = Duration::from_secs(5);

/// One watched job and how long it is left alone after the next look.
pub(super) struct Item {
    pub(super) watched: Watched,
    pub(super) pause: Duration,
    /// Until when the vendor wants to be left alone about it.
    pub(super) put_off: Option<Instant>,
}

/// The jobs of a watcher.
pub(super) struct Crowd {
    /// Jobs by the moment of their next look; the number keeps them apart.
    pub(super) waiting: BTreeMap<(Instant, u64), Item>,
    /// Jobs that are being read.
    pub(super) reading: HashMap<u64, Item>,
    next_number: u64,
    pub(super) glancing: bool,
    /// When the lists are asked again; while they are being asked, when own reads go on
    /// without them.
    pub(super) next_glance: Instant,
    pub(super) glance_pause: Duration,
    /// Own reads left until the next look at the lists.
    pub(super) allowance: usize,
    /// Every job that was ever here: what lists show of those that ended says that
    /// the others are near.
    pub(super) ever: HashSet<JobId>,
    /// How many ends the jobs' own status has told, and how many the lists.
    pub(super) ends_read: usize,
    pub(super) ends_listed: usize,
}

impl Crowd {
    pub(super) fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            reading: HashMap::new(),
            next_number: 0,
            glancing: false,
            next_glance: Instant::now(),
            glance_pause: FIRST_GLANCE,
            allowance: 0,
            ever: HashSet::new(),
            ends_read: 0,
            ends_listed: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.reading.len()
    }

    pub(super) fn add(&mut self, due: Instant, item: Item) {
        self.waiting.insert((due, self.next_number), item);
        self.next_number += 1;
    }

    /// Allows own reads for the time until the next look at the lists. Where the last one
    /// `told` something, and the lists have told of as many ends as the jobs' own status,
    /// a few find out whether that stays so.
    pub(super) fn allow(&mut self, time: Duration, told: bool) {
        let few = told && self.ends_read <= self.ends_listed;
        let many = usize::try_from(time.as_millis() / READ.as_millis()).unwrap_or(usize::MAX);
        self.allowance = if few { CROWD + self.len() / 200 } else { many };
    }

    /// The moment of the next look at any job.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the job that has waited longest, if it is its turn.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(u64, Item)> {
        let first = self.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((_, number), item) = first.remove_entry();
        Some((number, item))
    }
}
