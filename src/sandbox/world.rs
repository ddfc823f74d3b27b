//! The jobs themselves: what each one is at this moment, and who asked for what.
//!
//! Owns the clock of the sandbox, the movement of jobs (queued → running →
//! succeeded; cancelling → cancelled) and the count of what was asked of each. A
//! job that nobody touched costs no memory. Must not know HTTP, JSON or how a
//! vendor words its answers.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::seeds::{Moves, SeedRow, Slot, Vendor};
use crate::job::JobState;

/// What the sandbox remembers of a job that was touched. Times are milliseconds
/// since the start plus one; zero is never.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    received: u16,
    applied: u16,
    reads: u32,
    /// When the job is cancelled; until then it is cancelling.
    cancelled_at: u32,
    /// When its status was last told.
    told_at: u32,
}

/// What a job is at this moment. Times are milliseconds from the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) vendor: Vendor,
    pub(super) slot: Slot,
    /// The vendor's word; Datafold and Unstructured have none for cancelling.
    pub(super) word: &'static str,
    pub(super) state: JobState,
    /// The credential may not cancel it.
    pub(super) forbidden: bool,
    pub(super) created: i64,
    pub(super) started: Option<i64>,
    pub(super) ended: Option<i64>,
}

impl View {
    /// The id as the vendor writes it.
    pub(super) fn id(&self) -> String {
        self.slot.id(self.vendor)
    }

    pub(super) fn name(&self) -> &'static str {
        seed(self.vendor, self.slot).map_or("bulk rehearsal", |row| row.name)
    }

    pub(super) fn owner(&self) -> &'static str {
        seed(self.vendor, self.slot).map_or("rehearsal", |row| row.owner)
    }

    /// Whether it still could be cancelled by somebody.
    pub(super) fn is_live(&self) -> bool {
        self.state.is_live()
    }
}

/// What was asked of a job, for tests and reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRecord {
    /// The provider's name in the registry.
    pub provider: &'static str,
    /// The id, as jobctl takes it.
    pub id: String,
    /// Cancels that named it and reached the vendor's code.
    pub received: u32,
    /// Cancels that took effect: at most one in a life.
    pub applied: u32,
    /// Status reads that were answered with its state.
    pub reads: u32,
    /// The vendor's word at this moment.
    pub state: &'static str,
}

/// The words a vendor uses on the way.
struct Words {
    live: &'static str,
    running: &'static str,
    succeeded: &'static str,
    cancelling: Option<&'static str>,
    cancelled: &'static str,
}

const fn words(vendor: Vendor) -> Words {
    match vendor {
        Vendor::Datafold => Words {
            live: "processing",
            running: "processing",
            succeeded: "done",
            cancelling: None,
            cancelled: "cancelled",
        },
        Vendor::Prequel => Words {
            live: "RUNNING",
            running: "RUNNING",
            succeeded: "SUCCESS",
            cancelling: Some("CANCELLING"),
            cancelled: "CANCELLED",
        },
        Vendor::Unstructured => Words {
            live: "IN_PROGRESS",
            running: "IN_PROGRESS",
            succeeded: "COMPLETED",
            cancelling: None,
            cancelled: "STOPPED",
        },
        Vendor::Veeva => Words {
            live: "SCHEDULED",
            running: "RUNNING",
            succeeded: "SUCCESS",
            cancelling: Some("CANCELLING"),
            cancelled: "CANCELLED",
        },
    }
}

fn seed(vendor: Vendor, slot: Slot) -> Option<&'static SeedRow> {
    match slot {
        Slot::Seed(at) => vendor.seeds().get(at as usize),
        Slot::Bulk(_) => None,
    }
}

/// Everything that moves.
#[derive(Debug)]
pub(super) struct World {
    began: Instant,
    wall: Timestamp,
    bulk: u32,
    memory: [HashMap<Slot, Memory>; 4],
    bulk_stopped: [u32; 4],
}

