//! A whole run: inputs in, results out, each job exactly once.
//!
//! Owns the flow between source, lanes and results, and what stops it: `--fail-fast`,
//! signals and the deadline. What comes in is `feeding`, what begins is `starting`.

mod feeding;
mod starting;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::cancelling::Cancelling;
use super::intake::{Fingerprints, intend_all};
use super::lane::Lane;
use super::looking::{Goal, Looking, Waiting};
use super::recorder::Recorder;
use super::settle::Rules;
use super::source::Source;
use super::vendor::Opener;
use super::watch::{Until, WaitRules, Watched};
use super::work::{Row as _, Task, Work};
use super::{Seen, Settled};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::{Budget, Control, Policy, StopCause, until};

/// How long calls in flight may go on after a signal.
const GRACE: Duration = Duration::from_secs(5);

/// How long a second signal leaves to say what becomes of the calls that it cuts off, and
/// a deadline to end what was opened.
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

impl Ending {
    /// Whether a guard, or an input that is not whole, kept all of it back.
    #[must_use]
    pub fn held_back(&self) -> bool {
        let held = self.broken.as_ref().is_some_and(|error| error.kind == ErrorKind::NotConfirmed);
        held && self.sent == 0 && self.signal.is_none()
    }
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
    Run::new(Looking, options, opener).drive(source, signals, emit).await
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
        if leave.is_some() { self.ending } else { self.wind_down(signals).await }
    }

    /// Ends what was opened; the second signal ends that too.
    async fn wind_down(mut self, mut signals: Signals) -> Ending {
        let mut ending = std::mem::take(&mut self.ending);
        let mut close = pin!(self.close());
        loop {
            tokio::select! {
                biased;
                // One that came while the last results were printed is one as well,
                // and after the second nobody waits.
                Some(number) = signals.recv() => {
                    if ending.signal.replace(number).is_some() {
                        return ending;
                    }
                }
                () = &mut close => return ending,
            }
        }
    }

    fn emit(&mut self, mut row: W::Row, emit: &mut dyn FnMut(W::Row)) {
        let weight = row.weight();
        self.ending.sent += u64::from(weight.attempts > 0);
        // What was left for another's sake ends as that other.
        if matches!(weight.error, Some(ErrorKind::FailFast | ErrorKind::NotConfirmed))
            && let Some(exit) = self.fail_exit
        {
            *weight.exit = exit;
        }
        let failure = (!weight.ok).then_some(*weight.exit);
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
        // Whatever stopped the sending before.
        self.ending.signal.is_some() || (self.stopped.is_some() && self.ending.broken.is_some())
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

    /// Ends what the run opened.
    async fn close(&self) {
        for track in &self.lanes {
            if let Ok(canceller) = &track.lane.canceller {
                let control = closing(self.options.deadline);
                canceller.close_dyn(&mut Budget::new(&self.options.policy, control)).await;
            }
        }
    }
}

/// What bounds the end of what was opened: a few seconds, and not beyond the deadline but
/// for the moment that a quick answer takes.
#[must_use]
pub fn closing(deadline: Option<Instant>) -> Control {
    let now = Instant::now();
    Control::new(Some(deadline.map_or(now + GRACE, |end| end.clamp(now + MOMENT, now + GRACE))))
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
