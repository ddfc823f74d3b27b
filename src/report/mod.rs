//! What is printed: results on stdout, everything else on stderr.
//!
//! [`Report`] is the single door. Every output format is one file that implements
//! the private `Printer`; [`tally`] is the arithmetic of exit codes, [`terminal`]
//! makes foreign text harmless, [`schema`] publishes the machine formats. Must not
//! know HTTP, vendors or how results come about.

mod account;
mod csv;
mod human;
mod json;
mod name;
mod options;
mod page;
mod plan;
mod printer;
mod progress;
mod row;
pub mod runs;
pub mod schema;
mod sink;
mod store;
mod style;
pub mod tally;
pub mod terminal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;

pub use account::{CheckRow, CredentialRow, ProviderRow, SchemaRow, Status};
pub use options::{Color, Columns, Format, ReportOptions, RunMeta, Verb};
pub use page::{Line, Mark, Page};
pub use plan::{PlanHeader, PlanJob, PlanLine, PlanTarget};
pub use row::Target;
pub use style::{ColorChoice, ColorVariables, color_wanted, unicode_locale};

use crate::engine::{Change, Ending, Seen, Settled};
use crate::error::{Error, ExitCode};
use crate::job::JobState;
use human::Human;
use printer::Printer;
use progress::Progress;
use row::{ErrorObject, Head, Summary, Tail, Time};
use runs::{Recorded, RunRow};
use sink::Sink;
use style::Glyphs;
use tally::Tally;
use terminal::{LINE_MAX, fit, width, wrap};

/// So many different warnings are kept and shown; the rest would bury them.
const MOST_WARNINGS: usize = 100;

/// How a call ended.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The code that the program is about to exit with.
    pub exit: ExitCode,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Why the whole call failed.
    pub error: Option<Error>,
    /// Where calls went, if more is known than at the start.
    pub targets: Option<Vec<Target>>,
    /// `list`: whether the listing reached its end.
    pub complete: bool,
    /// Commands worth running next.
    pub next_steps: Vec<String>,
}

impl Closing {
    /// The end of a call that went its way; the exit code is usually
    /// [`Tally::exit`]'s.
    #[must_use]
    pub fn new(exit: ExitCode) -> Self {
        Self { exit, finished_at: Timestamp::now(), error: None, targets: None, complete: true, next_steps: Vec::new() }
    }

    /// The end of a call that failed as a whole.
    #[must_use]
    pub fn failed(error: Error) -> Self {
        let exit = error.kind.exit();
        Self { complete: false, error: Some(error), ..Self::new(exit) }
    }
}

/// The single door to stdout and stderr.
pub struct Report {
    options: ReportOptions,
    out: Sink,
    err: Box<dyn Write + Send>,
    printer: Box<dyn Printer>,
    progress: Progress,
    tally: Tally,
    targets: Vec<Target>,
    warnings: Vec<String>,
    started: bool,
    finished: bool,
}

