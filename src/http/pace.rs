//! How fast one provider's host may be asked, learnt from its answers: [`Pace`].
//!
//! Pure: every function is told what time it is, and nothing waits here; the
//! waiting is [`Limiter`](super::Limiter)'s. Must not know any vendor or reqwest.
//!
//! It begins without any cap. The first 429 says that there is a limit but not
//! where, so the rate falls to what was accepted so far and doubles from there as
//! answers come in ([`Mode::Ramp`]). The second 429 brackets the limit: the rate
//! is set a little below what was accepted in the last half second and from then
//! on grows gently, faster the longer nothing is rejected ([`Mode::Steady`]),
//! until the cap is gone. Answers to requests that left before the last slowdown
//! tell nothing new and slow nothing down again.

use std::time::Duration;

use tokio::time::Instant;

/// Slower than one call in five seconds is never asked for by a plain 429.
const FLOOR: f64 = 0.2;

/// A ramp doubles in this time when answers come at once, later by as much as
/// answers take: it grows with answers and not by the clock.
const DOUBLING: f64 = 0.2;

/// How far back the accepted calls are counted to tell the host's limit.
const WINDOW: Duration = Duration::from_millis(500);

/// The window is counted in this many slices.
const SLICES: u32 = 10;

/// After a second rejection, the share of the measured limit to go on with.
const MARGIN: f64 = 0.95;

/// After a rejection in a steady phase, the share of the present rate to keep.
const DECREASE: f64 = 0.85;

/// The growth of a steady phase per second at first, as a share of its start.
const GROWTH: f64 = 0.005;

/// From then on without a rejection the growth quickens (with the third power).
const QUIET: f64 = 20.0;

/// A cap that has grown by this factor without a rejection is no cap any more.
const FREED: f64 = 20.0;

/// A late timer may catch up on this much.
const SLACK: Duration = Duration::from_millis(5);

/// What a vendor's answer says about its burst limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Burst {
    /// How many calls the window of five minutes allows.
    pub(super) limit: f64,
    /// How many of them are left.
    pub(super) remaining: f64,
    /// This answer was delayed on purpose.
    pub(super) delayed: bool,
}

/// What is known of the host's limit.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Nothing was rejected yet, or long ago.
    Free,
    /// There is a limit somewhere above.
    Ramp { rate: f64 },
    /// The limit was met near `base` at the time `since`.
    Steady { base: f64, since: Instant },
}

/// The pace of one provider's host.
#[derive(Debug)]
pub(super) struct Pace {
    ceiling: Option<f64>,
    burst: Option<f64>,
    mode: Mode,
    /// Counts slowdowns; a request carries the number it left under.
    generation: u64,
    /// When the present generation began to send.
    resumed: Instant,
    /// Calls accepted in this generation.
    accepted: u64,
    recent: Recent,
    last: Option<Instant>,
    pause: Pause,
}

/// A pause that the host asked for.
#[derive(Debug, Default)]
struct Pause {
    until: Option<Instant>,
    asked: Duration,
}

impl Pace {
    pub(super) fn new(ceiling: Option<f64>, now: Instant) -> Self {
        Self {
            ceiling: ceiling.filter(|rate| rate.is_finite() && *rate > 0.0),
            burst: None,
            mode: Mode::Free,
            generation: 0,
            resumed: now,
            accepted: 0,
            recent: Recent::new(now),
            last: None,
            pause: Pause::default(),
        }
    }

    /// Takes the next slot if it has come: the generation to send under.
    /// Otherwise the time to come back at.
    pub(super) fn take(&mut self, now: Instant) -> Result<u64, Instant> {
        if let Some(until) = self.pause.until {
            if now < until {
                return Err(until);
            }
            self.pause = Pause::default();
        }
        if let Some(rate) = self.rate(now) {
            let interval = Duration::from_secs_f64(1.0 / rate);
            if let Some(last) = self.last {
                let slot = last + interval;
                if now < slot {
                    return Err(slot);
                }
                // What a late timer missed is caught up with, idle time is not.
                let oldest = now.checked_sub(interval.max(SLACK)).unwrap_or(now);
                self.last = Some(slot.max(oldest).min(now));
                return Ok(self.generation);
            }
        }
        self.last = Some(now);
        Ok(self.generation)
    }

