//! How reports end: well, badly, early, or before they began.

use serde_json::Value;

use super::*;

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
    {"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","reason":null,"finished_at":"2026-01-01T00:00:00.987Z","exit_code":0,"exit_name":"ok","error":null,"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"results":[],"warnings":[]}
    --
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","reason":null}
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
    insta::assert_snapshot!(json, @r#"{"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","reason":null,"finished_at":"2026-01-01T00:00:01Z","exit_code":2,"exit_name":"usage","error":{"code":"usage","message":"unknown provider `datafoldd`","hint":"did you mean `datafold`?","retryable":false,"provider_message":null},"summary":{"total":0,"ok":0,"failed":0,"duplicates":0,"outcomes":{}},"results":[],"warnings":[]}"#);
    insta::assert_snapshot!(ndjson, @r#"
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[],"started_at":"2026-01-01T00:00:00Z","reason":null}
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
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Output, "{format}");
    }
}

#[test]
fn a_signal_beats_an_output_that_fails() {
    let said = Screen::default();
    let full = Box::new(Broken(io::ErrorKind::StorageFull));
    let mut report = Report::new(options(Format::Json, Verb::Cancel), full, Box::new(said.clone()));
    report.settled(&cancelled());
    assert_eq!(report.finish(closing(ExitCode::Signal(1))), Ok(()));
    assert!(said.text().contains("the output could not be written"), "{}", said.text());
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
