//! One provider's part of a run: its opened vendor, its stop switch, and when the
//! run gives up on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::vendor::Vendor;
use crate::canceller::{Capabilities, DynCanceller};
use crate::error::{Error, ErrorKind};
use crate::http::{Control, StopCause};

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
    /// Jobs in a row that never reached the vendor.
    unreached: AtomicU32,
    patience: u32,
}

impl Lane {
    pub(super) fn new(name: &'static str, vendor: Result<Vendor, Error>, control: Control, concurrency: usize) -> Self {
        let patience = PATIENCE.max(u32::try_from(concurrency.saturating_mul(4)).unwrap_or(u32::MAX));
        let capabilities = vendor.as_ref().map_or(Capabilities::PLAIN, |vendor| vendor.capabilities);
        let canceller = vendor.map(|vendor| vendor.canceller);
        Self { name, capabilities, canceller, control, unreached: AtomicU32::new(0), patience }
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
