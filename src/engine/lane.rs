//! One provider's part of a run: its opened vendor, its stop switch, and when the
//! run gives up on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::vendor::Vendor;
use crate::canceller::{Capabilities, DynCanceller};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, Policy, StopCause};

/// How many jobs in a row may find nobody before the provider is given up on, at
/// the least.
const PATIENCE: u32 = 32;

/// One provider as a run uses it.
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) capabilities: Capabilities,
    /// The vendor, or why it cannot be used.
    pub(super) canceller: Result<Arc<dyn DynCanceller>, Error>,
    pub(super) control: Control,
    /// How hard to try.
    pub(super) policy: Policy,
    /// Jobs in a row that never reached the vendor.
    unreached: AtomicU32,
    patience: u32,
}

impl Lane {
    pub(super) fn new(
        name: &'static str,
        vendor: Result<Vendor, Error>,
        control: Control,
        policy: Policy,
        concurrency: usize,
    ) -> Self {
        let patience = PATIENCE.max(u32::try_from(concurrency.saturating_mul(4)).unwrap_or(u32::MAX));
        let capabilities = vendor.as_ref().map_or(Capabilities::PLAIN, |vendor| vendor.capabilities);
        let canceller = vendor.map(|vendor| vendor.canceller);
        Self { name, capabilities, canceller, control, policy, unreached: AtomicU32::new(0), patience }
    }

    /// The tries and the time of one more piece of work.
    pub(super) fn budget(&self) -> Budget {
        Budget::new(&self.policy, self.control.clone())
    }

    /// Learns from one job's failure (or success, `None`): a rejected credential
    /// stops the lane, and so do many jobs in a row that reached nobody.
    pub(super) fn learn(&self, failure: Option<ErrorKind>) {
        match failure {
            Some(ErrorKind::CredentialsRejected) => self.control.drain(StopCause::Unauthorized),
            Some(ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Proxy | ErrorKind::RateLimited) => {
                if self.unreached.fetch_add(1, Ordering::Relaxed) + 1 >= self.patience {
                    self.control.drain(StopCause::GaveUp);
                }
            }
            Some(ErrorKind::Interrupted | ErrorKind::Deadline) => {}
            _ => self.unreached.store(0, Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(concurrency: usize) -> Lane {
        Lane::new("a", Err(Error::new(ErrorKind::Usage, "x")), Control::new(None), Policy::default(), concurrency)
    }

    /// After how many jobs in a row that failed so the lane stops, and why.
    fn stops_after(lane: &Lane, kind: ErrorKind) -> Option<(u32, StopCause)> {
        (1..100).find_map(|jobs| {
            lane.learn(Some(kind));
            Some((jobs, lane.control.stopped()?))
        })
    }

    #[test]
    fn jobs_in_a_row_that_reach_nobody_end_the_lane() {
        use ErrorKind::{Connect, Dns, Proxy, RateLimited, Tls};
        for kind in [Dns, Connect, Tls, Proxy, RateLimited] {
            assert_eq!(stops_after(&lane(1), kind), Some((32, StopCause::GaveUp)), "{kind:?}");
            assert_eq!(stops_after(&lane(10), kind), Some((40, StopCause::GaveUp)), "four for each call at once");
        }
        for kind in [ErrorKind::ServerError, ErrorKind::Timeout, ErrorKind::Refused, ErrorKind::Interrupted] {
            assert_eq!(stops_after(&lane(1), kind), None, "{kind:?}");
        }
        let rejected = stops_after(&lane(1), ErrorKind::CredentialsRejected);
        assert_eq!(rejected, Some((1, StopCause::Unauthorized)));
    }

    #[test]
    fn whoever_reached_the_vendor_begins_the_row_anew_and_who_was_cut_off_does_not() {
        let after = |other: Option<ErrorKind>| {
            let lane = lane(1);
            (0..31).for_each(|_| lane.learn(Some(ErrorKind::Connect)));
            lane.learn(other);
            lane.learn(Some(ErrorKind::Connect));
            lane.control.stopped()
        };
        assert_eq!(after(None), None);
        assert_eq!(after(Some(ErrorKind::ServerError)), None);
        assert_eq!(after(Some(ErrorKind::Interrupted)), Some(StopCause::GaveUp));
        assert_eq!(after(Some(ErrorKind::Deadline)), Some(StopCause::GaveUp));
    }
}
