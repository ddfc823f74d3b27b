//! Plays a case: the run itself, whatever cuts it short, and a second part that goes on
//! with what it left.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::checks;
use super::course::{Between, Course, Meant, Way};
use super::guard::{Stops, TICK, Tail};
use super::world::{self, Shared, World, lock};
use crate::canceller::DynCanceller;
use crate::engine::journal::{At, Caller, Folder, Journal, Options, Overview, Record, Remaining, SCHEMA, Start};
use crate::engine::{
    Destination, Ending, Filter, Input, NoRecord, RefReader, Rules, RunOptions, Settled, Sights, Source, WaitRules,
    cancel,
};
use crate::error::{Error, ErrorKind};
use crate::fuzzing::stage;
use crate::http::TransportOptions;
use crate::providers::{Entry, VENDORS};

/// No run takes longer, whatever happens.
const FOR_EVER: Duration = Duration::from_secs(6 * 3600);

/// What came of a part of a run.
pub(super) struct Part {
    /// How it ended; not at all where it was killed.
    pub(super) ending: Option<Ending>,
    /// What it reported, in order.
    pub(super) rows: Vec<Settled>,
    pub(super) ended: Instant,
    pub(super) stops: Stops,
    pub(super) waits: bool,
    /// Inputs that a stream had given before anything stopped the run.
    pub(super) fed: usize,
    /// What was decided before, from the record.
    pub(super) decided: Vec<Settled>,
    /// What was left for it, where it went on with a run.
    pub(super) left: Option<Vec<Input>>,
}

impl Part {
    /// What is known of the whole run now.
    pub(super) fn all(&self) -> impl Iterator<Item = &Settled> {
        self.decided.iter().chain(&self.rows)
    }
}

