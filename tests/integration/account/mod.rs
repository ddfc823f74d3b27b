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

use tempfile::TempDir;

use crate::support::{Ran, jobctl};

/// A call of the program in a home and an environment of its own.
struct Call {
    home: TempDir,
    variables: Vec<(String, String)>,
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

    async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "").await
    }

    async fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let call = jobctl(arguments).at_home(self.home.path()).env("PATH", "/usr/bin:/bin").stdin(input);
        self.variables.iter().fold(call, |call, (name, value)| call.env(name, value)).run().await
    }
}
