//! A whole cancelling run: inputs in, results out, each job exactly once.
//!
//! Owns the flow between source, lanes and results: duplicates, back-pressure,
//! chunks, `--fail-fast`, signals and the deadline.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use super::input::Input;
use super::intake::{Fingerprints, intend_all};
use super::judge::{self, Finding};
use super::lane::Lane;
use super::recorder::{Entrant, Recorder};
use super::settle::{Chunk, Rules, Task, unsent};
use super::source::Source;
use super::{Settled, Subject};
use crate::canceller::{DynCanceller, Outcome};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Control, StopCause};
use crate::job::JobRef;
use crate::providers::{Entry, find};

/// How long a stream may pause before a part-filled chunk is sent.
const LINGER: Duration = Duration::from_millis(50);

/// How long calls in flight may go on after a signal.
const GRACE: Duration = Duration::from_secs(5);

/// Opens a provider at its first job.
pub type Opener<'a> = dyn Fn(&'static Entry) -> Result<Arc<dyn DynCanceller>, Error> + 'a;

/// The signals that reach a run, by number.
pub type Signals = UnboundedReceiver<u8>;

/// How a run goes about its jobs.
pub struct RunOptions {
    /// What it wants of every job.
    pub rules: Rules,
    /// Cancels in flight at once, per provider.
    pub concurrency: usize,
    /// When everything ends.
    pub deadline: Option<Instant>,
    /// Who keeps the record.
    pub recorder: Arc<dyn Recorder>,
}

/// How a run ended, beside its results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Jobs that came in more than once.
    pub duplicates: u64,
    /// Jobs for which at least one cancel was sent.
    pub sent: u64,
    /// The signal that stopped the run.
    pub signal: Option<u8>,
    /// The input could not be read to its end, or says itself that it is not whole.
    pub broken: Option<Error>,
}

/// Runs `source` through: every job that comes in goes to `emit` exactly once.
pub async fn cancel(
    mut source: Source,
    options: RunOptions,
    opener: &Opener<'_>,
    signals: Signals,
    emit: &mut dyn FnMut(Settled),
) -> Ending {
    let (sender, results) = mpsc::unbounded_channel();
    let intended = options.rules.dry_run || intend_all(&mut source, &*options.recorder);
    let run = Run {
        recorder: options.recorder,
        intended,
        rules: Arc::new(options.rules),
        concurrency: options.concurrency.max(1),
        deadline: options.deadline,
        opener,
        lanes: Vec::new(),
        seen: Fingerprints::default(),
        next_index: 0,
        stopped: None,
        fail_exit: None,
        ending: Ending::default(),
        results: sender,
        running: FuturesUnordered::new(),
    };
    run.drive(source, results, signals, emit).await
}

/// A lane with its waiting jobs.
struct Track {
    lane: Arc<Lane>,
    queue: VecDeque<Task>,
    in_flight: usize,
}

type Running = Pin<Box<dyn Future<Output = usize> + Send>>;

struct Run<'a> {
    recorder: Arc<dyn Recorder>,
    /// What comes in is on record already.
    intended: bool,
    rules: Arc<Rules>,
    concurrency: usize,
    deadline: Option<Instant>,
    opener: &'a Opener<'a>,
    lanes: Vec<Track>,
    seen: Fingerprints,
    next_index: u64,
    stopped: Option<StopCause>,
    /// The exit code of the failure that `--fail-fast` stopped for.
    fail_exit: Option<ExitCode>,
    ending: Ending,
    results: UnboundedSender<Settled>,
    running: FuturesUnordered<Running>,
}

