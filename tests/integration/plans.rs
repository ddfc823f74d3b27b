//! Plans: what a dry run wrote down is done exactly so, or not at all.

use std::path::PathBuf;

use jobctl::sandbox::Sandbox;

use crate::support::{Jobctl, Ran, jobctl};
use crate::waiting::{inside, sandbox};

/// A file of this test's own.
fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plans");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = std::fs::remove_file(&path);
    path
}

fn cancel(args: &[&str]) -> Jobctl {
    jobctl(&["cancel", "-o", "json"]).args(args)
}

/// Writes a plan at `name` and returns its path.
async fn planned(sandbox: &Sandbox, name: &str, args: &[&str]) -> String {
    let path = file(name).to_str().unwrap().to_owned();
    let ran = inside(cancel(args).args(&["-n", "--plan-out", &path]), sandbox).run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(sandbox.totals().cancels, 0);
    path
}

fn sorted(ran: &Ran) -> Vec<String> {
    let mut outcomes: Vec<String> = ran.outcomes().iter().map(|(id, outcome)| format!("{id} {outcome}")).collect();
    outcomes.sort();
    outcomes
}

#[tokio::test]
async fn a_plan_is_done_exactly_and_what_has_moved_on_is_left_alone() {
    let sandbox = sandbox(0, "").await;
    let args = ["datafold", "--state", "blocked", "--state", "queued"];
    let path = planned(&sandbox, "moved.plan", &args).await;
    // One of them is no longer what it was.
    let other = inside(cancel(&["datafold", "105"]), &sandbox).run().await;
    assert_eq!(other.code, 0);
    let ran = inside(cancel(&["--plan", &path]), &sandbox).run().await;
    let expected =
        ["datafold:104 cancelled", "datafold:105 skipped", "datafold:106 cancelled", "datafold:107 cancelled"];
    assert_eq!((ran.code, sorted(&ran)), (0, expected.map(str::to_owned).to_vec()), "{ran:#?}");
    assert_eq!(sandbox.job("datafold", "105").unwrap().received, 1, "skipped without a call");
}

#[tokio::test]
async fn what_is_told_to_do_a_plan_has_the_settings_of_the_call() {
    let path = file("a plan");
    let path = path.to_str().unwrap();
    let ran = jobctl(&["cancel", "datafold", "1", "-n", "--no-config", "--plan-out", path]).run().await;
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stderr.contains(&format!("jobctl cancel --plan '{path}' --no-config\n")), "{ran:#?}");
}

#[tokio::test]
async fn a_plan_for_a_given_host_is_done_there_with_what_is_told() {
    let sandbox = sandbox(0, "").await;
    let (path, host) = (file("hosted.plan"), sandbox.url());
    let path = path.to_str().unwrap();
    let key = |call: Jobctl| call.env("DATAFOLD_API_KEY", "sandbox-datafold-key");
    let ran = key(cancel(&["datafold", "123", "--host", &host, "-n", "--plan-out", path])).run().await;
    assert!(ran.stderr.contains(&format!("jobctl cancel --plan {path} --host {host}\n")), "{ran:#?}");
    let ran = key(cancel(&["--plan", path])).run().await;
    assert!(ran.code == 9 && ran.stderr.contains(&format!("add --host {host}")), "{ran:#?}");
    let ran = key(cancel(&["--plan", path, "--host", &host])).run().await;
    assert_eq!((ran.code, sorted(&ran)), (0, vec!["datafold:123 cancelled".to_owned()]), "{ran:#?}");
    // A host is one provider's.
    let path = file("both.plan");
    let path = path.to_str().unwrap();
    let ran = cancel(&["datafold:123", "veeva:1046892", "-n", "--plan-out", path]).env("VEEVA_VAULT_DNS", &host);
    assert_eq!(key(ran).run().await.code, 0);
    let ran = key(cancel(&["--plan", path, "--host", &host])).run().await;
    assert_eq!((ran.code, ran.error_code().as_str()), (2, "usage"), "{ran:#?}");
    let ran = key(cancel(&["--plan", path]).env("VEEVA_VAULT_DNS", "http://127.0.0.1:9")).run().await;
    assert!(ran.code == 9 && ran.stderr.contains(&format!("set VEEVA_VAULT_DNS={host}")), "{ran:#?}");
}