impl Report {
    /// A report in the wanted format. Nothing is written yet.
    #[must_use]
    pub fn new(options: ReportOptions, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            printer: printer(&options),
            progress: Progress::new(&options),
            options,
            out: Sink::new(out),
            err,
            tally: Tally::default(),
            targets: Vec::new(),
            warnings: Vec::new(),
            started: false,
            finished: false,
        }
    }

    /// Says where calls will go. Everything else works without it.
    pub fn start(&mut self, targets: &[Target]) {
        self.targets = targets.to_vec();
        self.ensure_started();
    }

    /// How many jobs there will be, where that is known.
    pub fn expect_total(&mut self, total: u64) {
        self.progress.expect_total(total);
    }

    /// Prints what became of one job, and counts it.
    pub fn settled(&mut self, settled: &Settled) {
        self.before_row();
        self.tally.add(Some(settled.outcome), settled.ok, settled.exit);
        self.printer.settled(settled, &mut self.out);
        self.tick();
    }

    /// Prints what was seen of one job, and counts it.
    pub fn seen(&mut self, seen: &Seen) {
        self.before_row();
        self.tally.add(seen.outcome, seen.ok, seen.exit);
        self.printer.seen(seen, &mut self.out);
        self.tick();
    }

    /// Prints one run of a list and counts it, or the run that is shown.
    pub fn run(&mut self, run: &RunRow<'_>) {
        self.before_row();
        if self.options.verb == Verb::RUNS {
            self.tally.add(None, true, ExitCode::Ok);
        }
        self.printer.run(run, &mut self.out);
    }

    /// Prints one job of the run that is shown, and counts it.
    pub fn recorded(&mut self, recorded: &Recorded<'_>) {
        self.before_row();
        let settled = recorded.settled;
        self.tally.add(Some(settled.outcome), settled.ok, settled.exit);
        self.printer.recorded(recorded, &mut self.out);
    }

    /// Counts how a run ended, beside its rows.
    pub fn ended(&mut self, ending: &Ending) {
        self.tally.add_duplicates(ending.duplicates);
        if let Some(number) = ending.signal {
            self.tally.set_signal(number);
        }
        if let Some(broken) = &ending.broken {
            self.tally.add_cause(broken.kind.exit());
        }
    }

    /// Says something on stderr, unless quiet.
    pub fn note(&mut self, text: &str) {
        if !self.options.quiet {
            self.say(style::DIM, "", text);
        }
    }

    /// Gives advice on stderr, unless quiet.
    pub fn hint(&mut self, text: &str) {
        if !self.options.quiet {
            self.say(style::ADVICE, "hint: ", text);
        }
    }

    /// Warns on stderr, unless quiet, and in the machine formats; once for each text.
    pub fn warning(&mut self, text: impl Into<String>) {
        let mut text = text.into();
        if self.warnings.len() == MOST_WARNINGS {
            "further warnings are left out".clone_into(&mut text);
        }
        if self.warnings.len() > MOST_WARNINGS || self.warnings.contains(&text) {
            return;
        }
        if !self.options.quiet {
            self.say(style::WAITING, "warning: ", &text);
        }
        self.warnings.push(text);
    }

    /// Shows jobs as `list` would, under a line that says where they are, and asks.
    ///
    /// # Errors
    /// When the question could not be shown, so that no answer is one.
    pub fn ask(&mut self, scope: &str, jobs: &[Seen], question: &str) -> io::Result<()> {
        self.say(style::PLAIN, "", scope);
        let table = human::table(&self.options, jobs);
        write!(self.err, "{table}{question}")?;
        self.err.flush()
    }

    /// Keeps the progress line moving while nothing is reported; call it a few
    /// times a second.
    pub fn tick(&mut self) {
        self.progress.tick(&self.tally, &mut *self.err);
    }

    /// Whether a progress line is shown, which wants [`Report::tick`].
    #[must_use]
    pub fn wants_ticks(&self) -> bool {
        self.options.progress && !self.options.quiet
    }

    /// Says that a job's state has changed, where no progress line shows that
    /// something happens.
    pub fn changed(&mut self, change: &Change) {
        if self.options.quiet || self.options.progress {
            return;
        }
        let arrow = Glyphs::of(self.options.unicode).arrow;
        let before = change.before.map_or_else(String::new, |before| format!("{before} {arrow} "));
        let word = change.provider_state.as_deref().unwrap_or_default();
        let word = if change.after == JobState::Unknown { format!(" ({word})") } else { String::new() };
        let text = format!("{} {before}{}{word}", change.job, change.after);
        self.say(style::DIM, "", &text);
    }

    /// Takes the progress line away before something else is written. It comes back with
    /// the next [`Report::tick`].
    fn hide_progress(&mut self) {
        self.progress.hide(&mut *self.err);
    }

    /// Says why the jobs are cancelled.
    pub fn set_reason(&mut self, reason: Option<String>) {
        self.options.meta.reason = reason;
    }

    /// What every envelope says about the run.
    #[must_use]
    pub const fn meta(&self) -> &RunMeta {
        &self.options.meta
    }

    /// What was called.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        self.options.verb.name()
    }

    /// Where calls go, as far as it was said.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The counts so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The counts, to add causes, duplicates and a signal.
    pub const fn tally_mut(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// Whether stdout was closed early: a reading verb can end then.
    #[must_use]
    pub const fn output_closed(&self) -> bool {
        self.out.is_closed()
    }

    /// Whether [`Report::finish`] was called: after it there is nothing to add.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Prints the end. Only the first call counts.
    ///
    /// # Errors
    ///
    /// When the results could not be written, except to a reader that has gone.
    pub fn finish(&mut self, closing: Closing) -> Result<(), Error> {
        self.end(closing, None, |printer, head, tail, warnings, out| printer.finish(head, tail, warnings, out))
    }

    /// Ends the report, with the counts of `tally` where they are not its own; `print`
    /// writes the end of the results.
    fn end(
        &mut self,
        closing: Closing,
        tally: Option<&Tally>,
        print: impl FnOnce(&mut dyn Printer, Head<'_>, Tail<'_>, &[String], &mut Sink),
    ) -> Result<(), Error> {
        if self.finished {
            return Ok(());
        }
        self.ensure_started();
        self.finished = true;
        self.hide_progress();
        if let Some(targets) = closing.targets {
            self.targets = targets;
        }
        let tail = Tail {
            finished_at: Time(closing.finished_at),
            exit_code: closing.exit.code(),
            exit_name: closing.exit.name(),
            error: closing.error.as_ref().map(ErrorObject::new),
            complete: (self.options.verb == Verb::List).then_some(closing.complete),
            summary: Summary::new(tally.unwrap_or(&self.tally)),
        };
        let head = head(&self.options, &self.targets);
        print(&mut *self.printer, head, tail, &self.warnings, &mut self.out);
        self.say_error(closing.error.as_ref());
        if !self.options.quiet {
            self.say_next(&closing.next_steps);
        }
        let failure = self.out.failure();
        if matches!(closing.exit, ExitCode::Signal(_)) {
            // Whoever sent it may have taken the terminal away; a signal beats the rest.
            self.say_error(failure.as_ref());
            return Ok(());
        }
        failure.map_or(Ok(()), Err)
    }

    fn ensure_started(&mut self) {
        if self.started {
            return;
        }
        self.started = true;
        if self.options.meta.sandbox {
            // Said even when quiet: a rehearsal is never mistaken for the real thing.
            self.say(style::WAITING, "sandbox: ", "a rehearsal; no vendor is called and no real job is touched");
        }
        self.printer.start(head(&self.options, &self.targets), &mut self.out);
    }

    fn before_row(&mut self) {
        self.ensure_started();
        if self.options.shared && self.printer.streams() {
            self.hide_progress();
        }
    }

    fn say_error(&mut self, error: Option<&Error>) {
        let Some(error) = error else { return };
        self.say(style::STRONG_BAD, "error: ", &error.message);
        if let Some(words) = &error.provider_message {
            self.say(style::PLAIN, "  the provider says: ", words);
        }
        if let Some(hint) = error.hint() {
            self.hint(hint);
        }
    }

    /// Commands to go on with. They are never wrapped, so that they can be copied.
    fn say_next(&mut self, steps: &[String]) {
        let arrow = Glyphs::of(self.options.unicode).arrow;
        for step in steps {
            let mut line = String::new();
            style::paint(&mut line, self.options.color.stderr, style::ADVICE, arrow);
            let _ = writeln!(self.err, "{line} {}", terminal::harmless(step));
        }
        let _ = self.err.flush();
    }

    /// One line on stderr. That nobody may be there to read it is no failure.
    fn say(&mut self, style: anstyle::Style, label: &str, text: &str) {
        self.hide_progress();
        let text = fit(text, LINE_MAX, Glyphs::of(self.options.unicode).more);
        let mut line = String::new();
        style::paint(&mut line, self.options.color.stderr, style, label);
        wrap(&mut line, &text, width(label), 2, self.options.columns.stderr);
        line.push('\n');
        let _ = self.err.write_all(line.as_bytes());
        let _ = self.err.flush();
    }
}

