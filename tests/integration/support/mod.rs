//! Runs the built program and reads what it prints.

mod schema;
#[cfg(unix)]
mod signal;
mod stage;
mod vendor;

pub(crate) use schema::validate;
#[cfg(unix)]
pub(crate) use signal::send;
pub(crate) use stage::{Op, Played, Stage, json, page, status};
pub(crate) use vendor::{ALL, KEY, Vendor, called};

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};

/// One call of the program, in an environment that holds nothing but what is said.
pub(crate) struct Jobctl {
    program: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Option<Vec<u8>>,
    /// A home of its own, in which it is called too.
    home: Option<PathBuf>,
}

/// What a call of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn jobctl<S: AsRef<str>>(args: &[S]) -> Jobctl {
    Jobctl {
        program: env!("CARGO_BIN_EXE_jobctl").into(),
        args: args.iter().map(|arg| arg.as_ref().to_owned()).collect(),
        env: Vec::new(),
        stdin: None,
        home: None,
    }
}

/// An address where nobody listens, and which nobody else can take while it is held.
pub(crate) fn nobody() -> (TcpSocket, String) {
    let held = TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let uri = format!("http://{}", held.local_addr().unwrap());
    (held, uri)
}

/// A home without any configuration, emptied once for each run of the tests.
pub(crate) fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).unwrap();
        home
    })
}

impl Jobctl {
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// In another home than all the others, where it is called from, too.
    pub(crate) fn at_home(mut self, home: &Path) -> Self {
        self.home = Some(home.to_owned());
        self
    }

    /// Another build of the program.
    pub(crate) fn program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    pub(crate) fn args<S: AsRef<str>>(mut self, args: &[S]) -> Self {
        self.args.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// The same words after another verb.
    pub(crate) fn verb(mut self, verb: &str) -> Self {
        verb.clone_into(&mut self.args[0]);
        self
    }

    /// The vendor's host and a credential that it takes.
    pub(crate) fn at(self, vendor: &Vendor, uri: &str) -> Self {
        self.env(vendor.host_variable, uri).env(vendor.key_variable, KEY)
    }

    /// All vendors at one host.
    pub(crate) fn at_all(mut self, uri: &str) -> Self {
        for vendor in ALL {
            self = self.at(vendor, uri);
        }
        self
    }

    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Starts it, with its input written by a task of its own.
    pub(crate) fn start(self) -> Child {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear();
        match &self.home {
            Some(home) => drop(command.env("HOME", home).current_dir(home)),
            None => {
                for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"] {
                    command.env(name, home());
                }
            }
        }
        // Windows opens no socket without it.
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command.envs(self.env).kill_on_drop(true);
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let Some(text) = self.stdin {
            let mut stdin = child.stdin.take().unwrap();
            tokio::spawn(async move {
                // A program that has read enough may hang up.
                let _ = stdin.write_all(&text).await;
            });
        }
        child
    }

    pub(crate) async fn run(self) -> Ran {
        finish(self.start()).await
    }
}

/// Waits for the end of a call.
pub(crate) async fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().await.unwrap();
    Ran {
        code: exit_code(output.status),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The code as a shell shows it.
pub(crate) fn exit_code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

impl Ran {
    /// The one document on stdout, valid by its schema and true to itself.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        let document = self.envelope();
        let rows = document["results"].as_array().unwrap();
        let ok = rows.iter().filter(|row| row["ok"] == true).count();
        assert_eq!(document["summary"]["total"], rows.len(), "{document:#}");
        assert_eq!(document["summary"]["ok"], ok, "{document:#}");
        assert_eq!(document["summary"]["failed"], rows.len() - ok, "{document:#}");
        for row in rows {
            assert_eq!(row["ok"] == true, row["error"].is_null(), "a failure, and only that, has an error: {row:#}");
        }
        document
    }

    /// The one document on stdout, of any command, valid by its schema.
    #[track_caller]
    pub(crate) fn envelope(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no single JSON document: {error}\n{self:#?}"));
        validate(schema_name(&document), &document);
        assert_eq!(document["exit_code"], self.code, "{self:#?}");
        let rows = document["results"].as_array().into_iter().flatten();
        rows.chain([&document]).for_each(|row| well_worded(&row["error"]));
        document
    }

    /// Everything that was printed.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The rows of the one document.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.document()["results"].as_array().unwrap().clone()
    }

    /// The lines of `-o ndjson`, each valid by its schema.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines: Vec<Value> = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        assert_eq!(lines.first().map(|line| &line["type"]), Some(&Value::from("start")), "{self:#?}");
        assert_eq!(lines.last().map(|line| &line["type"]), Some(&Value::from("summary")), "{self:#?}");
        assert_eq!(lines.last().unwrap()["exit_code"], self.code, "{self:#?}");
        let name = format!("{}.line", schema_name(&lines[0]));
        for line in &lines {
            validate(&name, line);
        }
        lines
    }

    /// The outcomes by ref, from the one document.
    #[track_caller]
    pub(crate) fn outcomes(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.rows().iter().map(|row| (text(&row["ref"]), text(&row["outcome"]))).collect()
    }

    /// The code of the error of the whole call.
    #[track_caller]
    pub(crate) fn error_code(&self) -> String {
        self.document()["error"]["code"].as_str().unwrap_or("none").to_owned()
    }
}

/// One sentence and one piece of advice, neither a paragraph.
#[track_caller]
fn well_worded(error: &Value) {
    for text in [&error["message"], &error["hint"]].into_iter().filter_map(Value::as_str) {
        let stop = text.ends_with('.') && !text.ends_with("...");
        let bad = text.is_empty() || stop || text.contains(['\n', '\r']) || text.contains("  ");
        assert!(!bad, "{text:?}");
    }
}

/// The name of the schema that a document or a stream says it keeps to.
#[track_caller]
fn schema_name(head: &Value) -> &str {
    let name = head["schema"].as_str().and_then(|name| name.strip_prefix("jobctl.")?.strip_suffix("/1"));
    name.unwrap_or_else(|| panic!("no schema is named: {head:#}"))
}
