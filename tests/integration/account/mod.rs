//! Whose account a call uses: settings, sign-in, guards and the commands that show
//! them, with the built program against vendors on loopback.

mod bad_input;
mod doctor;
mod guards;
#[cfg(all(feature = "keychain", any(target_os = "linux", target_os = "freebsd")))]
mod keychain;
mod secrecy;
mod shown;
mod veeva;

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A call of the program in a home and an environment of its own.
struct Call {
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// How it ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Call {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap(), variables: Vec::new() }
    }

    fn with_config(text: &str) -> Self {
        let call = Self::new();
        call.write(".config/jobctl/config.toml", text, 0o600);
        call
    }

    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    fn set_all(self, variables: Vec<(&'static str, String)>) -> Self {
        variables.into_iter().fold(self, |call, (name, value)| call.set(name, value))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "").await
    }

    async fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jobctl"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().cloned())
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A call that never reads its input closes it early.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// The one document on stdout.
    fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(value["exit_code"], self.code, "{self:?}");
        value
    }

    fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}
