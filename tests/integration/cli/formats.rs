//! The five formats over the same run.

use serde_json::Value;

use super::{sent, world};
use crate::support::{Ran, jobctl, validate};

const IDS: [&str; 5] = ["1", "2", "4", "6", "8"];

async fn cancel(format: &str, args: &[&str]) -> Ran {
    let stage = world().await;
    let call = jobctl(&["cancel", "datafold", "-o", format]).args(&IDS).args(args).at_all(&stage.server.uri());
    let ran = call.run().await;
    assert_eq!(sent(&stage).await, IDS.len());
    assert_eq!(ran.code, 3);
    ran
}

#[tokio::test]
async fn json_is_one_document_in_input_order() {
    let ran = cancel("json", &[]).await;
    assert_eq!(ran.stdout.lines().count(), 1);
    let document = ran.document();
    let outcomes: Vec<_> = ran.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["cancelled", "finished", "refused", "unauthorized", "not_found"]);
    let expected = serde_json::json!({"cancelled": 1, "finished": 1, "refused": 1, "unauthorized": 1, "not_found": 1});
    assert_eq!(document["summary"]["outcomes"], expected);
    assert_eq!((&document["exit_name"], &document["error"]), (&"partial".into(), &serde_json::Value::Null));
    assert_eq!(document["run_id"].as_str().unwrap().as_bytes()[14], b'7', "a UUID of version 7");
    for time in ["started_at", "finished_at"] {
        assert!(document[time].as_str().unwrap().ends_with('Z'));
    }
    assert_eq!(ran.stderr, "", "a machine gets no hints: {}", ran.stderr);
}

#[tokio::test]
async fn ndjson_is_a_line_per_event() {
    let lines = cancel("ndjson", &[]).await.lines();
    assert_eq!(lines.len(), IDS.len() + 2);
    assert_eq!(lines[0]["schema"], "jobctl.cancel/1");
    assert!(lines[1..=IDS.len()].iter().all(|line| line["type"] == "result"));
    let summary = lines.last().unwrap();
    assert_eq!((&summary["exit_code"], &summary["summary"]["total"]), (&3.into(), &IDS.len().into()));
}

#[tokio::test]
async fn csv_is_a_header_and_a_row_per_job() {
    let ran = cancel("csv", &[]).await;
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), IDS.len() + 1, "{ran:?}");
    assert!(lines[0].starts_with("ref,provider,id,ok,outcome"), "{}", lines[0]);
    for id in IDS {
        assert!(lines.iter().any(|line| line.starts_with(&format!("datafold:{id},datafold,{id},"))), "{id}");
    }
}

#[tokio::test]
async fn name_is_the_refs_of_the_ok_rows() {
    let ran = cancel("name", &[]).await;
    let mut names: Vec<&str> = ran.stdout.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["datafold:1", "datafold:2"]);
    let ran = cancel("name", &["--strict"]).await;
    assert_eq!(ran.stdout, "datafold:1\n");
}

#[tokio::test]
async fn human_has_a_line_per_job_cause_hint_and_summary() {
    let ran = cancel("human", &[]).await;
    for (outcome, id) in [("cancelled", 1), ("finished", 2), ("refused", 4), ("unauthorized", 6), ("not_found", 8)] {
        let named = format!("datafold:{id}");
        let found = ran.stdout.lines().any(|line| line.starts_with(outcome) && line.contains(&named));
        assert!(found, "{outcome}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("hint: "), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "no colour for a pipe");
    let ran = cancel("human", &["-q"]).await;
    assert_eq!(ran.stderr, "");
    assert!(!ran.stdout.contains("hint: "), "{}", ran.stdout);
    let ran = cancel("human", &["--color", "always"]).await;
    assert!(ran.stdout.contains('\u{1b}'));
}

#[tokio::test]
async fn exit_codes_are_the_table() {
    for (ids, args, code) in [
        (&["1", "3"][..], &[][..], 0),
        (&["2"], &[], 0),
        (&["2"], &["--strict"], 6),
        (&["4"], &[], 6),
        (&["6"], &[], 4),
        (&["8"], &[], 5),
        (&["8"], &["--ignore-not-found"], 0),
        (&["4", "8"], &[], 12),
        (&["2", "4"], &["--strict"], 6),
        (&["1", "4", "8"], &[], 3),
    ] {
        let stage = world().await;
        let call = jobctl(&["cancel", "datafold", "-o", "json"]).args(ids).args(args).at_all(&stage.server.uri());
        let ran = call.run().await;
        assert_eq!(ran.code, code, "{ids:?} {args:?}");
        ran.document();
    }
}

#[tokio::test]
async fn every_document_names_a_published_schema_and_keeps_to_it() {
    for (words, name) in [
        (&["providers"][..], "providers"),
        (&["providers", "veeva"], "providers"),
        (&["schema"], "schema"),
        (&["auth", "status"], "auth"),
        (&["config", "path"], "config"),
        (&["config", "explain"], "config"),
        (&["runs", "list"], "runs"),
        (&["--sandbox", "list", "datafold"], "list"),
        (&["providers", "nobody"], "providers"),
        (&["schema", "nothing"], "schema"),
        (&["sandbox"], "error"),
        (&["help", "nothing"], "error"),
        (&["completions", "nothing"], "error"),
        (&["man"], "error"),
        (&["nothing"], "error"),
        (&[], "error"),
    ] {
        let ran = jobctl(words).args(&["-o", "json"]).run().await;
        let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
        assert_eq!(document["schema"], format!("jobctl.{name}/1"), "{words:?}");
        assert_eq!(document["exit_code"], ran.code, "{words:?}");
        validate(name, &document);
    }
    let listed = jobctl(&["schema"]).run().await;
    assert!(listed.stdout.lines().any(|name| name == "providers"), "{listed:#?}");
}

/// A variable is there for all commands; what has one form only passes it over.
#[tokio::test]
async fn commands_without_rows_refuse_formats_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().to_str().unwrap();
    for format in ["csv", "name", "ndjson", "json"] {
        for words in [&["completions", "bash"][..], &["man", pages], &["schema", "cancel"]] {
            if (words[0], format) == ("schema", "json") {
                continue;
            }
            let ran = jobctl(words).args(&["-o", format]).run().await;
            let said = format!("so there is no `-o {format}`");
            assert!(ran.code == 2 && (ran.stderr + &ran.stdout).contains(&said), "{words:?} {format}");
        }
        for words in [&["completions", "bash"][..], &["man", pages]] {
            let ran = jobctl(words).env("JOBCTL_OUTPUT", format).run().await;
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?} {format}");
        }
    }
    let ran = jobctl(&["completions", "bash"]).env("JOBCTL_OUTPUT", "nonsense").run().await;
    assert!(ran.code == 0 && ran.stdout.contains("_jobctl"), "{ran:#?}");
    let ran = jobctl(&["schema", "cancel", "-o", "json"]).run().await;
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["title"], "jobctl cancel");
}
