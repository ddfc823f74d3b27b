//! What the machine formats say, as types: rows, envelopes and their parts.
//!
//! Keys, their order and their presence are the published contract; the schemas are
//! made from these very types. Everything is borrowed from the engine's results.
//! Must not know how the types are written out.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::tally::Tally;
use crate::canceller::Outcome;
use crate::engine::{Seen, Settled, Subject};
use crate::error::Error;
use crate::job::JobState;

/// What became of one job of a cancelling run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Result"))]
pub(super) struct ResultRow<'a> {
    /// The job as every command accepts it; for an invalid line, its text.
    #[serde(rename = "ref")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) reference: Ref<'a>,
    pub(super) provider: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    /// Whether it counts as well done, under this run's options.
    pub(super) ok: bool,
    pub(super) outcome: Outcome,
    /// The state that was seen before anything was sent.
    pub(super) state_before: Option<JobState>,
    /// The last state that is known.
    pub(super) state: Option<JobState>,
    /// The vendor's own word for it.
    pub(super) provider_state: Option<&'a str>,
    /// Whether that word came from an answer naming this job in this run.
    pub(super) verified: bool,
    /// How many times a cancel was sent.
    pub(super) attempts: u32,
    pub(super) http_status: Option<u16>,
    pub(super) request_id: Option<&'a str>,
    pub(super) elapsed_ms: u64,
    /// The line of the input it came from, from 1.
    pub(super) line: Option<u64>,
    pub(super) error: Option<ErrorObject<'a>>,
}

impl<'a> ResultRow<'a> {
    pub(super) fn new(settled: &'a Settled) -> Self {
        Self {
            reference: Ref(&settled.subject),
            provider: provider(&settled.subject),
            id: id(&settled.subject),
            ok: settled.ok,
            outcome: settled.outcome,
            state_before: settled.state_before,
            state: settled.state,
            provider_state: settled.provider_state.as_deref(),
            verified: settled.verified,
            attempts: settled.attempts,
            http_status: settled.http_status,
            request_id: settled.request_id.as_deref(),
            elapsed_ms: u64::try_from(settled.elapsed.as_millis()).unwrap_or(u64::MAX),
            line: settled.line,
            error: settled.error.as_deref().map(ErrorObject::new),
        }
    }
}

/// What was seen of one job.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Job"))]
pub(super) struct JobRow<'a> {
    /// The job as every command accepts it; for an invalid line, its text.
    #[serde(rename = "ref")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) reference: Ref<'a>,
    pub(super) provider: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    /// Whether it counts as well done.
    pub(super) ok: bool,
    /// `wait`: how it ended; otherwise only where the job could not be read.
    pub(super) outcome: Option<Outcome>,
    pub(super) state: Option<JobState>,
    /// The vendor's own word for the state.
    pub(super) provider_state: Option<&'a str>,
    /// Whether the job has ended for good.
    pub(super) terminal: Option<bool>,
    pub(super) name: Option<&'a str>,
    pub(super) owner: Option<&'a str>,
    pub(super) created_at: Option<Time>,
    pub(super) started_at: Option<Time>,
    pub(super) finished_at: Option<Time>,
    /// The line of the input it came from, from 1.
    pub(super) line: Option<u64>,
    pub(super) error: Option<ErrorObject<'a>>,
}

impl<'a> JobRow<'a> {
    pub(super) fn new(seen: &'a Seen) -> Self {
        let job = seen.job.as_ref();
        Self {
            reference: Ref(&seen.subject),
            provider: provider(&seen.subject),
            id: id(&seen.subject),
            ok: seen.ok,
            outcome: seen.outcome,
            state: job.map(|job| job.state),
            provider_state: job.and_then(|job| job.provider_state.as_deref()),
            terminal: job.map(crate::job::Job::is_terminal),
            name: job.and_then(|job| job.name.as_deref()),
            owner: job.and_then(|job| job.owner.as_deref()),
            created_at: job.and_then(|job| job.created_at).map(Time),
            started_at: job.and_then(|job| job.started_at).map(Time),
            finished_at: job.and_then(|job| job.finished_at).map(Time),
            line: seen.line,
            error: seen.error.as_deref().map(ErrorObject::new),
        }
    }
}

/// A job row as it stands in a document: with its `type`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(test, schemars(rename = "JobItem"))]
pub(super) enum JobItem<'a> {
    Job(JobRow<'a>),
}

