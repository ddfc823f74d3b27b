//! Command lines that make no sense.

use serde_json::json as value;

use super::{sent, world};
use crate::support::{Op, Stage, called, jobctl, json};

#[tokio::test]
async fn each_is_exit_2_one_document_and_nothing_sent() {
    let cases: &[&[&str]] = &[
        &["cancel"],
        &["cancel", "datafold"],
        &["cancel", "datafold", "1", "--no-such-flag"],
        &["cancel", "datafodl", "1"],
        &["cancel", "datafodl:1"],
        &["cancel", "1"],
        &["cancel", "datafold", "x"],
        &["cancel", "datafold", "1", "veeva:2"],
        &["cancel", "datafold:1", "datafold:x"],
        &["cancel", "datafold:1", "--host", "http://127.0.0.1:1"],
        &["cancel", "datafold:1", "--token-stdin"],
        &["cancel", "datafold:1", "--token-file", "/dev/null"],
        &["cancel", "datafold", "-f", "-", "--token-stdin"],
        &["cancel", "datafold", "1", "-f", "-"],
        &["cancel", "datafold", "1", "--destination", "d"],
        // Half of such a destination would be taken for a job's id.
        &["cancel", "prequel", "--destination", "a/b", "--state", "running", "--yes"],
        &["cancel", "prequel", "--destination", "", "--all", "--yes"],
        &["list", "prequel", "--destination", "a/b"],
        &["list", "prequel", "--destination", " "],
        // The last one would drop what the first has said.
        &["cancel", "veeva", "--name", "a", "--name", "b", "--yes"],
        &["cancel", "datafold", "--older-than", "2h", "--older-than", "1m", "--yes"],
        &["cancel", "datafold", "--newer-than", "1m", "--newer-than=2h", "--yes"],
        &["cancel", "datafold", "1", "--max", "1", "--max", "2"],
        &["--sandbox", "cancel", "datafold", "1", "--expect", "1", "--expect", "1"],
        &["list", "veeva", "--name", "a", "--name", "a"],
        &["cancel", "-f", "/dev/null", "-f", "/dev/null"],
        &["status", "datafold", "-f", "-", "-f", "-"],
        &["cancel", "datafold", "1", "--concurrency", "0"],
        &["cancel", "datafold", "1", "--timeout", "soon"],
        &["cancel", "datafold", "1", "--request-timeout", "10"],
        &["cancel", "datafold", "1", "--profile", "nobody"],
        &["cancel", "datafold", "1", "--config", "/nowhere.toml"],
        &["no-such-verb"],
    ];
    let stage = world().await;
    for case in cases {
        let ran = jobctl(case).args(&["-o", "json"]).at_all(&stage.server.uri()).stdin("").run().await;
        assert_eq!(ran.code, 2, "{case:?}: {ran:#?}");
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stdout);
        assert_eq!((&document["exit_code"], &document["exit_name"]), (&2.into(), &"usage".into()));
        assert_eq!(document["results"], value!([]), "{case:?}");
        assert!(!document["error"]["message"].as_str().unwrap().is_empty());
        if case[0] == "cancel" {
            assert_eq!(ran.document()["schema"], "jobctl.cancel/1");
        }
    }
    assert_eq!(sent(&stage).await, 0);
}

#[tokio::test]
async fn the_last_one_counts_where_nothing_is_lost() {
    let repeated = ["--timeout", "1m", "--timeout", "2m", "--concurrency", "1", "--concurrency", "2", "-o", "csv"];
    let ran = jobctl(&["--sandbox", "cancel", "datafold", "123", "--wait", "--wait"])
        .args(&repeated)
        .args(&["-o", "json"])
        .run()
        .await;
    assert_eq!((ran.code, ran.document()["exit_name"].as_str()), (0, Some("ok")), "{ran:#?}");
    let ran = jobctl(&["--sandbox", "list", "veeva", "--name", "a", "--name", "b"]).run().await;
    assert!(ran.stderr.contains("'--name' cannot be used multiple times"), "{ran:#?}");
    assert!(ran.stderr.contains("give it once"), "{ran:#?}");
}

/// What is wrong with one provider's settings is said of its jobs.
#[tokio::test]
async fn plain_http_goes_to_loopback_only() {
    for host in ["http://example.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "ftp://example.com"] {
        let call = jobctl(&["cancel", "datafold", "1", "-o", "json", "--host", host]).env("DATAFOLD_API_KEY", "k-e-y");
        let ran = call.run().await;
        assert_eq!(ran.code, 2, "{host}: {ran:?}");
        assert!(ran.rows().iter().all(|row| row["attempts"] == 0), "{host}");
    }
}

#[tokio::test]
async fn the_other_formats_say_it_on_stderr_or_in_their_own_way() {
    for format in ["human", "name", "csv"] {
        let ran = jobctl(&["cancel", "datafold", "x", "-o", format]).run().await;
        assert_eq!(ran.code, 2);
        assert!(ran.stdout.lines().count() <= 1, "no result, no row: {ran:?}");
        assert!(ran.stderr.contains("positive integer"), "{ran:?}");
    }
    let ran = jobctl(&["cancel", "datafold", "x", "-o", "ndjson"]).run().await;
    assert_eq!(ran.lines().last().unwrap()["error"]["code"], "invalid_id");
    let ran = jobctl(&["cancel", "datafold", "x"]).env("JOBCTL_OUTPUT", "json").run().await;
    assert_eq!(ran.error_code(), "invalid_id");
    let ran = jobctl(&["cancel", "datafold", "x", "-q"]).run().await;
    assert!(ran.stderr.contains('x') && ran.stdout.is_empty(), "a fatal error stays: {ran:?}");
}

