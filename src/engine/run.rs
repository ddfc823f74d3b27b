//! A whole run: inputs in, results out, each job exactly once.
//!
//! Owns the flow between source, lanes and results: duplicates, back-pressure,
//! chunks, `--fail-fast`, signals and the deadline.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::cancelling::Cancelling;
use super::input::Input;
use super::intake::{Fingerprints, intend_all};
use super::judge::{self, Finding};
use super::lane::Lane;
use super::looking::{Goal, Looking, Waiting};
use super::recorder::{Entrant, Recorder};
use super::settle::Rules;
use super::source::Source;
use super::vendor::Opener;
use super::watch::{Until, WaitRules, Watched, Watcher};
use super::work::{Means, Row as _, Task, Unreadable, Work};
use super::{Seen, Settled};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Control, Policy, StopCause};
use crate::job::{JobRef, JobState};

/// How long a stream may pause before a part-filled chunk is sent.
const LINGER: Duration = Duration::from_millis(250);

/// How long a job may wait for others to fill its chunk while the input goes on.
const HELD: Duration = Duration::from_secs(2);

/// So many results may wait to be printed; reading waits for them beyond that.
const MOST_WAITING: usize = 256;

/// How long calls in flight may go on after a signal.
const GRACE: Duration = Duration::from_secs(5);

/// How long a second signal leaves to say what becomes of the calls that it cuts off.
const MOMENT: Duration = Duration::from_millis(200);

/// The signals that reach a run, by number.
pub type Signals = UnboundedReceiver<u8>;

/// How a run goes about its jobs.
#[derive(Clone)]
pub struct RunOptions {
    /// How hard to try.
    pub policy: Policy,
    /// Calls in flight at once, per provider.
    pub concurrency: usize,
    /// When everything ends.
    pub deadline: Option<Instant>,
    /// Stop after the first failure.
    pub fail_fast: bool,
    /// How to wait for jobs to end, where that is wanted.
    pub wait: Option<WaitRules>,
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

/// Cancels everything that `source` gives; every job goes to `emit` exactly once.
pub async fn cancel(
    mut source: Source,
    options: RunOptions,
    rules: Rules,
    opener: &dyn Opener,
    signals: Signals,
    emit: &mut dyn FnMut(Settled),
) -> Ending {
    let intended = rules.dry_run || intend_all(&mut source, &*options.recorder);
    let mut run = Run::new(Cancelling { rules: Arc::new(rules) }, options, opener);
    run.intended = intended;
    run.drive(source, signals, emit).await
}

/// Reads every job that `source` gives once.
pub async fn status(
    source: Source,
    options: RunOptions,
    opener: &dyn Opener,
    signals: Signals,
    emit: &mut dyn FnMut(Seen),
) -> Ending {
    let work = Looking { policy: options.policy.clone() };
    Run::new(work, options, opener).drive(source, signals, emit).await
}

/// Reads every job that `source` gives until it has ended; `options` says how to wait.
pub async fn wait(
    source: Source,
    options: RunOptions,
    goal: Goal,
    opener: &dyn Opener,
    signals: Signals,
    emit: &mut dyn FnMut(Seen),
) -> Ending {
    Run::new(Waiting { goal }, options, opener).drive(source, signals, emit).await
}

/// A lane with its waiting jobs.
struct Track {
    lane: Arc<Lane>,
    queue: VecDeque<Task>,
    in_flight: usize,
    /// Where jobs go to be waited for; closed when no more can come.
    watch: Option<UnboundedSender<Watched>>,
}

/// What has just ended: a piece of work of the lane at this place, or a watcher.
enum Done {
    Work(usize),
    Watcher,
}

type Running = Pin<Box<dyn Future<Output = Done>>>;

struct Run<'a, W: Work> {
    work: Arc<W>,
    options: RunOptions,
    /// What comes in is on record already.
    intended: bool,
    opener: &'a dyn Opener,
    lanes: Vec<Track>,
    seen: Fingerprints,
    next_index: u64,
    stopped: Option<StopCause>,
    /// The exit code of what all the rest was stopped for.
    fail_exit: Option<ExitCode>,
    ending: Ending,
    results: (UnboundedSender<W::Row>, UnboundedReceiver<W::Row>),
    running: FuturesUnordered<Running>,
    /// Since when a stream that is read from gives nothing.
    quiet: Option<Instant>,
    /// When waiting ends.
    waiting: watch::Sender<Until>,
}

