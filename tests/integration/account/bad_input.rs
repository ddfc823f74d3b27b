//! Settings that make no sense: each has its own words and exit code, and nothing is
//! sent.

use jobctl::sandbox::{Options, Sandbox};

use super::Call;
use crate::support::jobctl;

/// Cancels a job under this configuration, and says how the call ended.
async fn refused(call: Call, code: i32, parts: &[&str]) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = call.set("DATAFOLD_HOST", sandbox.url());
    let ended = call.run(&["cancel", "datafold", "4321"]).await;
    assert_eq!(ended.code, code, "{ended:?}");
    for part in parts {
        assert!(ended.all().contains(part), "no {part:?} in {ended:?}");
    }
    assert!(!ended.all().contains("hunter2"), "{ended:?}");
    assert_eq!(sandbox.totals().requests, 0, "something was sent");
}

/// As [`refused`], with a table for Datafold at the sandbox's own host.
async fn refused_kept(keys: &str, file: Option<(&str, u32)>, code: i32, parts: &[&str]) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::with_config(&format!("[profiles.default.datafold]\nhost = '{}'\n{keys}\n", sandbox.url()));
    if let Some((text, mode)) = file {
        call.write(".config/jobctl/key", text, mode);
    }
    let ended = call.run(&["cancel", "datafold", "4321"]).await;
    assert_eq!(ended.code, code, "{ended:?}");
    for part in parts {
        assert!(ended.all().contains(part), "no {part:?} in {ended:?}");
    }
    assert!(!ended.all().contains("hunter2"), "{ended:?}");
    assert_eq!(sandbox.totals().requests, 0, "something was sent");
}