    /// Calls a second at present, where there is a cap.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        let learnt = match self.mode {
            Mode::Free => None,
            Mode::Ramp { rate } => Some(rate),
            Mode::Steady { base, since } => {
                let factor = growth(now.duration_since(since).as_secs_f64());
                (factor < FREED).then_some(base * factor)
            }
        };
        [learnt, self.ceiling, self.burst].into_iter().flatten().reduce(f64::min)
    }

    /// An answer that is no rejection.
    pub(super) fn accepted(&mut self, generation: u64, now: Instant) {
        self.recent.add(now);
        if generation == self.generation {
            self.accepted += 1;
            if let Mode::Ramp { rate } = &mut self.mode {
                *rate += std::f64::consts::LN_2 / DOUBLING;
            }
        }
    }

    /// A 429 to a request that left under `generation`.
    pub(super) fn rejected(&mut self, generation: u64, now: Instant) {
        if generation < self.generation {
            return;
        }
        self.mode = self.slower(now);
        self.generation += 1;
        self.resumed = now;
        self.accepted = 0;
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
    fn slower(&self, now: Instant) -> Mode {
        let elapsed = now.duration_since(self.resumed).max(WINDOW).as_secs_f64();
        let measured = self.recent.rate(now);
        match self.mode {
            Mode::Free => {
                let rate = (self.accepted as f64 / elapsed).min(measured.max(FLOOR));
                Mode::Ramp { rate: rate.max(FLOOR) }
            }
            // Hardly begun, and too fast already.
            Mode::Ramp { rate } if self.accepted < 5 => Mode::Ramp { rate: (rate / 2.0).max(FLOOR) },
            Mode::Ramp { rate } => Mode::Steady { base: (measured.min(rate) * MARGIN).max(FLOOR), since: now },
            Mode::Steady { .. } => {
                let rate = self.rate(now).unwrap_or(measured);
                Mode::Steady { base: (rate * DECREASE).max(FLOOR), since: now }
            }
        }
    }

    /// Nothing leaves before `now + wait`. A pause no longer than the one that
    /// holds already is another answer to the same wave and does not extend it.
    pub(super) fn pause(&mut self, wait: Duration, now: Instant) {
        let holds = self.pause.until.is_some_and(|until| now < until);
        if holds && wait <= self.pause.asked {
            return;
        }
        self.pause_until(now + wait);
        self.pause.asked = wait;
    }

    /// Nothing leaves before `until`.
    pub(super) fn pause_until(&mut self, until: Instant) {
        if self.pause.until.is_none_or(|present| present < until) {
            self.pause.until = Some(until);
        }
        // What is accepted is counted from the end of the pause.
        self.resumed = self.resumed.max(until);
    }

    /// Near the end of a burst window the rest of it goes at the rate that the
    /// vendor could stand for ever; with enough left, at any rate.
    pub(super) fn burst(&mut self, burst: Burst) {
        const WINDOW_SECONDS: f64 = 300.0;
        let low = burst.delayed || burst.remaining <= burst.limit * 0.1;
        self.burst = low.then(|| (burst.limit / WINDOW_SECONDS).max(1.0));
    }
}

/// By how much a steady phase has grown after `seconds` without a rejection.
fn growth(seconds: f64) -> f64 {
    let quiet = ((seconds - QUIET) / QUIET).max(0.0);
    1.0 + GROWTH * seconds + 0.2 * quiet.powi(3)
}

/// Counts of accepted calls in the last [`WINDOW`], in a ring of slices.
#[derive(Debug)]
struct Recent {
    start: Instant,
    slices: [(u64, u32); SLICES as usize],
}

impl Recent {
    fn new(start: Instant) -> Self {
        Self { start, slices: [(u64::MAX, 0); SLICES as usize] }
    }

    /// The number of the slice that `now` is in, counted from the start.
    fn slice(&self, now: Instant) -> u64 {
        let width = (WINDOW / SLICES).as_millis();
        u64::try_from(now.duration_since(self.start).as_millis() / width).unwrap_or(u64::MAX)
    }

    fn add(&mut self, now: Instant) {
        let number = self.slice(now);
        let place = usize::try_from(number % u64::from(SLICES)).unwrap_or(0);
        if let Some(slice) = self.slices.get_mut(place) {
            if slice.0 != number {
                *slice = (number, 0);
            }
            slice.1 = slice.1.saturating_add(1);
        }
    }

    /// Calls a second over the window.
    fn rate(&self, now: Instant) -> f64 {
        let number = self.slice(now);
        let oldest = number.saturating_sub(u64::from(SLICES) - 1);
        let count: f64 = self
            .slices
            .iter()
            .filter(|(of, _)| (oldest..=number).contains(of))
            .map(|(_, count)| f64::from(*count))
            .sum();
        count / WINDOW.as_secs_f64()
    }
}