#[tokio::test]
async fn jobs_that_were_named_are_taken_at_their_word() {
    let sandbox = sandbox(0, "").await;
    let path = planned(&sandbox, "named.plan", &["datafold:123", "veeva:1046892", "datafold:123"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(!text.contains("sandbox-datafold-key"), "no secret in a plan");
    let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(header["created_at"].as_str().unwrap().len() <= "2026-01-01T00:00:00.000Z".len(), "{header}");
    let dry = inside(cancel(&["--plan", &path, "-n"]), &sandbox).run().await;
    assert_eq!((dry.code, sorted(&dry)), (0, vec!["datafold:123 planned".to_owned(), "veeva:1046892 planned".into()]));
    let ran = inside(cancel(&["--plan", &path]), &sandbox).run().await;
    assert_eq!(
        (ran.code, sorted(&ran)),
        (0, vec!["datafold:123 cancelled".to_owned(), "veeva:1046892 requested".into()])
    );
    assert_eq!(sandbox.totals().reads, 0);
}

#[tokio::test]
async fn what_a_guard_left_alone_is_not_in_the_plan() {
    let sandbox = sandbox(0, "").await;
    let path = planned(&sandbox, "guarded.plan", &["datafold", "101", "123", "--state", "running"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("datafold:123") && !text.contains("datafold:101"), "{text}");
}

#[tokio::test]
async fn another_host_another_profile_or_the_real_thing_is_refused() {
    let (sandbox, other) = (sandbox(0, "").await, self::sandbox(0, "").await);
    let path = planned(&sandbox, "place.plan", &["datafold", "--state", "blocked"]).await;
    let real = std::fs::read_to_string(&path).unwrap().replace("\"sandbox\":true", "\"sandbox\":false");
    let real_path = file("real.plan");
    std::fs::write(&real_path, real).unwrap();
    let real_path = real_path.to_str().unwrap();
    let variables =
        |call: Jobctl, at: &Sandbox| at.variables().into_iter().fold(call, |call, (name, value)| call.env(name, value));
    for (call, why) in [
        (variables(cancel(&["--plan", &path]), &sandbox), "a rehearsal's plan is not for the real thing"),
        (inside(cancel(&["--plan", real_path]), &sandbox), "nor the other way round"),
        (variables(cancel(&["--plan", real_path]), &other), "another host"),
    ] {
        let ran = call.run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (9, "not_confirmed"), "{why}: {ran:#?}");
        assert!(ran.stderr.contains("nothing was sent"), "{}", ran.stderr);
    }
    let config = file("config.toml");
    let text = format!(
        "[profiles.prod.datafold]\nhost = \"{}\"\ntoken_command = [\"echo\", \"sandbox-datafold-key\"]\n",
        sandbox.url()
    );
    std::fs::write(&config, &text).unwrap();
    let call = cancel(&["--plan", real_path, "--profile", "prod", "--config", config.to_str().unwrap()]);
    let ran = call.run().await;
    assert_eq!((ran.code, ran.error_code().as_str()), (9, "not_confirmed"), "{ran:#?}");
    let hint = |ran: &Ran| ran.document()["error"]["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint(&ran).starts_with("name no profile"), "{ran:#?}");
    // The default one needs no naming.
    let home = file("home");
    std::fs::create_dir_all(home.join("jobctl")).unwrap();
    std::fs::write(home.join("jobctl/config.toml"), text.replace("prod", "default")).unwrap();
    let at_home = |args: &[&str]| variables(cancel(args), &sandbox).env("XDG_CONFIG_HOME", home.to_str().unwrap());
    let ran = at_home(&["--plan", real_path]).run().await;
    assert_eq!(ran.code, 9, "{ran:#?}");
    assert!(hint(&ran).starts_with("add --no-config"), "{ran:#?}");
    assert_eq!(sandbox.totals().cancels + other.totals().requests, 0);
    let ran = at_home(&["--plan", real_path, "--no-config", "-n"]).run().await;
    assert_eq!(ran.code, 0, "as the hint says: {ran:#?}");
    let ran = variables(cancel(&["--plan", real_path]), &sandbox).run().await;
    assert_eq!(ran.code, 0, "its own host and profile: {ran:#?}");
}

#[tokio::test]
async fn counts_guard_a_plan_too() {
    let sandbox = sandbox(0, "").await;
    let path = planned(&sandbox, "counted.plan", &["datafold", "--state", "blocked"]).await;
    for args in [["--max", "1"], ["--expect", "3"]] {
        let ran = inside(cancel(&["--plan", &path]).args(&args), &sandbox).run().await;
        assert_eq!(ran.code, 9, "{ran:#?}");
    }
    assert_eq!(sandbox.totals().cancels, 0);
}

#[tokio::test]
async fn hostile_plans_are_no_plans() {
    let sandbox = sandbox(0, "").await;
    let path = planned(&sandbox, "good.plan", &["datafold", "--state", "blocked"]).await;
    let good = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = good.split_once('\n').unwrap();
    let bad: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("garbage", "\u{1b}[2J not a plan".into()),
        ("another form", good.replace("jobctl.plan/1", "jobctl.plan/2")),
        ("no header", rest.to_owned()),
        ("a blank line", format!("{head}\n\n{rest}")),
        ("a torn line", good[..good.len() - 9].to_owned()),
        ("a bare id", format!("{head}\n{{\"ref\":\"106\",\"state\":null}}\n")),
        ("a provider beside the header", format!("{good}{{\"ref\":\"veeva:1046892\",\"state\":null}}\n")),
        ("an unknown provider", good.replace("\"provider\":\"datafold\"", "\"provider\":\"evil\"")),
        ("an unknown state", good.replace("[\"blocked\"]", "[\"blocky\"]")),
        ("a line without end", format!("{head}\n{}", "x".repeat(300_000))),
    ];
    for (what, text) in bad {
        let path = file("bad.plan");
        std::fs::write(&path, text).unwrap();
        let ran = inside(cancel(&["--plan", path.to_str().unwrap()]), &sandbox).run().await;
        assert_eq!((ran.code, ran.error_code().as_str(), ran.rows().len()), (2, "usage", 0), "{what}: {ran:#?}");
        assert!(!ran.stderr.contains('\u{1b}'), "{what}");
    }
    for args in [
        vec!["--plan", "/nowhere/at/all"],
        vec!["--plan", "/"],
        vec!["--plan", &path, "datafold", "123"],
        vec!["--plan", &path, "--all"],
        vec!["--plan", &path, "-f", "-"],
        vec!["--plan", &path, "--state", "queued"],
        vec!["datafold", "123", "--plan-out", "/tmp/without-n"],
    ] {
        let ran = inside(cancel(&args), &sandbox).run().await;
        assert_eq!((ran.code, ran.error_code().as_str()), (2, "usage"), "{args:?}: {ran:#?}");
    }
    assert_eq!(sandbox.totals().cancels, 0);
}

#[tokio::test]
async fn what_was_held_back_or_broken_off_is_no_plan() {
    let sandbox = sandbox(0, "").await;
    let (kept, broken) = (file("kept"), file("broken"));
    std::fs::write(&broken, "{\"ref\":\"datafold:105\"}\n{\"type\":\"summary\",\"exit_code\":7}\n").unwrap();
    std::fs::write(&kept, "an earlier plan").unwrap();
    let (path, broken) = (kept.to_str().unwrap(), broken.to_str().unwrap());
    for args in [
        vec!["datafold", "--all", "--expect", "999"],
        vec!["datafold", "105", "106", "--expect", "1"],
        vec!["-f", broken],
    ] {
        let ran = inside(cancel(&args).args(&["-n", "--plan-out", path]), &sandbox).run().await;
        assert!(ran.code != 0 && !ran.stderr.contains("--plan"), "{args:?}: {ran:#?}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "an earlier plan", "{args:?}");
    }
}
