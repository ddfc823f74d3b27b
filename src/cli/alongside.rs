//! What happens on the terminal while a run goes on: the progress line moves, changes
//! of state are told.
//!
//! Decides nothing about jobs.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::engine::Change;
use crate::report::Report;

/// Time between two movements of the progress line.
const TICK: Duration = Duration::from_millis(200);

/// How a run came to its end.
pub(super) enum Ended<T> {
    /// By itself.
    Whole(T),
    /// Nobody reads its results any more.
    Unread,
}

/// Runs `run` to its end, or until nobody reads the output of a verb that only reads.
/// `run` reports through the same `report`, never across a pause.
pub(super) async fn alongside<T>(
    run: impl Future<Output = T>,
    report: &RefCell<&mut Report>,
    mut changes: UnboundedReceiver<Change>,
    only_reads: bool,
) -> Ended<T> {
    let mut run = pin!(run);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let moving = report.borrow().wants_ticks();
    loop {
        tokio::select! {
            biased;
            Some(change) = changes.recv() => report.borrow_mut().changed(&change),
            ended = &mut run => {
                while let Ok(change) = changes.try_recv() {
                    report.borrow_mut().changed(&change);
                }
                return Ended::Whole(ended);
            }
            _ = ticks.tick(), if moving || only_reads => {
                let mut report = report.borrow_mut();
                report.tick();
                if only_reads && report.output_closed() {
                    return Ended::Unread;
                }
            }
        }
    }
}
