//! `wait` and `cancel --wait`: deadlines, floors, ends and signals.

use std::time::{Duration, Instant};

use futures_util::future::{join_all, join3};
use jobctl::sandbox::{Options, Sandbox};
use serde_json::Value;

use crate::listing::lines;
use crate::support::{ALL, Jobctl, Op, Stage, called, finish, jobctl, json};

/// A sandbox whose accepted jobs end after so many milliseconds.
pub(crate) async fn sandbox(cancel_delay: u64, choices: &str) -> Sandbox {
    let cancel_delay = Duration::from_millis(cancel_delay);
    let choices = choices.parse().unwrap();
    Sandbox::start(Options { cancel_delay, choices, bulk: 300, ..Options::default() }).await.unwrap()
}

/// A call whose vendors are all in the sandbox.
pub(crate) fn inside(mut call: Jobctl, sandbox: &Sandbox) -> Jobctl {
    for (name, value) in sandbox.variables() {
        call = call.env(name, value);
    }
    call.env("JOBCTL_SANDBOX", sandbox.url())
}

/// A live job of each vendor in the sandbox that can be cancelled.
const LIVE: [&str; 4] = [
    "datafold:123",
    "prequel:warehouse-eu/nightly-0142",
    "unstructured:9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10",
    "veeva:1046892",
];

const ENDED: [&str; 4] = [
    "datafold:101",
    "prequel:warehouse-eu/nightly-0141",
    "unstructured:3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d01",
    "veeva:1040217",
];

#[tokio::test]
async fn accepted_jobs_are_seen_to_their_end() {
    let sandbox = sandbox(150, "datafold-cancel=later").await;
    let call = jobctl(&["cancel", "--wait", "--interval", "400ms", "-o", "json"]).args(&LIVE);
    let ran = inside(call, &sandbox).run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    for row in ran.rows() {
        assert_eq!(
            (&row["outcome"], &row["state"], &row["verified"]),
            (&"cancelled".into(), &"cancelled".into(), &true.into())
        );
    }
    let call = jobctl(&["wait", "--for", "cancelled", "-o", "json"]).args(&LIVE[..3]);
    let ran = inside(call, &sandbox).run().await;
    assert_eq!((ran.code, ran.document()["schema"].as_str().unwrap()), (0, "jobctl.wait/1"));
    assert!(ran.rows().iter().all(|row| row["outcome"] == "met" && row["terminal"] == true));
}

#[tokio::test]
async fn at_the_deadline_every_job_is_pending() {
    let sandbox = sandbox(3_600_000, "datafold-cancel=later").await;
    let other = self::sandbox(3_600_000, "datafold-cancel=later").await;
    let began = Instant::now();
    let call = jobctl(&["wait", "--timeout", "3s", "-o", "json"]).args(&LIVE);
    let waited = inside(call, &sandbox).run();
    let call = jobctl(&["cancel", "--wait", "--timeout", "3s", "-o", "json"]).args(&LIVE);
    let cancelled = inside(call, &other).run();
    let advising = inside(jobctl(&["cancel", "--wait", "--timeout", "3s", LIVE[1]]), &sandbox).run();
    let (waited, cancelled, advising) = join3(waited, cancelled, advising).await;
    // Veeva's second read of a job would come after ten.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    for ran in [waited, cancelled] {
        assert_eq!((ran.code, ran.rows().len()), (8, 4), "{ran:#?}");
        for row in ran.rows() {
            assert_eq!(
                (&row["outcome"], &row["error"]["code"], &row["ok"]),
                (&"pending".into(), &"deadline".into(), &false.into())
            );
        }
    }
    let advice = "> jobctl wait prequel:warehouse-eu/nightly-0142";
    assert!(advising.code == 8 && advising.stderr.contains(advice), "{advising:#?}");
}

#[tokio::test]
async fn rehearsals_keep_their_records_apart() {
    let sandbox = sandbox(0, "").await;
    let home = tempfile::tempdir().unwrap();
    let at = home.path().to_str().unwrap();
    let call = |words: &[&str]| inside(jobctl(words).env("XDG_STATE_HOME", at), &sandbox);
    assert_eq!(call(&["cancel", "datafold", "123"]).run().await.code, 0);
    let folders = std::fs::read_dir(home.path().join("jobctl")).unwrap();
    let names: Vec<_> = folders.map(|folder| folder.unwrap().file_name()).collect();
    assert_eq!(names, ["sandbox-runs"]);
    let ran = call(&["runs", "show", "last", "-o", "name"]).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "datafold:123\n"), "{ran:#?}");
    let ran = jobctl(&["runs", "list", "-o", "json"]).env("XDG_STATE_HOME", at).run().await;
    assert_eq!(ran.rows().len(), 0, "{ran:#?}");
}

