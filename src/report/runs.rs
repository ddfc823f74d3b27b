//! Runs as the local record has them: rows, and the lines of `runs list` and `runs show`.
//!
//! Must not know where records are or how they are read.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::row::{Closed, ErrorObject, Head, ResultRow, Tail, Time};
use super::terminal::{LINE_MAX, fit, wrap};
use crate::engine::Settled;
use crate::engine::journal::{Row, Target};
use crate::text::typed;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It is going on now.
    Running,
    /// It ended, or was ended, with jobs undecided: it can be resumed.
    Open,
    /// A guard kept all of it back: nothing was sent, and it cannot be resumed.
    Held,
    /// All that is on record is decided, but not all that was meant is on record.
    Partial,
    /// Nothing is left to do.
    Done,
}

impl RunState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Open => "open",
            Self::Held => "held",
            Self::Partial => "partial",
            Self::Done => "done",
        }
    }
}

/// One run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Run"))]
pub struct RunRow<'a> {
    run_id: &'a str,
    state: RunState,
    started_at: Time,
    /// When it ended by itself, or after a signal.
    ended_at: Option<Time>,
    /// What was typed, without secrets.
    argv: &'a [String],
    /// Where calls went.
    targets: &'a [Target],
    /// The profile that was named.
    profile: Option<&'a str>,
    /// Why, in the words of whoever called it.
    reason: Option<&'a str>,
    /// The operating system's name for the user.
    user: Option<&'a str>,
    hostname: Option<&'a str>,
    /// The page of the pipeline that it ran in.
    ci_url: Option<&'a str>,
    jobctl_version: &'a str,
    sandbox: bool,
    /// How many jobs (and bad lines) it has.
    total: u64,
    /// How many of them are decided.
    settled: u64,
    /// How many of them a resumption would go on with.
    open: u64,
    /// How many jobs were named again.
    duplicates: u64,
    /// What it exited with.
    exit_code: Option<u8>,
    /// The record.
    path: &'a str,
}

impl<'a> RunRow<'a> {
    /// The row of a record at `path`.
    #[must_use]
    pub fn new(row: &'a Row, path: &'a str) -> Self {
        let (overview, start) = (&row.overview, &row.overview.start);
        let state = match (row.running, overview.is_done()) {
            (true, _) => RunState::Running,
            (false, true) if overview.whole_input => RunState::Done,
            (false, true) => RunState::Partial,
            (false, false) if overview.was_held_back() => RunState::Held,
            (false, false) => RunState::Open,
        };
        Self {
            run_id: &start.run_id,
            state,
            started_at: Time(start.started_at.0),
            ended_at: overview.summary.as_ref().map(|summary| Time(summary.at.0)),
            argv: &start.caller.argv,
            targets: &overview.targets,
            profile: start.profile.as_deref(),
            reason: start.reason.as_deref(),
            user: start.caller.user.as_deref(),
            hostname: start.caller.hostname.as_deref(),
            ci_url: start.caller.ci_url.as_deref(),
            jobctl_version: &start.jobctl_version,
            sandbox: start.sandbox,
            total: overview.counts.total,
            settled: overview.counts.settled,
            open: overview.counts.open(),
            duplicates: overview.counts.duplicates,
            exit_code: overview.summary.as_ref().map(|summary| summary.exit_code),
            path,
        }
    }

    /// One line of a table; the heading is [`heading`]. On a narrow terminal the command
    /// has a line of its own.
    pub(super) fn line(&self, columns: Option<usize>, more: &str) -> String {
        let mut line = format!(
            "{:<36}  {:<20}  {:<7}  {:>9}",
            fit(self.run_id, 36, more),
            format!("{:.0}", self.started_at.0),
            self.state.as_str(),
            format!("{}/{}", self.settled, self.total),
        );
        let mut command = fit(&self.command(), 200, more).into_owned();
        if let Some(reason) = self.reason {
            let _ = write!(command, "  ({})", fit(reason, 80, more));
        }
        let room =
            columns.map_or(LINE_MAX, |columns| columns.saturating_sub(if beside(Some(columns)) { FIXED } else { 2 }));
        line.push_str(if beside(columns) { "  " } else { "\n  " });
        line.push_str(&fit(&command, room, more));
        line.push('\n');
        line
    }

