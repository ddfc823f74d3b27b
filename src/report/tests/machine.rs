//! What programs read, checked against the published schemas.

use serde_json::Value;

use super::*;

#[test]
fn json_is_one_document_in_input_order() {
    let (out, err) = cancel(options(Format::Json, Verb::Cancel));
    assert_valid("cancel", &out);
    insta::assert_snapshot!(out, @r#"{"schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z","reason":null,"finished_at":"2026-01-01T00:00:00.987Z","exit_code":3,"exit_name":"partial","error":null,"summary":{"total":5,"ok":3,"failed":2,"duplicates":1,"outcomes":{"cancelled":1,"requested":1,"skipped":1,"not_found":1,"invalid":1}},"results":[{"ref":"datafold:123","provider":"datafold","id":"123","ok":true,"outcome":"cancelled","state_before":"running","state":"cancelled","provider_state":"cancelled","verified":true,"attempts":1,"http_status":200,"request_id":null,"elapsed_ms":87,"line":null,"error":null},{"ref":"prequel:d1/j9","provider":"prequel","id":"d1/j9","ok":false,"outcome":"not_found","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":1,"http_status":404,"request_id":null,"elapsed_ms":64,"line":null,"error":{"code":"not_found","message":"Prequel knows no job d1/j9","hint":"check the id, and that host and profile are the job's own","retryable":false,"provider_message":"no \u001b[1mtransfer\u001b[0m, \"j9\""}},{"ref":"veeva:1046892","provider":"veeva","id":"1046892","ok":true,"outcome":"requested","state_before":null,"state":"cancelling","provider_state":null,"verified":false,"attempts":1,"http_status":null,"request_id":"r-1","elapsed_ms":1240,"line":null,"error":null},{"ref":"12\u202ex,\"=1+1","provider":"datafold","id":"12\u202ex,\"=1+1","ok":false,"outcome":"invalid","state_before":null,"state":null,"provider_state":null,"verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":4,"error":{"code":"invalid_id","message":"not a positive integer","hint":"check the id and its provider","retryable":false,"provider_message":null}},{"ref":"prequel:d1/j10","provider":"prequel","id":"d1/j10","ok":true,"outcome":"skipped","state_before":null,"state":"unknown","provider_state":"ORPHANED","verified":false,"attempts":0,"http_status":null,"request_id":null,"elapsed_ms":0,"line":null,"error":null}],"warnings":["a variable lost"]}"#);
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
    {"type":"start","schema":"jobctl.cancel/1","jobctl_version":"0.1.0","run_id":"01900000-0000-7000-8000-000000000000","dry_run":false,"sandbox":false,"targets":[{"provider":"datafold","host":"https://app.datafold.com","profile":null}],"started_at":"2026-01-01T00:00:00Z","reason":null}
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
fn csv_on_a_terminal_is_harmless() {
    let exact = read(options(Format::Csv, Verb::Status)).0;
    let shown = read(ReportOptions { shared: true, ..options(Format::Csv, Verb::Status) }).0;
    assert!(exact.contains('\u{1b}') && !shown.contains('\u{1b}'));
    assert!(shown.lines().eq(exact.lines().map(terminal::harmless)), "{shown}");
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

#[test]
fn text_that_names_no_job_has_an_id_only_beside_a_provider() {
    for (provider, id) in [(Some("veeva"), Value::from("what?")), (None, Value::Null)] {
        let (out, _) = run(options(Format::Ndjson, Verb::Cancel), |report| {
            let subject = Subject::Text { provider, text: "what?".to_owned() };
            report.settled(&settled(0, subject, Outcome::Invalid));
        });
        let row: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        assert_eq!((&row["ref"], &row["provider"], &row["id"]), (&"what?".into(), &Value::from(provider), &id));
    }
}
