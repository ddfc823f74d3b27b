//! What the engine's tests play on: vendors that answer as they are told, and a diary
//! of all that was opened, asked and recorded, in its order and with its moments.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{
    Earlier, Ending, Entrant, Goal, Input, Opener, Recorder, Rules, RunOptions, Seen, Settled, Sights, Signals, Source,
    Subject, Vendor, cancel, status, wait,
};
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Page, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Level, Policy};
use crate::job::{Job, JobId, JobRef};

/// A stage with its props: change what the scene needs, then play it once.
pub(super) struct Stage {
    pub(super) options: RunOptions,
    pub(super) rules: Rules,
    pub(super) capabilities: Capabilities,
    /// How long a vendor takes for a cancel.
    pub(super) takes: Duration,
    /// The most cancels that were on their way at once.
    pub(super) most: Arc<AtomicUsize>,
    cancels: Script,
    reads: Script,
    diary: Arc<Diary>,
}

/// What is answered of a job each time it is asked about; the last word stays.
type Script = HashMap<String, Vec<&'static str>>;

struct Diary {
    began: Instant,
    entries: Mutex<Vec<(Duration, String)>>,
    /// Something is recorded that may still be buffered.
    buffered: AtomicBool,
}

impl Diary {
    fn note(&self, entry: String) {
        self.entries.lock().unwrap().push((self.began.elapsed(), entry));
    }
}

