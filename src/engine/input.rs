//! From what people and programs write to jobs: arguments, lines and JSON lines.
//!
//! Pure: text in, [`JobRef`]s or errors out. Must not know where the text comes from.

mod row;

use std::borrow::Cow;

use self::row::{About, Id, Row, no_json};
use crate::error::{Error, ErrorKind};
use crate::http::Redactor;
use crate::job::{JobId, JobRef, JobState};
use crate::providers::{self, Entry, VENDORS};

/// Longest line that is read as one; longer ones are invalid.
pub const MAX_LINE: usize = 64 * 1024;

/// How much of a bad line is repeated in its result and in messages.
const SHOWN: usize = 200;

/// The first part for ids that lack it (Prequel's destination).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// None was given.
    None,
    /// From the flag: contradicts an id that names its own.
    Flag(String),
    /// From a variable or the configuration: yields to an id that names its own.
    Setting(String),
    /// As [`Destination::Setting`], and none that can be used: said of ids that need it.
    BadSetting(Error),
}

impl Destination {
    /// The destination's text, wherever it came from.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::None | Self::BadSetting(_) => None,
            Self::Flag(text) | Self::Setting(text) => Some(text),
        }
    }
}

/// One thing that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A job.
    Job {
        /// Line it stood on, from 1; none for arguments.
        line: Option<u64>,
        /// The job.
        job: JobRef,
        /// The state that a listing saw it in.
        state: Option<JobState>,
    },
    /// A line that names no job.
    Bad {
        /// Line it stood on, from 1.
        line: Option<u64>,
        /// The provider, where the command named one.
        provider: Option<&'static str>,
        /// The line, at most 200 characters of it.
        text: String,
        /// What is wrong with it.
        error: Error,
    },
    /// A job that an earlier part of this run left undecided.
    Left {
        /// Its number in the run.
        index: u64,
        /// Line it stood on, from 1.
        line: Option<u64>,
        /// The job.
        job: JobRef,
        /// What the earlier part came to with it.
        earlier: Earlier,
    },
    /// The program that wrote the input failed (its `summary` row says so), so the
    /// input may not be complete: nothing more is sent.
    Broken(Error),
    /// A guard said no to what follows: nothing is sent, and every job comes out.
    Refused(Error),
}

/// What an earlier part of a run came to with a job that it left undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// It was not sent.
    Unsent,
    /// It was sent and turned away: as far as can be known, nothing came of that.
    TurnedAway,
    /// It was sent and accepted, and its end was waited for.
    Accepted,
    /// It was sent, or may have been, and what came of that is not known.
    Sent,
}

/// Reads refs under the rules of one command line.
pub struct RefReader {
    /// The provider named first on the command line, if one was.
    provider: Option<&'static str>,
    destination: Destination,
    /// Hides what is not to be repeated in any error.
    redactor: Redactor,
    /// What is read is only looked at: a program that failed at its jobs, and named them
    /// all, is no hindrance.
    only_looking: bool,
}

impl RefReader {
    /// A reader for a command line that named `provider` first, or none.
    #[must_use]
    pub fn new(provider: Option<&'static str>, destination: Destination) -> Self {
        Self { provider, destination, redactor: Redactor::default(), only_looking: false }
    }

    /// The same reader, which repeats no secret: people put them into the wrong place.
    #[must_use]
    pub fn hiding(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// The same reader, for those who only look at the jobs.
    #[must_use]
    pub fn only_looking(self) -> Self {
        Self { only_looking: true, ..self }
    }

    /// Reads one argument or plain line: a ref, or a bare id where a provider was
    /// named.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidId`] saying what is wrong and what the id looks like, or
    /// [`ErrorKind::Usage`] for an unknown provider.
    pub fn parse(&self, text: &str) -> Result<JobRef, Error> {
        self.read(text).map_err(|error| self.without_secrets(text, error).1)
    }

    /// What may be shown of a text that names no job, and of what is wrong with it.
    fn without_secrets<'a>(&self, text: &'a str, error: Error) -> (Cow<'a, str>, Error) {
        match self.redactor.text(text) {
            Cow::Borrowed(text) => (Cow::Borrowed(text), error),
            hidden @ Cow::Owned(_) => {
                let message = "it holds a secret where the id of a job belongs";
                (hidden, Error::new(error.kind, message).with_hint("no secret is ever given as an argument or a job"))
            }
        }
    }

