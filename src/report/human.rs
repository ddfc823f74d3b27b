//! `-o human`: a line per job, its cause and hint where it failed, and a summary.
//!
//! Must not know the machine formats. Everything foreign goes through `terminal`.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;

use super::options::{ReportOptions, Verb};
use super::printer::Printer;
use super::row::{Head, Ref, Tail, provider};
use super::runs::{self, RunRow};
use super::sink::Sink;
use super::style::{self, ADVICE, DIM, PLAIN, paint};
use super::tally::Tally;
use super::terminal::{LINE_MAX, fit, harmless, width};
use crate::canceller::Outcome;
use crate::engine::{Seen, Settled, Subject};
use crate::error::Error;
use crate::job::{Job, JobState};

/// The widest outcome, `unauthorized`; the first column.
const FIRST: usize = 12;

/// `cancelling → cancelled` and the like.
const CHANGE: usize = 22;

/// Room for a ref in a table, whose heading is printed before all refs are known.
const REF_LEAST: usize = 20;

/// Terminals narrower than this get no columns but the first.
const NARROW: usize = 72;

/// Prints for people.
pub(super) struct Human {
    options: ReportOptions,
    /// The widest ref so far.
    ref_width: usize,
    headed: bool,
    last_hint: String,
    states: [u64; JobState::ALL.len()],
}

/// One column of a table: its text, its width and its look.
struct Cell<'a>(&'a str, usize, Style);

impl Human {
    pub(super) fn new(options: ReportOptions) -> Self {
        Self {
            ref_width: options.ref_width,
            options,
            headed: false,
            last_hint: String::new(),
            states: [0; JobState::ALL.len()],
        }
    }

    fn narrow(&self) -> bool {
        self.options.columns.is_some_and(|columns| columns < NARROW)
    }

