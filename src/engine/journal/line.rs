//! The lines of a record, as types: what is written, and what is read back.
//!
//! Keys and their presence are published (`jobctl schema journal`, `docs/journal.md`),
//! so other programs may read them. Must not know files.

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::canceller::Outcome;
use crate::engine::recorder::Entrant;
use crate::engine::{Destination, Filter, RefReader, Settled, Subject};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::job::{JobRef, JobState};

/// The format's name and number.
pub const SCHEMA: &str = "jobctl.journal/1";

/// One line of a record.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Line<'a> {
    /// The first line: which run this is, and who wanted it.
    Start(Cow<'a, Start>),
    /// A provider was opened: where its calls go.
    Target(Cow<'a, Target>),
    /// A job is part of the run.
    Intended(Mention<'a>),
    /// The input was read to its end.
    Input(InputEnd),
    /// A job is about to be sent for the first time.
    Sending(Mention<'a>),
    /// A job's cancellation was accepted, and its end is waited for.
    Accepted(Mention<'a>),
    /// What became of a job.
    Result(ResultLine<'a>),
    /// Somebody went on with the run.
    Resume(Caller),
    /// The record could not be written any further, while the run went on.
    Stopped(Moment),
    /// The run ended by itself.
    Summary(SummaryLine),
}

/// The first line of every record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Start {
    /// Always `jobctl.journal/1`.
    pub schema: String,
    /// The run's id, a UUID version 7; the file's name too.
    pub run_id: String,
    /// The program's version.
    pub jobctl_version: String,
    /// Whether the vendors are the embedded ones.
    pub sandbox: bool,
    /// When it began.
    pub started_at: At,
    /// Who called it, and how.
    pub caller: Caller,
    /// The profile that was named, by flag or variable.
    pub profile: Option<String>,
    /// Where calls go, as far as that was known at the start.
    pub targets: Vec<Target>,
    /// Why, in the words of whoever called it.
    pub reason: Option<String>,
    /// What the run wanted of every job.
    pub options: Options,
}

/// Who called the program, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Caller {
    /// When.
    pub at: At,
    /// The arguments without secrets, the program's name first.
    pub argv: Vec<String>,
    /// The operating system's name for the user.
    pub user: Option<String>,
    /// The machine.
    pub hostname: Option<String>,
    /// The process.
    pub pid: u32,
    /// The page of the pipeline that it ran in.
    pub ci_url: Option<String>,
}

/// Where one provider's calls go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target {
    /// The provider's name.
    pub provider: String,
    /// The host as a URL.
    pub host: Option<String>,
    /// The profile whose host and credential were used.
    pub profile: Option<String>,
}

/// What the run wanted of every job; going on with it wants the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Options {
    /// Not `--no-verify`.
    pub verify: bool,
    /// `--strict`.
    pub strict: bool,
    /// `--ignore-not-found`.
    pub ignore_not_found: bool,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// What named jobs had to be like, or they were left alone.
    #[serde(default)]
    pub guard: Option<Filter>,
}

/// A job is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Mention<'a> {
    /// When.
    pub at: At,
    /// The job's number in this run, from 0.
    pub index: u64,
    /// The line of the input it came from, from 1.
    pub line: Option<u64>,
    /// The job as every command accepts it.
    #[serde(rename = "ref", borrow)]
    pub reference: Cow<'a, str>,
}

/// The input was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InputEnd {
    /// When.
    pub at: At,
    /// How many jobs (and bad lines) there are.
    pub total: u64,
    /// How many jobs were named again.
    pub duplicates: u64,
}

/// Something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Moment {
    /// When.
    pub at: At,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResultLine<'a> {
    /// When.
    pub at: At,
    /// The job's number in this run, from 0.
    pub index: u64,
    /// The line of the input it came from, from 1.
    pub line: Option<u64>,
    /// The job as every command accepts it; none for a line that names no job.
    #[serde(rename = "ref", borrow)]
    pub reference: Option<Cow<'a, str>>,
    /// The provider, where one was named.
    #[serde(borrow)]
    pub provider: Option<Cow<'a, str>>,
    /// The text that names no job.
    #[serde(borrow)]
    pub text: Option<Cow<'a, str>>,
    /// Whether it counts as well done, under the run's options.
    pub ok: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// The exit code that this result calls for by itself.
    pub exit_code: u8,
    /// The state that was seen before anything was sent.
    pub state_before: Option<JobState>,
    /// The last state that is known.
    pub state: Option<JobState>,
    /// The vendor's own word for it.
    #[serde(borrow)]
    pub provider_state: Option<Cow<'a, str>>,
    /// Whether that word came from an answer naming this job in this run.
    pub verified: bool,
    /// How many times a cancel was sent.
    pub attempts: u32,
    /// The HTTP status of the last answer to a cancel.
    pub http_status: Option<u16>,
    /// The vendor's name for that exchange.
    #[serde(borrow)]
    pub request_id: Option<Cow<'a, str>>,
    /// From its turn to its result.
    pub elapsed_ms: u64,
    /// What went wrong, where it is not ok.
    #[serde(borrow)]
    pub error: Option<ErrorLine<'a>>,
}

