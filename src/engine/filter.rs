//! Which jobs are meant: states, ages and names. Pure; applied to what the vendor
//! said, never trusted to the vendor.

use std::time::Duration;

use glob::Pattern;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::job::{Job, JobState};

/// Clocks of vendors may be ahead of ours by this much before a creation time is
/// no longer believed.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// A condition on jobs; an empty one matches every job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Filter {
    states: Vec<JobState>,
    older_than: Option<SignedDuration>,
    newer_than: Option<SignedDuration>,
    name: Option<Glob>,
    /// Only jobs that are not known to have ended.
    not_ended: bool,
    /// The moment that ages are counted from.
    now: Timestamp,
}

/// A pattern over whole names, written as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
struct Glob(#[cfg_attr(test, schemars(with = "String"))] Pattern);

impl TryFrom<String> for Glob {
    type Error = glob::PatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Pattern::new(&text).map(Self)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0.as_str().to_owned()
    }
}

impl Filter {
    /// A filter; ages count from `now`, and `name` is a glob over the whole name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a duration out of range or a bad glob.
    pub fn new(
        states: Vec<JobState>,
        older_than: Option<Duration>,
        newer_than: Option<Duration>,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let age = |duration: Duration| {
            SignedDuration::try_from(duration).map_err(|_| {
                Error::new(ErrorKind::Usage, "the age is too long").with_hint("write it as 90s, 15m, 2h or 3d")
            })
        };
        let name = name
            .map(|glob| {
                Pattern::new(glob).map(Glob).map_err(|error| {
                    Error::new(ErrorKind::Usage, format!("the name pattern {glob:?} is malformed: {}", error.msg))
                        .with_hint("write it as 'nightly-*' or 'etl-[0-9]*'")
                })
            })
            .transpose()?;
        Ok(Self {
            states,
            older_than: older_than.map(age).transpose()?,
            newer_than: newer_than.map(age).transpose()?,
            name,
            not_ended: false,
            now,
        })
    }

    /// The same filter, without jobs that are known to have ended.
    #[must_use]
    pub fn not_ended(self) -> Self {
        Self { not_ended: true, ..self }
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty() && self.older_than.is_none() && self.newer_than.is_none() && self.name.is_none()
    }

    /// Whether a name is asked for, which not every provider's jobs have.
    #[must_use]
    pub fn names(&self) -> bool {
        self.name.is_some()
    }

    /// Whether a job that does not tell its name cannot be decided on: all else holds.
    #[must_use]
    pub fn hinges_on_name(&self, job: &Job) -> bool {
        let nameless = Self { name: None, ..self.clone() };
        self.name.is_some() && job.name.is_none() && nameless.matches(job)
    }

    /// Whether a job that has ended may be meant.
    #[must_use]
    pub fn includes_ended(&self) -> bool {
        let ended = |state: &JobState| state.is_terminal() || *state == JobState::Unknown;
        if self.states.is_empty() { !self.not_ended } else { self.states.iter().any(ended) }
    }

    /// The states asked for; empty means any.
    #[must_use]
    pub fn states(&self) -> &[JobState] {
        &self.states
    }

    /// Whether `job` is meant.
    #[must_use]
    pub fn matches(&self, job: &Job) -> bool {
        let state = self.states.is_empty() || self.states.contains(&job.state);
        let name = self.name.as_ref().is_none_or(|glob| job.name.as_deref().is_some_and(|name| glob.0.matches(name)));
        let live = !(self.not_ended && job.is_terminal());
        state && live && name && self.age_matches(job.created_at)
    }

