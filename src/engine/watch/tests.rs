//! Waiting in simulated time, against vendors that keep a diary.

mod crowd;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::*;
use crate::canceller::{Answer, Canceller, ListQuery, Outcome, Page, Verdict};
use crate::engine::stage::{Stage, given};
use crate::engine::{Ending, Goal, Input, Rules, RunOptions, Seen, Source, cancel, wait};
use crate::http::Policy;

/// Which jobs a vendor's lists show; none where they cannot be read.
type Lists = Option<fn(&Job) -> bool>;

/// What a vendor does, and what it was asked.
struct Vendor {
    began: Instant,
    /// When each job ends, and with which word.
    ends: HashMap<String, (Duration, &'static str)>,
    /// Reads that never come back; `lists` stands for a look at those.
    stalls: HashSet<String>,
    /// Which jobs the lists show, where they can be read.
    shows: Lists,
    /// Whether reads fail with this.
    fails: Option<ErrorKind>,
    /// How long the vendor wants to be left alone after a read that fails.
    put_off: Option<Duration>,
    diary: Arc<Mutex<Diary>>,
}

#[derive(Default)]
struct Diary {
    reads: Vec<(String, Duration)>,
    glances: usize,
}

impl Vendor {
    fn word(&self, id: &str) -> &'static str {
        match self.ends.get(id) {
            Some((end, word)) if self.began.elapsed() >= *end => word,
            _ => "cancelling",
        }
    }

    fn job(&self, id: &JobId) -> Job {
        Job::new(id.clone(), Some(self.word(id.as_str()).to_owned()))
    }
}

impl Canceller for Vendor {
    async fn cancel(&self, jobs: &[JobId], _: &mut Budget) -> Vec<Answer> {
        jobs.iter().map(|_| Answer::without_reply(Verdict::Cancelling)).collect()
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        self.diary.lock().unwrap().reads.push((job.to_string(), self.began.elapsed()));
        if self.stalls.contains(job.as_str()) {
            std::future::pending::<()>().await;
        }
        match self.fails {
            Some(kind) => {
                self.put_off.into_iter().for_each(|wait| budget.put_off(wait));
                Err(ReadFailure::Unreadable { error: Error::new(kind, "the vendor is in trouble"), status: None })
            }
            None => Ok(self.job(job)),
        }
    }

    async fn list(&self, _: &ListQuery, _: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
        Ok(Page::default())
    }

    async fn glance(&self, jobs: &HashSet<JobId>, _: &mut Budget) -> Option<Vec<Job>> {
        self.diary.lock().unwrap().glances += 1;
        if self.stalls.contains("lists") {
            std::future::pending::<()>().await;
        }
        self.shows.map(|shows| jobs.iter().map(|id| self.job(id)).filter(shows).collect())
    }

    async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
        Ok(None)
    }
}

