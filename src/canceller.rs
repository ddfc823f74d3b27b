//! The trait that every vendor implements, its object-safe twin, and the words
//! for what a vendor answered ([`Answer`]) and what became of a job ([`Outcome`]).
//!
//! Must not know any single vendor, the terminal or the command line.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Reply, StopCause};
use crate::job::{Job, JobId, JobState};

/// What became of one job, in the words that are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The vendor says that the job is cancelled.
    Cancelled,
    /// The vendor accepted the cancellation; the job has not been seen to end yet.
    Requested,
    /// The job had ended, or ended first, by itself: nothing was stopped.
    Finished,
    /// Dry run: would be cancelled.
    Planned,
    /// A guard did not match: deliberately left alone.
    Skipped,
    /// Accepted, and the deadline passed before it ended.
    Pending,
    /// The vendor will not cancel it, and it is still live.
    Refused,
    /// The vendor knows no such job here.
    NotFound,
    /// Credentials missing, rejected or without the right to do this.
    Unauthorized,
    /// The id or line is malformed, or the vendor rejected it as malformed.
    Invalid,
    /// Could not be asked; nothing was applied as far as can be known.
    Unavailable,
    /// Sent, and neither the answer nor a read says what became of it.
    Unknown,
    /// Not sent: interrupted, `--fail-fast`, deadline, a guard that said no, or its provider was given up on.
    NotSent,
    /// `wait`: the condition was met.
    Met,
    /// `wait`: the job ended otherwise.
    Unmet,
}

impl Outcome {
    /// Every outcome, in the order in which summaries list them.
    pub const ALL: [Self; 15] = [
        Self::Cancelled,
        Self::Requested,
        Self::Finished,
        Self::Planned,
        Self::Skipped,
        Self::Pending,
        Self::Refused,
        Self::NotFound,
        Self::Unauthorized,
        Self::Invalid,
        Self::Unavailable,
        Self::Unknown,
        Self::NotSent,
        Self::Met,
        Self::Unmet,
    ];

    /// The outcome as it is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Requested => "requested",
            Self::Finished => "finished",
            Self::Planned => "planned",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::Invalid => "invalid",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
            Self::Met => "met",
            Self::Unmet => "unmet",
        }
    }

    /// The exit code that jobs of this outcome lead to when they are all there
    /// is. A `not_sent` job takes the code of what stopped it instead.
    #[must_use]
    pub const fn exit(self) -> ExitCode {
        match self {
            Self::Cancelled | Self::Requested | Self::Finished | Self::Planned | Self::Skipped | Self::Met => {
                ExitCode::Ok
            }
            Self::Pending => ExitCode::Pending,
            Self::Refused => ExitCode::Refused,
            Self::NotFound => ExitCode::NotFound,
            Self::Unauthorized => ExitCode::Auth,
            Self::Invalid => ExitCode::Usage,
            Self::Unavailable | Self::Unknown | Self::NotSent => ExitCode::Unavailable,
            Self::Unmet => ExitCode::Unmet,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What one vendor answer to a cancel says about one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub verdict: Verdict,
    /// The HTTP status it came with, if there was an answer.
    pub http_status: Option<u16>,
    /// The vendor's name for the exchange.
    pub request_id: Option<String>,
}

/// The meaning of an answer to a cancel, before anything is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The vendor named this job and its state.
    Said(Job),
    /// The vendor accepted, and the job is on its way to `cancelled` (a Veeva item
    /// `SUCCESS`): documented, but no word of the vendor's.
    Cancelling,
    /// A believable 2xx that says nothing usable about the state: read the job.
    Accepted,
    /// The vendor said no; why is known only after reading the job.
    Declined(Error),
    /// Final for this job without reading (401, 403, 422, 3xx, 429 after all
    /// retries, never sent): the error's kind says which.
    Failed(Error),
    /// It may have been applied: read before anything is sent again.
    PerhapsSent(Error),
    /// Not sent (again), because sending was stopped.
    Stopped(StopCause),
}

