//! What holds at the moment of every request: how many there may be and how fast, that
//! sending was not stopped, that what was left open was looked at, and that the record
//! has it already.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::tongue::Ask;
use super::world::World;
use crate::job::JobRef;

/// How long calls in flight may go on after a signal.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Timers have whole milliseconds.
pub(super) const TICK: Duration = Duration::from_millis(2);

/// The limits that one vendor's requests keep to.
#[derive(Default)]
pub(super) struct Guard {
    concurrency: usize,
    rate: Option<f64>,
    /// The longest pause that a vendor may ask for.
    patience: Duration,
    pub(super) in_flight: usize,
    /// When the last requests left.
    left: Vec<Instant>,
    /// Nothing may leave before, and how long a pause was asked for.
    paused: Option<(Instant, Duration)>,
    /// When the credential was refused.
    pub(super) rejected: Option<Instant>,
}

/// What stops a run, and when it did.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops {
    pub(super) deadline: Option<Instant>,
    /// Signals that were given.
    pub(super) signals: Vec<Instant>,
    /// With `--fail-fast`: the first result that is not well.
    pub(super) failed: Option<Instant>,
    /// Nothing may be sent at all.
    pub(super) dry: bool,
}

impl Stops {
    /// Whether anything has stopped sending by now.
    pub(super) fn any(&self, now: Instant) -> bool {
        [self.signals.first().copied(), self.failed, self.deadline].into_iter().flatten().any(|at| at <= now)
    }
}

/// The end of a record, read on as it grows.
pub(super) struct Tail {
    file: File,
    /// The jobs that are to be on record before anything is sent.
    pub(super) whole: Option<usize>,
    intended: usize,
    /// The jobs that this part of the run has announced.
    announced: HashSet<String>,
}

impl Tail {
    pub(super) fn new(path: &Path, whole: Option<usize>) -> Self {
        Self { file: File::open(path).unwrap(), whole, intended: 0, announced: HashSet::new() }
    }

    /// What earlier parts of the run announced counts no more.
    pub(super) fn forget(&mut self) {
        self.read_on();
        self.announced.clear();
    }

    fn read_on(&mut self) {
        let mut text = String::new();
        self.file.read_to_string(&mut text).unwrap();
        for line in text.lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            match line["type"].as_str() {
                Some("intended") => self.intended += 1,
                Some("sending") => drop(self.announced.insert(line["ref"].as_str().unwrap().to_owned())),
                _ => {}
            }
        }
    }

    fn misses(&mut self, job: &JobRef) -> Option<&'static str> {
        self.read_on();
        if self.whole.is_some_and(|whole| self.intended < whole) {
            return Some("sent before all of the input was on record");
        }
        (!self.announced.contains(&job.to_string())).then_some("sent before that was on record")
    }
}

impl Guard {
    pub(super) fn new(concurrency: usize, rate: Option<f64>, patience: Duration) -> Self {
        Self { concurrency, rate, patience, ..Self::default() }
    }

    /// What a request that leaves now is wrong with.
    fn leaves(&mut self, now: Instant) -> Option<String> {
        self.in_flight += 1;
        self.left.push(now);
        if self.in_flight > self.concurrency {
            return Some(format!("{} requests in flight", self.in_flight));
        }
        if self.paused.is_some_and(|(until, _)| now < until) {
            return Some("sent in a pause that was asked for".to_owned());
        }
        let rate = self.rate?;
        let before = self.left.iter().rev().zip(0..16).skip(1);
        let too_fast = before.map(|(left, back)| (now - *left, f64::from(back) / rate));
        let too_fast = too_fast.into_iter().any(|(took, least)| took + 4 * TICK < Duration::from_secs_f64(least));
        too_fast.then(|| "sent faster than the rate".to_owned())
    }

    pub(super) fn pause(&mut self, wait: Duration, now: Instant) {
        let holds = self.paused.is_some_and(|(until, asked)| now < until && wait <= asked);
        if wait <= self.patience && !holds {
            let until = self.paused.map_or(now, |(until, _)| until).max(now + wait);
            self.paused = Some((until, wait));
        }
    }

    /// For another part of the run.
    pub(super) fn reset(&mut self) {
        self.left.clear();
        (self.paused, self.rejected) = (None, None);
    }
}

impl World {
    /// Holds a request that leaves now to the rules.
    pub(super) fn guard(&mut self, side: usize, ask: &Ask) {
        let now = Instant::now();
        let (begins, ends) = (matches!(ask, Ask::Cancel(_) | Ask::SignIn), *ask == Ask::SignOut);
        let lives = self.about(side, ask);
        let first = lives.first().copied();
        let stops = &self.stops;
        let passed = |moment: Option<Instant>| moment.is_some_and(|moment| moment < now);
        let mut wrong: Vec<(Option<usize>, String)> = Vec::new();
        let mut must_not = |it_is: bool, why: &str| {
            if it_is {
                wrong.push((first, why.to_owned()));
            }
        };
        must_not(stops.dry && matches!(ask, Ask::Cancel(_)), "sent in a dry run");
        must_not(stops.deadline.is_some_and(|at| at <= now) && !ends, "sent after the deadline");
        must_not(passed(stops.signals.first().copied()) && begins, "sent after a signal");
        must_not(passed(stops.signals.first().map(|at| *at + GRACE)) && !ends, "asked long after a signal");
        must_not(passed(stops.signals.get(1).copied()), "asked after a second signal");
        must_not(passed(stops.failed) && begins, "sent after a failure with --fail-fast");
        let vendor = &mut self.sides[side];
        must_not(passed(vendor.guard.rejected) && begins && !vendor.signs_in, "sent after the credential was rejected");
        let floor = vendor.entry.capabilities.poll_floor;
        wrong.extend(vendor.guard.leaves(now).map(|why| (first, why)));
        for at in lives {
            let life = &self.lives[at];
            let mut must_not = |it_is: bool, why: &str| {
                if it_is {
                    wrong.push((Some(at), why.to_owned()));
                }
            };
            if matches!(ask, Ask::Read(_)) {
                let early = life.read.zip(floor).is_some_and(|(read, floor)| now < read + floor);
                must_not(early, "read again before the vendor's floor");
                must_not(life.row.is_some(), "read after it was reported");
                continue;
            }
            must_not(life.blind, "sent again before its state was read");
            must_not(life.held, "sent although nothing was to be sent any more");
            must_not(life.row.is_some(), "sent after it was reported");
            let missing = self.record.as_mut().and_then(|record| record.misses(&life.job));
            must_not(missing.is_some(), missing.unwrap_or_default());
        }
        for (life, why) in wrong {
            self.accuse(life, why);
        }
    }
}