/// What is advised leads to the same host, with the same secret.
#[tokio::test]
async fn the_next_step_goes_where_the_cancel_went() {
    let vendor = called("datafold");
    let stage = Stage::new(vendor, vec![json(200, &vendor.state(vendor.id, Some("processing")))], vec![]).await;
    let folder = tempfile::tempdir().unwrap();
    let (host, key) = (stage.server.uri(), folder.path().join("key").display().to_string());
    std::fs::write(&key, "s3cret-key").unwrap();
    let call = jobctl(&["cancel", "datafold", vendor.id, "--host", &host, "--token-file", &key]);
    let ran = call.args(&["--no-config"]).run().await;
    let wait = format!("jobctl wait datafold datafold:{} --no-config --host {host} --token-file {key}", vendor.id);
    assert!(ran.code == 0 && ran.stderr.lines().any(|line| line.ends_with(&wait)), "{ran:#?}");
}

#[tokio::test]
async fn many_accepted_jobs_of_a_file_are_waited_for_by_that_file() {
    let sandbox = sandbox(600_000, "").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refs").display().to_string();
    let refs: Vec<_> = (0..9).map(|number| format!("prequel:bulk/{number}\n")).collect();
    for (count, advice) in [(9, format!("jobctl wait -f {path}")), (1, "jobctl wait prequel:bulk/0".to_owned())] {
        std::fs::write(&path, refs[..count].concat()).unwrap();
        let ran = inside(jobctl(&["cancel", "-f", &path]), &sandbox).run().await;
        assert!(ran.code == 0 && ran.stderr.lines().any(|line| line.ends_with(&advice)), "{ran:#?}");
    }
    // What came from a pipe is gone, but for the record.
    let pipe = |words: &[&str]| inside(jobctl(&["cancel", "-f", "-"]).args(words).stdin(refs.concat()), &sandbox);
    let ran = pipe(&["--no-journal"]).run().await;
    assert!(ran.code == 0 && !ran.stderr.contains("jobctl wait"), "{ran:#?}");
    let ran = pipe(&[]).run().await;
    let advice = ran.stderr.lines().find_map(|line| line.split_once("jobctl runs show ")).unwrap().1;
    let (run, wait) = advice.split_once(" -o name | ").unwrap();
    let shown = inside(jobctl(&["runs", "show", run, "-o", "name"]), &sandbox).run().await;
    assert_eq!((shown.stdout.lines().count(), wait), (9, "jobctl wait -f -"), "{shown:#?}");
}

#[tokio::test]
async fn nothing_is_waited_for_that_has_ended() {
    // Calls one after the other would have to heed Veeva's floor between them.
    let options = Options { veeva_status_every: Duration::ZERO, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    for (goal, code, outcome) in [("terminal", 0, "met"), ("cancelled", 11, "unmet")] {
        let (reads, began) = (sandbox.totals().reads, Instant::now());
        let ran = inside(jobctl(&["wait", "--for", goal, "-o", "json"]).args(&ENDED), &sandbox).run().await;
        assert_eq!((ran.code, ran.rows().len()), (code, 4), "{ran:#?}");
        assert!(ran.rows().iter().all(|row| row["outcome"] == outcome && row["state"] == "succeeded"));
        assert_eq!(sandbox.totals().reads - reads, 4, "each is read once");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let names = inside(jobctl(&["wait", "--for", goal, "-o", "name"]).args(&ENDED), &sandbox).run().await;
        assert_eq!(names.stdout.lines().count(), if outcome == "met" { 4 } else { 0 }, "name lists the ok ones");
    }
    let ran = inside(jobctl(&["wait", "datafold:999", "datafold:101", "-o", "json"]), &sandbox).run().await;
    assert_eq!((ran.code, ran.rows()[0]["outcome"].as_str().unwrap()), (3, "not_found"));
}

#[tokio::test]
async fn a_job_that_ends_by_itself_is_finished() {
    for vendor in ALL.iter().filter(|vendor| !vendor.is_veeva()) {
        for (args, code) in [(vec![], 0), (vec!["--strict"], 6)] {
            let live = json(200, &vendor.accepted(vendor.id, Some("running")));
            let reads = ["running", "running", "success"].map(|word| json(200, &vendor.state(vendor.id, Some(word))));
            let stage = Stage::new(vendor, vec![live], reads.into()).await;
            let played = stage.cancel(&["--wait", "--interval", "50ms"]).await;
            assert_eq!(played.ran.outcomes()[0].1, "finished", "{}", vendor.name);
            assert_eq!(played.count(Op::Cancel), 1);
            let strict = stage.cancel(&args).await;
            assert_eq!(strict.ran.code, if vendor.says_state { 0 } else { code }, "{}", vendor.name);
        }
    }
}

#[tokio::test]
async fn a_word_that_nobody_knows_never_outlasts_the_deadline() {
    let vendor = called("datafold");
    let stage = Stage::new(vendor, vec![], vec![json(200, &vendor.state("123", Some("hibernating")))]).await;
    let call = jobctl(&["wait", "datafold", "123", "--timeout", "3s", "--interval", "400ms", "-o", "json"]);
    let played = stage.play(call).await;
    assert_eq!((played.ran.code, played.ran.rows()[0]["state"].as_str().unwrap()), (8, "unknown"));
    assert!((4..=10).contains(&played.count(Op::Read)), "{}", played.count(Op::Read));
}

#[tokio::test]
async fn the_read_before_the_cancel_counts_against_the_floor() {
    let sandbox = sandbox(500, "").await;
    let call =
        ["cancel", "veeva", "1046892", "1046893", "--state", "queued", "--max", "9", "--wait", "--interval", "100ms"];
    let ran = inside(jobctl(&call).args(&["-o", "json"]), &sandbox).run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.rows().iter().all(|row| row["outcome"] == "cancelled" && row["state_before"] == "queued"));
    for id in ["1046892", "1046893"] {
        assert_eq!(sandbox.job("veeva", id).unwrap().reads, 2, "one to decide, one ten seconds later");
    }
    assert_eq!(sandbox.totals().limited, 0, "never below the floor");
}

