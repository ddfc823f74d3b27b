//! What every output format does; one implementation per file beside this one.

use super::row::{Head, Tail};
use super::runs::{Recorded, RunRow};
use super::sink::Sink;
use crate::engine::{Seen, Settled};

/// One output format.
pub(super) trait Printer: Send {
    /// Called once, before any row.
    fn start(&mut self, head: Head<'_>, out: &mut Sink);

    /// Called for every job of a cancelling run, the moment it is known.
    fn settled(&mut self, settled: &Settled, out: &mut Sink);

    /// Called for every job of a reading verb, the moment it is known.
    fn seen(&mut self, seen: &Seen, out: &mut Sink);

    /// Called for every run of a list, and once for the run that is shown.
    fn run(&mut self, run: &RunRow<'_>, out: &mut Sink) {
        let _ = (run, out);
    }

    /// Called for every job of the run that is shown.
    fn recorded(&mut self, recorded: &Recorded<'_>, out: &mut Sink) {
        self.settled(recorded.settled, out);
    }

    /// Called once, after the last row.
    fn finish(&mut self, head: Head<'_>, tail: Tail<'_>, warnings: &[String], out: &mut Sink);

    /// Whether rows are printed as they come, so that a progress line has to give way.
    fn streams(&self) -> bool {
        true
    }
}
