//! `sandbox serve`, `sandbox run`, `providers`, and the verbs that only print.

#[cfg(unix)]
use std::time::Duration;

use jobctl::sandbox::choices;
#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[cfg(unix)]
use crate::support::send;
use crate::support::{finish, jobctl};

#[cfg(unix)]
#[tokio::test]
async fn serve_prints_what_to_export_and_serves_until_interrupted() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut child = jobctl(&["sandbox", "serve"]).start();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut exports = Vec::new();
        while exports.len() < 9 {
            let line = lines.next_line().await.unwrap().unwrap();
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            exports.push((name.to_owned(), value.to_owned()));
        }
        let value = |name: &str| exports.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert!(value("JOBCTL_SANDBOX").starts_with("http://127.0.0.1:"), "{exports:?}");
        assert_eq!(value("JOBCTL_SANDBOX"), value("VEEVA_VAULT_DNS"));
        let call =
            |args: &[&str]| exports.iter().fold(jobctl(args), |call, (name, value)| call.env(name, value.clone()));
        let ran = call(&["cancel", "datafold", "123", "-q", "-o", "json"]).run().await;
        assert_eq!((ran.code, ran.document()["sandbox"].as_bool()), (0, Some(true)), "{ran:#?}");
        assert!(ran.stderr.contains("rehearsal"), "said under -q too");
        let again = call(&["status", "datafold", "123", "-o", "json"]).run().await;
        assert_eq!(again.rows()[0]["state"], "cancelled", "the sandbox remembers");
        let elsewhere =
            call(&["cancel", "datafold", "123", "-o", "json"]).env("DATAFOLD_HOST", "http://127.0.0.1:9").run().await;
        assert_ne!(elsewhere.code, 0, "nothing else may be called: {elsewhere:#?}");
        send(&child, signal).await;
        assert_eq!(finish(child).await.code, code);
    }
}

#[tokio::test]
async fn a_port_can_be_asked_for_and_a_taken_one_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = jobctl(&["sandbox", "serve", "--port", &port]).run().await;
    assert!(ran.code != 0 && ran.stderr.contains("port"), "{ran:#?}");
    // Its errors are those of a rehearsal too, also where it only says so in a variable.
    for words in [&["--port", &port][..], &["--port", "99999"], &["--choices", "a=b"]] {
        let ran = jobctl(&["sandbox", "serve"]).args(words).env("JOBCTL_OUTPUT", "json").run().await;
        assert_eq!(ran.envelope()["sandbox"], true, "{words:?}: {ran:#?}");
    }
    assert_eq!(jobctl(&["sandbox", "serve", "--port", "99999"]).run().await.code, 2);
    assert_eq!(jobctl(&["sandbox", "serve", "--faults", "nonsense"]).run().await.code, 2);
    assert_eq!(jobctl(&["sandbox", "serve", "--choices", "a=b"]).run().await.code, 2);
    for format in ["json", "ndjson", "csv", "name"] {
        let ran = jobctl(&["sandbox", "serve", "-o", format]).run().await;
        assert!(ran.code == 2 && !ran.stdout.contains("export "), "{format}: {ran:#?}");
    }
}

/// In the long help, the manual pages and the errors; the short help stays short.
#[tokio::test]
async fn choices_and_faults_are_listed_in_the_program() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(jobctl(&["man", folder.path().to_str().unwrap()]).run().await.code, 0);
    for verb in ["serve", "run"] {
        let page = std::fs::read_to_string(folder.path().join(format!("jobctl-sandbox-{verb}.1"))).unwrap();
        let page = page.replace("\\-", "-").replace("\\*(Aq", "'");
        let help = jobctl(&["sandbox", verb, "--help"]).run().await.stdout;
        for row in choices() {
            let listed = format!("{}={}", row.name, row.values.join("|"));
            assert!(help.contains(&listed) && page.contains(&listed), "{verb}: {listed}\n{help}\n{page}");
        }
        for fault in ["applied-STATUS", "wrong-job", "retry-after"] {
            assert!(help.contains(fault) && page.contains(fault), "{verb}: {fault}\n{help}\n{page}");
        }
        let short = jobctl(&["sandbox", verb, "-h"]).run().await.stdout;
        assert!(short.contains("--choices") && !short.contains("veeva-login"), "{short}");
    }
    let ran = jobctl(&["sandbox", "serve", "--choices", "nonsense=1"]).run().await;
    assert!(ran.stderr.contains("veeva-login"), "{ran:#?}");
}

/// The path of the program under test, for commands that call it.
const JOBCTL: &str = env!("CARGO_BIN_EXE_jobctl");

