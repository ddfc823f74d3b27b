//! The work of `status` (one read per job) and `wait` (reads until the job ends).

use std::sync::Arc;

use super::cancelling::with_trouble;
use super::judge::{self, Finding};
use super::watch::{End, Watched};
use super::work::{Doing, Means, Task, Work};
use super::{Seen, Subject};
use crate::canceller::{Outcome, ReadFailure};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Policy, StopCause};
use crate::job::{Job, JobState};

/// What a job is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That it ends, however.
    Terminal,
    /// That it is cancelled.
    Cancelled,
}

/// Reads each job once.
pub(super) struct Looking {
    pub(super) policy: Policy,
}

/// Reads each job until it has ended.
pub(super) struct Waiting {
    pub(super) goal: Goal,
}

impl Work for Looking {
    type Row = Seen;

    fn perform(self: Arc<Self>, means: Means<Seen>, tasks: Vec<Task>, _announced: bool) -> Doing {
        Box::pin(async move {
            for task in tasks {
                let mut budget = Budget::new(&self.policy, means.lane.control.clone());
                let row = match means.canceller.read_dyn(&task.job.id, &mut budget).await {
                    Ok(job) => {
                        means.lane.learn(None);
                        seen(&task, Some(job))
                    }
                    Err(failure) => {
                        if let ReadFailure::Unreadable { error, .. } = &failure {
                            means.lane.learn(Some(error.kind));
                        }
                        unseen(&task, failure)
                    }
                };
                let _ = means.results.send(row);
            }
        })
    }

    fn shelve(&self, task: &Task, finding: Finding) -> Seen {
        shelved(task, finding)
    }

    fn conclude(&self, watched: Watched, _end: End) -> Seen {
        seen(&watched.task, watched.last)
    }
}

impl Work for Waiting {
    type Row = Seen;

    /// Hands the jobs to the watcher and is done.
    fn perform(self: Arc<Self>, means: Means<Seen>, tasks: Vec<Task>, _announced: bool) -> Doing {
        for task in tasks {
            if let Some(watch) = &means.watch {
                let _ = watch.send(Watched { task, settled: None, last: None, trouble: None });
            }
        }
        Box::pin(std::future::ready(()))
    }

    fn shelve(&self, task: &Task, finding: Finding) -> Seen {
        // Nothing is sent by a wait: what it did not come to see is pending.
        let late = finding
            .error
            .as_ref()
            .is_some_and(|error| matches!(error.kind, ErrorKind::Deadline | ErrorKind::Interrupted));
        if late {
            Seen {
                error: finding.error.map(|error| Box::new(unread(error))),
                ..with_outcome(seen(task, None), Outcome::Pending, None)
            }
        } else {
            shelved(task, finding)
        }
    }

    fn conclude(&self, watched: Watched, end: End) -> Seen {
        let (task, last, trouble) = (&watched.task, watched.last, watched.trouble);
        match end {
            End::Ended(job) => {
                let met = self.goal == Goal::Terminal || job.state == JobState::Cancelled;
                let outcome = if met { Outcome::Met } else { Outcome::Unmet };
                let error = (!met).then(|| Error::new(ErrorKind::Unmet, format!("the job ended as {}", job.state)));
                with_outcome(seen(task, Some(job)), outcome, error)
            }
            End::Failed(failure) => unseen(task, failure),
            // Never seen: nobody can say that it had not ended.
            End::Deadline if last.is_none() && trouble.is_some() => {
                let error = trouble.map(|error| Error {
                    message: format!("it could not be read before the deadline: {}", error.message),
                    ..error
                });
                with_outcome(seen(task, None), Outcome::Unavailable, error)
            }
            End::Deadline => {
                let message = with_trouble("the job had not ended when the waiting did", trouble.as_ref());
                let error = Error::new(ErrorKind::Deadline, message);
                with_outcome(seen(task, last), Outcome::Pending, Some(error))
            }
            End::Detached(StopCause::Unauthorized) => {
                let finding = judge::stopped(StopCause::Unauthorized);
                with_outcome(seen(task, last), finding.outcome, finding.error)
            }
            End::Detached(cause) => {
                let error = Error {
                    message: "waiting was broken off; the job was left alone".into(),
                    ..judge::stop_error(cause)
                };
                with_outcome(seen(task, last), Outcome::Pending, Some(error))
            }
        }
    }
}

/// A job that was read.
fn seen(task: &Task, job: Option<Job>) -> Seen {
    Seen {
        index: task.index,
        line: task.line,
        subject: Subject::Job(task.job.clone()),
        outcome: None,
        ok: true,
        exit: ExitCode::Ok,
        job,
        error: None,
    }
}

fn with_outcome(seen: Seen, outcome: Outcome, error: Option<Error>) -> Seen {
    let exit = outcome.exit();
    Seen { outcome: Some(outcome), ok: exit == ExitCode::Ok, exit, error: error.map(Box::new), ..seen }
}

/// A job that could not be read.
fn unseen(task: &Task, failure: ReadFailure) -> Seen {
    let (outcome, error) = match failure {
        ReadFailure::Absent(error) => (Outcome::NotFound, error),
        ReadFailure::Unreadable { error, .. } => (judge::outcome_of(error.kind), error),
        ReadFailure::Stopped(cause) => (Outcome::NotSent, unread(judge::stop_error(cause))),
    };
    with_outcome(seen(task, None), outcome, Some(error))
}

fn shelved(task: &Task, finding: Finding) -> Seen {
    with_outcome(seen(task, None), finding.outcome, finding.error.map(unread))
}

/// What is said of a send, said of a read.
fn unread(error: Error) -> Error {
    match error.message.strip_prefix("not sent") {
        Some(rest) => Error { message: format!("not read{rest}"), ..error },
        None => error,
    }
}
