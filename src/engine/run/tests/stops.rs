//! Runs in simulated time against a vendor that does as it is told: what ends a run, and
//! what an earlier part of it leaves in doubt.

use std::sync::Mutex;

use tokio::time::{sleep, timeout};

use super::*;
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Outcome, Page, ReadFailure, Verdict};
use crate::engine::{Earlier, Entrant, Filter, Input, NoRecord, Sights, Vendor};
use crate::http::Limiter;
use crate::job::{Job, JobId, JobRef, JobState};

const VENDOR: &str = "datafold";

/// Reads one job after the other, a second each; every job is running.
struct Double {
    verdict: fn(&str) -> Verdict,
    reads: Limiter,
    /// How long it takes to end what was opened.
    closes: Duration,
}

impl Canceller for Double {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        budget.begin(Duration::ZERO);
        if jobs[0].as_str() != "1" {
            sleep(Duration::from_millis(100)).await;
        }
        jobs.iter().map(|job| Answer::without_reply((self.verdict)(job.as_str()))).collect()
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        let read = async {
            let _permit = self.reads.acquire().await;
            sleep(seconds(1)).await;
        };
        tokio::select! {
            () = read => Ok(Job::new(job.clone(), Some("running".to_owned()))),
            cause = budget.control.aborted() => Err(ReadFailure::Stopped(cause)),
        }
    }

    async fn list(&self, _: &ListQuery, _: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
        Ok(Page::default())
    }

    async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
        Ok(None)
    }

    async fn close(&self, budget: &mut Budget) {
        tokio::select! {
            () = sleep(self.closes) => {}
            _ = budget.control.aborted() => {}
        }
    }
}

/// Knows how often it was told of what.
#[derive(Default)]
struct Counts {
    intended: Mutex<u64>,
    settled: Mutex<u64>,
}

impl Recorder for Counts {
    fn is_on(&self) -> bool {
        true
    }
    fn intend(&self, _: Entrant<'_>) {
        *self.intended.lock().unwrap() += 1;
    }
    fn input_ended(&self, _: u64, _: u64) {}
    fn sending(&self, _: &mut dyn Iterator<Item = Entrant<'_>>) {}
    fn accepted(&self, _: Entrant<'_>) {}
    fn settled(&self, _: &Settled) {
        *self.settled.lock().unwrap() += 1;
    }
    fn pause(&self) {}
}

/// What a run is asked for, and what comes between.
struct Play {
    verdict: fn(&str) -> Verdict,
    closes: Duration,
    options: RunOptions,
    guard: Option<Filter>,
    signals: Vec<Duration>,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy() -> Policy {
    Policy { retries: 0, retry_max_time: seconds(1), ..Policy::default() }
}

impl Play {
    fn new(verdict: fn(&str) -> Verdict) -> Self {
        let options = RunOptions {
            policy: policy(),
            concurrency: 8,
            deadline: None,
            fail_fast: false,
            wait: None,
            recorder: Arc::new(NoRecord),
        };
        Self { verdict, closes: Duration::ZERO, options, guard: None, signals: Vec::new() }
    }

    /// The outcomes in order, the end, and when that was.
    async fn of(self, source: Source) -> (Vec<Outcome>, Ending, Duration) {
        let began = Instant::now();
        let double = Double { verdict: self.verdict, reads: Limiter::new(1, None), closes: self.closes };
        let vendors = vec![Vendor::new(VENDOR, Capabilities::PLAIN, double)];
        let (signal, signals) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for at in self.signals {
                tokio::time::sleep_until(began + at).await;
                let _ = signal.send(2);
            }
        });
        let rules = Rules {
            verify: true,
            strict: false,
            ignore_not_found: false,
            dry_run: false,
            guard: self.guard,
            sights: Sights::new(),
        };
        let mut rows = Vec::new();
        let mut emit = |row: Settled| rows.push((row.index, row.outcome));
        let run = cancel(source, self.options, rules, &vendors, signals, &mut emit);
        let ending = timeout(seconds(3600), run).await.expect("the run ends");
        rows.sort_unstable();
        (rows.into_iter().map(|(_, outcome)| outcome).collect(), ending, began.elapsed())
    }
}

fn job(id: &str) -> JobRef {
    JobRef { provider: VENDOR, id: JobId::from_canonical(id) }
}

fn input(id: &str) -> Input {
    Input::Job { line: None, job: job(id), state: None }
}

/// A job that an earlier part of the run has sent.
fn sent() -> Source {
    Source::given(vec![Input::Left { index: 0, line: None, job: job("1"), earlier: Earlier::Sent }])
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "so it is told")
}