impl World {
    pub(super) fn new(wall: Timestamp, bulk: u32) -> Self {
        Self { began: Instant::now(), wall, bulk, memory: Default::default(), bulk_stopped: [0; 4] }
    }

    /// Milliseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The same, as the views count it.
    pub(super) fn present(&self) -> i64 {
        i64::try_from(self.now()).unwrap_or(i64::MAX)
    }

    /// How many bulk jobs each vendor has.
    pub(super) fn bulk(&self) -> u32 {
        self.bulk
    }

    /// The wall clock at so many milliseconds from the start.
    pub(super) fn stamp(&self, at: i64) -> Timestamp {
        self.wall.checked_add(SignedDuration::from_millis(at)).unwrap_or(self.wall)
    }

    pub(super) fn find(&self, vendor: Vendor, id: &str) -> Option<View> {
        Slot::find(vendor, id, self.bulk).map(|slot| self.view(vendor, slot))
    }

    /// What the job is now.
    pub(super) fn view(&self, vendor: Vendor, slot: Slot) -> View {
        let now = self.present();
        let mut view = undisturbed(vendor, slot, now);
        let memory = self.memory[vendor as usize].get(&slot).copied().unwrap_or_default();
        if memory.cancelled_at != 0 {
            let at = i64::from(memory.cancelled_at - 1);
            cancel(&mut view, at, now, &words(vendor));
        }
        view
    }

    /// Counts a cancel that names this job.
    pub(super) fn received(&mut self, view: &View) {
        let memory = self.remember(view);
        memory.received = memory.received.saturating_add(1);
    }

    /// Counts a read that is answered with this job's state.
    pub(super) fn told(&mut self, view: &View) {
        let now = self.ticks();
        let memory = self.remember(view);
        memory.reads = memory.reads.saturating_add(1);
        memory.told_at = now;
    }

    /// How long ago the job's status was last told.
    pub(super) fn since_told(&self, view: &View) -> Option<Duration> {
        let told = self.memory[view.vendor as usize].get(&view.slot)?.told_at;
        (told != 0).then(|| Duration::from_millis(u64::from(self.ticks().saturating_sub(told))))
    }

    /// Begins to cancel a live job; after `delay` it is cancelled.
    pub(super) fn stop(&mut self, view: &View, delay: Duration) {
        if !view.is_live() || view.state == JobState::Cancelling {
            return;
        }
        let delay = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        let at = self.ticks().saturating_add(delay);
        let memory = self.remember(view);
        if memory.cancelled_at == 0 {
            memory.cancelled_at = at;
            memory.applied = memory.applied.saturating_add(1);
            if matches!(view.slot, Slot::Bulk(_)) {
                self.bulk_stopped[view.vendor as usize] += 1;
            }
        }
    }

    /// The jobs that `wanted` lets through, oldest id first, from `offset` on, and
    /// how many there are in all.
    pub(super) fn page(
        &self,
        vendor: Vendor,
        offset: usize,
        limit: usize,
        newest_first: bool,
        wanted: impl Fn(&View) -> bool,
    ) -> (Vec<View>, usize) {
        let seeds = self.matching_seeds(vendor, &wanted);
        let Some(bulk) = self.uniform_bulk(vendor, &wanted) else {
            let mut all = seeds;
            all.extend((0..self.bulk).map(|n| self.view(vendor, Slot::Bulk(n))).filter(|view| wanted(view)));
            return cut(&all, offset, limit, newest_first);
        };
        let total = seeds.len() + bulk as usize;
        let nth = |at: usize| {
            let at = if newest_first { total - 1 - at } else { at };
            let bulk = || self.view(vendor, Slot::Bulk(u32::try_from(at - seeds.len()).unwrap_or_default()));
            seeds.get(at).copied().unwrap_or_else(bulk)
        };
        ((offset.min(total)..offset.saturating_add(limit).min(total)).map(nth).collect(), total)
    }

