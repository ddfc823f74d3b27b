//! One chunk of jobs from its first send to its results: send, look where the
//! answer does not decide, send again what is provably still live.
//!
//! Owns the rule that nothing is sent again before the state was read.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::filter::Filter;
use super::input::Earlier;
use super::judge::{self, Finding, Open, Ruling, Step};
use super::lane::Lane;
use super::naming::{Look, learn_names};
use super::recorder::Recorder;
use super::watch::Watched;
use super::work::Task;
use super::{Settled, Subject};
use crate::canceller::{Answer, DynCanceller, Outcome, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, backoff};
use crate::job::{Job, JobId, JobRef};

/// What a run wants of every job.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Confirm an accepted 2xx that names no state by one read.
    pub verify: bool,
    /// A job that ended by itself counts as a failure.
    pub strict: bool,
    /// A job that is not there counts as well done.
    pub ignore_not_found: bool,
    /// Send nothing; say what would be cancelled.
    pub dry_run: bool,
    /// Named jobs must match this, or they are left alone.
    pub guard: Option<Filter>,
    /// What was already read of named jobs, and when.
    pub sights: Sights,
}

/// What was read of jobs before the run, and when.
pub type Sights = HashMap<JobRef, (Job, Instant)>;

/// The circumstances of a finding.
#[derive(Clone, Debug, Default)]
struct Circumstances {
    attempts: u32,
    http_status: Option<u16>,
    request_id: Option<String>,
}

/// Everything that one chunk needs.
pub(super) struct Chunk {
    pub(super) lane: Arc<Lane>,
    pub(super) canceller: Arc<dyn DynCanceller>,
    pub(super) rules: Arc<Rules>,
    pub(super) results: UnboundedSender<Settled>,
    /// Where accepted jobs go whose end is waited for.
    pub(super) watch: Option<UnboundedSender<Watched>>,
    pub(super) recorder: Arc<dyn Recorder>,
    /// Jobs that no earlier part of the run sent are on record as sent already.
    pub(super) announced: bool,
}

/// A job whose cancel had no effect, with the answer that may have lied.
struct Again {
    task: Task,
    open: Open,
    circumstances: Circumstances,
}

/// What earlier sends left open, by the jobs' indices.
type Opens = HashMap<u64, Open>;

impl Chunk {
    /// Brings every task to its result; each is sent the moment it is known.
    pub(super) async fn settle(self, tasks: Vec<Task>) {
        let mut budget = self.lane.budget();
        let mut opens = Opens::new();
        let tasks = self.guard(tasks, &budget).await;
        let mut pending = self.look_first(tasks, &mut opens, &budget).await;
        if self.rules.dry_run {
            for task in pending.drain(..) {
                self.report(&task, judge::planned(task.state_before), Circumstances::default());
            }
        }
        self.announce(&pending);
        while !pending.is_empty() {
            let ids: Vec<JobId> = pending.iter().map(|task| task.job.id.clone()).collect();
            let mut answers = self.canceller.cancel_dyn(&ids, &mut budget).await;
            // One answer per job is the trait's promise; a vendor that breaks it
            // must not lose a job.
            answers.resize_with(pending.len(), || {
                Answer::without_reply(Verdict::PerhapsSent(Error::new(
                    ErrorKind::Internal,
                    "the vendor's answer is missing",
                )))
            });
            let again = self.resolve(pending, answers, &opens, &budget).await;
            pending = self.next_round(again, &mut opens, &budget).await;
        }
    }

    /// Reads each job where there is a guard, and reports those that do not match.
    async fn guard(&self, tasks: Vec<Task>, budget: &Budget) -> Vec<Task> {
        let Some(guard) = &self.rules.guard else { return tasks };
        if guard.names() && !self.lane.capabilities.names {
            for task in tasks {
                let message = format!("{} jobs have no names, so --name cannot be honoured", self.lane.name);
                let finding = Finding::blank(Outcome::Invalid, Some(Error::new(ErrorKind::Usage, message)));
                self.report(&task, finding, Circumstances::default());
            }
            return Vec::new();
        }
        // What an earlier part sent was let through then, and may have changed since.
        let (mut matching, tasks): (Vec<_>, Vec<_>) = tasks.into_iter().partition(Task::was_sent);
        let mut seen: Vec<_> = self.looks(tasks, budget).collect().await;
        self.find_names(guard, &mut seen, &budget.control).await;
        for (mut task, look) in seen {
            let finding = match look {
                Ok(job) if guard.matches(&job) => {
                    task.state_before = Some(job.state);
                    matching.push(task);
                    continue;
                }
                Ok(job) => {
                    task.state_before = Some(job.state);
                    Finding::seen(Outcome::Skipped, &job, None)
                }
                Err(failure) => judge::unread(failure),
            };
            self.report(&task, finding, Circumstances::default());
        }
        matching.sort_by_key(|task| task.index);
        matching
    }

