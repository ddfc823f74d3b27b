//! Stops from outside: signals and the deadline.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Child;

use crate::support::{ALL, Jobctl, Op, Ran, Stage, called, exit_code, finish, jobctl, json, status};

/// Cancels work after `pause`.
async fn slow(pause: Duration) -> Stage {
    Stage::with(called("datafold"), move |_, path, _| {
        let id = path.trim_end_matches("/cancel").rsplit('/').next().unwrap().to_owned();
        json(200, &called("datafold").state(&id, Some("cancelled"))).set_delay(pause)
    })
    .await
}

fn cancel(stage: &Stage, count: usize, args: &[&str]) -> Jobctl {
    let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
    jobctl(&["cancel", "datafold", "-o", "json", "--concurrency", "4"])
        .args(args)
        .args(&ids)
        .at(called("datafold"), &stage.server.uri())
}

async fn send(child: &Child, signal: &str) {
    let id = child.id().unwrap().to_string();
    let done = tokio::process::Command::new("kill").args([format!("-{signal}"), id]).status().await.unwrap();
    assert!(done.success());
}

/// Waits until `count` requests have come in.
async fn received(stage: &Stage, count: usize) -> usize {
    for _ in 0..2000 {
        let found = stage.server.received_requests().await.unwrap().len();
        if found >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let found = stage.server.received_requests().await.unwrap();
    let paths: Vec<_> = found.iter().map(|request| request.url.path()).collect();
    panic!("{count} requests never came, only {paths:?}");
}

fn outcomes(rows: &[Value], outcome: &str) -> usize {
    rows.iter().filter(|row| row["outcome"] == outcome).count()
}

#[tokio::test]
async fn each_signal_stops_sending_lets_calls_finish_and_reports_every_job() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let stage = slow(Duration::from_millis(300)).await;
        let child = cancel(&stage, 200, &[]).start();
        received(&stage, 6).await;
        send(&child, signal).await;
        let ran: Ran = finish(child).await;
        let sent = stage.server.received_requests().await.unwrap().len();
        assert_eq!(ran.code, code, "{ran:?}");
        let rows = ran.rows();
        assert_eq!(rows.len(), 200, "every job is accounted for");
        assert_eq!(ran.document()["exit_name"], "signal");
        assert!((6..=12).contains(&sent), "{sent}: nothing is sent after the signal");
        assert_eq!(outcomes(&rows, "cancelled"), sent, "calls in flight finish");
        assert_eq!(outcomes(&rows, "not_sent"), 200 - sent);
        for row in rows.iter().filter(|row| row["outcome"] == "not_sent") {
            assert_eq!((&row["attempts"], &row["error"]["code"]), (&0.into(), &"interrupted".into()));
        }
    }
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up_and_unknown() {
    let stage = slow(Duration::from_secs(60)).await;
    let child = cancel(&stage, 10, &[]).start();
    received(&stage, 4).await;
    let began = Instant::now();
    send(&child, "INT").await;
    let ran = finish(child).await;
    assert_eq!(ran.code, 130);
    assert!((4..9).contains(&began.elapsed().as_secs()), "five seconds for calls in flight: {:?}", began.elapsed());
    let rows = ran.rows();
    assert_eq!((outcomes(&rows, "unknown"), outcomes(&rows, "not_sent")), (4, 6));
}

#[tokio::test]
async fn a_second_signal_exits_at_once() {
    let stage = slow(Duration::from_secs(60)).await;
    let child = cancel(&stage, 10, &[]).start();
    received(&stage, 4).await;
    send(&child, "INT").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    send(&child, "INT").await;
    let ran = finish(child).await;
    assert_eq!(ran.code, 130);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let rows = ran.rows();
    assert_eq!((outcomes(&rows, "unknown"), outcomes(&rows, "not_sent")), (4, 6), "nothing that was sent is left out");
}

#[tokio::test]
async fn a_job_between_two_tries_was_sent_and_is_not_called_not_sent() {
    let stage = Stage::with(called("datafold"), |op, path, _| {
        let id = path.rsplit('/').next().unwrap();
        if op == Op::Cancel { status(503) } else { json(200, &called("datafold").state(id, Some("processing"))) }
    })
    .await;
    let child = cancel(&stage, 8, &["--retries", "50"]).start();
    received(&stage, 40).await;
    send(&child, "TERM").await;
    let ran = finish(child).await;
    assert_eq!(ran.code, 143);
    for row in ran.rows() {
        let expected = if row["attempts"] == 0 { "not_sent" } else { "unavailable" };
        assert_eq!(row["outcome"], expected, "{row:#}");
    }
}