    fn matching_seeds(&self, vendor: Vendor, wanted: &impl Fn(&View) -> bool) -> Vec<View> {
        let seeds = u32::try_from(vendor.seeds().len()).unwrap_or_default();
        (0..seeds).map(|at| self.view(vendor, Slot::Seed(at))).filter(|view| wanted(view)).collect()
    }

    /// How many bulk jobs match, while they still are all alike.
    fn uniform_bulk(&self, vendor: Vendor, wanted: &impl Fn(&View) -> bool) -> Option<u32> {
        let alike = self.bulk == 0 || self.bulk_stopped[vendor as usize] == 0;
        let matches = || self.bulk > 0 && wanted(&self.view(vendor, Slot::Bulk(0)));
        alike.then(|| if matches() { self.bulk } else { 0 })
    }

    /// What was asked of every job that was touched, in a stable order.
    pub(super) fn records(&self) -> Vec<JobRecord> {
        let mut records = Vec::new();
        for vendor in Vendor::ALL {
            let mut slots: Vec<Slot> = self.memory[vendor as usize].keys().copied().collect();
            slots.sort_unstable();
            records.extend(slots.into_iter().map(|slot| self.record(&self.view(vendor, slot))));
        }
        records
    }

    /// What was asked of one job.
    pub(super) fn record(&self, view: &View) -> JobRecord {
        let memory = self.memory[view.vendor as usize].get(&view.slot).copied().unwrap_or_default();
        JobRecord {
            provider: view.vendor.name(),
            id: view.id(),
            received: memory.received.into(),
            applied: memory.applied.into(),
            reads: memory.reads,
            state: view.word,
        }
    }

    fn remember(&mut self, view: &View) -> &mut Memory {
        self.memory[view.vendor as usize].entry(view.slot).or_default()
    }

