//! What only a terminal shows: the question, and the line that moves.
//!
//! `script` (util-linux) lends the program a terminal.

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use jobctl::sandbox::Sandbox;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::support::home;
use crate::waiting::sandbox;

/// What a terminal showed, and the exit code.
struct Shown {
    code: i32,
    text: String,
}

/// Runs `jobctl ARGS` on a terminal and types `typed` once `cue` is shown.
async fn on_terminal(sandbox: &Sandbox, args: &str, cue: &str, typed: &[u8]) -> Option<Shown> {
    on_terminal_of(80, sandbox, args, cue, typed).await
}

/// As [`on_terminal`], on one of so many columns.
async fn on_terminal_of(columns: usize, sandbox: &Sandbox, args: &str, cue: &str, typed: &[u8]) -> Option<Shown> {
    let call = format!("stty rows 24 cols {columns}; {} {args}", env!("CARGO_BIN_EXE_jobctl"));
    let mut command = Command::new("script");
    command.args(["-qec", &call, "/dev/null"]).env_clear().kill_on_drop(true);
    command.envs([
        ("HOME", home().to_str().unwrap()),
        ("TERM", "xterm"),
        ("PATH", "/usr/bin:/bin"),
        ("SHELL", "/bin/sh"),
    ]);
    command.envs(sandbox.variables()).env("JOBCTL_SANDBOX", sandbox.url());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Not every machine has it.
    let mut child = command.spawn().ok()?;
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut text = Vec::new();
    let mut typed = Some(typed);
    let reading = async {
        let mut buffer = [0; 4096];
        loop {
            let read = stdout.read(&mut buffer).await.unwrap_or(0);
            if read == 0 {
                return;
            }
            text.extend_from_slice(&buffer[..read]);
            if String::from_utf8_lossy(&text).contains(cue)
                && let Some(typed) = typed.take()
            {
                stdin.write_all(typed).await.unwrap();
                stdin.flush().await.unwrap();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("the program goes on");
    let code = child.wait().await.unwrap().code().unwrap();
    Some(Shown { code, text: String::from_utf8_lossy(&text).into_owned() })
}

#[tokio::test]
async fn the_question_shows_scope_and_jobs_and_only_yes_is_yes() {
    let tries = [
        ("y\n", 0, 2),
        ("YES\n", 0, 2),
        ("n\n", 9, 0),
        ("\n", 9, 0),
        ("yep\n", 9, 0),
        ("\u{4}", 9, 0),
        ("\u{3}", 130, 0),
    ];
    join_all(tries.map(|(typed, code, received)| async move {
        let sandbox = sandbox(0, "").await;
        let args = "cancel prequel --destination warehouse-eu --all";
        let Some(shown) = on_terminal(&sandbox, args, "[y/N] ", typed.as_bytes()).await else { return };
        assert_eq!(shown.code, code, "{typed:?}: {}", shown.text);
        for part in [
            "Prequel at http://127.0.0.1",
            "staging environment",
            "destination warehouse-eu",
            "everybody's jobs",
            "warehouse-eu/nightly-0142",
            "warehouse-eu/nightly-0143",
            "(2 jobs)? [y/N]",
        ] {
            // Sentences are wrapped.
            let words = shown.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(part), "{part}: {}", shown.text);
        }
        assert!(!shown.text.contains("sk_staging_sandbox"), "{}", shown.text);
        let found = sandbox.record().iter().filter(|job| job.received > 0).count();
        assert_eq!(found, received, "{typed:?}: {}", shown.text);
        let held = shown.text.matches("not_sent").count();
        assert_eq!(held, if code == 9 { 2 } else { 0 }, "{typed:?}: {}", shown.text);
        assert_eq!(sandbox.totals().lists, 1, "what was shown is what is acted on");
    }))
    .await;
}

#[tokio::test]
async fn a_terminal_is_not_asked_where_the_answer_was_given_or_nothing_matches() {
    let sandbox = sandbox(0, "").await;
    for (args, code) in [
        ("cancel datafold --state blocked --no-input", 9),
        ("cancel datafold --state blocked -o json", 9),
        ("cancel veeva --state blocked", 0),
        ("cancel datafold --state blocked -n", 0),
        ("cancel datafold 105 106 --state queued", 0),
        ("cancel datafold --state blocked --expect 2", 3),
    ] {
        let Some(shown) = on_terminal(&sandbox, args, "[y/N] ", b"n\n").await else { return };
        assert!(!shown.text.contains("[y/N]"), "{args}: {}", shown.text);
        assert!(shown.code == code || args.contains("--expect"), "{args}: {} {}", shown.code, shown.text);
    }
}

#[tokio::test]
async fn while_it_waits_the_terminal_shows_that_it_lives() {
    let sandbox = sandbox(3_600_000, "").await;
    let args = "wait prequel:warehouse-eu/nightly-0142 datafold:101 --timeout 4s";
    let Some(shown) = on_terminal(&sandbox, args, "never", b"").await else { return };
    assert_eq!(shown.code, 8, "{}", shown.text);
    let moved = shown.text.matches("1/2").count();
    assert!((4..=60).contains(&moved), "a line that is redrawn, {moved} times: {:?}", shown.text);
    assert!(!shown.text.contains(" -> "), "no lines of changes beside it: {}", shown.text);
}

/// The columns of a line without its colours.
fn width(line: &str) -> usize {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().chars().count();
    first + parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.chars().count())).sum::<usize>()
}

