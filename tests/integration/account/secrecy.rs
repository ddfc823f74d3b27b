//! Proofs that secrets are nowhere but in the request they belong to.

use std::path::Path;

use jobctl::sandbox::{Options, Sandbox, veeva_login};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Call;

const KEY: &str = "sk-hunter2-datafold";

/// Every file below `folder` that holds `secret`.
fn holders(folder: &Path, secret: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holders(&path, secret, found);
        } else if memchr::memmem::find(&std::fs::read(&path).unwrap(), secret.as_bytes()).is_some() {
            found.push(path.display().to_string());
        }
    }
}

#[tokio::test]
async fn a_token_command_sees_no_other_secret_and_no_command_line_has_one() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::with_config(&format!(
        "[profiles.default.datafold]\nhost = '{}'\ntoken_command = ['~/secret.sh']\n",
        sandbox.url()
    ))
    .set("PREQUEL_API_KEY", "hunter2-prequel")
    .set("VEEVA_PASSWORD", "hunter2-veeva")
    .set("VEEVA_PASSWORD_FILE", "/run/secrets/hunter2-file")
    .set("UNSTRUCTURED_API_KEY", "hunter2-unstructured")
    .set("OP_SESSION", "its own");
    let script =
        "#!/bin/sh\nenv > \"$HOME/seen.env\"\ncat /proc/$PPID/cmdline > \"$HOME/seen.cmdline\"\necho sk-from-command\n";
    call.write("secret.sh", script, 0o700);
    call.run(&["cancel", "datafold:4321", "prequel:d/j"]).await;
    let env = std::fs::read_to_string(call.path("seen.env")).unwrap();
    assert!(!env.contains("hunter2"), "{env}");
    assert!(env.contains("OP_SESSION=its own"), "its own variables stay: {env}");
    let line = std::fs::read_to_string(call.path("seen.cmdline")).unwrap();
    assert!(line.contains("jobctl") && !line.contains("hunter2") && !line.contains("sk-from-command"), "{line:?}");
}

#[tokio::test]
async fn no_option_takes_a_secret_so_no_process_list_has_one() {
    // Slow enough to be looked at while it runs.
    let server = MockServer::builder().start().await;
    let slow = ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(60));
    Mock::given(any()).respond_with(slow).mount(&server).await;
    let call = Call::new();
    call.write("key", KEY, 0o600);
    let uri = server.uri();
    let arguments = ["cancel", "datafold", "1", "--host", &uri, "--token-file", "key"];
    let look = async {
        while server.received_requests().await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let mut lines = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if memchr::memmem::find(&line, uri.as_bytes()).is_some() {
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
        lines
    };
    let lines = tokio::select! {
        ended = call.run(&arguments) => panic!("it ended before it was looked at: {ended:?}"),
        lines = look => lines,
    };
    assert!(!lines.is_empty(), "the program was not seen running");
    assert!(lines.iter().all(|line| !line.contains("hunter2")), "{lines:?}");
}

#[tokio::test]
async fn a_secret_in_the_place_of_its_file_appears_nowhere() {
    let call = Call::new();
    let plan = call.path("plan").display().to_string();
    for flag in [&["--token-file", KEY][..], &[&format!("--token-file={KEY}")]] {
        for words in [&["cancel", "datafold", "1"][..], &["cancel", "datafold", "1", "-n", "--plan-out", &plan]] {
            let ended = call.run(&[words, flag].concat()).await;
            assert!(!ended.all().contains(KEY), "{ended:?}");
            assert!(words.contains(&"-n") || ended.all().contains("not the secret itself"), "{ended:?}");
        }
    }
    for entry in std::fs::read_dir(call.path(".local/state/jobctl/runs")).unwrap().flatten() {
        let record = std::fs::read_to_string(entry.path()).unwrap();
        assert!(record.contains("--token-file") && !record.contains(KEY), "{record}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_trace_that_is_lost_is_warned_of_once() {
    let sandbox = jobctl::sandbox::Sandbox::start(jobctl::sandbox::Options::default()).await.unwrap();
    let call = Call::new().set_all(sandbox.variables());
    for words in
        [&["cancel", "datafold", "123", "105"][..], &["status", "datafold", "123", "105"], &["list", "datafold"]]
    {
        let ended = call.run(&[words, &["--trace-http", "/dev/full"]].concat()).await;
        assert_eq!(ended.stderr.matches("warning: the trace of --trace-http is not whole").count(), 1, "{ended:?}");
    }
}

#[tokio::test]
async fn a_server_that_echoes_the_key_does_not_get_it_onto_disk_or_screen() {
    let server = MockServer::builder().start().await;
    let echo = ResponseTemplate::new(401)
        .insert_header("x-echo", KEY)
        .set_body_string(format!(r#"{{"detail":"key {KEY} is not valid"}}"#));
    Mock::given(any()).respond_with(echo).mount(&server).await;
    for format in ["human", "json", "ndjson", "csv"] {
        let call = Call::new().set("DATAFOLD_HOST", server.uri()).set("DATAFOLD_API_KEY", KEY);
        let trace = call.path("trace.jsonl").display().to_string();
        let arguments = ["-vv", "--trace-http", &trace, "-o", format, "cancel", "datafold", "1", "2"];
        let ended = call.run(&arguments).await;
        assert_eq!(ended.code, 4, "{ended:?}");
        assert!(!ended.all().contains("hunter2"), "{ended:?}");
        assert!(std::fs::metadata(&trace).unwrap().len() > 0);
        let mut found = Vec::new();
        holders(call.home.path(), "hunter2", &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
    for arguments in [&["auth", "status", "datafold", "--check"][..], &["doctor", "datafold", "-o", "json"]] {
        let call = Call::new().set("DATAFOLD_HOST", server.uri()).set("DATAFOLD_API_KEY", KEY);
        let ended = call.run(arguments).await;
        assert_eq!(ended.code, 4, "{ended:?}");
        assert!(!ended.all().contains("hunter2"), "{ended:?}");
    }
}

#[tokio::test]
async fn neither_password_nor_session_of_a_sign_in_is_left_behind() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let (username, password) = veeva_login();
    let call = Call::new()
        .set("VEEVA_VAULT_DNS", sandbox.url())
        .set("VEEVA_USERNAME", username)
        .set("VEEVA_PASSWORD", password);
    let trace = call.path("trace.jsonl").display().to_string();
    let ended = call.run(&["-vv", "--trace-http", &trace, "cancel", "veeva", "1046892"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    for secret in [password, "SANDBOX1SESSION"] {
        assert!(!ended.all().contains(secret), "{ended:?}");
        let mut found = Vec::new();
        holders(call.home.path(), secret, &mut found);
        assert!(found.is_empty(), "{secret}: {found:?}");
    }
}