/// Why a job's state could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadFailure {
    /// The vendor knows no such job here.
    Absent(Error),
    /// It could not be read: no answer, no right, or nothing believable. The
    /// error's kind says which; `status` is the HTTP status if there was one.
    Unreadable {
        /// What went wrong.
        error: Error,
        /// The HTTP status of the answer, if there was one.
        status: Option<u16>,
    },
    /// Not asked, because everything was stopped.
    Stopped(StopCause),
}

/// What a provider can do and how it behaves; declared, obeyed by the engine and
/// printed by `jobctl providers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Capabilities {
    /// Most jobs in one cancel request.
    pub batch: usize,
    /// A 2xx to a cancel is documented as acceptance, even without a state.
    pub accepts_on_2xx: bool,
    /// A cancellation is only requested; the job stops later.
    pub asynchronous: bool,
    /// Jobs can be listed.
    pub list: bool,
    /// Listed jobs have names, so `--name` works.
    pub names: bool,
    /// Listing needs a destination (`--destination`).
    pub needs_destination: bool,
    /// Shortest time between two status reads of one job, in seconds.
    #[serde(serialize_with = "seconds")]
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    pub poll_floor: Option<Duration>,
    /// What a second cancel of the same job does, in one line.
    pub repeat: &'static str,
    /// What is known of cancelling at this vendor, in one line.
    pub semantics: &'static str,
}

impl Capabilities {
    /// Whether only lists tell the names of jobs: so it is where status reads are
    /// rationed, and made as small as can be.
    #[must_use]
    pub const fn names_by_list(&self) -> bool {
        self.names && self.poll_floor.is_some()
    }

    /// The least: one job a call, told at once, in a word that decides. A vendor of your
    /// own declares what is different.
    pub const PLAIN: Self = Self {
        batch: 1,
        accepts_on_2xx: false,
        asynchronous: false,
        list: true,
        names: false,
        needs_destination: false,
        poll_floor: None,
        repeat: "",
        semantics: "",
    };
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn seconds<S: serde::Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.serialize_some(&value.as_secs()),
        None => serializer.serialize_none(),
    }
}

/// Which jobs a listing asks for. The vendor may ignore any of it: callers
/// filter again.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// States wanted; empty means the live ones.
    pub states: Vec<JobState>,
    /// Whether ended jobs are wanted too.
    pub ended: bool,
    /// The destination, where the provider lists by destination.
    pub destination: Option<String>,
}

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The jobs of this page, in the vendor's order.
    pub jobs: Vec<Job>,
    /// What to pass for the next page; `None` after the last.
    pub next: Option<String>,
    /// Why a job of this page cannot be among them: then the list is not whole.
    pub flaw: Option<Error>,
}

/// A vendor at which jobs can be read and cancelled.
///
/// Vendors write plain `async fn`. One implementation holds one endpoint (host
/// and credential) and is used for a whole run. Methods never panic on anything
/// that a server can send, and return one answer per job, in order.
pub trait Canceller: Send + Sync + 'static {
    /// Asks once for the cancellation of `jobs` (at most the provider's batch
    /// size), and returns exactly one answer per job, in the same order.
    ///
    /// Requests that never reached the vendor, and 408/425/429, are retried
    /// inside, within `budget`; nothing that may have been applied is.
    fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> impl Future<Output = Vec<Answer>> + Send;

    /// Reads one job's state.
    fn read(&self, job: &JobId, budget: &mut Budget) -> impl Future<Output = Result<Job, ReadFailure>> + Send;

    /// Reads one page of jobs; `cursor` is the previous page's [`Page::next`].
    /// Called only where [`Capabilities::list`] says so.
    fn list(
        &self,
        query: &ListQuery,
        cursor: Option<&str>,
        budget: &mut Budget,
    ) -> impl Future<Output = Result<Page, ReadFailure>> + Send;

    /// What the vendor's lists tell of `jobs`, found with a few calls, where status
    /// reads are rationed ([`Capabilities::poll_floor`]). That a job is not among them
    /// says nothing about it. `None` where no list tells which jobs have ended.
    fn glance(&self, jobs: &HashSet<JobId>, budget: &mut Budget) -> impl Future<Output = Option<Vec<Job>>> + Send {
        let _ = (jobs, budget);
        async { None }
    }

    /// Makes one cheap read that shows whether the credential works, and returns
    /// what the vendor says about it (an account's name, say).
    fn check(&self, budget: &mut Budget) -> impl Future<Output = Result<Option<String>, ReadFailure>> + Send;

    /// Ends what this run opened (a session of its own, never a supplied one).
    fn close(&self, budget: &mut Budget) -> impl Future<Output = ()> + Send {
        let _ = budget;
        async {}
    }
}

