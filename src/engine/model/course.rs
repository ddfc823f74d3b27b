//! What a case is made of: the jobs, how they are named, what the run is asked for and
//! what comes between. Drawn from one seed.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::guard::{Guard, Stops};
use super::life::{Life, Nature};
use super::world::{Side, Weather, World};
use crate::http::Policy;
use crate::job::{JobId, JobRef, JobState};
use crate::providers::VENDORS;

const CALM: Weather = [1, 0, 0, 0, 0, 0, 0, 0];
const ROUGH: Weather = [12, 1, 2, 1, 2, 2, 1, 0];
const STORM: Weather = [3, 2, 2, 1, 2, 2, 2, 1];
const CROWDED: Weather = [2, 0, 0, 0, 3, 0, 0, 0];
const LOSSY: Weather = [3, 0, 4, 2, 0, 0, 0, 0];
const NOBODY: Weather = [0, 1, 0, 0, 0, 0, 0, 0];

/// No answer that comes at all takes longer.
pub(super) const SLOW: Duration = Duration::from_millis(900);

/// How the input comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Given,
    File,
    /// A stream, with pauses.
    Stream,
    /// A stream of which the first lines were read ahead.
    Chained,
}

impl Way {
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Stream | Self::Chained)
    }
}

/// What a line of the input stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// A job, by its number.
    Job(usize),
    Again(usize),
    Bad,
    Nothing,
    /// The program that wrote the input says that it failed.
    Broken,
}

/// What comes between, counted from the beginning of a part of the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Between {
    pub(super) deadline: Option<Duration>,
    pub(super) signals: Vec<Duration>,
    /// The process is killed.
    pub(super) kill: Option<Duration>,
}

/// One case.
pub(super) struct Course {
    pub(super) seed: u64,
    pub(super) dice: Rng,
    pub(super) jobs: Vec<JobRef>,
    pub(super) lines: Vec<(String, Meant)>,
    pub(super) way: Way,
    /// A guard of the call says no to all of it.
    pub(super) refused: bool,
    pub(super) between: [Between; 2],
    pub(super) policy: Policy,
    pub(super) concurrency: usize,
    pub(super) rate: Option<f64>,
    /// Patience and interval of `--wait`.
    pub(super) wait: Option<(Duration, Option<Duration>)>,
    pub(super) fail_fast: bool,
    pub(super) verify: bool,
    pub(super) strict: bool,
    pub(super) ignore_not_found: bool,
    pub(super) dry_run: bool,
    /// Only jobs in these states.
    pub(super) states: Vec<JobState>,
    pub(super) journal: bool,
    /// A vendor for which there is no credential.
    pub(super) unknown: Option<&'static str>,
    pub(super) password: bool,
}

fn one_in(dice: &mut Rng, sides: u32) -> bool {
    dice.u32(..sides) == 0
}

fn within(dice: &mut Rng, most: u64) -> Duration {
    Duration::from_millis(dice.u64(..=most))
}

fn pick<T: Copy>(dice: &mut Rng, from: &[T]) -> T {
    from[dice.usize(..from.len())]
}

