//! The work of cancelling, as a run does it.

use std::sync::Arc;

use super::judge::{self, Finding};
use super::lane::Lane;
use super::recorder::Recorder;
use super::settle::{Chunk, Rules, unsent};
use super::watch::{End, Watched};
use super::work::{Doing, Means, Task, Work};
use super::{Settled, Subject};
use crate::canceller::{Outcome, ReadFailure};
use crate::error::{Error, ErrorKind};
use crate::http::StopCause;
use crate::job::{Job, JobState};

/// Cancels jobs, and waits for their end where that is wanted.
pub(super) struct Cancelling {
    pub(super) rules: Arc<Rules>,
}

impl Work for Cancelling {
    type Row = Settled;

    const SENDS: bool = true;

    fn batch(&self, lane: &Lane) -> usize {
        lane.capabilities.batch
    }

    fn announce(&self, recorder: &dyn Recorder, tasks: &mut dyn Iterator<Item = &Task>) -> bool {
        if self.rules.dry_run || self.rules.guard.is_some() {
            return false;
        }
        // What an earlier part of the run left is read first.
        let mut certain = tasks.filter(|task| task.earlier.is_none()).map(Task::entrant).peekable();
        if certain.peek().is_some() {
            recorder.sending(&mut certain);
        }
        true
    }

    fn perform(self: Arc<Self>, means: Means<Settled>, tasks: Vec<Task>, announced: bool) -> Doing {
        let chunk = Chunk {
            lane: means.lane,
            canceller: means.canceller,
            rules: Arc::clone(&self.rules),
            results: means.results,
            watch: means.watch,
            recorder: means.recorder,
            announced,
        };
        Box::pin(chunk.settle(tasks))
    }

    fn shelve(&self, task: &Task, finding: Finding) -> Settled {
        unsent(task, finding, &self.rules)
    }

    fn record(&self, recorder: &dyn Recorder, row: &Settled, intended: bool) {
        if !intended || matches!(row.subject, Subject::Job(_)) {
            recorder.settled(row);
        }
    }

    fn planned(&self, task: &Task) -> Option<Settled> {
        // Where there is a guard, each job is read first, also in a dry run.
        let sure = self.rules.dry_run && self.rules.guard.is_none();
        sure.then(|| unsent(task, judge::planned(task.state_before), &self.rules))
    }

    /// An accepted cancel whose job was then waited for.
    fn conclude(&self, watched: Watched, end: End) -> Settled {
        let Watched { task, last, trouble, settled } = watched;
        let mut settled =
            settled.unwrap_or_else(|| unsent(&task, Finding::blank(Outcome::Requested, None), &self.rules));
        let error = match end {
            End::Ended(job) => {
                let cancelled = job.state == JobState::Cancelled;
                settled.outcome = if cancelled { Outcome::Cancelled } else { Outcome::Finished };
                note(&mut settled, &job);
                (!cancelled)
                    .then(|| Error::new(ErrorKind::Finished, "the job ended by itself before it could be cancelled"))
            }
            End::Deadline => {
                settled.outcome = Outcome::Pending;
                let message =
                    with_trouble("accepted, but the waiting ended before the job was seen to end", trouble.as_ref());
                Some(Error::new(ErrorKind::Deadline, message).with_hint("go on waiting with jobctl wait"))
            }
            End::Failed(ReadFailure::Absent(error)) => {
                settled.outcome = Outcome::Unknown;
                Some(Error { message: format!("accepted, and then {}", error.message), ..error })
            }
            End::Failed(ReadFailure::Unreadable { error, .. }) => {
                settled.outcome = Outcome::Pending;
                Some(Error { message: format!("accepted, but its end cannot be seen: {}", error.message), ..error })
            }
            End::Detached(StopCause::Unauthorized) => {
                settled.outcome = Outcome::Pending;
                let message = "accepted, but its end cannot be seen: the provider rejected the credential meanwhile";
                Some(Error::new(ErrorKind::CredentialsRejected, message))
            }
            // A signal only ends the waiting: the cancel stays accepted.
            End::Detached(_) | End::Failed(ReadFailure::Stopped(_)) => None,
        };
        if let Some(job) = last.filter(|_| !matches!(settled.outcome, Outcome::Cancelled | Outcome::Finished)) {
            note(&mut settled, &job);
        }
        (settled.ok, settled.exit) = judge::weigh(settled.outcome, self.rules.strict, self.rules.ignore_not_found);
        settled.error = error.filter(|_| !settled.ok).map(Box::new);
        settled.elapsed = task.started.elapsed();
        settled
    }
}

