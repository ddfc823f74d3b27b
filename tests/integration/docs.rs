//! The README cannot go stale: its tables are compared with the source, and its
//! transcripts are run again.
//!
//! `UPDATE_README=1 cargo test --test integration docs` brings it up to date instead.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jobctl::canceller::Outcome;
use jobctl::error::ExitCode;
use jobctl::providers::VENDORS;
use jobctl::sandbox::seeded_jobs;
use jobctl::settings::environment::{VARIABLES, file_variable, vendor_variables};

/// One writer at a time.
static README: Mutex<()> = Mutex::new(());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares the README with what `renew` makes of it, or writes that down.
fn check(renew: impl Fn(&str) -> String) {
    let _one = README.lock().unwrap_or_else(PoisonError::into_inner);
    let path = root().join("README.md");
    let is = std::fs::read_to_string(&path).unwrap();
    let is = is.replace("\r\n", "\n");
    let ought = renew(&is);
    if is == ought {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, ought).unwrap();
        return;
    }
    let at = is.lines().zip(ought.lines()).take_while(|(is, ought)| is == ought).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    panic!(
        "README.md is stale from line {}:\n   is: {}\nought: {}\nRun: UPDATE_README=1 cargo test --test integration docs",
        at + 1,
        line(&is),
        line(&ought)
    );
}

/// A Markdown table.
fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

fn exit_codes() -> String {
    let signals: Vec<_> = [1, 2, 15].map(|number| ExitCode::Signal(number).code().to_string()).into();
    let fixed = ExitCode::ALL.map(|exit| (exit.code().to_string(), exit));
    let rows = fixed.into_iter().chain([(signals.join(", "), ExitCode::Signal(2))]);
    table(
        ["code", "name", "means"],
        rows.map(|(code, exit)| [code, format!("`{}`", exit.name()), exit.meaning().to_owned()]),
    )
}

/// What each outcome means, from the published schema, which has it from the type.
fn outcomes() -> String {
    let schema = schemars::schema_for!(Outcome);
    let words = schema.get("oneOf").and_then(|words| words.as_array()).unwrap();
    let rows = Outcome::ALL.into_iter().filter_map(|outcome| {
        let is_it = |word: &&serde_json::Value| word["const"] == outcome.as_str();
        let means = words.iter().find(is_it).unwrap()["description"].as_str().unwrap();
        if means.starts_with("`wait`") {
            return None;
        }
        let exit = outcome.exit();
        Some([format!("`{outcome}`"), format!("{} {}", exit.code(), exit.name()), means.replace('\n', " ")])
    });
    table(["outcome", "exit code", "means"], rows)
}

fn vendors() -> String {
    let rows = VENDORS.iter().map(|entry| {
        [
            format!("[{}]({})", entry.title, entry.docs),
            entry.id_form.to_owned(),
            entry.capabilities.semantics.to_owned(),
            entry.capabilities.repeat.to_owned(),
        ]
    });
    table(["vendor", "an id is", "a cancel", "a second one"], rows)
}

fn vendor_environment() -> String {
    let rows = VENDORS.iter().flat_map(|entry| {
        let all = vendor_variables(entry);
        let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
        // Every `NAME_FILE` is told of once, in the text.
        let is_a_file = move |name: &str| names.iter().any(|other| name == file_variable(other));
        all.into_iter().filter(move |(name, _)| !is_a_file(name)).map(|(name, help)| [format!("`{name}`"), help])
    });
    table(["variable", "what it is"], rows)
}

fn environment() -> String {
    let row = |name: &str, help: &str| [format!("`{name}`"), help.to_owned()];
    table(["variable", "what it is"], VARIABLES.iter().map(|variable| row(variable.name, variable.help)))
}

fn sandbox_jobs() -> String {
    let rows = seeded_jobs().iter();
    let rows = rows.map(|row| [format!("`{}:{}`", row.provider, row.id), row.state.to_owned(), row.note.to_owned()]);
    table(["ref", "at the start", "what it shows"], rows)
}

#[test]
fn the_tables_are_those_of_the_source() {
    let sections = [
        ("exit codes", exit_codes()),
        ("outcomes", outcomes()),
        ("vendors", vendors()),
        ("vendor variables", vendor_environment()),
        ("variables", environment()),
        ("sandbox jobs", sandbox_jobs()),
    ];
    check(|readme| {
        let mut readme = readme.to_owned();
        for (name, text) in &sections {
            let (open, close) = (format!("<!-- {name} -->\n"), format!("\n<!-- end of {name} -->"));
            let start = readme.find(&open).unwrap_or_else(|| panic!("README.md has no `{open}`")) + open.len();
            let end = start + readme[start..].find(&close).unwrap_or_else(|| panic!("README.md has no `{close}`"));
            readme.replace_range(start..end, &format!("\n{text}"));
        }
        readme
    });
}

#[test]
fn every_ref_in_the_readme_is_a_job_of_the_sandbox() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let words = readme.split(|c: char| c.is_whitespace() || "`'\"(){}|,".contains(c));
    let mut found = 0;
    for word in words {
        let Some((provider, id)) = word.split_once(':') else { continue };
        let looks_like_an_id = id.contains(|c: char| c.is_ascii_digit()) && !id.contains(['\\', '*']);
        if VENDORS.iter().all(|entry| entry.name != provider) || !looks_like_an_id {
            continue;
        }
        found += 1;
        // 999 stands for a job that is not there, 12x for one that cannot be.
        let known = seeded_jobs().iter().any(|row| row.provider == provider && row.id == id);
        assert!(known || ["999", "12x"].contains(&id), "{word} is no job of the sandbox");
    }
    assert!(found >= seeded_jobs().len());
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let command = "cargo test";
    assert!(readme.contains(&format!("```console\n$ {command}\n```")), "README.md has no block with `{command}`");
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.lines().any(|line| line.trim() == command), ".ci/run has no line `{command}`");
}

