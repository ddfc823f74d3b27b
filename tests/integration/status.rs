//! `status`: one read a job, however it is named.

use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use crate::listing::lines;
use crate::support::{ALL, Op, Stage, called, jobctl, json, status};

/// A vendor that says of every job what `word` says of its id.
async fn stage(vendor: &'static crate::support::Vendor, word: fn(&str) -> Option<&'static str>) -> Stage {
    Stage::with(vendor, move |_, path, _| {
        let tail = path.rsplit('/').next().unwrap();
        let id = if vendor.name == "prequel" { format!("d1/{tail}") } else { tail.to_owned() };
        match word(tail) {
            Some(word) => json(200, &vendor.state(&id, Some(word))),
            None => json(vendor.absent().0, &vendor.absent().1),
        }
    })
    .await
}

#[tokio::test]
async fn one_read_a_job_and_states_in_both_words() {
    for vendor in ALL {
        let stage = stage(vendor, |_| Some("Running")).await;
        let played = stage.play(jobctl(&["status", vendor.name, vendor.id, vendor.id, "-o", "json"])).await;
        let document = played.ran.document();
        assert_eq!((played.ran.code, &document["schema"]), (0, &"jobctl.status/1".into()), "{document:#}");
        assert_eq!((played.count(Op::Read), played.count(Op::Cancel)), (1, 0));
        assert_eq!(document["summary"]["duplicates"], 1);
        let row = &document["results"][0];
        assert_eq!((&row["state"], &row["provider_state"]), (&"running".into(), &"Running".into()));
        assert_eq!((&row["terminal"], &row["outcome"], &row["ok"]), (&false.into(), &Value::Null, &true.into()));
        assert_eq!(row["created_at"].is_string(), !vendor.is_veeva(), "{row:#}");
        played.assert_paths(&[vendor.read_path(vendor.id)]);
    }
}

#[tokio::test]
async fn words_that_nobody_knows_are_kept_and_are_no_end() {
    for vendor in ALL {
        for (word, state, terminal) in [
            ("hibernating", "unknown", false),
            ("needs_confirmation", "blocked", false),
            ("STOPPED", "cancelled", true),
            ("completed_due_to_inactivity", "succeeded", true),
        ] {
            let stage = Stage::new(vendor, vec![], vec![json(200, &vendor.state(vendor.id, Some(word)))]).await;
            let row = &stage.play(jobctl(&["status", vendor.name, vendor.id, "-o", "json"])).await.ran.rows()[0];
            assert_eq!(
                (&row["state"], &row["provider_state"], &row["terminal"]),
                (&state.into(), &word.into(), &terminal.into())
            );
        }
    }
}

#[tokio::test]
async fn a_real_end_makes_an_unknown_word_terminal_at_prequel() {
    let vendor = called("prequel");
    for (ended, terminal) in [("2026-01-02T03:04:05Z", true), ("0001-01-01T00:00:00Z", false), ("", false)] {
        let mut body = vendor.state(vendor.id, Some("HALTED"));
        body["data"]["job"]["ended_at"] = ended.into();
        let stage = Stage::new(vendor, vec![], vec![json(200, &body)]).await;
        let row = &stage.play(jobctl(&["status", "prequel", vendor.id, "-o", "json"])).await.ran.rows()[0];
        assert_eq!(
            (&row["terminal"], &row["finished_at"]),
            (&terminal.into(), &Value::from(terminal.then_some(ended)))
        );
        assert_eq!(row["state"], "unknown");
    }
}

#[tokio::test]
async fn failures_count_by_the_table() {
    for vendor in ALL {
        let gone = stage(vendor, |_| None).await;
        let ran = gone.play(jobctl(&["status", vendor.name, vendor.id, "-o", "json"])).await.ran;
        assert_eq!((ran.code, ran.rows()[0]["outcome"].as_str().unwrap()), (5, "not_found"), "{}", vendor.name);
        let one = stage(vendor, |id| {
            (!id.ends_with('8') && !id.ends_with('6') && !id.ends_with("01") && id != "1043341").then_some("done")
        })
        .await;
        let ran = one.play(jobctl(&["status", vendor.name, vendor.id, vendor.other, "-o", "json"])).await.ran;
        assert_eq!(ran.code, 3, "{ran:#?}");
        for (answer, exit, outcome) in
            [(401, 4, "unauthorized"), (403, 4, "unauthorized"), (500, 7, "unavailable"), (302, 7, "unavailable")]
        {
            let stage = Stage::new(vendor, vec![], vec![status(answer)]).await;
            let ran = stage.play(jobctl(&["status", vendor.name, vendor.id, "-o", "json", "--retries", "0"])).await.ran;
            assert_eq!(
                (ran.code, ran.rows()[0]["outcome"].as_str().unwrap()),
                (exit, outcome),
                "{} {answer}",
                vendor.name
            );
        }
    }
}

