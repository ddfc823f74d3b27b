//! What the pages name exists: jobs of the sandbox, options of the program.

use std::collections::BTreeSet;
use std::process::Command;

use jobctl::job::JobState;
use jobctl::providers::VENDORS;
use jobctl::report::schema;
use jobctl::sandbox::{Faults, seeded_jobs};
use jobctl::settings::environment::{VARIABLES, vendor_variables};

use serde_json::Value;

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
    let pieces = spans
        .chain(lines)
        .flat_map(|code| code.split(['|', ';', '&', '(']).map(|piece| piece.trim().to_owned()).collect::<Vec<_>>());
    let call = |piece: String| {
        let start =
            piece.match_indices("jobctl ").map(|(at, _)| at).find(|at| !piece[..*at].ends_with(['/', '-', '.']));
        start.map(|at| piece[at..].to_owned()).or_else(|| piece.starts_with("--").then_some(piece))
    };
    pieces.filter_map(call).collect()
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

/// The text in backticks in the first cells of a page's tables.
fn cells(page: &str) -> Vec<Vec<String>> {
    let prose = parts(page).prose.into_iter().filter(|(_, line)| line.starts_with("| `"));
    let cell = |cell: &str| code_spans(cell).map(str::to_owned).collect::<Vec<_>>();
    prose.map(|(_, line)| line.split('|').skip(1).take(2).flat_map(cell).collect()).collect()
}

#[test]
fn the_vendors_words_have_the_states_that_the_program_gives_them() {
    for entry in VENDORS {
        let page = read(&format!("docs/{}.md", entry.name));
        let (_, table) = page.split_once("\n## Words\n").unwrap();
        let rows = cells(table.split_once("\n## ").unwrap().0);
        assert!(rows.len() > 4, "{}: {rows:?}", entry.name);
        for row in rows {
            assert_eq!(JobState::from_word(&row[0]).to_string(), row[1], "{}: {}", entry.name, row[0]);
        }
    }
}

#[test]
fn the_faults_are_those_that_can_be_asked_for() {
    let page = read("docs/sandbox.md");
    let (_, table) = page.split_once("\n## Faults\n").unwrap();
    let named: BTreeSet<_> = cells(table.split_once("\n## ").unwrap().0).concat().into_iter().collect();
    for name in &named {
        assert!(format!("{name}=1").parse::<Faults>().is_ok(), "{name} is no fault");
    }
    let all = "nothing=1".parse::<Faults>().unwrap_err().to_string();
    let (_, all) = all.split_once("applied-STATUS, ").unwrap();
    for name in all.split(", ") {
        assert!(named.contains(name) || table.contains(&format!("`{name}=")), "{name} is not explained");
    }
}

#[test]
fn every_variable_that_is_named_exists() {
    let vendors: Vec<_> = VENDORS.iter().flat_map(vendor_variables).map(|(name, _)| name).collect();
    let begins: BTreeSet<_> = vendors.iter().filter_map(|name| name.split_once('_')).map(|(begin, _)| begin).collect();
    let known: BTreeSet<_> =
        VARIABLES.iter().map(|variable| variable.name).chain(vendors.iter().map(|n| &**n)).collect();
    let mut unknown = Vec::new();
    for page in pages() {
        for word in page.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let is_ours = word.split_once('_').is_some_and(|(begin, _)| begin == "JOBCTL" || begins.contains(begin));
            // The transcripts show what becomes of the first, the second is GitLab's own.
            let strange = is_ours && !known.contains(word) && !["DATAFOLD_APIKEY", "DATAFOLD_KEY"].contains(&word);
            unknown.extend(strange.then(|| format!("{}: {word}", page.name)));
        }
    }
    assert!(unknown.is_empty(), "variables that do not exist:\n{}", unknown.join("\n"));
}

/// The keys of a JSON Schema, at any depth.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    let inner: Vec<&Value> = match schema {
        Value::Object(object) => object.values().collect(),
        Value::Array(values) => values.iter().collect(),
        _ => Vec::new(),
    };
    found.extend(schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys().cloned()));
    for schema in inner {
        keys(schema, found);
    }
}

#[test]
fn every_key_of_the_job_documents_is_on_the_page_about_output() {
    let page = read("docs/output.md");
    let mut all = BTreeSet::new();
    for name in ["cancel", "cancel.line", "status", "wait.line", "list"] {
        keys(&schema::get(name).unwrap(), &mut all);
    }
    assert!(all.len() > 40, "{all:?}");
    all.retain(|key| !page.contains(&format!("`{key}`")));
    assert!(all.is_empty(), "docs/output.md says nothing of {all:?}");
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = read("README.md");
    let command = "cargo test";
    assert!(readme.contains(&format!("```console\n$ {command}\n```")), "README.md has no block with `{command}`");
    let ci = read(".ci/run");
    assert!(ci.lines().any(|line| line.trim() == command), ".ci/run has no line `{command}`");
}
