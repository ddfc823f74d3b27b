//! `-o csv`: a header and a line per job.
//!
//! The columns are the keys of the rows, with the error flattened to its code and
//! message. Values are exact: a spreadsheet may take a name that starts with `=` for
//! a formula, so import them as text. Only a terminal is shown harmless ones. Must not
//! know any other format.

use serde::Serialize;

use super::printer::Printer;
use super::row::{Head, JobRow, Ref, ResultRow, Tail, Time};
use super::sink::Sink;
use super::terminal::harmless;
use crate::canceller::Outcome;
use crate::engine::{Seen, Settled};
use crate::job::JobState;

/// Writes rows as comma-separated values.
pub(super) struct Csv {
    jobs: bool,
    terminal: bool,
    line: Vec<u8>,
}

impl Csv {
    /// `jobs`: the rows are job rows, not results of a cancellation. `terminal`: people
    /// look at them.
    pub(super) const fn new(jobs: bool, terminal: bool) -> Self {
        Self { jobs, terminal, line: Vec::new() }
    }

    fn write(&mut self, row: &impl Serialize, out: &mut Sink) {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let mut writer = csv::WriterBuilder::new().has_headers(false).buffer_capacity(1024).from_writer(line);
        let written = writer.serialize(row).map_err(|error| error.to_string());
        match (written, writer.into_inner()) {
            (Ok(()), Ok(line)) => {
                if self.terminal {
                    out.line(format!("{}\n", harmless(String::from_utf8_lossy(&line).trim_end())).as_bytes());
                } else {
                    out.line(&line);
                }
                self.line = line;
            }
            (Err(why), _) => out.fail(why),
            (_, Err(error)) => out.fail(error.to_string()),
        }
    }
}

impl Printer for Csv {
    fn start(&mut self, _: Head<'_>, out: &mut Sink) {
        out.line(if self.jobs { CsvJob::HEADER } else { CsvResult::HEADER }.as_bytes());
    }

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        self.write(&CsvResult::from(ResultRow::new(settled)), out);
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        self.write(&CsvJob::from(JobRow::new(seen)), out);
    }

    fn finish(&mut self, _: Head<'_>, _: Tail<'_>, _: &[String], _: &mut Sink) {}
}

/// A row of `cancel -o csv`; the error is flattened to two columns.
#[derive(Serialize)]
struct CsvResult<'a> {
    #[serde(rename = "ref")]
    reference: Ref<'a>,
    provider: Option<&'a str>,
    id: Option<&'a str>,
    ok: bool,
    outcome: Outcome,
    state_before: Option<JobState>,
    state: Option<JobState>,
    provider_state: Option<&'a str>,
    verified: bool,
    attempts: u32,
    http_status: Option<u16>,
    request_id: Option<&'a str>,
    elapsed_ms: u64,
    line: Option<u64>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
}

impl CsvResult<'_> {
    const HEADER: &'static str = "ref,provider,id,ok,outcome,state_before,state,provider_state,verified,\
        attempts,http_status,request_id,elapsed_ms,line,error_code,error_message\n";
}

impl<'a> From<ResultRow<'a>> for CsvResult<'a> {
    fn from(row: ResultRow<'a>) -> Self {
        Self {
            reference: row.reference,
            provider: row.provider,
            id: row.id,
            ok: row.ok,
            outcome: row.outcome,
            state_before: row.state_before,
            state: row.state,
            provider_state: row.provider_state,
            verified: row.verified,
            attempts: row.attempts,
            http_status: row.http_status,
            request_id: row.request_id,
            elapsed_ms: row.elapsed_ms,
            line: row.line,
            error_code: row.error.as_ref().map(|error| error.code),
            error_message: row.error.as_ref().map(|error| error.message),
        }
    }
}

/// A row of `status`, `wait` or `list` with `-o csv`.
#[derive(Serialize)]
struct CsvJob<'a> {
    #[serde(rename = "ref")]
    reference: Ref<'a>,
    provider: Option<&'a str>,
    id: Option<&'a str>,
    ok: bool,
    outcome: Option<Outcome>,
    state: Option<JobState>,
    provider_state: Option<&'a str>,
    terminal: Option<bool>,
    name: Option<&'a str>,
    owner: Option<&'a str>,
    created_at: Option<Time>,
    started_at: Option<Time>,
    finished_at: Option<Time>,
    line: Option<u64>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
}

impl CsvJob<'_> {
    const HEADER: &'static str = "ref,provider,id,ok,outcome,state,provider_state,terminal,name,owner,\
        created_at,started_at,finished_at,line,error_code,error_message\n";
}

impl<'a> From<JobRow<'a>> for CsvJob<'a> {
    fn from(row: JobRow<'a>) -> Self {
        Self {
            reference: row.reference,
            provider: row.provider,
            id: row.id,
            ok: row.ok,
            outcome: row.outcome,
            state: row.state,
            provider_state: row.provider_state,
            terminal: row.terminal,
            name: row.name,
            owner: row.owner,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            line: row.line,
            error_code: row.error.as_ref().map(|error| error.code),
            error_message: row.error.as_ref().map(|error| error.message),
        }
    }
}