impl<'a, W: Work> Run<'a, W> {
    fn new(work: W, mut options: RunOptions, opener: &'a dyn Opener) -> Self {
        options.concurrency = options.concurrency.max(1);
        Self {
            work: Arc::new(work),
            options,
            opener,
            lanes: Vec::new(),
            seen: Fingerprints::default(),
            next_index: 0,
            stopped: None,
            fail_exit: None,
            ending: Ending::default(),
            results: mpsc::unbounded_channel(),
            running: FuturesUnordered::new(),
            quiet: None,
            waiting: watch::Sender::new(Until::default()),
            intended: false,
        }
    }

    async fn drive(mut self, mut source: Source, mut signals: Signals, emit: &mut dyn FnMut(W::Row)) -> Ending {
        let mut open = true;
        let mut grace: Option<Instant> = None;
        let mut leave: Option<Instant> = None;
        // One that is there already stops the run before anything is opened.
        if let Ok(number) = signals.try_recv() {
            grace = Some(self.interrupt(number));
        }
        loop {
            while let Ok(row) = self.results.1.try_recv() {
                self.emit(row, emit);
            }
            let started = self.take_in(&mut source, &mut open);
            if !open && self.all_sent() {
                self.stop_watching_later();
                if self.running.is_empty() && self.results.1.is_empty() {
                    break;
                }
            }
            if !started {
                self.options.recorder.pause();
            }
            let reading = open && self.has_room() && source.is_stream();
            let release = self.release(reading);
            tokio::select! {
                biased;
                Some(number) = signals.recv() => {
                    if grace.is_some() {
                        // Asked twice: nobody wants to wait, and what is in flight is unknown.
                        self.ending.signal = Some(number);
                        if leave.is_some() {
                            return self.ending;
                        }
                        self.abort();
                        leave = Some(Instant::now() + MOMENT);
                        continue;
                    }
                    grace = Some(self.interrupt(number));
                }
                Some(row) = self.results.1.recv() => self.emit(row, emit),
                ended = ended(&mut self.running), if !self.running.is_empty() => {
                    for done in ended {
                        if let Done::Work(at) = done && let Some(track) = self.lanes.get_mut(at) {
                            track.in_flight -= 1;
                        }
                    }
                }
                input = source.next(), if reading => open = self.accept(input),
                () = until(leave) => return self.ending,
                () = until(grace) => {
                    self.abort();
                    grace = Some(Instant::now() + GRACE);
                }
                () = until(self.options.deadline), if reading => {
                    self.stop(StopCause::Deadline);
                    let error = Error::new(ErrorKind::Deadline, "the deadline passed before the input ended");
                    self.ending.broken.get_or_insert(error);
                }
                // The next turn sends it.
                () = until(release) => {}
            }
            if open && source.is_stream() && self.gives_up_reading() {
                // What was already read comes out; what was not never came in.
                while let Ok(Some(input)) = source.ready() {
                    self.accept(Ok(Some(input)));
                }
                open = false;
            }
        }
        // A signal that came while the last results were printed is one as well.
        if let Ok(number) = signals.try_recv() {
            self.ending.signal.get_or_insert(number);
        }
        if leave.is_none() {
            self.close().await;
        }
        self.ending
    }

