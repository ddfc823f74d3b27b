//! Reads a record back, in little memory: a byte per job, however long the file is.
//!
//! Owns what counts as the state of a job and of a run. A line that cannot be read (a
//! torn last one, above all) is passed over. Must not know where records are.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Take};

use serde::Deserialize;
use serde_json::from_slice;

use super::folder::{Record, wrong};
use super::line::{InputEnd, SCHEMA, Start, SummaryLine, Target, decides};
use super::writer::Counts;
use crate::canceller::Outcome;
use crate::engine::Earlier;
use crate::error::{Error, ErrorKind, ExitCode};

/// A line longer than this is no line of ours.
const MOST: u64 = 64 << 20;

/// Where the summary of a run that ended is to be found.
const TAIL: u64 = 64 * 1024;

/// What matters of a line before it is known what it is.
#[derive(Deserialize)]
pub(super) struct Probe<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    pub(super) index: Option<u64>,
    pub(super) outcome: Option<Outcome>,
    pub(super) attempts: Option<u32>,
    pub(super) line: Option<u64>,
    #[serde(rename = "ref", borrow)]
    pub(super) reference: Option<Cow<'a, str>>,
}

/// The lines of a record, one by one.
pub(super) struct Lines {
    from: BufReader<Take<File>>,
    line: Vec<u8>,
    /// Lines read so far.
    number: u64,
    /// Where the last whole line ends.
    end: u64,
    /// The bytes read so far.
    read: u64,
}

impl Lines {
    /// The lines of `file` from its beginning, as long as it is now or `length` says.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(super) fn new(mut file: File, length: Option<u64>, record: &Record) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(0)).map_err(|error| wrong(&record.path, &error))?;
        let from = BufReader::with_capacity(64 * 1024, file.take(length.unwrap_or(u64::MAX)));
        Ok(Self { from, line: Vec::new(), number: 0, end: 0, read: 0 })
    }

    /// Goes to the next whole line; `false` at the end, and where only a torn line is left.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(super) fn advance(&mut self) -> Result<bool, Error> {
        self.line.clear();
        let read = self.from.by_ref().take(MOST).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| Error::new(ErrorKind::Io, format!("reading a record failed: {error}")))?;
        self.read += read as u64;
        if self.line.last() != Some(&b'\n') {
            return Ok(false);
        }
        self.number += 1;
        self.end = self.read;
        Ok(true)
    }

    /// What kind of line this is; `None` for one that cannot be read.
    pub(super) fn probe(&self) -> Option<Probe<'_>> {
        from_slice(&self.line).ok()
    }

    /// The line as it stands.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }
}

/// What is known of each job, a byte each.
#[derive(Clone, Debug, Default)]
pub struct Marks(Vec<u8>);

impl Marks {
    /// It was named.
    pub(super) const KNOWN: u8 = 1;
    /// It was sent, or may have been.
    pub(super) const SENT: u8 = 2;
    /// It is decided.
    pub(super) const SETTLED: u8 = 4;
    /// Somebody who goes through the record has dealt with it.
    pub(super) const TAKEN: u8 = 8;
    /// It was sent after the last result that it has.
    pub(super) const PENDING: u8 = 16;
    /// With [`Marks::SENT`]: by its last result, nothing came of that. Without: it was
    /// accepted, and its end waited for.
    const ANSWERED: u8 = 32;
    /// What one result counts, in the upper bits, and the most that fit there.
    const RESULT: u8 = 64;
    const MOST_RESULTS: u8 = 3;

    /// Whether every bit of `mark` is set for the job.
    #[must_use]
    pub(super) fn has(&self, index: u64, mark: u8) -> bool {
        usize::try_from(index).ok().and_then(|at| self.0.get(at)).is_some_and(|marks| marks & mark == mark)
    }

    /// What the run so far came to with a job that it left undecided.
    pub(super) fn earlier(&self, index: u64) -> Earlier {
        match (self.has(index, Self::SENT), self.has(index, Self::ANSWERED)) {
            (false, false) => Earlier::Unsent,
            (false, true) => Earlier::Accepted,
            (true, true) => Earlier::TurnedAway,
            (true, false) => Earlier::Sent,
        }
    }