impl Run<'_> {
    async fn drive(
        mut self,
        mut source: Source,
        mut results: UnboundedReceiver<Settled>,
        mut signals: Signals,
        emit: &mut dyn FnMut(Settled),
    ) -> Ending {
        let mut open = true;
        let mut grace: Option<Instant> = None;
        loop {
            while let Ok(settled) = results.try_recv() {
                self.emit(settled, emit);
            }
            if open && self.has_room() {
                open = self.fill(&mut source);
            }
            let started = self.start_chunks(!open || !source.is_stream());
            if !open && self.idle() {
                break;
            }
            if !started {
                self.recorder.pause();
            }
            let partial = self.lanes.iter().any(|track| !track.queue.is_empty() && track.in_flight < self.concurrency);
            let reading = open && self.has_room() && source.is_stream();
            tokio::select! {
                biased;
                Some(number) = signals.recv() => {
                    if grace.is_some() {
                        break;
                    }
                    grace = Some(Instant::now() + GRACE);
                    self.ending.signal = Some(number);
                    self.stop(StopCause::Signal(number));
                }
                Some(settled) = results.recv() => self.emit(settled, emit),
                Some(at) = self.running.next(), if !self.running.is_empty() => {
                    if let Some(track) = self.lanes.get_mut(at) {
                        track.in_flight -= 1;
                    }
                }
                input = source.next(), if reading => open = self.accept(input),
                () = until(grace) => self.abort(),
                () = until(self.deadline), if reading => self.stop(StopCause::Deadline),
                () = tokio::time::sleep(LINGER), if partial => {
                    self.start_chunks(true);
                }
            }
            if open && source.is_stream() && self.gives_up_reading() {
                // What was already read comes out; what was not never came in.
                while let Ok(Some(input)) = source.ready() {
                    self.accept(Ok(Some(input)));
                }
                open = false;
            }
        }
        while let Ok(settled) = results.try_recv() {
            self.emit(settled, emit);
        }
        self.close().await;
        self.ending
    }

    fn emit(&mut self, mut settled: Settled, emit: &mut dyn FnMut(Settled)) {
        if settled.attempts > 0 {
            self.ending.sent += 1;
        }
        if settled.error.as_ref().is_some_and(|error| error.kind == ErrorKind::FailFast)
            && let Some(exit) = self.fail_exit
        {
            settled.exit = exit;
        }
        let failure = (!settled.ok).then_some(settled.exit);
        // Bad lines of what was read before are on record since then.
        if !self.intended || matches!(settled.subject, Subject::Job(_)) {
            self.recorder.settled(&settled);
        }
        emit(settled);
        if self.rules.fail_fast && failure.is_some() && self.fail_exit.is_none() {
            self.fail_exit = failure;
            self.stop(StopCause::FailFast);
        }
    }

    /// Stops all sending; the first cause stays.
    fn stop(&mut self, cause: StopCause) {
        self.stopped.get_or_insert(cause);
        for track in &self.lanes {
            track.lane.control.drain(cause);
        }
    }

    fn abort(&mut self) {
        let cause = self.stopped.unwrap_or(StopCause::Signal(0));
        for track in &self.lanes {
            track.lane.control.abort(cause);
        }
    }

    /// After a signal or the deadline nobody waits for a stream to go on.
    fn gives_up_reading(&self) -> bool {
        matches!(self.stopped, Some(StopCause::Signal(_) | StopCause::Deadline)) || self.ending.broken.is_some()
    }

    fn idle(&self) -> bool {
        self.running.is_empty() && self.lanes.iter().all(|track| track.queue.is_empty())
    }

    /// Whether another input may be read: every lane has room for it.
    fn has_room(&self) -> bool {
        self.lanes.iter().all(|track| track.queue.len() < track.lane.entry.capabilities.batch.max(self.concurrency))
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
    fn accept(&mut self, input: Result<Option<Input>, Error>) -> bool {
        match input {
            Ok(None) => {
                if !self.intended {
                    self.recorder.input_ended(self.next_index, self.ending.duplicates);
                }
                return false;
            }
            Err(error) | Ok(Some(Input::Broken(error))) => {
                self.ending.broken = Some(error);
                self.stop(StopCause::FailFast);
                return false;
            }
            Ok(Some(Input::Bad { line, provider, text, error })) => {
                let index = self.take_index();
                let _ = self.results.send(invalid(index, line, provider, text, error));
            }
            Ok(Some(Input::Job { line, job })) => self.accept_job(line, job),
            Ok(Some(Input::Left { index, line, job, sent })) => self.enqueue(index, line, job, sent),
        }
        true
    }

    fn accept_job(&mut self, line: Option<u64>, job: JobRef) {
        if !self.seen.insert(&job) {
            self.ending.duplicates += 1;
            return;
        }
        let index = self.take_index();
        if !self.intended {
            self.recorder.intend(Entrant { index, line, job: &job });
        }
        self.enqueue(index, line, job, false);
    }

    fn enqueue(&mut self, index: u64, line: Option<u64>, job: JobRef, sent: bool) {
        let task = Task { index, line, state_before: None, started: Instant::now(), sent, last_read: None, job };
        if self.rules.dry_run {
            let planned = Finding::blank(Outcome::Planned, None);
            let _ = self.results.send(unsent(&task, planned, &self.rules));
            return;
        }
        let Some(at) = self.lane(task.job.provider) else { return };
        self.lanes[at].queue.push_back(task);
    }

    fn take_index(&mut self) -> u64 {
        self.next_index += 1;
        self.next_index - 1
    }

    /// The lane of a provider, opened at its first job.
    fn lane(&mut self, provider: &'static str) -> Option<usize> {
        if let Some(at) = self.lanes.iter().position(|track| track.lane.entry.name == provider) {
            return Some(at);
        }
        let entry = find(provider)?;
        let control = Control::new(self.deadline);
        if let Some(cause) = self.stopped {
            control.drain(cause);
        }
        // A run that is stopped opens nothing any more: no command, no sign-in.
        let canceller = match self.stopped {
            Some(cause) => Err(judge::stop_error(cause)),
            None => (self.opener)(entry),
        };
        let lane = Arc::new(Lane::new(entry, canceller, control, self.concurrency));
        self.lanes.push(Track { lane, queue: VecDeque::new(), in_flight: 0 });
        Some(self.lanes.len() - 1)
    }

    /// Starts what may be started. Part-filled chunks only where `partial` says
    /// that no more jobs are about to come. `true` where any was started.
    fn start_chunks(&mut self, partial: bool) -> bool {
        let mut started = false;
        for at in 0..self.lanes.len() {
            let track = &mut self.lanes[at];
            let lane = Arc::clone(&track.lane);
            if let Some(finding) = unusable(&lane) {
                for task in track.queue.drain(..) {
                    let _ = self.results.send(unsent(&task, finding.clone(), &self.rules));
                }
                continue;
            }
            let batch = lane.entry.capabilities.batch;
            while track.in_flight < self.concurrency && ready(&track.queue, batch, partial) {
                let Ok(canceller) = lane.canceller.clone() else { break };
                let tasks: Vec<Task> = track.queue.drain(..batch.min(track.queue.len())).collect();
                let chunk = Chunk {
                    lane: Arc::clone(&lane),
                    canceller,
                    rules: Arc::clone(&self.rules),
                    results: self.results.clone(),
                    recorder: Arc::clone(&self.recorder),
                };
                started = true;
                track.in_flight += 1;
                self.running.push(Box::pin(async move {
                    chunk.settle(tasks).await;
                    at
                }));
            }
        }
        started
    }

    /// Ends what the run opened, within a few seconds.
    async fn close(&self) {
        for track in &self.lanes {
            if let Ok(canceller) = &track.lane.canceller {
                let control = Control::new(Some(Instant::now() + GRACE));
                canceller.close_dyn(&mut Budget::new(&self.rules.policy, control)).await;
            }
        }
    }
}

fn ready(queue: &VecDeque<Task>, batch: usize, partial: bool) -> bool {
    queue.len() >= batch || (partial && !queue.is_empty())
}

/// Why no job of this lane can be sent, if so.
fn unusable(lane: &Lane) -> Option<Finding> {
    if let Some(cause) = lane.control.stopped() {
        return Some(judge::stopped(cause));
    }
    let error = lane.canceller.as_ref().err()?;
    Some(Finding::blank(judge::outcome_of(error.kind), Some(error.clone())))
}

pub(super) fn invalid(
    index: u64,
    line: Option<u64>,
    provider: Option<&'static str>,
    text: String,
    error: Error,
) -> Settled {
    Settled {
        index,
        line,
        subject: Subject::Text { provider, text },
        outcome: Outcome::Invalid,
        ok: false,
        exit: ExitCode::Usage,
        state_before: None,
        state: None,
        provider_state: None,
        verified: false,
        attempts: 0,
        http_status: None,
        request_id: None,
        elapsed: Duration::ZERO,
        error: Some(Box::new(error)),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
