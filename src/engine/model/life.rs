//! One job: what is true of it, and what was said of it.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::tongue::Word;
use crate::engine::Settled;
use crate::job::{JobRef, JobState};

/// What makes a job special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Plain,
    /// Its vendor will not cancel it.
    Stubborn,
    Missing,
    /// This credential may not cancel it.
    Forbidden,
    /// Its vendor calls the id malformed.
    Malformed,
}

/// What an answer that came through says of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Told(Word),
    Accepted,
    Declined,
    Forbidden,
    Malformed,
    Absent,
    /// Nothing was done, for a reason that is not the job's.
    TurnedAway,
}

/// A job.
pub(super) struct Life {
    pub(super) job: JobRef,
    pub(super) nature: Nature,
    /// When it leaves the queue, and for which state.
    pub(super) starts: (Instant, JobState),
    /// When it would end by itself, and with which word.
    pub(super) ends: Option<(Instant, &'static str)>,
    /// How long it takes to stop.
    pub(super) lingers: Duration,
    /// From then on it was cancelled: also by a request whose answer was lost.
    pub(super) stop: Option<Instant>,
    /// Cancels sent by this part of the run, but for those that are known not to have left.
    pub(super) tries: u32,
    /// Cancels that reached the vendor and were not turned away at the door.
    pub(super) taken: u32,
    /// A cancel may have had an effect, and nobody has looked since.
    pub(super) blind: bool,
    /// Something about it went wrong on the way.
    pub(super) troubled: bool,
    pub(super) facts: Vec<Fact>,
    /// When a read of it was last answered.
    pub(super) read: Option<Instant>,
    /// Comes after the end of what may be sent.
    pub(super) held: bool,
    pub(super) row: Option<Settled>,
}

impl Life {
    fn stops(&self) -> Option<Instant> {
        self.stop.map(|stop| stop + self.lingers)
    }

    /// Whether it has ended by itself, and with which word.
    fn own_end(&self, now: Instant) -> Option<&'static str> {
        let (at, word) = self.ends?;
        (at <= now && self.stops().is_none_or(|stops| at < stops)).then_some(word)
    }

    /// Its state, and whether it is over.
    pub(super) fn state(&self, now: Instant) -> (JobState, bool) {
        let passed = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= now);
        match self.own_end(now) {
            Some(word) => (JobState::from_word(word), true),
            None if passed(self.stops()) => (JobState::Cancelled, true),
            None if passed(self.stop) => (JobState::Cancelling, false),
            None if self.starts.0 <= now => (self.starts.1, false),
            None => (JobState::Queued, false),
        }
    }

    pub(super) fn word(&self, now: Instant, dice: &mut Rng) -> Word {
        let (state, ended) = self.state(now);
        let text = match (self.own_end(now), state.words()) {
            (Some(word), _) => word,
            (None, []) => "hibernating",
            (None, words) => words[dice.usize(..words.len())],
        };
        let text = if dice.bool() { text.to_owned() } else { text.to_uppercase() };
        Word { state, text, ended }
    }

    /// A cancel takes effect.
    pub(super) fn apply(&mut self, at: Instant) {
        let live = !self.state(at).1 && self.stop.is_none_or(|stop| at < stop);
        if live && self.nature == Nature::Plain {
            self.stop = Some(at);
        }
    }

    pub(super) fn told(&self, known: impl Fn(&Word) -> bool) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Fact::Told(word) if known(word)))
    }
}