    /// A job without a believable creation time never matches an age.
    fn age_matches(&self, created: Option<Timestamp>) -> bool {
        if self.older_than.is_none() && self.newer_than.is_none() {
            return true;
        }
        let Some(created) = created else { return false };
        let age = self.now.duration_since(created);
        age >= -CLOCK_SKEW
            && self.older_than.is_none_or(|least| age >= least)
            && self.newer_than.is_none_or(|most| age <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobId;

    fn job(word: &str, name: Option<&str>, created: Option<&str>) -> Job {
        Job {
            name: name.map(str::to_owned),
            created_at: created.map(|text| text.parse().unwrap()),
            ..Job::new(JobId::from_canonical("1"), Some(word.into()))
        }
    }

    fn now() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_condition_must_hold() {
        let hours = |n: u64| Some(Duration::from_secs(n * 3600));
        let filter = Filter::new(vec![JobState::Running], hours(2), hours(10), Some("etl-*"), now()).unwrap();
        assert!(filter.matches(&job("running", Some("etl-7"), Some("2026-01-01T09:00:00Z"))));
        for other in [
            job("queued", Some("etl-7"), Some("2026-01-01T09:00:00Z")),
            job("running", Some("dbt-7"), Some("2026-01-01T09:00:00Z")),
            job("running", None, Some("2026-01-01T09:00:00Z")),
            job("running", Some("etl-7"), Some("2026-01-01T11:00:00Z")),
            job("running", Some("etl-7"), Some("2025-12-31T09:00:00Z")),
            job("running", Some("etl-7"), None),
        ] {
            assert!(!filter.matches(&other), "{other:?}");
        }
    }

    #[test]
    fn a_creation_far_in_the_future_is_not_believed() {
        let filter = Filter::new(vec![], None, Some(Duration::from_secs(60)), None, now()).unwrap();
        assert!(filter.matches(&job("running", None, Some("2026-01-01T12:05:00Z"))));
        assert!(!filter.matches(&job("running", None, Some("2036-01-01T12:00:00Z"))));
    }

    #[test]
    fn what_is_asked_for_is_known_and_one_condition_is_enough() {
        let hour = Some(Duration::from_secs(3600));
        let filter = |states, older, newer, name| Filter::new(states, older, newer, name, now()).unwrap();
        assert!(filter(vec![], None, None, None).is_empty() && Filter::default().is_empty());
        for (some, names) in [
            (filter(vec![JobState::Running], None, None, None), false),
            (filter(vec![], hour, None, None), false),
            (filter(vec![], None, hour, None), false),
            (filter(vec![], None, None, Some("*")), true),
        ] {
            assert!(!some.is_empty(), "{some:?}");
            assert_eq!(some.names(), names, "{some:?}");
        }
        assert_eq!(filter(vec![JobState::Running, JobState::Queued], None, None, None).states().len(), 2);
    }

    #[test]
    fn whoever_has_ended_is_meant_only_where_nobody_says_otherwise() {
        let of = |states: &[JobState]| Filter::new(states.to_vec(), None, None, None, now()).unwrap();
        let (any, live) = (of(&[]), of(&[]).not_ended());
        assert!(any.includes_ended() && !live.includes_ended());
        for (word, ended) in [("running", false), ("done", true), ("cancelled", true), ("odd", false)] {
            assert!(any.matches(&job(word, None, None)));
            assert_eq!(live.matches(&job(word, None, None)), !ended, "{word}");
        }
        let ended_by_its_time = Job { ended: true, ..job("odd", None, None) };
        assert!(!live.matches(&ended_by_its_time));
        assert!(!of(&[JobState::Running, JobState::Blocked]).includes_ended());
        assert!(of(&[JobState::Running, JobState::Failed]).includes_ended());
        assert!(of(&[JobState::Unknown]).includes_ended(), "the vendor may have ended it in a word of its own");
    }

    #[test]
    fn a_name_is_looked_for_only_where_it_alone_decides() {
        let filter = Filter::new(vec![JobState::Running], None, None, Some("etl-*"), now()).unwrap();
        assert!(filter.hinges_on_name(&job("running", None, None)));
        assert!(!filter.hinges_on_name(&job("queued", None, None)));
        assert!(!filter.hinges_on_name(&job("running", Some("dbt"), None)));
        assert!(!Filter::default().hinges_on_name(&job("running", None, None)));
    }

    #[test]
    fn a_bad_glob_is_an_error_with_an_example() {
        let error = Filter::new(vec![], None, None, Some("a[b"), now()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(error.hint().unwrap().contains("nightly-*"));
    }
}
