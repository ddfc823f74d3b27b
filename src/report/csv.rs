//! `-o csv`: a header and a line per job.
//!
//! The columns are the keys of the rows, with the error flattened to its code and
//! message. Values are exact: a spreadsheet may take a name that starts with `=` for
//! a formula, so import them as text. Only a terminal is shown harmless ones. Must not
//! know any other format.

use serde::Serialize;

use super::printer::Printer;
use super::row::{Head, JobRow, ResultRow, Tail};
use super::sink::Sink;
use super::terminal::harmless;
use crate::engine::{Seen, Settled};

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

/// The columns of a cancelling run. The error is flattened to its code and message.
const RESULTS: &str = "ref,provider,id,ok,outcome,state_before,state,provider_state,verified,\
    attempts,http_status,request_id,elapsed_ms,line,error_code,error_message\n";

/// The columns of `status`, `wait` and `list`.
const JOBS: &str = "ref,provider,id,ok,outcome,state,provider_state,terminal,name,owner,\
    created_at,started_at,finished_at,line,error_code,error_message\n";

impl Printer for Csv {
    fn start(&mut self, _: Head<'_>, out: &mut Sink) {
        out.line(if self.jobs { JOBS } else { RESULTS }.as_bytes());
    }

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        let row = ResultRow::new(settled);
        let (code, message) = row.error.map(|error| (error.code, error.message)).unzip();
        let cells = (
            row.reference,
            row.provider,
            row.id,
            row.ok,
            row.outcome,
            row.state_before,
            row.state,
            row.provider_state,
            row.verified,
            row.attempts,
            row.http_status,
            row.request_id,
            row.elapsed_ms,
            row.line,
            code,
            message,
        );
        self.write(&cells, out);
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        let row = JobRow::new(seen);
        let (code, message) = row.error.map(|error| (error.code, error.message)).unzip();
        let cells = (
            row.reference,
            row.provider,
            row.id,
            row.ok,
            row.outcome,
            row.state,
            row.provider_state,
            row.terminal,
            row.name,
            row.owner,
            row.created_at,
            row.started_at,
            row.finished_at,
            row.line,
            code,
            message,
        );
        self.write(&cells, out);
    }

    fn finish(&mut self, _: Head<'_>, _: Tail<'_>, _: &[String], _: &mut Sink) {}
}
