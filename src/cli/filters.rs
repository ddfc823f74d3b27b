//! The filters of `list` and `cancel`, held against what the provider can honour.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use jiff::Timestamp;

use super::global;
use super::targets::those;
use crate::canceller::ListQuery;
use crate::engine::Filter;
use crate::error::{Error, ErrorKind};
use crate::job::JobState;
use crate::providers::{DESTINATION, Entry};
use crate::sandbox::seeded_jobs;

/// Which jobs are meant, by what they are like. Those with one value are appended, so
/// that a second one is seen (`tree::refuse_repeated`).
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection")]
pub(super) struct FilterArgs {
    /// Only jobs in this state, such as running (repeatable)
    #[arg(long = "state", value_name = "STATE", value_parser = state_words(), hide_possible_values = true)]
    states: Vec<StateWord>,
    /// Only jobs created longer ago than this: 15m, 2h, 3d
    #[arg(long, action = ArgAction::Append, value_name = "AGE", allow_hyphen_values = true, value_parser = global::duration)]
    older_than: Option<Duration>,
    /// Only jobs created more recently than this
    #[arg(long, action = ArgAction::Append, hide_short_help = true, value_name = "AGE", allow_hyphen_values = true, value_parser = global::duration)]
    newer_than: Option<Duration>,
    /// Only jobs whose name matches, such as 'nightly-*'
    #[arg(long, action = ArgAction::Append, value_name = "GLOB")]
    name: Option<String>,
}

/// A state, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StateWord {
    All,
    State(JobState),
}

/// The words of `--state`, so that errors and completions know them.
fn state_words() -> impl TypedValueParser<Value = StateWord> {
    let words = JobState::ALL.into_iter().map(JobState::as_str).chain(["all"]);
    PossibleValuesParser::new(words).map(|word| {
        let found = JobState::ALL.into_iter().find(|state| state.as_str() == word);
        found.map_or(StateWord::All, StateWord::State)
    })
}

impl FilterArgs {
    /// Whether no filter was given.
    pub(super) fn is_empty(&self) -> bool {
        self.states.is_empty() && self.older_than.is_none() && self.newer_than.is_none() && self.name.is_none()
    }

    /// The filter, counted from now.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a malformed glob or age.
    pub(super) fn filter(&self) -> Result<Filter, Error> {
        let states = if self.states.contains(&StateWord::All) { Vec::new() } else { self.states() };
        Filter::new(states, self.older_than, self.newer_than, self.name.as_deref(), Timestamp::now())
    }

    /// As [`FilterArgs::filter`], meaning live jobs where no state is asked for.
    pub(super) fn live_filter(&self) -> Result<Filter, Error> {
        let filter = self.filter()?;
        Ok(if self.states.is_empty() { filter.not_ended() } else { filter })
    }

    /// Whether no state is asked for, so that live jobs are meant.
    pub(super) fn means_live(&self) -> bool {
        self.states.is_empty()
    }

    /// The states asked for; none where all or the live ones are meant.
    pub(super) fn states(&self) -> Vec<JobState> {
        self.states
            .iter()
            .filter_map(|word| match word {
                StateWord::State(state) => Some(*state),
                StateWord::All => None,
            })
            .collect()
    }

    /// What named jobs must match, where anything was given.
    ///
    /// # Errors
    /// As [`FilterArgs::filter`].
    pub(super) fn guard(&self) -> Result<Option<Filter>, Error> {
        if self.is_empty() { Ok(None) } else { self.filter().map(Some) }
    }

    /// What a listing asks the server for; it may ignore any of it.
    pub(super) fn query(&self, destination: Option<&str>) -> ListQuery {
        let states = self.states();
        let all = self.states.contains(&StateWord::All);
        ListQuery {
            ended: all || states.iter().any(|state| state.is_terminal() || *state == JobState::Unknown),
            states: if all { Vec::new() } else { states },
            destination: destination.map(str::to_owned),
        }
    }

    /// What people who filter by age have to know about the provider's times.
    pub(super) fn caution(&self, entry: &Entry) -> Option<String> {
        let by_age = self.older_than.is_some() || self.newer_than.is_some();
        entry.times.filter(|_| by_age).map(str::to_owned)
    }

    /// Refuses a filter that the provider cannot honour.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`].
    pub(super) fn check(&self, entry: &Entry) -> Result<(), Error> {
        if self.name.is_some() && !entry.capabilities.names {
            let named = those(|capabilities| capabilities.names);
            let message = format!("{} jobs have no names, so --name cannot be honoured", entry.name);
            return Err(Error::new(ErrorKind::Usage, message).with_hint(format!("names exist at {named}")));
        }
        Ok(())
    }
}

/// Refuses to list where the provider cannot, or needs a destination.
///
/// # Errors
/// [`ErrorKind::Usage`].
pub(super) fn check_list(entry: &Entry, destination: Option<&str>, rehearsal: bool) -> Result<(), Error> {
    if !entry.capabilities.list {
        return Err(Error::new(ErrorKind::Usage, format!("{} cannot list jobs; name them by id", entry.name)));
    }
    if entry.capabilities.needs_destination && destination.is_none() {
        let message = format!("{} lists jobs by destination, and none was given", entry.name);
        let setting = entry.settings.iter().find(|setting| setting.key == DESTINATION);
        let or = setting.map_or_else(String::new, |setting| format!(", or set {}", setting.variable));
        let there = if rehearsal { sandbox_destinations(entry) } else { String::new() };
        return Err(Error::new(ErrorKind::Usage, message).with_hint(format!("give --destination D{or}{there}")));
    }
    Ok(())
}

/// Which destinations a rehearsal can list.
fn sandbox_destinations(entry: &Entry) -> String {
    let ids = seeded_jobs().iter().filter(|job| job.provider == entry.name).map(|job| job.id);
    let names: BTreeSet<_> = ids.filter_map(|id| id.split_once('/')).map(|(destination, _)| destination).collect();
    format!("; the sandbox has {}", names.into_iter().collect::<Vec<_>>().join(" and "))
}
