//! How the program reaches pipelines and machines: the action, its installer, the
//! packages, and whether they agree with each other on names and versions.

mod action;
mod install;
mod packages;
mod recipes;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::exit_code;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap().replace("\r\n", "\n")
}

/// The version in Cargo.toml.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the machine has these programs; without them a test of what needs them says
/// so and is passed over. The gate installs them.
fn has(programs: &[&str]) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let missing = programs.iter().find(|name| !std::env::split_paths(&paths).any(|folder| folder.join(name).exists()));
    if let Some(name) = missing {
        eprintln!("{name} is not there, so this was not run");
    }
    missing.is_none()
}

/// The folder of the program under test, before the machine's.
fn path() -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_jobctl")).parent().unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

/// A step of action.yml, run as the runner would: with the variables that the file
/// names, and files for the outputs, the summary and the PATH.
struct Step {
    script: PathBuf,
    inputs: HashMap<String, String>,
    env: Vec<(String, String)>,
    folder: TempDir,
}

/// What a step left behind.
#[derive(Debug)]
struct Stepped {
    code: i32,
    log: String,
    stderr: String,
    outputs: HashMap<String, String>,
    summary: String,
    path: String,
}

impl Step {
    fn new(script: &str) -> Self {
        Self {
            script: root().join(".github/action").join(script),
            inputs: HashMap::new(),
            env: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Gives an input that action.yml has.
    fn with(mut self, input: &str, value: &str) -> Self {
        assert!(read("action.yml").contains(&format!("\n  {input}:\n")), "action.yml has no input {input}");
        self.inputs.insert(input.to_owned(), value.to_owned());
        self
    }

    fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    fn envs(mut self, variables: &[(String, String)]) -> Self {
        self.env.extend_from_slice(variables);
        self
    }

    /// The step as action.yml has it: `INPUT_JOBS: ${{ inputs.jobs }}`, or the default.
    fn command(&self) -> Command {
        let text = read("action.yml");
        let mut command = Command::new("bash");
        command.arg(&self.script).env_clear().current_dir(self.folder.path());
        for line in text.lines() {
            let Some((variable, expression)) = line.trim().split_once(": ${{ inputs.") else { continue };
            let input = expression.strip_suffix(" }}").unwrap();
            let (_, after) = text.split_once(&format!("\n  {input}:\n")).unwrap();
            let (_, default) = after.split_once("default: ").unwrap();
            let default = default.lines().next().unwrap().trim_matches('"');
            command.env(variable, self.inputs.get(input).map_or(default, String::as_str));
        }
        command
            .env("PATH", path())
            .env("HOME", self.folder.path())
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", self.folder.path().join("output"))
            .env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary"))
            .env("GITHUB_PATH", self.folder.path().join("path"))
            .envs(self.env.iter().cloned());
        command
    }

    fn run(&self) -> Stepped {
        let output = self.command().output().unwrap();
        let [log, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        Stepped { stderr, ..self.ended(exit_code(output.status), log) }
    }

    fn ended(&self, code: i32, log: String) -> Stepped {
        let file = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let outputs = file("output");
        let outputs = outputs.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        let (stderr, outputs) = (String::new(), outputs.collect());
        Stepped { code, log, stderr, outputs, summary: file("summary"), path: file("path") }
    }
}
