//! Stops from outside: signals and the deadline.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::time::timeout;

use crate::support::{ALL, Jobctl, Op, Ran, Stage, called, exit_code, finish, jobctl, json, send, status};

/// What ends at once ends within this, on a machine that is busy, too. What it must not
/// wait for (input, a credential, an answer) takes longer, or for ever.
const AT_ONCE: Duration = Duration::from_secs(15);

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

/// Waits until `count` requests have come in.
async fn received(stage: &Stage, count: usize) -> usize {
    for _ in 0..12_000 {
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
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let stage = slow(Duration::from_millis(300)).await;
        let child = cancel(&stage, 200, &[]).start();
        received(&stage, 6).await;
        send(&child, signal).await;
        let before = stage.server.received_requests().await.unwrap().len();
        let ran: Ran = finish(child).await;
        let sent = stage.server.received_requests().await.unwrap().len();
        assert_eq!(ran.code, code, "{ran:?}");
        let rows = ran.rows();
        assert_eq!(rows.len(), 200, "every job is accounted for");
        assert_eq!(ran.document()["exit_name"], "signal");
        // Four were on their way; and each may have been answered, and followed by another,
        // in the turn in which the signal was heard.
        assert!((before..=before + 8).contains(&sent), "{before}, {sent}: nothing is sent after the signal");
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
    send(&child, Signal::INT).await;
    let ran = finish(child).await;
    assert_eq!(ran.code, 130);
    // An answer would be waited for for thirty.
    assert!((5..20).contains(&began.elapsed().as_secs()), "five seconds for calls in flight: {:?}", began.elapsed());
    let rows = ran.rows();
    assert_eq!((outcomes(&rows, "unknown"), outcomes(&rows, "not_sent")), (4, 6));
}

#[tokio::test]
async fn a_second_signal_exits_at_once() {
    let stage = slow(Duration::from_secs(60)).await;
    let mut child = cancel(&stage, 10, &[]).args(&["-o", "ndjson"]).start();
    received(&stage, 4).await;
    send(&child, Signal::INT).await;
    // The first one was heard when it says what it will not send.
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while !told.contains("not_sent") {
        assert_ne!(stdout.read_line(&mut told).await.unwrap(), 0, "{told}");
    }
    let began = Instant::now();
    send(&child, Signal::INT).await;
    stdout.read_to_string(&mut told).await.unwrap();
    let ran = Ran { stdout: told, ..finish(child).await };
    assert_eq!(ran.code, 130);
    assert!(began.elapsed() < Duration::from_secs(4), "not the five seconds of one signal: {:?}", began.elapsed());
    let rows = ran.lines();
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
    send(&child, Signal::TERM).await;
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
    let ran = timeout(AT_ONCE, child.wait()).await.unwrap().unwrap();
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
    send(&child, Signal::INT).await;
    let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
    assert_eq!((ran.code, ran.rows().len()), (130, 2));
    drop(stdin);
}

#[tokio::test]
async fn at_the_deadline_what_is_in_flight_is_unknown_and_the_rest_not_sent() {
    let stage = slow(Duration::from_secs(60)).await;
    let began = Instant::now();
    let ran = cancel(&stage, 10, &["--timeout", "3s"]).run().await;
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
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
    join_all(ALL.iter().filter(|vendor| !vendor.is_veeva()).map(|vendor| async move {
        let nothing = json(200, &vendor.accepted(vendor.id, None));
        let late = json(200, &vendor.state(vendor.id, Some("cancelled"))).set_delay(Duration::from_secs(60));
        let stage = Stage::new(vendor, vec![nothing], vec![late]).await;
        let brief = stage.cancel(&["--timeout", "3s"]).await.brief();
        let expected = if vendor.accepts { "pending -/- " } else { "unknown unknown/- " };
        assert!(brief.starts_with(expected), "{}: {brief}", vendor.name);
        assert!(brief.contains(if vendor.accepts { "exit 8, deadline" } else { "exit 7" }), "{brief}");
    }))
    .await;
}

/// A configuration whose credential takes longer than anybody waits.
fn slow_credential(stage: &Stage) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    let script = folder.path().join("credential.sh");
    std::fs::write(&script, "echo > \"$0.asked\"\nexec /bin/sleep 25\n").unwrap();
    let text = format!(
        "[profiles.default.datafold]\nhost = '{}'\ntoken_command = ['/bin/sh', '{}']\n",
        stage.server.uri(),
        script.display()
    );
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    folder
}

