//! The words everyone shares: how a job is named and what state it can be in.
//!
//! Owns [`JobId`], [`JobRef`], [`JobState`] and [`Job`]. Must not know any vendor's
//! wire format, HTTP, the terminal or the command line.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// A job's id at one provider, already validated and in canonical form.
///
/// Canonical means that two spellings of one job compare equal: UUIDs are
/// lower-case, integers carry no sign. Prequel's is `DESTINATION/JOB`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(Box<str>);

impl JobId {
    /// Wraps text that a provider's `parse_id` has already validated.
    pub fn from_canonical(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The id as text, as it is printed after `provider:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job anywhere: the provider's registry name and the id there.
///
/// Prints as `provider:id`, which every command accepts back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobRef {
    /// The provider's name in the registry, such as `datafold`.
    pub provider: &'static str,
    /// The id at that provider.
    pub id: JobId,
}

impl JobRef {
    /// What it prints as, put together in one go: each job of a run is written several
    /// times.
    pub(crate) fn text(&self) -> String {
        [self.provider, ":", self.id.as_str()].concat()
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.provider)?;
        f.write_str(":")?;
        f.write_str(self.id.as_str())
    }
}

impl Serialize for JobRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// A job's state in jobctl's own words, the same for every vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobState {
    /// Waiting for its turn.
    Queued,
    /// Being worked on.
    Running,
    /// Waiting for a person; it does not move by itself.
    Blocked,
    /// Asked to stop, not stopped yet.
    Cancelling,
    /// Stopped by a cancellation. Terminal.
    Cancelled,
    /// Ended by itself, well. Terminal.
    Succeeded,
    /// Ended by itself, badly. Terminal.
    Failed,
    /// A word that jobctl does not know; never treated as terminal.
    Unknown,
}

/// Every vendor word that is understood, in lower case.
const WORDS: &[(JobState, &[&str])] = &[
    (JobState::Queued, &["waiting", "queued", "queueing", "pending", "scheduled"]),
    (JobState::Running, &["processing", "running", "in_progress"]),
    (JobState::Blocked, &["needs_confirmation", "needs_authentication"]),
    (JobState::Cancelling, &["cancelling", "canceling"]),
    (JobState::Cancelled, &["cancelled", "canceled", "stopped"]),
    (JobState::Succeeded, &["done", "success", "completed", "completed_due_to_inactivity"]),
    (
        JobState::Failed,
        &[
            "failed",
            "error",
            "errors_encountered",
            "timeout",
            "missed_schedule",
            "failed_to_run",
            "expired",
            "partial_failure",
        ],
    ),
];

impl JobState {
    /// Every state, in the order in which a job goes through them.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Blocked,
        Self::Cancelling,
        Self::Cancelled,
        Self::Succeeded,
        Self::Failed,
        Self::Unknown,
    ];

    /// Normalises a vendor's word, in any letter case; words nobody documented
    /// become [`JobState::Unknown`].
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
            .map_or(Self::Unknown, |(state, _)| *state)
    }

    /// The vendor words (lower case) that mean this state.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        WORDS.iter().find(|(state, _)| *state == self).map_or(&[], |(_, words)| *words)
    }

    /// Whether a job in this state has ended for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Cancelled | Self::Succeeded | Self::Failed)
    }

    /// Whether a job in this state is known to be still there to be stopped.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Blocked | Self::Cancelling)
    }

    /// The state as it is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Blocked => "blocked",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a vendor said about one job, in a status answer or a list row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The job's id.
    pub id: JobId,
    /// The state in jobctl's words.
    pub state: JobState,
    /// The vendor's own word, exactly as it was sent.
    pub provider_state: Option<String>,
    /// The vendor gave other proof that the job ended (Prequel: a real
    /// `ended_at`), which counts when the word itself is not known.
    pub ended: bool,
    /// The name people know it by, where the vendor has one.
    pub name: Option<String>,
    /// Who created it, where the vendor tells.
    pub owner: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it began to run.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// A job of which only the id and the vendor's word are known.
    #[must_use]
    pub fn new(id: JobId, word: Option<String>) -> Self {
        Self {
            id,
            state: word.as_deref().map_or(JobState::Unknown, JobState::from_word),
            provider_state: word,
            ended: false,
            name: None,
            owner: None,
            created_at: None,
            started_at: None,
            finished_at: None,
        }
    }

    /// Whether the job has ended for good, by its word or by other proof.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.state.is_terminal() || (self.state == JobState::Unknown && self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_word_has_its_state_in_any_letter_case() {
        for (state, words) in WORDS {
            for word in *words {
                assert_eq!(JobState::from_word(word), *state, "{word}");
                assert_eq!(JobState::from_word(&word.to_uppercase()), *state, "{word}");
            }
        }
    }

    #[test]
    fn a_word_nobody_documented_is_unknown_and_not_terminal() {
        for word in ["", "orphaned", "success ", "cancelled!", "Стоп"] {
            assert_eq!(JobState::from_word(word), JobState::Unknown, "{word}");
        }
        assert!(!JobState::Unknown.is_terminal());
        assert!(!JobState::Unknown.is_live());
    }

    #[test]
    fn other_proof_of_an_end_counts_only_beside_an_unknown_word() {
        let mut job = Job::new(JobId::from_canonical("d/j"), Some("ORPHANED".into()));
        assert!(!job.is_terminal());
        job.ended = true;
        assert!(job.is_terminal());
        let mut running = Job::new(JobId::from_canonical("d/j"), Some("RUNNING".into()));
        running.ended = true;
        assert!(!running.is_terminal());
    }
}
