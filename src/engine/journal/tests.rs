//! Records written and read back, without a run around them.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::canceller::Outcome;
use crate::engine::Earlier::{self, Accepted, Sent, TurnedAway, Unsent};
use crate::engine::{Entrant, Input, Recorder as _, Settled, Subject};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::job::{JobId, JobRef, JobState};

fn start() -> Start {
    Start {
        schema: SCHEMA.to_owned(),
        run_id: "01900000-0000-7000-8000-000000000000".to_owned(),
        jobctl_version: "0.1.0".to_owned(),
        sandbox: false,
        started_at: At("2026-01-01T00:00:00Z".parse().unwrap()),
        caller: Caller { argv: vec!["jobctl".to_owned(), "cancel".to_owned()], ..Caller::default() },
        profile: None,
        targets: Vec::new(),
        reason: Some("drill".to_owned()),
        options: Options { verify: true, ..Options::default() },
    }
}

fn job(index: u64) -> JobRef {
    JobRef { provider: "datafold", id: JobId::from_canonical((index + 1).to_string()) }
}

fn settled(index: u64, outcome: Outcome, attempts: u32) -> Settled {
    let ok = outcome.exit() == ExitCode::Ok;
    let error =
        Error::new(ErrorKind::ServerError, "it answered \"500\"\n").with_provider_message(Some("\u{1b}[1m".into()));
    Settled {
        index,
        line: Some(index + 1),
        subject: Subject::Job(job(index)),
        outcome,
        ok,
        exit: outcome.exit(),
        state_before: Some(JobState::Running),
        state: Some(JobState::Cancelled),
        provider_state: Some("cancelled".to_owned()),
        verified: true,
        attempts,
        http_status: Some(200),
        request_id: Some("r-1".to_owned()),
        elapsed: Duration::from_millis(87),
        error: (!ok).then(|| Box::new(error)),
    }
}

/// A record of four jobs: cancelled, unavailable, on the way, and never sent.
fn written(folder: &Folder) -> Record {
    let journal = folder.begin(&start()).unwrap();
    let jobs: Vec<JobRef> = (0..4).map(job).collect();
    let entrant = |index: u64| Entrant { index, line: Some(index + 1), job: &jobs[usize::try_from(index).unwrap()] };
    (0..4).for_each(|index| journal.intend(entrant(index)));
    journal.input_ended(4, 1);
    journal.sending(&mut (0..3).map(entrant));
    journal.settled(&settled(0, Outcome::Cancelled, 1));
    journal.settled(&settled(1, Outcome::Unavailable, 5));
    assert_eq!(journal.counts(), Counts { total: 4, settled: 1, duplicates: 1 });
    drop(journal);
    folder.find("last").unwrap()
}

fn results(record: &Record, open: bool) -> Vec<Settled> {
    let (overview, mut marks) = Overview::scan(record.open().unwrap(), record).unwrap();
    let mut found = Vec::new();
    record.results(&overview, &mut marks, open, &mut |settled, _| found.push(settled)).unwrap();
    found.sort_by_key(|settled| settled.index);
    found
}

