//! A record read back: any bytes, and runs as they are written, against a model of
//! what is known of each job.

use std::collections::HashSet;

use super::feed::{Feed, Scratch};
use crate::canceller::Outcome;
use crate::engine::journal::{Overview, Record, Remaining, Row, decides};
use crate::engine::{Earlier, Input, Settled, Subject};

const START: &str = r#"{"type":"start","schema":"jobctl.journal/1","run_id":"01900000-0000-7000-8000-000000000000","jobctl_version":"0.1.0","sandbox":true,"started_at":"2026-01-01T00:00:00Z","caller":{"at":"2026-01-01T00:00:00Z","argv":["jobctl"],"user":null,"hostname":null,"pid":1,"ci_url":null},"profile":null,"targets":[],"reason":null,"options":{"verify":true,"strict":false,"ignore_not_found":false,"fail_fast":false,"guard":null}}"#;

/// `0` and the bytes of a record; `1` and the lines to put after a good first one; or
/// `2`, how many jobs, and what happens to them, two digits each.
pub fn journal(data: &[u8]) {
    let mut feed = Feed::new(data);
    match feed.below(3) {
        0 => check_any(feed.rest()),
        1 => check_any(&[START.as_bytes(), b"\n", feed.rest()].concat()),
        _ => check_run(feed),
    }
}

/// What was read back of a record.
struct Found {
    overview: Overview,
    /// The jobs that are left, and what came of each so far.
    left: Vec<(u64, Earlier)>,
    /// What became of those that are decided, and of all.
    settled: Vec<Settled>,
    all: Vec<Settled>,
}

fn read(bytes: &[u8]) -> Option<Found> {
    let file = Scratch::new(bytes);
    let record = Record { run_id: "01900000-0000-7000-8000-000000000000".into(), path: file.path().to_owned() };
    let scanned = Overview::scan(record.open().unwrap(), &record);
    let row = Row::read(&record);
    let Ok((overview, marks)) = scanned else {
        assert!(row.is_err(), "a list shows what cannot be read");
        return None;
    };
    assert!(overview.length <= bytes.len() as u64);
    let mut remaining = Remaining::new(&record, &overview, marks.clone()).unwrap();
    let mut left = Vec::new();
    while let Some(input) = remaining.read().unwrap() {
        let Input::Left { index, earlier, .. } = input else { panic!("{input:?} was left") };
        left.push((index, earlier));
    }
    let results = |open: bool| {
        let mut found = Vec::new();
        let mut marks = marks.clone();
        record.results(&overview, &mut marks, open, &mut |settled, _| found.push(settled)).unwrap();
        found
    };
    Some(Found { left, settled: results(false), all: results(true), overview })
}

/// Whatever the bytes are, each job is told once, and memory goes with the lines.
fn check_any(bytes: &[u8]) {
    let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
    let Some(found) = read(bytes) else { return };
    let counts = found.overview.counts;
    assert!(counts.settled <= counts.total && counts.total <= lines, "{counts:?} in {lines} lines");
    let left: HashSet<u64> = found.left.iter().map(|(index, _)| *index).collect();
    assert_eq!(left.len(), found.left.len(), "a job comes in twice");
    for told in [&found.settled, &found.all] {
        let indices: HashSet<u64> = told.iter().map(|settled| settled.index).collect();
        assert_eq!(indices.len(), told.len(), "a job is told twice");
        assert!(told.len() as u64 <= counts.total);
    }
    assert!(found.settled.iter().all(|settled| !left.contains(&settled.index)), "a job is decided and left");
    assert!(found.left.len() as u64 <= counts.open());
}

/// What is known of one job.
#[derive(Clone)]
struct Model {
    earlier: Earlier,
    settled: bool,
    results: Vec<Outcome>,
    /// It was sent after its last result.
    on_its_way: bool,
}

