//! The engine against a vendor that answers at random, in simulated time: every
//! answer that the trait allows, true and misleading, with stops at any moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jobctl::canceller::{Answer, Canceller, DynCanceller, ListQuery, Outcome, Page, ReadFailure, Verdict};
use jobctl::engine::{self, Input, RunOptions, Settled, Source, Subject};
use jobctl::error::{Error, ErrorKind};
use jobctl::http::{Budget, Policy, StopCause};
use jobctl::job::{Job, JobId, JobRef};
use tokio::time::{Instant, sleep};

/// Small, seeded and good enough.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

#[derive(Default)]
struct Real {
    /// From then on it is stopped: a request whose answer was lost may arrive late.
    stopped: Option<Instant>,
    ended: bool,
    sent: u32,
    /// A cancel that may have had an effect, and no state read since.
    blind: bool,
    wrong: Option<&'static str>,
}

/// A vendor that rolls dice.
struct Double {
    name: &'static str,
    dice: Mutex<Dice>,
    jobs: Mutex<HashMap<String, Real>>,
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "the dice say so")
}

impl Double {
    fn roll(&self, sides: u64) -> u64 {
        self.dice.lock().unwrap().below(sides)
    }

    fn word(&self, real: &Real) -> &'static str {
        match real.stopped {
            Some(at) if at <= Instant::now() => {
                if self.roll(2) == 0 {
                    "cancelled"
                } else {
                    "CANCELLING"
                }
            }
            _ if real.ended => "done",
            _ => ["queued", "running", "needs_confirmation"][usize::try_from(self.roll(3)).unwrap()],
        }
    }

    /// What becomes of one job of a call, and what is said of it.
    fn settle(&self, id: &JobId) -> Verdict {
        let dice = self.roll(12);
        let (late, applied) = (Duration::from_millis(self.roll(3000)), self.roll(2) == 0);
        let mut jobs = self.jobs.lock().unwrap();
        let real = jobs.get_mut(id.as_str()).unwrap();
        real.sent += 1;
        if real.blind {
            real.wrong = Some("sent again before its state was read");
        }
        let live = !real.ended && real.stopped.is_none();
        let mut apply = |after: Duration| {
            if live {
                real.stopped = Some(Instant::now() + after);
            }
        };
        match dice {
            0..=3 => {
                apply(Duration::ZERO);
                if dice == 0 {
                    return Verdict::Accepted;
                }
                Verdict::Said(Job::new(id.clone(), Some(self.word(real).to_owned())))
            }
            4 => {
                apply(Duration::ZERO);
                if live { Verdict::Cancelling } else { Verdict::Declined(error(ErrorKind::Refused)) }
            }
            5 | 6 => Verdict::Declined(error(ErrorKind::Refused)),
            7 => Verdict::Failed(error(ErrorKind::RateLimited)),
            8 => Verdict::Failed(error(ErrorKind::Connect)),
            9 => {
                real.blind = true;
                if applied && live {
                    real.stopped = Some(Instant::now());
                }
                Verdict::PerhapsSent(error(ErrorKind::ServerError))
            }
            _ => {
                real.blind = true;
                if applied && live {
                    real.stopped = Some(Instant::now() + late);
                }
                Verdict::PerhapsSent(error(ErrorKind::Lost))
            }
        }
    }
}

impl Canceller for Double {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        let stopped = |cause: StopCause| vec![Answer::without_reply(Verdict::Stopped(cause)); jobs.len()];
        // The queue of the limiter, in which a stop is felt.
        tokio::select! {
            () = sleep(Duration::from_millis(self.roll(400))) => {}
            cause = budget.control.drained() => return stopped(cause),
        }
        budget.begin(Duration::ZERO);
        let verdicts: Vec<Verdict> = jobs.iter().map(|job| self.settle(job)).collect();
        tokio::select! {
            () = sleep(Duration::from_millis(self.roll(800))) => {}
            _ = budget.control.aborted() => {
                let lost = Answer::without_reply(Verdict::PerhapsSent(error(ErrorKind::Interrupted)));
                return vec![lost; jobs.len()];
            }
        }
        verdicts.into_iter().map(|verdict| Answer { verdict, http_status: Some(200), request_id: None }).collect()
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        budget.begin(Duration::ZERO);
        tokio::select! {
            () = sleep(Duration::from_millis(self.roll(300))) => {}
            cause = budget.control.aborted() => return Err(ReadFailure::Stopped(cause)),
        }
        if self.roll(6) == 0 {
            return Err(ReadFailure::Unreadable { error: error(ErrorKind::Timeout), status: None });
        }
        let mut jobs = self.jobs.lock().unwrap();
        let real = jobs.get_mut(job.as_str()).unwrap();
        real.blind = false;
        Ok(Job::new(job.clone(), Some(self.word(real).to_owned())))
    }

    async fn list(&self, _: &ListQuery, _: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
        Ok(Page::default())
    }

    async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
        Ok(None)
    }
}

