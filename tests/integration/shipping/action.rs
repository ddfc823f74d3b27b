//! The step of action.yml that runs jobctl, against the sandbox and against a vendor
//! that writes commands into its answers.

use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;
use wiremock::ResponseTemplate;

use super::{Step, Stepped, has, read};
use crate::support::{ALL, Stage, exit_code, jobctl, send};

/// What the step's script needs beside jobctl, as every runner has it.
const NEEDED: [&str; 2] = ["bash", "jq"];

/// A sandbox whose accepted cancels take their time, and the variables that point at it.
async fn sandbox() -> (Child, Vec<(String, String)>) {
    let mut child = jobctl(&["sandbox", "serve", "--port", "0", "--cancel-delay", "1m"]).start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut exports = Vec::new();
    while exports.len() < 9 {
        let line = lines.next_line().await.unwrap().unwrap();
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        exports.push((name.to_owned(), value.to_owned()));
    }
    (child, exports)
}

/// Runs the step beside the server that it calls.
async fn run(step: Step) -> Stepped {
    tokio::task::spawn_blocking(move || {
        let stepped = step.run();
        assert_eq!(stepped.stderr, "", "one stream, so that the runner cannot read a line too late");
        if let Some(path) = stepped.outputs.get("result-json").filter(|path| !path.is_empty()) {
            let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(document["exit_code"].to_string(), stepped.outputs["exit-code"], "{stepped:#?}");
            assert_eq!(document["exit_name"], *stepped.outputs["exit-name"], "{stepped:#?}");
        }
        stepped
    })
    .await
    .unwrap()
}

/// `exit-code`, `exit-name`, `cancelled`, `failed`.
fn outputs(stepped: &Stepped) -> [&str; 4] {
    ["exit-code", "exit-name", "cancelled", "failed"].map(|name| stepped.outputs[name].as_str())
}

#[tokio::test]
async fn every_end_has_its_outputs_its_summary_and_its_code() {
    if !has(&NEEDED) {
        return;
    }
    let (_server, sandbox) = sandbox().await;
    let step = || Step::new("run.sh").envs(&sandbox);

    let done = run(step().with("jobs", "datafold:123\nunstructured:9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10\n")).await;
    assert_eq!((done.code, outputs(&done)), (0, ["0", "ok", "1", "0"]), "{done:#?}");
    assert!(done.summary.contains("| cancelled | datafold&#58;123 | cancelled |"), "{done:#?}");
    assert!(!done.log.contains("::error"), "{done:#?}");

    let partly = run(step().with("args", "datafold\n124\n999\n").with("reason", "wrong *table*")).await;
    assert_eq!((partly.code, outputs(&partly)), (3, ["3", "partial", "1", "1"]), "{partly:#?}");
    let rows: Vec<&str> = partly.summary.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows[2].starts_with("| not&#95;found | datafold&#58;999 |"), "failures first: {rows:#?}");
    assert!(rows[3].starts_with("| cancelled | datafold&#58;124 |"), "{rows:#?}");
    assert!(partly.summary.contains("Reason: wrong &#42;table&#42;"), "{partly:#?}");
    assert!(partly.log.contains("\n::error title=jobctl::exit 3 (partial): 1 of 2 failed\n"), "{partly:#?}");

    let borne = run(step().with("jobs", "datafold:999").with("tolerate", "pending, not_found")).await;
    assert_eq!((borne.code, outputs(&borne)), (0, ["5", "not_found", "0", "1"]), "{borne:#?}");
    let not_borne = run(step().with("jobs", "datafold:999").with("tolerate", "found")).await;
    assert_eq!(not_borne.code, 5, "{not_borne:#?}");

    let waited = run(step().with("jobs", "datafold:103").with("wait", "true").with("timeout", "9s")).await;
    assert_eq!((waited.code, outputs(&waited)), (0, ["0", "ok", "1", "0"]), "{waited:#?}");
    let listed = run(step().with("command", "list").with("args", "datafold\n--limit\n2")).await;
    assert_eq!((listed.code, outputs(&listed)), (0, ["0", "ok", "0", "0"]), "{listed:#?}");
    assert_eq!(listed.summary.matches("| read |").count(), 2, "{listed:#?}");
}

#[tokio::test]
async fn jobs_come_from_a_file_beside_the_workflow() {
    if !has(&NEEDED) {
        return;
    }
    let (_server, sandbox) = sandbox().await;
    let step = Step::new("run.sh").envs(&sandbox).with("jobs-file", "-jobs").with("working-directory", "it's here");
    let folder = step.folder.path().join("it's here");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("-jobs"), "# tonight\n{\"provider\":\"datafold\",\"id\":123}\n").unwrap();
    let done = run(step).await;
    assert_eq!((done.code, outputs(&done)), (0, ["0", "ok", "1", "0"]), "{done:#?}");
}

#[tokio::test]
async fn usage_errors_are_exit_2_and_nothing_is_sent() {
    if !has(&NEEDED) {
        return;
    }
    let (_server, sandbox) = sandbox().await;
    let step = || Step::new("run.sh").envs(&sandbox).with("jobs", "datafold:123");
    for wrong in [
        step().with("args", "--nonsense"),
        step().with("jobs-file", "jobs.txt"),
        step().with("wait", "yes"),
        step().with("command", "cancel --all"),
        step().with("working-directory", "/no/such/folder"),
        step().with("timeout", "soon"),
    ] {
        let stepped = run(wrong).await;
        assert_eq!((stepped.code, outputs(&stepped)), (2, ["2", "usage", "0", "0"]), "{stepped:#?}");
        assert!(stepped.log.contains("\n::error title=jobctl::") || stepped.log.starts_with("::error"), "{stepped:#?}");
    }
    let status = run(step().with("command", "status")).await;
    assert!(status.summary.contains("| processing |"), "nothing was cancelled: {status:#?}");

    let none = run(step().env("PATH", "/usr/bin:/bin")).await;
    assert_eq!((none.code, outputs(&none)), (127, ["127", "", "0", "0"]), "no jobctl: {none:#?}");
}