#[tokio::test]
async fn a_signal_ends_the_reading_of_a_stream() {
    let stage = slow(Duration::from_millis(10)).await;
    let mut child = jobctl(&["cancel", "datafold", "-f", "-", "-o", "json"])
        .at(called("datafold"), &stage.server.uri())
        .stdin("1\n2\n")
        .start();
    // The writer has hung up by now, so a stream that stays open is played by a pipe.
    let ran = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap();
    assert_eq!(exit_code(ran), 0);
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jobctl"));
    command.args(["cancel", "datafold", "-f", "-", "-o", "json"]).env_clear();
    command
        .env("HOME", crate::support::home())
        .env("DATAFOLD_API_KEY", "k-e-y")
        .env("DATAFOLD_HOST", stage.server.uri());
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, b"3\n5\n").await.unwrap();
    received(&stage, 4).await;
    send(&child, "INT").await;
    let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
    assert_eq!((ran.code, ran.rows().len()), (130, 2));
    drop(stdin);
}

#[tokio::test]
async fn at_the_deadline_what_is_in_flight_is_unknown_and_the_rest_not_sent() {
    let stage = slow(Duration::from_secs(60)).await;
    let began = Instant::now();
    let ran = cancel(&stage, 10, &["--timeout", "700ms"]).run().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(ran.code, 7, "{ran:?}");
    let rows = ran.rows();
    assert_eq!((outcomes(&rows, "unknown"), outcomes(&rows, "not_sent")), (4, 6));
    for row in &rows {
        let unsent = row["outcome"] == "not_sent";
        assert_eq!(row["attempts"], u8::from(!unsent));
        assert_eq!(row["error"]["code"], "deadline");
    }
}

#[tokio::test]
async fn at_the_deadline_an_acceptance_that_could_not_be_confirmed_is_pending() {
    for vendor in ALL.iter().filter(|vendor| !vendor.is_veeva()) {
        let nothing = json(200, &vendor.accepted(vendor.id, None));
        let late = json(200, &vendor.state(vendor.id, Some("cancelled"))).set_delay(Duration::from_secs(60));
        let stage = Stage::new(vendor, vec![nothing], vec![late]).await;
        let brief = stage.cancel(&["--timeout", "700ms"]).await.brief();
        let expected = if vendor.accepts { "pending -/- " } else { "unknown unknown/- " };
        assert!(brief.starts_with(expected), "{}: {brief}", vendor.name);
        assert!(brief.contains(if vendor.accepts { "exit 8, deadline" } else { "exit 7" }), "{brief}");
    }
}

/// A configuration whose credential takes longer than anybody waits.
fn slow_credential(stage: &Stage) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    let text = format!(
        "[profiles.default.datafold]\nhost = \"{}\"\ntoken_command = [\"/bin/sleep\", \"20\"]\n",
        stage.server.uri()
    );
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    folder
}