fn script(words: &[(&str, &'static str)]) -> Script {
    words.iter().map(|(id, words)| ((*id).to_owned(), words.split(' ').collect())).collect()
}

/// The next word for a job; `usual` where the script has none.
fn cue(script: &mut Script, id: &JobId, usual: &'static str) -> &'static str {
    match script.get_mut(id.as_str()) {
        Some(words) if words.len() > 1 => words.remove(0),
        Some(words) => words[0],
        None => usual,
    }
}

/// `a:1`, `b:2`: jobs of vendor `a` and of vendor `b`.
pub(super) fn job(text: &str) -> JobRef {
    let (name, id) = text.split_once(':').unwrap();
    let provider = ["a", "b", "closed"].into_iter().find(|known| *known == name).unwrap();
    JobRef { provider, id: JobId::from_canonical(id) }
}

pub(super) fn input(text: &str) -> Input {
    match text {
        "bad" => {
            let error = Error::new(ErrorKind::InvalidId, "it names no job");
            Input::Bad { line: None, provider: None, text: text.to_owned(), error }
        }
        "broken" => Input::Broken(Error::new(ErrorKind::NotConfirmed, "it is not whole")),
        "refused" => Input::Refused(Error::new(ErrorKind::NotConfirmed, "too many")),
        _ => Input::Job { line: None, job: job(text), state: None },
    }
}

pub(super) fn given(texts: &[&str]) -> Source {
    Source::given(texts.iter().copied().map(input).collect())
}

/// A job that an earlier part of the run left, as number `index`.
pub(super) fn left(index: u64, text: &str, sent: bool) -> Input {
    let earlier = if sent { Earlier::Sent } else { Earlier::Unsent };
    Input::Left { index, line: None, job: job(text), earlier }
}

pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl Stage {
    pub(super) fn new() -> Self {
        let began = Instant::now();
        let diary = Arc::new(Diary { began, entries: Mutex::default(), buffered: AtomicBool::new(false) });
        Self {
            options: RunOptions {
                policy: Policy::default(),
                concurrency: 8,
                deadline: None,
                fail_fast: false,
                wait: None,
                recorder: Arc::new(Clerk(Arc::clone(&diary))),
            },
            rules: Rules {
                verify: true,
                strict: false,
                ignore_not_found: false,
                dry_run: false,
                guard: None,
                sights: Sights::new(),
            },
            capabilities: Capabilities::PLAIN,
            takes: Duration::ZERO,
            most: Arc::default(),
            cancels: Script::new(),
            reads: Script::new(),
            diary,
        }
    }

    /// What cancels are answered with, by job: a state, or `lost`, `trouble`, `no`,
    /// `accepted`, `401`, `connect`, `taken` (without a word). `cancelled` where nothing is said.
    pub(super) fn cancels(mut self, words: &[(&str, &'static str)]) -> Self {
        self.cancels = script(words);
        self
    }

    /// What reads show, by job: a state, or `absent`, `trouble`, `401`, `connect`.
    /// `running` where nothing is said.
    pub(super) fn reads(mut self, words: &[(&str, &'static str)]) -> Self {
        self.reads = script(words);
        self
    }

    pub(super) async fn cancel(&self, source: Source) -> (Vec<Settled>, Ending) {
        self.cancel_until(source, mpsc::unbounded_channel().1).await
    }

    pub(super) async fn cancel_until(&self, source: Source, signals: Signals) -> (Vec<Settled>, Ending) {
        let mut rows = Vec::new();
        let mut emit = |row| rows.push(row);
        let run = cancel(source, self.options.clone(), self.rules.clone(), self, signals, &mut emit);
        let ending = ended(run).await;
        rows.sort_by_key(|row| row.index);
        (rows, ending)
    }

    pub(super) async fn status(&self, source: Source) -> (Vec<Seen>, Ending) {
        let mut rows = Vec::new();
        let mut emit = |row| rows.push(row);
        let run = status(source, self.options.clone(), self, mpsc::unbounded_channel().1, &mut emit);
        let ending = ended(run).await;
        (rows, ending)
    }

    pub(super) async fn wait(&self, source: Source, goal: Goal) -> (Vec<Seen>, Ending) {
        let mut rows = Vec::new();
        let mut emit = |row| rows.push(row);
        let run = wait(source, self.options.clone(), goal, self, mpsc::unbounded_channel().1, &mut emit);
        let ending = ended(run).await;
        (rows, ending)
    }

    /// What happened, in its order.
    pub(super) fn diary(&self) -> Vec<String> {
        self.diary.entries.lock().unwrap().iter().map(|(_, entry)| entry.clone()).collect()
    }

    /// Those entries that begin with one of `words`.
    pub(super) fn told(&self, words: &[&str]) -> Vec<String> {
        let wanted = |entry: &String| words.iter().any(|word| entry.split(' ').next() == Some(word));
        self.diary().into_iter().filter(wanted).collect()
    }

    /// When the first entry that begins so was made.
    pub(super) fn at(&self, wanted: &str) -> Duration {
        let entries = self.diary.entries.lock().unwrap();
        let found = entries.iter().find(|(_, entry)| entry.starts_with(wanted));
        found.unwrap_or_else(|| panic!("no {wanted:?} in {entries:?}")).0
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.diary.began.elapsed()
    }
}

/// A run that does not end fails instead of keeping the test from its end.
async fn ended<T>(run: impl Future<Output = T>) -> T {
    tokio::time::timeout(seconds(86_400.0), run).await.expect("the run does not end")
}

impl Opener for Stage {
    fn open(&self, name: &'static str) -> Result<Vendor, Error> {
        self.diary.note(format!("open {name}"));
        if name == "closed" {
            return Err(Error::new(ErrorKind::CredentialsMissing, "there is no key"));
        }
        let actor = Actor {
            name,
            scripts: Mutex::new((self.cancels.clone(), self.reads.clone())),
            takes: self.takes,
            busy: AtomicUsize::new(0),
            most: Arc::clone(&self.most),
            diary: Arc::clone(&self.diary),
        };
        Ok(Vendor::new(name, self.capabilities, actor))
    }
}

struct Actor {
    name: &'static str,
    scripts: Mutex<(Script, Script)>,
    takes: Duration,
    busy: AtomicUsize,
    most: Arc<AtomicUsize>,
    diary: Arc<Diary>,
}

fn trouble(word: &str) -> Option<Error> {
    let kind = match word {
        "lost" => ErrorKind::Lost,
        "trouble" => ErrorKind::ServerError,
        "no" => ErrorKind::Refused,
        "absent" => ErrorKind::NotFound,
        "401" => ErrorKind::CredentialsRejected,
        "connect" => ErrorKind::Connect,
        _ => return None,
    };
    Some(Error::new(kind, format!("it was {word}")))
}

impl Actor {
    fn list(&self, jobs: impl Iterator<Item = impl ToString>) -> String {
        let ids: Vec<_> = jobs.map(|id| id.to_string()).collect();
        format!("{} {}", self.name, ids.join(" "))
    }
}

impl Canceller for Actor {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        if let Some(cause) = budget.control.stopped() {
            return jobs.iter().map(|_| Answer::without_reply(Verdict::Stopped(cause))).collect();
        }
        budget.begin(Duration::ZERO);
        self.diary.note(format!("cancel {}", self.list(jobs.iter())));
        self.most.fetch_max(self.busy.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let cut = tokio::select! {
            _ = budget.control.aborted() => true,
            () = tokio::time::sleep(self.takes) => false,
        };
        self.busy.fetch_sub(1, Ordering::Relaxed);
        let verdict = |id: &JobId| {
            let word = if cut { "lost" } else { cue(&mut self.scripts.lock().unwrap().0, id, "cancelled") };
            match (word, trouble(word)) {
                ("lost" | "trouble", Some(error)) => Verdict::PerhapsSent(error),
                ("no", Some(error)) => Verdict::Declined(error),
                (_, Some(error)) => Verdict::Failed(error),
                ("taken", None) => Verdict::Cancelling,
                ("accepted", None) => Verdict::Accepted,
                (word, None) => Verdict::Said(Job::new(id.clone(), Some(word.to_owned()))),
            }
        };
        jobs.iter().map(verdict).map(Answer::without_reply).collect()
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        self.diary.note(format!("read {} {job}", self.name));
        if let Level::Abort(cause) = budget.control.level() {
            return Err(ReadFailure::Stopped(cause));
        }
        let word = cue(&mut self.scripts.lock().unwrap().1, job, "running");
        match trouble(word) {
            Some(error) if word == "absent" => Err(ReadFailure::Absent(error)),
            Some(error) => Err(ReadFailure::Unreadable { error, status: None }),
            None => Ok(Job::new(job.clone(), Some(word.to_owned()))),
        }
    }

    /// Lists call every job after its id, three a page, and end after nine.
    async fn list(&self, _: &ListQuery, cursor: Option<&str>, _: &mut Budget) -> Result<Page, ReadFailure> {
        let first: u32 = cursor.map_or(1, |cursor| cursor.parse().unwrap());
        self.diary.note(format!("list {} {first}", self.name));
        let list = JobId::from_canonical("list");
        if let Some(error) = trouble(cue(&mut self.scripts.lock().unwrap().1, &list, "whole")) {
            return Err(ReadFailure::Unreadable { error, status: None });
        }
        let named =
            |id: u32| Job { name: Some(format!("job-{id}")), ..Job::new(JobId::from_canonical(id.to_string()), None) };
        let next = (first < 7).then(|| (first + 3).to_string());
        Ok(Page { jobs: (first..first + 3).map(named).collect(), next, ..Page::default() })
    }

    async fn check(&self, _: &mut Budget) -> Result<Option<String>, ReadFailure> {
        Ok(None)
    }

    async fn close(&self, budget: &mut Budget) {
        if budget.control.stopped().is_none() {
            self.diary.note(format!("close {}", self.name));
        }
    }
}

/// Writes the diary's part of the record.
struct Clerk(Arc<Diary>);

impl Clerk {
    fn note(&self, entry: String) {
        self.0.buffered.store(true, Ordering::Relaxed);
        self.0.note(entry);
    }
}

impl Recorder for Clerk {
    fn is_on(&self) -> bool {
        true
    }

    fn intend(&self, entrant: Entrant<'_>) {
        self.note(format!("intend {} {}", entrant.index, entrant.job));
    }

    fn input_ended(&self, total: u64, duplicates: u64) {
        self.note(format!("input {total} {duplicates}"));
    }

    fn sending(&self, entrants: &mut dyn Iterator<Item = Entrant<'_>>) {
        let indices: Vec<_> = entrants.map(|entrant| entrant.index.to_string()).collect();
        self.note(format!("sending {}", indices.join(" ")));
        self.0.buffered.store(false, Ordering::Relaxed);
    }

    fn accepted(&self, entrant: Entrant<'_>) {
        self.note(format!("accepted {}", entrant.index));
    }

    fn settled(&self, settled: &Settled) {
        let about = if matches!(settled.subject, Subject::Job(_)) { "" } else { " line" };
        self.note(format!("settled {} {}{about}", settled.index, settled.outcome));
    }

    fn pause(&self) {
        if self.0.buffered.swap(false, Ordering::Relaxed) {
            self.0.note("pause".to_owned());
        }
    }
}