/// One line of `cancel -o ndjson`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum CancelLine<'a> {
    Start(Head<'a>),
    Result(ResultRow<'a>),
    Summary(Closed<'a>),
}

/// One line of `status`, `wait` or `list` with `-o ndjson`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum JobLine<'a> {
    Start(Head<'a>),
    Job(JobRow<'a>),
    Summary(Closed<'a>),
}

/// Why something failed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Error"))]
pub(super) struct ErrorObject<'a> {
    /// A stable word.
    #[cfg_attr(test, schemars(schema_with = "super::schema::made::error_codes"))]
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    /// What to do about it.
    pub(super) hint: Option<&'a str>,
    /// Whether the same call may succeed later.
    pub(super) retryable: bool,
    /// What the vendor said.
    pub(super) provider_message: Option<&'a str>,
}

impl<'a> ErrorObject<'a> {
    pub(super) fn new(error: &'a Error) -> Self {
        Self {
            code: error.kind.code(),
            message: &error.message,
            hint: error.hint(),
            retryable: error.kind.retryable(),
            provider_message: error.provider_message.as_deref(),
        }
    }
}

/// Where calls went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target {
    /// The provider's name.
    pub provider: &'static str,
    /// The host as a URL; unknown in a dry run without settings.
    pub host: Option<String>,
    /// The profile whose host and credential were used.
    pub profile: Option<String>,
}

/// What is known before anything is tried.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Start"))]
pub(super) struct Head<'a> {
    pub(super) schema: Cow<'a, str>,
    pub(super) jobctl_version: &'a str,
    pub(super) run_id: &'a str,
    pub(super) dry_run: bool,
    pub(super) sandbox: bool,
    pub(super) targets: &'a [Target],
    pub(super) started_at: Time,
    /// `cancel` only: why, as `--reason` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "where there is no such key, and where it is null")]
    pub(super) reason: Option<Option<&'a str>>,
}

/// What is known at the end.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tail<'a> {
    pub(super) finished_at: Time,
    pub(super) exit_code: u8,
    #[cfg_attr(test, schemars(schema_with = "super::schema::made::exit_names"))]
    pub(super) exit_name: &'a str,
    /// Why the whole call failed.
    pub(super) error: Option<ErrorObject<'a>>,
    /// `list` only: whether the listing reached its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) complete: Option<bool>,
    pub(super) summary: Summary<'a>,
}

/// How many rows there are, and of which outcomes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary<'a> {
    total: u64,
    ok: u64,
    failed: u64,
    /// Jobs that were named again; they have no row of their own.
    duplicates: u64,
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, u64>"))]
    outcomes: Outcomes<'a>,
}

impl<'a> Summary<'a> {
    pub(super) fn new(tally: &'a Tally) -> Self {
        Self {
            total: tally.total(),
            ok: tally.ok(),
            failed: tally.failed(),
            duplicates: tally.duplicates(),
            outcomes: Outcomes(tally),
        }
    }

    pub(super) const fn tally(&self) -> &'a Tally {
        self.outcomes.0
    }
}

struct Outcomes<'a>(&'a Tally);

impl Serialize for Outcomes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.outcomes())
    }
}

/// The last line of an ndjson stream.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SummaryLine"))]
pub(super) struct Closed<'a> {
    #[serde(flatten)]
    pub(super) tail: Tail<'a>,
    pub(super) targets: &'a [Target],
    pub(super) warnings: &'a [String],
}

/// The one document of `-o json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a, R> {
    #[serde(flatten)]
    pub(super) head: Head<'a>,
    #[serde(flatten)]
    pub(super) tail: Tail<'a>,
    pub(super) results: R,
    pub(super) warnings: &'a [String],
}

/// A subject as it is written: the ref, or the text that is none.
#[derive(Clone, Copy)]
pub(super) struct Ref<'a>(pub(super) &'a Subject);

impl fmt::Display for Ref<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Ref<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Subject::Job(job) => job.serialize(serializer),
            text @ Subject::Text { .. } => serializer.collect_str(text),
        }
    }
}

pub(super) fn provider(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Job(job) => Some(job.provider),
        Subject::Text { provider, .. } => *provider,
    }
}

/// Text that is no job counts as an id where its provider is known.
fn id(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Job(job) => Some(job.id.as_str()),
        Subject::Text { provider, text } => provider.map(|_| text.as_str()),
    }
}

/// A time in RFC 3339 UTC, no finer than milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = Timestamp::from_millisecond(self.0.as_millisecond()).unwrap_or(self.0);
        short.fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