    /// Settles what an earlier part of the run left by what became of it: what was
    /// sent as if the answer had been lost. Returns what has to be sent.
    async fn look_first(&self, tasks: Vec<Task>, opens: &mut Opens, budget: &Budget) -> Vec<Task> {
        // A guard has read the job already.
        let unread = |task: &Task| task.was_sent() || (task.earlier.is_some() && self.rules.guard.is_none());
        if !tasks.iter().any(unread) {
            return tasks;
        }
        let (left, mut unsent): (Vec<_>, Vec<_>) = tasks.into_iter().partition(unread);
        let mut looks = self.looks(left, budget);
        let error = Error::new(ErrorKind::Lost, "the run was broken off before the answer came");
        let lost = Verdict::PerhapsSent(error.clone());
        while let Some((task, look)) = looks.next().await {
            let lost_before = task.earlier == Some(Earlier::Sent);
            let ruling = match task.earlier {
                Some(Earlier::Sent) => judge::judge_look(&lost, look, &self.lane.capabilities),
                Some(Earlier::Accepted) => Ruling::Done(judge::accepted_before(look)),
                _ => judge::judge_unsent(look),
            };
            match ruling {
                Ruling::Done(finding) => self.report(&task, finding, Circumstances::default()),
                Ruling::SendAgain(job) => {
                    let state_before = Some(job.state);
                    if lost_before {
                        opens.insert(task.index, Open { error: error.clone(), job });
                    }
                    unsent.push(Task { state_before, ..task });
                }
            }
        }
        unsent.sort_by_key(|task| task.index);
        unsent
    }

    /// Reads each job that was not read before the run.
    fn looks<'a>(
        &'a self,
        tasks: Vec<Task>,
        budget: &'a Budget,
    ) -> FuturesUnordered<impl Future<Output = (Task, Result<Job, ReadFailure>)> + 'a> {
        let look = move |mut task: Task| async move {
            let look = match self.rules.sights.get(&task.job) {
                Some((job, at)) => {
                    task.last_read = Some(*at);
                    Ok(job.clone())
                }
                None => self.look(&mut task, budget).await,
            };
            if let Err(ReadFailure::Unreadable { error, .. }) = &look {
                self.lane.learn(Some(error.kind));
            }
            (task, look)
        };
        tasks.into_iter().map(look).collect()
    }

    /// Has it on record that these are sent now.
    fn announce(&self, tasks: &[Task]) {
        let mut missing =
            tasks.iter().filter(|task| task.earlier.is_some() || !self.announced).map(Task::entrant).peekable();
        if missing.peek().is_some() {
            self.recorder.sending(&mut missing);
        }
    }

    /// Takes names from the vendor's lists where a status tells none and the guard
    /// wants one.
    async fn find_names(&self, guard: &Filter, seen: &mut [(Task, Look)], control: &Control) {
        if !self.lane.capabilities.names_by_list() {
            return;
        }
        let wanted = |look: &Look| look.as_ref().is_ok_and(|job| guard.hinges_on_name(job));
        let nameless = seen.iter_mut().filter(|(_, look)| wanted(look));
        let nameless = nameless.map(|(task, look)| (task.job.id.clone(), look));
        if let Some(error) = learn_names(&*self.canceller, nameless, &self.lane.policy, control).await {
            self.lane.learn(Some(error.kind));
        }
    }

    /// Settles what can be settled and returns what has to be sent again.
    async fn resolve(&self, tasks: Vec<Task>, answers: Vec<Answer>, opens: &Opens, budget: &Budget) -> Vec<Again> {
        let mut looks = Vec::new();
        for (mut task, answer) in tasks.into_iter().zip(answers) {
            let circumstances = Circumstances {
                attempts: budget.sends(),
                http_status: answer.http_status,
                request_id: answer.request_id,
            };
            self.lane.learn(match &answer.verdict {
                Verdict::Failed(error) => Some(error.kind),
                _ => None,
            });
            match judge::judge(&answer.verdict, &self.lane.capabilities, self.rules.verify) {
                Step::Done(finding) => {
                    let finding = judge::not_undone(&answer.verdict, finding, opens.get(&task.index));
                    self.report(&task, finding, circumstances);
                }
                Step::Look => looks.push(async move {
                    let look = self.look(&mut task, budget).await;
                    (task, answer.verdict, circumstances, look)
                }),
            }
        }
        if looks.is_empty() {
            return Vec::new();
        }
        let mut looks: FuturesUnordered<_> = looks.into_iter().collect();
        let mut again = Vec::new();
        while let Some((task, verdict, circumstances, look)) = looks.next().await {
            if let Err(ReadFailure::Unreadable { error, .. }) = &look
                && error.kind == ErrorKind::CredentialsRejected
            {
                self.lane.learn(Some(error.kind));
            }
            match (judge::judge_look(&verdict, look, &self.lane.capabilities), verdict) {
                (Ruling::Done(finding), _) => self.report(&task, finding, circumstances),
                (Ruling::SendAgain(job), Verdict::PerhapsSent(error)) => {
                    let open = Open { error, job }.after(opens.get(&task.index));
                    again.push(Again { task, open, circumstances });
                }
                (Ruling::SendAgain(job), _) => {
                    self.report(&task, Finding::seen(Outcome::Unknown, &job, None), circumstances);
                }
            }
        }
        again.sort_by_key(|again| again.task.index);
        self.allow(again, budget)
    }

    /// Reports what may not be sent again, because tries or time are used up or
    /// sending was stopped.
    fn allow(&self, again: Vec<Again>, budget: &Budget) -> Vec<Again> {
        if budget.left().is_some() && budget.control.stopped().is_none() {
            return again;
        }
        for Again { task, open, circumstances } in again {
            self.report(&task, judge::exhausted(&open), circumstances);
        }
        Vec::new()
    }

    /// Waits before the next send; what a stop then cuts off is reported as it was
    /// last seen.
    async fn next_round(&self, again: Vec<Again>, opens: &mut Opens, budget: &Budget) -> Vec<Task> {
        if again.is_empty() {
            return Vec::new();
        }
        // At least half of what is left is for the sending itself.
        let most = budget.left().unwrap_or_default() / 2;
        tokio::select! {
            () = tokio::time::sleep(backoff(budget.attempts).min(most)) => {}
            _ = budget.control.drained() => {}
        }
        let again = self.allow(again, budget);
        opens.clear();
        opens.extend(again.iter().map(|again| (again.task.index, again.open.clone())));
        again.into_iter().map(|again| again.task).collect()
    }

    /// Reads one job's state, not sooner than the vendor's floor allows.
    async fn look(&self, task: &mut Task, budget: &Budget) -> Result<Job, ReadFailure> {
        let mut budget = budget.for_read();
        if let (Some(floor), Some(last)) = (self.lane.capabilities.poll_floor, task.last_read) {
            tokio::select! {
                () = tokio::time::sleep_until(last + floor) => {}
                cause = budget.control.aborted() => return Err(ReadFailure::Stopped(cause)),
            }
        }
        let look = self.canceller.read_dyn(&task.job.id, &mut budget).await;
        task.last_read = Some(Instant::now());
        look
    }

    fn report(&self, task: &Task, finding: Finding, circumstances: Circumstances) {
        let settled = settled(task, finding, &self.rules, circumstances);
        // Sending fails only when the run is gone and nobody wants results any more.
        match &self.watch {
            Some(watch) if settled.outcome == Outcome::Requested => {
                self.recorder.accepted(task.entrant());
                let _ = watch.send(Watched { task: task.clone(), settled: Some(settled), last: None, trouble: None });
            }
            _ => {
                let _ = self.results.send(settled);
            }
        }
    }
}

