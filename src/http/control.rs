//! When to stop, and how much one job may still try: [`Control`] and [`Budget`].
//!
//! Owns no I/O. Must not know any vendor or reqwest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::call::{Policy, StopCause};
use super::retry::LONGEST;

/// How far a stop has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing is stopped.
    Run,
    /// No cancel is sent any more; what is in flight and what reads may finish.
    Drain(StopCause),
    /// Nothing goes on: calls in flight are given up.
    Abort(StopCause),
}

/// Resolves at that moment, if there is one.
pub async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The stop switch of one provider's lane. Cloning gives another handle to it.
#[derive(Clone, Debug)]
pub struct Control {
    level: watch::Sender<Level>,
    deadline: Option<Instant>,
}

impl Control {
    /// A switch that is off, with the deadline of the whole call if there is one.
    #[must_use]
    pub fn new(deadline: Option<Instant>) -> Self {
        Self { level: watch::Sender::new(Level::Run), deadline }
    }

    /// The same switch under an earlier deadline.
    #[must_use]
    pub fn until_then(&self, deadline: Option<Instant>) -> Self {
        let deadline = match (self.deadline, deadline) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { level: self.level.clone(), deadline }
    }

    /// Stops sending; the first cause stays. An abort is never taken back.
    pub fn drain(&self, cause: StopCause) {
        self.level.send_if_modified(|level| {
            let first = *level == Level::Run;
            if first {
                *level = Level::Drain(cause);
            }
            first
        });
    }

    /// Gives up what is in flight as well.
    pub fn abort(&self, cause: StopCause) {
        self.level.send_if_modified(|level| {
            let first = !matches!(level, Level::Abort(_));
            if first {
                *level = Level::Abort(cause);
            }
            first
        });
    }

    /// How far the stop has gone now; a deadline that has passed is an abort.
    #[must_use]
    pub fn level(&self) -> Level {
        match *self.level.borrow() {
            Level::Abort(cause) => Level::Abort(cause),
            other => match self.deadline {
                Some(deadline) if deadline <= Instant::now() => Level::Abort(StopCause::Deadline),
                _ => other,
            },
        }
    }

    /// Why nothing more may be sent, if so.
    #[must_use]
    pub fn stopped(&self) -> Option<StopCause> {
        match self.level() {
            Level::Run => None,
            Level::Drain(cause) | Level::Abort(cause) => Some(cause),
        }
    }

    /// Waits until calls in flight must be given up.
    pub async fn aborted(&self) -> StopCause {
        self.reaches(|level| match level {
            Level::Abort(cause) => Some(cause),
            _ => None,
        })
        .await
    }

    /// Waits until nothing more may be sent.
    pub async fn drained(&self) -> StopCause {
        self.reaches(|level| match level {
            Level::Run => None,
            Level::Drain(cause) | Level::Abort(cause) => Some(cause),
        })
        .await
    }

    async fn reaches(&self, test: impl Fn(Level) -> Option<StopCause>) -> StopCause {
        let mut levels = self.level.subscribe();
        loop {
            if let Some(cause) = test(self.level()) {
                return cause;
            }
            tokio::select! {
                changed = levels.changed() => {
                    if changed.is_err() {
                        // The switch is gone with everything it could stop.
                        std::future::pending::<()>().await;
                    }
                }
                () = until(self.deadline) => {}
            }
        }
    }
}

/// How much trying is left for one job (or one chunk of jobs sent together).
///
/// One budget covers all cancel sends of the job, also across read-backs, so
/// that `--retries` and `--retry-max-time` mean the job and not one loop.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The lane's stop switch.
    pub control: Control,
    /// The caller comes back by itself: no try waits for its call's
    /// [`spacing`](super::Call::spacing), which would keep a place from others.
    pub polls: bool,
    /// Attempts begun so far.
    pub attempts: u32,
    /// Those of them that never left: no connection came about.
    unsent: u32,
    max_attempts: u32,
    max_time: Duration,
    first: Option<Instant>,
    /// The wait that the vendor asked for, where it is longer than the job may take.
    put_off: Option<Duration>,
    waited: Arc<Waited>,
}

/// How long was waited for the limiter since the first send. What a job's reads
/// wait reaches the job as well, and of reads at the same time the longest wait
/// counts, so this is never more than the time that passed.
#[derive(Debug, Default)]
struct Waited {
    nanos: AtomicU64,
    /// The budget that this one reads for.
    above: Option<Arc<Waited>>,
}

impl Waited {
    fn get(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    fn add(&self, wait: Duration) {
        let total = u64::try_from((self.get() + wait).as_nanos()).unwrap_or(u64::MAX);
        let mut level = Some(self);
        while let Some(waited) = level {
            waited.nanos.fetch_max(total, Ordering::Relaxed);
            level = waited.above.as_deref();
        }
    }
}

impl Budget {
    /// A fresh budget under `policy`.
    #[must_use]
    pub fn new(policy: &Policy, control: Control) -> Self {
        Self {
            control,
            polls: false,
            attempts: 0,
            unsent: 0,
            max_attempts: policy.retries.saturating_add(1),
            max_time: policy.retry_max_time,
            first: None,
            put_off: None,
            waited: Arc::default(),
        }
    }

    /// A budget for reading this job's state: its own count of attempts inside
    /// the same window of time. What it waits for the limiter is not counted for
    /// the job either.
    #[must_use]
    pub fn for_read(&self) -> Self {
        let nanos = AtomicU64::new(self.waited.nanos.load(Ordering::Relaxed));
        let waited = Arc::new(Waited { nanos, above: Some(Arc::clone(&self.waited)) });
        Self { attempts: 0, unsent: 0, put_off: None, waited, ..self.clone() }
    }

