//! `--max` and `--expect` on jobs that are named: how many they are is known before
//! the first cancel is sent.
//!
//! Reads no further than decides it, so that memory is bounded by the guard's number.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use super::super::select::ConfirmArgs;
use super::super::session::Session;
use super::choosing::Chosen;
use crate::engine::{Filter, Input, Sights, Source};
use crate::error::Error;
use crate::http::{Budget, Control};
use crate::job::{Job, JobRef};
use crate::providers;

/// Counts named jobs.
pub(super) struct Counting<'a> {
    session: &'a Session,
    confirm: &'a ConfirmArgs,
    guard: Option<&'a Filter>,
    deadline: Option<Instant>,
    source: Source,
    /// What was read of the source, in its order but for what stops it.
    inputs: Vec<Input>,
    known: HashSet<JobRef>,
    sights: Sights,
    count: u64,
    duplicates: u64,
    /// The source has no more.
    whole: bool,
    refused: bool,
}

impl<'a> Counting<'a> {
    pub(super) fn new(
        session: &'a Session,
        confirm: &'a ConfirmArgs,
        guard: Option<&'a Filter>,
        deadline: Option<Instant>,
        source: Source,
    ) -> Self {
        Self {
            session,
            confirm,
            guard,
            deadline,
            source,
            inputs: Vec::new(),
            known: HashSet::new(),
            sights: HashMap::new(),
            count: 0,
            duplicates: 0,
            whole: false,
            refused: false,
        }
    }

    /// Reads the source as far as the guards need. Can be broken off at any time:
    /// what was read is not lost.
    ///
    /// # Errors
    /// The source's.
    pub(super) async fn count(&mut self) -> Result<(), Error> {
        let Some(enough) = self.confirm.enough() else { return Ok(()) };
        while self.count < enough {
            match self.source.next().await? {
                None => {
                    self.whole = true;
                    break;
                }
                Some(broken @ Input::Broken(_)) => {
                    // Met first, so that nothing is sent, and every job comes out.
                    self.inputs.insert(0, broken);
                    return Ok(());
                }
                Some(Input::Job { job, .. }) if self.known.contains(&job) => self.duplicates += 1,
                Some(Input::Job { line, job, state }) => {
                    self.known.insert(job.clone());
                    self.inputs.push(Input::Job { line, job: job.clone(), state });
                    if self.counts(&job).await {
                        self.count += 1;
                    }
                }
                Some(other) => self.inputs.push(other),
            }
        }
        if let Err(error) = self.confirm.check_count(self.count, false) {
            self.inputs.insert(0, Input::Refused(error));
            self.refused = true;
        }
        Ok(())
    }

    /// All of the source, behind a refusal where the number is another than was foreseen.
    pub(super) fn chosen(self) -> Chosen {
        let source = if self.whole { Source::given(self.inputs) } else { Source::chained(self.inputs, self.source) };
        Chosen { sights: self.sights, duplicates: self.duplicates, refused: self.refused, ..Chosen::of(source) }
    }

    /// Whether a job counts. One that cannot be read may match, so it does.
    async fn counts(&mut self, job: &JobRef) -> bool {
        let Some(guard) = self.guard else { return true };
        match self.look(job).await {
            Some(found) => {
                let matches = guard.matches(&found);
                self.sights.insert(job.clone(), (found, Instant::now()));
                matches
            }
            None => true,
        }
    }

    async fn look(&self, job: &JobRef) -> Option<Job> {
        let canceller = self.session.open(providers::find(job.provider)?).ok()?;
        let mut budget = Budget::new(&self.session.policy, Control::new(self.deadline));
        canceller.read_dyn(&job.id, &mut budget).await.ok()
    }
}
