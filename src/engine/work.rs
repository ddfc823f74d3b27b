//! What a run does with its jobs: cancel, read or wait. The run itself (inputs,
//! lanes, duplicates, stops) is the same for all of them.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::input::Earlier;
use super::judge::Finding;
use super::lane::Lane;
use super::recorder::{Entrant, Recorder};
use super::watch::{End, Watched};
use super::{Seen, Settled, Subject};
use crate::canceller::{DynCanceller, Outcome};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::job::{JobRef, JobState};

/// One job on its way.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) index: u64,
    pub(super) line: Option<u64>,
    pub(super) job: JobRef,
    /// The state seen before, by a listing or a guard.
    pub(super) state_before: Option<JobState>,
    pub(super) started: Instant,
    /// What an earlier part of this run came to with it, if one left it undecided: then
    /// its state comes first.
    pub(super) earlier: Option<Earlier>,
    /// When its state was last read, for vendors that ration reads.
    pub(super) last_read: Option<Instant>,
}

impl Task {
    /// A job that comes in for the first time.
    pub(super) fn new(index: u64, line: Option<u64>, job: JobRef) -> Self {
        Self { index, line, job, state_before: None, started: Instant::now(), earlier: None, last_read: None }
    }

    /// Whether an earlier part of the run sent it, or may have.
    pub(super) fn was_sent(&self) -> bool {
        !matches!(self.earlier, None | Some(Earlier::Unsent))
    }

    /// The job as a record names it.
    pub(super) fn entrant(&self) -> Entrant<'_> {
        Entrant { index: self.index, line: self.line, job: &self.job }
    }
}

/// An input that names no job.
pub(super) struct Unreadable {
    pub(super) index: u64,
    pub(super) line: Option<u64>,
    pub(super) provider: Option<&'static str>,
    pub(super) text: String,
    pub(super) error: Error,
}

/// What a piece of work needs besides its tasks.
pub(super) struct Means<R> {
    pub(super) lane: Arc<Lane>,
    pub(super) canceller: Arc<dyn DynCanceller>,
    /// Where results go the moment they are known.
    pub(super) results: UnboundedSender<R>,
    /// Where jobs go whose end is to be waited for.
    pub(super) watch: Option<UnboundedSender<Watched>>,
    /// Who keeps the record.
    pub(super) recorder: Arc<dyn Recorder>,
}

/// A future of a run.
pub(super) type Doing = Pin<Box<dyn Future<Output = ()>>>;

/// One kind of run.
pub(super) trait Work: Send + Sync + 'static {
    /// What each job ends in.
    type Row: Row;

    /// Whether it changes anything: then an input that is not whole stops it.
    const SENDS: bool = false;

    /// Most jobs for one [`Work::perform`].
    fn batch(&self, lane: &Lane) -> usize {
        let _ = lane;
        1
    }

    /// Has it on record that `tasks` are sent now, where that is certain before
    /// anything is done with them. Whether it was.
    fn announce(&self, recorder: &dyn Recorder, tasks: &mut dyn Iterator<Item = &Task>) -> bool {
        let _ = (recorder, tasks);
        false
    }

    /// Does the work for `tasks`; each result is sent as it is known. `announced` is
    /// what [`Work::announce`] said of them.
    fn perform(self: Arc<Self>, means: Means<Self::Row>, tasks: Vec<Task>, announced: bool) -> Doing;

    /// The row of a job that never came to be asked about.
    fn shelve(&self, task: &Task, finding: Finding) -> Self::Row;

    /// The row of a dry run, if this is one.
    fn planned(&self, task: &Task) -> Option<Self::Row> {
        let _ = task;
        None
    }

    /// Puts a result on record, where this kind of run keeps one. `intended` says
    /// that the inputs are on record already, with those that name no job.
    fn record(&self, recorder: &dyn Recorder, row: &Self::Row, intended: bool) {
        let _ = (recorder, row, intended);
    }

    /// The row of a job whose waiting is over.
    fn conclude(&self, watched: Watched, end: End) -> Self::Row;
}

/// A result as a run weighs it.
pub(super) trait Row: Send + 'static {
    /// That of an input that names no job.
    fn invalid(unreadable: Unreadable) -> Self;

    /// What counts of it.
    fn weight(&mut self) -> Weight<'_>;
}

/// What counts of a result.
pub(super) struct Weight<'a> {
    pub(super) ok: bool,
    /// The exit code that it calls for.
    pub(super) exit: &'a mut ExitCode,
    /// The kind of its error.
    pub(super) error: Option<ErrorKind>,
    /// How many times a cancel was sent for it.
    pub(super) attempts: u32,
}

impl Row for Settled {
    fn invalid(unreadable: Unreadable) -> Self {
        let Unreadable { index, line, provider, text, error } = unreadable;
        Self::blank(index, line, Subject::Text { provider, text }, Outcome::Invalid, Some(error))
    }

    fn weight(&mut self) -> Weight<'_> {
        let error = self.error.as_ref().map(|error| error.kind);
        Weight { ok: self.ok, exit: &mut self.exit, error, attempts: self.attempts }
    }
}

impl Row for Seen {
    fn invalid(unreadable: Unreadable) -> Self {
        let Unreadable { index, line, provider, text, error } = unreadable;
        Self::of(index, line, Subject::Text { provider, text }, None).with_outcome(Outcome::Invalid, Some(error))
    }

    fn weight(&mut self) -> Weight<'_> {
        let error = self.error.as_ref().map(|error| error.kind);
        Weight { ok: self.ok, exit: &mut self.exit, error, attempts: 0 }
    }
}
