//! Goes on with a run: what is decided is taken from the record, the rest comes in
//! again as input.
//!
//! Owns which jobs are left. Must not know the command line.

use super::folder::Record;
use super::line::{Caller, ResultLine, job};
use super::scan::{Lines, Marks, Overview};
use super::writer::Journal;
use crate::engine::{Input, Settled};
use crate::error::Error;

/// The jobs of a record that are not decided yet, one by one.
pub struct Remaining {
    lines: Lines,
    marks: Marks,
}

impl Remaining {
    /// The jobs that are left of a record that was scanned to `overview` and `marks`.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Io`].
    pub fn new(record: &Record, overview: &Overview, marks: Marks) -> Result<Self, Error> {
        // The run itself appends while this reads: no further than it was scanned.
        Ok(Self { lines: Lines::new(record.open()?, Some(overview.length), record)?, marks })
    }

    /// The next job; `None` after the last.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Io`].
    pub fn read(&mut self) -> Result<Option<Input>, Error> {
        while let Some((probe, _)) = self.lines.next_probe()? {
            let Some(index) = probe.index else { continue };
            if self.marks.has(index, Marks::SETTLED) || self.marks.has(index, Marks::TAKEN) {
                continue;
            }
            let Some(job) = probe.reference.as_deref().and_then(job) else { continue };
            let (line, sent) = (probe.line, self.marks.has(index, Marks::SENT));
            self.marks.set(index, Marks::TAKEN);
            return Ok(Some(Input::Left { index, line, job, sent }));
        }
        Ok(None)
    }
}

/// Hands every result that is decided to `emit`, as the record has it.
///
/// # Errors
/// [`crate::error::ErrorKind::Io`].
pub(super) fn replay(
    record: &Record,
    overview: &Overview,
    marks: &mut Marks,
    emit: &mut dyn FnMut(Settled, ResultLine<'_>),
) -> Result<(), Error> {
    let mut lines = Lines::new(record.open()?, Some(overview.length), record)?;
    while let Some((probe, line)) = lines.next_probe()? {
        let Some(index) = probe.index.filter(|_| probe.kind == "result") else { continue };
        if !marks.has(index, Marks::SETTLED) || marks.has(index, Marks::TAKEN) {
            continue;
        }
        let Ok(line) = serde_json::from_slice::<ResultLine<'_>>(line) else { continue };
        if !super::decides(line.outcome) {
            continue;
        }
        if let Some(settled) = line.settled() {
            marks.set(index, Marks::TAKEN);
            emit(settled, line);
        }
    }
    Ok(())
}

impl Record {
    /// Hands every result that is decided to `emit`, as the record has it.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Io`].
    pub fn replay(
        &self,
        overview: &Overview,
        marks: &mut Marks,
        emit: &mut dyn FnMut(Settled, ResultLine<'_>),
    ) -> Result<(), Error> {
        replay(self, overview, marks, emit)
    }

    /// Goes on writing to the record: `file` is what [`Record::take`] gave.
    #[must_use]
    pub fn go_on(&self, file: std::fs::File, overview: &Overview, caller: Caller) -> Journal {
        // What was torn off would spoil the next line.
        let _ = file.set_len(overview.length);
        let shown = self.path.display().to_string();
        Journal::go_on(file, shown, overview.length, overview.counts, overview.targets.clone(), caller)
    }
}