/// All vendors at one server, which says `running` of every job.
async fn everybody() -> MockServer {
    let server = MockServer::builder().start().await;
    Mock::given(matchers::any())
        .respond_with(|request: &Request| {
            let path = request.url.path();
            let vendor = ALL.iter().find(|vendor| path == vendor.read_path(vendor.id)).unwrap();
            ResponseTemplate::new(200).set_body_json(vendor.state(vendor.id, Some("running")))
        })
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn jobs_are_named_by_ref_by_file_by_row_and_by_destination() {
    let server = everybody().await;
    let refs: Vec<String> = ALL.iter().map(|vendor| vendor.reference(vendor.id)).collect();
    let run = async |args: &[&str], stdin: &str| {
        let call = jobctl(&["status", "-o", "name"]).args(args).at_all(&server.uri());
        call.env("PREQUEL_DESTINATION", "d1").stdin(stdin).run().await
    };
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let words: Vec<&str> = refs.iter().map(String::as_str).collect();
    assert_eq!(sorted(&run(&words, "").await.stdout), refs);
    assert_eq!(sorted(&run(&["-f", "-"], &format!("# all\n\n{}\n", refs.join("\n"))).await.stdout), refs);
    let row =
        |vendor: &crate::support::Vendor| serde_json::json!({"provider": vendor.name, "id": vendor.id}).to_string();
    let rows = ALL.iter().map(row).collect::<Vec<_>>().join("\n");
    assert_eq!(sorted(&run(&["-f", "-"], &rows).await.stdout), refs);
    assert_eq!(run(&["prequel", "j9"], "").await.stdout, "prequel:d1/j9\n");
    assert_eq!(run(&["prequel", "--destination", "d1", "j9"], "").await.stdout, "prequel:d1/j9\n");
    assert_eq!(run(&["prequel", "--destination", "d1", "d1/j9"], "").await.code, 2);
    assert_eq!(run(&["datafold", "veeva:1046892"], "").await.code, 2);
    assert_eq!(run(&[], "").await.code, 2);
    let bad = run(&["datafold", "-f", "-"], "123\nno number\n").await;
    assert_eq!((bad.code, bad.stdout.as_str()), (3, "datafold:123\n"));
}

#[tokio::test]
async fn every_format_has_its_rows() {
    let server = everybody().await;
    let run = async |format: &str| {
        jobctl(&["status", "datafold", "123", "-o", format]).at(called("datafold"), &server.uri()).run().await
    };
    let ran = run("ndjson").await;
    let kinds: Vec<Value> = lines(&ran, "status.line").iter().map(|line| line["type"].clone()).collect();
    assert_eq!(kinds, ["start", "job", "summary"]);
    let csv = run("csv").await.stdout;
    assert!(csv.lines().nth(1).unwrap().starts_with("datafold:123,datafold,123,true,,running,running,false,"), "{csv}");
    let human = run("human").await.stdout;
    assert!(human.contains("running") && human.contains("1 job: 1 running"), "{human}");
}

#[tokio::test]
async fn a_reader_that_leaves_ends_it_quietly() {
    let vendor = called("datafold");
    let stage = Stage::with(vendor, |_, path, _| {
        let id = path.rsplit('/').next().unwrap();
        let answer = json(200, &called("datafold").state(id, Some("done")));
        if id.len() > 2 { answer.set_delay(std::time::Duration::from_secs(60)) } else { answer }
    })
    .await;
    for verb in ["status", "wait"] {
        let ids: Vec<String> = (1..140).map(|id| id.to_string()).collect();
        let call = jobctl(&[verb, "datafold", "-o", "name"]).args(&ids).at(vendor, &stage.server.uri());
        let mut child = call.start();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 11]).await.unwrap();
        drop(stdout);
        let output = tokio::time::timeout(std::time::Duration::from_secs(25), child.wait_with_output()).await;
        assert_eq!(output.unwrap().unwrap().status.code(), Some(0), "{verb}");
    }
}

#[tokio::test]
async fn without_a_credential_there_are_rows_all_the_same() {
    let ran = jobctl(&["status", "datafold:1", "prequel:d/j", "-o", "json"]).run().await;
    assert_eq!((ran.code, ran.rows().len()), (4, 2));
    assert!(ran.rows().iter().all(|row| row["outcome"] == "unauthorized"));
}
