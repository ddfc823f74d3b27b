//! What the vendors of one sandbox share: jobs, choices, dice, counts.
//!
//! Owns [`State`], which one lock guards. Must not know sockets or wire formats.

use std::time::Duration;

use super::choices::Choices;
use super::faults::{Dice, Faults, Luck, Operation};
use super::seeds::Vendor;
use super::veeva::Vault;
use super::world::World;

/// What the server saw in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Requests that were read whole.
    pub requests: u64,
    /// Requests that met a fault.
    pub faults: u64,
    /// Requests to cancel, of whatever many jobs; those that met a fault as well.
    pub cancels: u64,
    /// Requests to read one job's status.
    pub reads: u64,
    /// Status reads that came too soon after the last: `API_LIMIT_EXCEEDED`.
    pub limited: u64,
    /// Requests for a page of a list.
    pub lists: u64,
    /// Requests for everything else: sign-in, checks.
    pub sessions: u64,
    /// Most requests that were being served at the same time.
    pub peak: u32,
}

/// Everything behind the sockets.
pub(super) struct State {
    pub(super) world: World,
    pub(super) choices: Choices,
    pub(super) vault: Vault,
    /// From the acceptance of a cancel until the job is cancelled.
    pub(super) cancel_delay: Duration,
    pub(super) totals: Totals,
    dice: Dice,
    present: u32,
}

impl State {
    pub(super) fn new(world: World, choices: Choices, vault: Vault, cancel_delay: Duration, dice: Dice) -> Self {
        Self { world, choices, vault, cancel_delay, totals: Totals::default(), dice, present: 0 }
    }

    /// Other faults from now on.
    pub(super) fn set_faults(&mut self, faults: Faults, seed: u64) {
        self.dice = Dice::new(faults, seed);
    }

    /// Counts the request, and decides what befalls it.
    pub(super) fn roll(&mut self, vendor: Option<Vendor>, operation: Operation) -> (Luck, Option<u32>) {
        let luck = self.dice.roll(vendor, operation);
        self.totals.requests += 1;
        self.totals.faults += u64::from(luck.fault.is_some());
        match operation {
            Operation::Cancel => self.totals.cancels += 1,
            Operation::Read => self.totals.reads += 1,
            Operation::List => self.totals.lists += 1,
            Operation::Session => self.totals.sessions += 1,
        }
        (luck, self.dice.faults().retry_after())
    }

    pub(super) fn enter(&mut self) {
        self.present += 1;
        self.totals.peak = self.totals.peak.max(self.present);
    }

    pub(super) fn leave(&mut self) {
        self.present -= 1;
    }
}
