//! What is printed: harmless to look at in every format for people, exact in every
//! format for programs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::feed::Feed;
use crate::canceller::Outcome;
use crate::engine::{Destination, RefReader, Seen, Settled, Subject};
use crate::error::{Error, ErrorKind};
use crate::job::{Job, JobId, JobState};
use crate::report::terminal::{fit, harmless, width};
use crate::report::{Closing, Columns, Format, Report, ReportOptions, RunMeta, Verb};
use crate::text::is_dangerous;

/// Columns that a line may take: two texts of the longest kind and what is around them.
const WIDEST: usize = 4 * crate::report::terminal::LINE_MAX;

/// `FORMAT VERB OUTCOME STATE COLUMNS`, a digit each, to the line's end; then a line
/// each for: a ref, a vendor's word, a request id, a name, an owner, an error's
/// message, its hint, the vendor's message.
pub fn report(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (format, verb) = (feed.pick(&Format::ALL), feed.pick(&[Verb::Cancel, Verb::Status, Verb::List, Verb::Wait]));
    let (outcome, state) = (feed.pick(&Outcome::ALL), feed.pick(&JobState::ALL));
    let columns = [None, Some(200), Some(80), Some(40), Some(1)][feed.below(5)];
    feed.until(b'\n');
    let subject = feed.line().unwrap_or_default();
    let subject = match RefReader::new(None, Destination::None).parse(&subject) {
        Ok(job) => Subject::Job(job),
        Err(_) => Subject::Text { provider: None, text: subject.chars().take(200).collect() },
    };
    let [word, request_id, name, owner, message, hint, provider_message] = std::array::from_fn(|_| feed.line());
    for text in [&word, &name, &message].into_iter().flatten() {
        check_text(text);
    }
    let error = message.map(|message| {
        let error = Error { hint, ..Error::new(ErrorKind::Lost, message) };
        Box::new(error.with_provider_message(provider_message))
    });
    let id = match &subject {
        Subject::Job(job) => job.id.clone(),
        Subject::Text { .. } => JobId::from_canonical("1"),
    };
    let job = Job { name, owner, ..Job::new(id, word) };
    let texts = Texts { job: &job, request_id: request_id.as_deref(), error: error.as_deref() };
    let (out, err) = print(format, verb, columns, |report| {
        if verb == Verb::Cancel {
            report.settled(&settled(&subject, outcome, state, &texts));
        } else {
            report.seen(&seen(&subject, outcome, &texts));
        }
        report.warning(texts.error.map_or("none", |error| &error.message));
    });
    check_seen_by_people(&err);
    match format {
        Format::Human => check_seen_by_people(&out),
        Format::Name => {
            check_seen_by_people(&out);
            assert!(out.lines().count() <= 1);
        }
        Format::Json => check_json(&out, verb, &texts),
        Format::Ndjson => out.lines().for_each(|line| check_json(&format!("{line}\n"), verb, &texts)),
        Format::Csv => check_csv(&out, verb, &texts),
    }
}

/// What is to be printed.
struct Texts<'a> {
    job: &'a Job,
    request_id: Option<&'a str>,
    error: Option<&'a Error>,
}

fn settled(subject: &Subject, outcome: Outcome, state: JobState, texts: &Texts<'_>) -> Settled {
    Settled {
        index: 0,
        line: Some(3),
        subject: subject.clone(),
        outcome,
        ok: texts.error.is_none(),
        exit: outcome.exit(),
        state_before: Some(state),
        state: Some(texts.job.state),
        provider_state: texts.job.provider_state.clone(),
        verified: true,
        attempts: 1,
        http_status: Some(200),
        request_id: texts.request_id.map(str::to_owned),
        elapsed: Duration::from_millis(7),
        error: texts.error.cloned().map(Box::new),
    }
}

fn seen(subject: &Subject, outcome: Outcome, texts: &Texts<'_>) -> Seen {
    Seen {
        index: 0,
        line: None,
        subject: subject.clone(),
        outcome: Some(outcome),
        ok: texts.error.is_none(),
        exit: outcome.exit(),
        job: Some(texts.job.clone()),
        error: texts.error.cloned().map(Box::new),
    }
}

/// A stream that can be looked into.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("what is printed is text")
    }
}

fn print(format: Format, verb: Verb, columns: Option<usize>, rows: impl FnOnce(&mut Report)) -> (String, String) {
    let (out, err) = (Screen::default(), Screen::default());
    let columns = Columns { stdout: columns, stderr: columns };
    let options = ReportOptions { columns, ..ReportOptions::plain(format, verb, RunMeta::now(false, false)) };
    let mut report = Report::new(options, Box::new(out.clone()), Box::new(err.clone()));
    rows(&mut report);
    let exit = report.tally().exit();
    report.finish(Closing::new(exit)).unwrap();
    (out.text(), err.text())
}

/// Made harmless, a text has nothing dangerous left, is as wide as it may be, and does
/// not change any more.
fn check_text(text: &str) {
    let shown = harmless(text);
    assert!(!shown.contains(is_dangerous), "{shown:?}");
    assert_eq!(harmless(&shown), shown);
    assert!(shown.len() <= 10 * text.len());
    for (columns, more) in [(0, "…"), (1, "…"), (2, "..."), (12, "..."), (400, "…")] {
        let cut = fit(text, columns, more);
        assert!(width(&cut) <= columns && !cut.contains(is_dangerous), "{cut:?}");
        assert_eq!(fit(&cut, columns, more), cut);
    }
}

fn check_seen_by_people(text: &str) {
    assert!(!text.contains(|c| c != '\n' && (is_dangerous(c) || c.is_control())), "{text:?}");
    assert!(text.is_empty() || text.ends_with('\n'));
    for line in text.lines() {
        assert!(width(line) <= WIDEST, "{} columns: {line}", width(line));
    }
}

/// One line of JSON in which nothing can disturb a terminal, and every text is whole.
fn check_json(text: &str, verb: Verb, texts: &Texts<'_>) {
    let line = text.strip_suffix('\n').expect("a line has an end");
    assert!(!line.contains(is_dangerous), "{line:?}");
    let value: Value = serde_json::from_str(line).unwrap();
    let row = match value["type"].as_str() {
        Some("result" | "job") => &value,
        Some(_) => return,
        None => &value["results"][0],
    };
    let exact = |key: &str, wanted: Option<&str>| assert_eq!(row[key].as_str(), wanted, "{key}");
    exact("provider_state", texts.job.provider_state.as_deref());
    if verb == Verb::Cancel {
        exact("request_id", texts.request_id);
    } else {
        exact("name", texts.job.name.as_deref());
        exact("owner", texts.job.owner.as_deref());
    }
    assert_eq!(row["error"]["message"].as_str(), texts.error.map(|error| error.message.as_str()));
    assert_eq!(
        row["error"]["provider_message"].as_str(),
        texts.error.and_then(|error| error.provider_message.as_deref())
    );
}

/// A header and one row, which gives every text back.
fn check_csv(text: &str, verb: Verb, texts: &Texts<'_>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 1, "{text:?}");
    let exact = |key: &str, wanted: Option<&str>| {
        let at = header.iter().position(|name| name == key).unwrap();
        assert_eq!(rows[0].get(at), Some(wanted.unwrap_or_default()), "{key}");
    };
    exact("provider_state", texts.job.provider_state.as_deref());
    exact("error_message", texts.error.map(|error| error.message.as_str()));
    if verb != Verb::Cancel {
        exact("name", texts.job.name.as_deref());
    }
}
