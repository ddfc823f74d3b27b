//! The work of `status` (one read per job) and `wait` (reads until the job ends).

use std::sync::Arc;

use super::cancelling::with_trouble;
use super::judge::{self, Finding};
use super::watch::{End, Watched};
use super::work::{Doing, Means, Task, Work};
use super::{Seen, Subject};
use crate::canceller::{Outcome, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::StopCause;
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
pub(super) struct Looking;

/// Reads each job until it has ended.
pub(super) struct Waiting {
    pub(super) goal: Goal,
}

impl Work for Looking {
    type Row = Seen;

    fn perform(self: Arc<Self>, means: Means<Seen>, tasks: Vec<Task>, _announced: bool) -> Doing {
        Box::pin(async move {
            for task in tasks {
                let mut budget = means.lane.budget();
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
            seen(task, None).with_outcome(Outcome::Pending, finding.error.map(unread))
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
                seen(task, Some(job)).with_outcome(outcome, error)
            }
            End::Failed(failure) => unseen(task, failure),
            // Never seen: nobody can say that it had not ended.
            End::Deadline if last.is_none() && trouble.is_some() => {
                let error = trouble.map(|error| Error {
                    message: format!("it could not be read before the deadline: {}", error.message),
                    ..error
                });
                seen(task, None).with_outcome(Outcome::Unavailable, error)
            }
            End::Deadline => {
                // It may have ended since it was read.
                let what = match &last {
                    Some(_) => "the waiting ended before the job was seen to end",
                    None => "the job had not been read when the waiting ended",
                };
                let message = with_trouble(what, trouble.as_ref());
                let error = Error::new(ErrorKind::Deadline, message);
                seen(task, last).with_outcome(Outcome::Pending, Some(error))
            }
            End::Detached(StopCause::Unauthorized) => {
                let finding = judge::stopped(StopCause::Unauthorized);
                seen(task, last).with_outcome(finding.outcome, finding.error)
            }
            End::Detached(cause) => {
                let error = Error {
                    message: "waiting was broken off; the job was left alone".into(),
                    ..judge::stop_error(cause)
                };
                seen(task, last).with_outcome(Outcome::Pending, Some(error))
            }
        }
    }
}

/// A job that was read.
fn seen(task: &Task, job: Option<Job>) -> Seen {
    Seen::of(task.index, task.line, Subject::Job(task.job.clone()), job)
}

/// A job that could not be read.
fn unseen(task: &Task, failure: ReadFailure) -> Seen {
    let (outcome, error) = match failure {
        ReadFailure::Absent(error) => (Outcome::NotFound, error),
        ReadFailure::Unreadable { error, .. } => (judge::outcome_of(error.kind), error),
        ReadFailure::Stopped(cause) => (Outcome::NotSent, unread(judge::stop_error(cause))),
    };
    seen(task, None).with_outcome(outcome, Some(error))
}

fn shelved(task: &Task, finding: Finding) -> Seen {
    seen(task, None).with_outcome(finding.outcome, finding.error.map(unread))
}

/// What is said of a send, said of a read.
fn unread(error: Error) -> Error {
    match error.message.strip_prefix("not sent") {
        Some(rest) => Error { message: format!("not read{rest}"), ..error },
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stage::job;
    use crate::error::ExitCode;
    use crate::job::JobId;

    fn task() -> Task {
        Task::new(0, None, job("a:1"))
    }

    fn word(word: &str) -> Job {
        Job::new(JobId::from_canonical("1"), Some(word.into()))
    }

    fn told(row: &Seen) -> (Outcome, bool, ExitCode, &str) {
        let message = row.error.as_ref().map_or("", |error| &error.message);
        (row.outcome.unwrap(), row.ok, row.exit, message)
    }

    #[tokio::test]
    async fn the_end_of_the_waiting_decides_and_says_why() {
        let trouble = || Some(Error::new(ErrorKind::Timeout, "no answer"));
        let failed = |kind| End::Failed(ReadFailure::Unreadable { error: Error::new(kind, "no"), status: None });
        let absent = End::Failed(ReadFailure::Absent(Error::new(ErrorKind::NotFound, "there is no such job")));
        let stopped = End::Failed(ReadFailure::Stopped(StopCause::Deadline));
        let (pending, unavailable) = (ExitCode::Pending, ExitCode::Unavailable);
        let late = "the job had not been read when the waiting ended";
        for (goal, end, last, trouble, expected) in [
            (Goal::Terminal, End::Ended(word("done")), None, None, (Outcome::Met, true, ExitCode::Ok, "")),
            (Goal::Cancelled, End::Ended(word("stopped")), None, None, (Outcome::Met, true, ExitCode::Ok, "")),
            (
                Goal::Cancelled,
                End::Ended(word("done")),
                None,
                None,
                (Outcome::Unmet, false, ExitCode::Unmet, "the job ended as succeeded"),
            ),
            (
                Goal::Terminal,
                absent,
                None,
                None,
                (Outcome::NotFound, false, ExitCode::NotFound, "there is no such job"),
            ),
            (
                Goal::Terminal,
                failed(ErrorKind::Forbidden),
                None,
                None,
                (Outcome::Unauthorized, false, ExitCode::Auth, "no"),
            ),
            (
                Goal::Terminal,
                stopped,
                None,
                None,
                (Outcome::NotSent, false, unavailable, "not read: the deadline passed"),
            ),
            (Goal::Terminal, End::Deadline, None, None, (Outcome::Pending, false, pending, late)),
            (
                Goal::Terminal,
                End::Deadline,
                None,
                trouble(),
                (Outcome::Unavailable, false, unavailable, "it could not be read before the deadline: no answer"),
            ),
            (
                Goal::Terminal,
                End::Deadline,
                Some(word("running")),
                trouble(),
                (
                    Outcome::Pending,
                    false,
                    pending,
                    "the waiting ended before the job was seen to end; the last read failed: no answer",
                ),
            ),
            (
                Goal::Terminal,
                End::Detached(StopCause::Unauthorized),
                None,
                None,
                (
                    Outcome::Unauthorized,
                    false,
                    ExitCode::Auth,
                    "the provider rejected the credential for an earlier job",
                ),
            ),
            (
                Goal::Terminal,
                End::Detached(StopCause::Signal(2)),
                None,
                None,
                (Outcome::Pending, false, pending, "waiting was broken off; the job was left alone"),
            ),
        ] {
            let watched = Watched { task: task(), settled: None, last, trouble };
            assert_eq!(told(&Waiting { goal }.conclude(watched, end.clone())), expected, "{end:?}");
        }
    }

    #[tokio::test]
    async fn what_was_never_looked_at_is_pending_where_time_or_a_signal_ended_it() {
        let shelved = |cause| Waiting { goal: Goal::Terminal }.shelve(&task(), judge::stopped(cause));
        for (cause, outcome, exit, message) in [
            (StopCause::Deadline, Outcome::Pending, ExitCode::Pending, "not read: the deadline passed"),
            (StopCause::Signal(2), Outcome::Pending, ExitCode::Pending, "not read: interrupted by a signal"),
            (StopCause::FailFast, Outcome::NotSent, ExitCode::Unavailable, "not read: an earlier job failed"),
        ] {
            assert_eq!(told(&shelved(cause)), (outcome, false, exit, message));
        }
        let looked = Looking.shelve(&task(), judge::stopped(StopCause::Deadline));
        assert_eq!(told(&looked), (Outcome::NotSent, false, ExitCode::Unavailable, "not read: the deadline passed"));
    }
}