#[test]
fn the_configuration_in_the_readme_is_one() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, after) = readme.split_once("```toml\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, after.split_once("```").unwrap().0).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_jobctl"))
        .arg("--config")
        .arg(&file)
        .args(["--profile", "prod", "cancel", "-n", "veeva", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The `console` blocks, run by a shell.
#[cfg(unix)]
mod transcripts {
    use std::cell::Cell;
    use std::ops::Range;
    use std::path::Path;
    use std::process::Command;

    use super::check;

    /// A command of a `console` block and the lines under it.
    struct Step<'a> {
        command: String,
        shown: Vec<&'a str>,
        /// Where those lines are in the README.
        lines: Range<usize>,
        /// Whether it is the first command of its block.
        first: bool,
    }

    fn steps(readme: &str) -> Vec<Step<'_>> {
        let mut steps: Vec<Step> = Vec::new();
        let (mut inside, mut first, mut goes_on) = (false, false, false);
        for (at, line) in readme.lines().enumerate() {
            if line.starts_with("```") {
                (inside, first) = (line == "```console", true);
                continue;
            }
            if !inside {
                continue;
            }
            let next = at + 1;
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step { command: command.to_owned(), shown: Vec::new(), lines: next..next, first });
                first = false;
            } else {
                let step = steps.last_mut().unwrap();
                step.lines.end = next;
                if goes_on {
                    step.lines.start = next;
                    step.command = format!("{}\n{line}", step.command);
                } else {
                    step.shown.push(line);
                }
            }
            let command_line = line.starts_with("$ ") || goes_on;
            goes_on = command_line && line.ends_with('\\');
        }
        steps
    }

    /// What differs from run to run, taken out: times, ids of runs, ports. Jobs are
    /// put in order, because they are printed as they are known.
    fn steady(lines: &[&str]) -> Vec<String> {
        let mut jobs: Vec<String> = Vec::new();
        for line in lines {
            let line = without_times(line);
            match jobs.last_mut() {
                Some(job) if line.starts_with(' ') => *job = format!("{job}\n{line}"),
                _ => jobs.push(line),
            }
        }
        jobs.sort();
        jobs
    }

    fn without_times(line: &str) -> String {
        const KEYS: [&str; 5] = ["run_id", "started_at", "finished_at", "elapsed_ms", "host"];
        // The sandbox takes a free port.
        let line = &match line.split_once("http://127.0.0.1:") {
            Some((before, after)) => {
                format!("{before}http://127.0.0.1:<port>{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => line.to_owned(),
        };
        if let Some(key) = KEYS.iter().find(|key| line.trim_start().starts_with(&format!("\"{key}\":"))) {
            return format!("{}:<masked>", line.split(':').next().unwrap_or(key));
        }
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len() {
            let is_unit = matches!(words[at].trim_end_matches(')'), "ms" | "s");
            if is_unit && words[at - 1].trim_start_matches('(').parse::<f64>().is_ok() {
                words[at - 1] = "<time>";
                words[at] = "";
            }
        }
        words.join(" ").trim_end().to_owned()
    }

    #[test]
    fn the_transcripts_are_what_happens() {
        let has_jq = Command::new("jq").arg("--version").output().is_ok();
        let home = tempfile::tempdir().unwrap();
        let mut path = Path::new(env!("CARGO_BIN_EXE_jobctl")).parent().unwrap().as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let ran = Cell::new(0);
        check(|readme| {
            let mut lines: Vec<&str> = readme.lines().collect();
            let mut renewed: Vec<(Range<usize>, Vec<String>)> = Vec::new();
            let mut last_exit = 0;
            for step in steps(readme) {
                let command = step.command.replace("cargo run -- ", "jobctl ");
                if step.first {
                    last_exit = 0;
                }
                let runs = ["jobctl --sandbox", "jobctl sandbox run"].iter().any(|start| command.contains(start))
                    || (!step.first && command == "echo $?");
                if !runs {
                    assert!(step.shown.is_empty(), "nothing makes sure of what `{}` prints", step.command);
                    continue;
                }
                if command.contains("| jq") && !has_jq {
                    eprintln!("jq is not there, so this was not run: {command}");
                    continue;
                }
                let output = Command::new("sh")
                    .arg("-c")
                    .arg(format!("exec 2>&1; (exit {last_exit})\n{command}"))
                    .env_clear()
                    .env("PATH", &path)
                    .env("HOME", home.path())
                    .env("LC_ALL", "C.UTF-8")
                    .output()
                    .unwrap();
                last_exit = output.status.code().unwrap();
                ran.set(ran.get() + 1);
                let text = String::from_utf8(output.stdout).unwrap();
                let printed: Vec<&str> = text.lines().map(str::trim_end).collect();
                if steady(&printed) != steady(&step.shown) {
                    renewed.push((step.lines, printed.into_iter().map(str::to_owned).collect()));
                }
            }
            for (range, text) in renewed.iter().rev() {
                lines.splice(range.clone(), text.iter().map(String::as_str));
            }
            lines.join("\n") + "\n"
        });
        assert!(ran.get() > 0);
    }
}
