//! The next step after a cancel: how to see accepted jobs end.

use super::global::GlobalArgs;
use crate::canceller::Outcome;
use crate::engine::{Settled, Subject};

/// Accepted jobs that were not seen to end, as far as they fit into a line.
#[derive(Default)]
pub(super) struct Unended {
    jobs: Vec<String>,
    more: bool,
}

impl Unended {
    const MOST: usize = 5;

    pub(super) fn note(&mut self, settled: &Settled) {
        if !matches!(settled.outcome, Outcome::Requested | Outcome::Pending) {
            return;
        }
        match &settled.subject {
            Subject::Job(job) if self.jobs.len() < Self::MOST => self.jobs.push(job.to_string()),
            _ => self.more = true,
        }
    }

    /// What to type to see them end; a sandbox of the call's own is gone by then.
    pub(super) fn next_step(&self, globals: &GlobalArgs) -> Option<String> {
        if self.jobs.is_empty() || self.more || globals.sandbox {
            return None;
        }
        let profile = globals.profile.as_ref().map_or_else(String::new, |profile| format!(" --profile {profile}"));
        Some(format!("jobctl wait {}{profile}", self.jobs.join(" ")))
    }
}