    /// Notes that an attempt begins now, after `waited` for the limiter.
    pub fn begin(&mut self, waited: Duration) {
        if self.first.is_some() {
            self.waited.add(waited);
        } else {
            self.first = Some(Instant::now());
        }
        self.attempts += 1;
    }

    /// Notes that the attempt that was begun last never left.
    pub fn never_left(&mut self) {
        self.unsent += 1;
    }

    /// How many requests went out, as far as can be known.
    #[must_use]
    pub fn sends(&self) -> u32 {
        self.attempts.saturating_sub(self.unsent)
    }

    /// Notes that the vendor asks for a longer wait than the job may take.
    pub fn put_off(&mut self, wait: Duration) {
        self.put_off = Some(wait.min(LONGEST));
    }

    /// The wait that the vendor asked for, where the job could not take it: nothing is
    /// to be asked of the same job before.
    #[must_use]
    pub fn put_off_for(&self) -> Option<Duration> {
        self.put_off
    }

    /// How long the job may go on trying; nothing once the attempts are used up.
    /// The first attempt is always allowed.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        if self.attempts == 0 {
            return Some(self.max_time);
        }
        if self.put_off.is_some() || self.attempts >= self.max_attempts {
            return None;
        }
        let spent = self.first.map_or(Duration::ZERO, |first| first.elapsed()).saturating_sub(self.waited.get());
        self.max_time.checked_sub(spent).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy { retries: 2, ..Policy::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_and_time_both_bound_a_job() {
        let mut budget = Budget::new(&policy(), Control::new(None));
        budget.begin(Duration::from_secs(100));
        assert_eq!(budget.left(), Some(Duration::from_secs(60)));
        tokio::time::advance(Duration::from_secs(50)).await;
        budget.begin(Duration::from_secs(20));
        assert_eq!(budget.left(), Some(Duration::from_secs(30)), "waiting for the limiter is not counted");
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(budget.left(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_reads_wait_for_the_limiter_is_not_counted_for_their_job() {
        let seconds = Duration::from_secs;
        let mut budget = Budget::new(&policy(), Control::new(None));
        budget.for_read().begin(seconds(5));
        budget.begin(Duration::ZERO);
        assert_eq!(budget.left(), Some(seconds(60)), "what was before the first send does not matter");
        let mut reads = [budget.for_read(), budget.for_read(), budget.for_read()];
        tokio::time::advance(seconds(50)).await;
        for (read, wait) in reads.iter_mut().zip([10, 49, 30]) {
            read.begin(seconds(wait));
        }
        assert_eq!(budget.left(), Some(seconds(59)), "of waits at the same time the longest counts");
        assert_eq!(reads[0].left(), Some(seconds(20)), "a read has its own wait");
        // The next round adds to it, also from a read within a read.
        let read = budget.for_read();
        tokio::time::advance(seconds(40)).await;
        read.for_read().begin(seconds(38));
        assert_eq!(budget.left(), Some(seconds(57)));
        tokio::time::advance(seconds(57)).await;
        assert_eq!(budget.left(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn many_reads_that_queue_leave_time_to_send_again() {
        let limiter = crate::http::Limiter::new(8, Some(5.0));
        let mut budget = Budget::new(&policy(), Control::new(None));
        budget.begin(Duration::ZERO);
        let reads = (0..500).map(|_| async {
            let mut budget = budget.for_read();
            let queued = Instant::now();
            let permit = limiter.acquire().await;
            budget.begin(queued.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(permit);
            assert!(budget.left().is_some());
        });
        let begin = Instant::now();
        futures_util::future::join_all(reads).await;
        assert!(begin.elapsed() > Duration::from_secs(90));
        assert!(budget.left().is_some_and(|left| left > Duration::from_secs(59)), "{:?}", budget.left());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_attempt_is_the_last() {
        let mut budget = Budget::new(&policy(), Control::new(None));
        for _ in 0..3 {
            assert!(budget.left().is_some());
            budget.begin(Duration::ZERO);
        }
        assert_eq!(budget.left(), None);
        assert!(budget.for_read().left().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_vendor_that_puts_off_ends_one_loop_and_not_the_reads_after_it() {
        let mut budget = Budget::new(&policy(), Control::new(None));
        budget.begin(Duration::ZERO);
        assert!(budget.left().is_some());
        budget.put_off(Duration::MAX);
        assert_eq!(budget.left(), None);
        assert!(budget.put_off_for().is_some_and(|wait| Instant::now().checked_add(wait).is_some()));
        let mut read = budget.for_read();
        assert_eq!(read.put_off_for(), None);
        read.begin(Duration::ZERO);
        assert!(read.left().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_cause_of_a_stop_stays_and_an_abort_goes_further() {
        let control = Control::new(None);
        assert_eq!(control.stopped(), None);
        control.drain(StopCause::Signal(2));
        control.drain(StopCause::FailFast);
        assert_eq!(control.level(), Level::Drain(StopCause::Signal(2)));
        control.abort(StopCause::Signal(2));
        control.drain(StopCause::FailFast);
        assert_eq!(control.aborted().await, StopCause::Signal(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_an_abort() {
        let control = Control::new(Some(Instant::now() + Duration::from_secs(3)));
        assert_eq!(control.stopped(), None);
        assert_eq!(control.aborted().await, StopCause::Deadline);
        assert_eq!(control.stopped(), Some(StopCause::Deadline));
    }
}
