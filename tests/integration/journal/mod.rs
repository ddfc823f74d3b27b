//! The record of runs from outside: the binary against the sandbox, killed, resumed,
//! short of disk, and looked at.

mod advice;
mod damaged;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use jobctl::sandbox::{Options, Sandbox};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{send, validate};

const JOBS: u64 = 1000;
const FIRST: u64 = 1_000_000;
const CONCURRENCY: usize = 8;

/// A sandbox, and a home of its own for the binary.
struct House {
    sandbox: Sandbox,
    home: TempDir,
}

impl House {
    async fn new() -> Self {
        let options = Options { bulk: JOBS, cancel_delay: Duration::ZERO, ..Options::default() };
        Self { sandbox: Sandbox::start(options).await.unwrap(), home: TempDir::new().unwrap() }
    }

    /// The binary, pointed at the sandbox.
    fn jobctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobctl"));
        command.args(words).env_clear().envs(self.sandbox.variables()).env("HOME", self.home.path());
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn run(&self, words: &[&str]) -> Output {
        self.jobctl(words).output().await.unwrap()
    }

    async fn json(&self, words: &[&str]) -> (i32, Value) {
        let output = self.run(words).await;
        let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{error}: {output:?}");
        });
        (output.status.code().unwrap(), document)
    }

    fn runs(&self) -> PathBuf {
        self.home.path().join(".local/state/jobctl/runs")
    }

    /// The only record there is.
    fn record(&self) -> PathBuf {
        let mut paths = fs::read_dir(self.runs()).unwrap().map(|entry| entry.unwrap().path());
        let path = paths.next().unwrap();
        assert!(paths.next().is_none());
        path
    }

    /// A file that names bulk jobs.
    fn refs(&self, jobs: u64) -> String {
        let path = self.home.path().join("refs.txt");
        let mut text = String::new();
        for job in 0..jobs {
            writeln!(text, "datafold:{}", FIRST + job).unwrap();
        }
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The lines of a record that are whole.
fn lines(path: &Path) -> Vec<Value> {
    let bytes = fs::read(path).unwrap();
    bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// The refs on lines of one type.
fn refs(lines: &[Value], kind: &str) -> Vec<String> {
    let of_kind = lines.iter().filter(|line| line["type"] == kind);
    of_kind.map(|line| line["ref"].as_str().unwrap().to_owned()).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn seeds() -> u64 {
    std::env::var("JOBCTL_TEST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_instant_is_gone_on_with() {
    let began = Instant::now();
    let house = House::new().await;
    let file = house.refs(JOBS);
    assert!(house.run(&["cancel", "-f", &file, "-o", "ndjson"]).await.status.success());
    let whole = began.elapsed();
    for seed in 0..seeds() {
        let mut dice = fastrand::Rng::with_seed(seed);
        killed_and_resumed(seed, whole.mul_f64(dice.f64())).await;
    }
}

async fn killed_and_resumed(seed: u64, after: Duration) {
    let house = House::new().await;
    let file = house.refs(JOBS);
    let concurrency = CONCURRENCY.to_string();
    let mut child = house
        .jobctl(&["cancel", "-f", &file, "-o", "ndjson", "--concurrency", &concurrency])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(after).await;
    child.kill().await.unwrap();
    if !house.runs().exists() || fs::metadata(house.record()).unwrap().len() == 0 {
        // Nothing had begun, and so nothing was sent.
        assert_eq!(house.sandbox.totals().cancels, 0, "seed {seed}");
        return;
    }
    let before = lines(&house.record());
    let decided: BTreeSet<String> = refs(&before, "result").into_iter().collect();
    let announced: BTreeSet<String> = refs(&before, "sending").into_iter().collect();
    let received = |name: &str| {
        let id = name.strip_prefix("datafold:").unwrap();
        house.sandbox.job("datafold", id).map_or(0, |job| job.received)
    };
    for job in 0..JOBS {
        let name = format!("datafold:{}", FIRST + job);
        assert!(received(&name) == 0 || announced.contains(&name), "seed {seed}: {name} was sent unannounced");
    }
    let on_the_way = announced.difference(&decided).count();
    assert!(on_the_way <= CONCURRENCY, "seed {seed}: {on_the_way} on the way");
    if !announced.is_empty() {
        assert_eq!(refs(&before, "intended").len() as u64, JOBS, "seed {seed}");
    }
    let reads = house.sandbox.totals().reads;
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    if refs(&before, "intended").len() as u64 == JOBS {
        assert_eq!(document["summary"]["outcomes"]["cancelled"], JOBS, "seed {seed}: {}", document["summary"]);
        assert_eq!(exit, 0, "seed {seed}");
    }
    assert_eq!(document["schema"], "jobctl.cancel/1");
    assert_eq!(document["run_id"], before[0]["run_id"]);
    let indexes: Vec<u64> =
        document["results"].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert!(indexes.is_sorted());
    let undecided = refs(&before, "intended").len() - decided.len();
    assert_eq!(house.sandbox.totals().reads - reads, undecided as u64, "seed {seed}: each is read, and once");
    for name in refs(&before, "intended") {
        let times = received(&name);
        assert!(times == 1 || (times == 2 && !decided.contains(&name)), "seed {seed}: {name} was sent {times} times");
    }
    let (_, listed) = house.json(&["runs", "list", "-o", "json"]).await;
    assert_eq!(
        (&listed["results"][0]["open"], &listed["results"][0]["state"]),
        (&Value::from(0), &Value::from("done"))
    );
}

#[tokio::test]
async fn what_was_accepted_before_the_kill_is_not_cancelled_twice() {
    let options = Options { bulk: JOBS, cancel_delay: Duration::from_secs(600), ..Options::default() };
    let house = House { sandbox: Sandbox::start(options).await.unwrap(), home: TempDir::new().unwrap() };
    let jobs: Vec<String> = (0..40).map(|job| format!("prequel:bulk/{job}")).collect();
    let file = house.home.path().join("refs.txt");
    fs::write(&file, jobs.join("\n")).unwrap();
    let words = ["cancel", "-f", file.to_str().unwrap(), "--wait", "--timeout", "10m", "--concurrency", "4"];
    let mut child = house.jobctl(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !house.runs().exists() || refs(&lines(&house.record()), "accepted").len() < 40 {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", lines(&house.record()));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().await.unwrap();
    assert_eq!(house.sandbox.totals().cancels, 40);
    let (exit, shown) = house.json(&["runs", "show", "last", "-o", "json"]).await;
    assert_eq!((exit, &shown["summary"]["outcomes"]["requested"]), (0, &Value::from(40)), "{shown}");
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["outcomes"]["requested"]), (0, &Value::from(40)), "{document}");
    assert_eq!(house.sandbox.totals().cancels, 40, "each once");
}

#[tokio::test]
async fn an_interrupted_run_says_how_to_go_on_and_does() {
    let house = House::new().await;
    let file = house.refs(JOBS);
    let child =
        house.jobctl(&["cancel", "-f", &file, "--rate", "10"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let child = child.unwrap();
    while house.sandbox.totals().cancels < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (_, listed) = house.json(&["runs", "list", "-o", "json"]).await;
    assert_eq!(listed["results"][0]["state"], "running");
    let second = house.run(&["runs", "resume", "last"]).await;
    assert_eq!(second.status.code(), Some(9), "{}", stderr(&second));
    let pruned = house.run(&["runs", "prune", "--older-than", "0s"]).await;
    assert!(stderr(&pruned).contains("0 removed; 1 kept: a run is writing to it"), "{}", stderr(&pruned));
    send(&child, Signal::INT).await;
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    let text = stderr(&output);
    let command = text.lines().find_map(|line| line.split_once("jobctl runs resume ")).unwrap().1;
    let (exit, document) = house.json(&["runs", "resume", command.trim(), "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["outcomes"]["cancelled"]), (0, &Value::from(JOBS)));
    let lines = lines(&house.record());
    assert_eq!(lines.iter().filter(|line| line["type"] == "resume").count(), 1);
    assert_eq!(lines.last().unwrap()["open"], 0);
}

#[tokio::test]
async fn two_resumptions_of_one_run_do_not_mix() {
    let house = House::new().await;
    let file = house.refs(300);
    let mut child = house.jobctl(&["cancel", "-f", &file, "--rate", "20"]).stdout(Stdio::null()).spawn().unwrap();
    while house.sandbox.totals().cancels < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().await.unwrap();
    // Slowly, so that the first is still at it when the other comes.
    let resume = ["runs", "resume", "last", "--rate", "160", "-o", "json"];
    let (one, other) = tokio::join!(house.run(&resume), house.run(&resume));
    let codes = BTreeSet::from([one.status.code().unwrap(), other.status.code().unwrap()]);
    assert_eq!(codes, BTreeSet::from([0, 9]), "{one:?} {other:?}");
}

#[tokio::test]
async fn another_host_or_profile_is_refused() {
    let house = House::new().await;
    assert!(house.run(&["cancel", "datafold", "123"]).await.status.success());
    let output =
        house.jobctl(&["runs", "resume", "last"]).env("DATAFOLD_HOST", "http://127.0.0.1:1").output().await.unwrap();
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
    assert!(stderr(&output).contains("another Datafold host"));
    assert!(stderr(&output).contains(&format!("add --host {}", house.sandbox.url())), "{}", stderr(&output));
    let config = house.home.path().join("config.toml");
    fs::write(&config, "[profiles.prod.datafold]\nhost = \"http://127.0.0.1:1\"\n").unwrap();
    let output =
        house.run(&["runs", "resume", "last", "--config", config.to_str().unwrap(), "--profile", "prod"]).await;
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
    assert!(stderr(&output).contains("another profile"));
    let (exit, document) = house
        .json(&["runs", "resume", "last", "--config", config.to_str().unwrap(), "--profile", "prod", "-o", "json"])
        .await;
    assert_eq!((exit, &document["results"][0]["outcome"]), (9, &"cancelled".into()), "the jobs come out");
    assert!(stderr(&output).contains("name no profile"), "{}", stderr(&output));
    // The default one needs no naming.
    let folder = house.home.path().join(".config/jobctl");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "[profiles.default.datafold]\n").unwrap();
    let output = house.run(&["runs", "resume", "last"]).await;
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
    assert!(stderr(&output).contains("add --no-config"), "{}", stderr(&output));
    let output = house.run(&["runs", "resume", "last", "--no-config"]).await;
    assert_eq!(output.status.code(), Some(0), "as the hint says: {}", stderr(&output));
}

#[tokio::test]
async fn a_rehearsals_record_among_the_real_ones_is_not_gone_on_with() {
    let house = House::new().await;
    let file = house.refs(2);
    assert!(house.run(&["cancel", "-f", &file]).await.status.success());
    let path = house.record();
    let text = fs::read_to_string(&path).unwrap().replace("\"sandbox\":false", "\"sandbox\":true");
    fs::write(&path, &text[..text.find("{\"type\":\"sending\"").unwrap()]).unwrap();
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["outcomes"]["not_sent"]), (9, &2.into()), "{document:#}");
    assert_eq!(house.sandbox.totals().cancels, 2, "those of the run itself");
}

#[tokio::test]
async fn a_run_whose_input_had_failed_is_not_sent_by_going_on() {
    let house = House::new().await;
    let file = house.home.path().join("listed.ndjson");
    fs::write(&file, "datafold:1000001\n{\"type\":\"summary\",\"exit_code\":7}\ndatafold:1000002\n").unwrap();
    assert_eq!(house.run(&["cancel", "-f", file.to_str().unwrap()]).await.status.code(), Some(9));
    let listed = house.run(&["runs", "list"]).await;
    assert!(!stderr(&listed).contains("runs resume"), "{}", stderr(&listed));
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["outcomes"]["not_sent"]), (9, &2.into()), "{document:#}");
    assert_eq!(house.sandbox.totals().cancels, 0);
}

#[tokio::test]
async fn what_comes_from_a_pipe_is_on_record_as_it_comes() {
    use tokio::io::AsyncWriteExt as _;
    let house = House::new().await;
    let mut child = house.jobctl(&["cancel", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"datafold:1000001\nnonsense\ndatafold:1000002\n").await.unwrap();
    let of_kind = |kind: &str| lines(&house.record()).iter().filter(|line| line["type"] == kind).count();
    let sent = async {
        while house.sandbox.totals().cancels < 2 || of_kind("result") < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent).await.expect("both jobs are sent though the pipe stays open");
    child.kill().await.unwrap();
    assert_eq!((of_kind("intended"), of_kind("result"), of_kind("input")), (2, 3, 0));
    let (exit, document) = house.json(&["runs", "resume", "last", "-o", "json"]).await;
    assert_eq!((exit, &document["summary"]["total"]), (3, &Value::from(3)));
    assert!(document["warnings"][0].as_str().unwrap().contains("not all of the run's input is on record"));
    let (_, listed) = house.json(&["runs", "list", "-o", "json"]).await;
    assert_eq!(listed["results"][0]["state"], "partial", "what was not read is not done");
    assert_eq!(house.sandbox.totals().cancels, 2);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_cancelled_all_the_same() {
    let house = House::new().await;
    let file = house.home.path().join("a-file");
    fs::write(&file, "").unwrap();
    for (name, value) in [("XDG_STATE_HOME", file.to_str().unwrap()), ("HOME", "")] {
        let output =
            house.jobctl(&["cancel", "datafold", "123", "-o", "json"]).env(name, value).output().await.unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(document["results"][0]["outcome"], "cancelled");
        assert_eq!(document["warnings"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(stderr(&output).lines().count(), 1, "{name}: {}", stderr(&output));
        let command =
            house.jobctl(&["cancel", "datafold", "123", "--no-journal"]).env(name, value).output().await.unwrap();
        assert_eq!(stderr(&command), "", "{name}");
    }
    assert!(!house.runs().exists());
    house.run(&["cancel", "datafold", "123", "--dry-run"]).await;
    assert!(!house.runs().exists(), "a dry run is no run");
}

#[tokio::test]
async fn a_record_that_may_not_grow_ends_no_run() {
    let house = House::new().await;
    let file = house.refs(JOBS);
    for limit in ["0", "8", "32"] {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -f {limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_jobctl")]);
        command.args(["cancel", "-f", &file, "-o", "json"]).env_clear().envs(house.sandbox.variables());
        let home = TempDir::new().unwrap();
        let output = command.env("HOME", home.path()).stdin(Stdio::null()).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{limit}: {output:?}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["summary"]["outcomes"]["cancelled"], JOBS, "{limit}");
        assert_eq!(document["warnings"].as_array().unwrap().len(), 1, "{limit}: {}", stderr(&output));
    }
}

/// A file system with room for 16 KiB, where this process may make one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_one_warning_and_nothing_else() {
    let Some(disk) = SmallDisk::mount() else { return };
    let house = House::new().await;
    for jobs in [50, 100, JOBS] {
        let file = house.refs(jobs);
        let mut command = house.jobctl(&["cancel", "-f", &file, "-o", "json"]);
        let output = command.env("XDG_STATE_HOME", disk.0.path()).output().await.unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{jobs}");
        assert_eq!(document["summary"]["outcomes"]["cancelled"], jobs);
        assert_eq!(document["warnings"].as_array().unwrap().len(), 1, "{jobs}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        let runs = disk.0.path().join("jobctl/runs");
        for entry in fs::read_dir(&runs).unwrap() {
            let path = entry.unwrap().path();
            let lines = lines(&path);
            assert_eq!(lines.last().unwrap()["type"], "stopped", "{jobs}");
            let mut show = house.jobctl(&["runs", "resume", "last", "-o", "json"]);
            let resumed = show.env("XDG_STATE_HOME", disk.0.path()).output().await.unwrap();
            assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
            fs::remove_file(path).unwrap();
        }
    }
    let twice = (0..JOBS).filter(|job| house.sandbox.job("datafold", &(FIRST + job).to_string()).unwrap().received > 3);
    assert_eq!(twice.count(), 0, "resuming a record that was cut short looks before it sends");
}

#[cfg(unix)]
#[tokio::test]
async fn the_record_is_its_owners_alone_and_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new().await;
    let secret = house.sandbox.variables().into_iter().find(|(name, _)| *name == "DATAFOLD_API_KEY").unwrap().1;
    let key = house.home.path().join("key");
    fs::write(&key, &secret).unwrap();
    let reason = format!("the key is {secret}");
    let words = [
        "cancel",
        "datafold",
        "123",
        "999",
        "--token-file",
        key.to_str().unwrap(),
        "--host",
        &house.sandbox.url(),
        "--reason",
        &reason,
    ];
    // No variable tells what is secret.
    let mut call = house.jobctl(&words);
    call.env_remove("DATAFOLD_API_KEY").args(["--proxy", "me:hunter2@127.0.0.1:1"]);
    let output = call.env("CI_JOB_URL", "https://ci.example/job/7").output().await.unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = house.record();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&house.runs()), 0o700);
    assert_eq!(mode(house.runs().parent().unwrap()), 0o700);
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&secret) && !text.contains("hunter2"), "{text}");
    assert!(text.contains("--token-file") && text.contains("the key is ***"));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.ends_with("reason: the key is ***\n"), "{told}");
    let (_, document) = house.json(&["runs", "show", "last", "-o", "json"]).await;
    let run = &document["run"];
    assert_eq!(run["ci_url"], "https://ci.example/job/7");
    assert!(run["user"].is_string() && run["hostname"].is_string());
    assert_eq!(document["results"][1]["outcome"], "not_found");
    assert!(document["results"][0]["at"].is_string());
}

#[tokio::test]
async fn prune_removes_what_is_old_and_says_so() {
    let house = House::new().await;
    for _ in 0..3 {
        assert!(house.run(&["cancel", "datafold", "123"]).await.status.success());
    }
    let stranger = house.runs().join("notes.jsonl");
    fs::write(&stranger, "mine").unwrap();
    let newest = jobctl_ids(&house).pop().unwrap();
    let old = std::time::SystemTime::now() - Duration::from_secs(86_400);
    for id in jobctl_ids(&house).iter().filter(|id| **id != newest) {
        fs::File::options()
            .append(true)
            .open(house.runs().join(format!("{id}.jsonl")))
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let (exit, document) = house.json(&["runs", "prune", "--older-than", "12h", "-o", "json"]).await;
    assert_eq!((exit, document["results"].as_array().unwrap().len()), (0, 2));
    assert_eq!(jobctl_ids(&house), [newest]);
    let again = house.run(&["runs", "prune", "--older-than", "12h"]).await;
    assert!(stderr(&again).contains("0 removed; 1 kept: younger than that"), "{}", stderr(&again));
    assert!(stranger.exists());
    assert_eq!(house.run(&["runs", "prune"]).await.status.code(), Some(2));
}

fn jobctl_ids(house: &House) -> Vec<String> {
    let names = fs::read_dir(house.runs()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ids: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".jsonl")?.to_owned())).collect();
    ids.into_iter().filter(|id| id.len() == 36).collect()
}