/// One play of waiting.
struct Play {
    provider: &'static str,
    ends: Vec<(String, Duration, &'static str)>,
    rules: WaitRules,
    timeout: Option<Duration>,
    stalls: HashSet<String>,
    shows: Lists,
    fails: Option<ErrorKind>,
    put_off: Option<Duration>,
    fail_fast: bool,
    signal_after: Option<Duration>,
}

/// What came of it.
struct Played {
    outcomes: Vec<(String, Outcome)>,
    messages: Vec<String>,
    took: Duration,
    diary: Diary,
    ending: Ending,
}

fn policy() -> Policy {
    let second = Duration::from_secs(1);
    Policy { retries: 0, retry_max_time: second, request_timeout: second, connect_timeout: second }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Play {
    fn new(provider: &'static str, jobs: u64, end: Duration, word: &'static str) -> Self {
        let patience = seconds(600);
        Self {
            provider,
            ends: (1..=jobs).map(|id| (id.to_string(), end, word)).collect(),
            rules: WaitRules { interval: None, patience, changes: None },
            timeout: None,
            stalls: HashSet::new(),
            shows: Some(|_| true),
            fails: None,
            put_off: None,
            fail_fast: false,
            signal_after: None,
        }
    }

    /// Waits with `wait` (`goal`), or cancels and waits.
    async fn play(self, goal: Option<Goal>) -> Played {
        let (began, diary) = (Instant::now(), Arc::<Mutex<Diary>>::default());
        let provider = self.provider;
        let inputs = self.ends.iter().map(|(id, ..)| {
            let job = JobRef { provider, id: JobId::from_canonical(id.clone()) };
            Input::Job { line: None, job, state: None }
        });
        let source = Source::given(inputs.collect());
        let vendor: Arc<dyn DynCanceller> = Arc::new(Vendor {
            began,
            ends: self.ends.into_iter().map(|(id, end, word)| (id, (end, word))).collect(),
            stalls: self.stalls,
            shows: self.shows,
            fails: self.fails,
            put_off: self.put_off,
            diary: Arc::clone(&diary),
        });
        let opener = |_: &'static crate::providers::Entry| Ok(Arc::clone(&vendor));
        let options = RunOptions {
            recorder: Arc::new(crate::engine::NoRecord),
            policy: policy(),
            concurrency: 8,
            deadline: self.timeout.map(|timeout| began + timeout),
            fail_fast: self.fail_fast,
            wait: Some(self.rules),
        };
        let (sender, signals) = mpsc::unbounded_channel();
        let signal = async {
            match self.signal_after {
                Some(after) => tokio::time::sleep(after).await,
                None => std::future::pending().await,
            }
            sender.send(2).unwrap();
            std::future::pending::<()>().await;
        };
        let mut outcomes = Vec::new();
        let mut messages = Vec::new();
        let mut note = |job: &crate::engine::Subject, outcome, error: Option<&Error>| {
            let crate::engine::Subject::Job(job) = job else { panic!() };
            outcomes.push((job.id.to_string(), outcome));
            messages.extend(error.map(|error| error.message.clone()));
        };
        let rules = Rules {
            sights: crate::engine::Sights::new(),
            verify: true,
            strict: false,
            ignore_not_found: false,
            dry_run: false,
            guard: None,
        };
        let run = async {
            if let Some(goal) = goal {
                let mut emit = |seen: Seen| note(&seen.subject, seen.outcome.unwrap(), seen.error.as_deref());
                wait(source, options, goal, &opener, signals, &mut emit).await
            } else {
                let mut emit = |settled: Settled| note(&settled.subject, settled.outcome, settled.error.as_deref());
                cancel(source, options, rules, &opener, signals, &mut emit).await
            }
        };
        let ending = tokio::select! { ending = run => ending, () = signal => unreachable!() };
        let took = began.elapsed();
        let diary = std::mem::take(&mut *diary.lock().unwrap());
        Played { outcomes, messages, took, diary, ending }
    }
}

impl Played {
    fn all(&self, outcome: Outcome) -> bool {
        self.outcomes.iter().all(|(_, found)| *found == outcome)
    }

    /// The least time between two reads of one job.
    fn closest(&self) -> Duration {
        let mut last: HashMap<&str, Duration> = HashMap::new();
        let gaps = self.diary.reads.iter().filter_map(|(id, at)| at.checked_sub(last.insert(id, *at)?));
        gaps.min().unwrap_or(Duration::MAX)
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_job_of_a_minute_costs_and_how_late_its_end_is_seen() {
    for (provider, most_reads) in [("datafold", 11), ("prequel", 11), ("unstructured", 11), ("veeva", 8)] {
        for goal in [Some(Goal::Terminal), None] {
            let played = Play::new(provider, 1, seconds(60), "cancelled").play(goal).await;
            let (reads, late) = (played.diary.reads.len(), played.took.saturating_sub(seconds(60)));
            println!(
                "{provider} {}: {reads} reads, seen {late:.1?} after its end",
                if goal.is_some() { "wait" } else { "cancel --wait" }
            );
            assert!(reads <= most_reads, "{provider}: {reads} reads");
            assert!(late <= seconds(15), "{provider}: {late:?}");
            assert_eq!(played.diary.glances, 0, "{provider}: no list is asked about one job");
            let first = played.diary.reads[0].1;
            assert_eq!(first >= seconds(1), goal.is_none(), "{provider}: what was just cancelled is given a moment");
            assert_eq!(played.ending.signal, None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_is_never_seen_later_than_the_longest_pause() {
    for provider in ["datafold", "veeva"] {
        let (mut sum, mut worst, mut count) = (Duration::ZERO, Duration::ZERO, 0);
        for end in (1..120).map(|n| Duration::from_millis(997 * n)) {
            let late = Play::new(provider, 1, end, "cancelled").play(None).await.took.saturating_sub(end);
            (sum, worst, count) = (sum + late, worst.max(late), count + 1);
        }
        println!("{provider}: ends within two minutes seen {:.1?} late, {worst:.1?} at worst", sum / count);
        assert!(worst <= seconds(16), "{provider}: {worst:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_from_one_second_to_fifteen() {
    let played = Play::new("datafold", 1, seconds(300), "done").play(Some(Goal::Terminal)).await;
    let at: Vec<Duration> = played.diary.reads.iter().map(|(_, at)| *at).collect();
    let gaps: Vec<Duration> = at.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    assert!(gaps[0] >= seconds(1) && gaps[0] <= Duration::from_millis(1100), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap >= seconds(1) && *gap <= seconds(15) + Duration::from_millis(10)), "{gaps:?}");
    assert!(gaps.iter().rev().take(5).all(|gap| *gap >= seconds(13)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interval_is_kept_to_and_the_floor_beats_it() {
    for (provider, interval, gap) in [("datafold", 3, 3), ("veeva", 3, 10), ("veeva", 12, 12)] {
        let mut play = Play::new(provider, 1, seconds(60), "cancelled");
        play.rules.interval = Some(seconds(interval));
        let played = play.play(None).await;
        assert!(played.closest() >= seconds(gap), "{provider}: {:?}", played.diary.reads);
        assert!(played.closest() <= seconds(gap) + Duration::from_millis(10), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_read_at_once_than_allowed() {
    let mut play = Play::new("datafold", 20, seconds(5), "done");
    play.stalls = (1..=20).map(|id: u64| id.to_string()).collect();
    play.timeout = Some(seconds(60));
    assert_eq!(play.play(Some(Goal::Terminal)).await.diary.reads.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_wants_to_be_left_alone_is_left_alone() {
    for (wait, reads) in [(seconds(5), 3), (seconds(100), 1), (Duration::MAX, 1)] {
        for goal in [Some(Goal::Terminal), None] {
            let mut play = Play::new("datafold", 1, seconds(9999), "done");
            play.fails = Some(ErrorKind::RateLimited);
            play.put_off = Some(wait);
            play.rules.patience = seconds(12);
            let played = play.play(goal).await;
            assert!(played.closest() >= wait && played.diary.reads.len() <= reads, "{:?}", played.diary.reads);
            assert_eq!(played.took, seconds(12));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_read_that_stalls_holds_nobody_else_up() {
    let mut play = Play::new("datafold", 10, seconds(5), "done");
    play.stalls.insert("3".into());
    play.rules.patience = seconds(60);
    play.timeout = Some(seconds(60));
    let played = play.play(Some(Goal::Terminal)).await;
    let met = played.outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Met).count();
    assert_eq!(met, 9);
    assert_eq!(played.outcomes.last().unwrap(), &("3".to_owned(), Outcome::Pending));
    assert_eq!(played.took, seconds(60));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_all_are_pending_and_say_what_was_wrong() {
    for goal in [Some(Goal::Terminal), Some(Goal::Cancelled), None] {
        let mut play = Play::new("prequel", 30, seconds(9999), "cancelled");
        play.rules.patience = seconds(7);
        let played = play.play(goal).await;
        assert!(played.all(Outcome::Pending) && played.outcomes.len() == 30);
        assert_eq!(played.took, seconds(7));
        let mut play = Play::new("prequel", 1, seconds(9999), "cancelled");
        play.rules.patience = seconds(7);
        play.fails = Some(ErrorKind::ServerError);
        let played = play.play(goal).await;
        // Of a job that was never seen nobody can say that it had not ended.
        assert!(played.all(if goal.is_some() { Outcome::Unavailable } else { Outcome::Pending }));
        assert!(played.messages[0].contains("the vendor is in trouble"), "{:?}", played.messages);
        assert_eq!(played.took, seconds(7), "trouble may pass");
    }
}

#[tokio::test(start_paused = true)]
async fn an_explicit_timeout_is_the_only_bound() {
    let mut play = Play::new("datafold", 1, seconds(1200), "cancelled");
    play.timeout = Some(seconds(3600));
    play.rules.patience = seconds(3600);
    let played = play.play(None).await;
    assert!(played.all(Outcome::Cancelled) && played.took >= seconds(1200));
    let played = Play::new("datafold", 1, seconds(1200), "cancelled").play(None).await;
    assert!(played.all(Outcome::Pending));
    assert_eq!(played.took, seconds(600), "ten minutes after the last send");
}

#[tokio::test(start_paused = true)]
async fn a_signal_only_detaches_and_at_once() {
    for (goal, outcome) in [(Some(Goal::Terminal), Outcome::Pending), (None, Outcome::Requested)] {
        let mut play = Play::new("veeva", 50, seconds(9999), "cancelled");
        play.stalls.insert("7".into());
        play.signal_after = Some(seconds(20));
        let played = play.play(goal).await;
        assert!(played.all(outcome) && played.outcomes.len() == 50, "{:?}", played.outcomes);
        assert_eq!((played.took, played.ending.signal), (seconds(20), Some(2)));
    }
}

#[tokio::test(start_paused = true)]
async fn how_a_job_ended_decides() {
    for (goal, word, outcome) in [
        (Some(Goal::Terminal), "done", Outcome::Met),
        (Some(Goal::Terminal), "failed", Outcome::Met),
        (Some(Goal::Cancelled), "stopped", Outcome::Met),
        (Some(Goal::Cancelled), "done", Outcome::Unmet),
        (None, "canceled", Outcome::Cancelled),
        (None, "done", Outcome::Finished),
        (None, "timeout", Outcome::Finished),
        (None, "gone fishing", Outcome::Pending),
    ] {
        let played = Play::new("unstructured", 1, seconds(3), word).play(goal).await;
        assert!(played.all(outcome), "{word}: {:?}", played.outcomes);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_ends_the_waiting_for_all() {
    let mut play = Play::new("datafold", 40, seconds(9999), "done");
    play.fails = Some(ErrorKind::CredentialsRejected);
    let played = play.play(Some(Goal::Terminal)).await;
    assert!(played.all(Outcome::Unauthorized) && played.outcomes.len() == 40, "{:?}", played.outcomes);
    assert!(played.diary.reads.len() <= 8, "{}", played.diary.reads.len());
}

#[tokio::test(start_paused = true)]
async fn every_change_of_state_or_word_is_told_once() {
    use JobState::{Cancelling, Queued, Running};

    let told = |words, answer, goal: Option<Goal>| async move {
        let (sender, mut changes) = mpsc::unbounded_channel();
        let mut stage = Stage::new().cancels(&[("1", answer)]).reads(&[("1", words)]);
        stage.options.policy = policy();
        stage.options.wait = Some(WaitRules { interval: None, patience: seconds(600), changes: Some(sender) });
        match goal {
            Some(goal) => drop(stage.wait(given(&["a:1"]), goal).await),
            None => drop(stage.cancel(given(&["a:1"])).await),
        }
        drop(stage);
        let told = std::iter::from_fn(|| changes.try_recv().ok());
        told.map(|change| (change.before, change.provider_state.unwrap())).collect::<Vec<_>>()
    };
    let word = |before, word: &str| (before, word.to_owned());
    let seen = told("queued queued waiting running running done", "taken", Some(Goal::Terminal)).await;
    let expected = [
        word(None, "queued"),
        word(Some(Queued), "waiting"),
        word(Some(Queued), "running"),
        word(Some(Running), "done"),
    ];
    assert_eq!(seen, expected);
    // What the acceptance said already is nothing new.
    let seen = told("cancelling cancelling cancelled", "taken", None).await;
    assert_eq!(seen, [word(Some(Cancelling), "cancelled")]);
    let seen = told("running cancelled", "taken", None).await;
    assert_eq!(seen, [word(Some(Cancelling), "running"), word(Some(Running), "cancelled")]);
}
