//! Refs in, results out.
//!
//! [`run`](cancel) drives a whole run, `settle` brings one chunk of jobs to its
//! results, `judge` is the law that decides them, [`journal`] keeps the record. Must
//! not know the terminal, any single vendor or, but in its advice, the command line.

mod cancelling;
mod filter;
mod input;
mod intake;
pub mod journal;
mod judge;
mod lane;
pub mod listing;
mod looking;
#[cfg(test)]
mod model;
mod naming;
mod recorder;
mod run;
mod settle;
mod source;
#[cfg(test)]
mod stage;
mod vendor;
mod watch;
mod work;

pub use filter::Filter;
pub use input::{Destination, Earlier, Input, MAX_LINE, RefReader};
pub use looking::Goal;
pub use naming::{Look, learn_names};
pub use recorder::{Entrant, NoRecord, Recorder};
pub use run::{Ending, RunOptions, Signals, cancel, closing, status, wait};
pub use settle::{Rules, Sights};
pub use source::{Lines, Source};
pub use vendor::{Opener, Vendor};
pub use watch::{Change, WaitRules};

use std::fmt;
use std::time::Duration;

use crate::canceller::Outcome;
use crate::error::{Error, ExitCode};
use crate::job::{Job, JobRef, JobState};

/// How a result names what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A job that was named properly.
    Job(JobRef),
    /// Text that names no job: an input line as it stood (at most 200 characters).
    Text {
        /// The provider, where the command named one.
        provider: Option<&'static str>,
        /// The text.
        text: String,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(job) => job.fmt(f),
            Self::Text { text, .. } => f.write_str(text),
        }
    }
}

/// What became of one job of a cancelling run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Position in the input, from 0; duplicates do not count.
    pub index: u64,
    /// Line in the file or stream it came from, from 1.
    pub line: Option<u64>,
    /// What it is about.
    pub subject: Subject,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether that counts as well done, under this run's options.
    pub ok: bool,
    /// The exit code that this result calls for by itself.
    pub exit: ExitCode,
    /// The state that was seen before anything was sent.
    pub state_before: Option<JobState>,
    /// The last state that is known.
    pub state: Option<JobState>,
    /// The vendor's own word for it.
    pub provider_state: Option<String>,
    /// Whether that word came from an answer naming this job in this run.
    pub verified: bool,
    /// How many times a cancel was sent.
    pub attempts: u32,
    /// The HTTP status of the last answer to a cancel.
    pub http_status: Option<u16>,
    /// The vendor's name for that exchange.
    pub request_id: Option<String>,
    /// From its turn to its result.
    pub elapsed: Duration,
    /// What went wrong, where it is not ok.
    pub error: Option<Box<Error>>,
}

impl Settled {
    /// A result that knows nothing of the job but its outcome, and why that is not well if
    /// it is not.
    pub(crate) fn blank(
        index: u64,
        line: Option<u64>,
        subject: Subject,
        outcome: Outcome,
        error: Option<Error>,
    ) -> Self {
        Self {
            index,
            line,
            subject,
            outcome,
            ok: error.is_none(),
            exit: outcome.exit(),
            state_before: None,
            state: None,
            provider_state: None,
            verified: false,
            attempts: 0,
            http_status: None,
            request_id: None,
            elapsed: Duration::ZERO,
            error: error.map(Box::new),
        }
    }
}

/// What was seen of one job by `status`, `wait` or `list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Position in the input or listing, from 0.
    pub index: u64,
    /// Line in the file or stream it came from, from 1.
    pub line: Option<u64>,
    /// What it is about.
    pub subject: Subject,
    /// `wait`: how it ended. Otherwise only where reading failed.
    pub outcome: Option<Outcome>,
    /// Whether that counts as well done.
    pub ok: bool,
    /// The exit code that this result calls for by itself.
    pub exit: ExitCode,
    /// What the vendor said.
    pub job: Option<Job>,
    /// What went wrong.
    pub error: Option<Box<Error>>,
}

impl Seen {
    /// A job as it was read, or one that was not.
    pub(crate) fn of(index: u64, line: Option<u64>, subject: Subject, job: Option<Job>) -> Self {
        Self { index, line, subject, outcome: None, ok: true, exit: ExitCode::Ok, job, error: None }
    }

    /// With how it ended, and what is wrong with that.
    pub(crate) fn with_outcome(self, outcome: Outcome, error: Option<Error>) -> Self {
        let exit = outcome.exit();
        Self { outcome: Some(outcome), ok: exit == ExitCode::Ok, exit, error: error.map(Box::new), ..self }
    }
}
