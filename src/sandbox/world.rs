//! The jobs themselves: what each one is at this moment, and who asked for what.
//!
//! Owns the clock of the sandbox, which jobs were cancelled when, and the count of
//! what was asked of each. A job that nobody touched costs no memory. Must not know
//! HTTP, JSON or how a vendor words its answers.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::course::{self, View};
use super::seeds::{Slot, Vendor};
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

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Milliseconds since the start, as the views count them.
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
        let mut view = course::undisturbed(vendor, slot, now);
        let memory = self.memory[vendor as usize].get(&slot).copied().unwrap_or_default();
        if memory.cancelled_at != 0 {
            let at = i64::from(memory.cancelled_at - 1);
            course::cancel(&mut view, at, now);
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
        let Some(bulk) = self.uniform_bulk(vendor, &wanted) else {
            return cut(self.each(vendor, newest_first).filter(wanted), offset, limit);
        };
        let seeds = self.matching_seeds(vendor, &wanted);
        let total = seeds.len() + bulk as usize;
        let nth = |at: usize| {
            let at = if newest_first { total - 1 - at } else { at };
            let bulk = || self.view(vendor, Slot::Bulk(u32::try_from(at - seeds.len()).unwrap_or_default()));
            seeds.get(at).copied().unwrap_or_else(bulk)
        };
        ((offset.min(total)..offset.saturating_add(limit).min(total)).map(nth).collect(), total)
    }

    /// Every job of a vendor, one after the other.
    pub(super) fn each(&self, vendor: Vendor, newest_first: bool) -> impl Iterator<Item = View> {
        let seeds = u32::try_from(vendor.seeds().len()).unwrap_or_default();
        let total = seeds.saturating_add(self.bulk);
        (0..total).map(move |at| {
            let at = if newest_first { total - 1 - at } else { at };
            let slot = at.checked_sub(seeds).map_or(Slot::Seed(at), Slot::Bulk);
            self.view(vendor, slot)
        })
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

/// One page of what comes, and how much comes in all.
fn cut(all: impl Iterator<Item = View>, offset: usize, limit: usize) -> (Vec<View>, usize) {
    let (mut page, mut total) = (Vec::new(), 0);
    for view in all {
        if total >= offset && page.len() < limit {
            page.push(view);
        }
        total += 1;
    }
    (page, total)
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
    async fn a_job_that_was_cancelled_while_it_waited_never_began() {
        let mut world = world(0);
        let view = world.find(Vendor::Datafold, "104").unwrap();
        world.stop(&view, Duration::ZERO);
        pass(100).await;
        let view = world.find(Vendor::Datafold, "104").unwrap();
        assert_eq!((view.word, view.started, view.ended), ("cancelled", None, Some(0)));
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