fn left(record: &Record) -> Vec<(u64, Earlier)> {
    let (overview, marks) = Overview::scan(record.open().unwrap(), record).unwrap();
    let mut remaining = Remaining::new(record, &overview, marks).unwrap();
    std::iter::from_fn(|| remaining.read().unwrap())
        .map(|input| match input {
            Input::Left { index, earlier, job: found, line } => {
                assert_eq!((found, line), (job(index), Some(index + 1)));
                (index, earlier)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn what_is_written_is_read_back() {
    let home = TempDir::new().unwrap();
    let record = written(&Folder::new(home.path().join("a/b")));
    assert_eq!(results(&record, false), [settled(0, Outcome::Cancelled, 1)]);
    let all = results(&record, true);
    assert_eq!(all[1], settled(1, Outcome::Unavailable, 5));
    let rest: Vec<_> = all[2..].iter().map(|settled| (settled.outcome, settled.attempts)).collect();
    assert_eq!(rest, [(Outcome::Unknown, 1), (Outcome::NotSent, 0)]);
    assert_eq!(left(&record), [(1, TurnedAway), (2, Sent), (3, Unsent)]);
    let row = Row::read(&record).unwrap();
    assert!(!row.running && !row.overview.is_done() && row.overview.whole_input);
    assert_eq!(row.overview.start, start());
}

#[test]
fn the_last_word_on_a_job_counts() {
    let home = TempDir::new().unwrap();
    let record = written(&Folder::new(home.path().to_owned()));
    let (overview, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
    let journal = record.go_on(record.take().unwrap(), &overview, Caller::default());
    let (first, third) = (job(1), job(3));
    journal.sending(&mut [Entrant { index: 1, line: Some(2), job: &first }].into_iter());
    journal.settled(&settled(1, Outcome::NotSent, 0));
    journal.settled(&settled(2, Outcome::Finished, 1));
    journal.sending(&mut [Entrant { index: 3, line: Some(4), job: &third }].into_iter());
    journal.finish(130, Some(2));
    assert!(record.is_in_use());
    drop(journal);
    assert_eq!(left(&record), [(1, Unsent), (3, Sent)], "not sent means not sent, whatever was announced");
    let outcomes: Vec<_> = results(&record, true).iter().map(|settled| settled.outcome).collect();
    assert_eq!(outcomes, [Outcome::Cancelled, Outcome::NotSent, Outcome::Finished, Outcome::Unknown]);
    let row = Row::read(&record).unwrap();
    let summary = row.overview.summary.as_ref().unwrap();
    assert_eq!((summary.exit_code, summary.signal, summary.open), (130, Some(2), 2));
    assert_eq!(row.overview.counts, Overview::scan(record.open().unwrap(), &record).unwrap().0.counts);
}

#[test]
fn what_was_accepted_is_on_record_before_its_end() {
    let home = TempDir::new().unwrap();
    let record = written(&Folder::new(home.path().to_owned()));
    let (overview, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
    let journal = record.go_on(record.take().unwrap(), &overview, Caller::default());
    let (second, third) = (job(1), job(2));
    journal.sending(&mut [Entrant { index: 1, line: Some(2), job: &second }].into_iter());
    journal.accepted(Entrant { index: 1, line: Some(2), job: &second });
    journal.accepted(Entrant { index: 2, line: Some(3), job: &third });
    drop(journal);
    assert_eq!(left(&record), [(1, Accepted), (2, Accepted), (3, Unsent)]);
    let all = results(&record, true);
    let told: Vec<_> = all[1..].iter().map(|row| (row.outcome, row.ok, row.attempts, row.error.is_none())).collect();
    let requested = (Outcome::Requested, true, 1, true);
    assert_eq!(told, [requested, requested, (Outcome::NotSent, false, 0, false)]);
    assert_eq!(results(&record, false).len(), 1, "it is not decided");
}

#[test]
fn the_last_word_counts_however_often_a_job_was_tried() {
    let home = TempDir::new().unwrap();
    let record = written(&Folder::new(home.path().to_owned()));
    for attempt in 0..12 {
        let (overview, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
        let journal = record.go_on(record.take().unwrap(), &overview, Caller::default());
        journal.settled(&settled(1, Outcome::Unavailable, 5));
        journal.settled(&settled(2, if attempt == 11 { Outcome::Unauthorized } else { Outcome::Unknown }, 1));
        drop(journal);
    }
    let outcomes = |record| results(record, true).iter().map(|settled| settled.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(&record), [Outcome::Cancelled, Outcome::Unavailable, Outcome::Unauthorized, Outcome::NotSent]);
    let (overview, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
    let journal = record.go_on(record.take().unwrap(), &overview, Caller::default());
    journal.settled(&settled(1, Outcome::Cancelled, 1));
    drop(journal);
    assert_eq!(outcomes(&record)[1], Outcome::Cancelled);
    assert_eq!(left(&record), [(2, TurnedAway), (3, Unsent)]);
}

#[test]
fn a_record_that_was_cut_short_trusts_nothing_to_be_unsent() {
    let home = TempDir::new().unwrap();
    let record = written(&Folder::new(home.path().to_owned()));
    let mut text = fs::read_to_string(&record.path).unwrap();
    text.push_str("{\"type\":\"stopped\",\"at\":\"2026-01-01T00:00:00Z\"}\n");
    fs::write(&record.path, text).unwrap();
    assert_eq!(left(&record), [(1, Sent), (2, Sent), (3, Sent)]);
}

#[test]
fn a_record_is_nobody_elses_while_it_is_written() {
    let home = TempDir::new().unwrap();
    let folder = Folder::new(home.path().to_owned());
    let journal = folder.begin(&start()).unwrap();
    let record = folder.find("last").unwrap();
    assert!(record.is_in_use());
    assert_eq!(record.take().unwrap_err().kind, ErrorKind::NotConfirmed);
    assert!(!record.remove().unwrap());
    assert!(folder.begin(&start()).is_err(), "two runs never share a record");
    drop(journal);
    assert!(!record.is_in_use());
    assert!(record.remove().unwrap());
    assert!(folder.records().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_record_is_a_file_and_nothing_that_leads_elsewhere() {
    let home = TempDir::new().unwrap();
    let name = |last: u8| home.path().join(format!("01900000-0000-7000-8000-00000000000{last}.jsonl"));
    std::fs::write(name(0), "").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", name(1)).unwrap();
    std::fs::create_dir(name(2)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(name(3)).unwrap();
    let found = Folder::new(home.path().to_owned()).records().unwrap();
    assert_eq!(found.iter().map(|record| &record.path).collect::<Vec<_>>(), [&name(0)]);
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let home = TempDir::new().unwrap();
    let folder = Folder::new(home.path().to_owned());
    let path = home.path().join("01900000-0000-7000-8000-000000000000.jsonl");
    for text in
        ["", "{}\n", "{\"type\":\"start\"", &serde_json::to_string(&start()).unwrap().replace("journal/1", "journal/9")]
    {
        fs::write(&path, format!("{text}\n")).unwrap();
        let error = Row::read(&folder.find("last").unwrap()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Io, "{text}");
    }
}

#[test]
fn only_records_are_records_and_the_newest_comes_first() {
    let home = TempDir::new().unwrap();
    let folder = Folder::new(home.path().join("runs"));
    assert!(folder.records().unwrap().is_empty(), "there is no folder yet");
    let told = |run| folder.find(run).unwrap_err().message;
    assert!(told("last").contains("no record of any run"));
    fs::create_dir(folder.path()).unwrap();
    let id = |number: u8| format!("01900000-0000-7000-8000-0000000000{number:02x}");
    let names = [id(1), id(0x2a), id(7), "x".to_owned(), id(0x1b).to_uppercase()];
    for name in &names {
        fs::write(folder.path().join(format!("{name}.jsonl")), "").unwrap();
    }
    fs::write(folder.path().join(format!("{}.json", id(9))), "").unwrap();
    let found: Vec<_> = folder.records().unwrap().into_iter().map(|record| record.run_id).collect();
    assert_eq!(found, [id(0x2a), id(7), id(1)]);
    assert_eq!(folder.find("last").unwrap().run_id, id(0x2a));
    assert_eq!(folder.find(&id(7).to_uppercase()).unwrap().run_id, id(7));
    assert!(told("x").contains("no record of a run \"x\"") && told(&id(9)).contains("no record of a run"));
    let no_folder = Folder::new(folder.path().join("x.jsonl"));
    assert_eq!(no_folder.records().unwrap_err().kind, ErrorKind::Io);
}

fn target(host: &str) -> Target {
    Target { provider: "datafold".to_owned(), host: Some(host.to_owned()), profile: None }
}

#[test]
fn where_calls_went_and_how_often_it_was_gone_on_with_is_read_back() {
    let home = TempDir::new().unwrap();
    let folder = Folder::new(home.path().to_owned());
    let journal = folder.begin(&start()).unwrap();
    for target in [target("one"), target("one"), target("two")] {
        journal.target(&target);
    }
    journal.finish(7, None);
    drop(journal);
    let record = folder.find("last").unwrap();
    let scanned = || Overview::scan(record.open().unwrap(), &record).unwrap().0;
    assert_eq!(scanned().targets, [target("one"), target("two")], "each once");
    assert_eq!(Row::read(&record).unwrap().overview.targets, scanned().targets);
    assert_eq!(scanned().summary.map(|summary| summary.exit_code), Some(7));
    for times in 1..3 {
        drop(record.go_on(record.take().unwrap(), &scanned(), Caller::default()));
        assert_eq!((scanned().resumed, scanned().summary), (times, None), "it goes on until it ends again");
    }
}

#[test]
fn of_a_run_that_ended_the_first_and_the_last_line_are_enough() {
    let home = TempDir::new().unwrap();
    let folder = Folder::new(home.path().to_owned());
    let journal = folder.begin(&start()).unwrap();
    journal.intend(Entrant { index: 0, line: None, job: &job(0) });
    journal.finish(0, None);
    drop(journal);
    let record = folder.find("last").unwrap();
    let text = fs::read_to_string(&record.path).unwrap();
    fs::write(&record.path, text.replace("\"total\":1", "\"total\":9")).unwrap();
    let listed = Row::read(&record).unwrap().overview;
    let (scanned, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
    assert_eq!((listed.counts.total, scanned.counts.total), (9, 1));
    assert_eq!((listed.start, listed.length), (scanned.start, scanned.length));
}

#[test]
fn moments_are_the_present_in_milliseconds() {
    let before = jiff::Timestamp::now().as_millisecond();
    let now = At::now().0.as_millisecond();
    assert!((before..=before + 60_000).contains(&now));
    let fine: jiff::Timestamp = "2026-01-01T00:00:00.123456Z".parse().unwrap();
    assert_eq!(serde_json::to_string(&At::from(fine)).unwrap(), "\"2026-01-01T00:00:00.123Z\"");
}

#[test]
fn every_outcome_either_decides_or_is_gone_on_with() {
    let open: Vec<_> = Outcome::ALL.into_iter().filter(|outcome| !decides(*outcome)).collect();
    assert_eq!(open, [Outcome::Unauthorized, Outcome::Unavailable, Outcome::Unknown, Outcome::NotSent]);
}

proptest! {
    #[test]
    fn any_bytes_behind_the_first_line_are_read_past(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..3000) {
        let home = TempDir::new().unwrap();
        let record = written(&Folder::new(home.path().to_owned()));
        let mut text = fs::read(&record.path).unwrap();
        let first = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        text.truncate(first.max(text.len().saturating_sub(cut)));
        text.extend_from_slice(&bytes);
        fs::write(&record.path, &text).unwrap();
        prop_assert!(results(&record, true).len() <= 4);
        let (overview, _) = Overview::scan(record.open().unwrap(), &record).unwrap();
        prop_assert!(overview.length <= text.len() as u64);
        drop(record.go_on(record.take().unwrap(), &overview, Caller::default()));
        let text = fs::read(&record.path).unwrap();
        let whole = text.ends_with(b"}\n");
        prop_assert!(whole);
    }
}
