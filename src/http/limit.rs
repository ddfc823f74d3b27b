//! Rate and concurrency together, per provider and host: [`Limiter`].
//!
//! Owns the waiting; how fast is [`Pace`](super::pace::Pace)'s. Must not know any
//! vendor or reqwest.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::pace::{Burst, Pace};

/// Hands out permits to send: at most so many at once, first come first served,
/// and no faster than the host has shown it can stand.
pub struct Limiter {
    /// One permit for each request in flight.
    slots: Semaphore,
    /// Held by whoever is first in the queue, so that a pause wakes one waiter
    /// and not all of them.
    turn: tokio::sync::Mutex<()>,
    pace: Mutex<Pace>,
}

/// The right to have one request in flight, given back by dropping it.
pub struct Permit<'a> {
    _slot: SemaphorePermit<'a>,
    generation: u64,
}

impl Limiter {
    /// A limiter for `concurrency` calls at once, and at most `rate` a second if
    /// there is one.
    #[must_use]
    pub fn new(concurrency: usize, rate: Option<f64>) -> Self {
        Self {
            slots: Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            turn: tokio::sync::Mutex::new(()),
            pace: Mutex::new(Pace::new(rate, Instant::now())),
        }
    }

    /// Waits for the right to send. Dropping the future gives up the place in the
    /// queue and nothing else.
    pub async fn acquire(&self) -> Permit<'_> {
        let _turn = self.turn.lock().await;
        let slot = loop {
            match self.slots.acquire().await {
                Ok(slot) => break slot,
                // The semaphore is never closed; were it, nothing should be sent.
                Err(_) => std::future::pending::<()>().await,
            }
        };
        loop {
            let next = self.pace().take(Instant::now());
            match next {
                Ok(generation) => return Permit { _slot: slot, generation },
                Err(at) => tokio::time::sleep_until(at).await,
            }
        }
    }

    /// Learns from the answer to the request that `permit` was for. `retry_after`
    /// is a pause that everyone has to keep.
    pub(super) fn on_reply(
        &self,
        permit: &Permit<'_>,
        status: u16,
        retry_after: Option<Duration>,
        burst: Option<Burst>,
    ) {
        let now = Instant::now();
        let mut pace = self.pace();
        match status {
            429 => pace.rejected(permit.generation, now),
            // Trouble says nothing of how much more the host could stand.
            408 | 425 | 500.. => {}
            _ => pace.accepted(permit.generation, now),
        }
        if let Some(wait) = retry_after {
            pace.pause(wait, now);
        }
        drop(pace);
        self.on_burst(burst);
    }

    /// Learns what an answer says of the vendor's burst limit, and nothing else.
    pub(super) fn on_burst(&self, burst: Option<Burst>) {
        if let Some(burst) = burst {
            self.pace().burst(burst);
        }
    }

    /// Lets nothing leave before `until`.
    #[cfg(test)]
    pub(super) fn pause_until(&self, until: Instant) {
        self.pace().pause_until(until);
    }

    /// Calls a second at present, where there is a cap.
    #[cfg(test)]
    pub(super) fn rate(&self) -> Option<f64> {
        self.pace().rate(Instant::now())
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