/// Waits until the credential is being fetched.
async fn asked_for_credential(folder: &Path) {
    let asked = folder.join("credential.sh.asked");
    let waiting = async {
        while std::fs::remove_file(&asked).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(60), waiting).await.expect("the credential is asked for");
}

/// A call that has to fetch that credential.
fn asking(folder: &Path, words: &[&str]) -> Jobctl {
    let config = folder.join("config.toml");
    jobctl(words).args(&["-o", "json", "--config", config.to_str().unwrap()])
}

#[tokio::test]
async fn a_signal_while_the_credential_is_fetched_still_accounts_for_every_job() {
    let stage = slow(Duration::ZERO).await;
    let folder = slow_credential(&stage);
    for (verb, outcome) in [("cancel", "not_sent"), ("status", "not_sent"), ("wait", "pending")] {
        let child = asking(folder.path(), &[verb, "datafold", "1", "2"]).start();
        asked_for_credential(folder.path()).await;
        send(&child, Signal::TERM).await;
        let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
        assert_eq!((ran.code, outcomes(&ran.rows(), outcome)), (143, 2), "{verb}: {ran:?}");
    }
    let child = asking(folder.path(), &["list", "datafold"]).start();
    asked_for_credential(folder.path()).await;
    send(&child, Signal::INT).await;
    let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
    assert_eq!((ran.code, ran.error_code().as_str(), &ran.document()["complete"]), (130, "interrupted", &false.into()));
    assert!(stage.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deadline_while_the_credential_is_fetched_still_accounts_for_every_job() {
    let stage = slow(Duration::ZERO).await;
    let stage = &stage;
    let calls: [(&[&str], i32, Option<&str>); 4] = [
        (&["cancel", "datafold", "1", "2"], 7, Some("not_sent")),
        (&["wait", "datafold", "1", "2"], 8, Some("pending")),
        (&["cancel", "datafold", "--all", "--yes"], 7, None),
        (&["cancel", "datafold", "1", "--state", "running", "-n"], 7, None),
    ];
    join_all(calls.map(|(words, code, outcome)| async move {
        let folder = slow_credential(stage);
        let call = asking(folder.path(), words).args(&["--timeout", "3s"]);
        let ran = timeout(AT_ONCE, call.run()).await.unwrap();
        assert_eq!(ran.code, code, "{words:?}: {ran:?}");
        if let Some(outcome) = outcome {
            assert_eq!(outcomes(&ran.rows(), outcome), 2, "{words:?}: {ran:?}");
        }
        asked_for_credential(folder.path()).await;
    }))
    .await;
    assert!(stage.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_signal_while_named_jobs_are_counted_leaves_each_of_them_not_sent() {
    let stage = slow(Duration::from_secs(60)).await;
    let child = cancel(&stage, 3, &["--state", "running", "--max", "5"]).start();
    received(&stage, 1).await;
    send(&child, Signal::INT).await;
    let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
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
        send(&child, Signal::TERM).await;
        let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
        assert_eq!((ran.code, ran.error_code().as_str()), (143, "interrupted"), "{words:?}: {ran:?}");
        assert_eq!(ran.document()["schema"], schema);
        drop(stdin);
    }
}

#[tokio::test]
async fn a_signal_ends_a_look_around_with_what_was_found() {
    let stage = slow(Duration::ZERO).await;
    let folder = slow_credential(&stage);
    for words in [&["doctor", "datafold"][..], &["auth", "status", "datafold", "--check"]] {
        let child = asking(folder.path(), words).start();
        asked_for_credential(folder.path()).await;
        send(&child, Signal::INT).await;
        let ran = timeout(AT_ONCE, finish(child)).await.unwrap();
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
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stdin, b"3\nx\n5\n").await.unwrap();
        received(&stage, before + 2).await;
        if code == 130 {
            send(&child, Signal::INT).await;
        }
        let ran = finish(child).await;
        let told: Vec<_> = ran.rows().iter().map(|row| row["outcome"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ran.code, told), (code, ["not_sent", "invalid", "not_sent"].map(str::to_owned).to_vec()));
        assert_eq!(stage.server.received_requests().await.unwrap().len(), before + 2, "nothing was cancelled");
        assert!(!ran.stderr.contains("runs resume"), "nobody counted them: {ran:?}");
        assert_eq!(ran.document()["targets"].as_array().unwrap().len(), 1, "no other vendor is opened: {ran:?}");
        assert!(code == 130 || ran.error_code() == "deadline", "{ran:?}");
        drop(stdin);
    }
}
