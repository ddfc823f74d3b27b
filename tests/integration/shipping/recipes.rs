//! The recipes of docs/ci.md, run against the sandbox.

use std::process::Command;

use tempfile::TempDir;

use super::{VERSION, has, path, read};
use crate::support::exit_code;

/// The first block of that language in docs/ci.md that has these words.
fn block(language: &str, words: &str) -> String {
    let text = read("docs/ci.md");
    let blocks = text.split("\n```").filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    let found = blocks.into_iter().find(|block| block.contains(words));
    found.unwrap_or_else(|| panic!("docs/ci.md has no {language} with {words}")).to_owned()
}

/// What a command in a folder of its own, beside a sandbox, ends with and prints.
fn rehearse(folder: &TempDir, faults: &str, command: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_jobctl"))
        .args(["sandbox", "run", "--cancel-delay", "0s", "--faults", faults, "--"])
        .args(command)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    (exit_code(output.status), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn the_script_says_what_failed_and_keeps_the_code() {
    if !has(&["sh", "jq"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cancel-jobs.sh"), block("sh", "# cancel-jobs.sh")).unwrap();
    for (jobs, code, said) in [
        ("datafold:123\nprequel:warehouse-eu/nightly-0142\n", 0, "\"ok\":2,\"failed\":0"),
        (
            "datafold:123\ndatafold:999\n",
            3,
            "[\"not_found\",\"datafold:999\",\"datafold knows no such job (HTTP 404)\"]",
        ),
        ("datafold:12x\n", 2, "[\"invalid\",\"datafold:12x\","),
    ] {
        std::fs::write(folder.path().join("jobs.txt"), jobs).unwrap();
        let (is, text) = rehearse(&folder, "", &["sh", "cancel-jobs.sh", "jobs.txt"]);
        assert!(is == code && text.contains(said), "{jobs}: {is}\n{text}");
    }
}

#[test]
fn the_line_for_cron_is_silent_when_all_is_well() {
    if !has(&["sh", "flock"]) {
        return;
    }
    let recipe = block("cron", "flock");
    let line = recipe.lines().find(|line| line.starts_with("0 5 ")).unwrap();
    let (_, command) = line.split_once(" jobctl cd /var/lib/jobctl && ").unwrap();
    assert!(!command.contains('%'), "cron takes it for the end of a line");
    let folder = tempfile::tempdir().unwrap();
    let last = folder.path().join("last.csv");
    // Of the jobs of the sandbox none is that old; of those of two hours one is not ours.
    let (code, text) = rehearse(&folder, "", &["sh", "-c", command]);
    assert!(code == 0 && !text.contains("ended with"), "{code}\n{text}");
    let (_, text) = rehearse(&folder, "", &["sh", "-c", &command.replace("12h", "2h")]);
    assert!(text.contains("ended with 3") && text.contains("datafold:109"), "{text}");
    let rows = std::fs::read_to_string(last).unwrap();
    assert!(rows.contains("datafold:123,") && rows.contains(",cancelled,"), "{rows}");
}

/// Airflow itself is not needed to run the task: it is a function of Python.
#[test]
fn the_task_for_airflow_tells_retries_from_failures() {
    if !has(&["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let module = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    module("recipe.py", &block("python", "def cancel_jobs"));
    module("airflow/__init__.py", "");
    module(
        "airflow/sdk/exceptions.py",
        "class AirflowException(Exception): pass\nclass AirflowFailException(AirflowException): pass\n",
    );
    module(
        "airflow/sdk/__init__.py",
        "import os\n\
         def task(**_): return lambda function: function\n\
         def dag(**_): return lambda function: (lambda: None)\n\
         class Connection:\n    password = os.environ['DATAFOLD_API_KEY']\n    get = classmethod(lambda cls, name: cls)\n",
    );
    module(
        "try.py",
        "import sys, recipe\n\
         try: print(recipe.cancel_jobs(sys.argv[2:], sys.argv[1]))\n\
         except Exception as error: print(type(error).__name__, error)\n",
    );
    let cancel =
        |faults: &str, refs: &[&str]| rehearse(&folder, faults, &[&["python3", "try.py", "why"], refs].concat()).1;
    let done = cancel("", &["datafold:123", "datafold:124"]);
    assert!(done.contains("{'cancelled': 2}"), "{done}");
    let partial = cancel("", &["datafold:123", "datafold:999"]);
    assert!(partial.contains("AirflowFailException partial: ['datafold:999: not_found']"), "{partial}");
    let invalid = cancel("", &["datafold:12x"]);
    assert!(invalid.contains("AirflowFailException usage: ['datafold:12x: invalid']"), "{invalid}");
    let unavailable = cancel("redirect=1", &["datafold:123"]);
    assert!(unavailable.contains("AirflowException not to be reached: ['datafold:123: unavailable']"), "{unavailable}");
}

#[test]
fn the_recipes_install_this_version() {
    assert!(block("sh", "sha256sum").starts_with(&format!("version={VERSION}\n")));
}
