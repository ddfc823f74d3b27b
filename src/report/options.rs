//! What a report has to know before it starts.
//!
//! Must not read the environment or the terminal: values are handed in.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// `-o, --output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    #[default]
    Human,
    /// One document.
    Json,
    /// A line per event.
    Ndjson,
    /// Comma-separated values.
    Csv,
    /// Refs only.
    Name,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 5] = [Self::Human, Self::Json, Self::Ndjson, Self::Csv, Self::Name];

    /// The word on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Name => "name",
        }
    }

    /// Whether programs read it: then nothing is ever asked.
    #[must_use]
    pub const fn is_machine(self) -> bool {
        !matches!(self, Self::Human)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == word);
        known.ok_or_else(|| format!("unknown output format `{word}`; one of human, json, ndjson, csv, name"))
    }
}

/// What was called, as far as the output differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `cancel`: results.
    Cancel,
    /// `status`: job rows.
    Status,
    /// `wait`: job rows with an outcome each.
    Wait,
    /// `list`: job rows, and whether they are all.
    List,
    /// Another verb, which has an envelope but no rows of jobs.
    Other(&'static str),
}

impl Verb {
    /// `runs list` and `runs prune`: rows of runs.
    pub const RUNS: Self = Self::Other("runs");
    /// `runs show`: one run with its jobs.
    pub const RUN: Self = Self::Other("run");

    /// A command that prints nothing for programs but why it failed.
    pub const ERROR: Self = Self::Other("error");

    /// The word on the command line and in `schema`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Status => "status",
            Self::Wait => "wait",
            Self::List => "list",
            Self::Other(name) => name,
        }
    }
}

/// What every envelope says about the run.
#[derive(Clone, Debug)]
pub struct RunMeta {
    /// The run's id, a UUID version 7.
    pub run_id: String,
    /// The program's version.
    pub version: &'static str,
    /// Whether nothing is really sent.
    pub dry_run: bool,
    /// Whether the vendors are the embedded ones.
    pub sandbox: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// Of a cancellation: why, as far as it was said.
    pub reason: Option<String>,
}

impl RunMeta {
    /// A run that begins now, under a new id.
    #[must_use]
    pub fn now(dry_run: bool, sandbox: bool) -> Self {
        Self {
            run_id: uuid::Uuid::now_v7().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            dry_run,
            sandbox,
            started_at: Timestamp::now(),
            reason: None,
        }
    }
}

/// Whether each stream gets colour; see [`color_wanted`](super::color_wanted).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Color {
    /// Results.
    pub stdout: bool,
    /// Everything else.
    pub stderr: bool,
}

/// How wide each stream's terminal is; nothing where it is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Results: tables keep to it, and sentences are wrapped.
    pub stdout: Option<usize>,
    /// Everything else.
    pub stderr: Option<usize>,
}

/// What a report has to know before it starts.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// The output format.
    pub format: Format,
    /// What was called.
    pub verb: Verb,
    /// Colour, settled per stream.
    pub color: Color,
    /// Whether the locale has Unicode.
    pub unicode: bool,
    /// `-q`: no progress, notes, hints and warnings on stderr.
    pub quiet: bool,
    /// Whether a progress line may be shown: stderr is a terminal that can redraw.
    pub progress: bool,
    /// Whether results go to a terminal too, so that they and the progress line share it.
    pub shared: bool,
    /// The terminals' widths.
    pub columns: Columns,
    /// The longest ref to come, where that is known; human lines align to it.
    pub ref_width: usize,
    /// What envelopes say about the run.
    pub meta: RunMeta,
}

impl ReportOptions {
    /// Plain output: no colour, no progress, ASCII ornaments.
    #[must_use]
    pub fn plain(format: Format, verb: Verb, meta: RunMeta) -> Self {
        Self {
            format,
            verb,
            color: Color::default(),
            unicode: false,
            quiet: false,
            progress: false,
            shared: false,
            columns: Columns::default(),
            ref_width: 0,
            meta,
        }
    }
}