    fn emit(&mut self, mut row: W::Row, emit: &mut dyn FnMut(W::Row)) {
        if row.attempts() > 0 {
            self.ending.sent += 1;
        }
        if matches!(row.error_kind(), Some(ErrorKind::FailFast | ErrorKind::NotConfirmed))
            && let Some(exit) = self.fail_exit
        {
            row.set_exit(exit);
        }
        let failure = row.failure();
        self.work.record(&*self.options.recorder, &row, self.intended);
        emit(row);
        if self.options.fail_fast && failure.is_some() && self.fail_exit.is_none() {
            self.fail_exit = failure;
            self.stop(StopCause::FailFast);
        }
    }

    /// Stops for a signal. Returns when calls in flight are given up.
    fn interrupt(&mut self, number: u8) -> Instant {
        let cause = StopCause::Signal(number);
        self.ending.signal = Some(number);
        self.stop(cause);
        self.waiting.send_modify(|until| until.signal = Some(cause));
        Instant::now() + GRACE
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

    /// Whether every job that came in has been worked on (it may be watched still).
    fn all_sent(&self) -> bool {
        self.lanes.iter().all(|track| track.queue.is_empty() && track.in_flight == 0)
    }

    /// Lets watchers end with the jobs that they have, and the clock of waiting run.
    fn stop_watching_later(&mut self) {
        let Some(rules) = &self.options.wait else { return };
        if self.waiting.borrow().deadline.is_none() {
            let deadline = Instant::now() + rules.patience;
            self.waiting.send_modify(|until| until.deadline = Some(deadline));
        }
        for track in &mut self.lanes {
            track.watch = None;
        }
    }

    /// Whether another input may be read: every lane has room for it, and results do
    /// not pile up.
    fn has_room(&self) -> bool {
        self.results.1.len() < MOST_WAITING
            && self
                .lanes
                .iter()
                .all(|track| track.queue.len() < self.work.batch(&track.lane).max(self.options.concurrency))
    }

    /// Reads what is there and starts what can be, until every lane is busy or there
    /// is nothing more to read. `true` where anything was started.
    fn take_in(&mut self, source: &mut Source, open: &mut bool) -> bool {
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
    fn release(&mut self, reading: bool) -> Option<Instant> {
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
    fn accept(&mut self, input: Result<Option<Input>, Error>) -> bool {
        self.quiet = None;
        match input {
            Ok(None) => {
                if !self.intended {
                    self.options.recorder.input_ended(self.next_index, self.ending.duplicates);
                }
                return false;
            }
            Err(error) => {
                self.incomplete(error);
                return false;
            }
            // What a file still holds comes out, as not sent; a stream is given up.
            Ok(Some(Input::Broken(error))) => self.incomplete(error),
            Ok(Some(Input::Bad { line, provider, text, error })) => {
                let index = self.take_index();
                let _ = self.results.0.send(self.work.invalid(Unreadable { index, line, provider, text, error }));
            }
            Ok(Some(Input::Job { line, job, state })) => self.accept_job(line, job, state),
            Ok(Some(Input::Left { index, line, job, sent })) => {
                self.enqueue(Task { left: true, sent, ..Task::new(index, line, job) });
            }
        }
        true
    }

    /// Stops sending because the input is not whole.
    fn incomplete(&mut self, error: Error) {
        self.fail_exit.get_or_insert(error.kind.exit());
        self.ending.broken.get_or_insert(error);
        self.stop(StopCause::Incomplete);
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
        if let Some(planned) = self.work.planned(&task) {
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

    /// The lane of a provider, opened at its first job.
    fn lane(&mut self, provider: &'static str) -> usize {
        if let Some(at) = self.lanes.iter().position(|track| track.lane.name == provider) {
            return at;
        }
        let control = Control::new(self.options.deadline);
        if let Some(cause) = self.stopped {
            control.drain(cause);
        }
        // A run that is stopped opens nothing any more: no command, no sign-in.
        let vendor = match control.stopped() {
            Some(cause) => Err(judge::stop_error(cause)),
            None => self.opener.open(provider),
        };
        let lane = Arc::new(Lane::new(provider, vendor, control, self.options.concurrency));
        let watch = self.start_watcher(&lane);
        self.lanes.push(Track { lane, queue: VecDeque::new(), in_flight: 0, watch });
        self.lanes.len() - 1
    }

    fn start_watcher(&self, lane: &Arc<Lane>) -> Option<UnboundedSender<Watched>> {
        let rules = self.options.wait.clone()?;
        let canceller = lane.canceller.clone().ok()?;
        let watcher = Watcher {
            work: Arc::clone(&self.work),
            lane: Arc::clone(lane),
            canceller,
            rules,
            results: self.results.0.clone(),
            until: self.waiting.subscribe(),
        };
        let (sender, arriving) = mpsc::unbounded_channel();
        self.running.push(Box::pin(async move {
            watcher.run(arriving).await;
            Done::Watcher
        }));
        Some(sender)
    }

    /// Starts what may be started. Part-filled chunks only where `rest` says that no
    /// more jobs are about to come, or a job was held long enough. `true` where any
    /// was started.
    fn start_work(&mut self, rest: bool) -> bool {
        let mut starting = Vec::new();
        for at in 0..self.lanes.len() {
            let track = &mut self.lanes[at];
            let lane = Arc::clone(&track.lane);
            if let Some(finding) = unusable(&lane) {
                for task in track.queue.drain(..) {
                    let _ = self.results.0.send(self.work.shelve(&task, finding.clone()));
                }
                continue;
            }
            let batch = self.work.batch(&lane);
            while track.in_flight < self.options.concurrency && ready(&track.queue, batch, rest) {
                let Ok(canceller) = lane.canceller.clone() else { break };
                let tasks: Vec<Task> = track.queue.drain(..batch.min(track.queue.len())).collect();
                let means = Means {
                    lane: Arc::clone(&lane),
                    canceller,
                    results: self.results.0.clone(),
                    watch: track.watch.clone(),
                    recorder: Arc::clone(&self.options.recorder),
                };
                track.in_flight += 1;
                starting.push((at, means, tasks));
            }
        }
        let announced = self.work.announce(&*self.options.recorder, &mut starting.iter().flat_map(|start| &start.2));
        let any = !starting.is_empty();
        for (at, means, tasks) in starting {
            let doing = Arc::clone(&self.work).perform(means, tasks, announced);
            self.running.push(Box::pin(async move {
                doing.await;
                Done::Work(at)
            }));
        }
        any
    }

    /// Ends what the run opened, within a few seconds.
    async fn close(&self) {
        for track in &self.lanes {
            if let Ok(canceller) = &track.lane.canceller {
                let control = Control::new(Some(Instant::now() + GRACE));
                canceller.close_dyn(&mut Budget::new(&self.options.policy, control)).await;
            }
        }
    }
}

fn ready(queue: &VecDeque<Task>, batch: usize, rest: bool) -> bool {
    queue.len() >= batch || queue.front().is_some_and(|first| rest || first.started.elapsed() >= HELD)
}

/// Why no job of this lane can be sent, if so.
fn unusable(lane: &Lane) -> Option<Finding> {
    if let Some(cause) = lane.control.stopped() {
        return Some(judge::stopped(cause));
    }
    let error = lane.canceller.as_ref().err()?;
    Some(Finding::blank(judge::outcome_of(error.kind), Some(error.clone())))
}

/// Waits until something has ended, and takes all that has by then: what takes its
/// place is put on record in one go.
async fn ended(running: &mut FuturesUnordered<Running>) -> Vec<Done> {
    let mut all = Vec::new();
    std::future::poll_fn(|cx| {
        while let Poll::Ready(Some(done)) = running.poll_next_unpin(cx) {
            all.push(done);
        }
        if all.is_empty() { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    all
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