#[tokio::test]
async fn a_crowd_is_watched_with_lists() {
    let row = jobctl::sandbox::choices().iter().find(|row| row.name == "veeva-monitors").unwrap();
    join_all(row.values.iter().map(|monitors| async move {
        let sandbox = sandbox(2500, &format!("veeva-monitors={monitors}")).await;
        let refs = (0..250).map(|n| format!("veeva:{}", 2_000_000 + n)).collect::<Vec<_>>().join("\n");
        let call = jobctl(&["cancel", "-f", "-", "--wait", "-o", "json"]).stdin(refs);
        let ran = inside(call, &sandbox).run().await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.rows().len() == 250 && ran.rows().iter().all(|row| row["outcome"] == "cancelled"));
        let totals = sandbox.totals();
        assert!(totals.reads <= 60 && totals.lists <= 20 && totals.limited == 0, "{totals:?}");
    }))
    .await;
}

#[tokio::test]
async fn each_change_of_state_is_a_line_where_there_is_no_terminal() {
    let vendor = called("datafold");
    let words = ["queued", "queued", "processing", "processing", "done"];
    let stage = async || {
        let reads = words.map(|word| json(200, &vendor.state("123", Some(word))));
        Stage::new(vendor, vec![], reads.into()).await
    };
    for format in ["json", "human"] {
        let call = jobctl(&["wait", "datafold", "123", "--interval", "60ms", "-o", format]);
        let ran = stage().await.play(call).await.ran;
        let told: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(
            told,
            ["datafold:123 queued", "datafold:123 queued -> running", "datafold:123 running -> succeeded"]
        );
    }
    let call = jobctl(&["wait", "datafold", "123", "--interval", "60ms", "-q"]);
    assert_eq!(stage().await.play(call).await.ran.stderr, "");
}

#[tokio::test]
async fn ndjson_tells_each_end_as_it_comes() {
    let vendor = called("prequel");
    let stage = Stage::with(vendor, move |_, path, _| {
        let id = if path.ends_with("j9") { "d1/j9" } else { "d1/j8" };
        json(200, &vendor.state(id, Some(if id == "d1/j9" { "SUCCESS" } else { "RUNNING" })))
    })
    .await;
    let call = jobctl(&["wait", "prequel", "d1/j8", "d1/j9", "--timeout", "3s", "-o", "ndjson"]);
    let ran = stage.play(call).await.ran;
    let told: Vec<Value> = lines(&ran, "wait.line").iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(told[1..3], [Value::from("met"), "pending".into()]);
    assert_eq!(ran.code, 8);
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_only_detaches() {
    use rustix::process::Signal;
    for (verb, outcome) in [(vec!["wait"], "pending"), (vec!["cancel", "--wait"], "requested")] {
        let verb = &verb;
        let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
        let tries = signals.map(|(signal, code)| async move {
            let sandbox = sandbox(3_600_000, "").await;
            let call = jobctl(verb).args(&LIVE[1..3]).args(&["-o", "json"]);
            let child = inside(call, &sandbox).start();
            // Both are waited for when both were seen to go on.
            while LIVE[1..3].iter().any(|name| {
                let (provider, id) = name.split_once(':').unwrap();
                sandbox.job(provider, id).unwrap().reads == 0
            }) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let began = Instant::now();
            crate::support::send(&child, signal).await;
            let ran = finish(child).await;
            assert!(began.elapsed() < Duration::from_secs(4), "nothing is in flight: {:?}", began.elapsed());
            assert_eq!((ran.code, ran.rows().len()), (code, 2), "{ran:#?}");
            assert!(ran.rows().iter().all(|row| row["outcome"] == outcome), "{ran:#?}");
        });
        join_all(tries).await;
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_said_before_any_call() {
    for args in [
        vec!["wait"],
        vec!["wait", "datafold", "1", "--for", "ever"],
        vec!["wait", "datafold", "1", "--timeout", "soon"],
        vec!["wait", "datafold", "1", "--interval", "0s"],
    ] {
        let ran = jobctl(&args).args(&["-o", "json"]).at(called("datafold"), "http://127.0.0.1:9").run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (2, "usage"), "{args:?}");
    }
}
