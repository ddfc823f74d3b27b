//! Every format, whole: what a reader of stdout and stderr sees.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::canceller::Outcome;
use crate::engine::Subject;
use crate::error::ErrorKind;
use crate::job::{Job, JobId, JobRef, JobState};

/// A stream that the test can look into.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

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
    let value: Value = serde_json::from_str(json).unwrap();
    let validator = jsonschema::validator_for(&schema::get(schema).unwrap()).unwrap();
    let faults: Vec<_> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{schema}: {faults:?}\n{json}");
}

#[test]
fn human_lines_align_and_failures_say_why() {
    let (out, err) = cancel(options(Format::Human, Verb::Cancel));
    insta::assert_snapshot!(out, @r#"
    requested     veeva:1046892     cancelling              1.2 s
    cancelled     datafold:123      running → cancelled     87 ms
    not_found     prequel:d1/j9                             64 ms
                  Prequel knows no job d1/j9
                  prequel says: no \u{1b}[1mtransfer\u{1b}[0m, "j9"
                  hint: check the id, and that host and profile are the job's own
    invalid       12\u{202e}x,"=1+1
                  line 4: not a positive integer
                  hint: check the id and its provider
    skipped       prequel:d1/j10        unknown (ORPHANED)
    5 jobs: 1 cancelled, 1 requested, 1 skipped, 1 not found, 1 invalid; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err, @r"
    warning: a variable lost
    → jobctl wait veeva:1046892
    ");
}

#[test]
fn human_lines_in_colour() {
    let mut options = options(Format::Human, Verb::Cancel);
    options.color = Color { stdout: true, stderr: true };
    let (out, err) = cancel(options);
    insta::assert_snapshot!(out.replace('\u{1b}', "␛"), @r#"
    ␛[33mrequested␛[0m     veeva:1046892     cancelling              ␛[2m1.2 s␛[0m
    ␛[32mcancelled␛[0m     datafold:123      running → cancelled     ␛[2m87 ms␛[0m
    ␛[31mnot_found␛[0m     prequel:d1/j9                             ␛[2m64 ms␛[0m
                  Prequel knows no job d1/j9
                  prequel says: no \u{1b}[1mtransfer\u{1b}[0m, "j9"
                  ␛[36mhint: ␛[0mcheck the id, and that host and profile are the job's own
    ␛[31minvalid␛[0m       12\u{202e}x,"=1+1
                  line 4: not a positive integer
                  ␛[36mhint: ␛[0mcheck the id and its provider
    ␛[2mskipped␛[0m       prequel:d1/j10        unknown (ORPHANED)
    5 jobs: ␛[32m1 cancelled␛[0m, ␛[33m1 requested␛[0m, ␛[2m1 skipped␛[0m, ␛[31m1 not found␛[0m, ␛[31m1 invalid␛[0m; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err.replace('\u{1b}', "␛"), @r"
    ␛[33mwarning: ␛[0ma variable lost
    → jobctl wait veeva:1046892
    ");
}

#[test]
fn human_lines_narrow_quiet_and_without_unicode() {
    let mut options = options(Format::Human, Verb::Cancel);
    (options.columns, options.unicode, options.quiet) = (Some(60), false, true);
    options.meta.sandbox = true;
    let (out, err) = cancel(options);
    insta::assert_snapshot!(out, @r#"
    requested     veeva:1046892  cancelling  1.2 s
    cancelled     datafold:123  running -> cancelled  87 ms
    not_found     prequel:d1/j9  64 ms
      Prequel knows no job d1/j9
      prequel says: no \u{1b}[1mtransfer\u{1b}[0m, "j9"
    invalid       12\u{202e}x,"=1+1
      line 4: not a positive integer
    skipped       prequel:d1/j10  unknown (ORPHANED)
    sandbox: 5 jobs: 1 cancelled, 1 requested, 1 skipped, 1 not found, 1 invalid; 1 duplicate passed over (0.9 s)
    "#);
    insta::assert_snapshot!(err, @"sandbox: a rehearsal; no vendor is called and no real job is touched");
}

#[test]
fn human_columns_can_be_known_from_the_start() {
    let mut options = options(Format::Human, Verb::Cancel);
    options.ref_width = 13;
    options.meta.dry_run = true;
    let (out, _) = run(options, |report| {
        report.settled(&settled(0, job_ref("datafold", "1"), Outcome::Planned));
        report.settled(&settled(1, job_ref("veeva", "1046892"), Outcome::Planned));
        report.finish(closing(ExitCode::Ok)).unwrap();
    });
    insta::assert_snapshot!(out, @r"
    planned       datafold:1
    planned       veeva:1046892
    dry run: 2 jobs: 2 planned (0.9 s)
    ");
}

#[test]
fn human_tables_of_jobs() {
    insta::assert_snapshot!(read(options(Format::Human, Verb::Status)).0, @r#"
    STATE         REF                   AGE   VENDOR'S WORD       OWNER                 NAME
    running       datafold:123          2h    PROCESSING          ana@example.com       nightly load \u{1b}[31m毎晩
    unknown       prequel:d1/j10        -     ORPHANED            -
    unauthorized  datafold:9
                  Datafold does not show job 9
                  hint: the credential is known but may not do this; ask for the right to cancel
    3 jobs: 1 running, 1 unknown, 1 unauthorized (0.9 s)
    "#);
    let mut narrow = options(Format::Human, Verb::List);
    narrow.columns = Some(80);
    insta::assert_snapshot!(read(narrow).0, @r#"
    STATE         REF                   AGE   NAME
    running       datafold:123          2h    nightly load \u{1b}[31m毎晩
    unknown       prequel:d1/j10        -
    unauthorized  datafold:9
                  Datafold does not show job 9
                  hint: the credential is known but may not do this; ask for the right to cancel
    3 jobs: 1 running, 1 unknown, 1 unauthorized; not complete (0.9 s)
    "#);
}

#[test]
fn human_waiting() {
    let (out, _) = run(options(Format::Human, Verb::Wait), |report| {
        report.seen(&Seen { outcome: Some(Outcome::Met), ..running() });
        report.seen(&Seen { outcome: Some(Outcome::Pending), ok: false, exit: ExitCode::Pending, ..orphaned() });
        report.finish(closing(report.tally().exit())).unwrap();
    });
    insta::assert_snapshot!(out, @r#"
    OUTCOME       REF                   STATE       AGE   VENDOR'S WORD       OWNER                 NAME
    met           datafold:123          running     2h    PROCESSING          ana@example.com       nightly load \u{1b}[31m毎晩
    pending       prequel:d1/j10        unknown     -     ORPHANED            -
    2 jobs: 1 pending, 1 met (0.9 s)
    "#);
}

#[test]
fn json_is_one_document_in_input_order() {
    let (out, err) = cancel(options(Format::Json, Verb::Cancel));
    assert_valid("cancel", &out);
    insta::assert_snapshot!(out, @r#"{"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:00.987Z","exit_code":3,"exit_name":"partial","error":null,"summary":{"total":5,"ok":3,"failed":2,"duplicates":1,"outcomes":{"cancelled":1,"requested":1,"skipped":1,"not_found":1,"invalid":1}},"results":[{"ref":"datafold:123","provider":"datafold","id":"123","ok":true,"outcome":"cancelled","state_before":"running","state":"cancelled","provider_state":"cancelled","verified":true,"attempts":1,"http_status":200,"request_id":null,"elapsed_ms":87,"line":null,"error":null},{"ref":"prequel:d1/j9","provider":"prequel","id":"d1/j9","ok":false,"outcome":"not_found","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":1,"http_status":404,"request_id":null,"elapsed_ms":64,"line":null,"error":{"code":"not_found","message":"Prequel knows no job d1/j9","hint":"check the id, and that host and profile are the job's own","retryable":false,"provider_message":"no \u001b[1mtransfer\u001b[0m, \"j9\""}},{"ref":"veeva:1046892","provider":"veeva","id":"1046892","ok":true,"outcome":"requested","state_before":null,"state":"cancelling","provider_state":null,"verified":false,"attempts":1,"http_status":null,"request_id":"r-1","elapsed_ms":1240,"line":null,"error":null},{"ref":"12\u202ex,\"=1+1","provider":"datafold","id":"12\u202ex,\"=1+1","ok":false,"outcome":"invalid","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":4,"error":{"code":"invalid_id","message":"not a positive integer","hint":"check the id and its provider","retryable":false,"provider_message":null}},{"ref":"prequel:d1/j10","provider":"prequel","id":"d1/j10","ok":true,"outcome":"skipped","state_before":null,"state":"unknown","provider_state":"ORPHANED","verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":null,"error":null}],"warnings":["a variable lost"]}"#);
    assert!(err.contains("warning: a variable lost"));
}

#[test]
fn json_of_jobs() {
    let (out, _) = read(options(Format::Json, Verb::List));
    assert_valid("list", &out);
    insta::assert_snapshot!(out, @r#"{"schema":"jobctl.list/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:00.987Z","exit_code":3,"exit_name":"partial","error":null,"complete":false,"summary":{"total":3,"ok":2,"failed":1,"duplicates":0,"outcomes":{"unauthorized":1}},"results":[{"type":"job","ref":"datafold:123","provider":"datafold","id":"123","ok":true,"outcome":null,"state":"running","provider_state":"PROCESSING","terminal":false,"name":"nightly load \u001b[31m毎晩","owner":"ana@example.com","created_at":"2025-12-31T21:00:00.123Z","started_at":"2025-12-31T21:00:05Z","finished_at":null,"line":null,"error":null},{"type":"job","ref":"prequel:d1/j10","provider":"prequel","id":"d1/j10","ok":true,"outcome":null,"state":"unknown","provider_state":"ORPHANED","terminal":true,"name":null,"owner":null,"created_at":null,"started_at":null,"finished_at":null,"line":null,"error":null},{"type":"job","ref":"datafold:9","provider":"datafold","id":"9","ok":false,"outcome":"unauthorized","state":null,"provider_state":null,"terminal":null,"name":null,"owner":null,"created_at":null,"started_at":null,"finished_at":null,"line":null,"error":{"code":"forbidden","message":"Datafold does not show job 9","hint":"the credential is known but may not do this; ask for the right to cancel","retryable":false,"provider_message":null}}],"warnings":[]}"#);
    let (out, _) = read(options(Format::Json, Verb::Status));
    assert_valid("status", &out);
    assert!(!out.contains("complete"));
}

#[test]
fn ndjson_is_a_line_per_event() {
    let (out, _) = cancel(options(Format::Ndjson, Verb::Cancel));
    out.lines().for_each(|line| assert_valid("cancel.line", line));
    insta::assert_snapshot!(out, @r#"
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z"}
    {"type":"result","ref":"veeva:1046892","provider":"veeva","id":"1046892","ok":true,"outcome":"requested","state_before":null,"state":"cancelling","provider_state":null,"verified":false,"attempts":1,"http_status":null,"request_id":"r-1","elapsed_ms":1240,"line":null,"error":null}
    {"type":"result","ref":"datafold:123","provider":"datafold","id":"123","ok":true,"outcome":"cancelled","state_before":"running","state":"cancelled","provider_state":"cancelled","verified":true,"attempts":1,"http_status":200,"request_id":null,"elapsed_ms":87,"line":null,"error":null}
    {"type":"result","ref":"prequel:d1/j9","provider":"prequel","id":"d1/j9","ok":false,"outcome":"not_found","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":1,"http_status":404,"request_id":null,"elapsed_ms":64,"line":null,"error":{"code":"not_found","message":"Prequel knows no job d1/j9","hint":"check the id, and that host and profile are the job's own","retryable":false,"provider_message":"no \u001b[1mtransfer\u001b[0m, \"j9\""}}
    {"type":"result","ref":"12\u202ex,\"=1+1","provider":"datafold","id":"12\u202ex,\"=1+1","ok":false,"outcome":"invalid","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":4,"error":{"code":"invalid_id","message":"not a positive integer","hint":"check the id and its provider","retryable":false,"provider_message":null}}
    {"type":"result","ref":"prequel:d1/j10","provider":"prequel","id":"d1/j10","ok":true,"outcome":"skipped","state_before":null,"state":"unknown","provider_state":"ORPHANED","verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":null,"error":null}
    {"type":"summary","finished_at":"2026-01-01T00:00:00.987Z","exit_code":3,"exit_name":"partial","error":null,"summary":{"total":5,"ok":3,"failed":2,"duplicates":1,"outcomes":{"cancelled":1,"requested":1,"skipped":1,"not_found":1,"invalid":1}},"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"warnings":["a variable lost"]}
    "#);
}

#[test]
fn ndjson_of_jobs() {
    for (verb, schema) in [(Verb::Status, "status.line"), (Verb::Wait, "wait.line"), (Verb::List, "list.line")] {
        let (out, _) = read(options(Format::Ndjson, verb));
        out.lines().for_each(|line| assert_valid(schema, line));
        assert_eq!(out.lines().count(), 5);
    }
    let (out, _) = read(options(Format::Ndjson, Verb::List));
    insta::assert_snapshot!(out, @r#"
    {"type":"start","schema":"jobctl.list/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z"}
    {"type":"job","ref":"datafold:123","provider":"datafold","id":"123","ok":true,"outcome":null,"state":"running","provider_state":"PROCESSING","terminal":false,"name":"nightly load \u001b[31m毎晩","owner":"ana@example.com","created_at":"2025-12-31T21:00:00.123Z","started_at":"2025-12-31T21:00:05Z","finished_at":null,"line":null,"error":null}
    {"type":"job","ref":"prequel:d1/j10","provider":"prequel","id":"d1/j10","ok":true,"outcome":null,"state":"unknown","provider_state":"ORPHANED","terminal":true,"name":null,"owner":null,"created_at":null,"started_at":null,"finished_at":null,"line":null,"error":null}
    {"type":"job","ref":"datafold:9","provider":"datafold","id":"9","ok":false,"outcome":"unauthorized","state":null,"provider_state":null,"terminal":null,"name":null,"owner":null,"created_at":null,"started_at":null,"finished_at":null,"line":null,"error":{"code":"forbidden","message":"Datafold does not show job 9","hint":"the credential is known but may not do this; ask for the right to cancel","retryable":false,"provider_message":null}}
    {"type":"summary","finished_at":"2026-01-01T00:00:00.987Z","exit_code":3,"exit_name":"partial","error":null,"complete":false,"summary":{"total":3,"ok":2,"failed":1,"duplicates":0,"outcomes":{"unauthorized":1}},"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"warnings":[]}
    "#);
}

#[test]
fn ndjson_rows_appear_at_once() {
    let screen = Screen::default();
    let mut report =
        Report::new(options(Format::Ndjson, Verb::Cancel), Box::new(screen.clone()), Box::new(Screen::default()));
    report.settled(&cancelled());
    assert_eq!(screen.text().lines().count(), 2);
}

#[test]
fn csv_has_a_header_and_a_line_per_job() {
    let visible = |text: String| text.lines().map(|line| terminal::harmless(line) + "\n").collect::<String>();
    insta::assert_snapshot!(visible(cancel(options(Format::Csv, Verb::Cancel)).0), @r#"
    ref,provider,id,ok,outcome,state_before,state,provider_state,verified,attempts,http_status,request_id,elapsed_ms,line,error_code,error_message
    veeva:1046892,veeva,1046892,true,requested,,cancelling,,false,1,,r-1,1240,,,
    datafold:123,datafold,123,true,cancelled,running,cancelled,cancelled,true,1,200,,87,,,
    prequel:d1/j9,prequel,d1/j9,false,not_found,,,,false,1,404,,64,,not_found,Prequel knows no job d1/j9
    "12\u{202e}x,""=1+1",datafold,"12\u{202e}x,""=1+1",false,invalid,,,,false,0,,,0,4,invalid_id,not a positive integer
    prequel:d1/j10,prequel,d1/j10,true,skipped,,unknown,ORPHANED,false,0,,,0,,,
    "#);
    insta::assert_snapshot!(visible(read(options(Format::Csv, Verb::Status)).0), @r#"
    ref,provider,id,ok,outcome,state,provider_state,terminal,name,owner,created_at,started_at,finished_at,line,error_code,error_message
    datafold:123,datafold,123,true,,running,PROCESSING,false,nightly load \u{1b}[31m毎晩,ana@example.com,2025-12-31T21:00:00.123Z,2025-12-31T21:00:05Z,,,,
    prequel:d1/j10,prequel,d1/j10,true,,unknown,ORPHANED,true,,,,,,,,
    datafold:9,datafold,9,false,unauthorized,,,,,,,,,,forbidden,Datafold does not show job 9
    "#);
}

#[test]
fn csv_columns_match_their_header() {
    for (verb, text) in [
        (Verb::Cancel, cancel(options(Format::Csv, Verb::Cancel)).0),
        (Verb::List, read(options(Format::Csv, Verb::List)).0),
    ] {
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let row: std::collections::HashMap<String, String> = reader.deserialize().last().unwrap().unwrap();
        let expected = if verb == Verb::Cancel { "" } else { "forbidden" };
        assert_eq!(row["error_code"], expected);
        assert!(row["ref"].contains(':'));
    }
}

#[test]
fn names_are_those_of_ok_jobs_when_cancelling() {
    insta::assert_snapshot!(cancel(options(Format::Name, Verb::Cancel)).0, @r"
    veeva:1046892
    datafold:123
    prequel:d1/j10
    ");
    insta::assert_snapshot!(read(options(Format::Name, Verb::List)).0, @r"
    datafold:123
    prequel:d1/j10
    datafold:9
    ");
}

#[test]
fn an_empty_run() {
    let empty = |format| {
        run(options(format, Verb::Cancel), |report| {
            report.start(&[]);
            report.finish(closing(report.tally().exit())).unwrap();
        })
        .0
    };
    assert_valid("cancel", &empty(Format::Json));
    insta::assert_snapshot!(Format::ALL.map(empty).join("--\n"), @r#"
    0 jobs (0.9 s)
    --
    {"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:00.987Z","exit_code":0,"exit_name":"ok","error":null,"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"results":[],"warnings":[]}
    --
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z"}
    {"type":"summary","finished_at":"2026-01-01T00:00:00.987Z","exit_code":0,"exit_name":"ok","error":null,"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"targets":[],"warnings":[]}
    --
    ref,provider,id,ok,outcome,state_before,state,provider_state,verified,attempts,http_status,request_id,elapsed_ms,line,error_code,error_message
    --
    "#);
}

#[test]
fn an_error_of_the_whole_call_is_still_one_document() {
    let error = Error::new(ErrorKind::Usage, "unknown provider `datafoldd`").with_hint("did you mean `datafold`?");
    let fail = |format| {
        run(options(format, Verb::Cancel), |report| {
            let failed = Closing::failed(error.clone());
            report.finish(Closing { finished_at: time("2026-01-01T00:00:01Z"), ..failed }).unwrap();
        })
    };
    let (json, err) = fail(Format::Json);
    assert_valid("cancel", &json);
    let (ndjson, _) = fail(Format::Ndjson);
    ndjson.lines().for_each(|line| assert_valid("cancel.line", line));
    insta::assert_snapshot!(json, @r#"{"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:01Z","exit_code":2,"exit_name":"usage","error":{"code":"usage","message":"unknown provider `datafoldd`","hint":"did you mean `datafold`?","retryable":false,"provider_message":null},"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"results":[],"warnings":[]}"#);
    insta::assert_snapshot!(ndjson, @r#"
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z"}
    {"type":"summary","finished_at":"2026-01-01T00:00:01Z","exit_code":2,"exit_name":"usage","error":{"code":"usage","message":"unknown provider `datafoldd`","hint":"did you mean `datafold`?","retryable":false,"provider_message":null},"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"targets":[],"warnings":[]}
    "#);
    insta::assert_snapshot!(err, @r"
    error: unknown provider `datafoldd`
    hint: did you mean `datafold`?
    ");
    assert_eq!(fail(Format::Human), (String::new(), err));
}

#[test]
fn a_failure_before_there_are_options_has_its_document_too() {
    let (out, err) = (Screen::default(), Screen::default());
    let error = Error::new(ErrorKind::Usage, "no such flag");
    let options = ReportOptions::plain(Format::Json, Verb::Other("doctor"), RunMeta::now(false, false));
    let exit = fatal(options, error, Box::new(out.clone()), Box::new(err.clone()));
    assert_eq!(exit, ExitCode::Usage);
    let document: Value = serde_json::from_str(&out.text()).unwrap();
    assert_eq!(document["schema"], "jobctl.doctor/1");
    assert_eq!(document["exit_code"], 2);
    assert_eq!(document["results"], serde_json::json!([]));
    assert!(err.text().starts_with("error: no such flag\nhint: "));
}

#[test]
fn the_end_is_printed_once() {
    let (out, _) = run(options(Format::Json, Verb::Cancel), |report| {
        report.finish(closing(ExitCode::Ok)).unwrap();
        report.finish(closing(ExitCode::Internal)).unwrap();
    });
    assert_eq!(out.lines().count(), 1);
}

/// A stream that always fails in the same way.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_one() {
    for format in Format::ALL {
        let finish = |kind| {
            let mut report = Report::new(options(format, Verb::Cancel), Box::new(Broken(kind)), Box::new(Broken(kind)));
            report.settled(&cancelled());
            report.warning("nobody reads this");
            let ended = report.finish(closing(ExitCode::Ok));
            (report.output_closed(), ended)
        };
        assert_eq!(finish(io::ErrorKind::BrokenPipe), (true, Ok(())), "{format}");
        let (closed, ended) = finish(io::ErrorKind::StorageFull);
        assert!(!closed);
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Io, "{format}");
    }
}

#[test]
fn warnings_are_kept_when_quiet_and_end_somewhere() {
    let mut options = options(Format::Json, Verb::Cancel);
    options.quiet = true;
    let (out, err) = run(options, |report| {
        (0..500).for_each(|number| report.warning(format!("warning {number}")));
        report.note("not shown");
        report.hint("not shown");
        report.finish(closing(ExitCode::Ok)).unwrap();
    });
    let document: Value = serde_json::from_str(&out).unwrap();
    let warnings = document["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), MOST_WARNINGS + 1);
    assert_eq!(warnings[MOST_WARNINGS], "further warnings are left out");
    assert_eq!(err, "");
}

#[test]
fn many_rows_come_out_in_input_order() {
    let (out, _) = run(options(Format::Json, Verb::Cancel), |report| {
        for index in (0..5_000).rev() {
            let row = Settled { index, ..not_found() };
            report.settled(&Settled { line: Some(index + 1), ..row });
        }
        report.finish(closing(report.tally().exit())).unwrap();
    });
    let document: Value = serde_json::from_str(&out).unwrap();
    let lines = document["results"].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap());
    assert!(lines.eq(1..=5_000));
}
