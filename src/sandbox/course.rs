//! The course of one job: from its seed to what it is at a moment.
//!
//! Owns [`View`] and the movement (queued → running → succeeded; cancelling →
//! cancelled) as pure functions of time. Must not know what was asked of a job:
//! that is `world`.

use super::seeds::{Moves, SeedRow, Slot, Vendor};
use crate::job::JobState;

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

const MINUTE: i64 = 60_000;

/// What the job would be now if nobody had cancelled it.
pub(super) fn undisturbed(vendor: Vendor, slot: Slot, now: i64) -> View {
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
pub(super) fn cancel(view: &mut View, at: i64, now: i64) {
    let words = words(view.vendor);
    // One that was cancelled while it waited never began.
    view.started = view.started.filter(|started| *started <= at);
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
