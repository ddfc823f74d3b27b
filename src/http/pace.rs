//! How fast one provider's host may be asked, learnt from its answers: [`Pace`].
//!
//! Pure: every function is told what time it is, and nothing waits here; the
//! waiting is [`Limiter`](super::Limiter)'s. Must not know any vendor or reqwest.
//!
//! It begins without any cap. The first 429 says that there is a limit but not
//! where, so the rate falls to what was accepted so far and doubles from there as
//! answers come in ([`Mode::Ramp`]). The second 429 brackets the limit: what was
//! accepted meanwhile tells it closely ([`Pace::limit`]), and the rate is set a little
//! below, to grow gently from then on, faster the longer nothing is rejected
//! ([`Mode::Steady`]), until the cap is gone. Where slowing down does not help, the
//! rate is not what is rejected ([`Mode::Doubt`]), and it would be wrong to go on
//! until everything stands still. Answers to requests that left before
//! the last slowdown tell nothing new and slow nothing down again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Slower than one call in five seconds is never asked for by a plain 429.
const FLOOR: f64 = 0.2;

/// Where no call was ever accepted there is no rate to be found, and every call
/// is likely to be rejected however long it waits: never slower than this.
const UNPROVEN: f64 = 5.0;

/// A ramp begins no slower than this: the callers' own backoff does the rest.
const START: f64 = 10.0;

/// A ramp doubles in this time when answers come at once, later by as much as
/// answers take: it grows with answers and not by the clock.
const DOUBLING: f64 = 0.15;

/// Where few calls are made, one answer speeds the ramp up by no more than this.
const STEP: f64 = 1.25;

/// The shortest time that a rate is told from.
const SHORTEST: f64 = 0.35;

/// So many accepted calls are remembered.
const REMEMBERED: usize = 256;

/// Times shorter than this (in seconds) tell nothing.
const MOMENT: f64 = 0.1;

/// After this time (in seconds) a burst no longer plays a part.
const LONG: f64 = 0.5;

/// Fewer accepted calls than this, beyond a burst, tell nothing.
const ENOUGH: f64 = 5.0;

/// The share of the measured limit to go on with.
const MARGIN: f64 = 0.98;

/// After a rejection early in a steady phase, the share of the rate to keep.
const DECREASE: f64 = 0.85;

/// A steady phase that lasted so long (in seconds) has measured the limit anew.
const LASTED: f64 = 10.0;

/// After so many slowdowns in close succession the rate is not to blame.
const FALLS: u32 = 3;

/// In doubt each accepted call speeds up by this share and each rejected one slows
/// down by [`EASE`]: what is rejected at random, up to one call in ten, does not
/// hold the others up. Where nothing at all gets through, the rate is halved.
const HOPE: f64 = 0.02;

/// See [`HOPE`].
const EASE: f64 = 1.1;

/// Doubt speeds up no further than this: from there it would take too long to slow
/// down to a limit, should there be one after all.
const FASTEST: f64 = 10_000.0;

/// The growth of a steady phase per second at first, as a share of its start.
const GROWTH: f64 = 0.004;

/// A steady phase begins lower by this share for a second, so that the host's
/// burst, which is used up at that moment, fills up again.
const DIP: f64 = 0.12;

/// After so many seconds without a rejection the growth quickens.
const QUIET: f64 = 15.0;

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
    /// Slowing down did not help: what is rejected does not depend on the rate.
    Doubt { rate: f64 },
    /// The limit was met near `base`.
    Steady { base: f64 },
}