fn check_run(mut feed: Feed<'_>) {
    let count = 1 + feed.below(9);
    let mut text = format!("{START}\n");
    for index in 0..count {
        text.push_str(&line("intended", index, ""));
    }
    let mut jobs =
        vec![Model { earlier: Earlier::Unsent, settled: false, results: Vec::new(), on_its_way: false }; count];
    let (mut cut, mut steps) = (false, 0);
    while !feed.is_empty() && steps < 400 {
        steps += 1;
        let (what, index) = (feed.byte(), feed.below(count));
        let job = &mut jobs[index];
        match what.wrapping_sub(b'0') % 20 {
            0..=2 => {
                text.push_str(&line("sending", index, ""));
                (job.earlier, job.on_its_way) = (Earlier::Sent, true);
            }
            3 => {
                text.push_str(&line("accepted", index, ""));
                (job.earlier, job.on_its_way) = (Earlier::Accepted, true);
            }
            4 => {
                text.push_str("{\"type\":\"stopped\",\"at\":\"2026-01-01T00:00:00Z\"}\n");
                cut = true;
            }
            5 => text.push_str("{\"type\":\"resu\n\n[]\n{}\n"),
            number => {
                let outcome = Outcome::ALL[usize::from(number - 6) % 13];
                let attempts = u32::from(what & 0x40 == 0);
                text.push_str(&line("result", index, &result(outcome, attempts)));
                job.results.push(outcome);
                job.on_its_way = false;
                job.settled |= decides(outcome);
                job.earlier = match outcome {
                    outcome if decides(outcome) => job.earlier,
                    _ if attempts == 0 => Earlier::Unsent,
                    Outcome::Unavailable | Outcome::Unauthorized => Earlier::TurnedAway,
                    _ => Earlier::Sent,
                };
            }
        }
    }
    // What was torn off counts for nothing.
    text.push_str(line("result", 0, &result(Outcome::Cancelled, 1)).trim_end());
    if cut {
        for job in jobs.iter_mut().filter(|job| job.earlier != Earlier::Accepted) {
            job.earlier = Earlier::Sent;
        }
    }

    let found = read(text.as_bytes()).expect("a record of our own");
    let counts = found.overview.counts;
    let settled = jobs.iter().filter(|job| job.settled).count() as u64;
    assert_eq!((counts.total, counts.settled), (count as u64, settled));
    let left = jobs.iter().zip(0..).filter(|(job, _)| !job.settled).map(|(job, index)| (index, job.earlier));
    assert_eq!(found.left, left.collect::<Vec<_>>());
    assert_eq!(found.settled.len() as u64, settled);
    assert_eq!(found.all.len(), count, "every job is told");
    for told in &found.all {
        assert!(matches!(&told.subject, Subject::Job(job) if job.id.as_str() == (told.index + 1).to_string()));
        let job = &jobs[usize::try_from(told.index).unwrap()];
        let wanted = match job.results.iter().find(|outcome| decides(**outcome)) {
            Some(first) => *first,
            None if job.results.is_empty() || job.on_its_way => match job.earlier {
                Earlier::Unsent => Outcome::NotSent,
                Earlier::Accepted => Outcome::Requested,
                _ => Outcome::Unknown,
            },
            None => *job.results.last().unwrap(),
        };
        // A decision after a decision may be told instead of it.
        let decided = job.settled && job.results.contains(&told.outcome) && decides(told.outcome);
        assert!(told.outcome == wanted || decided, "{} is told as {}, not {wanted}", told.index, told.outcome);
    }
}

fn line(kind: &str, index: usize, more: &str) -> String {
    let id = index + 1;
    format!(
        "{{\"type\":\"{kind}\",\"at\":\"2026-01-01T00:00:00Z\",\"index\":{index},\"line\":{id},\"ref\":\"datafold:{id}\"{more}}}\n"
    )
}

fn result(outcome: Outcome, attempts: u32) -> String {
    let (exit, ok) = (outcome.exit().code(), outcome.exit().code() == 0);
    format!(
        ",\"provider\":\"datafold\",\"text\":null,\"ok\":{ok},\"outcome\":\"{outcome}\",\"exit_code\":{exit},\"state_before\":null,\"state\":null,\"provider_state\":null,\"verified\":false,\"attempts\":{attempts},\"http_status\":null,\"request_id\":null,\"elapsed_ms\":1,\"error\":null"
    )
}