#[cfg(unix)]
#[tokio::test]
async fn run_passes_on_the_commands_code() {
    for (script, code) in
        [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
    {
        let ran = jobctl(&["sandbox", "run", "--", "/bin/sh", "-c", script]).run().await;
        assert_eq!(ran.code, code, "{script}: {ran:#?}");
        assert!(ran.stderr.contains("rehearsal"));
    }
    let ran = jobctl(&["sandbox", "run", "--", "/no/such/program"]).run().await;
    assert!(ran.code == 127 && ran.stderr.contains("/no/such/program") && ran.stdout.is_empty(), "{ran:#?}");
    let ran = jobctl(&["-o", "json", "sandbox", "run", "--", "/no/such/program"]).run().await;
    assert_eq!((ran.code, &ran.envelope()["sandbox"]), (127, &true.into()), "{ran:#?}");
    assert_eq!(jobctl(&["sandbox", "run"]).run().await.code, 2);
}

/// Variables that lead to hosts, secrets and profiles.
const REAL: [&str; 11] = [
    "DATAFOLD_API_KEY",
    "DATAFOLD_API_KEY_FILE",
    "DATAFOLD_HOST",
    "PREQUEL_API_KEY",
    "UNSTRUCTURED_API_URL",
    "VEEVA_PASSWORD",
    "VEEVA_USERNAME",
    "VEEVA_ACCESS_TOKEN",
    "VEEVA_SESSION_ID_FILE",
    "JOBCTL_PROFILE",
    "JOBCTL_CONFIG",
];

#[cfg(unix)]
#[tokio::test]
async fn run_leaves_no_way_to_a_real_vendor() {
    let script = format!("env | sort; {JOBCTL} cancel datafold 123 --no-config -o json");
    let mut call = jobctl(&["sandbox", "run", "--", "/bin/sh", "-c", &script]).env("PATH", "/usr/bin:/bin");
    for name in REAL {
        call = call.env(name, "REAL");
    }
    let ran = call.env("KEPT", "REALLY").run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(!ran.stdout.contains("=REAL\n") && ran.stdout.contains("KEPT=REALLY"), "{}", ran.stdout);
    let document: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&document["sandbox"], &document["results"][0]["outcome"]), (&true.into(), &"cancelled".into()));
}

/// What is neither a host nor a secret is passed on.
#[cfg(unix)]
#[tokio::test]
async fn run_keeps_the_settings_of_the_vendors() {
    for (name, value) in
        [("PREQUEL_DESTINATION", "warehouse-eu"), ("VEEVA_API_VERSION", "v25.3"), ("VEEVA_CLIENT_ID", "pipeline")]
    {
        let script = format!("echo ${name}");
        let ran = jobctl(&["sandbox", "run", "--", "/bin/sh", "-c", &script]).env(name, value).run().await;
        assert_eq!(ran.stdout.trim(), value, "{name}: {ran:#?}");
    }
    let call = jobctl(&["sandbox", "run", "--", JOBCTL, "cancel", "prequel", "nightly-0142", "--no-config"]);
    let ran = call.env("PREQUEL_DESTINATION", "warehouse-eu").run().await;
    assert!(ran.code == 0 && ran.stdout.contains("prequel:warehouse-eu/nightly-0142"), "{ran:#?}");
}

#[tokio::test]
async fn the_sandbox_names_its_destinations() {
    for words in [&["list", "prequel"][..], &["cancel", "prequel", "--all", "--yes"]] {
        let ran = jobctl(&["--sandbox"]).args(words).run().await;
        assert!(ran.code == 2 && ran.stderr.contains("warehouse-eu"), "{words:?}: {ran:#?}");
        let ran = jobctl(words).run().await;
        assert!(ran.code == 2 && !ran.stderr.contains("warehouse"), "{words:?}: {ran:#?}");
    }
}

