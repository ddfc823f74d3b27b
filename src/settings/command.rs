//! Runs a profile's `token_command` and brings back what it printed.
//!
//! No shell, a time limit, none of the other secrets in the child's environment,
//! and nothing of its standard output in any message. Must not know what is done
//! with the output.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;

use super::environment::{self, Environment};
use crate::error::{Error, ErrorKind};
use crate::text::visible_up_to;

/// How long a command may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// How much of the standard output is taken.
const MOST: usize = 64 << 10;
/// How much of the standard error is shown.
const MOST_SHOWN: usize = 2 << 10;
/// How long the pipes may stay open after the program's end: a helper that it left
/// running may hold them for ever.
const GRACE: Duration = Duration::from_millis(500);

/// One run of a `token_command`.
pub(super) struct Run<'a> {
    /// The program and its arguments.
    pub(super) argv: &'a [String],
    /// How messages call it.
    pub(super) title: &'a str,
    /// The folder that it runs in: the configuration file's, so that nothing in
    /// the caller's working directory can change what it does.
    pub(super) folder: &'a Path,
    pub(super) environment: &'a Environment,
    /// The variables that it must not see.
    pub(super) hidden: &'a [String],
    pub(super) limit: Duration,
}

impl Run<'_> {
    /// Runs it. The answer is what it printed, in memory that is zeroed.
    pub(super) fn output(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut child = self.spawn()?;
        let stdout = Drain::start(child.stdout.take(), MOST + 1, false);
        let stderr = Drain::start(child.stderr.take(), MOST_SHOWN * 2, true);
        let Some(status) = self.wait(&mut child) else {
            let said = said(&stderr.finish(), &stdout.finish());
            return Err(self.fail(&format!("did not end within {} seconds{said}", self.limit.as_secs_f32())));
        };
        let stdout = stdout.finish();
        // Before the status: closing its pipe may have been its end.
        if stdout.len() > MOST {
            return Err(self.fail("printed more than 64 KiB"));
        }
        let said = || said(&stderr.finish(), &stdout);
        if !status.success() {
            return Err(self.fail(&format!("failed ({status}){}", said())));
        }
        if stdout.iter().all(u8::is_ascii_whitespace) {
            return Err(self.fail(&format!("printed nothing{}", said())));
        }
        Ok(stdout)
    }

    fn fail(&self, problem: &str) -> Error {
        Error::new(ErrorKind::CredentialsMissing, format!("{} {problem}", self.title))
            .with_hint("run the command by itself; it has to print the secret, alone on one line, and exit 0")
    }

    fn spawn(&self) -> Result<Child, Error> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(self.fail("names no program"));
        };
        let Some(path) = self.find(program) else {
            return Err(self.fail("cannot be run: there is no such program in PATH"));
        };
        let child = Command::new(path)
            .args(arguments)
            .current_dir(self.folder)
            .env_clear()
            .envs(self.environment.all_but(self.hidden))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        child.map_err(|error| self.fail(&format!("cannot be run: {error}")))
    }

    /// The program's file. Relative folders in `PATH` lead into the working
    /// directory and are passed over.
    fn find(&self, program: &str) -> Option<OsString> {
        if let Some(rest) = program.strip_prefix("~/") {
            let home = self.environment.raw(environment::HOME.name)?;
            return Some(PathBuf::from(home).join(rest).into());
        }
        // On Windows the system looks itself, and never in the working directory.
        if cfg!(windows) || program.contains('/') {
            return Some(program.into());
        }
        let folders = self.environment.raw(environment::PATH.name)?;
        let files = std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).map(|f| f.join(program));
        files.into_iter().find(|file| is_program(file)).map(PathBuf::into_os_string)
    }

    /// Waits for the end; `None` where the limit came first.
    fn wait(&self, child: &mut Child) -> Option<ExitStatus> {
        let end = Instant::now() + self.limit;
        let mut pause = Duration::from_millis(1);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < end => {}
                Ok(None) | Err(_) => {
                    // Gone already is as good as killed.
                    drop(child.kill());
                    drop(child.wait());
                    return None;
                }
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}

fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    let runs = |data: &Metadata| std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = |_: &Metadata| true;
    file.metadata().is_ok_and(|data| data.is_file() && runs(&data))
}

/// What the command said on standard error, made harmless, without the secret
/// that it may have printed there as well.
fn said(stderr: &[u8], stdout: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(stderr).trim().to_owned();
    let secret = String::from_utf8_lossy(stdout);
    // Of a JSON document the token is a word, too.
    for word in secret.split(|c: char| c.is_whitespace() || c == '"').filter(|word| word.len() >= 4) {
        text = text.replace(word, "***");
    }
    let text = visible_up_to(&text.replace("\r\n", "\n").replace('\n', " | "), MOST_SHOWN);
    if text.is_empty() { text } else { format!(": {text}") }
}

/// One of the child's pipes, read on a thread of its own so that a full pipe
/// never stops the child.
struct Drain {
    kept: Arc<Mutex<Zeroizing<Vec<u8>>>>,
    done: Receiver<()>,
}

impl Drain {
    /// Keeps the first `most` bytes; then reads on or closes the pipe.
    fn start(pipe: Option<impl Read + Send + 'static>, most: usize, read_on: bool) -> Self {
        let kept = Arc::new(Mutex::new(Zeroizing::new(Vec::with_capacity(most))));
        let (end, done) = mpsc::channel::<()>();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            // Dropped at the end of the thread, which is the signal.
            let _end = end;
            let Some(mut pipe) = pipe else { return };
            let mut piece = Zeroizing::new([0; 4096]);
            while let Ok(count @ 1..) = pipe.read(&mut piece[..]) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = most.saturating_sub(kept.len());
                kept.extend_from_slice(&piece[..count.min(room)]);
                if kept.len() == most && !read_on {
                    return;
                }
            }
        });
        Self { kept, done }
    }

    /// What was read, after the end of the pipe or of the grace.
    fn finish(&self) -> Zeroizing<Vec<u8>> {
        let _ = self.done.recv_timeout(GRACE);
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