    pub(super) fn set(&mut self, index: u64, mark: u8) {
        if let Some(marks) = self.at(index) {
            *marks |= mark;
        }
    }

    /// How many results it has that `use_up` has not met yet.
    pub(super) fn results(&self, index: u64) -> u8 {
        usize::try_from(index).ok().and_then(|at| self.0.get(at)).map_or(0, |marks| marks / Self::RESULT)
    }

    /// Whether it has as many results as can be counted, and perhaps more.
    pub(super) fn has_many_results(&self, index: u64) -> bool {
        self.results(index) == Self::MOST_RESULTS
    }

    /// Passes over a result; `true` at the last one.
    pub(super) fn use_up(&mut self, index: u64) -> bool {
        let left = self.results(index).saturating_sub(1);
        if let Some(marks) = self.at(index).filter(|marks| **marks >= Self::RESULT) {
            *marks -= Self::RESULT;
        }
        left == 0
    }

    fn count_result(&mut self, index: u64) {
        if self.results(index) < Self::MOST_RESULTS
            && let Some(marks) = self.at(index)
        {
            *marks += Self::RESULT;
        }
    }

    fn clear(&mut self, index: u64, mark: u8) {
        if let Some(marks) = self.at(index) {
            *marks &= !mark;
        }
    }

    fn at(&mut self, index: u64) -> Option<&mut u8> {
        usize::try_from(index).ok().and_then(|at| self.0.get_mut(at))
    }

    /// Makes room for a job. Numbers are given in order, so that one beyond the lines
    /// read so far is nonsense and must not cost memory.
    fn make_room(&mut self, index: u64, lines: u64) {
        if let Ok(at) = usize::try_from(index)
            && index < lines
            && at >= self.0.len()
        {
            self.0.resize(at + 1, 0);
        }
    }

    fn counts(&self, duplicates: u64) -> Counts {
        let having = |mark: u8| self.0.iter().filter(|marks| *marks & mark != 0).count() as u64;
        Counts { total: having(Self::KNOWN), settled: having(Self::SETTLED), duplicates }
    }

    /// The record was cut short while the run went on: whatever was named may have
    /// been sent.
    fn suspect_all(&mut self) {
        for marks in &mut self.0 {
            // What was accepted is not sent again.
            if *marks & (Self::SENT | Self::ANSWERED) != Self::ANSWERED {
                *marks = (*marks | Self::SENT) & !Self::ANSWERED;
            }
        }
    }
}

/// What a record says of its run as a whole.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The first line.
    pub start: Start,
    /// Where calls went.
    pub targets: Vec<Target>,
    /// How far it came.
    pub counts: Counts,
    /// How it ended, or was ended last; none where it did not come to that.
    pub summary: Option<SummaryLine>,
    /// Whether the input was read to its end, and all of it is on record.
    pub whole_input: bool,
    /// Whether the record was cut short while the run went on.
    pub cut: bool,
    /// How often somebody went on with it.
    pub resumed: u32,
    /// Where the last whole line ends.
    pub length: u64,
}

/// One run in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// What its record says.
    pub overview: Overview,
    /// Whether it is going on now.
    pub running: bool,
}

impl Row {
    /// Reads what a list shows of a record. Of a run that ended, only the first and
    /// the last line are read.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], also where it is no record.
    pub fn read(record: &Record) -> Result<Self, Error> {
        let running = record.is_in_use();
        let overview = match if running { None } else { Overview::of_ended(record)? } {
            Some(overview) => overview,
            None => Overview::scan(record.open()?, record)?.0,
        };
        Ok(Self { overview, running })
    }
}

