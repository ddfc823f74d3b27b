//! `-o json` (one document) and `-o ndjson` (a line per event).
//!
//! Owns how JSON is written: characters that could disturb a terminal are escaped,
//! so that the text survives exactly and is harmless to look at. Must not know any
//! other format.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};

use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::value::RawValue;

use super::printer::Printer;
use super::row::{CancelLine, Closed, Document, Head, JobItem, JobLine, JobRow, ResultRow, Tail};
use super::runs::{Recorded, RecordedRow, RunDocument, RunLine, RunRow};
use super::sink::Sink;
use super::store::{Reader, RowStore};
use crate::engine::{Seen, Settled};
use crate::text::is_dangerous;

/// Keeps rows compactly, and writes one document at the end, in input order.
#[derive(Default)]
pub(super) struct Json {
    rows: RowStore,
    row: Vec<u8>,
    /// One run is shown, not a list of them.
    one: bool,
    /// How many runs were listed.
    runs: u64,
    /// The run that is shown.
    shown: Option<Box<RawValue>>,
}

impl Json {
    /// `one`: the document is about one run and its jobs.
    pub(super) fn new(one: bool) -> Self {
        Self { one, ..Self::default() }
    }

    fn keep(&mut self, index: u64, row: &impl Serialize, out: &mut Sink) {
        self.row.clear();
        match write_json(row, &mut self.row) {
            Ok(()) => self.rows.push(index, &self.row),
            Err(error) => out.fail(error.to_string()),
        }
    }
}

impl Printer for Json {
    fn start(&mut self, _: Head<'_>, _: &mut Sink) {}

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        self.keep(settled.index, &ResultRow::new(settled), out);
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        self.keep(seen.index, &JobItem::Job(JobRow::new(seen)), out);
    }

    fn run(&mut self, run: &RunRow<'_>, out: &mut Sink) {
        if !self.one {
            self.keep(self.runs, run, out);
            self.runs += 1;
            return;
        }
        let mut text = Vec::new();
        let written = write_json(run, &mut text).map_err(|error| error.to_string());
        let text = written.and_then(|()| String::from_utf8(text).map_err(|error| error.to_string()));
        match text.and_then(|text| RawValue::from_string(text).map_err(|error| error.to_string())) {
            Ok(run) => self.shown = Some(run),
            Err(why) => out.fail(why),
        }
    }

    fn recorded(&mut self, recorded: &Recorded<'_>, out: &mut Sink) {
        self.keep(recorded.settled.index, &RecordedRow::new(recorded), out);
    }

    fn finish(&mut self, head: Head<'_>, tail: Tail<'_>, warnings: &[String], out: &mut Sink) {
        let results = Results(RefCell::new(self.rows.sorted()));
        if self.one {
            let run = &self.shown;
            write_document(&RunDocument { head, tail, run, results, warnings }, out);
        } else {
            write_document(&Document { head, tail, results, warnings }, out);
        }
    }

    fn streams(&self) -> bool {
        false
    }
}

/// Writes one whole document.
pub(super) fn write_document(document: &impl Serialize, out: &mut Sink) {
    let mut buffered = BufWriter::with_capacity(1 << 16, out);
    let written = write_json(document, &mut buffered).map_err(|error| error.to_string());
    // Neither can fail: the sink keeps its failures to itself.
    let _ = buffered.write_all(b"\n");
    let _ = buffered.flush();
    if let (Err(why), Ok(out)) = (written, buffered.into_inner()) {
        out.fail(why);
    }
}

/// Rows on their way from the store to the document.
struct Results<'a>(RefCell<Reader<'a>>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reader = self.0.borrow_mut();
        let mut list = serializer.serialize_seq(Some(reader.len()))?;
        for position in 0..reader.len() {
            let bytes = reader.get(position).map_err(S::Error::custom)?;
            let row: &RawValue = serde_json::from_slice(bytes).map_err(S::Error::custom)?;
            list.serialize_element(row)?;
        }
        list.end()
    }
}

/// Writes a line per event at once.
#[derive(Default)]
pub(super) struct Ndjson {
    jobs: bool,
    line: Vec<u8>,
}

impl Ndjson {
    /// `jobs`: the rows are job rows, not results of a cancellation.
    pub(super) const fn new(jobs: bool) -> Self {
        Self { jobs, line: Vec::new() }
    }

    fn write(&mut self, line: &impl Serialize, out: &mut Sink) {
        self.line.clear();
        match write_json(line, &mut self.line) {
            Ok(()) => {
                self.line.push(b'\n');
                out.line(&self.line);
            }
            Err(error) => out.fail(error.to_string()),
        }
    }
}

impl Printer for Ndjson {
    fn start(&mut self, head: Head<'_>, out: &mut Sink) {
        if self.jobs {
            self.write(&JobLine::Start(head), out);
        } else {
            self.write(&CancelLine::Start(head), out);
        }
    }

    fn settled(&mut self, settled: &Settled, out: &mut Sink) {
        self.write(&CancelLine::Result(ResultRow::new(settled)), out);
    }

    fn seen(&mut self, seen: &Seen, out: &mut Sink) {
        self.write(&JobLine::Job(JobRow::new(seen)), out);
    }

    fn run(&mut self, run: &RunRow<'_>, out: &mut Sink) {
        self.write(&RunLine::Run(run), out);
    }

    fn recorded(&mut self, recorded: &Recorded<'_>, out: &mut Sink) {
        self.write(&RunLine::Result(RecordedRow::new(recorded)), out);
    }

    fn finish(&mut self, head: Head<'_>, tail: Tail<'_>, warnings: &[String], out: &mut Sink) {
        let closed = Closed { tail, targets: head.targets, warnings };
        if self.jobs {
            self.write(&JobLine::Summary(closed), out);
        } else {
            self.write(&CancelLine::Summary(closed), out);
        }
    }
}

/// Writes one compact JSON value.
fn write_json(value: &impl Serialize, out: impl Write) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Harmless))
}

/// Compact JSON in which dangerous characters are `\uXXXX`.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Of ASCII, control characters are escaped already, all but one.
        if fragment.is_ascii() && !fragment.as_bytes().contains(&0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_dangerous(*c)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_characters_are_escaped_and_come_back_exactly() {
        let text = "a\u{1b}[31m\u{7f}\u{9b}\u{202e}é\u{200b}毎\u{e0041}\"\\\n";
        let mut json = Vec::new();
        write_json(&text, &mut json).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert!(!json.chars().any(is_dangerous), "{json}");
        assert_eq!(json, r#""a\u001b[31m\u007f\u009b\u202eé\u200b毎\udb40\udc41\"\\\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
