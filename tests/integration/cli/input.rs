//! Jobs from arguments, files and streams.

use std::io::Write as _;

use serde_json::json as value;

use super::{one_of_each, sent, world};
use crate::support::{ALL, Jobctl, Ran, jobctl};

async fn piped(input: impl Into<Vec<u8>>, args: &[&str]) -> (Ran, usize) {
    let stage = world().await;
    let call = jobctl(&["cancel", "-f", "-", "-o", "json"]).args(args).at_all(&stage.server.uri()).stdin(input);
    let ran = call.run().await;
    let sent = sent(&stage).await;
    (ran, sent)
}

fn lines(ran: &Ran) -> Vec<(u64, String, String)> {
    let row = |row: &serde_json::Value| {
        (row["line"].as_u64().unwrap(), row["ref"].as_str().unwrap().into(), row["outcome"].as_str().unwrap().into())
    };
    ran.rows().iter().map(row).collect()
}

fn line(number: u64, reference: &str, outcome: &str) -> (u64, String, String) {
    (number, reference.to_owned(), outcome.to_owned())
}

#[tokio::test]
async fn refs_of_all_providers_mix() {
    let stage = world().await;
    let ran = jobctl(&["cancel", "-o", "json"]).args(&one_of_each()).at_all(&stage.server.uri()).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let refs: Vec<String> = ran.outcomes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(refs, one_of_each());
    let targets = &ran.document()["targets"];
    assert_eq!(targets.as_array().unwrap().len(), ALL.len(), "{targets:#}");
}

#[tokio::test]
async fn a_stream_may_hold_marks_comments_blank_lines_and_both_line_ends() {
    let text = "\u{feff}datafold:1\r\n\r\n# a comment\n   \n  datafold:3  \r\n\t# another\nprequel:d/j\ndatafold:1\n{\"ref\":\"datafold:3\"}\nunstructured:6E3C8A52-0C1D-4F5E-9B7A-1D2E3F405162";
    let (ran, sent) = piped(text, &[]).await;
    assert_eq!((ran.code, sent), (0, 4));
    let expected = [
        line(1, "datafold:1", "cancelled"),
        line(5, "datafold:3", "cancelled"),
        line(7, "prequel:d/j", "cancelled"),
        line(10, "unstructured:6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162", "cancelled"),
    ];
    assert_eq!(lines(&ran), expected);
    assert_eq!(ran.document()["summary"]["duplicates"], 2);
}

#[tokio::test]
async fn json_lines_name_a_job_by_ref_or_by_parts() {
    let text = r#"{"type":"start","schema":"jobctl.list/1"}
{"type":"job","ref":"datafold:1","provider":"datafold","id":"1","state":"running","extra":[1]}
{"provider":"datafold","id":3}
{"provider":"prequel","id":"j","destination":"d"}
{"provider":"prequel","id":"d/k","destination":"d"}
{"type":"result","ref":"datafold:5"}
{"type":"else","ref":"datafold:7"}
{"type":"summary","exit_code":0}"#;
    let (ran, sent) = piped(text, &[]).await;
    assert_eq!((ran.code, sent), (0, 5), "{ran:?}");
    let refs: Vec<_> = lines(&ran).into_iter().map(|(number, name, _)| (number, name)).collect();
    let expected = [(2, "datafold:1"), (3, "datafold:3"), (4, "prequel:d/j"), (5, "prequel:d/k"), (6, "datafold:5")];
    assert_eq!(refs, expected.map(|(number, name)| (number, name.to_owned())));
}

