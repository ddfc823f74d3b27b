//! Every command, in every way that it can end, as a document and as a stream: all that
//! is printed is what the schemas say.

use std::path::Path;

use futures_util::future::join_all;
use serde_json::Value;

use crate::support::{Ran, jobctl, nobody};

/// What is typed, and the codes that it exits with: as a document, and as a stream where
/// that is another. Words are split at blanks; `<<` is followed by standard input, its
/// lines divided by `|`.
type Case = (&'static str, i32);

async fn call(words: &str, format: &str, home: &Path) -> Ran {
    let (words, stdin) = words.split_once("<<").map_or((words, None), |(words, stdin)| (words, Some(stdin)));
    let words: Vec<&str> = words.split_whitespace().chain(["-o", format]).collect();
    let mut call = jobctl(&words);
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        call = call.env(name, home.to_str().unwrap());
    }
    match stdin {
        Some(stdin) => call.stdin(stdin.trim().replace('|', "\n")),
        None => call,
    }
    .run()
    .await
}

/// Runs each case both ways. `schema` is what the output has to call itself.
async fn hold(schema: &str, has_stream: bool, cases: &[Case]) {
    let home = tempfile::tempdir().unwrap();
    for (words, code) in cases {
        let document = call(words, "json", home.path()).await;
        assert_eq!(document.code, *code, "{words}: {document:#?}");
        assert_eq!(document.envelope()["schema"], schema, "{words}");
        let stream = call(words, "ndjson", home.path()).await;
        assert_eq!(stream.code, if has_stream { *code } else { 2 }, "{words}: {stream:#?}");
        assert_eq!(stream.lines()[0]["schema"], schema, "{words}");
    }
}

#[tokio::test]
async fn cancel() {
    let cases = [
        ("--sandbox cancel datafold 123", 0),
        ("--sandbox cancel datafold 123 101 999 109", 3),
        ("--sandbox cancel datafold 999", 5),
        ("--sandbox cancel veeva 1043341 1041777 1046892", 3),
        ("--sandbox cancel datafold:109 veeva:1043341", 12),
        ("--sandbox cancel datafold 101 --strict", 6),
        ("--sandbox cancel -n datafold 123 999", 0),
        ("--sandbox cancel datafold 123 --state queued", 0),
        ("--sandbox cancel prequel:warehouse-eu/nightly-0142 --wait --interval 1m --timeout 3s", 8),
        ("--sandbox cancel -f - << datafold:123|nonsense|# none||datafold:123|{\"provider\":\"veeva\"}", 3),
        ("--sandbox cancel -f - << nonsense", 2),
        ("--sandbox cancel -f - <<", 0),
        ("--sandbox cancel -f - --error-on-empty <<", 10),
        ("--sandbox cancel -f - << {\"type\":\"summary\",\"exit_code\":7}", 9),
        ("--sandbox cancel datafold --state running --yes", 3),
        ("--sandbox cancel datafold --state running", 9),
        ("--sandbox cancel datafold --all --yes --max 1", 9),
        ("--sandbox cancel datafold --state failed --older-than 1000d --yes", 0),
        ("--sandbox cancel datafold 123 --read-only", 9),
        ("cancel datafold 123", 4),
        ("cancel -n datafold 123", 0),
        ("cancel datafold nonsense", 2),
        ("cancel nobody:1", 2),
        ("cancel", 2),
        ("cancel --nonsense", 2),
        ("cancel -f /nowhere", 2),
        ("cancel --plan /nowhere", 2),
    ];
    hold("jobctl.cancel/1", true, &cases).await;
}

#[tokio::test]
async fn a_vendor_that_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let (_held, uri) = nobody();
    let verbs = ["cancel datafold 1", "status datafold 1", "wait datafold 1 --timeout 3s", "list datafold"];
    let cases = verbs.iter().flat_map(|verb| [(verb, "json"), (verb, "ndjson")]);
    join_all(cases.map(async |(verb, format)| {
        let words: Vec<_> = verb.split(' ').chain(["--retries", "0", "-o", format]).collect();
        let ran = jobctl(&words)
            .env("DATAFOLD_HOST", &uri)
            .env("DATAFOLD_API_KEY", "key")
            .env("XDG_STATE_HOME", home.path().to_str().unwrap())
            .run()
            .await;
        assert_eq!(ran.code, 7, "{ran:#?}");
        let end = if format == "json" { ran.envelope() } else { ran.lines().pop().unwrap() };
        assert!(!verb.starts_with("list") || end["complete"] == false, "{end:#}");
    }))
    .await;
}

#[tokio::test]
async fn status() {
    let cases = [
        ("--sandbox status datafold 123 101", 0),
        ("--sandbox status datafold:123 veeva:1046892 prequel:warehouse-us/adhoc-7", 0),
        ("--sandbox status datafold 123 999", 3),
        ("--sandbox status datafold 999", 5),
        ("--sandbox status -f - << datafold:123|nonsense", 3),
        ("--sandbox status -f - <<", 0),
        ("status datafold 123", 4),
        ("status datafold nonsense", 2),
        ("status", 2),
    ];
    hold("jobctl.status/1", true, &cases).await;
}

