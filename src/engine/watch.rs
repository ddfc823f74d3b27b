//! Waiting for jobs to end: polls each job, ever more seldom, never below the
//! vendor's floor, and asks the vendor's lists where many jobs wait for a vendor that
//! rations status reads.
//!
//! Owns the pace of polling and the end of waiting. That a list does not show a job
//! says nothing about it.

mod crowd;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

use self::crowd::{CROWD, Crowd, FIRST_GLANCE, GLANCE_PATIENCE, Item};
use super::Settled;
use super::lane::Lane;
use super::work::{Task, Work};
use crate::canceller::{DynCanceller, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, StopCause, until};
use crate::job::{Job, JobId, JobRef, JobState};

/// The first pause between two reads of one job.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15);

/// A job whose end is waited for.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) task: Task,
    /// What became of its cancel, where it was cancelled here.
    pub(super) settled: Option<Settled>,
    /// What was last seen of it.
    pub(super) last: Option<Job>,
    /// Why it could not be read the last time.
    pub(super) trouble: Option<Error>,
}

/// How the waiting for one job ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// The job ended.
    Ended(Job),
    /// The deadline passed.
    Deadline,
    /// Nobody waits any more: a signal, or the credential is no longer accepted.
    Detached(StopCause),
    /// It can not be read any more.
    Failed(ReadFailure),
}

/// A change of a watched job's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The job.
    pub job: JobRef,
    /// Its state before, where that was known.
    pub before: Option<JobState>,
    /// Its state now.
    pub after: JobState,
    /// The vendor's own word for it.
    pub provider_state: Option<String>,
}

/// How to wait.
#[derive(Clone, Debug)]
pub struct WaitRules {
    /// A fixed pause between two reads of one job; adaptive where there is none.
    pub interval: Option<Duration>,
    /// How long waiting goes on after the last send, where nothing else bounds it.
    pub patience: Duration,
    /// Who is told of every change of state.
    pub changes: Option<UnboundedSender<Change>>,
}

/// When waiting is over, as far as a run knows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Until {
    /// Its end, once the last send is over.
    pub(super) deadline: Option<Instant>,
    /// A signal asked to stop.
    pub(super) signal: Option<StopCause>,
}

/// What a call of the watcher's brought.
enum Brought {
    /// A read of the job with this number, and until when the vendor wants to be left
    /// alone about it.
    Read(u64, Result<Job, ReadFailure>, Option<Instant>),
    /// What the lists show, where they do.
    Glance(Option<Vec<Job>>),
}

type Calls = FuturesUnordered<Pin<Box<dyn Future<Output = Brought>>>>;

/// Watches the jobs of one lane until each has ended or waiting is over.
pub(super) struct Watcher<W: Work> {
    pub(super) work: Arc<W>,
    pub(super) lane: Arc<Lane>,
    pub(super) canceller: Arc<dyn DynCanceller>,
    /// Reads at once.
    pub(super) concurrency: usize,
    pub(super) rules: WaitRules,
    pub(super) results: UnboundedSender<W::Row>,
    /// Says when waiting ends.
    pub(super) until: watch::Receiver<Until>,
}

impl<W: Work> Watcher<W> {
    /// Watches what arrives until nothing more can.
    pub(super) async fn run(mut self, mut arriving: UnboundedReceiver<Watched>) {
        let mut crowd = Crowd::new();
        let mut calls = Calls::new();
        let mut open = true;
        while open || crowd.len() > 0 {
            while let Ok(watched) = arriving.try_recv() {
                self.add(&mut crowd, watched);
            }
            let wake = self.start(&mut crowd, &mut calls);
            let control = self.lane.control.clone();
            tokio::select! {
                biased;
                end = over(&control, &mut self.until) => {
                    // Not polled any more, they would keep their place in the limiter's
                    // queue, and everybody behind them waiting.
                    drop(calls);
                    self.give_up(crowd, &mut arriving, &end).await;
                    return;
                }
                arrived = arriving.recv(), if open => match arrived {
                    Some(watched) => self.add(&mut crowd, watched),
                    None => open = false,
                },
                Some(brought) = calls.next(), if !calls.is_empty() => match brought {
                    Brought::Read(number, look, put_off) => self.looked(&mut crowd, number, look, put_off),
                    Brought::Glance(jobs) => self.glanced(&mut crowd, jobs),
                },
                () = until(wake) => {}
            }
        }
    }