/// A future with its type erased.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Canceller`] in a form that can stand behind `dyn`; every `Canceller` is one.
pub trait DynCanceller: Send + Sync + 'static {
    /// See [`Canceller::cancel`].
    fn cancel_dyn<'a>(&'a self, jobs: &'a [JobId], budget: &'a mut Budget) -> Pending<'a, Vec<Answer>>;
    /// See [`Canceller::read`].
    fn read_dyn<'a>(&'a self, job: &'a JobId, budget: &'a mut Budget) -> Pending<'a, Result<Job, ReadFailure>>;
    /// See [`Canceller::list`].
    fn list_dyn<'a>(
        &'a self,
        query: &'a ListQuery,
        cursor: Option<&'a str>,
        budget: &'a mut Budget,
    ) -> Pending<'a, Result<Page, ReadFailure>>;
    /// See [`Canceller::glance`].
    fn glance_dyn<'a>(&'a self, jobs: &'a HashSet<JobId>, budget: &'a mut Budget) -> Pending<'a, Option<Vec<Job>>>;
    /// See [`Canceller::check`].
    fn check_dyn<'a>(&'a self, budget: &'a mut Budget) -> Pending<'a, Result<Option<String>, ReadFailure>>;
    /// See [`Canceller::close`].
    fn close_dyn<'a>(&'a self, budget: &'a mut Budget) -> Pending<'a, ()>;
}

impl<C: Canceller> DynCanceller for C {
    fn cancel_dyn<'a>(&'a self, jobs: &'a [JobId], budget: &'a mut Budget) -> Pending<'a, Vec<Answer>> {
        Box::pin(self.cancel(jobs, budget))
    }

    fn read_dyn<'a>(&'a self, job: &'a JobId, budget: &'a mut Budget) -> Pending<'a, Result<Job, ReadFailure>> {
        Box::pin(self.read(job, budget))
    }

    fn list_dyn<'a>(
        &'a self,
        query: &'a ListQuery,
        cursor: Option<&'a str>,
        budget: &'a mut Budget,
    ) -> Pending<'a, Result<Page, ReadFailure>> {
        Box::pin(self.list(query, cursor, budget))
    }

    fn glance_dyn<'a>(&'a self, jobs: &'a HashSet<JobId>, budget: &'a mut Budget) -> Pending<'a, Option<Vec<Job>>> {
        Box::pin(self.glance(jobs, budget))
    }

    fn check_dyn<'a>(&'a self, budget: &'a mut Budget) -> Pending<'a, Result<Option<String>, ReadFailure>> {
        Box::pin(self.check(budget))
    }

    fn close_dyn<'a>(&'a self, budget: &'a mut Budget) -> Pending<'a, ()> {
        Box::pin(self.close(budget))
    }
}

impl Answer {
    /// An answer that came with `reply`.
    #[must_use]
    pub fn of(reply: &Reply, verdict: Verdict) -> Self {
        Self { verdict, http_status: Some(reply.status), request_id: reply.request_id().map(str::to_owned) }
    }

    /// A verdict without any answer from the vendor.
    #[must_use]
    pub fn without_reply(verdict: Verdict) -> Self {
        Self { verdict, http_status: None, request_id: None }
    }

    /// The kind of the error that this answer carries, if it carries one.
    #[must_use]
    pub fn error_kind(&self) -> Option<ErrorKind> {
        match &self.verdict {
            Verdict::Declined(error) | Verdict::Failed(error) | Verdict::PerhapsSent(error) => Some(error.kind),
            _ => None,
        }
    }
}