/// Every provider is called at the sandbox, with the sandbox's secret and nothing beside it.
#[tokio::test]
async fn the_flag_leaves_no_way_to_a_real_vendor() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("jobctl.toml");
    let tables = ["datafold", "prequel", "unstructured", "veeva"].map(|name| {
        format!("[profiles.default.{name}]\nhost = \"real.example\"\ntoken_command = [\"no-such-program\"]\n")
    });
    std::fs::write(&config, tables.concat()).unwrap();
    let call = jobctl(&["--sandbox", "auth", "status", "--check", "-o", "json"]);
    let call = REAL.iter().fold(call, |call, name| call.env(name, "REAL"));
    let ran = call.env("JOBCTL_CONFIG", config.to_str().unwrap()).run().await;
    let document = ran.document();
    let rows = document["results"].as_array().unwrap();
    assert_eq!((ran.code, rows.len()), (0, 4), "{document:#}");
    for row in rows {
        assert!(row["host"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{row:#}");
        assert_eq!(
            (&row["checked"], &row["ok"], &row["beaten"]),
            (&true.into(), &true.into(), &Value::Array(Vec::new()))
        );
    }
}

/// What is said of a rehearsal must never be about a vendor.
#[tokio::test]
async fn a_rehearsal_is_on_loopback_or_nothing_is_sent() {
    for elsewhere in ["https://app.datafold.com", "http://127.0.0.1.example", "yes"] {
        let call = jobctl(&["cancel", "datafold", "123", "-o", "json"]).env("JOBCTL_SANDBOX", elsewhere);
        let ran = call.env("DATAFOLD_HOST", elsewhere).env("DATAFOLD_API_KEY", "k-123456").run().await;
        let document = ran.document();
        assert_eq!((ran.code, &document["results"]), (2, &Value::Array(Vec::new())), "{document:#}");
        assert!(document["error"]["message"].as_str().unwrap().contains("JOBCTL_SANDBOX names no sandbox"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_reaches_the_command() {
    let script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = jobctl(&["sandbox", "run", "--", "/bin/sh", "-c", script]).env("PATH", "/usr/bin:/bin").start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "ready");
    send(&child, Signal::TERM).await;
    let status = tokio::time::timeout(Duration::from_secs(60), child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(5));
}

#[tokio::test]
async fn providers_are_rows_with_their_capabilities() {
    let ran = jobctl(&["providers", "-o", "json"]).run().await;
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &document["schema"], &document["exit_code"]), (0, &"jobctl.providers/1".into(), &0.into()));
    let rows = document["results"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["datafold", "prequel", "unstructured", "veeva"]);
    for row in rows {
        assert!(row["list"] == true && row["repeat"].is_string() && row["filters"].is_array(), "{row:#}");
    }
    let veeva = &rows[3];
    assert_eq!(
        (&veeva["batch"], &veeva["poll_floor"], &veeva["asynchronous"]),
        (&500.into(), &10.into(), &true.into())
    );
    assert_eq!(
        (&rows[0]["names"], &veeva["names"], &rows[1]["needs_destination"]),
        (&false.into(), &true.into(), &true.into())
    );
    let one = jobctl(&["providers", "veeva", "-o", "json"]).run().await;
    assert_eq!(serde_json::from_str::<Value>(&one.stdout).unwrap()["results"].as_array().unwrap().len(), 1);
    let human = jobctl(&["providers"]).run().await;
    assert!(human.code == 0 && human.stdout.contains("veeva") && human.stdout.contains("500"), "{human:#?}");
    let human = jobctl(&["providers", "datafold"]).run().await;
    assert!(human.stdout.contains("DATAFOLD_API_KEY"), "{human:#?}");
    assert_eq!(jobctl(&["providers", "nobody"]).run().await.code, 2);
    for format in ["csv", "ndjson", "name"] {
        assert_eq!(jobctl(&["providers", "-o", format]).run().await.code, 2, "{format}");
    }
}

/// What bash offers after `jobctl TYPED`, flags and the rest of the commands left out.
#[cfg(unix)]
async fn offers(typed: &str) -> String {
    let script = format!(
        "eval \"$({JOBCTL} completions bash)\"; COMP_WORDS=(jobctl {typed}); [[ '{typed}' == *' '* ]] || COMP_WORDS+=('')
         COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _jobctl jobctl \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"
         printf '%s\n' \"${{COMPREPLY[@]}}\" | grep -v ^- | xargs"
    );
    let ran = tokio::process::Command::new("bash").args(["-c", &script]).output().await.unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn schemas_completions_and_manual_pages_are_there() {
    let names = jobctl(&["schema"]).run().await;
    assert_eq!(names.code, 0, "{names:#?}");
    for name in ["cancel", "status", "wait", "list"] {
        let schema = jobctl(&["schema", name]).run().await;
        let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
        assert!(schema["$schema"].is_string(), "{name}");
    }
    assert_eq!(jobctl(&["schema", "nonsense"]).run().await.code, 2);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = jobctl(&["completions", shell]).run().await;
        assert!(ran.code == 0 && ran.stdout.contains("jobctl"), "{shell}");
    }
    assert_eq!(jobctl(&["completions", "tcsh-ish"]).run().await.code, 2);
    #[cfg(unix)]
    for (typed, offered) in [
        ("list", "datafold prequel unstructured veeva"),
        ("wait v", "veeva"),
        ("list --state qu", "queued"),
        ("providers", "datafold prequel unstructured veeva"),
        ("help ex", "exit-codes"),
        ("help can", "cancel"),
    ] {
        assert_eq!(offers(typed).await, offered, "{typed}");
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    std::fs::create_dir_all(&folder).unwrap();
    let ran = jobctl(&["man", folder.to_str().unwrap()]).run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(folder.join("jobctl.1").exists() && folder.join("jobctl-cancel.1").exists());
}
