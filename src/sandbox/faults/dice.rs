//! The dice: which request meets which fault.
//!
//! Owns [`Dice`]; the same seed and sequence of requests give the same faults. Must
//! not know how a fault is written or carried out.

use std::time::Duration;

use tokio::time::Instant;

use super::{Fault, Faults, Often, Operation};
use crate::sandbox::seeds::Vendor;

/// What befalls one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::sandbox) struct Luck {
    pub(in crate::sandbox) fault: Option<Fault>,
    pub(in crate::sandbox) delay: Duration,
}

/// Decides which request meets which fault.
#[derive(Debug)]
pub(in crate::sandbox) struct Dice {
    faults: Faults,
    random: fastrand::Rng,
    /// How many requests each rule has befallen; for the `3x` form.
    met: Vec<u32>,
    buckets: Vec<(f64, Instant)>,
}

impl Dice {
    pub(in crate::sandbox) fn new(faults: Faults, seed: u64) -> Self {
        let buckets = faults.rates.iter().map(|(_, rate)| (rate.burst, Instant::now())).collect();
        Self { met: vec![0; faults.rules.len()], buckets, random: fastrand::Rng::with_seed(seed), faults }
    }

    pub(in crate::sandbox) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The next request's luck. Every rule that covers it rolls exactly once, so
    /// that the sequence of requests alone decides.
    pub(in crate::sandbox) fn roll(&mut self, vendor: Option<Vendor>, operation: Operation) -> Luck {
        let covers = |scope: super::Scope| scope.covers(vendor, operation);
        let mut luck = Luck::default();
        for ((scope, fault, often), met) in self.faults.rules.iter().zip(&mut self.met) {
            if !covers(*scope) {
                continue;
            }
            let hit = match often {
                Often::Share(share) => self.random.f64() < *share,
                Often::First(count) => *met < *count,
            };
            if hit && luck.fault.is_none() {
                luck.fault = Some(*fault);
                *met += 1;
            }
        }
        if luck.fault.is_none() && self.over_rate(vendor, operation) {
            luck.fault = Some(Fault::Status(429));
        }
        luck.delay = self.faults.slow.iter().filter(|(scope, _)| covers(*scope)).map(|(_, delay)| *delay).sum();
        luck
    }

    fn over_rate(&mut self, vendor: Option<Vendor>, operation: Operation) -> bool {
        let now = Instant::now();
        let mut over = false;
        for ((scope, rate), (tokens, filled)) in self.faults.rates.iter().zip(&mut self.buckets) {
            if !scope.covers(vendor, operation) {
                continue;
            }
            let earned = now.duration_since(*filled).as_secs_f64() * rate.per_second;
            *tokens = (*tokens + earned).min(rate.burst);
            *filled = now;
            if *tokens < 1.0 {
                over = true;
            } else {
                *tokens -= 1.0;
            }
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice(text: &str, seed: u64) -> Dice {
        Dice::new(text.parse().unwrap(), seed)
    }

    fn sequence(text: &str, seed: u64) -> Vec<Option<Fault>> {
        let mut dice = dice(text, seed);
        (0..1000).map(|_| dice.roll(Some(Vendor::Datafold), Operation::Cancel).fault).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_one_others() {
        let text = "500=0.1,429=0.05,reset=0.02,drop=0.02,stall=0.01,garbage=0.01,html=0.01";
        assert_eq!(sequence(text, 7), sequence(text, 7));
        assert_ne!(sequence(text, 7), sequence(text, 8));
        let hits = sequence(text, 7).iter().filter(|fault| **fault == Some(Fault::Status(500))).count();
        assert!((60..140).contains(&hits), "{hits}");
    }

    #[test]
    fn scopes_narrow_and_counts_end() {
        let mut dice = dice("datafold:500=2x,veeva/cancel:drop=1,read:404=1", 0);
        let mut roll = |vendor, operation| dice.roll(Some(vendor), operation).fault;
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), Some(Fault::Status(500)));
        assert_eq!(roll(Vendor::Veeva, Operation::Cancel), Some(Fault::Drop));
        assert_eq!(roll(Vendor::Veeva, Operation::List), None);
        assert_eq!(roll(Vendor::Prequel, Operation::Read), Some(Fault::Status(404)));
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), Some(Fault::Status(500)));
        assert_eq!(roll(Vendor::Datafold, Operation::Cancel), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_a_bucket_that_fills_again() {
        let mut dice = dice("rate=10/2,slow=50ms,retry-after=3", 0);
        let mut roll = || dice.roll(None, Operation::Read);
        assert_eq!(roll(), Luck { fault: None, delay: Duration::from_millis(50) });
        assert_eq!(roll().fault, None);
        assert_eq!(roll().fault, Some(Fault::Status(429)));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(roll().fault, None);
        assert_eq!(roll().fault, Some(Fault::Status(429)));
        assert_eq!(dice.faults().retry_after(), Some(3));
    }
}
