//! What the pages name exists: jobs of the sandbox, options of the program.

use std::collections::BTreeSet;
use std::process::Command;

use jobctl::providers::VENDORS;
use jobctl::sandbox::seeded_jobs;

use super::markdown::{code_spans, parts};
use super::{Page, pages, read};

#[test]
fn every_ref_is_a_job_of_the_sandbox() {
    let mut found = 0;
    for page in &pages() {
        let words = page.text.split(|c: char| c.is_whitespace() || "`'\"(){}|,;".contains(c));
        for word in words {
            let Some((provider, id)) = word.split_once(':') else { continue };
            let looks_like_an_id = id.contains(|c: char| c.is_ascii_digit()) && !id.contains(['\\', '*', '=']);
            if VENDORS.iter().all(|entry| entry.name != provider) || !looks_like_an_id {
                continue;
            }
            found += 1;
            // 999 stands for a job that is not there, 12x for one that cannot be, and a
            // million and more for one of --bulk.
            let known = seeded_jobs().iter().any(|row| row.provider == provider && row.id == id);
            let bulk = id.parse::<u64>().is_ok_and(|id| (1_000_000..1_010_000).contains(&id));
            assert!(known || bulk || ["999", "12x"].contains(&id), "{}: {word} is no job of the sandbox", page.name);
        }
    }
    assert!(found >= seeded_jobs().len());
}

/// Every option that `--help` of any command names.
fn options() -> BTreeSet<String> {
    let help = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_jobctl")).args(words).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut commands: Vec<Vec<&str>> =
        ["cancel", "status", "wait", "list", "providers", "doctor", "schema"].map(|verb| vec![verb]).into();
    for (verb, actions) in [
        ("runs", &["list", "show", "resume", "prune"] as &[_]),
        ("auth", &["login", "logout", "status"]),
        ("sandbox", &["serve", "run"]),
    ] {
        commands.extend(actions.iter().map(|action| vec![verb, *action]));
    }
    let texts: Vec<_> = commands.iter().map(|words| help(words)).collect();
    texts
        .iter()
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || ",.".contains(c)))
        .filter_map(option)
        .collect()
}

/// `--name` of `--name`, `--name=value` and `--name,`.
fn option(word: &str) -> Option<String> {
    let word = word.split(['=', '…']).next()?.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let name = word.strip_prefix("--")?;
    let is_one = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_one.then(|| word.to_owned())
}

/// The pieces of a page's code that are calls of the program, or a lone option.
fn calls(page: &Page) -> Vec<String> {
    let parts = parts(&page.text);
    // An option beside a script's name is the script's.
    let prose = parts.prose.iter().filter(|(_, line)| !line.contains(".sh`"));
    let spans = prose.flat_map(|(_, line)| code_spans(line)).map(str::to_owned);
    let lines = parts.blocks.iter().flat_map(|block| &block.text).map(|line| (*line).to_owned());
    let pieces = spans.chain(lines).flat_map(|code| {
        let code = code.replace("$ ", "");
        code.split(['|', ';', '&', '(']).map(|piece| piece.trim().to_owned()).collect::<Vec<_>>()
    });
    pieces.filter(|piece| piece.starts_with("jobctl ") || piece.starts_with("--")).collect()
}

#[test]
fn every_option_that_is_named_exists() {
    let options = options();
    assert!(options.len() > 40, "{options:?}");
    let mut unknown = Vec::new();
    for page in pages() {
        for call in calls(&page) {
            // What follows `--` is another program's.
            let words = call.split_whitespace().take_while(|word| *word != "--").filter_map(option);
            let strange = words.filter(|word| !options.contains(word) && !["--help", "--version"].contains(&&**word));
            unknown.extend(strange.map(|word| format!("{}: {word} in `{call}`", page.name)));
        }
    }
    assert!(unknown.is_empty(), "options that do not exist:\n{}", unknown.join("\n"));
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = read("README.md");
    let command = "cargo test";
    assert!(readme.contains(&format!("```console\n$ {command}\n```")), "README.md has no block with `{command}`");
    let ci = read(".ci/run");
    assert!(ci.lines().any(|line| line.trim() == command), ".ci/run has no line `{command}`");
}
