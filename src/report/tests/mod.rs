//! Every format, whole: what a reader of stdout and stderr sees.

mod ends;
mod human;
mod machine;

use std::time::Duration;

use super::*;
use crate::canceller::Outcome;
use crate::engine::Subject;
use crate::error::ErrorKind;
use crate::fuzzing::report::Screen;
use crate::job::{Job, JobId, JobRef, JobState};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn options(format: Format, verb: Verb) -> ReportOptions {
    let meta = RunMeta {
        run_id: "01900000-0000-7000-8000-000000000000".to_owned(),
        version: "0.1.0",
        dry_run: false,
        sandbox: false,
        started_at: time("2026-01-01T00:00:00Z"),
        reason: None,
    };
    ReportOptions { unicode: true, ..ReportOptions::plain(format, verb, meta) }
}

fn closing(exit: ExitCode) -> Closing {
    Closing { finished_at: time("2026-01-01T00:00:00.9876Z"), ..Closing::new(exit) }
}

fn target() -> Target {
    Target { provider: "datafold", host: Some("https://app.datafold.com".to_owned()), profile: None }
}

fn job_ref(provider: &'static str, id: &str) -> Subject {
    Subject::Job(JobRef { provider, id: JobId::from_canonical(id) })
}

fn settled(index: u64, subject: Subject, outcome: Outcome) -> Settled {
    Settled {
        index,
        line: None,
        subject,
        outcome,
        ok: outcome.exit() == ExitCode::Ok,
        exit: outcome.exit(),
        state_before: None,
        state: None,
        provider_state: None,
        verified: false,
        attempts: 1,
        http_status: None,
        request_id: None,
        elapsed: Duration::ZERO,
        error: None,
    }
}

fn cancelled() -> Settled {
    Settled {
        state_before: Some(JobState::Running),
        state: Some(JobState::Cancelled),
        provider_state: Some("cancelled".to_owned()),
        verified: true,
        http_status: Some(200),
        elapsed: Duration::from_millis(87),
        ..settled(0, job_ref("datafold", "123"), Outcome::Cancelled)
    }
}

fn not_found() -> Settled {
    let error = Error::new(ErrorKind::NotFound, "Prequel knows no job d1/j9")
        .with_provider_message(Some("no \u{1b}[1mtransfer\u{1b}[0m, \"j9\"".to_owned()));
    Settled {
        http_status: Some(404),
        elapsed: Duration::from_millis(64),
        error: Some(Box::new(error)),
        ..settled(1, job_ref("prequel", "d1/j9"), Outcome::NotFound)
    }
}

fn requested() -> Settled {
    Settled {
        state: Some(JobState::Cancelling),
        request_id: Some("r-1".to_owned()),
        elapsed: Duration::from_millis(1_240),
        ..settled(2, job_ref("veeva", "1046892"), Outcome::Requested)
    }
}

fn invalid_line() -> Settled {
    let error = Error::new(ErrorKind::InvalidId, "not a positive integer");
    Settled {
        line: Some(4),
        attempts: 0,
        error: Some(Box::new(error)),
        ..settled(
            3,
            Subject::Text { provider: Some("datafold"), text: "12\u{202e}x,\"=1+1".to_owned() },
            Outcome::Invalid,
        )
    }
}

fn skipped() -> Settled {
    Settled {
        state: Some(JobState::Unknown),
        provider_state: Some("ORPHANED".to_owned()),
        attempts: 0,
        ..settled(4, job_ref("prequel", "d1/j10"), Outcome::Skipped)
    }
}

fn seen(index: u64, subject: Subject, job: Option<Job>) -> Seen {
    Seen { index, line: None, subject, outcome: None, ok: true, exit: ExitCode::Ok, job, error: None }
}

fn running() -> Seen {
    let job = Job {
        name: Some("nightly load \u{1b}[31m毎晩".to_owned()),
        owner: Some("ana@example.com".to_owned()),
        created_at: Some(time("2025-12-31T21:00:00.123456789Z")),
        started_at: Some(time("2025-12-31T21:00:05Z")),
        ..Job::new(JobId::from_canonical("123"), Some("PROCESSING".to_owned()))
    };
    seen(0, job_ref("datafold", "123"), Some(job))
}

fn orphaned() -> Seen {
    let job = Job { ended: true, ..Job::new(JobId::from_canonical("d1/j10"), Some("ORPHANED".to_owned())) };
    seen(1, job_ref("prequel", "d1/j10"), Some(job))
}

fn unreadable() -> Seen {
    let error = Error::new(ErrorKind::Forbidden, "Datafold does not show job 9");
    Seen {
        outcome: Some(Outcome::Unauthorized),
        ok: false,
        exit: ExitCode::Auth,
        error: Some(Box::new(error)),
        ..seen(2, job_ref("datafold", "9"), None)
    }
}

/// Runs a report on two screens and returns what is on them.
fn run(options: ReportOptions, play: impl FnOnce(&mut Report)) -> (String, String) {
    let (out, err) = (Screen::default(), Screen::default());
    let mut report = Report::new(options, Box::new(out.clone()), Box::new(err.clone()));
    play(&mut report);
    (out.text(), err.text())
}

/// A cancelling run in which everything happens, out of order.
fn cancel(options: ReportOptions) -> (String, String) {
    run(options, |report| {
        report.start(&[target()]);
        for row in [requested(), cancelled(), not_found(), invalid_line(), skipped()] {
            report.settled(&row);
        }
        report.tally_mut().add_duplicates(1);
        report.warning("a variable lost");
        report.warning("a variable lost");
        let next_steps = vec!["jobctl wait veeva:1046892".to_owned()];
        report.finish(Closing { next_steps, ..closing(report.tally().exit()) }).unwrap();
    })
}

fn read(options: ReportOptions) -> (String, String) {
    run(options, |report| {
        report.start(&[target()]);
        for row in [running(), orphaned(), unreadable()] {
            report.seen(&row);
        }
        report.finish(Closing { complete: false, ..closing(report.tally().exit()) }).unwrap();
    })
}

fn assert_valid(schema: &str, json: &str) {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    let validator = jsonschema::validator_for(&schema::get(schema).unwrap()).unwrap();
    let faults: Vec<_> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{schema}: {faults:?}\n{json}");
}
