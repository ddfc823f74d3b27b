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
    pub(super) session: &'a Session,
    pub(super) confirm: &'a ConfirmArgs,
    pub(super) guard: Option<&'a Filter>,
    pub(super) deadline: Option<Instant>,
}

impl Counting<'_> {
    /// Reads `source` as far as the guards need; all of it comes back, behind a refusal
    /// where the number is another than was foreseen.
    ///
    /// # Errors
    /// The source's.
    pub(super) async fn count(&self, mut source: Source) -> Result<Chosen, Error> {
        let Some(enough) = self.confirm.enough() else {
            return Ok(Chosen::of(source));
        };
        let mut inputs = Vec::new();
        let mut known = HashSet::new();
        let mut sights = HashMap::new();
        let (mut count, mut duplicates) = (0, 0);
        while count < enough {
            match source.next().await? {
                None => break,
                Some(broken @ Input::Broken(_)) => {
                    // Met first, so that nothing is sent, and every job comes out.
                    inputs.insert(0, broken);
                    return Ok(Chosen { sights, duplicates, ..Chosen::of(Source::chained(inputs, source)) });
                }
                Some(Input::Job { job, .. }) if known.contains(&job) => duplicates += 1,
                Some(Input::Job { line, job, state }) => {
                    if self.counts(&job, &mut sights).await {
                        count += 1;
                    }
                    known.insert(job.clone());
                    inputs.push(Input::Job { line, job, state });
                }
                Some(other) => inputs.push(other),
            }
        }
        match self.confirm.check_count(count, false) {
            Ok(()) => Ok(Chosen { sights, duplicates, ..Chosen::of(Source::given(inputs)) }),
            Err(error) => {
                inputs.insert(0, Input::Refused(error));
                Ok(Chosen { sights, duplicates, refused: true, ..Chosen::of(Source::chained(inputs, source)) })
            }
        }
    }

    /// Whether a job counts. One that cannot be read may match, so it does.
    async fn counts(&self, job: &JobRef, sights: &mut Sights) -> bool {
        let Some(guard) = self.guard else { return true };
        match self.look(job).await {
            Some(found) => {
                let matches = guard.matches(&found);
                sights.insert(job.clone(), (found, Instant::now()));
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