#[tokio::test]
async fn a_run_is_named_exactly_or_as_the_last() {
    let house = House::new().await;
    assert_eq!(house.run(&["runs", "show", "last"]).await.status.code(), Some(2));
    assert!(house.run(&["cancel", "datafold", "123"]).await.status.success());
    let id = jobctl_ids(&house).pop().unwrap();
    for (run, exit) in [(&*id, 0), ("last", 0), (&id[..8], 2), ("../x", 2), ("", 2)] {
        assert_eq!(house.run(&["runs", "show", run]).await.status.code(), Some(exit), "{run}");
    }
    assert_eq!(house.run(&["runs", "list", "-o", "csv"]).await.status.code(), Some(2));
    let output = house.run(&["runs", "show", &id, "-o", "name"]).await;
    assert_eq!(output.stdout, b"datafold:123\n");
}

#[tokio::test]
async fn every_line_and_document_is_as_its_schema_says() {
    let house = House::new().await;
    let refs = house.home.path().join("refs");
    fs::write(&refs, "datafold:123\ndatafold:109\nnonsense\nveeva:1\ndatafold:123\n").unwrap();
    house.run(&["cancel", "-f", refs.to_str().unwrap(), "--reason", "drill"]).await;
    let path = house.record();
    let text = fs::read_to_string(&path).unwrap();
    let whole: Vec<&str> = text.lines().filter(|line| !line.contains("summary")).collect();
    fs::write(&path, whole.join("\n") + "\n").unwrap();
    house.run(&["runs", "resume", "last"]).await;
    let mut kinds = BTreeMap::<String, u32>::new();
    for line in lines(&path) {
        *kinds.entry(line["type"].as_str().unwrap().to_owned()).or_default() += 1;
        validate("journal", &line);
    }
    for (words, schema) in [
        (&["runs", "list", "-o", "json"][..], "runs"),
        (&["runs", "list", "-o", "ndjson"], "runs.line"),
        (&["runs", "show", "last", "-o", "json"], "run"),
        (&["runs", "show", "last", "-o", "ndjson"], "run.line"),
    ] {
        let output = house.run(words).await;
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            validate(schema, &serde_json::from_str(line).unwrap());
        }
    }
    assert_eq!((kinds["start"], kinds["input"], kinds["intended"]), (1, 1, 3), "{kinds:?}");
}