/// Whether a result may be said of a job that turned out so in the end.
fn untrue(settled: &Settled, real: &Real) -> Option<&'static str> {
    let stopped = real.stopped.is_some();
    match settled.outcome {
        Outcome::Cancelled | Outcome::Requested | Outcome::Pending
            if !stopped && !real.ended && settled.state.is_none() =>
        {
            Some("accepted, and never stopped")
        }
        Outcome::Cancelled if !stopped => Some("not stopped"),
        Outcome::Finished if !real.ended => Some("not ended"),
        Outcome::Unavailable if stopped => Some("stopped all the same"),
        Outcome::NotSent if stopped || real.sent > 0 && settled.attempts == 0 => Some("sent all the same"),
        _ => real.wrong,
    }
}

async fn one_run(seed: u64) -> [usize; 3] {
    let mut dice = Dice(seed);
    let doubles: Vec<Arc<Double>> = ["datafold", "prequel", "veeva"]
        .into_iter()
        .map(|name| {
            let jobs = (1..=12).map(|n| {
                let id = if name == "prequel" { format!("d/{n}") } else { n.to_string() };
                (id, Real { ended: dice.below(8) == 0, ..Real::default() })
            });
            Arc::new(Double { name, jobs: Mutex::new(jobs.collect()), dice: Mutex::new(Dice(seed ^ 7)) })
        })
        .collect();
    let mut inputs = Vec::new();
    for double in &doubles {
        for id in double.jobs.lock().unwrap().keys() {
            let job = JobRef { provider: double.name, id: JobId::from_canonical(id.as_str()) };
            inputs.push(Input::Job { line: None, job, state: None });
        }
    }
    let count = inputs.len();
    let policy = Policy {
        retries: u32::try_from(dice.below(5)).unwrap(),
        retry_max_time: Duration::from_secs(dice.below(40)),
        request_timeout: Duration::from_secs(1),
        connect_timeout: Duration::from_secs(1),
    };
    let deadline = (dice.below(3) == 0).then(|| Instant::now() + Duration::from_millis(dice.below(15_000)));
    let (signal, signals) = tokio::sync::mpsc::unbounded_channel();
    if dice.below(3) == 0 {
        let at = Duration::from_millis(dice.below(8_000));
        tokio::spawn(async move {
            sleep(at).await;
            let _ = signal.send(2);
        });
    }
    let run = RunOptions {
        recorder: std::sync::Arc::new(jobctl::engine::NoRecord),
        policy: policy.clone(),
        concurrency: usize::try_from(dice.below(6)).unwrap() + 1,
        deadline,
        fail_fast: dice.below(6) == 0,
        wait: None,
    };
    let rules = engine::Rules {
        sights: engine::Sights::new(),
        verify: dice.below(2) == 0,
        strict: false,
        ignore_not_found: false,
        dry_run: false,
        guard: None,
        policy,
    };
    let opener = |entry: &'static jobctl::providers::Entry| {
        let double = doubles.iter().find(|double| double.name == entry.name).unwrap();
        Ok(Arc::clone(double) as Arc<dyn DynCanceller>)
    };
    let mut rows: Vec<Settled> = Vec::new();
    engine::cancel(Source::given(inputs), run, rules, &opener, signals, &mut |settled| rows.push(settled)).await;
    assert_eq!(rows.len(), count, "seed {seed}: each job comes out once");
    let (mut said, mut again) = (0, 0);
    for row in &rows {
        let Subject::Job(job) = &row.subject else { panic!("{row:?}") };
        let double = doubles.iter().find(|double| double.name == job.provider).unwrap();
        let real = double.jobs.lock().unwrap().remove(job.id.as_str()).expect("a job comes out once");
        assert_eq!(row.attempts, real.sent, "seed {seed}: {row:?}");
        if let Some(why) = untrue(row, &real) {
            panic!("seed {seed}: {job} is reported {}: {why}\n{row:?}", row.outcome);
        }
        said += usize::from(matches!(row.outcome, Outcome::Cancelled | Outcome::Requested));
        again += usize::from(real.sent > 1);
    }
    [count, said, again]
}

#[tokio::test(start_paused = true)]
async fn whatever_a_vendor_answers_and_whenever_it_stops_the_report_is_true() {
    let mut sums = [0; 3];
    for seed in 0..600 {
        let counts = one_run(seed).await;
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    println!("model: {} jobs, {} reported stopped, {} sent more than once", sums[0], sums[1], sums[2]);
    assert!(sums[1] * 4 > sums[0] && sums[2] * 20 > sums[0], "the dice leave something out: {sums:?}");
}