    /// A new job: looked at at once, unless it was just cancelled.
    fn add(&self, crowd: &mut Crowd, watched: Watched) {
        let pause = self.rules.interval.unwrap_or(FIRST);
        if self.lane.capabilities.poll_floor.is_some() {
            crowd.ever.insert(watched.task.job.id.clone());
        }
        let due = Instant::now() + if watched.settled.is_none() { Duration::ZERO } else { pause };
        crowd.add(due.max(self.earliest(&watched.task)), Item { watched, pause, put_off: None });
    }

    /// The vendor's floor: not before this may the job be read again.
    fn earliest(&self, task: &Task) -> Instant {
        match (task.last_read, self.lane.capabilities.poll_floor) {
            (Some(last), Some(floor)) => last + floor,
            _ => Instant::now(),
        }
    }

    /// Starts the calls whose turn it is. Returns when to look again, where no
    /// call that goes on will wake the watcher anyway.
    fn start(&self, crowd: &mut Crowd, calls: &mut Calls) -> Option<Instant> {
        let now = Instant::now();
        let rationed = self.lane.capabilities.poll_floor.is_some() && crowd.len() > CROWD;
        if rationed && crowd.next_glance <= now && crowd.due().is_some_and(|due| due <= now) {
            if crowd.glancing {
                crowd.allow(GLANCE_PATIENCE, false);
            } else {
                crowd.glancing = true;
                calls.push(self.glance(crowd));
            }
            crowd.next_glance = now + GLANCE_PATIENCE;
        }
        while crowd.reading.len() < self.concurrency && (!rationed || crowd.allowance > 0) {
            let Some((number, item)) = crowd.take_due(now) else { break };
            crowd.allowance = crowd.allowance.saturating_sub(1);
            calls.push(self.read(number, &item));
            crowd.reading.insert(number, item);
        }
        if crowd.reading.len() >= self.concurrency {
            return None;
        }
        let rest = rationed && crowd.allowance == 0;
        crowd.due().map(|due| if rest { due.max(crowd.next_glance) } else { due })
    }

    fn read(&self, number: u64, item: &Item) -> Pin<Box<dyn Future<Output = Brought>>> {
        let canceller = Arc::clone(&self.canceller);
        let id = item.watched.task.job.id.clone();
        let mut budget = Budget::new(&self.lane.policy, self.control());
        budget.polls = true;
        Box::pin(async move {
            let look = canceller.read_dyn(&id, &mut budget).await;
            Brought::Read(number, look, budget.put_off_for().map(|wait| Instant::now() + wait))
        })
    }

    fn glance(&self, crowd: &Crowd) -> Pin<Box<dyn Future<Output = Brought>>> {
        let canceller = Arc::clone(&self.canceller);
        let ids = crowd.ever.clone();
        let mut budget = Budget::new(&self.lane.policy, self.control());
        Box::pin(async move { Brought::Glance(canceller.glance_dyn(&ids, &mut budget).await) })
    }

    /// Cuts reads off when the waiting is over.
    fn control(&self) -> Control {
        self.lane.control.until_then(self.until.borrow().deadline)
    }

    fn looked(&self, crowd: &mut Crowd, number: u64, look: Result<Job, ReadFailure>, put_off: Option<Instant>) {
        let Some(mut item) = crowd.reading.remove(&number) else { return };
        item.watched.task.last_read = Some(Instant::now());
        item.put_off = put_off;
        match look {
            Ok(job) => {
                crowd.ends_read += usize::from(job.is_terminal());
                self.seen(crowd, item, job);
            }
            Err(failure) if is_final(&failure) => {
                if let ReadFailure::Unreadable { error, .. } = &failure
                    && error.kind == ErrorKind::CredentialsRejected
                {
                    self.lane.learn(Some(error.kind));
                }
                self.conclude(item.watched, End::Failed(failure));
            }
            Err(failure) => {
                if let ReadFailure::Unreadable { error, .. } = failure {
                    item.watched.trouble = Some(error);
                }
                self.later(crowd, item);
            }
        }
    }