impl Course {
    pub(super) fn draw(seed: u64) -> Self {
        let mut own = Rng::with_seed(seed);
        let dice = &mut own;
        // At times one vendor alone: jobs that share a call, and more than are asked
        // for one by one while they are waited for.
        let crowd = one_in(dice, 10);
        let count = if crowd { dice.usize(20..60) } else { dice.usize(..14) };
        let alone = (crowd || dice.bool()).then(|| VENDORS[dice.usize(..4)].name);
        let vendors = (0..count).map(|_| alone.unwrap_or_else(|| VENDORS[dice.usize(..4)].name));
        let jobs: Vec<JobRef> = vendors.enumerate().map(job).collect();
        let lines = lines(&jobs, dice);
        let journal = !one_in(dice, 3);
        let seconds = Duration::from_secs;
        Self {
            seed,
            lines,
            way: pick(dice, &[Way::Given, Way::Given, Way::File, Way::Stream, Way::Stream, Way::Chained]),
            refused: one_in(dice, 40),
            between: [between(dice, journal), between(dice, false)],
            policy: Policy {
                retries: dice.u32(..5),
                retry_max_time: pick(dice, &[seconds(0), seconds(2), seconds(10), seconds(60)]),
                request_timeout: pick(dice, &[seconds(1), seconds(2), seconds(5)]),
                connect_timeout: seconds(1),
            },
            concurrency: pick(dice, &[1, 1, 2, 3, 8]),
            rate: one_in(dice, 4).then(|| pick(dice, &[2.0, 5.0, 20.0])),
            wait: (crowd || dice.bool()).then(|| {
                let interval = dice.bool().then(|| Duration::from_millis(dice.u64(300..3000)));
                (within(dice, 40_000), interval)
            }),
            fail_fast: one_in(dice, 6),
            verify: !one_in(dice, 4),
            strict: one_in(dice, 4),
            ignore_not_found: one_in(dice, 4),
            dry_run: one_in(dice, 30),
            states: if one_in(dice, 8) { vec![pick(dice, &[JobState::Queued, JobState::Running])] } else { Vec::new() },
            unknown: one_in(dice, 20).then(|| VENDORS[dice.usize(..4)].name),
            password: one_in(dice, 3),
            journal,
            jobs,
            dice: own,
        }
    }

    /// The world at its beginning.
    pub(super) fn world(&self) -> World {
        let (mut own, began) = (self.dice.clone(), Instant::now());
        let dice = &mut own;
        let mut lives: Vec<Life> = self.jobs.iter().map(|job| life(job, began, dice)).collect();
        let broken = self.lines.iter().position(|(_, meant)| *meant == Meant::Broken);
        for (at, (_, meant)) in self.lines.iter().enumerate() {
            if let Meant::Job(job) = meant {
                lives[*job].held = self.refused || broken.is_some_and(|broken| broken < at);
            }
        }
        let climate =
            pick(dice, &[&[CALM][..], &[ROUGH, CALM], &[ROUGH, STORM, LOSSY, CROWDED, CALM], &[CALM, NOBODY]]);
        let sides = VENDORS.iter().map(|entry| Side {
            entry,
            weather: [pick(dice, climate), pick(dice, climate)],
            turns: began + within(dice, 20_000),
            revoked: one_in(dice, 15).then(|| began + within(dice, 6000)),
            slow: SLOW.mul_f64(dice.f64()),
            signs_in: false,
            guard: Guard::new(self.concurrency, self.rate, self.policy.retry_max_time),
        });
        let sides = sides.collect();
        let stops = Stops { dry: self.dry_run, ..Stops::default() };
        World { lives, sides, stops, began, record: None, diary: Vec::new(), wrong: Vec::new(), dice: own }
    }
}

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, way, policy, concurrency, rate, wait, between, .. } = self;
        writeln!(f, "seed {seed}: {} lines by {way:?}, concurrency {concurrency}, rate {rate:?}", self.lines.len())?;
        writeln!(
            f,
            "  retries {} within {:?}, requests {:?}, wait {wait:?}",
            policy.retries, policy.retry_max_time, policy.request_timeout
        )?;
        let switches = [
            ("fail-fast", self.fail_fast),
            ("no-verify", !self.verify),
            ("strict", self.strict),
            ("ignore-not-found", self.ignore_not_found),
            ("dry-run", self.dry_run),
            ("refused", self.refused),
            ("journal", self.journal),
            ("password", self.password),
        ];
        let on: Vec<&str> = switches.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        writeln!(f, "  {}; only {:?}; no credential for {:?}", on.join(" "), self.states, self.unknown)?;
        writeln!(f, "  first {:?}\n  resumed {:?}", between[0], between[1])
    }
}