#[tokio::test]
async fn a_document_says_the_whole_mistake() {
    for (words, message) in [
        (&["list"][..], "the following required arguments were not provided: <PROVIDER>"),
        (&["runs", "show"], "the following required arguments were not provided: <RUN>"),
        (&[], "no command was given"),
        (&["runs"], "no command was given"),
    ] {
        let ran = jobctl(words).env("JOBCTL_OUTPUT", "json").run().await;
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stdout);
        assert_eq!((ran.code, &document["error"]["message"]), (2, &message.into()), "{words:?}");
    }
}

#[tokio::test]
async fn quiet_leaves_the_mistake_alone() {
    for words in [&["cancle", "-q"][..], &["cancel", "datafold", "1", "--wiat", "-nq"], &["list", "--quiet"]] {
        let ran = jobctl(words).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.lines().count() == 1, "{words:?}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn help_and_mistakes_have_the_colours_of_everything_else() {
    for words in [&["--help"][..], &["cancle"]] {
        for (variables, coloured) in [
            (&[("CLICOLOR_FORCE", "1")][..], true),
            (&[("CLICOLOR_FORCE", "0")], false),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (&[], false),
        ] {
            let call = variables.iter().fold(jobctl(words), |call, (name, value)| call.env(name, *value));
            let ran = call.run().await;
            assert_eq!((ran.stdout + &ran.stderr).contains('\u{1b}'), coloured, "{words:?} {variables:?}");
        }
        let ran = jobctl(words).args(&["--color", "always"]).env("NO_COLOR", "1").run().await;
        assert!((ran.stdout + &ran.stderr).contains('\u{1b}'), "{words:?}");
    }
}

#[tokio::test]
async fn the_nearest_provider_is_named() {
    for words in [["cancel", "datafodl:1"], ["cancel", "veva:1"], ["cancel", "Prequel:d/1"]] {
        let ran = jobctl(&words).args(&["-o", "json"]).run().await;
        let hint = ran.document()["error"]["hint"].as_str().unwrap().to_owned();
        let nearest =
            ["datafold", "veeva", "prequel"].iter().any(|name| hint.contains(&format!("did you mean {name}")));
        assert!(nearest, "{words:?}: {hint}");
    }
}

#[tokio::test]
async fn read_only_cancels_nothing() {
    let stage = world().await;
    for (flag, variable) in [(Some("--read-only"), None), (None, Some("1"))] {
        let mut call = jobctl(&["cancel", "datafold", "1", "-o", "json"]).at_all(&stage.server.uri());
        call = call.args(flag.as_slice());
        if let Some(value) = variable {
            call = call.env("JOBCTL_READ_ONLY", value);
        }
        let ran = call.run().await;
        assert_eq!((ran.code, ran.error_code()), (9, "not_confirmed".to_owned()), "{ran:?}");
    }
    let ran = jobctl(&["cancel", "datafold", "1", "-n", "--read-only"]).run().await;
    assert_eq!(ran.code, 0, "a dry run changes nothing");
    assert_eq!(sent(&stage).await, 0);
}

#[tokio::test]
async fn help_and_version_are_results() {
    for args in [&["--help"][..], &["--version"], &["cancel", "--help"]] {
        let ran = jobctl(args).run().await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        assert!(!ran.stdout.is_empty());
    }
}

#[tokio::test]
async fn the_last_flag_wins_the_variable_loses() {
    let vendor = called("datafold");
    let stage = world().await;
    let ran = jobctl(&["cancel", "datafold", "1", "-o", "json", "--host", &stage.server.uri()])
        .env("DATAFOLD_HOST", "http://127.0.0.1:1")
        .env(vendor.key_variable, crate::support::KEY)
        .run()
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn numbers_beyond_all_use_are_taken_at_their_word() {
    let vendor = called("datafold");
    let good = || json(200, &vendor.state(vendor.id, Some("cancelled")));
    for (option, value, code) in [
        ("--timeout", "500000000000y", 0),
        ("--retry-max-time", "18446744073709551615s", 0),
        ("--rate", "1e-300", 0),
        ("--max", "18446744073709551615", 0),
        ("--expect", "18446744073709551615", 9),
    ] {
        let stage = Stage::new(vendor, vec![good()], vec![good()]).await;
        let played = stage.cancel(&[option, value]).await;
        assert_eq!((played.ran.code, played.count(Op::Cancel)), (code, usize::from(code == 0)), "{option}");
    }
    let stage = Stage::new(vendor, vec![], vec![good()]).await;
    let wait = jobctl(&["wait", "datafold", vendor.id, "--timeout", "500000000000y", "-o", "json"]);
    assert_eq!(stage.play(wait).await.ran.code, 0);
}
