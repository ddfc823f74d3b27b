//! What really happened, and the rules that a report is held to.

use std::collections::BTreeMap;

use serde_json::Value;

/// A job's real state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Truth {
    #[default]
    Live,
    Stopped,
    /// It ended by itself.
    Ended,
}

/// Something that happened to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A cancel came in. `rejected`: it was told that nothing was done.
    Sent { rejected: bool },
    /// Its state was asked for. `told`: and it was said.
    Read { told: bool },
}

#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) truth: Truth,
    pub(super) events: Vec<Event>,
}

/// The jobs by ref, and all that came in.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) jobs: BTreeMap<String, Job>,
    /// Requests that no vendor knows.
    pub(super) strangers: Vec<String>,
    pub(super) requests: usize,
    pub(super) faults: usize,
}

impl Record {
    /// Holds rows to what really happened.
    #[track_caller]
    pub(super) fn judge(&self, rows: &[Value], context: &dyn std::fmt::Debug) {
        let mut wrong = Vec::new();
        if !self.strangers.is_empty() {
            wrong.push(format!("requests that nobody should send: {:?}", self.strangers));
        }
        let mut reported = BTreeMap::new();
        for row in rows {
            let name = row["ref"].as_str().unwrap();
            if reported.insert(name, row).is_some() {
                wrong.push(format!("{name} is reported twice"));
            }
            match self.jobs.get(name) {
                Some(job) => {
                    wrong.extend(job.contradicts(row).map(|why| format!("{why}\n   {:?}\n   {row}", job.events)));
                }
                None => wrong.push(format!("{name} never went in")),
            }
        }
        wrong.extend(
            self.jobs.keys().filter(|name| !reported.contains_key(name.as_str())).map(|name| format!("{name} is lost")),
        );
        assert!(
            wrong.is_empty(),
            "{context:?}: {} untruths, such as\n{}",
            wrong.len(),
            wrong[..wrong.len().min(5)].join("\n")
        );
    }
}

impl Job {
    /// How many cancels came in.
    pub(super) fn sent(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Sent { .. })).count()
    }

    /// What is untrue about a row, if anything is.
    fn contradicts(&self, row: &Value) -> Option<String> {
        let outcome = row["outcome"].as_str().unwrap();
        let untrue = match outcome {
            "cancelled" | "requested" | "pending" => self.truth != Truth::Stopped,
            "refused" | "unavailable" | "not_sent" | "unauthorized" | "invalid" => self.truth == Truth::Stopped,
            // Only a vendor can say so, and here some do who lie.
            "not_found" => false,
            "finished" => self.truth != Truth::Ended,
            "unknown" => self.events.is_empty(),
            _ => true,
        };
        if untrue {
            return Some(format!("reported {outcome}, and it is {:?}", self.truth));
        }
        // A request that broke off on its way may not have come in.
        let attempts = row["attempts"].as_u64().unwrap();
        if attempts < self.sent() as u64 {
            return Some(format!("{} cancels came in, and {attempts} attempts are reported", self.sent()));
        }
        if outcome == "not_sent" && self.events.contains(&Event::Sent { rejected: false }) {
            return Some("it is called not sent, and it was".to_owned());
        }
        let mut blind = false;
        for event in &self.events {
            match event {
                Event::Sent { .. } if blind => return Some("sent again before its state was read".to_owned()),
                Event::Sent { rejected } => blind = !rejected,
                Event::Read { told: true } => blind = false,
                Event::Read { told: false } => {}
            }
        }
        None
    }
}