    fn read(&self, text: &str) -> Result<JobRef, Error> {
        let named = text.split_once(':').and_then(|(name, id)| Some((providers::find(name)?, id)));
        match (self.provider.and_then(providers::find), named) {
            (Some(own), Some((other, _))) if own.name != other.name => Err(Error::new(
                ErrorKind::InvalidId,
                format!("{:?} is a job of {}, but the command names {}", shown(text), other.name, own.name),
            )
            .with_hint("leave the provider out to mix providers: jobctl cancel <ref>...")),
            (Some(_) | None, Some((entry, id))) => self.job(entry, id),
            (Some(own), None) => self.job(own, text),
            (None, None) => Err(no_provider(text)),
        }
    }

    fn job(&self, entry: &'static Entry, id: &str) -> Result<JobRef, Error> {
        let needed = entry.capabilities.needs_destination;
        if needed && id.contains('/') && matches!(self.destination, Destination::Flag(_)) {
            let message = format!("{:?} names its own destination, and --destination names one beside it", shown(id));
            return Err(Error::new(ErrorKind::InvalidId, message).with_hint("give the one or the other"));
        }
        if let Destination::BadSetting(error) = &self.destination
            && needed
            && !id.contains('/')
        {
            return Err(error.clone());
        }
        make(entry, id, self.destination.text().filter(|_| needed))
    }

    /// Reads one line of a file or stream; `None` for blank lines, comments and
    /// rows that are no jobs.
    #[must_use]
    pub fn parse_line(&self, number: u64, line: &[u8]) -> Option<Input> {
        let line_number = Some(number);
        let bad = |text: &str, error: Error| {
            let (text, error) = self.without_secrets(text, error);
            Input::Bad { line: line_number, provider: self.provider, text: shown(&text), error }
        };
        if line.len() > MAX_LINE {
            let error = Error::new(ErrorKind::InvalidId, format!("it is longer than {MAX_LINE} bytes"));
            return Some(bad(&String::from_utf8_lossy(&line[..MAX_LINE]), error));
        }
        let Ok(text) = std::str::from_utf8(line) else {
            let error = Error::new(ErrorKind::InvalidId, "it is not UTF-8 text");
            return Some(bad(&String::from_utf8_lossy(line), error));
        };
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text }.trim();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let parsed = if text.starts_with('{') { self.parse_row(text) } else { self.read(text).map(Parsed::Job) };
        match parsed {
            Ok(Parsed::Job(job)) => Some(Input::Job { line: line_number, job, state: None }),
            Ok(Parsed::Other) => None,
            Ok(Parsed::Broken(how)) => Some(Input::Broken(broken(number, &how))),
            Err(error) => Some(bad(text, error)),
        }
    }

    fn parse_row(&self, text: &str) -> Result<Parsed, Error> {
        let about: About = serde_json::from_str(text).map_err(|error| no_json(&error))?;
        if let Some(other) = self.of_no_job(&about) {
            return Ok(other);
        }
        let row: Row = serde_json::from_str(text).map_err(|error| no_json(&error))?;
        let provider = row.provider.as_deref().map(providers::known).transpose()?;
        let own = self.provider.and_then(providers::find);
        if let (Some(own), Some(given)) = (own, provider)
            && own.name != given.name
        {
            let message = format!("the line is about {}, but the command names {}", given.name, own.name);
            return Err(Error::new(ErrorKind::InvalidId, message));
        }
        let by_ref = row.reference.as_deref().map(|text| self.read(text)).transpose()?;
        let by = by_ref.as_ref().and_then(|job| providers::find(job.provider));
        let id = row.id.map(Id::into_text);
        let same = |job: &&JobRef| {
            provider.is_none_or(|entry| entry.name == job.provider) && id.as_deref() == Some(job.id.as_str())
        };
        let by_parts = match (provider.or(own).or(by), &id) {
            // As every row of ours: there is nothing to read into the id.
            _ if row.destination.is_none() && by_ref.as_ref().is_some_and(|job| same(&job)) => by_ref.clone(),
            (Some(entry), Some(id)) => Some(self.parts(entry, id, row.destination.as_deref())?),
            _ => None,
        };
        let elsewhere = |job: &JobRef| {
            let own = job.id.as_str().split_once('/').map(|(destination, _)| destination);
            let needed = providers::find(job.provider).is_some_and(|entry| entry.capabilities.needs_destination);
            needed && row.destination.as_deref().is_some_and(|given| own != Some(given))
        };
        let contradicts = |job: &JobRef| provider.is_some_and(|entry| entry.name != job.provider) || elsewhere(job);
        match (by_ref, by_parts) {
            (Some(job), None) if !contradicts(&job) => Ok(Parsed::Job(job)),
            (None, Some(job)) => Ok(Parsed::Job(job)),
            (Some(one), Some(other)) if one == other => Ok(Parsed::Job(one)),
            (Some(one), _) => Err(Error::new(
                ErrorKind::InvalidId,
                format!("\"ref\" says {one}, which contradicts \"provider\", \"id\" or \"destination\" beside it"),
            )),
            (None, None) if row.schema.is_some() => Err(Error::new(ErrorKind::InvalidId, "it is a whole document")
                .with_hint("have it printed with -o ndjson (a row a line) or -o name")),
            (None, None) => Err(Error::new(ErrorKind::InvalidId, "it names no job")
                .with_hint("a JSON line needs \"ref\", or \"provider\" and \"id\"")),
        }
    }

    /// What a row is that is no job's; `None` for a job's.
    fn of_no_job(&self, about: &About) -> Option<Parsed> {
        match about.kind.as_deref()? {
            "job" | "result" => None,
            "summary" if !self.only_looking || about.may_lack_rows() => {
                Some(about.failure().map_or(Parsed::Other, Parsed::Broken))
            }
            _ => Some(Parsed::Other),
        }
    }

    /// A job from `provider` + `id` (+ `destination`).
    fn parts(&self, entry: &'static Entry, id: &str, destination: Option<&str>) -> Result<JobRef, Error> {
        match destination {
            Some(given)
                if entry.capabilities.needs_destination
                    && matches!(&self.destination, Destination::Flag(flag) if flag != given) =>
            {
                let message = format!("\"destination\" says {:?}, and --destination names another", shown(given));
                Err(Error::new(ErrorKind::InvalidId, message).with_hint("give the one or the other"))
            }
            Some(given) if entry.capabilities.needs_destination => match id.split_once('/') {
                Some((own, _)) if own == given => make(entry, id, None),
                Some((own, _)) => Err(Error::new(
                    ErrorKind::InvalidId,
                    format!(
                        "\"id\" names the destination {:?}, and \"destination\" says {:?}",
                        shown(own),
                        shown(given)
                    ),
                )),
                None => make(entry, id, Some(given)),
            },
            _ => {
                // An id as another program printed it may come with its provider.
                let bare = id.strip_prefix(entry.name).and_then(|rest| rest.strip_prefix(':')).unwrap_or(id);
                self.job(entry, bare)
            }
        }
    }
}