    /// Appends cells two blanks apart, without blanks at the end.
    fn cells(&self, line: &mut String, cells: &[Cell<'_>]) {
        let mut gap = 0;
        for Cell(text, columns, style) in cells {
            if text.is_empty() {
                gap += if *columns > 0 { columns + 2 } else { 0 };
                continue;
            }
            line.extend(std::iter::repeat_n(' ', gap));
            paint(line, self.options.color.stdout, *style, text);
            gap = columns.saturating_sub(width(text)) + 2;
        }
        line.push('\n');
    }

    /// Refs are never cut, so that they can be copied; the column grows with them.
    fn ref_column(&mut self, reference: &str) -> usize {
        if self.narrow() {
            return 0;
        }
        // In steps, so that refs of nearly one length align from the first.
        self.ref_width = self.ref_width.max(width(reference).min(80)).next_multiple_of(4);
        self.ref_width
    }

    /// Cause, the vendor's words and what to do, below a failed job.
    fn details(&mut self, lines: &mut String, subject: &Subject, error: Option<&Error>, line: Option<u64>) {
        let Some(error) = error else { return };
        let indent = " ".repeat(if self.narrow() { 2 } else { FIRST + 2 });
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        let _ = writeln!(lines, "{indent}{place}{}", fit(&error.message, LINE_MAX));
        if let Some(words) = &error.provider_message {
            let _ = writeln!(
                lines,
                "{indent}{} says: {}",
                provider(subject).unwrap_or("the provider"),
                fit(words, LINE_MAX)
            );
        }
        // The same advice for a hundred jobs is given once, until another comes between.
        if let Some(hint) = error.hint().filter(|hint| !self.options.quiet && *hint != self.last_hint) {
            hint.clone_into(&mut self.last_hint);
            lines.push_str(&indent);
            paint(lines, self.options.color.stdout, ADVICE, "hint: ");
            lines.push_str(&fit(hint, LINE_MAX));
            lines.push('\n');
        }
    }

    fn change(&self, settled: &Settled) -> String {
        let arrow = if self.options.unicode { "→" } else { "->" };
        let after = settled.state.map(|state| state_text(state, settled.provider_state.as_deref()));
        match (settled.state_before, after) {
            (Some(before), Some(after)) if settled.state != Some(before) => format!("{before} {arrow} {after}"),
            (_, Some(after)) => after,
            // Where nothing was sent, nothing can have changed.
            (Some(before), None) if settled.attempts == 0 => before.to_string(),
            (Some(before), None) => format!("{before} {arrow} ?"),
            (None, None) => String::new(),
        }
    }

    /// The table's columns behind the ref: what they say depends on the verb, how
    /// many there are on the terminal.
    fn about<'a>(&self, columns: [&'a str; 5]) -> Vec<Cell<'a>> {
        let [state, age, word, owner, name] = columns;
        let wide = |least: usize| self.options.columns.is_none_or(|columns| columns >= least);
        let mut cells = Vec::with_capacity(5);
        if self.options.verb == Verb::Wait {
            cells.push(Cell(state, 10, PLAIN));
        }
        if !self.narrow() {
            cells.push(Cell(age, 4, PLAIN));
        }
        if wide(90) {
            cells.push(Cell(word, 18, DIM));
        }
        if wide(110) {
            cells.push(Cell(owner, 20, PLAIN));
        }
        cells.push(Cell(name, 0, PLAIN));
        cells
    }

    fn heading(&mut self, lines: &mut String, column: usize) {
        if std::mem::replace(&mut self.headed, true) {
            return;
        }
        let first = if self.options.verb == Verb::Wait { "OUTCOME" } else { "STATE" };
        let mut cells = vec![Cell(first, FIRST, DIM), Cell("REF", column, DIM)];
        let about = self.about(["STATE", "AGE", "VENDOR'S WORD", "OWNER", "NAME"]);
        cells.extend(about.into_iter().map(|Cell(text, columns, _)| Cell(text, columns, DIM)));
        self.cells(lines, &cells);
    }

    fn age(&self, job: &Job) -> String {
        let Some(created) = job.created_at else { return "-".to_owned() };
        style::age(u64::try_from(created.duration_until(self.options.meta.started_at).as_secs()).unwrap_or(0))
    }

    /// What is left of the line for a name, which stands last.
    fn name_room(&self, before: &[Cell<'_>], column: usize) -> usize {
        let taken: usize = before.iter().map(|cell| cell.1 + 2).sum();
        self.options.columns.map_or(LINE_MAX, |columns| columns.saturating_sub(taken + column + FIRST + 4).max(12))
    }

    fn job_line(&mut self, lines: &mut String, seen: &Seen) {
        let reference = shown(&seen.subject);
        let column = self.ref_column(&reference).max(if self.narrow() { 0 } else { REF_LEAST });
        self.heading(lines, column);
        let (first, look) = first_cell(seen);
        let mut cells = vec![Cell(first, FIRST, look), Cell(&reference, column, PLAIN)];
        let (age, word, owner, name);
        if let Some(job) = &seen.job {
            age = self.age(job);
            word = fit(job.provider_state.as_deref().unwrap_or("-"), 18);
            owner = fit(job.owner.as_deref().unwrap_or("-"), 20);
            let mut about = self.about([job.state.as_str(), &age, &word, &owner, ""]);
            about.pop();
            name = fit(job.name.as_deref().unwrap_or_default(), self.name_room(&about, column.max(width(&reference))));
            about.push(Cell(&name, 0, PLAIN));
            cells.extend(about);
        }
        self.cells(lines, &cells);
    }

    /// `3 jobs: 2 cancelled, 1 not found (0.9 s)`.
    fn summary(&self, tally: &Tally, tail: &Tail<'_>, dry_run: bool, sandbox: bool, time: Duration) -> String {
        let mut line = String::new();
        line.push_str(if sandbox { "sandbox: " } else { "" });
        line.push_str(if dry_run { "dry run: " } else { "" });
        let total = tally.total();
        let _ = write!(line, "{total} job{}", if total == 1 { "" } else { "s" });
        let counts = self.counts(tally);
        let _ = write!(line, "{}{}", if counts.is_empty() { "" } else { ": " }, counts.join(", "));
        match tally.duplicates() {
            0 => {}
            1 => line.push_str("; 1 duplicate passed over"),
            more => {
                let _ = write!(line, "; {more} duplicates passed over");
            }
        }
        if tail.complete == Some(false) {
            line.push_str("; not complete");
        }
        let _ = writeln!(line, " ({})", style::seconds(time));
        line
    }

    /// How many of each outcome; for a reading verb of each state, then the failures.
    fn counts(&self, tally: &Tally) -> Vec<String> {
        let states = JobState::ALL.into_iter().zip(self.states).filter(|(_, count)| *count > 0);
        let outcomes = tally.outcomes().map(|(outcome, count)| self.counted(outcome, count));
        states.map(|(state, count)| format!("{count} {state}")).chain(outcomes).collect()
    }

    fn counted(&self, outcome: Outcome, count: u64) -> String {
        let word = outcome.as_str().replace('_', " ");
        let part = format!("{count} {word}");
        let mut painted = String::new();
        let good = outcome.exit() == crate::error::ExitCode::Ok;
        paint(&mut painted, self.options.color.stdout, style::of_outcome(outcome, good), &part);
        painted
    }
}

