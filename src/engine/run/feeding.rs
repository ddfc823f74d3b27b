//! What comes in: read as far as there is room, each job once, into the queue of its
//! lane; and how long part-filled chunks wait for more.
//!
//! Must not know what is done with a job.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::super::input::Input;
use super::super::recorder::Entrant;
use super::super::source::Source;
use super::super::work::{Row as _, Task, Unreadable, Work};
use super::Run;
use crate::error::Error;
use crate::http::StopCause;
use crate::job::{JobRef, JobState};

/// How long a stream may pause before a part-filled chunk is sent.
const LINGER: Duration = Duration::from_millis(250);

/// How long a job may wait for others to fill its chunk while the input goes on.
const HELD: Duration = Duration::from_secs(2);

/// So many results may wait to be printed; reading waits for them beyond that.
const MOST_WAITING: usize = 256;

impl<W: Work> Run<'_, W> {
    /// Whether another input may be read: every lane has room for it, and results do
    /// not pile up.
    pub(super) fn has_room(&self) -> bool {
        self.results.1.len() < MOST_WAITING
            && self
                .lanes
                .iter()
                .all(|track| track.queue.len() < self.work.batch(&track.lane).max(self.options.concurrency))
    }

    /// Reads what is there and starts what can be, until every lane is busy or there
    /// is nothing more to read. `true` where anything was started.
    pub(super) fn take_in(&mut self, source: &mut Source, open: &mut bool) -> bool {
        let mut any = false;
        loop {
            let reading = *open && self.has_room();
            if reading {
                *open = self.fill(source);
            }
            let rest = !*open || self.quiet.is_some_and(|since| since.elapsed() >= LINGER);
            let started = self.start_work(rest);
            any |= started;
            if !(started && reading) {
                return any;
            }
        }
    }

    /// When the next part-filled chunk is sent, if nothing else happens before.
    pub(super) fn release(&mut self, reading: bool) -> Option<Instant> {
        let concurrency = self.options.concurrency;
        let waiting = self.lanes.iter().filter(|track| track.in_flight < concurrency);
        let held = waiting.filter_map(|track| track.queue.front()).map(|task| task.started + HELD).min()?;
        if !reading {
            return Some(held);
        }
        let quiet = *self.quiet.get_or_insert_with(Instant::now);
        Some(held.min(quiet + LINGER))
    }

    /// Takes what is there without waiting. `false` at the end of the input.
    fn fill(&mut self, source: &mut Source) -> bool {
        while self.has_room() {
            match source.ready() {
                Ok(None) if source.is_stream() => return true,
                other => {
                    if !self.accept(other) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Takes one input. `false` at the end of the input.
    pub(super) fn accept(&mut self, input: Result<Option<Input>, Error>) -> bool {
        self.quiet = None;
        match input {
            Ok(None) => {
                if !self.intended {
                    self.options.recorder.input_ended(self.next_index, self.ending.duplicates);
                }
                return false;
            }
            Err(error) => {
                self.hold(error, StopCause::Incomplete);
                return false;
            }
            // What a file still holds comes out, as not sent; a stream is given up.
            Ok(Some(Input::Broken(error))) if W::SENDS => self.hold(error, StopCause::Incomplete),
            // Looking does no harm, and what a `cancel` failed at is waited for all the same.
            Ok(Some(Input::Broken(error))) => {
                self.ending.broken.get_or_insert(error.with_hint("what came in was read all the same"));
            }
            Ok(Some(Input::Refused(error))) => self.hold(error, StopCause::Unconfirmed),
            Ok(Some(Input::Bad { line, provider, text, error })) => {
                let index = self.take_index();
                let _ = self.results.0.send(W::Row::invalid(Unreadable { index, line, provider, text, error }));
            }
            Ok(Some(Input::Job { line, job, state })) => self.accept_job(line, job, state),
            Ok(Some(Input::Left { index, line, job, earlier })) => {
                self.enqueue(Task { earlier: Some(earlier), ..Task::new(index, line, job) });
            }
        }
        true
    }

    /// Sends nothing more; what still comes in, comes out.
    fn hold(&mut self, error: Error, cause: StopCause) {
        self.fail_exit.get_or_insert(error.kind.exit());
        self.ending.broken.get_or_insert(error);
        self.stop(cause);
    }

    fn accept_job(&mut self, line: Option<u64>, job: JobRef, state_before: Option<JobState>) {
        if !self.seen.insert(&job) {
            self.ending.duplicates += 1;
            return;
        }
        let index = self.take_index();
        if !self.intended {
            self.options.recorder.intend(Entrant { index, line, job: &job });
        }
        self.enqueue(Task { state_before, ..Task::new(index, line, job) });
    }

    fn enqueue(&mut self, task: Task) {
        // Of what is held back nothing is planned either.
        if self.stopped.is_none()
            && let Some(planned) = self.work.planned(&task)
        {
            let _ = self.results.0.send(planned);
            return;
        }
        let at = self.lane(task.job.provider);
        self.lanes[at].queue.push_back(task);
    }

    fn take_index(&mut self) -> u64 {
        self.next_index += 1;
        self.next_index - 1
    }
}

/// Whether a piece of work can be made of what waits.
pub(super) fn ready(queue: &VecDeque<Task>, batch: usize, rest: bool) -> bool {
    queue.len() >= batch || queue.front().is_some_and(|first| rest || first.started.elapsed() >= HELD)
}
