//! The engine as a whole against a world that does its worst, in simulated time: real
//! vendors' code, real limits, a real record; made-up answers, stops at any moment, a
//! kill and a resumption. Whatever happens, what is reported must be true.
//!
//! `course` draws a case from a seed, `play` plays it; `world` is what it meets there,
//! with jobs that have a `life` of their own, in the words of `tongue`; `guard` and
//! `checks` hold it to the rules.
//!
//! `PROPTEST_CASES=20000 cargo test --lib engine::model` plays more cases, `MODEL_SEED=7`
//! one alone.

mod checks;
mod course;
mod guard;
mod life;
mod play;
mod tongue;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;

use self::course::Course;
use self::world::World;
use crate::canceller::Outcome;

/// Played where nobody wants another number.
const CASES: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// In memory where that can be had: a record is brought to the disk every second, and
/// here a second is nothing.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

/// The course of events, as far as it concerns what went wrong.
fn events(world: &World) -> String {
    let mut text = String::new();
    let concerns = |life: Option<usize>| life.is_none() || world.wrong.iter().any(|(wrong, _)| *wrong == life);
    for (at, life, what) in world.diary.iter().filter(|(_, life, _)| concerns(*life)) {
        let name = life.map(|life| world.lives[life].job.to_string()).unwrap_or_default();
        let _ = writeln!(text, "{:>9.3}s  {name:<50} {what}", at.as_secs_f64());
    }
    text
}

#[test]
fn whatever_happens_what_is_reported_is_true() {
    let folder = folder();
    let cases = number("PROPTEST_CASES").unwrap_or(CASES);
    let seeds = number("MODEL_SEED").map_or(0..cases, |seed| seed..seed + 1);
    let enough = seeds.contains(&(CASES - 1)) && seeds.start == 0;
    let mut seen: BTreeMap<Outcome, usize> = BTreeMap::new();
    for seed in seeds {
        let course = Course::draw(seed);
        let world = play::play(&course, folder.path());
        assert!(
            world.wrong.is_empty(),
            "{course}\n{}\nagain: MODEL_SEED={seed} cargo test --lib engine::model",
            events(&world)
        );
        for row in world.lives.iter().filter_map(|life| life.row.as_ref()) {
            *seen.entry(row.outcome).or_default() += 1;
        }
    }
    println!("{seen:?}");
    let mut never = Outcome::ALL.iter().filter(|outcome| !seen.contains_key(outcome));
    // Those two are said by `wait` alone.
    assert!(!enough || never.all(|outcome| matches!(outcome, Outcome::Met | Outcome::Unmet)), "{seen:?} is not all");
}