    /// Takes over what the lists show, and allows some of the others to be read by
    /// themselves: in turn, so that a list which never shows them costs time only.
    fn glanced(&self, crowd: &mut Crowd, jobs: Option<Vec<Job>>) {
        crowd.glancing = false;
        let pause = self.rules.interval.unwrap_or(crowd.glance_pause).max(FIRST_GLANCE);
        crowd.next_glance = Instant::now() + pause;
        crowd.glance_pause = crowd.glance_pause.mul_f64(1.5).min(LONGEST);
        let told = jobs.is_some();
        let mut shown: HashMap<JobId, Job> = jobs.into_iter().flatten().map(|job| (job.id.clone(), job)).collect();
        for (key, item) in std::mem::take(&mut crowd.waiting) {
            match shown.remove(&item.watched.task.job.id) {
                Some(job) => {
                    crowd.ends_listed += usize::from(job.is_terminal());
                    self.seen(crowd, item, job);
                }
                None => {
                    crowd.waiting.insert(key, item);
                }
            }
        }
        crowd.allow(pause, told);
    }

    fn seen(&self, crowd: &mut Crowd, mut item: Item, job: Job) {
        self.tell(&item.watched, &job);
        if job.is_terminal() {
            self.conclude(item.watched, End::Ended(job));
        } else {
            item.watched.last = Some(job);
            item.watched.trouble = None;
            self.later(crowd, item);
        }
    }

    /// Says that a state has changed.
    fn tell(&self, watched: &Watched, job: &Job) {
        let Some(changes) = &self.rules.changes else { return };
        let cancelled = watched.settled.as_ref().and_then(|settled| Some((settled.state?, None)));
        let last = watched.last.as_ref().map(|last| (last.state, last.provider_state.as_deref()));
        let before = last.or(cancelled);
        let same_word = |word: Option<&str>| word.is_none() || word == job.provider_state.as_deref();
        if before.is_some_and(|(state, word)| state == job.state && same_word(word)) {
            return;
        }
        // Nobody may listen any more.
        let _ = changes.send(Change {
            job: watched.task.job.clone(),
            before: before.map(|(state, _)| state),
            after: job.state,
            provider_state: job.provider_state.clone(),
        });
    }

    /// Puts a job off: half as long again each time, with jitter, so that jobs
    /// which came together do not stay together.
    fn later(&self, crowd: &mut Crowd, mut item: Item) {
        let mut pause = item.pause;
        if self.rules.interval.is_none() {
            item.pause = pause.mul_f64(1.5).min(LONGEST);
            pause = pause.mul_f64(0.9 + 0.2 * fastrand::f64()).clamp(FIRST, LONGEST);
        }
        let due = (Instant::now() + pause).max(self.earliest(&item.watched.task));
        crowd.add(item.put_off.map_or(due, |until| due.max(until)), item);
    }

    async fn give_up(&self, crowd: Crowd, arriving: &mut UnboundedReceiver<Watched>, end: &End) {
        for item in crowd.waiting.into_values().chain(crowd.reading.into_values()) {
            self.conclude(item.watched, end.clone());
        }
        while let Some(watched) = arriving.recv().await {
            self.conclude(watched, end.clone());
        }
    }

    fn conclude(&self, watched: Watched, end: End) {
        // The run is gone only when nobody wants results any more.
        let _ = self.results.send(self.work.conclude(watched, end));
    }
}

/// Whether reading again cannot help.
fn is_final(failure: &ReadFailure) -> bool {
    match failure {
        ReadFailure::Absent(_) => true,
        ReadFailure::Unreadable { error, .. } => matches!(
            error.kind,
            ErrorKind::CredentialsRejected
                | ErrorKind::CredentialsMissing
                | ErrorKind::Forbidden
                | ErrorKind::Rejected
                | ErrorKind::Configuration
                | ErrorKind::Redirected
        ),
        ReadFailure::Stopped(_) => false,
    }
}

/// Resolves when waiting is over: a signal, a credential that is no longer accepted,
/// or the deadline once there is one. That sending has stopped ends no waiting.
async fn over(control: &Control, run: &mut watch::Receiver<Until>) -> End {
    let stopped = async {
        match control.drained().await {
            StopCause::FailFast | StopCause::Incomplete | StopCause::Unconfirmed | StopCause::GaveUp => {
                control.aborted().await
            }
            cause => cause,
        }
    };
    let told = async {
        loop {
            let now = *run.borrow_and_update();
            if let Some(cause) = now.signal {
                return End::Detached(cause);
            }
            tokio::select! {
                () = until(now.deadline) => return End::Deadline,
                changed = run.changed() => if changed.is_err() {
                    until(now.deadline).await;
                    return End::Deadline;
                },
            }
        }
    };
    tokio::select! {
        cause = stopped => match cause {
            StopCause::Deadline => End::Deadline,
            cause => End::Detached(cause),
        },
        end = told => end,
    }
}
