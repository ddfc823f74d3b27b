//! What a run tells whoever keeps a record of it: [`Recorder`].
//!
//! Owns nothing. Must not know where or how a record is kept.

use super::Settled;
use crate::job::JobRef;

/// One job as a record names it.
#[derive(Clone, Copy, Debug)]
pub struct Entrant<'a> {
    /// Position in the input, from 0; duplicates do not count.
    pub index: u64,
    /// Line in the file or stream it came from, from 1.
    pub line: Option<u64>,
    /// The job.
    pub job: &'a JobRef,
}

/// Hears of everything that a run is about to do and of everything that came of it,
/// in this order for each job: `intend`, `sending`, `accepted` where its end is waited for,
/// `settled`.
///
/// No method may fail: a record that cannot be kept never stops a cancellation.
pub trait Recorder: Send + Sync {
    /// Whether anything is kept. Where not, nobody needs to prepare what to say.
    fn is_on(&self) -> bool;

    /// The job is part of the run. May be buffered until the next `sending` or `pause`.
    fn intend(&self, entrant: Entrant<'_>);

    /// The input was read to its end.
    fn input_ended(&self, total: u64, duplicates: u64);

    /// These jobs are about to be sent for the first time: with the return of this
    /// call, that is on record whatever becomes of the process.
    fn sending(&self, entrants: &mut dyn Iterator<Item = Entrant<'_>>);

    /// The vendor has accepted the job's cancellation, and its end is waited for. May be
    /// buffered, as `intend`.
    fn accepted(&self, entrant: Entrant<'_>);

    /// This became of one job. May be buffered, as `intend`.
    fn settled(&self, settled: &Settled);

    /// The run is about to wait: what is buffered should not wait with it.
    fn pause(&self);
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecord;

impl Recorder for NoRecord {
    fn is_on(&self) -> bool {
        false
    }

    fn intend(&self, _: Entrant<'_>) {}

    fn input_ended(&self, _: u64, _: u64) {}

    fn sending(&self, _: &mut dyn Iterator<Item = Entrant<'_>>) {}

    fn accepted(&self, _: Entrant<'_>) {}

    fn settled(&self, _: &Settled) {}

    fn pause(&self) {}
}
