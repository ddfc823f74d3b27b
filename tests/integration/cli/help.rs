//! Help, examples, manual pages and completions, for every command that there is.

use std::path::Path;
use std::process::Command;

use crate::support::jobctl;

/// What `jobctl WORDS -h` says on a terminal of 80 columns.
async fn short_help(words: &[String]) -> String {
    let ran = jobctl(words).args(&["-h"]).env("COLUMNS", "80").run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?}");
    ran.stdout
}

/// The words below a heading, one from the beginning of each line.
fn below<'a>(help: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    let lines = help.lines().skip_while(move |line| *line != heading).skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(str::trim)
}

/// Every command and subcommand with its short help; the program itself first.
async fn every_command() -> Vec<(Vec<String>, String)> {
    let mut found = vec![(Vec::new(), short_help(&[]).await)];
    let mut at = 0;
    while let Some((words, help)) = found.get(at).cloned() {
        for name in below(&help, "Commands:").filter_map(|line| line.split(' ').next()) {
            let words: Vec<String> = words.iter().cloned().chain([name.to_owned()]).collect();
            found.push((words.clone(), short_help(&words).await));
        }
        at += 1;
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

#[tokio::test]
async fn short_help_fits_a_screen_and_the_long_one_has_everything() {
    for (words, help) in every_command().await {
        assert!(help.lines().count() <= 30, "{words:?} has {} lines:\n{help}", help.lines().count());
        let wide = help.lines().find(|line| line.len() > 80);
        assert!(wide.is_none() && help.is_ascii(), "{words:?}: {wide:?}");
        assert!(help.contains("-h, --help"), "{words:?}");
        let long = jobctl(&words).args(&["--help"]).run().await;
        for option in ["--output", "--concurrency", "--ca-cert", "--trace-http", "--version", "--no-config"] {
            assert!(long.stdout.contains(option), "{words:?} {option}");
        }
        for (heading, text) in [("Examples:", &help), ("Examples:", &long.stdout)] {
            let leaf = below(text, "Commands:").next().is_none();
            let shown = below(text, heading).count();
            let none = ["login", "logout", "status", "path", "show", "explain", "serve", "run"];
            let nested = words.len() == 2 && none.contains(&words[1].as_str()) && words[0] != "runs";
            assert!(shown > 0 || !leaf || nested, "{words:?} has no example");
        }
    }
}

/// Runs an example in a shell, with the vendors embedded, in a folder with a file of
/// refs and, for the verbs that want one, a run on record.
#[cfg(unix)]
async fn run_example(words: &[String], example: &str) {
    use jobctl::sandbox::{Options, Sandbox};
    use std::time::Duration;

    let quick = Options { veeva_status_every: Duration::ZERO, cancel_delay: Duration::ZERO, ..Options::default() };
    let sandbox = Sandbox::start(quick).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("refs.txt"), "# tonight\ndatafold:123\n").unwrap();
    let mut path = Path::new(env!("CARGO_BIN_EXE_jobctl")).parent().unwrap().as_os_str().to_owned();
    path.push(":/usr/bin:/bin");
    let shell = |call: &str| {
        let mut command = tokio::process::Command::new("sh");
        command.args(["-c", call]).current_dir(folder.path()).env_clear().env("PATH", &path);
        command.env("HOME", folder.path()).envs(sandbox.variables()).env("JOBCTL_SANDBOX", sandbox.url());
        command
    };
    if words.first().is_some_and(|word| word == "runs") {
        shell("jobctl cancel datafold 124").output().await.unwrap();
    }
    let output = shell(example).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}: {}\n{said}", output.status);
}

#[cfg(unix)]
#[tokio::test]
async fn every_example_works() {
    let commands = every_command().await;
    let examples: Vec<(&[String], &str)> = commands
        .iter()
        .flat_map(|(words, help)| below(help, "Examples:").map(move |example| (words.as_slice(), example)))
        .collect();
    assert!(examples.len() > 30, "{examples:?}");
    assert!(examples.iter().all(|(_, example)| example.starts_with("jobctl ")), "{examples:?}");
    for some in examples.chunks(4) {
        futures_util::future::join_all(some.iter().map(|(words, example)| run_example(words, example))).await;
    }
}

#[tokio::test]
async fn every_topic_fits_80_columns() {
    for topic in ["exit-codes", "environment", "output", "selection"] {
        let ran = jobctl(&["help", topic]).run().await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{topic}");
        let wide = ran.stdout.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{topic}");
    }
}

#[tokio::test]
async fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new/man1");
    assert_eq!(jobctl(&["man", to.to_str().unwrap()]).run().await.code, 0);
    let commands = every_command().await;
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), commands.len());
    for (words, help) in commands {
        let name: Vec<_> = ["jobctl".to_owned()].into_iter().chain(words).collect();
        let page = std::fs::read_to_string(to.join(format!("{}.1", name.join("-")))).unwrap();
        let plain = page.replace("\\-", "-").replace("\\*(Aq", "'");
        for part in [
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH \"EXIT STATUS\"",
            "jobctl help environment",
            "--trace-http",
            "without secrets",
        ] {
            assert!(plain.contains(part), "{name:?} has no {part}:\n{page}");
        }
        assert!(!page.contains('\u{1b}'), "{name:?}");
        for example in below(&help, "Examples:") {
            assert!(plain.lines().any(|line| line.trim() == example), "{name:?}: {example}\n{page}");
        }
    }
}

/// With the shells that are there; a shell that reads the file without running it
/// finds what is malformed.
#[tokio::test]
async fn completions_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = jobctl(&["completions", shell]).run().await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        // Values are known to the shells whose completions have them.
        let values: &[&str] = if ["powershell", "elvish"].contains(&shell) { &[] } else { &["ndjson", "blocked"] };
        for part in ["cancel", "older-than", "prune"].iter().chain(values) {
            assert!(ran.stdout.contains(part), "{shell}: {part}");
        }
        let file = folder.path().join(shell);
        std::fs::write(&file, &ran.stdout).unwrap();
        if let Ok(output) = Command::new(shell).arg("-n").arg(&file).output() {
            assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