#[tokio::test]
async fn a_file_that_makes_no_sense_is_named_with_line_and_key() {
    for (text, parts) in [
        (
            "[profiles.default.datafold]\nhost = 5",
            &["config.toml:2:", "`host`", "must be a string, not a whole number"][..],
        ),
        ("[profiles.prod]\n[profiles.prod]\n", &["config.toml:2:", "duplicate"]),
        ("[profiles.prod.datafold]\nhots = 'x'", &["config.toml:2:", "`hots`", "did you mean `host`?"]),
        ("[profiles.prod.datafold]\napi_key = 'hunter2'", &["config.toml:2:", "holds no secrets", "token_command"]),
        ("[profiles.prod.datafld]\n", &["unknown provider `datafld`", "did you mean `datafold`?"]),
        ("[profiles.prod\n", &["config.toml:1:"]),
    ] {
        refused(Call::with_config(text), 2, parts).await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_an_error_where_it_was_asked_for() {
    let call = Call::new();
    let folder = call.home.path().display().to_string();
    refused(call.set("JOBCTL_CONFIG", folder), 2, &["cannot read configuration file", "JOBCTL_CONFIG"]).await;
    refused(Call::new().set("JOBCTL_CONFIG", "/nowhere/x.toml"), 2, &["/nowhere/x.toml"]).await;
    refused(Call::new().set("JOBCTL_PROFILE", "prod"), 2, &["profile `prod`", "JOBCTL_PROFILE"]).await;
    refused(Call::new().set("JOBCTL_READ_ONLY", "maybe"), 2, &["JOBCTL_READ_ONLY", "maybe"]).await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_told_job_by_job_and_no_other_takes_its_place() {
    for (words, schema) in [("cancel", "jobctl.cancel/1"), ("status", "jobctl.status/1"), ("wait", "jobctl.wait/1")] {
        let call = jobctl(&[words, "datafold", "1", "2", "-o", "json", "--token-file", "/nowhere/key"]);
        let ran = call.env("DATAFOLD_API_KEY", "k-e-y").run().await;
        assert_eq!((ran.code, ran.document()["schema"].as_str()), (4, Some(schema)), "{ran:?}");
        let rows = ran.rows();
        assert_eq!(rows.len(), 2, "{ran:?}");
        for row in rows {
            assert_eq!(
                (&row["outcome"], &row["error"]["code"]),
                (&"unauthorized".into(), &"credentials_missing".into())
            );
            assert!(row["error"]["message"].as_str().unwrap().contains("--token-file /nowhere/key"), "{row:#}");
        }
    }
}

#[tokio::test]
async fn a_secret_that_is_missing_or_no_secret_is_exit_4() {
    refused(Call::new(), 4, &["no credential for datafold", "DATAFOLD_API_KEY", "--token-file"]).await;
    refused(Call::new().set("DATAFOLD_API_KEY", "hunter2\nhunter2"), 4, &["DATAFOLD_API_KEY", "more than one line"])
        .await;
    refused(Call::new().set("DATAFOLD_API_KEY", "hunter2\u{7}"), 4, &["DATAFOLD_API_KEY", "visible ASCII"]).await;
    refused(Call::new().set("DATAFOLD_API_KEY_FILE", "/nowhere/key"), 4, &["DATAFOLD_API_KEY_FILE", "/nowhere/key"])
        .await;
    refused(
        Call::new().set("DATAFOLD_APIKEY", "hunter2"),
        4,
        &["DATAFOLD_APIKEY is set", "did you mean DATAFOLD_API_KEY?"],
    )
    .await;
}

#[tokio::test]
async fn a_token_file_that_others_can_read_is_not_used() {
    for mode in [0o644, 0o640, 0o602, 0o660] {
        refused_kept("token_file = 'key'", Some(("hunter2", mode)), 2, &["token_file", "open to others", "chmod 600"])
            .await;
    }
    refused_kept("token_file = 'key'", Some(("", 0o600)), 4, &["is empty"]).await;
    refused_kept("token_file = 'key'", Some(("hunter2\nhunter2", 0o600)), 4, &["more than one line"]).await;
    refused_kept("token_file = 'absent.key'", None, 4, &["token_file", "absent.key"]).await;
    refused_kept("token_file = 'hunter2'", None, 4, &["token_file", "not the secret itself"]).await;
    refused_kept("token_file = '.'", None, 4, &["folder"]).await;
}

#[tokio::test]
async fn a_command_that_misbehaves_is_named_and_its_output_is_not_shown() {
    for (argv, parts) in [
        ("['true']", &["token_command [\"true\"]", "printed nothing"][..]),
        ("['printf', 'hunter2\\nhunter2']", &["printed more than one line"]),
        ("['no-such-program-here']", &["there is no such program in PATH"]),
        ("['sh', '-c', 'echo hunter2; echo broken hunter2 >&2; exit 3']", &["exit status: 3", "broken ***"]),
        ("['echo', '{\"version\":2,\"token\":\"hunter2\"}']", &["version 2"]),
        ("['echo', '{\"version\":1,\"token\":\"hunter2\",\"expires_at\":\"2020-01-01T00:00:00Z\"}']", &["expired"]),
        ("['echo', '{\"token\":\"hunter2\"']", &["another form"]),
    ] {
        refused_kept(
            &format!("token_command = {}", argv.replace('\\', "\\\\").replace("\\\\n", "\\n")),
            None,
            4,
            parts,
        )
        .await;
    }
    refused_kept("token_command = ['./evil']", None, 2, &["token_command", "absolute path"]).await;
    refused_kept("token_command = 'op read x'", None, 2, &["token_command", "array of strings"]).await;
}

#[tokio::test]
async fn a_profiles_secret_goes_to_its_own_host_only() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::with_config(
        "[profiles.default.datafold]\nhost = 'eu.datafold.com'\ntoken_command = ['echo', 'hunter2']\n",
    );
    let ended = call.run(&["cancel", "datafold", "4321", "--host", &sandbox.url()]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("belongs to https://eu.datafold.com"), "{ended:?}");
    let call = call.set("DATAFOLD_HOST", sandbox.url());
    assert_eq!(call.run(&["cancel", "datafold", "4321"]).await.code, 4);
    assert_eq!(sandbox.totals().requests, 0);
}

#[tokio::test]
async fn nothing_in_the_working_directory_is_read() {
    let call = Call::new();
    call.write("config.toml", "[profiles.default.datafold]\ntoken_command = ['touch', 'ran']\n", 0o600);
    call.write("jobctl.toml", "[profiles.default.datafold]\ntoken_command = ['touch', 'ran']\n", 0o600);
    call.write(".jobctl.toml", "nonsense", 0o600);
    let ended = call.run(&["cancel", "datafold", "4321"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(!call.path("ran").exists());
}
