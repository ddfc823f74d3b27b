//! What begins: lanes at their first job, watchers beside them, and work for as many
//! jobs as a lane may have in flight.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedSender};

use super::super::judge::{self, Finding};
use super::super::lane::Lane;
use super::super::watch::{Watched, Watcher};
use super::super::work::{Means, Task, Work};
use super::feeding::ready;
use super::{Done, Run, Track};
use crate::http::Control;

impl<W: Work> Run<'_, W> {
    /// The lane of a provider, opened at its first job.
    pub(super) fn lane(&mut self, provider: &'static str) -> usize {
        if let Some(at) = self.lanes.iter().position(|track| track.lane.name == provider) {
            return at;
        }
        let control = Control::new(self.options.deadline);
        if let Some(cause) = self.stopped {
            control.drain(cause);
        }
        // A run that is stopped opens nothing any more: no command, no sign-in.
        let vendor = match control.stopped() {
            Some(cause) => Err(judge::stop_error(cause)),
            None => self.opener.open(provider),
        };
        let lane =
            Arc::new(Lane::new(provider, vendor, control, self.options.policy.clone(), self.options.concurrency));
        let watch = self.start_watcher(&lane);
        self.lanes.push(Track { lane, queue: VecDeque::new(), in_flight: 0, watch });
        self.lanes.len() - 1
    }

    fn start_watcher(&self, lane: &Arc<Lane>) -> Option<UnboundedSender<Watched>> {
        let rules = self.options.wait.clone()?;
        let canceller = lane.canceller.clone().ok()?;
        let watcher = Watcher {
            work: Arc::clone(&self.work),
            lane: Arc::clone(lane),
            canceller,
            concurrency: self.options.concurrency,
            rules,
            results: self.results.0.clone(),
            until: self.waiting.subscribe(),
        };
        let (sender, arriving) = mpsc::unbounded_channel();
        self.running.push(Box::pin(async move {
            watcher.run(arriving).await;
            Done::Watcher
        }));
        Some(sender)
    }

    /// Starts what may be started. Part-filled chunks only where `rest` says that no
    /// more jobs are about to come, or a job was held long enough. `true` where any
    /// was started.
    pub(super) fn start_work(&mut self, rest: bool) -> bool {
        let mut starting = Vec::new();
        for at in 0..self.lanes.len() {
            let track = &mut self.lanes[at];
            let lane = Arc::clone(&track.lane);
            if let Some(finding) = unusable(&lane) {
                for task in track.queue.drain(..) {
                    let _ = self.results.0.send(self.work.shelve(&task, finding.clone()));
                }
                continue;
            }
            let batch = self.work.batch(&lane);
            while track.in_flight < self.options.concurrency && ready(&track.queue, batch, rest) {
                let Ok(canceller) = lane.canceller.clone() else { break };
                let tasks: Vec<Task> = track.queue.drain(..batch.min(track.queue.len())).collect();
                let means = Means {
                    lane: Arc::clone(&lane),
                    canceller,
                    results: self.results.0.clone(),
                    watch: track.watch.clone(),
                    recorder: Arc::clone(&self.options.recorder),
                };
                track.in_flight += 1;
                starting.push((at, means, tasks));
            }
        }
        let announced = self.work.announce(&*self.options.recorder, &mut starting.iter().flat_map(|start| &start.2));
        let any = !starting.is_empty();
        for (at, means, tasks) in starting {
            let doing = Arc::clone(&self.work).perform(means, tasks, announced);
            self.running.push(Box::pin(async move {
                doing.await;
                Done::Work(at)
            }));
        }
        any
    }
}

/// Why no job of this lane can be sent, if so.
fn unusable(lane: &Lane) -> Option<Finding> {
    if let Some(cause) = lane.control.stopped() {
        return Some(judge::stopped(cause));
    }
    let error = lane.canceller.as_ref().err()?;
    Some(Finding::blank(judge::outcome_of(error.kind), Some(error.clone())))
}