/// Plays `course` to its end, and holds it to the rules. Its record goes into `folder`.
pub(super) fn play(course: &Course, folder: &Path) -> World {
    fastrand::seed(course.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let world = runtime.block_on(async {
        let world = Arc::new(Mutex::new(course.world()));
        both_parts(course, &world, folder).await;
        world
    });
    drop(runtime);
    Arc::into_inner(world).unwrap().into_inner().unwrap()
}

async fn both_parts(course: &Course, world: &Shared, folder: &Path) {
    let kept = course.journal && !course.dry_run && !course.refused;
    let records = Folder::new(folder.to_owned());
    let journal = kept.then(|| Arc::new(records.begin(&start(course)).unwrap()));
    let record = kept.then(|| records.find("last").unwrap());
    if let Some(record) = &record {
        let all = course.lines.iter().filter(|(_, meant)| matches!(meant, Meant::Job(_))).count();
        let whole = (!course.way.is_stream()).then_some(all);
        lock(world).record = Some(Tail::new(&record.path, whole));
    }
    let (source, fed) = source(course, world, folder);
    let first = part(course, world, source, journal.clone(), &course.between[0]).await;
    let first = Part { fed: fed.load(Ordering::Relaxed), ..first };
    let written = record.as_ref().map(|record| std::fs::metadata(&record.path).unwrap().len());
    checks::part(course, world, &first, journal.as_deref());
    drop(journal);
    let Some((record, written)) = record.zip(written) else { return };
    if first.ending.is_none() {
        // What the process still held is gone with it.
        let mut file = OpenOptions::new().append(true).open(&record.path).unwrap();
        file.set_len(written).unwrap();
        file.write_all(br#"{"type":"resu"#).unwrap();
    }
    checks::record(world, &record, &first);
    resume(course, world, &record).await;
    std::fs::remove_file(&record.path).unwrap();
}

/// Goes on with what the first part left.
async fn resume(course: &Course, world: &Shared, record: &Record) {
    let file = record.take().unwrap();
    let (overview, mut marks) = Overview::scan(record.open().unwrap(), record).unwrap();
    let mut decided = Vec::new();
    record.results(&overview, &mut marks, false, &mut |row, _| decided.push(row)).unwrap();
    let mut left = Remaining::new(record, &overview, marks.clone()).unwrap();
    let left: Vec<Input> = std::iter::from_fn(|| left.read().unwrap()).collect();
    go_on(world, &left);
    let journal = Arc::new(record.go_on(file, &overview, Caller::default()));
    let source = Source::Left(Remaining::new(record, &overview, marks).unwrap());
    let played = part(course, world, source, Some(Arc::clone(&journal)), &course.between[1]).await;
    let second = Part { decided, left: Some(left), ..played };
    checks::part(course, world, &second, Some(&journal));
    drop(journal);
    checks::record(world, record, &second);
}

/// The world as another part of the run meets it: what was on its way is in doubt.
fn go_on(world: &Shared, left: &[Input]) {
    let mut here = lock(world);
    here.note(None, "--- gone on with".to_owned());
    here.stops = Stops::default();
    here.sides.iter_mut().for_each(|side| side.guard.reset());
    if let Some(record) = &mut here.record {
        record.forget();
    }
    for life in &mut here.lives {
        let sent = life.taken > 0;
        (life.blind, life.held) = (sent, false);
        life.troubled |= sent;
        (life.read, life.tries) = (None, 0);
        if left.iter().any(|input| matches!(input, Input::Left { job, .. } if *job == life.job)) {
            life.row = None;
        }
    }
}

/// One part of the run.
async fn part(
    course: &Course,
    world: &Shared,
    source: Source,
    journal: Option<Arc<Journal>>,
    between: &Between,
) -> Part {
    let began = Instant::now();
    let deadline = between.deadline.map(|deadline| began + deadline);
    lock(world).stops.deadline = deadline;
    let (signal, signals) = mpsc::unbounded_channel();
    let giving = give(world, between, signal);
    // Going on with a run does not wait.
    let wait = course.wait.filter(|_| !matches!(source, Source::Left(_))).map(|(patience, interval)| WaitRules {
        interval,
        patience,
        changes: None,
    });
    let waits = wait.is_some();
    let options = RunOptions {
        policy: course.policy.clone(),
        concurrency: course.concurrency,
        deadline,
        fail_fast: course.fail_fast,
        wait,
        recorder: match journal {
            Some(journal) => journal,
            None => Arc::new(NoRecord),
        },
    };
    let opener = |entry: &'static Entry| open(course, world, entry);
    let mut rows = Vec::new();
    let mut emit = |row: Settled| {
        lock(world).reported(&row, course.fail_fast);
        rows.push(row);
    };
    let run = timeout(FOR_EVER, cancel(source, options, rules(course), &opener, signals, &mut emit));
    let killed = async {
        match between.kill {
            Some(kill) => sleep_until(began + kill).await,
            None => std::future::pending().await,
        }
    };
    let ending = tokio::select! {
        biased;
        () = killed => None,
        ending = run => Some(ending.unwrap_or_else(|_| {
            lock(world).accuse(None, "the run does not end");
            Ending::default()
        })),
    };
    giving.abort();
    let stops = lock(world).stops.clone();
    Part { ending, rows, ended: Instant::now(), stops, waits, fed: 0, decided: Vec::new(), left: None }
}

fn rules(course: &Course) -> Rules {
    let filter = Filter::new(course.states.clone(), None, None, None, Timestamp::UNIX_EPOCH).unwrap();
    Rules {
        verify: course.verify,
        strict: course.strict,
        ignore_not_found: course.ignore_not_found,
        dry_run: course.dry_run,
        guard: (!course.states.is_empty()).then_some(filter),
        sights: Sights::new(),
    }
}

fn open(course: &Course, world: &Shared, entry: &'static Entry) -> Result<Arc<dyn DynCanceller>, Error> {
    let mut here = lock(world);
    if here.stops.any(Instant::now() - TICK) {
        here.accuse(None, format!("{} was opened after the run was stopped", entry.name));
    }
    if course.unknown == Some(entry.name) {
        return Err(Error::new(ErrorKind::CredentialsMissing, "there is no credential"));
    }
    let options = TransportOptions {
        concurrency: course.concurrency,
        rate: course.rate,
        ..TransportOptions::new(course.policy.clone())
    };
    let side = VENDORS.iter().position(|other| other.name == entry.name).unwrap();
    let way = if course.password { entry.ways.len() - 1 } else { 0 };
    let shared = Arc::clone(world);
    Ok(Arc::from(stage::open_with(entry, way, options, move |request| world::answer(&shared, side, request))))
}

/// Gives the signals in their time.
fn give(world: &Shared, between: &Between, signal: mpsc::UnboundedSender<u8>) -> JoinHandle<()> {
    let (shared, began, moments) = (Arc::clone(world), Instant::now(), between.signals.clone());
    tokio::spawn(async move {
        for (at, number) in moments.into_iter().zip([2, 15, 2]) {
            sleep_until(began + at).await;
            let mut here = lock(&shared);
            here.stops.signals.push(Instant::now());
            here.note(None, format!("signal {number}"));
            let _ = signal.send(number);
        }
    })
}

/// The input, and how much of it a stream has given before anything stopped the run.
fn source(course: &Course, world: &Shared, folder: &Path) -> (Source, Arc<AtomicUsize>) {
    let reader = RefReader::new(None, Destination::None);
    let parsed = (1..).zip(&course.lines).filter_map(|(number, (line, _))| reader.parse_line(number, line.as_bytes()));
    let mut inputs: Vec<Input> = parsed.collect();
    let fed = Arc::new(AtomicUsize::new(0));
    let source = match course.way {
        Way::Given => Source::given(inputs),
        Way::File => {
            let path = folder.join("input");
            let lines: Vec<&str> = course.lines.iter().map(|(line, _)| line.as_str()).collect();
            std::fs::write(&path, lines.join("\n")).unwrap();
            Source::file(&path, reader).unwrap()
        }
        Way::Stream => stream(course, world, inputs, &fed, true),
        Way::Chained => {
            let rest = inputs.split_off(inputs.len() / 2);
            let whole = !inputs.iter().any(|input| matches!(input, Input::Broken(_)));
            Source::chained(inputs, stream(course, world, rest, &fed, whole))
        }
    };
    let refusal = Input::Refused(Error::new(ErrorKind::NotConfirmed, "too many"));
    (if course.refused { Source::chained(vec![refusal], source) } else { source }, fed)
}

fn stream(course: &Course, world: &Shared, inputs: Vec<Input>, fed: &Arc<AtomicUsize>, mut whole: bool) -> Source {
    let (sender, receiver) = mpsc::channel(256);
    let (mut dice, shared, fed) = (course.dice.clone(), Arc::clone(world), Arc::clone(fed));
    tokio::spawn(async move {
        for input in inputs {
            let most = [0, 0, 30, 3000][dice.usize(..4)];
            sleep(Duration::from_millis(dice.u64(..=most))).await;
            whole &= !matches!(input, Input::Broken(_));
            let counts = whole && matches!(input, Input::Bad { .. } | Input::Job { .. });
            if sender.send(Ok(input)).await.is_err() {
                return;
            }
            if counts && !lock(&shared).stops.any(Instant::now()) {
                fed.fetch_add(1, Ordering::Relaxed);
            }
        }
        if dice.u32(..12) == 0 {
            let _ = sender.send(Err(Error::new(ErrorKind::Io, "the pipe broke"))).await;
        }
    });
    Source::Stream(receiver)
}

fn start(course: &Course) -> Start {
    let Course { verify, strict, ignore_not_found, fail_fast, .. } = *course;
    Start {
        schema: SCHEMA.to_owned(),
        run_id: uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(course.seed)).to_string(),
        jobctl_version: "0.1.0".to_owned(),
        sandbox: false,
        started_at: At::now(),
        caller: Caller::default(),
        profile: None,
        targets: Vec::new(),
        reason: None,
        options: Options { verify, strict, ignore_not_found, fail_fast, guard: rules(course).guard },
    }
}