/// Reports that a call failed before there could be a [`Report`], such as when its
/// arguments make no sense, and returns the code to exit with. The format, guessed
/// from the arguments, and the verb stand in `options`.
pub fn fatal(options: ReportOptions, error: Error, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> ExitCode {
    let exit = error.kind.exit();
    match Report::new(options, out, err).finish(Closing::failed(error)) {
        Ok(()) => exit,
        Err(_) => ExitCode::Internal,
    }
}

fn printer(options: &ReportOptions) -> Box<dyn Printer> {
    let jobs = matches!(options.verb, Verb::Status | Verb::Wait | Verb::List);
    match options.format {
        // Without rows of jobs there is nothing but an error to print.
        Format::Csv | Format::Name if matches!(options.verb, Verb::Other(_)) && options.verb != Verb::RUN => {
            Box::new(Human::new(options.clone()))
        }
        Format::Human => Box::new(Human::new(options.clone())),
        Format::Json => Box::new(json::Json::new(options.verb == Verb::RUN)),
        Format::Ndjson => Box::new(json::Ndjson::new(jobs)),
        Format::Csv => Box::new(csv::Csv::new(jobs, options.shared)),
        Format::Name => Box::new(name::Name::new(matches!(options.verb, Verb::Cancel | Verb::Wait))),
    }
}

fn head<'a>(options: &'a ReportOptions, targets: &'a [Target]) -> Head<'a> {
    Head {
        schema: Cow::Owned(format!("jobctl.{}/1", options.verb.name())),
        jobctl_version: options.meta.version,
        run_id: &options.meta.run_id,
        dry_run: options.meta.dry_run,
        sandbox: options.meta.sandbox,
        targets,
        started_at: Time(options.meta.started_at),
        reason: (options.verb == Verb::Cancel).then_some(options.meta.reason.as_deref()),
    }
}