    fn ticks(&self) -> u32 {
        u32::try_from(self.now()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

fn cut(all: &[View], offset: usize, limit: usize, newest_first: bool) -> (Vec<View>, usize) {
    let page = if newest_first {
        all.iter().rev().skip(offset).take(limit).copied().collect()
    } else {
        all.iter().skip(offset).take(limit).copied().collect()
    };
    (page, all.len())
}

const MINUTE: i64 = 60_000;

/// What the job would be now if nobody had cancelled it.
fn undisturbed(vendor: Vendor, slot: Slot, now: i64) -> View {
    let words = words(vendor);
    let row = seed(vendor, slot);
    let word = row.map_or(words.live, |row| row.state);
    let state = JobState::from_word(word);
    let age = row.map_or(60, |row| i64::from(row.age));
    let created = -age * MINUTE;
    let began = state != JobState::Queued && word != "MISSED_SCHEDULE";
    let mut view = View {
        vendor,
        slot,
        word,
        state,
        forbidden: row.is_some_and(|row| row.forbidden),
        created,
        started: began.then_some(created + MINUTE / 2),
        ended: state.is_terminal().then_some(created + age.min(47) * MINUTE),
    };
    if let Some(Moves::Runs { starts, ends }) = row.map(|row| row.moves) {
        run(&mut view, i64::from(starts) * 1000, i64::from(ends) * 1000, now, &words);
    }
    view
}

fn run(view: &mut View, starts: i64, ends: i64, now: i64, words: &Words) {
    if now >= starts && view.started.is_none() {
        view.started = Some(starts);
        (view.word, view.state) = (words.running, JobState::Running);
    }
    if now >= ends {
        view.ended = Some(ends);
        (view.word, view.state) = (words.succeeded, JobState::Succeeded);
    }
}

/// A cancellation took effect; the job is cancelled at `at`.
fn cancel(view: &mut View, at: i64, now: i64, words: &Words) {
    if now >= at {
        view.ended = Some(at);
        (view.word, view.state) = (words.cancelled, JobState::Cancelled);
    } else {
        // A job that is being cancelled does not go on to succeed.
        if view.state.is_terminal() {
            (view.word, view.ended) = (words.running, None);
        }
        view.state = JobState::Cancelling;
        view.word = words.cancelling.unwrap_or(view.word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(bulk: u32) -> World {
        World::new(Timestamp::UNIX_EPOCH, bulk)
    }

    fn word(world: &World, vendor: Vendor, id: &str) -> &'static str {
        world.find(vendor, id).unwrap().word
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_move_with_time() {
        let world = world(0);
        assert_eq!(word(&world, Vendor::Datafold, "104"), "queued");
        pass(20).await;
        assert_eq!(word(&world, Vendor::Datafold, "104"), "processing");
        assert_eq!(word(&world, Vendor::Prequel, "warehouse-eu/nightly-0143"), "RUNNING");
        pass(60).await;
        let done = world.find(Vendor::Datafold, "104").unwrap();
        assert_eq!((done.word, done.started, done.ended), ("done", Some(20_000), Some(80_000)));
        assert_eq!(word(&world, Vendor::Datafold, "123"), "processing");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_job_is_cancelling_first_and_is_applied_once() {
        let mut world = world(0);
        for _ in 0..2 {
            let view = world.find(Vendor::Veeva, "1046892").unwrap();
            world.received(&view);
            world.stop(&view, Duration::from_secs(2));
        }
        assert_eq!(word(&world, Vendor::Veeva, "1046892"), "CANCELLING");
        pass(2).await;
        let view = world.find(Vendor::Veeva, "1046892").unwrap();
        assert_eq!((view.word, view.ended), ("CANCELLED", Some(2000)));
        let record = world.record(&view);
        assert_eq!((record.received, record.applied, record.reads), (2, 1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_is_being_cancelled_does_not_succeed_meanwhile() {
        let mut world = world(0);
        pass(7).await;
        let view = world.find(Vendor::Prequel, "warehouse-us/hourly-88").unwrap();
        world.stop(&view, Duration::from_secs(5));
        pass(3).await;
        assert_eq!(word(&world, Vendor::Prequel, "warehouse-us/hourly-88"), "CANCELLING");
        pass(3).await;
        assert_eq!(word(&world, Vendor::Prequel, "warehouse-us/hourly-88"), "CANCELLED");
    }

    #[tokio::test(start_paused = true)]
    async fn an_ended_job_stays_as_it_is() {
        let mut world = world(0);
        let view = world.find(Vendor::Datafold, "101").unwrap();
        world.stop(&view, Duration::ZERO);
        assert_eq!(word(&world, Vendor::Datafold, "101"), "done");
        assert_eq!(world.record(&view).applied, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn pages_are_the_same_whether_bulk_jobs_were_touched_or_not() {
        let mut world = world(1000);
        let live = |view: &View| view.is_live();
        let (page, total) = world.page(Vendor::Datafold, 8, 3, false, live);
        assert_eq!(page.iter().map(View::id).collect::<Vec<_>>(), ["1000000", "1000001", "1000002"]);
        assert_eq!((total, world.memory[0].len()), (1008, 0));
        let view = world.find(Vendor::Datafold, "1000001").unwrap();
        world.stop(&view, Duration::ZERO);
        let (page, total) = world.page(Vendor::Datafold, 8, 2, false, live);
        assert_eq!(page.iter().map(View::id).collect::<Vec<_>>(), ["1000000", "1000002"]);
        assert_eq!((total, world.memory[0].len()), (1007, 1));
        let (page, _) = world.page(Vendor::Datafold, 0, 1, true, live);
        assert_eq!(page[0].id(), "1000999");
        assert_eq!(world.page(Vendor::Datafold, 9999, 5, true, live).0.len(), 0);
    }

    #[test]
    fn the_memory_of_a_touched_job_is_small() {
        assert!(size_of::<(Slot, Memory)>() <= 24);
    }
}
