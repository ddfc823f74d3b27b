//! What `runs` advises to type, and what it shows of what was typed: a shell takes both.

use std::fs;

use super::{House, stderr};

/// The command that `runs WORDS` advises, as words.
async fn advised(house: &House, words: &[&str]) -> Vec<String> {
    let output = house.run(&[&["runs"], words].concat()).await;
    let text = stderr(&output);
    let line = text.lines().find_map(|line| line.split_once("jobctl runs resume ")).unwrap_or_else(|| panic!("{text}"));
    let words: Vec<String> = line.1.split_whitespace().map(str::to_owned).collect();
    [vec!["runs".to_owned(), "resume".to_owned()], words].concat()
}

#[tokio::test]
async fn a_run_is_gone_on_with_as_it_was_typed_then() {
    let house = House::new().await;
    let path = |name: &str| house.home.path().join(name).to_str().unwrap().to_owned();
    let (config, key, host) = (path("config.toml"), path("key"), house.sandbox.url());
    fs::write(&config, "[profiles.prod.datafold]\nhost = \"http://127.0.0.1:1\"\n").unwrap();
    fs::write(&key, "sandbox-datafold-key").unwrap();
    let settings = ["--profile", "prod", "--config", &config, "--host", &host, "--token-file", &key];
    let never = ["--rate", "0.001", "--timeout", "3s"];
    let cancel = [&["cancel", "datafold", "123", "124"][..], &settings, &never].concat();
    assert_eq!(house.run(&cancel).await.status.code(), Some(3));
    for words in [&["list"][..], &["show", "last"]] {
        let advised = advised(&house, words).await;
        assert_eq!(advised[3..], settings, "{words:?}");
    }
    let advised = advised(&house, &["list"]).await;
    let resumed = house.run(&advised.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(resumed.status.code(), Some(0), "{resumed:?}");
}

#[tokio::test]
async fn a_profile_that_a_variable_named_is_typed_and_settings_of_the_look_are_not() {
    let house = House::new().await;
    let config = house.home.path().join("config.toml").to_str().unwrap().to_owned();
    fs::write(&config, "[profiles.prod]\n[profiles.other]\n").unwrap();
    let cancel = ["cancel", "datafold:123", "--config", &config, "-o", "json"];
    let cancelled = house.jobctl(&cancel).env("JOBCTL_PROFILE", "prod").output().await.unwrap();
    assert_eq!(cancelled.status.code(), Some(4), "no credential is no answer: {cancelled:?}");
    let advised = advised(&house, &["list", "--config", &config, "--profile", "other"]).await;
    assert_eq!(advised[3..], ["--profile", "prod", "--config", &config]);
}

#[cfg(unix)]
#[tokio::test]
async fn what_was_typed_can_be_typed_again() {
    let house = House::new().await;
    let words = ["cancel", "datafold", "123", "--reason", "it's  \"wrong\" $HOME", "--state", "running"];
    assert!(house.run(&words).await.status.success());
    for view in [&["runs", "show", "last"][..], &["runs", "list"]] {
        let output = house.run(view).await;
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, typed) = text.split_once("jobctl cancel").unwrap();
        let typed = typed.lines().next().unwrap().split("  (it's").next().unwrap();
        let script = format!("printf '%s\\n' cancel{typed}");
        let read = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(read.stdout).unwrap().lines().collect::<Vec<_>>(), words, "{view:?}");
    }
}
