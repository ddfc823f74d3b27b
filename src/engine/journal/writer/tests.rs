//! When what is recorded is with the operating system, and what a record that cannot be
//! written any further ends in.

use std::fs::OpenOptions;

use tempfile::NamedTempFile;

use super::*;
use crate::canceller::Outcome;
use crate::engine::stage::job;

fn journal(file: &NamedTempFile) -> Journal {
    let file = OpenOptions::new().read(true).append(true).open(file).unwrap();
    Journal::on(file, "runs/x.jsonl".to_owned(), 0, Counts::default(), Vec::new())
}

fn intend(journal: &Journal, index: u64) {
    journal.intend(Entrant { index, line: None, job: &job("a:1") });
}

/// The kinds of the lines that are in the file.
fn kinds(file: &NamedTempFile) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let kind = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned();
    text.lines().map(kind).collect()
}

#[test]
fn lines_wait_for_the_next_send_or_pause_and_announcements_for_nothing() {
    let file = NamedTempFile::new().unwrap();
    let journal = journal(&file);
    intend(&journal, 0);
    intend(&journal, 1);
    assert_eq!(kinds(&file), Vec::<String>::new());
    journal.sending(&mut [Entrant { index: 0, line: None, job: &job("a:1") }].into_iter());
    assert_eq!(kinds(&file), ["intended", "intended", "sending"]);
    journal.input_ended(2, 0);
    assert_eq!(kinds(&file).len(), 3);
    journal.pause();
    assert_eq!(kinds(&file).len(), 4);
    journal.finish(0, None);
    assert_eq!(kinds(&file)[4..], ["summary"], "the end is there before the process is gone");
}

#[test]
fn no_more_is_buffered_than_allowed() {
    let file = NamedTempFile::new().unwrap();
    let journal = journal(&file);
    for index in 0..3000 {
        intend(&journal, index);
        assert!(journal.shared.lock().buffer.len() <= MOST_BUFFERED);
    }
    assert!(journal.shared.lock().length > 2 * MOST_BUFFERED as u64);
}

#[tokio::test(start_paused = true)]
async fn from_the_first_send_on_everything_is_synced_within_a_second() {
    let file = NamedTempFile::new().unwrap();
    let journal = journal(&file);
    intend(&journal, 0);
    tokio::time::sleep(2 * SYNC_EVERY).await;
    assert_eq!(kinds(&file).len(), 0, "calls that send nothing are synced at their end");
    journal.sending(&mut [Entrant { index: 0, line: None, job: &job("a:1") }].into_iter());
    for index in 1..3 {
        intend(&journal, index);
        tokio::time::sleep(SYNC_EVERY * 3 / 2).await;
        assert_eq!(kinds(&file).len() as u64, 2 + index);
        assert!(!journal.shared.lock().dirty);
    }
}

#[test]
fn the_counts_are_those_of_the_run() {
    let file = NamedTempFile::new().unwrap();
    let journal = journal(&file);
    assert!(journal.is_on() && journal.input().is_none());
    let row = |outcome, subject| {
        let finding = crate::engine::judge::Finding::blank(outcome, None);
        let task = crate::engine::work::Task::new(0, None, job("a:1"));
        let rules = crate::engine::stage::Stage::new().rules;
        Settled { subject, ..crate::engine::settle::unsent(&task, finding, &rules) }
    };
    let text = Subject::Text { provider: None, text: "x".to_owned() };
    intend(&journal, 0);
    intend(&journal, 1);
    journal.settled(&row(Outcome::Invalid, text));
    journal.settled(&row(Outcome::Cancelled, Subject::Job(job("a:1"))));
    journal.settled(&row(Outcome::Unknown, Subject::Job(job("a:2"))));
    journal.input_ended(3, 5);
    assert_eq!(journal.counts(), Counts { total: 3, settled: 2, duplicates: 5 });
    assert_eq!((journal.counts().open(), journal.input()), (1, Some(3)));
}

#[test]
fn a_record_that_cannot_go_on_ends_in_a_line_that_says_so() {
    let file = NamedTempFile::new().unwrap();
    let journal = journal(&file);
    intend(&journal, 0);
    journal.pause();
    intend(&journal, 1);
    intend(&journal, 2);
    journal.pause();
    (&journal.shared.file).write_all(b"{\"type\":\"sen").unwrap();
    {
        let mut state = journal.shared.lock();
        let line = std::fs::read_to_string(&file).unwrap().lines().nth(2).unwrap().len() as u64 + 1;
        assert_eq!(state.last, line, "what makes room where there is none");
        journal.shared.stop(&mut state, &io::Error::other("the disk is full"));
    }
    intend(&journal, 3);
    journal.pause();
    assert_eq!(kinds(&file), ["intended", "intended", "intended", "stopped"]);
    let warning = journal.take_warning().unwrap();
    assert!(warning.contains("runs/x.jsonl") && warning.contains("the disk is full"), "{warning}");
    assert_eq!((journal.take_warning(), journal.is_on()), (None, false), "said once");
}

#[test]
fn a_file_that_takes_nothing_is_one_warning() {
    let file = NamedTempFile::new().unwrap();
    let readable = File::open(&file).unwrap();
    let journal = Journal::on(readable, "runs/x.jsonl".to_owned(), 0, Counts::default(), Vec::new());
    for index in 0..3 {
        intend(&journal, index);
        journal.pause();
    }
    assert!(journal.take_warning().unwrap().contains("cancelling goes on") && journal.take_warning().is_none());
    assert_eq!((journal.counts().total, kinds(&file).len()), (3, 0));
}
