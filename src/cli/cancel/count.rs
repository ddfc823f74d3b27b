//! `--max` and `--expect` on jobs that are named: how many they are is known before
//! the first cancel is sent.
//!
//! Reads no further than decides it, so that memory is bounded by the guard's number.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use super::super::select::ConfirmArgs;
use super::super::session::Session;
use super::choosing::Chosen;
use crate::canceller::ReadFailure;
use crate::engine::{Filter, Input, Look, Sights, Source, learn_names};
use crate::error::Error;
use crate::http::{Budget, Control};
use crate::job::{Job, JobRef};
use crate::providers::{self, VENDORS};

/// So many jobs may wait for one walk of a vendor's lists.
const WALK: u64 = 500;

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
    /// Jobs that were read, and when; they count if their names match.
    nameless: Vec<(JobRef, Job, Instant)>,
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
            nameless: Vec::new(),
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
        loop {
            if self.whole || self.count + self.nameless.len() as u64 >= enough.saturating_add(self.ahead()) {
                self.name().await;
            }
            if self.whole || self.count >= enough {
                break;
            }
            match self.source.next().await? {
                None => self.whole = true,
                Some(broken @ Input::Broken(_)) => {
                    // Met first, so that nothing is sent, and every job comes out.
                    self.inputs.insert(0, broken);
                    return Ok(());
                }
                Some(Input::Job { job, .. }) if self.known.contains(&job) => self.duplicates += 1,
                Some(Input::Job { line, job, state }) => {
                    self.known.insert(job.clone());
                    self.inputs.push(Input::Job { line, job: job.clone(), state });
                    self.meet(job).await;
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

    /// How many more jobs may wait for one walk of the lists. A stream is read no further
    /// than its guard needs.
    fn ahead(&self) -> u64 {
        if self.source.is_stream() { 0 } else { WALK }
    }

    /// All of the source, behind a refusal where the number is another than was foreseen.
    pub(super) fn chosen(self) -> Chosen {
        let source = if self.whole { Source::given(self.inputs) } else { Source::chained(self.inputs, self.source) };
        Chosen { sights: self.sights, duplicates: self.duplicates, refused: self.refused, ..Chosen::of(source) }
    }

    /// Counts a job, where that hinges on no name.
    async fn meet(&mut self, job: JobRef) {
        let Some(guard) = self.guard else {
            self.count += 1;
            return;
        };
        match self.look(&job).await {
            // One that cannot be read may match, so it counts.
            Err(_) => self.count += 1,
            Ok(found) if by_list(&job) && guard.hinges_on_name(&found) => {
                self.nameless.push((job, found, Instant::now()));
            }
            Ok(found) => {
                self.count += u64::from(guard.matches(&found));
                self.sights.insert(job, (found, Instant::now()));
            }
        }
    }

    /// Counts those whose names only their vendor's lists tell; without one they may match.
    async fn name(&mut self) {
        let Some(guard) = self.guard else { return };
        let mut looks: Vec<Look> = self.nameless.iter().map(|(_, found, _)| Ok(found.clone())).collect();
        for entry in VENDORS.iter().filter(|entry| entry.capabilities.names_by_list()) {
            let of_vendor = self.nameless.iter().zip(&mut looks).filter(|((job, ..), _)| job.provider == entry.name);
            let mut wanted = of_vendor.map(|((job, ..), look)| (job.id.clone(), look)).peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let Ok(vendor) = self.session.open(entry) else { continue };
            learn_names(&*vendor, wanted, &self.session.policy, &Control::new(self.deadline)).await;
        }
        for ((job, found, at), look) in std::mem::take(&mut self.nameless).into_iter().zip(looks) {
            self.count += u64::from(look.as_ref().map_or(true, |named| guard.matches(named)));
            self.sights.insert(job, (look.unwrap_or(found), at));
        }
    }

    async fn look(&self, job: &JobRef) -> Look {
        let opened = providers::known(job.provider).and_then(|entry| self.session.open(entry));
        let vendor = opened.map_err(|error| ReadFailure::Unreadable { error, status: None })?;
        let mut budget = Budget::new(&self.session.policy, Control::new(self.deadline));
        vendor.read_dyn(&job.id, &mut budget).await
    }
}

/// Whether the vendor's lists tell the job's name, and its status does not.
fn by_list(job: &JobRef) -> bool {
    providers::find(job.provider).is_some_and(|entry| entry.capabilities.names_by_list())
}
