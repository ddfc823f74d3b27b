//! Plans: what a dry run would do, written down, and done exactly so later.
//!
//! Owns writing and reading the file: a header line with the targets, then a line per
//! job with the state it was in.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use jiff::Timestamp;

use super::record;
use super::session::Session;
use crate::canceller::Outcome;
use crate::engine::journal::At;
use crate::engine::{Destination, Filter, Input, RefReader, Settled, Subject};
use crate::error::{Error, ErrorKind};
use crate::job::JobState;
use crate::providers::{Entry, known};
use crate::report::{PlanHeader, PlanJob, PlanTarget, Target};

/// Longest line of a plan.
const MAX_LINE: u64 = 64 * 1024;

/// Collects what a dry run would cancel.
#[derive(Default)]
pub(super) struct Draft {
    jobs: Vec<PlanJob>,
}

impl Draft {
    /// Notes a planned job.
    pub(super) fn note(&mut self, settled: &Settled) {
        if let (Subject::Job(job), Outcome::Planned) = (&settled.subject, settled.outcome) {
            self.jobs.push(PlanJob { reference: job.to_string(), state: settled.state_before });
        }
    }

    /// Writes the plan.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(super) fn write(&self, path: &Path, session: &Session, guard: Option<Vec<JobState>>) -> Result<(), Error> {
        let mut targets: Vec<PlanTarget> = Vec::new();
        for line in &self.jobs {
            let name = line.reference.split(':').next().unwrap_or_default();
            if targets.iter().all(|place| place.provider != name) {
                targets.push(place(&session.target(known(name)?)));
            }
        }
        let header = PlanHeader {
            schema: PlanHeader::SCHEMA.into(),
            created_at: At::now(),
            sandbox: session.is_rehearsal(),
            targets,
            guard,
        };
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Usage, format!("the plan cannot be written to {}: {error}", path.display()))
        };
        let mut text = serde_json::to_string(&header).map_err(|error| failed(&error))?;
        for line in &self.jobs {
            text.push('\n');
            text.push_str(&serde_json::to_string(line).map_err(|error| failed(&error))?);
        }
        text.push('\n');
        let mut file = File::create(path).map_err(|error| failed(&error))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| failed(&error))
    }
}

/// A plan as it was read.
pub(super) struct Plan {
    places: Vec<PlanTarget>,
    sandbox: bool,
    guard: Option<Vec<JobState>>,
    /// Its jobs, with the state each was in.
    pub(super) jobs: Vec<Input>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a file that is no plan.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Usage, format!("{} is no usable plan: {why}", path.display()))
                .with_hint("write one with: jobctl cancel ... -n --plan-out FILE")
        };
        if fs::metadata(path).is_ok_and(|data| data.is_dir()) {
            return Err(wrong(&"it is a folder"));
        }
        let file = File::open(path).map_err(|error| wrong(&error))?;
        let mut from = BufReader::new(file);
        let header: PlanHeader =
            serde_json::from_slice(&line(&mut from).map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        if header.schema != PlanHeader::SCHEMA {
            let (is, ought) = (&header.schema, PlanHeader::SCHEMA);
            return Err(wrong(&format_args!("its schema is {is:?}, not {ought:?}")));
        }
        let reader = RefReader::new(None, Destination::None);
        let mut jobs = Vec::new();
        loop {
            let number = jobs.len() as u64 + 2;
            if from.fill_buf().map_err(|error| wrong(&error))?.is_empty() {
                return Ok(Self { places: header.targets, sandbox: header.sandbox, guard: header.guard, jobs });
            }
            let text = line(&mut from).map_err(|error| wrong(&error))?;
            let read: PlanJob =
                serde_json::from_slice(&text).map_err(|error| wrong(&format_args!("line {number}: {error}")))?;
            let job = reader.parse(&read.reference).map_err(|error| wrong(&format_args!("line {number}: {error}")))?;
            // Only the targets of the header are held against this call's.
            if header.targets.iter().all(|place| place.provider != job.provider) {
                return Err(wrong(&format_args!("line {number}: its targets do not name {}", job.provider)));
            }
            // That a job has ended is for the vendor to say, in this run.
            let state = read.state.filter(|state| state.is_live());
            jobs.push(Input::Job { line: Some(number), job, state });
        }
    }

    /// What a job must be like still, or it is left alone.
    ///
    /// # Errors
    /// None in practice: states alone always make a filter.
    pub(super) fn guard(&self) -> Result<Option<Filter>, Error> {
        let Some(states) = &self.guard else { return Ok(None) };
        let filter = Filter::new(states.clone(), None, None, None, Timestamp::now())?;
        Ok(Some(if states.is_empty() { filter.not_ended() } else { filter }))
    }

    /// The providers that the plan names.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for one that this version does not know.
    pub(super) fn providers(&self) -> Result<Vec<&'static Entry>, Error> {
        self.places.iter().map(|place| known(&place.provider)).collect()
    }

    /// Refuses to act anywhere else than where the plan was made.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfirmed`].
    pub(super) fn check(&self, session: &Session) -> Result<(), Error> {
        let sandbox = session.is_rehearsal();
        let refused = |message: String, way: String| {
            Err(Error::new(ErrorKind::NotConfirmed, format!("{message}; nothing was sent"))
                .with_hint(format!("{way}; or make a new plan")))
        };
        if self.sandbox != sandbox {
            let way = if sandbox { "leave the sandbox" } else { "add --sandbox" };
            return refused("the plan and this call are not both for the sandbox".into(), way.into());
        }
        for planned in &self.places {
            let entry = known(&planned.provider)?;
            let now = place(&session.target(entry));
            // Every sandbox has a port of its own.
            let same_host = sandbox || planned.host == now.host;
            if !same_host || planned.profile != now.profile {
                let show = |place: &PlanTarget| {
                    let host = place.host.as_deref().unwrap_or("no host");
                    place.profile.as_ref().map_or(host.to_owned(), |profile| format!("{host} (profile {profile})"))
                };
                let way = if planned.profile == now.profile {
                    record::at(entry, planned.host.as_deref(), self.places.len() == 1)
                } else {
                    record::under(planned.profile.as_deref(), session)
                };
                let (name, planned, now) = (entry.name, show(planned), show(&now));
                return refused(format!("the plan is for {name} at {planned}, this call goes to {now}"), way);
            }
        }
        Ok(())
    }
}

fn place(target: &Target) -> PlanTarget {
    PlanTarget { provider: target.provider.to_owned(), host: target.host.clone(), profile: target.profile.clone() }
}

fn line(from: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    from.by_ref().take(MAX_LINE).read_until(b'\n', &mut text)?;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    Ok(text)
}
