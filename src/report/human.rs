//! `-o human`: a line per job, its cause and hint where it failed, and a summary.
//!
//! Must not know the machine formats. Everything foreign goes through `terminal`.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;

use super::options::{Color, Columns, ReportOptions, Verb};
use super::printer::Printer;
use super::row::{Head, Ref, Tail, provider};
use super::runs::{self, RunRow};
use super::sink::Sink;
use super::style::{self, ADVICE, DIM, Glyphs, PLAIN, paint};
use super::tally::Tally;
use super::terminal::{LINE_MAX, fit, harmless, width, wrap};
use crate::canceller::Outcome;
use crate::engine::{Seen, Settled, Subject};
use crate::error::Error;
use crate::job::{Job, JobState};

/// The widest outcome, `unauthorized`; the first column.
const FIRST: usize = 12;

/// A state, and `cancelling → cancelled` and the like.
const CHANGE: [usize; 2] = [10, 22];

/// Room for a ref in a table, whose heading is printed before all refs are known.
const REF_LEAST: usize = 20;

/// On terminals narrower than this, what belongs to a job is indented by two only.
const NARROW: usize = 60;

/// What a table needs behind the ref to show the age, the vendor's word and the owner
/// too, beside a name of two dozen letters.
const EXTRAS: [usize; 3] = [6, 50, 72];

/// Prints for people.
pub(super) struct Human {
    options: ReportOptions,
    glyphs: Glyphs,
    /// The widest ref so far.
    ref_width: usize,
    /// How wide a change of state is, as far as it was seen.
    change_width: usize,
    /// How many of the table's further columns there is room for.
    extras: usize,
    headed: bool,
    last_hint: String,
    states: [u64; JobState::ALL.len()],
}

/// One column of a table: its text, its width and its look.
struct Cell<'a>(&'a str, usize, Style);

/// The width of a last cell that is left out where there is no room for it.
const SPARE: usize = usize::MAX;

impl Human {
    pub(super) fn new(options: ReportOptions) -> Self {
        Self {
            glyphs: Glyphs::of(options.unicode),
            // Most refs fit into this, also those of a stream, which are not known before.
            ref_width: options.ref_width.max(16),
            change_width: CHANGE[0],
            extras: EXTRAS.len(),
            options,
            headed: false,
            last_hint: String::new(),
            states: [0; JobState::ALL.len()],
        }
    }

    /// The columns of the terminal; endless where there is none.
    fn columns(&self) -> usize {
        self.options.columns.stdout.unwrap_or(usize::MAX)
    }

    /// Where what belongs to a job begins.
    fn indent(&self) -> usize {
        if self.columns() < NARROW { 2 } else { FIRST + 2 }
    }