fn job((at, provider): (usize, &'static str)) -> JobRef {
    let id = match provider {
        "prequel" => format!("d{}/j-{at}", at % 2),
        "unstructured" => format!("abcdef00-0000-4000-8000-{at:012}"),
        _ => (at + 1).to_string(),
    };
    JobRef { provider, id: JobId::from_canonical(id) }
}

fn between(dice: &mut Rng, killable: bool) -> Between {
    let mut signals: Vec<Duration> = Vec::new();
    if one_in(dice, 3) {
        let most = pick(dice, &[3, 1000, 12_000]);
        signals.push(within(dice, most));
        while signals.len() < 3 && one_in(dice, 2) {
            let most = pick(dice, &[150, 6000]);
            let next = signals[signals.len() - 1] + within(dice, most);
            signals.push(next);
        }
    }
    let most = pick(dice, &[1000, 15_000, 40_000]);
    Between {
        deadline: one_in(dice, 3).then(|| within(dice, most)),
        kill: (killable && one_in(dice, 4)).then(|| within(dice, 6000)),
        signals,
    }
}

fn life(job: &JobRef, began: Instant, dice: &mut Rng) -> Life {
    let nature = match dice.u32(..20) {
        0 | 1 => Nature::Stubborn,
        2 => Nature::Missing,
        3 => Nature::Forbidden,
        4 if job.provider != "veeva" => Nature::Malformed,
        _ => Nature::Plain,
    };
    let start = if dice.bool() { Duration::ZERO } else { within(dice, 10_000) };
    let live =
        pick(dice, &[JobState::Running, JobState::Running, JobState::Running, JobState::Blocked, JobState::Unknown]);
    let words = if job.provider == "prequel" { &["done", "failed", "archived"][..] } else { &["done", "failed"] };
    let end = if dice.bool() { Duration::ZERO } else { within(dice, 30_000) };
    Life {
        job: job.clone(),
        nature,
        starts: (began + start, live),
        ends: one_in(dice, 3).then(|| (began + end, pick(dice, words))),
        lingers: if dice.bool() { Duration::ZERO } else { within(dice, 30_000) },
        stop: (nature == Nature::Plain && one_in(dice, 12)).then_some(began),
        tries: 0,
        taken: 0,
        blind: false,
        troubled: false,
        facts: Vec::new(),
        read: None,
        held: false,
        row: None,
    }
}

/// The jobs as people and programs name them, with what else stands between.
fn lines(jobs: &[JobRef], dice: &mut Rng) -> Vec<(String, Meant)> {
    let mut lines = Vec::new();
    for at in 0..jobs.len() {
        lines.push((spelt(&jobs[at], dice), Meant::Job(at)));
        match dice.u32(..24) {
            0 | 1 => {
                let again = dice.usize(..=at);
                lines.push((spelt(&jobs[again], dice), Meant::Again(again)));
            }
            2 => lines.push((pick(dice, &["datafold:x", "7", "{", "nobody:1", "prequel:j"]).to_owned(), Meant::Bad)),
            3 => lines.push((pick(dice, &["", "# more", r#"{"type":"start"}"#]).to_owned(), Meant::Nothing)),
            4 if one_in(dice, 6) => lines.push((r#"{"type":"summary","exit_code":7}"#.to_owned(), Meant::Broken)),
            _ => {}
        }
    }
    lines
}

fn spelt(job: &JobRef, dice: &mut Rng) -> String {
    let JobRef { provider, id } = job;
    match dice.u32(..4) {
        0 => format!(r#"{{"provider":"{provider}","id":"{id}"}}"#),
        1 => format!(r#"{{"type":"job","ref":"{job}","state":"running"}}"#),
        2 if *provider == "unstructured" => format!("{provider}:{}", id.as_str().to_uppercase()),
        _ => job.to_string(),
    }
}