impl Printer for Human {
    fn start(&mut self, _: Head<'_>, _: &mut Sink) {}

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        let reference = shown(&settled.subject);
        let change = self.change(settled);
        let time = if settled.elapsed.is_zero() { String::new() } else { style::took(settled.elapsed) };
        let look = style::of_outcome(settled.outcome, settled.ok);
        let column = self.ref_column(&reference);
        let change_column = if self.narrow() { 0 } else { CHANGE };
        let mut lines = String::new();
        self.cells(
            &mut lines,
            &[
                Cell(settled.outcome.as_str(), FIRST, look),
                Cell(&reference, column, PLAIN),
                Cell(&change, change_column, PLAIN),
                Cell(&time, 0, DIM),
            ],
        );
        if !settled.ok {
            self.details(&mut lines, &settled.subject, settled.error.as_deref(), settled.line);
        }
        out.line(lines.as_bytes());
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        let mut lines = String::new();
        self.job_line(&mut lines, seen);
        if let (None, Some(job)) = (seen.outcome, &seen.job) {
            self.states[job.state as usize] += 1;
        }
        if !seen.ok {
            self.details(&mut lines, &seen.subject, seen.error.as_deref(), seen.line);
        }
        out.line(lines.as_bytes());
    }

    fn run(&mut self, run: &RunRow<'_>, out: &mut Sink) {
        if self.options.verb == Verb::RUN {
            return out.line(run.block().as_bytes());
        }
        let mut lines = String::new();
        if !std::mem::replace(&mut self.headed, true) {
            paint(&mut lines, self.options.color.stdout, DIM, runs::HEADING);
        }
        lines.push_str(&run.line());
        out.line(lines.as_bytes());
    }

    fn finish(&mut self, head: Head<'_>, tail: Tail<'_>, _: &[String], out: &mut Sink) {
        let tally = tail.summary.tally();
        if self.options.verb == Verb::RUNS {
            return out.line(runs::count(tally.total(), tail.error.as_ref()).as_bytes());
        }
        // An error of the whole call says it all.
        if tally.total() == 0 && tail.error.is_some() {
            return;
        }
        let time = head.started_at.0.duration_until(tail.finished_at.0);
        let time = Duration::try_from(time).unwrap_or_default();
        out.line(self.summary(tally, &tail, head.dry_run, head.sandbox, time).as_bytes());
    }
}

/// A ref whole, so that it can be copied; text that is none may be cut.
fn shown(subject: &Subject) -> String {
    let reference = Ref(subject).to_string();
    match subject {
        Subject::Job(_) => harmless(&reference).into_owned(),
        Subject::Text { .. } => fit(&reference, LINE_MAX).into_owned(),
    }
}

/// A state; of an unknown one the vendor's word is all there is.
fn state_text(state: JobState, word: Option<&str>) -> String {
    match word {
        Some(word) if state == JobState::Unknown => format!("{state} ({})", fit(word, 40)),
        _ => state.to_string(),
    }
}

/// The outcome where there is one, else the state.
fn first_cell(seen: &Seen) -> (&'static str, Style) {
    match (seen.outcome, &seen.job) {
        (Some(outcome), _) => (outcome.as_str(), style::of_outcome(outcome, seen.ok)),
        (None, Some(job)) => (job.state.as_str(), style::of_state(job.state)),
        (None, None) => ("-", PLAIN),
    }
}