enum Parsed {
    Job(JobRef),
    Other,
    /// And how its program ended.
    Broken(String),
}

/// As much of a text as is repeated.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn broken(line: u64, how: &str) -> Error {
    let message = format!("line {line}: the program that wrote this input {how}, so the input may not be complete");
    Error::new(ErrorKind::NotConfirmed, message).with_hint("make the listing succeed first; nothing more is sent")
}

fn make(entry: &'static Entry, id: &str, destination: Option<&str>) -> Result<JobRef, Error> {
    match (entry.parse_id)(id, destination) {
        Ok(id) => Ok(JobRef { provider: entry.name, id }),
        Err(wrong) => Err(bad_id(entry, id, &wrong)),
    }
}

fn bad_id(entry: &Entry, id: &str, wrong: &str) -> Error {
    let shown = shown(id);
    let likely = VENDORS.iter().find(|other| other.name != entry.name && looks_like(other, id));
    let hint = match likely {
        Some(other) => {
            format!("{} ids look like {}; did you mean {}:{shown}?", entry.name, entry.id_form, other.name)
        }
        None => format!("{} ids look like {}", entry.name, entry.id_form),
    };
    Error::new(ErrorKind::InvalidId, format!("{shown:?} is no {} job id: {wrong}", entry.title)).with_hint(hint)
}

/// Whether an id has the very form of another vendor's ids.
fn looks_like(entry: &Entry, id: &str) -> bool {
    (entry.parse_id)(id, None).is_ok_and(|found: JobId| found.as_str().eq_ignore_ascii_case(id))
}

fn no_provider(text: &str) -> Error {
    match text.split_once(':') {
        Some((name, _)) => providers::unknown(name),
        None if text.bytes().all(|byte| byte.is_ascii_alphabetic()) && text.len() > 2 => providers::unknown(text),
        None => {
            let shown = shown(text);
            let likely = VENDORS.iter().filter(|entry| looks_like(entry, text));
            let likely: Vec<_> = likely.map(|entry| format!("{}:{shown}", entry.name)).collect();
            let hint = if likely.is_empty() {
                "write PROVIDER:ID, such as datafold:123, or name the provider first: datafold 123".to_owned()
            } else {
                format!("write {}, or name the provider first", likely.join(" or "))
            };
            Error::new(ErrorKind::InvalidId, format!("{shown:?} names no provider")).with_hint(hint)
        }
    }
}

#[cfg(test)]
mod tests;