/// The pace of one provider's host.
#[derive(Debug)]
pub(super) struct Pace {
    ceiling: Option<f64>,
    burst: Option<f64>,
    mode: Mode,
    /// Counts slowdowns; a request carries the number it left under.
    generation: u64,
    /// The last slowdown, when the host's burst was used up.
    slowed: Instant,
    /// Calls accepted since then.
    accepted: u64,
    /// When the present generation began to send: after the pause, if there was one.
    resumed: Instant,
    taken: Taken,
    /// Slowdowns of a steady phase in close succession.
    falls: u32,
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
            slowed: now,
            resumed: now,
            accepted: 0,
            taken: Taken::default(),
            falls: 0,
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
                let oldest = now.checked_sub(SLACK).unwrap_or(now);
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
            Mode::Ramp { rate } | Mode::Doubt { rate } => Some(rate),
            Mode::Steady { base } => {
                let factor = growth(now.saturating_duration_since(self.resumed).as_secs_f64());
                (factor < FREED).then_some(base * factor)
            }
        };
        [learnt, self.ceiling, self.burst].into_iter().flatten().reduce(f64::min)
    }

    /// An answer that is no rejection.
    pub(super) fn accepted(&mut self, generation: u64, now: Instant) {
        self.taken.add(now);
        self.accepted += 1;
        if generation == self.generation {
            match &mut self.mode {
                Mode::Ramp { rate } => *rate = (*rate + std::f64::consts::LN_2 / DOUBLING).min(*rate * STEP),
                Mode::Doubt { rate } => *rate = (*rate + (*rate * HOPE).max(1.0)).min(FASTEST),
                Mode::Free | Mode::Steady { .. } => {}
            }
        }
    }

    /// A 429 to a request that left under `generation`.
    pub(super) fn rejected(&mut self, generation: u64, now: Instant) {
        if generation < self.generation {
            return;
        }
        let mode = self.slower(now);
        // A ramp counts as one: its parts may be too short to tell anything.
        if !matches!((self.mode, mode), (Mode::Ramp { .. }, Mode::Ramp { .. })) {
            (self.slowed, self.accepted) = (now, 0);
        }
        self.mode = mode;
        self.generation += 1;
        self.resumed = now;
    }

    fn slower(&mut self, now: Instant) -> Mode {
        let elapsed = now.saturating_duration_since(self.resumed).as_secs_f64();
        let steady = |rate: f64| Mode::Steady { base: rate.max(FLOOR) };
        match self.mode {
            Mode::Free => {
                // Calls that were accepted all at once show the host's burst.
                self.taken.end_of_first(now);
                Mode::Ramp { rate: (self.count() / elapsed.max(SHORTEST)).max(START) }
            }
            Mode::Doubt { rate } if elapsed < LASTED => {
                let slower = if self.accepted == 0 { 0.5 } else { 1.0 / EASE };
                Mode::Doubt { rate: (rate * slower).max(1.0) }
            }
            Mode::Ramp { rate } | Mode::Doubt { rate } => match self.limit(rate, now) {
                Some(limit) => steady(limit * MARGIN),
                None => Mode::Ramp { rate: self.eased(rate) },
            },
            Mode::Steady { base } => {
                let rate = self.rate(now).unwrap_or(base);
                let lasted = elapsed > LASTED;
                self.falls = if lasted { 0 } else { self.falls + 1 };
                match self.limit(rate, now) {
                    Some(limit) if lasted => steady((limit * MARGIN).max(base * 0.5).min(rate * MARGIN)),
                    _ if self.falls > FALLS => {
                        self.falls = 0;
                        Mode::Doubt { rate }
                    }
                    _ => steady(rate * DECREASE),
                }
            }
        }
    }

    /// Calls accepted since the last slowdown.
    #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
    fn count(&self) -> f64 {
        self.accepted as f64
    }

    /// The host's limit, told when it was met at `rate`. From one rejection to the next
    /// a host accepts what its limit allows, and less where it was asked for less.
    fn limit(&self, rate: f64, now: Instant) -> Option<f64> {
        let seconds = now.saturating_duration_since(self.slowed).as_secs_f64();
        let whole = (self.count() >= ENOUGH && seconds >= MOMENT).then(|| self.count() / seconds);
        [whole, self.taken.limit(now).map(|limit| limit.min(rate))].into_iter().flatten().reduce(f64::max)
    }

    /// Half of a rate of which hardly anything got through.
    fn eased(&self, rate: f64) -> f64 {
        (rate * 0.5).max(if self.taken.times.is_empty() { UNPROVEN } else { FLOOR })
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
    1.0 + GROWTH * seconds + 0.2 * quiet.powi(3) - DIP * (1.0 - seconds).max(0.0)
}

/// The calls that were accepted last.
///
/// A host that allows `limit` calls a second and bursts of `burst` accepts at most
/// `burst + limit * t` in any time `t`, and exactly that many from the moment when
/// the rate went over the limit to the rejection. The first rejection of all ended
/// such a time, so what was accepted until then (`first`) stands for the burst,
/// and the largest `(accepted - first) / (t - first's t)` is the limit.
#[derive(Debug, Default)]
struct Taken {
    times: VecDeque<Instant>,
    /// Calls accepted until the first rejection, and in how many seconds; left at
    /// nothing where that took so long that the burst played no part.
    first: (f64, f64),
}

impl Taken {
    fn add(&mut self, now: Instant) {
        if self.times.len() == REMEMBERED {
            self.times.pop_front();
        }
        self.times.push_back(now);
    }

    /// The first rejection of all.
    #[expect(clippy::cast_precision_loss, reason = "at most REMEMBERED")]
    fn end_of_first(&mut self, now: Instant) {
        let seconds = self.times.front().map_or(0.0, |first| now.duration_since(*first).as_secs_f64());
        self.first = if seconds < LONG { (self.times.len() as f64, seconds) } else { (0.0, 0.0) };
    }

    /// The host's limit, told at the moment of a rejection.
    fn limit(&self, now: Instant) -> Option<f64> {
        let mut count = 0.0;
        let rates = self.times.iter().rev().filter_map(|time| {
            count += 1.0;
            let seconds = now.duration_since(*time).as_secs_f64() - self.first.1;
            let beyond = count - self.first.0;
            (beyond >= ENOUGH && seconds >= MOMENT).then(|| beyond / seconds)
        });
        rates.reduce(f64::max)
    }
}

#[cfg(test)]
mod tests;
