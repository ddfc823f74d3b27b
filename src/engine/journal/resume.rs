//! Goes on with a run: what is decided is taken from the record, the rest comes in
//! again as input.
//!
//! Owns which jobs are left. Must not know the command line.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::folder::Record;
use super::line::{Caller, ResultLine, job};
use super::scan::{Lines, Marks, Overview, Probe};
use super::writer::Journal;
use crate::canceller::Outcome;
use crate::engine::{Earlier, Input, Settled, Subject};
use crate::error::{Error, ErrorKind};

/// The jobs of a record that are not decided yet, one by one.
pub struct Remaining {
    lines: Lines,
    marks: Marks,
}

impl Remaining {
    /// The jobs that are left of a record that was scanned to `overview` and `marks`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn new(record: &Record, overview: &Overview, marks: Marks) -> Result<Self, Error> {
        // The run itself appends while this reads: no further than it was scanned.
        Ok(Self { lines: Lines::new(record.open()?, Some(overview.length), record)?, marks })
    }

    /// The next job; `None` after the last.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn read(&mut self) -> Result<Option<Input>, Error> {
        while self.lines.advance()? {
            let Some(probe) = self.lines.probe() else { continue };
            let Some(index) = probe.index else { continue };
            let done = self.marks.has(index, Marks::SETTLED) || self.marks.has(index, Marks::TAKEN);
            if done || !self.marks.has(index, Marks::KNOWN) {
                continue;
            }
            let Some(job) = probe.reference.as_deref().and_then(job) else { continue };
            let (line, earlier) = (probe.line, self.marks.earlier(index));
            self.marks.set(index, Marks::TAKEN);
            return Ok(Some(Input::Left { index, line, job, earlier }));
        }
        Ok(None)
    }
}

impl Record {
    /// Hands what became of every job to `emit`, as the record has it, with the time
    /// of the result. Of jobs that are not decided only with `open`: by their last
    /// result, or without one by what was on the way.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn results(
        &self,
        overview: &Overview,
        marks: &mut Marks,
        open: bool,
        emit: &mut dyn FnMut(Settled, Option<Timestamp>),
    ) -> Result<(), Error> {
        let mut lines = Lines::new(self.open()?, Some(overview.length), self)?;
        // The last results so far of jobs that have more than are counted.
        let mut held = BTreeMap::new();
        while lines.advance()? {
            let Some(probe) = lines.probe() else { continue };
            let Some(index) = probe.index else { continue };
            let settled = marks.has(index, Marks::SETTLED);
            let wanted = settled || (open && marks.has(index, Marks::KNOWN));
            if marks.has(index, Marks::TAKEN) || !wanted {
                continue;
            }
            let by_result = settled || (marks.results(index) > 0 && !marks.has(index, Marks::PENDING));
            let found = match (by_result, &*probe.kind) {
                (false, _) => unfinished(&probe, index, marks.earlier(index)).map(|settled| (settled, None)),
                (true, "result") if settled => {
                    result(lines.line()).filter(|(settled, _)| super::decides(settled.outcome))
                }
                (true, "result") if marks.has_many_results(index) => {
                    held.extend(result(lines.line()).map(|found| (index, found)));
                    None
                }
                (true, "result") if marks.use_up(index) => result(lines.line()),
                _ => None,
            };
            if let Some((settled, at)) = found {
                marks.set(index, Marks::TAKEN);
                emit(settled, at);
            }
        }
        for (index, (settled, at)) in held {
            marks.set(index, Marks::TAKEN);
            emit(settled, at);
        }
        Ok(())
    }

    /// Goes on writing to the record: `file` is what [`Record::take`] gave.
    #[must_use]
    pub fn go_on(&self, file: std::fs::File, overview: &Overview, caller: Caller) -> Journal {
        // What was torn off would spoil the next line.
        let _ = file.set_len(overview.length);
        let shown = self.path.display().to_string();
        Journal::go_on(file, shown, overview, caller)
    }
}

/// The result on a line, and when it came.
fn result(line: &[u8]) -> Option<(Settled, Option<Timestamp>)> {
    let line: ResultLine<'_> = serde_json::from_slice(line).ok()?;
    Some((line.settled()?, Some(line.at.0)))
}

/// A job without a result.
fn unfinished(probe: &Probe<'_>, index: u64, earlier: Earlier) -> Option<Settled> {
    let (outcome, error) = match earlier {
        Earlier::Unsent => {
            (Outcome::NotSent, Some(Error::new(ErrorKind::Interrupted, "it was not sent before the run ended")))
        }
        // Nothing is wrong with it: its end was not seen yet.
        Earlier::Accepted => (Outcome::Requested, None),
        Earlier::TurnedAway | Earlier::Sent => {
            (Outcome::Unknown, Some(Error::new(ErrorKind::Lost, "it was sent, and no result is on record")))
        }
    };
    let error = error.map(|error| error.with_hint("jobctl runs resume goes on with the run"));
    let subject = Subject::Job(job(probe.reference.as_deref()?)?);
    let attempts = u32::from(earlier != Earlier::Unsent);
    Some(Settled { attempts, ..Settled::blank(index, probe.line, subject, outcome, error) })
}
