//! The next step after a cancel: how to see accepted jobs end.

use super::global::GlobalArgs;
use super::targets::TargetArgs;
use crate::canceller::Outcome;
use crate::engine::{Settled, Subject};
use crate::job::JobRef;
use crate::text::typed;

/// Accepted jobs that were not seen to end, as far as they fit into a line.
#[derive(Default)]
pub(super) struct Unended {
    jobs: Vec<JobRef>,
    more: bool,
    /// Whether there are others, which may never end.
    others: bool,
}

impl Unended {
    const MOST: usize = 5;

    pub(super) fn note(&mut self, settled: &Settled) {
        if !matches!(settled.outcome, Outcome::Requested | Outcome::Pending) {
            self.others |= !settled.ok;
            return;
        }
        match &settled.subject {
            Subject::Job(job) if self.jobs.len() < Self::MOST => self.jobs.push(job.clone()),
            _ => self.more = true,
        }
    }

    /// What to type to see them end, at the host and with the settings that this call
    /// has; a sandbox of the call's own is gone by then. `run` has a record.
    pub(super) fn next_step(&self, globals: &GlobalArgs, targets: &TargetArgs, run: Option<&str>) -> Option<String> {
        let first = self.jobs.first()?;
        // Where not all can be named, all jobs of the call would be waited for.
        if globals.sandbox || (self.more && self.others) {
            return None;
        }
        // What came from a pipe is gone with it; the record has it.
        let file = targets.file().filter(|file| file.as_os_str() != "-");
        let own = targets.own.words();
        let mut record = String::new();
        let mut words: Vec<String> = ["jobctl", "wait"].map(str::to_owned).into();
        if let (true, Some(file)) = (self.more, file) {
            words.extend(targets.provider().map(|entry| entry.name.to_owned()));
            words.extend(["-f".to_owned(), file.display().to_string()]);
        } else {
            if !own.is_empty() {
                // They want the provider's name before the jobs.
                words.push(first.provider.to_owned());
            }
            if !self.more {
                words.extend(self.jobs.iter().map(ToString::to_string));
            } else if targets.own.token_stdin {
                // Standard input cannot be both.
                return None;
            } else {
                record = format!("jobctl runs show {} -o name | ", run?);
                words.extend(["-f", "-"].map(str::to_owned));
            }
        }
        words.extend(globals.settings_words());
        words.extend(own);
        Some(record + &typed(&words))
    }
}
