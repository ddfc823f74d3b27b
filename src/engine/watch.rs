//! Waiting for jobs to end: polls each job, ever more seldom, never below the
//! vendor's floor, and uses the vendor's lists where many jobs wait at once.
//!
//! Owns the pace of polling and the end of waiting. A list only saves reads of jobs
//! that it shows as live; that a job ended is believed from its own status alone.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::lane::Lane;
use super::listing::{self, Listing};
use super::work::{Task, Work};
use super::{Filter, Settled};
use crate::canceller::{DynCanceller, ListQuery, ReadFailure};
use crate::error::ErrorKind;
use crate::http::{Budget, Policy, StopCause};
use crate::job::{Job, JobId};

/// The first pause between two reads of one job.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15);

/// From so many due jobs on, a list is asked before each job is.
const MANY: usize = 20;

/// A job whose end is waited for.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) task: Task,
    /// What became of its cancel, where it was cancelled here.
    pub(super) settled: Option<Settled>,
    /// What was last seen of it.
    pub(super) last: Option<Job>,
}

/// How the waiting for one job ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// The job ended.
    Ended(Job),
    /// The deadline passed.
    Deadline,
    /// A signal: nobody waits any more.
    Detached(StopCause),
    /// It can not be read any more.
    Failed(ReadFailure),
}

/// How to wait.
#[derive(Clone, Debug)]
pub struct WaitRules {
    /// A fixed pause between two reads of one job; adaptive where there is none.
    pub interval: Option<Duration>,
    /// How long waiting goes on after the last send, where nothing else bounds it.
    pub patience: Duration,
    /// How hard to try each read.
    pub policy: Policy,
    /// Reads at once.
    pub concurrency: usize,
}

/// One watched job and when it is looked at next.
struct Item {
    watched: Watched,
    due: Instant,
    pause: Duration,
}

/// Watches the jobs of one lane until each has ended or waiting is over.
pub(super) struct Watcher<W: Work> {
    pub(super) work: Arc<W>,
    pub(super) lane: Arc<Lane>,
    pub(super) canceller: Arc<dyn DynCanceller>,
    pub(super) rules: WaitRules,
    pub(super) results: UnboundedSender<W::Row>,
    /// Says when waiting ends, once the last send is over.
    pub(super) deadline: watch::Receiver<Option<Instant>>,
}

impl<W: Work> Watcher<W> {
    /// Watches what arrives until nothing more can.
    pub(super) async fn run(mut self, mut arriving: UnboundedReceiver<Watched>) {
        let mut items: Vec<Item> = Vec::new();
        let mut open = true;
        while open || !items.is_empty() {
            let next = items.iter().map(|item| item.due).min();
            let control = self.lane.control.clone();
            tokio::select! {
                biased;
                end = over(&control, &mut self.deadline) => {
                    self.give_up(items, &mut arriving, &end).await;
                    return;
                }
                arrived = arriving.recv(), if open => match arrived {
                    Some(watched) => items.push(self.item(watched)),
                    None => open = false,
                },
                () = until(next) => {
                    let (due, later) = items.into_iter().partition(|item: &Item| item.due <= Instant::now());
                    items = later;
                    items.extend(self.look(due).await);
                }
            }
        }
    }

    /// A new job: looked at at once, unless it was just read or just cancelled.
    fn item(&self, watched: Watched) -> Item {
        let pause = self.rules.interval.unwrap_or(FIRST);
        let fresh = watched.settled.is_none();
        let due = if fresh { Instant::now() } else { Instant::now() + pause };
        let due = due.max(self.earliest(&watched.task));
        Item { watched, due, pause }
    }

    /// The vendor's floor: not before this may the job be read again.
    fn earliest(&self, task: &Task) -> Instant {
        match (task.last_read, self.lane.entry.capabilities.poll_floor) {
            (Some(last), Some(floor)) => last + floor,
            _ => Instant::now(),
        }
    }

    /// Reads every due job once; returns those that go on.
    async fn look(&self, due: Vec<Item>) -> Vec<Item> {
        let live = if due.len() > MANY { self.shown_live().await } else { HashSet::new() };
        let (shown, unseen): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|item| live.contains(&item.watched.task.job.id));
        let mut items: Vec<Item> = shown.into_iter().map(|item| self.later(item)).collect();
        let mut reads = stream::iter(unseen)
            .map(|item| async move {
                let mut budget = Budget::new(&self.rules.policy, self.control());
                let look = self.canceller.read_dyn(&item.watched.task.job.id, &mut budget).await;
                (item, look)
            })
            .buffer_unordered(self.rules.concurrency);
        while let Some((mut item, look)) = reads.next().await {
            item.watched.task.last_read = Some(Instant::now());
            match look {
                Ok(job) if job.is_terminal() => self.conclude(item.watched, End::Ended(job)),
                Ok(job) => {
                    item.watched.last = Some(job);
                    items.push(self.later(item));
                }
                Err(failure) if is_final(&failure) => self.conclude(item.watched, End::Failed(failure)),
                Err(_) => items.push(self.later(item)),
            }
        }
        items
    }

    /// Cuts reads off when the waiting is over.
    fn control(&self) -> crate::http::Control {
        self.lane.control.until_then(*self.deadline.borrow())
    }

    /// The jobs that the vendor's list of live jobs shows; empty where it has none
    /// or it cannot be read, so that every job is read by itself.
    async fn shown_live(&self) -> HashSet<JobId> {
        let capabilities = &self.lane.entry.capabilities;
        if !capabilities.list || capabilities.poll_floor.is_none() {
            return HashSet::new();
        }
        let mut live = HashSet::new();
        let listing = Listing {
            canceller: &*self.canceller,
            query: ListQuery::default(),
            filter: Filter::default(),
            policy: &self.rules.policy,
            control: &self.control(),
            limit: None,
        };
        let walked = listing::walk(&listing, &mut |job| {
            if !job.is_terminal() {
                live.insert(job.id);
            }
            true
        })
        .await;
        // Part of a list is still true of the jobs that it shows.
        let _ = walked;
        live
    }

    /// Puts a job off: half as long again each time, with jitter, so that jobs
    /// which came together do not stay together.
    fn later(&self, mut item: Item) -> Item {
        let pause = item.pause;
        if self.rules.interval.is_none() {
            item.pause = item.pause.mul_f64(1.5).min(LONGEST);
        }
        let jitter = if self.rules.interval.is_none() { 0.9 + 0.2 * fastrand::f64() } else { 1.0 };
        item.due = (Instant::now() + pause.mul_f64(jitter)).max(self.earliest(&item.watched.task));
        item
    }

    async fn give_up(&self, items: Vec<Item>, arriving: &mut UnboundedReceiver<Watched>, end: &End) {
        for item in items {
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

/// Resolves when waiting is over: a stop, or the deadline once there is one.
async fn over(control: &crate::http::Control, deadline: &mut watch::Receiver<Option<Instant>>) -> End {
    let moment = async {
        loop {
            let moment = *deadline.borrow_and_update();
            tokio::select! {
                () = until(moment) => return,
                changed = deadline.changed() => if changed.is_err() {
                    until(moment).await;
                    return;
                },
            }
        }
    };
    tokio::select! {
        cause = control.drained() => match cause {
            StopCause::Deadline => End::Deadline,
            cause => End::Detached(cause),
        },
        () = moment => End::Deadline,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