/// A message with why the job could not be read the last time, if so.
pub(super) fn with_trouble(message: &str, trouble: Option<&Error>) -> String {
    trouble
        .map_or_else(|| message.to_owned(), |trouble| format!("{message}; the last read failed: {}", trouble.message))
}

fn note(settled: &mut Settled, job: &Job) {
    settled.state = Some(job.state);
    settled.provider_state.clone_from(&job.provider_state);
    settled.verified = job.provider_state.is_some();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stage::{Stage, job};
    use crate::error::ExitCode;
    use crate::job::JobId;

    fn seen(word: &str) -> Job {
        Job::new(JobId::from_canonical("1"), Some(word.into()))
    }

    /// How an accepted cancel is reported after the waiting for its job ended so.
    fn concluded(end: End, last: Option<Job>, strict: bool) -> Settled {
        let rules = Rules { strict, ..Stage::new().rules };
        let task = Task::new(0, None, job("a:1"));
        let accepted = Finding { state: Some(JobState::Cancelling), ..Finding::blank(Outcome::Requested, None) };
        let settled = Some(unsent(&task, accepted, &rules));
        let trouble = last.is_none().then(|| Error::new(ErrorKind::Timeout, "no answer"));
        Cancelling { rules: Arc::new(rules) }.conclude(Watched { task, settled, last, trouble }, end)
    }

    #[tokio::test]
    async fn the_end_of_the_waiting_decides_and_says_why() {
        let unreadable = |kind| ReadFailure::Unreadable { error: Error::new(kind, "it answered no"), status: None };
        let absent = ReadFailure::Absent(Error::new(ErrorKind::NotFound, "there is no such job"));
        let signal = StopCause::Signal(2);
        for (end, outcome, kind, message) in [
            (End::Ended(seen("cancelled")), Outcome::Cancelled, None, ""),
            (End::Ended(seen("done")), Outcome::Finished, None, ""),
            (End::Deadline, Outcome::Pending, Some(ErrorKind::Deadline), "the last read failed: no answer"),
            (
                End::Failed(absent),
                Outcome::Unknown,
                Some(ErrorKind::NotFound),
                "accepted, and then there is no such job",
            ),
            (
                End::Failed(unreadable(ErrorKind::Forbidden)),
                Outcome::Pending,
                Some(ErrorKind::Forbidden),
                "accepted, but its end cannot be seen: it answered no",
            ),
            (
                End::Detached(StopCause::Unauthorized),
                Outcome::Pending,
                Some(ErrorKind::CredentialsRejected),
                "the provider rejected the credential meanwhile",
            ),
            (End::Detached(signal), Outcome::Requested, None, ""),
            (End::Failed(ReadFailure::Stopped(signal)), Outcome::Requested, None, ""),
        ] {
            let settled = concluded(end.clone(), None, false);
            assert_eq!((settled.outcome, settled.ok), (outcome, kind.is_none()), "{end:?}");
            let error = settled.error.as_deref();
            assert_eq!(error.map(|error| error.kind), kind, "{end:?}");
            assert!(error.is_none_or(|error| error.message.ends_with(message)), "{error:?}");
        }
        let strict = concluded(End::Ended(seen("done")), None, true);
        assert_eq!((strict.ok, strict.exit), (false, ExitCode::Refused));
        assert_eq!(strict.error.map(|error| error.kind), Some(ErrorKind::Finished));
        assert!(concluded(End::Ended(seen("cancelled")), None, true).error.is_none());
    }

    #[tokio::test]
    async fn the_state_is_the_one_that_was_seen_last() {
        let told = |settled: Settled| (settled.state, settled.provider_state, settled.verified);
        let ended = concluded(End::Ended(seen("STOPPED")), Some(seen("running")), false);
        assert_eq!(told(ended), (Some(JobState::Cancelled), Some("STOPPED".into()), true));
        let late = concluded(End::Deadline, Some(seen("running")), false);
        assert_eq!(told(late), (Some(JobState::Running), Some("running".into()), true));
        let never = concluded(End::Deadline, None, false);
        assert_eq!(told(never), (Some(JobState::Cancelling), None, false), "as it was accepted");
    }
}