    /// Appends cells two blanks apart, without blanks at the end. Where the terminal is
    /// too narrow the columns give way first, then the line is broken between cells.
    fn cells(&self, line: &mut String, cells: &[Cell<'_>]) {
        let (mut taken, mut gap) = (0, 0);
        for Cell(text, columns, style) in cells {
            let own = if *columns == SPARE { 0 } else { *columns };
            if text.is_empty() {
                gap += if own > 0 { own + 2 } else { 0 };
                continue;
            }
            let wide = width(text);
            let fits = |gap| taken == 0 || taken + gap + wide <= self.columns();
            if *columns == SPARE && !fits(gap) {
                continue;
            }
            if !fits(gap) {
                gap = 2;
            }
            if !fits(gap) {
                line.push('\n');
                (taken, gap) = (0, self.indent());
            }
            line.extend(std::iter::repeat_n(' ', gap));
            paint(line, self.options.color.stdout, *style, text);
            taken += gap + wide;
            gap = own.saturating_sub(wide) + 2;
        }
        line.push('\n');
    }

    /// Refs are never cut, so that they can be copied; the column grows with them.
    fn ref_column(&mut self, reference: &str) -> usize {
        // In steps, so that refs of nearly one length align from the first.
        self.ref_width = self.ref_width.max(width(reference).min(80)).next_multiple_of(4);
        self.ref_width.min(self.ref_most())
    }

    /// Wide enough for refs, where a state has to stand beside them.
    fn ref_most(&self) -> usize {
        self.columns().saturating_sub(FIRST + 2 + 2 + CHANGE[0])
    }

    /// Cause, the vendor's words and what to do, below a failed job.
    fn details(&mut self, lines: &mut String, subject: &Subject, error: Option<&Error>, line: Option<u64>) {
        let Some(error) = error else { return };
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        self.sentence(lines, PLAIN, &place, &error.message);
        if let Some(words) = &error.provider_message {
            self.sentence(lines, PLAIN, &format!("{} says: ", provider(subject).unwrap_or("the provider")), words);
        }
        // The same advice for a hundred jobs is given once, until another comes between.
        if let Some(hint) = error.hint().filter(|hint| !self.options.quiet && *hint != self.last_hint) {
            hint.clone_into(&mut self.last_hint);
            self.sentence(lines, ADVICE, "hint: ", hint);
        }
    }

    fn sentence(&self, lines: &mut String, look: Style, label: &str, text: &str) {
        let indent = self.indent();
        lines.extend(std::iter::repeat_n(' ', indent));
        paint(lines, self.options.color.stdout, look, label);
        let text = fit(text, LINE_MAX, self.glyphs.more);
        wrap(lines, &text, indent + width(label), indent, self.options.columns.stdout);
        lines.push('\n');
    }

    fn change(&self, settled: &Settled) -> String {
        let arrow = self.glyphs.arrow;
        let after = settled.state.map(|state| self.state_text(state, settled.provider_state.as_deref()));
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
    fn about<'a>(&self, [state, age, word, owner, name]: [&'a str; 5]) -> Vec<Cell<'a>> {
        let state = (self.options.verb == Verb::Wait).then_some(Cell(state, 10, PLAIN));
        let extras = [Cell(age, 4, PLAIN), Cell(word, 18, DIM), Cell(owner, 20, PLAIN)];
        state.into_iter().chain(extras.into_iter().take(self.extras)).chain([Cell(name, SPARE, PLAIN)]).collect()
    }

    fn heading(&mut self, lines: &mut String, column: usize) {
        if std::mem::replace(&mut self.headed, true) {
            return;
        }
        let state = if self.options.verb == Verb::Wait { 12 } else { 0 };
        let room = self.columns().saturating_sub(FIRST + 2 + column + 2 + state);
        self.extras = EXTRAS.iter().filter(|least| room >= **least).count();
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

    /// What is left for a name, which stands last, also where the line is broken
    /// behind the ref.
    fn name_room(&self, before: &[Cell<'_>], column: usize) -> usize {
        let taken: usize = before.iter().map(|cell| cell.1 + 2).sum();
        let begins = FIRST + 2 + column + 2;
        let begins = if begins + taken > self.columns() { self.indent() } else { begins };
        self.columns().saturating_sub(begins + taken).clamp(6, LINE_MAX)
    }

    fn job_line(&mut self, lines: &mut String, seen: &Seen) {
        let reference = shown(&seen.subject);
        self.ref_width = self.ref_width.max(width(&reference).min(80)).max(REF_LEAST);
        let column = self.ref_width.min(self.ref_most());
        self.heading(lines, column);
        let (first, look) = first_cell(seen);
        let mut cells = vec![Cell(first, FIRST, look), Cell(&reference, column, PLAIN)];
        let (age, word, owner, name);
        if let Some(job) = &seen.job {
            age = self.age(job);
            let more = self.glyphs.more;
            word = fit(job.provider_state.as_deref().unwrap_or("-"), 18, more);
            owner = fit(job.owner.as_deref().unwrap_or("-"), 20, more);
            let mut about = self.about([job.state.as_str(), &age, &word, &owner, ""]);
            about.pop();
            let room = self.name_room(&about, column.max(width(&reference)));
            name = fit(job.name.as_deref().unwrap_or_default(), room, more);
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
        let _ = writeln!(line, " ({})", style::whole_call(time));
        line
    }

    /// How many of each outcome; for a reading verb of each state, then the failures.
    fn counts(&self, tally: &Tally) -> Vec<String> {
        let states = JobState::ALL.into_iter().zip(self.states).filter(|(_, count)| *count > 0);
        let outcomes = tally.outcomes().map(|(outcome, count)| self.counted(outcome, count));
        states.map(|(state, count)| format!("{count} {state}")).chain(outcomes).collect()
    }

    fn counted(&self, outcome: Outcome, count: u64) -> String {
        let (look, part) = style::counted(outcome, count);
        let mut painted = String::new();
        paint(&mut painted, self.options.color.stdout, look, &part);
        painted
    }

    /// A state; of an unknown one the vendor's word is all there is.
    fn state_text(&self, state: JobState, word: Option<&str>) -> String {
        match word {
            Some(word) if state == JobState::Unknown => format!("{state} ({})", fit(word, 40, self.glyphs.more)),
            _ => state.to_string(),
        }
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
        if width(&change) > self.change_width {
            self.change_width = CHANGE[1];
        }
        let mut lines = String::new();
        self.cells(
            &mut lines,
            &[
                Cell(settled.outcome.as_str(), FIRST, look),
                Cell(&reference, column, PLAIN),
                Cell(&change, self.change_width, PLAIN),
                Cell(&time, SPARE, DIM),
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
        let columns = self.options.columns.stdout;
        if self.options.verb == Verb::RUN {
            return out.line(run.block(columns, self.glyphs.more).as_bytes());
        }
        let mut lines = String::new();
        if !std::mem::replace(&mut self.headed, true) {
            paint(&mut lines, self.options.color.stdout, DIM, runs::heading(columns));
            lines.push('\n');
        }
        lines.push_str(&run.line(columns, self.glyphs.more));
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
        let summary = self.summary(tally, &tail, head.dry_run, head.sandbox, time);
        out.line(summary.as_bytes());
        if let Some(reason) = head.reason.flatten() {
            out.line(format!("reason: {}\n", fit(reason, LINE_MAX, self.glyphs.more)).as_bytes());
        }
    }
}

/// The table of `list`, for stderr.
pub(super) fn table(options: &ReportOptions, jobs: &[Seen]) -> String {
    let ReportOptions { color, columns, .. } = *options;
    let color = Color { stdout: color.stderr, ..color };
    let columns = Columns { stdout: columns.stderr, ..columns };
    let mut human = Human::new(ReportOptions { verb: Verb::List, color, columns, ..options.clone() });
    human.ref_width = jobs.iter().map(|seen| width(&shown(&seen.subject)).min(80)).max().unwrap_or(0);
    let mut lines = String::new();
    for seen in jobs {
        human.job_line(&mut lines, seen);
    }
    lines
}

/// A ref whole, so that it can be copied; text that is none may be cut.
fn shown(subject: &Subject) -> String {
    let reference = Ref(subject).to_string();
    match subject {
        Subject::Job(_) => harmless(&reference).into_owned(),
        Subject::Text { .. } => fit(&reference, LINE_MAX, "...").into_owned(),
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