    /// All of it, a line each.
    pub(super) fn block(&self, columns: Option<usize>, more: &str) -> String {
        let targets = self.targets.iter().map(target).collect::<Vec<_>>().join(", ");
        let (started, command) = (format!("{:.0}", self.started_at.0), self.command());
        let who = format!("{} at {}", self.user.unwrap_or("?"), self.hostname.unwrap_or("?"));
        let ended = self.ended_at.map(|time| format!("{:.0}", time.0));
        let jobs = format!("{} of {} settled, {} open", self.settled, self.total, self.open);
        let rows = [
            ("run", Some(self.run_id)),
            ("state", Some(self.state.as_str())),
            ("started", Some(&*started)),
            ("ended", ended.as_deref()),
            ("command", Some(&*command)),
            ("reason", self.reason),
            ("profile", self.profile),
            ("where", Some(&*targets).filter(|text| !text.is_empty())),
            ("who", Some(&*who)),
            ("pipeline", self.ci_url),
            ("jobs", Some(&jobs)),
            ("record", Some(self.path)),
        ];
        let mut block = String::new();
        for (name, text) in rows.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            let _ = write!(block, "{name:<10}");
            wrap(&mut block, &fit(text, LINE_MAX, more), 10, 10, columns);
            block.push('\n');
        }
        block + "\n"
    }

    /// What was typed, so that it can be typed again.
    fn command(&self) -> String {
        let program = self.argv.first().map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path));
        let words = program.into_iter().chain(self.argv.iter().skip(1).map(String::as_str));
        // No more words than can be shown: an argument may be one of a hundred thousand.
        typed(words.take(LINE_MAX))
    }
}

/// The columns before the command.
const FIXED: usize = 36 + 2 + 20 + 2 + 7 + 2 + 9 + 2;

/// Whether the command fits beside the columns.
fn beside(columns: Option<usize>) -> bool {
    columns.is_none_or(|columns| columns >= FIXED + 24)
}

/// The heading above [`RunRow::line`].
pub(super) fn heading(columns: Option<usize>) -> &'static str {
    const HEADING: &str = "RUN                                   STARTED               STATE      SETTLED  COMMAND";
    if beside(columns) { HEADING } else { &HEADING[..FIXED - 2] }
}

fn target(target: &Target) -> String {
    let host = target.host.as_deref().unwrap_or("no host");
    let profile = target.profile.as_deref().map(|name| format!(", profile {name}")).unwrap_or_default();
    format!("{} ({host}{profile})", target.provider)
}

/// What a record says of one job.
pub struct Recorded<'a> {
    /// The result, or what there is in place of one.
    pub settled: &'a Settled,
    /// When the result was recorded.
    pub at: Option<Timestamp>,
}

/// One job of a run that is shown.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Recorded"))]
pub(super) struct RecordedRow<'a> {
    /// When its result was recorded.
    at: Option<Time>,
    #[serde(flatten)]
    result: ResultRow<'a>,
}

impl<'a> RecordedRow<'a> {
    pub(super) fn new(recorded: &Recorded<'a>) -> Self {
        Self { at: recorded.at.map(Time), result: ResultRow::new(recorded.settled) }
    }
}

/// The document of `runs show -o json`: that of a cancelling run, and who called it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RunDocument<'a, U, R> {
    #[serde(flatten)]
    pub(super) head: Head<'a>,
    #[serde(flatten)]
    pub(super) tail: Tail<'a>,
    /// `null` where there is no such run.
    pub(super) run: U,
    pub(super) results: R,
    pub(super) warnings: &'a [String],
}

/// One line of `runs list` or `runs show` with `-o ndjson`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "start and summary are written as every other stream's")]
pub(super) enum RunLine<'a> {
    Start(Head<'a>),
    Run(&'a RunRow<'a>),
    Result(RecordedRow<'a>),
    Summary(Closed<'a>),
}

/// How many runs, for people.
pub(super) fn count(total: u64, error: Option<&ErrorObject<'_>>) -> String {
    match (total, error) {
        (_, Some(_)) => String::new(),
        (1, None) => "1 run\n".to_owned(),
        (more, None) => format!("{more} runs\n"),
    }
}