#[tokio::test]
async fn wait() {
    let cases = [
        ("--sandbox wait datafold 101 102", 0),
        ("--sandbox wait datafold 103 --for cancelled", 0),
        ("--sandbox wait datafold 101 --for cancelled", 11),
        ("--sandbox wait datafold 123 --timeout 2s", 8),
        ("--sandbox wait datafold 101 999", 3),
        ("--sandbox wait -f - << nonsense", 2),
        ("wait datafold 123", 4),
        ("wait --for nonsense", 2),
    ];
    hold("jobctl.wait/1", true, &cases).await;
}

#[tokio::test]
async fn list() {
    let cases = [
        ("--sandbox list datafold", 0),
        ("--sandbox list datafold --state all --limit 2", 0),
        ("--sandbox list datafold --state failed --older-than 1000d", 0),
        ("--sandbox list unstructured --state all", 0),
        ("--sandbox list veeva --state all", 0),
        ("--sandbox list prequel --destination warehouse-us --state all", 0),
        ("--sandbox list prequel", 2),
        ("list datafold", 4),
        ("list nobody", 2),
        ("list", 2),
    ];
    hold("jobctl.list/1", true, &cases).await;
}

#[tokio::test]
async fn runs() {
    hold("jobctl.runs/1", true, &[("runs list", 0), ("runs prune --older-than 1d", 0), ("runs prune", 2)]).await;
    hold("jobctl.run/1", true, &[("runs show last", 2), ("runs show nonsense", 2)]).await;
    hold("jobctl.cancel/1", true, &[("runs resume last", 2)]).await;
    // With records: of a run that went well and of one that did not, both listed and shown.
    let home = tempfile::tempdir().unwrap();
    for (words, rows) in [
        ("--sandbox cancel datafold 123", 1),
        ("--sandbox cancel datafold 109 999", 2),
        ("--sandbox runs list", 2),
        ("--sandbox runs show last", 2),
        ("--sandbox runs prune --older-than 0s", 2),
        ("--sandbox runs list", 0),
    ] {
        if words.contains("show") || words.contains("list") {
            let lines = call(words, "ndjson", home.path()).await.lines();
            let is_row = |line: &&Value| line["type"] == if words.contains("show") { "result" } else { "run" };
            assert_eq!(lines.iter().filter(is_row).count(), rows, "{words}: {lines:#?}");
        }
        let document = call(words, "json", home.path()).await.envelope();
        assert_eq!(document["results"].as_array().unwrap().len(), rows, "{words}: {document:#}");
    }
}

#[tokio::test]
async fn providers() {
    hold("jobctl.providers/1", false, &[("providers", 0), ("providers veeva", 0), ("providers nobody", 2)]).await;
}

#[tokio::test]
async fn auth() {
    let cases = [
        ("auth status", 0),
        ("auth status datafold", 4),
        ("auth status nobody", 2),
        ("--sandbox auth status --check", 0),
        ("auth login", 2),
        ("auth", 2),
    ];
    hold("jobctl.auth/1", false, &cases).await;
}

#[tokio::test]
async fn config() {
    let cases = [
        ("config path", 0),
        ("config show", 0),
        ("config explain", 0),
        ("config explain veeva", 0),
        ("config explain nobody", 2),
        ("config show --config /nowhere", 2),
    ];
    hold("jobctl.config/1", false, &cases).await;
}

#[tokio::test]
async fn doctor() {
    let cases = [("--sandbox doctor", 0), ("doctor veeva", 2), ("doctor nobody", 2), ("doctor --config /nowhere", 2)];
    hold("jobctl.doctor/1", false, &cases).await;
}

#[tokio::test]
async fn schema() {
    hold("jobctl.schema/1", false, &[("schema", 0), ("schema nonsense -o json", 2)]).await;
    // What is printed of each is the file that is committed.
    let home = tempfile::tempdir().unwrap();
    let document = call("schema", "json", home.path()).await.envelope();
    let names = document["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap());
    let human = call("schema", "human", home.path()).await.stdout;
    assert!(human.lines().eq(names.clone()), "{human}");
    let stored = super::stored(&super::folder());
    for name in names.step_by(5) {
        assert_eq!(call(&format!("schema {name}"), "json", home.path()).await.stdout, stored[name], "{name}");
    }
}

#[tokio::test]
async fn commands_that_print_nothing_for_programs_say_why_they_failed() {
    let cases = [
        ("completions tcsh-ish", 2),
        ("man", 2),
        ("man /dev/null/nowhere", 2),
        ("help nonsense", 2),
        ("sandbox", 2),
        ("sandbox run", 2),
        ("sandbox serve --port nonsense", 2),
        ("nonsense", 2),
        ("", 2),
    ];
    hold("jobctl.error/1", true, &cases).await;
}

#[tokio::test]
async fn a_plan_is_what_its_schema_says() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("plan");
    for (words, lines) in [("datafold 123 veeva:1046892", 0), ("datafold 123 124", 3), ("datafold --state running", 5)]
    {
        let words = format!("--sandbox cancel {words} -n --plan-out {}", file.display());
        let _ = std::fs::remove_file(&file);
        let document = call(&words, "json", home.path()).await.envelope();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(text.lines().count(), lines, "{document:#}");
        for line in text.lines() {
            crate::support::validate("plan", &serde_json::from_str(line).unwrap());
        }
    }
}