#[tokio::test]
async fn a_bad_line_is_a_result_with_its_number_and_the_rest_goes_on() {
    let mut text = b"datafold:1\ndatafold:x\n{\"ref\":\n{\"ref\":\"datafold:5\",\"provider\":\"veeva\",\"id\":\"5\"}\n123\nnowhere:9\n{}\n".to_vec();
    text.extend_from_slice(b"\xff\xfe\n");
    text.extend(std::iter::repeat_n(b'9', 200_000));
    text.extend_from_slice(b"\nprequel:j\n{\"ref\":\"prequel:d/j\",\"destination\":\"e\"}\ndatafold:3");
    let (ran, sent) = piped(text, &[]).await;
    assert_eq!((ran.code, sent), (3, 2), "{ran:?}");
    let found = lines(&ran);
    assert_eq!(found.iter().map(|(number, ..)| *number).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    for (number, reference, outcome) in &found {
        let good = [1, 12].contains(number);
        assert_eq!(outcome, if good { "cancelled" } else { "invalid" }, "{number} {reference}");
        assert!(reference.len() <= 800);
    }
    for row in ran.rows().iter().filter(|row| row["outcome"] == "invalid") {
        assert!(row["line"].is_u64() && row["error"]["message"].is_string(), "{row:#}");
        assert_eq!((&row["attempts"], &row["elapsed_ms"]), (&0.into(), &0.into()));
    }
}

#[tokio::test]
async fn a_person_is_told_the_line_as_well() {
    let ran = jobctl(&["cancel", "-f", "-"]).stdin("# a comment\ndatafold:x\n").run().await;
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("line 2"), "{ran:?}");
}

#[tokio::test]
async fn after_a_provider_lines_are_ids_or_its_own_refs() {
    let (ran, sent) =
        piped("1\ndatafold:3\nveeva:5\n{\"id\":5}\n{\"provider\":\"veeva\",\"id\":7}\n", &["datafold"]).await;
    let outcomes: Vec<_> = lines(&ran).into_iter().map(|(_, _, outcome)| outcome).collect();
    assert_eq!(outcomes, ["cancelled", "cancelled", "invalid", "cancelled", "invalid"]);
    assert_eq!((ran.code, sent), (3, 3));
}

#[tokio::test]
async fn only_bad_lines_are_a_usage_error_and_none_is_empty() {
    let (ran, sent) = piped("x\ny\n", &[]).await;
    assert_eq!((ran.code, sent, ran.rows().len()), (2, 0, 2));
    let (ran, _) = piped("# nothing\n\n", &[]).await;
    assert_eq!((ran.code, ran.document()["summary"]["total"].clone()), (0, value!(0)));
    let (ran, _) = piped("", &["--error-on-empty"]).await;
    assert_eq!((ran.code, ran.error_code()), (10, "empty".to_owned()));
    let (ran, _) = piped("x\n", &["--error-on-empty"]).await;
    assert_eq!(ran.code, 2, "something came in");
}

#[tokio::test]
async fn a_listing_that_failed_sends_nothing() {
    for rows in [0, 2] {
        let jobs = (0..rows)
            .map(|n| format!("{{\"type\":\"job\",\"ref\":\"datafold:{}\"}}\n", 2 * n + 1))
            .collect::<Vec<_>>()
            .concat();
        let text = format!("{{\"type\":\"start\"}}\n{jobs}{{\"type\":\"summary\",\"exit_code\":7}}\ndatafold:9\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs");
        std::fs::write(&path, text).unwrap();
        let stage = world().await;
        let call = jobctl(&["cancel", "-o", "json", "-f", path.to_str().unwrap()]).at_all(&stage.server.uri());
        let ran = call.run().await;
        assert_eq!((ran.code, sent(&stage).await), (9, 0), "{ran:#?}");
        assert_eq!(ran.document()["error"]["code"], "not_confirmed");
        assert_eq!(ran.rows().len(), rows + 1, "what came in comes out: {ran:#?}");
        assert!(ran.rows().iter().all(|row| row["outcome"] == "not_sent"));
    }
}