#[tokio::test]
async fn a_narrow_terminal_keeps_its_lines() {
    let sandbox = sandbox(0, "").await;
    for (columns, args) in [
        (60, "cancel datafold:109 datafold:999 veeva:1043341 unstructured:9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10"),
        (60, "cancel datafold x"),
        (60, "list datafold --state all"),
        (80, "list unstructured --state all"),
        (80, "status veeva:1046892 veeva:999 prequel:warehouse-eu/nightly-0140"),
        (60, "providers"),
        (80, "auth status"),
    ] {
        let Some(shown) = on_terminal_of(columns, &sandbox, args, "never", b"").await else { return };
        // The last line is for an incident's log, and stays one line.
        // On a busy machine a moving line stands before a row, and gives way to it.
        let lines = shown.text.split(['\r', '\n']).filter(|line| !line.contains(" jobs: "));
        for line in lines {
            assert!(width(line) <= columns, "{args}: {} columns in {line:?}\n{}", width(line), shown.text);
        }
        assert!(shown.text.contains('\u{1b}'), "in colour: {}", shown.text);
        assert!(shown.text.is_ascii(), "no locale, no ornaments: {}", shown.text);
    }
}

#[tokio::test]
async fn rows_and_the_moving_line_share_a_terminal() {
    let faults = "cancel:slow=600ms".parse().unwrap();
    let sandbox = Sandbox::start(jobctl::sandbox::Options { faults, ..Default::default() }).await.unwrap();
    let args = "cancel datafold 101 102 103 104 105 106 123 124 --concurrency 2 --color never";
    let Some(shown) = on_terminal(&sandbox, args, "never", b"").await else { return };
    assert_eq!(shown.code, 0, "{}", shown.text);
    let rows: Vec<&str> = shown.text.lines().filter(|line| line.contains(" datafold:1")).collect();
    assert_eq!(rows.len(), 8, "{}", shown.text);
    let row_and_bar = |part: &str| part.contains("/8") && part.contains(" datafold:");
    assert!(!shown.text.split(['\r', '\n']).any(row_and_bar), "one gives way to the other: {:?}", shown.text);
    let counts = (1..8).filter(|done| shown.text.contains(&format!("] {done}/8"))).count();
    assert!(counts > 1 && shown.text.contains("/s "), "{:?}", shown.text);
    assert!(shown.text.contains(" left"), "{:?}", shown.text);
}
