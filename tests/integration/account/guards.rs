//! Protected and read-only profiles.

use jobctl::sandbox::{Options, Sandbox};

use super::Call;

const KEY: &str = "token_command = ['printenv', 'KEY']";

/// A profile `prod` with these keys, at a sandbox, and the sandbox.
async fn prod(keys: &str) -> (Call, Sandbox) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let key = sandbox.variables().into_iter().find(|(name, _)| *name == "DATAFOLD_API_KEY").unwrap().1;
    let text = format!("[profiles.prod]\n{keys}\n[profiles.prod.datafold]\nhost = '{}'\n{KEY}\n", sandbox.url());
    (Call::with_config(&text).set("KEY", key), sandbox)
}

const JOB: &str = "4321";

#[tokio::test]
async fn a_protected_profile_wants_its_name() {
    let (call, sandbox) = prod("protected = true").await;
    for more in [&[][..], &["--no-input"], &["-o", "json"], &["--confirm", "staging"], &["--confirm", "Prod"]] {
        let arguments = [&["--profile", "prod", "cancel", "datafold", JOB][..], more].concat();
        let ended = call.run_with(&arguments, "prod\n").await;
        assert_eq!(ended.code, 9, "{more:?}: {ended:?}");
        assert!(ended.all().contains("--confirm"), "{ended:?}");
    }
    assert_eq!(sandbox.totals().requests, 0, "something was sent");

    let json = call.run(&["--profile", "prod", "cancel", "datafold", JOB, "-o", "json"]).await.envelope();
    assert_eq!(json["error"]["code"], "not_confirmed");
    assert!(json["error"]["hint"].as_str().unwrap().contains("--confirm prod"));

    let ended = call.run(&["--profile", "prod", "cancel", "datafold", JOB, "-n"]).await;
    assert_eq!(ended.code, 0, "a dry run stops nothing: {ended:?}");
    assert_eq!(sandbox.totals().requests, 0);
    let ended = call.run(&["--profile", "prod", "cancel", "datafold", JOB, "--confirm", "prod"]).await;
    assert_ne!(ended.code, 9, "{ended:?}");
    assert!(sandbox.totals().cancels == 1, "{ended:?}");
}

#[tokio::test]
async fn going_on_with_a_run_is_confirmed_as_well() {
    let (call, sandbox) = prod("protected = true").await;
    let late = ["--profile", "prod", "cancel", "datafold", JOB, "--confirm", "prod", "--timeout", "0s"];
    assert_eq!(call.run(&late).await.code, 7, "the run is on record, and nothing was sent");
    let resume = ["--profile", "prod", "runs", "resume", "last", "-o", "json"];
    for more in [&[][..], &["--confirm", "staging"]] {
        let ended = call.run(&[&resume[..], more].concat()).await;
        assert_eq!((ended.code, sandbox.totals().requests), (9, 0), "{more:?}: {ended:?}");
        let document = ended.envelope();
        assert_eq!(document["results"][0]["outcome"], "not_sent", "the jobs are known");
        assert_eq!(document["error"]["code"], "not_confirmed");
    }
    let ended = call.run(&[&resume[..], &["--confirm", "prod"]].concat()).await;
    assert!(ended.code != 9 && sandbox.totals().requests > 0, "{ended:?}");
}

#[tokio::test]
async fn a_confirmation_for_another_profile_stops_an_unprotected_one_too() {
    let (call, sandbox) = prod("").await;
    let ended = call.run(&["--profile", "prod", "cancel", "datafold", JOB, "--confirm", "staging"]).await;
    assert_eq!((ended.code, sandbox.totals().requests), (9, 0), "{ended:?}");
}

#[tokio::test]
async fn read_only_is_said_by_whoever_asked_for_it_and_lifted_by_the_variable() {
    let (call, sandbox) = prod("read_only = true").await;
    let ended = call.run(&["--profile", "prod", "cancel", "datafold", JOB, "--confirm", "prod"]).await;
    assert_eq!(ended.code, 9, "{ended:?}");
    assert!(ended.stderr.contains("profile `prod`"), "{ended:?}");
    let (call, other) = prod("").await;
    let call = call.set("JOBCTL_READ_ONLY", "1");
    let ended = call.run(&["--profile", "prod", "cancel", "datafold", JOB]).await;
    assert!(ended.code == 9 && ended.stderr.contains("JOBCTL_READ_ONLY"), "{ended:?}");
    let call = call.set("JOBCTL_READ_ONLY", "0");
    let ended = call.run(&["--profile", "prod", "--read-only", "cancel", "datafold", JOB]).await;
    assert!(ended.code == 9 && ended.stderr.contains("--read-only"), "{ended:?}");
    assert_eq!(sandbox.totals().requests + other.totals().requests, 0);
    let (call, sandbox) = prod("read_only = true").await;
    let ended = call.set("JOBCTL_READ_ONLY", "0").run(&["--profile", "prod", "cancel", "datafold", JOB]).await;
    assert!(ended.code != 9 && sandbox.totals().requests > 0, "{ended:?}");
}