#[tokio::test]
async fn a_lines_destination_does_not_contradict_the_flag() {
    let stage = world().await;
    let text = "{\"id\":\"j\",\"destination\":\"e\"}\n{\"id\":\"k\",\"destination\":\"d\"}\nl\n";
    let words = ["cancel", "prequel", "--destination", "d", "-f", "-", "-o", "json"];
    let ran = jobctl(&words).at_all(&stage.server.uri()).stdin(text).run().await;
    let rows = ran.rows();
    assert_eq!(rows[0]["outcome"], "invalid", "{ran:#?}");
    let named: Vec<_> = rows[1..].iter().map(|row| row["ref"].as_str().unwrap().to_owned()).collect();
    assert_eq!((named, sent(&stage).await), (vec!["prequel:d/k".to_owned(), "prequel:d/l".to_owned()], 2));
}

/// As `cancel -o ndjson | wait -f -`, where one job failed.
#[tokio::test]
async fn a_verb_that_reads_goes_on_after_a_failed_programs_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs");
    for (end, code, told) in [
        ("\"exit_code\":8", 0, "none"),
        ("\"exit_code\":3,\"error\":null", 0, "none"),
        // A call that failed before it knew its jobs, or was stopped.
        ("\"exit_code\":2,\"error\":{\"code\":\"usage\"}", 3, "not_confirmed"),
        ("\"exit_code\":130", 3, "not_confirmed"),
        // A list that is not whole.
        ("\"exit_code\":7,\"complete\":false", 3, "not_confirmed"),
    ] {
        let job = "{\"type\":\"result\",\"ref\":\"datafold:1\"}";
        let text = format!("{job}\n{{\"type\":\"summary\",{end}}}\ndatafold:3\n");
        std::fs::write(&path, &text).unwrap();
        for (verb, file) in [("status", "-"), ("wait", "-"), ("status", path.to_str().unwrap())] {
            let stage = world().await;
            let call = jobctl(&[verb, "-o", "json", "-f", file]).at_all(&stage.server.uri());
            let ran = call.stdin(text.clone()).run().await;
            let seen: Vec<_> = ran.rows().iter().map(|row| row["state"].clone()).collect();
            assert_eq!(seen, ["cancelled", "cancelled"], "{ran:#?}");
            assert_eq!((ran.code, ran.error_code().as_str()), (code, told), "{end}: {ran:#?}");
        }
    }
}

#[tokio::test]
async fn a_bad_line_before_a_failed_listings_end_changes_nothing() {
    let stage = world().await;
    let text = "bad\n{\"type\":\"summary\",\"exit_code\":7}\n";
    let ran = jobctl(&["cancel", "-o", "json", "-f", "-"]).at_all(&stage.server.uri()).stdin(text).run().await;
    assert_eq!((ran.code, ran.rows()[0]["outcome"].as_str(), sent(&stage).await), (9, Some("invalid"), 0), "{ran:#?}");
}

#[tokio::test]
async fn a_file_is_read_and_a_missing_one_or_a_folder_is_a_usage_error() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"1\n3\n").unwrap();
    let stage = world().await;
    let cancel = |path: &str| -> Jobctl {
        jobctl(&["cancel", "datafold", "-o", "json", "-f", path]).at_all(&stage.server.uri())
    };
    let ran = cancel(file.path().to_str().unwrap()).run().await;
    assert_eq!((ran.code, ran.rows().len()), (0, 2));
    for path in ["/nowhere/at/all", std::env::temp_dir().to_str().unwrap()] {
        let ran = cancel(path).run().await;
        assert_eq!((ran.code, ran.error_code()), (2, "usage".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_is_printed_is_read_back() {
    let (first, _) = piped("datafold:1\nprequel:d/a-b\nveeva:7\n", &["-n"]).await;
    assert_eq!(first.code, 0);
    let stage = world().await;
    for format in ["ndjson", "name"] {
        let call = jobctl(&["cancel", "-f", "-", "-n", "-o", format]).stdin("datafold:1\nprequel:d/a-b\nveeva:7\n");
        let printed = call.run().await.stdout;
        let call = jobctl(&["cancel", "-f", "-", "-o", "json"]).at_all(&stage.server.uri()).stdin(printed);
        let again = call.run().await;
        assert_eq!((again.code, again.rows().len()), (0, 3), "{format}: {again:?}");
    }
}