fn settled(task: &Task, mut finding: Finding, rules: &Rules, circumstances: Circumstances) -> Settled {
    if task.earlier == Some(Earlier::TurnedAway) && finding.outcome == Outcome::NotSent {
        finding = sent_before(finding, Outcome::Unavailable, "it was turned away before");
    }
    let (ok, exit) = judge::weigh(finding.outcome, rules.strict, rules.ignore_not_found);
    let error = finding.error.or_else(|| {
        let ended = finding.outcome == Outcome::Finished;
        ended.then(|| Error::new(ErrorKind::Finished, "the job had ended by itself, and --strict was given"))
    });
    Settled {
        index: task.index,
        line: task.line,
        subject: Subject::Job(task.job.clone()),
        outcome: finding.outcome,
        ok,
        exit,
        state_before: task.state_before,
        state: finding.state,
        provider_state: finding.provider_state,
        verified: finding.verified,
        // What was sent before counts as one: more is not known.
        attempts: circumstances.attempts + u32::from(task.was_sent()),
        http_status: circumstances.http_status,
        request_id: circumstances.request_id,
        elapsed: task.started.elapsed(),
        error: error.filter(|_| !ok).map(Box::new),
    }
}

/// What an earlier part of the run came to is not undone by this one's asking nobody.
fn sent_before(finding: Finding, outcome: Outcome, what: &str) -> Finding {
    let error = finding.error.map(|error| Error {
        // It ends as itself, and not as what the rest was left for.
        kind: match error.kind {
            ErrorKind::FailFast | ErrorKind::NotConfirmed => ErrorKind::Interrupted,
            kind => kind,
        },
        message: format!("{what}; {}", judge::why_not(&error)),
        ..error
    });
    Finding { outcome, error, ..finding }
}

/// The result of a job that never came to be sent, by this part of the run.
pub(super) fn unsent(task: &Task, mut finding: Finding, rules: &Rules) -> Settled {
    let undecided = matches!(finding.outcome, Outcome::NotSent | Outcome::Unauthorized | Outcome::Unavailable);
    if task.earlier == Some(Earlier::Accepted) && undecided {
        finding = finding.error.map_or_else(|| Finding::blank(Outcome::Requested, None), judge::unended);
    }
    if task.earlier == Some(Earlier::Sent) && undecided {
        finding = sent_before(finding, Outcome::Unknown, "it was sent before");
    }
    settled(task, finding, rules, Circumstances::default())
}

#[cfg(test)]
mod tests;