impl Overview {
    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.summary.is_some() && self.counts.open() == 0
    }

    /// Whether a guard kept all of it back, so that nothing was sent.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        self.summary.as_ref().is_some_and(|summary| summary.exit_code == ExitCode::NotConfirmed.code())
    }

    /// Whether there is something to go on with.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        !self.is_done() && !self.was_held_back()
    }

    /// From the first and the last line, where the last one is a summary.
    fn of_ended(record: &Record) -> Result<Option<Self>, Error> {
        let mut file = record.open()?;
        let size = file.metadata().map_err(|error| wrong(&record.path, &error))?.len();
        let mut tail = Vec::new();
        let read = file.seek(SeekFrom::Start(size.saturating_sub(TAIL))).and_then(|_| file.read_to_end(&mut tail));
        read.map_err(|error| wrong(&record.path, &error))?;
        let last = tail.strip_suffix(b"\n").and_then(|tail| tail.rsplit(|byte| *byte == b'\n').next());
        let is_summary = |line: &&[u8]| from_slice::<Probe<'_>>(line).is_ok_and(|probe| probe.kind == "summary");
        let Some(summary) = last.filter(is_summary).and_then(|line| from_slice::<SummaryLine>(line).ok()) else {
            return Ok(None);
        };
        let mut overview = Self::begin(&mut Lines::new(file, None, record)?, record)?;
        overview.targets.clone_from(&summary.targets);
        overview.counts = Counts { total: summary.total, settled: summary.settled, duplicates: summary.duplicates };
        overview.whole_input = summary.whole_input;
        overview.length = size;
        overview.summary = Some(summary);
        Ok(Some(overview))
    }

    fn begin(lines: &mut Lines, record: &Record) -> Result<Self, Error> {
        let no_record =
            |why: String| Error::new(ErrorKind::Io, format!("{} is no usable record: {why}", record.path.display()));
        if !lines.advance()? {
            return Err(no_record("it has no first line".to_owned()));
        }
        let start: Start =
            from_slice(lines.line()).map_err(|error| no_record(format!("its first line is damaged ({error})")))?;
        if start.schema != SCHEMA {
            return Err(no_record(format!("it is in the format {:?}", start.schema)));
        }
        Ok(Self {
            targets: start.targets.clone(),
            start,
            counts: Counts::default(),
            summary: None,
            whole_input: false,
            cut: false,
            resumed: 0,
            length: 0,
        })
    }

    /// Reads the whole record.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], also where it is no record.
    pub fn scan(file: File, record: &Record) -> Result<(Self, Marks), Error> {
        let mut lines = Lines::new(file, None, record)?;
        let mut overview = Self::begin(&mut lines, record)?;
        let mut marks = Marks::default();
        let mut input: Option<InputEnd> = None;
        while lines.advance()? {
            let Some(probe) = lines.probe() else { continue };
            let line = lines.line();
            if let Some(index) = probe.index {
                marks.make_room(index, lines.number);
                note(&mut marks, &probe, index);
                continue;
            }
            match &*probe.kind {
                "target" => overview.targets.extend(from_slice::<Target>(line).ok()),
                "input" => input = from_slice(line).ok(),
                "resume" => {
                    overview.resumed += 1;
                    overview.summary = None;
                }
                "stopped" => overview.cut = true,
                "summary" => overview.summary = from_slice(line).ok(),
                _ => {}
            }
        }
        if overview.cut {
            marks.suspect_all();
        }
        overview.counts = marks.counts(input.as_ref().map_or(0, |input| input.duplicates));
        // A line that is damaged may have named a job.
        overview.whole_input = input.is_some_and(|input| input.total <= overview.counts.total);
        overview.length = lines.end;
        Ok((overview, marks))
    }
}

/// Learns from a line about a job.
fn note(marks: &mut Marks, probe: &Probe<'_>, index: u64) {
    marks.set(index, Marks::KNOWN);
    let outcome = match (&*probe.kind, probe.outcome) {
        ("sending", _) => {
            marks.clear(index, Marks::ANSWERED);
            return marks.set(index, Marks::SENT | Marks::PENDING);
        }
        ("accepted", _) => {
            marks.clear(index, Marks::SENT);
            return marks.set(index, Marks::ANSWERED | Marks::PENDING);
        }
        ("result", Some(outcome)) => outcome,
        _ => return,
    };
    marks.count_result(index);
    marks.clear(index, Marks::PENDING | Marks::ANSWERED);
    if decides(outcome) {
        marks.set(index, Marks::SETTLED);
    } else if probe.attempts == Some(0) {
        // It is known not to have been sent, whatever was announced.
        marks.clear(index, Marks::SENT);
    } else if matches!(outcome, Outcome::Unavailable | Outcome::Unauthorized) {
        marks.set(index, Marks::SENT | Marks::ANSWERED);
    } else {
        marks.set(index, Marks::SENT);
    }
}