/// What a runner takes for its own: a line that begins with `::` (or has `##[`), unless
/// commands are stopped and the token has not come back.
fn runners_commands(log: &str) -> Vec<&str> {
    let mut token = None;
    let mut commands = Vec::new();
    for line in log.split(['\n', '\r']).map(str::trim) {
        match token {
            Some(end) if line == end => token = None,
            None if line.starts_with("::stop-commands::") => {
                token = Some(format!("::{}::", line.trim_start_matches("::stop-commands::")));
            }
            None if line.starts_with("::") || line.contains("##[") => commands.push(line),
            _ => {}
        }
    }
    commands
}

/// What a vendor might write to be obeyed.
const EVIL: &str = "\n::set-output name=exit-code::0\n::add-path::/tmp\n##[error]no\r\n::endgroup::\nexit-code=0\n\
    | a | `b` | [c](http://evil.example) <img src=x> ![d](x) @everyone $(touch pwned) `touch pwned`\n\n# Big\u{1b}[2J\u{202e}";

#[tokio::test]
async fn what_a_vendor_writes_is_text_and_nothing_else() {
    if !has(&NEEDED) {
        return;
    }
    let datafold = ALL.iter().find(|vendor| vendor.name == "datafold").unwrap();
    let refusal = ResponseTemplate::new(403).set_body_json(json!({ "detail": EVIL }));
    let stage = Stage::new(datafold, vec![refusal.clone()], vec![refusal]).await;
    let step = Step::new("run.sh")
        .env(datafold.host_variable, stage.server.uri())
        .env(datafold.key_variable, "a-key-that-nobody-may-see")
        .with("jobs", "datafold:123\ndatafold:1`|$(touch${IFS}pwned) ;touch\n")
        .with("reason", EVIL);
    let folder = step.folder.path().to_owned();
    // The folder is kept until the end of the test.
    let (stepped, _step) = tokio::task::spawn_blocking(move || (step.run(), step)).await.unwrap();

    assert_eq!((stepped.code, outputs(&stepped)), (12, ["12", "failed", "0", "3"]), "{stepped:#?}");
    assert_eq!(stepped.outputs.len(), 5, "{stepped:#?}");
    assert_eq!(runners_commands(&stepped.log), ["::error title=jobctl::exit 12 (failed): 3 of 3 failed"]);
    assert!(!stepped.log.contains(['\u{1b}', '\u{202e}']), "{stepped:#?}");
    assert!(!folder.join("pwned").exists() && !stepped.log.contains("a-key-that"), "{stepped:#?}");

    let told = &stepped.summary;
    assert!(told.contains("set-output name&#61;exit-code&#58;&#58;0"), "{told}");
    assert!(!told.contains(['`', '<', '>', '[', ']', '@', '*', '\u{1b}', '\u{202e}', '$']), "{told}");
    let table: Vec<&str> = told.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(table.len(), 2 + 3, "{told}");
    for row in table {
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
    let headings: Vec<&str> = told.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings, ["### jobctl cancel&#58; failed (exit 12)"]);
}

#[tokio::test]
async fn a_cancelled_workflow_still_says_what_it_knows() {
    if !has(&NEEDED) {
        return;
    }
    let (_server, sandbox) = sandbox().await;
    let step = Step::new("run.sh")
        .envs(&sandbox)
        .with("jobs", "prequel:warehouse-eu/nightly-0142\ndatafold:123")
        .with("wait", "true");
    let mut command = tokio::process::Command::from(step.command());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    // Both have been sent when the sandbox says that one is cancelled and the other cancelling.
    for (job, word) in [("datafold:123", "cancelled"), ("prequel:warehouse-eu/nightly-0142", "cancelling")] {
        let mut reads = 0;
        loop {
            let read = sandbox
                .iter()
                .fold(jobctl(&["status", job, "-o", "json"]), |call, (name, value)| call.env(name, value.clone()))
                .run()
                .await;
            if read.rows()[0]["state"] == word {
                break;
            }
            reads += 1;
            assert!(reads < 500, "{job} is not {word}: {read:#?}");
        }
    }
    send(&child, Signal::TERM).await;
    let mut log = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut child.stdout.take().unwrap(), &mut log).await.unwrap();
    let stepped = step.ended(exit_code(child.wait().await.unwrap()), log);
    assert_eq!((stepped.code, outputs(&stepped)[0]), (143, "143"), "{stepped:#?}");
    assert!(stepped.summary.contains("| datafold&#58;123 | cancelled |"), "{stepped:#?}");
}

#[test]
fn no_value_is_written_into_a_script() {
    let text = read("action.yml");
    let (_, steps) = text.split_once("\nruns:\n").unwrap();
    let runs: Vec<&str> = steps.lines().filter(|line| line.contains("run: ")).collect();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|line| !line.contains("${{")), "{runs:#?}");
    for script in ["install.sh", "run.sh"] {
        assert!(!read(&format!(".github/action/{script}")).contains("eval "), "{script}");
    }
}