#[tokio::test]
async fn a_stop_while_the_credential_is_fetched_still_accounts_for_every_job() {
    let stage = slow(Duration::ZERO).await;
    let folder = slow_credential(&stage);
    let config = folder.path().join("config.toml");
    for (verb, outcome) in [("cancel", "not_sent"), ("status", "not_sent"), ("wait", "pending")] {
        let call = || jobctl(&[verb, "datafold", "1", "2", "-o", "json", "--config", config.to_str().unwrap()]);
        let child = call().start();
        tokio::time::sleep(Duration::from_millis(300)).await;
        send(&child, "TERM").await;
        let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
        assert_eq!((ran.code, outcomes(&ran.rows(), outcome)), (143, 2), "{verb}: {ran:?}");
        if verb == "status" {
            continue;
        }
        let ran =
            tokio::time::timeout(Duration::from_secs(5), call().args(&["--timeout", "300ms"]).run()).await.unwrap();
        let code = if verb == "wait" { 8 } else { 7 };
        assert_eq!((ran.code, outcomes(&ran.rows(), outcome)), (code, 2), "{verb}: {ran:?}");
    }
    for choice in [&["--all", "--yes"][..], &["1", "--state", "running", "-n"]] {
        let call = jobctl(&["cancel", "datafold", "-o", "json", "--timeout", "300ms"]).args(choice);
        let call = call.args(&["--config", config.to_str().unwrap()]);
        let ran = tokio::time::timeout(Duration::from_secs(5), call.run()).await.unwrap();
        assert_eq!(ran.code, 7, "{choice:?}: {ran:?}");
    }
    let child = jobctl(&["list", "datafold", "-o", "json", "--config", config.to_str().unwrap()]).start();
    tokio::time::sleep(Duration::from_millis(300)).await;
    send(&child, "INT").await;
    let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
    assert_eq!((ran.code, ran.error_code().as_str(), &ran.document()["complete"]), (130, "interrupted", &false.into()));
    assert!(stage.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_signal_while_named_jobs_are_counted_leaves_each_of_them_not_sent() {
    let stage = slow(Duration::from_secs(60)).await;
    let child = cancel(&stage, 3, &["--state", "running", "--max", "5"]).start();
    received(&stage, 1).await;
    send(&child, "INT").await;
    let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
    assert_eq!((ran.code, outcomes(&ran.rows(), "not_sent")), (130, 3), "{ran:?}");
}

#[tokio::test]
async fn a_signal_while_a_secret_is_read_ends_in_a_document() {
    for (words, schema) in [
        (&["cancel", "datafold", "1"][..], "jobctl.cancel/1"),
        (&["status", "datafold", "1"], "jobctl.status/1"),
        (&["list", "datafold"], "jobctl.list/1"),
    ] {
        // Standard input stays open, and nobody writes to it.
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jobctl"));
        command.args(words).args(["-o", "json", "--no-config", "--token-stdin"]).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        tokio::time::sleep(Duration::from_millis(300)).await;
        send(&child, "TERM").await;
        let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
        assert_eq!((ran.code, ran.error_code().as_str()), (143, "interrupted"), "{words:?}: {ran:?}");
        assert_eq!(ran.document()["schema"], schema);
        drop(stdin);
    }
}

#[tokio::test]
async fn a_signal_ends_a_look_around_with_what_was_found() {
    let stage = slow(Duration::ZERO).await;
    let folder = slow_credential(&stage);
    let config = folder.path().join("config.toml");
    for words in [&["doctor", "datafold"][..], &["auth", "status", "datafold", "--check"]] {
        let child = jobctl(words).args(&["-o", "json", "--config", config.to_str().unwrap()]).start();
        tokio::time::sleep(Duration::from_millis(500)).await;
        send(&child, "INT").await;
        let ran = tokio::time::timeout(Duration::from_secs(5), finish(child)).await.unwrap();
        let document = ran.envelope();
        assert_eq!((ran.code, &document["error"]["code"]), (130, &"interrupted".into()), "{words:?}: {ran:?}");
        let found = document["results"].as_array().unwrap().len();
        assert_eq!(found > 3, words[0] == "doctor", "{document:#}");
    }
}

/// What is held back until its number is known is known to be there, though the stream
/// stays open.
#[tokio::test]
async fn what_ends_the_counting_of_a_stream_leaves_each_job_not_sent() {
    let vendor = called("datafold");
    let stage = Stage::with(vendor, |_, path, _| {
        json(200, &vendor.state(path.rsplit('/').next().unwrap(), Some("processing")))
    })
    .await;
    for (more, code) in [(&[][..], 130), (&["--timeout", "2s"], 12)] {
        let before = stage.server.received_requests().await.unwrap().len();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jobctl"));
        command.args(["cancel", "datafold", "-f", "-", "-o", "json", "--max", "5", "--state", "running"]).args(more);
        command.env_clear().env("HOME", crate::support::home());
        command.env("DATAFOLD_API_KEY", "k-e-y").env("DATAFOLD_HOST", stage.server.uri());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stdin, b"3\nx\n5\n").await.unwrap();
        received(&stage, before + 2).await;
        if code == 130 {
            send(&child, "INT").await;
        }
        let ran = finish(child).await;
        let told: Vec<_> = ran.rows().iter().map(|row| row["outcome"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ran.code, told), (code, ["not_sent", "invalid", "not_sent"].map(str::to_owned).to_vec()));
        assert_eq!(stage.server.received_requests().await.unwrap().len(), before + 2, "nothing was cancelled");
        drop(stdin);
    }
}