/// Why a job is not ok.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorLine<'a> {
    /// A stable word.
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// What happened.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    /// Advice better than the code's own.
    #[serde(borrow)]
    pub hint: Option<Cow<'a, str>>,
    /// What the vendor said.
    #[serde(borrow)]
    pub provider_message: Option<Cow<'a, str>>,
}

/// How the run ended, or a resumption of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SummaryLine {
    /// When.
    pub at: At,
    /// How many jobs (and bad lines) the run has.
    pub total: u64,
    /// How many of them are decided.
    pub settled: u64,
    /// How many of them a resumption would go on with.
    pub open: u64,
    /// How many jobs were named again.
    pub duplicates: u64,
    /// The code that the program exits with.
    pub exit_code: u8,
    /// The signal that stopped it.
    pub signal: Option<u8>,
    /// Whether all that was meant is on record: the input was read to its end.
    #[serde(default = "yes")]
    pub whole_input: bool,
    /// Where calls went.
    pub targets: Vec<Target>,
}

/// What earlier versions did not say.
const fn yes() -> bool {
    true
}

/// A moment, no finer than milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(inline))]
pub struct At(pub Timestamp);

thread_local! {
    /// The last moment that was written, and how: a busy run has many lines in one.
    static WRITTEN: RefCell<(Option<Timestamp>, String)> = const { RefCell::new((None, String::new())) };
}

impl At {
    /// The present.
    #[must_use]
    pub fn now() -> Self {
        Timestamp::now().into()
    }
}

impl From<Timestamp> for At {
    fn from(time: Timestamp) -> Self {
        Self(Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time))
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.with_borrow_mut(|(last, text)| {
            if *last != Some(self.0) {
                *last = Some(self.0);
                *text = self.0.to_string();
            }
            serializer.serialize_str(text)
        })
    }
}

/// Whether an outcome decides what became of a job. The others leave it open: it was
/// not sent, or could not be asked, or nobody knows.
#[must_use]
pub const fn decides(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::NotSent | Outcome::Unavailable | Outcome::Unknown | Outcome::Unauthorized)
}

/// Reads a job as it was written.
pub(super) fn job(text: &str) -> Option<JobRef> {
    RefReader::new(None, Destination::None).parse(text).ok()
}

impl Mention<'_> {
    pub(super) fn new(at: At, entrant: Entrant<'_>) -> Self {
        let Entrant { index, line, job } = entrant;
        Self { at, index, line, reference: job.text().into() }
    }
}

impl<'a> ResultLine<'a> {
    pub(super) fn new(settled: &'a Settled) -> Self {
        let (reference, provider, text) = match &settled.subject {
            Subject::Job(job) => (Some(job.text().into()), Some(job.provider.into()), None),
            Subject::Text { provider, text } => (None, provider.map(Into::into), Some(text.into())),
        };
        Self {
            at: At::now(),
            index: settled.index,
            line: settled.line,
            reference,
            provider,
            text,
            ok: settled.ok,
            outcome: settled.outcome,
            exit_code: settled.exit.code(),
            state_before: settled.state_before,
            state: settled.state,
            provider_state: settled.provider_state.as_deref().map(Into::into),
            verified: settled.verified,
            attempts: settled.attempts,
            http_status: settled.http_status,
            request_id: settled.request_id.as_deref().map(Into::into),
            elapsed_ms: u64::try_from(settled.elapsed.as_millis()).unwrap_or(u64::MAX),
            error: settled.error.as_deref().map(ErrorLine::new),
        }
    }

    /// The result as it was; `None` where it names what this version does not know.
    #[must_use]
    pub fn settled(&self) -> Option<Settled> {
        let known = |name: &str| crate::providers::find(name).map(|entry| entry.name);
        let subject = match (&self.reference, &self.text) {
            (Some(reference), _) => Subject::Job(job(reference)?),
            (None, Some(text)) => {
                Subject::Text { provider: self.provider.as_deref().and_then(known), text: text.to_string() }
            }
            (None, None) => return None,
        };
        Some(Settled {
            index: self.index,
            line: self.line,
            subject,
            outcome: self.outcome,
            ok: self.ok,
            exit: ExitCode::ALL.into_iter().find(|exit| exit.code() == self.exit_code)?,
            state_before: self.state_before,
            state: self.state,
            provider_state: self.provider_state.as_deref().map(str::to_owned),
            verified: self.verified,
            attempts: self.attempts,
            http_status: self.http_status,
            request_id: self.request_id.as_deref().map(str::to_owned),
            elapsed: Duration::from_millis(self.elapsed_ms),
            error: self.error.as_ref().map(|error| Box::new(error.error())),
        })
    }
}

impl<'a> ErrorLine<'a> {
    fn new(error: &'a Error) -> Self {
        Self {
            code: error.kind.code().into(),
            message: (&error.message).into(),
            hint: error.hint.as_deref().map(Into::into),
            provider_message: error.provider_message.as_deref().map(Into::into),
        }
    }

    fn error(&self) -> Error {
        let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == self.code).unwrap_or(ErrorKind::Internal);
        Error {
            kind,
            message: self.message.to_string(),
            hint: self.hint.as_deref().map(str::to_owned),
            provider_message: self.provider_message.as_deref().map(str::to_owned),
        }
    }
}
