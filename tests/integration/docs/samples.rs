//! Blocks that are no transcripts: configuration is what the program takes, JSON and
//! scripts parse. A block that nothing checks has to say why.

use std::process::{Command, Output};

use super::markdown::{Block, parts};
use super::pages;
use crate::support;

#[test]
fn every_block_is_checked_or_says_why_not() {
    let mut wrong = Vec::new();
    for page in &pages() {
        for block in parts(&page.text).blocks {
            let place = format!("{}:{}", page.name, block.lines.start);
            let verdict = match (block.language, block.excuse) {
                // The test of transcripts runs them, or wants to know why not. YAML is
                // another program's; the options in it are looked at all the same.
                ("console" | "yaml", _) => Ok(()),
                ("rust", _) if is_doc_test(&page.name) => Ok(()),
                (_, Some(reason)) if !reason.trim().is_empty() => Ok(()),
                ("toml", _) => configuration(&block),
                ("json", _) => json(&block),
                ("sh", _) => script(&block),
                (other, _) => Err(format!("nothing checks a block of {other:?}: say why with <!-- not run: … -->")),
            };
            wrong.extend(verdict.err().map(|why| format!("{place}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether the library's documentation includes the page, so that its code is run.
fn is_doc_test(page: &str) -> bool {
    super::read("src/lib.rs").contains(&format!("include_str!(\"../{page}\")"))
}

/// A whole file, or single lines for a provider's table of which each is tried.
fn configuration(block: &Block) -> Result<(), String> {
    let is_line = |line: &&&str| !line.is_empty() && !line.starts_with('#');
    if block.text.iter().find(is_line).is_some_and(|line| line.starts_with('[')) {
        return taken(&block.text.join("\n"));
    }
    let mut lines = block.text.iter().filter(is_line);
    lines.try_for_each(|line| taken(&format!("[profiles.default.datafold]\n{line}")))
}

/// Whether the program takes it for its configuration.
fn taken(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    let jobctl = env!("CARGO_BIN_EXE_jobctl");
    let shown = Command::new(jobctl)
        .args(["config", "show", "--config"])
        .arg(&file)
        .env_clear()
        .env("HOME", support::home())
        .output();
    well(&shown.unwrap())
}

fn json(block: &Block) -> Result<(), String> {
    let text = block.text.join("\n");
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
    values.try_for_each(|value| value.map(drop).map_err(|error| error.to_string()))
}

#[cfg(unix)]
fn script(block: &Block) -> Result<(), String> {
    let parsed = Command::new("bash").args(["-n", "-c", &block.text.join("\n")]).output();
    well(&parsed.unwrap())
}

#[cfg(not(unix))]
fn script(_: &Block) -> Result<(), String> {
    Ok(())
}

fn well(output: &Output) -> Result<(), String> {
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