#[tokio::test(start_paused = true)]
async fn a_deadline_bounds_the_end_of_what_was_opened() {
    for (deadline, took) in [(None, 5.0), (Some(9.0), 5.0), (Some(2.0), 2.0), (Some(0.1), 0.2)] {
        let mut play = Play::new(|_| Verdict::Cancelling);
        play.closes = seconds(60);
        play.options.deadline = deadline.map(|deadline| Instant::now() + Duration::from_secs_f64(deadline));
        let (outcomes, _, elapsed) = play.of(Source::given(vec![input("1")])).await;
        assert_eq!(outcomes, [Outcome::Requested]);
        assert!((elapsed.as_secs_f64() - took).abs() < 0.1, "{deadline:?}: {elapsed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_the_reading_of_a_stream_whatever_stopped_the_sending_before() {
    let (feed, stream) = mpsc::channel(1);
    feed.send(Ok(input("1"))).await.unwrap();
    let mut play = Play::new(|_| Verdict::Failed(error(ErrorKind::Rejected)));
    play.options.fail_fast = true;
    play.signals = vec![seconds(3)];
    let (outcomes, _, took) = play.of(Source::Stream(stream)).await;
    assert_eq!((outcomes, took), (vec![Outcome::Invalid], seconds(3)));
    drop(feed);
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_a_session_is_ended_counts_and_a_second_one_ends_it_all() {
    for (signals, end) in [(vec![seconds(1)], 4), (vec![seconds(1), seconds(2)], 2)] {
        let mut play = Play::new(|_| Verdict::Cancelling);
        (play.closes, play.signals) = (seconds(4), signals);
        let (outcomes, ending, took) = play.of(Source::given(vec![input("1")])).await;
        assert_eq!((outcomes, ending.signal, took), (vec![Outcome::Requested], Some(2), seconds(end)));
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_no_longer_holds_up_nobody_who_reads() {
    let mut play = Play::new(|id| match id {
        "1" => Verdict::Cancelling,
        _ => Verdict::Declined(error(ErrorKind::Refused)),
    });
    let interval = Some(Duration::from_millis(1));
    play.options.wait = Some(WaitRules { interval, patience: seconds(60), changes: None });
    // By then the first job is being read, and the second waits for that.
    play.signals = vec![Duration::from_millis(500)];
    let (outcomes, _, took) = play.of(Source::given(vec![input("1"), input("2")])).await;
    assert_eq!(outcomes, [Outcome::Requested, Outcome::Refused]);
    assert_eq!(took, Duration::from_millis(1500));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_part_sent_stays_in_doubt_whatever_a_later_send_comes_to() {
    let busy: fn(&str) -> Verdict = |_| Verdict::Failed(error(ErrorKind::RateLimited));
    let stopped: fn(&str) -> Verdict = |_| Verdict::Stopped(StopCause::Signal(2));
    for verdict in [busy, stopped] {
        assert_eq!(Play::new(verdict).of(sent()).await.0, [Outcome::Unknown]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_part_sent_is_not_held_to_the_guard_again() {
    let mut play = Play::new(|_| Verdict::Cancelling);
    play.guard = Some(Filter::new(vec![JobState::Queued], None, None, None, jiff::Timestamp::UNIX_EPOCH).unwrap());
    assert_eq!(play.of(sent()).await.0, [Outcome::Requested]);
}

#[tokio::test(start_paused = true)]
async fn what_follows_the_break_of_an_input_is_on_record_too() {
    let bad = Input::Bad { line: None, provider: None, text: "x".to_owned(), error: error(ErrorKind::InvalidId) };
    let inputs = vec![input("1"), Input::Broken(error(ErrorKind::NotConfirmed)), input("2"), bad];
    let counts = Arc::new(Counts::default());
    let mut play = Play::new(|_| Verdict::Cancelling);
    play.options.recorder = Arc::clone(&counts) as Arc<dyn Recorder>;
    let (outcomes, ..) = play.of(Source::given(inputs)).await;
    assert_eq!(outcomes, [Outcome::NotSent, Outcome::NotSent, Outcome::Invalid]);
    assert_eq!((*counts.intended.lock().unwrap(), *counts.settled.lock().unwrap()), (2, 3));
}
