//! Where secrets come from: files, standard input and commands, and what text can
//! be a secret at all.
//!
//! Must not know precedence, profiles' hosts or any vendor. No message shows any
//! part of a secret.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;
use crate::text::visible;

/// The most that is read where a secret is expected.
const MOST: u64 = 64 << 10;

/// Endings that tell the name of a file with a secret from the secret.
const ENDINGS: [&str; 4] = ["key", "secret", "token", "txt"];

/// A secret that was given for this call, and by what. One that could not be read is
/// given all the same: no other secret may take its place, and the jobs it was for
/// are accounted for.
#[derive(Clone, Debug)]
pub struct Token {
    /// The secret, or why there is none ([`ErrorKind::CredentialsMissing`]).
    pub secret: Result<Secret, Error>,
    /// `--token-file PATH` (without a path that may be the secret) or `--token-stdin`.
    pub source: String,
}

impl Token {
    /// Reads the file given as `--token-file`. Mounted secrets (readable by
    /// others, links) and pipes are fine.
    #[must_use]
    pub fn from_file(path: &Path) -> Self {
        if may_be_secret(path) {
            let source = "--token-file".to_owned();
            return Self { secret: Err(no_such_file(&source)), source };
        }
        let source = format!("--token-file {}", visible(&path.to_string_lossy()));
        Self { secret: from_file(path, &source, Privacy::Any), source }
    }

    /// Reads standard input, given as `--token-stdin`.
    #[must_use]
    pub fn from_stdin(input: impl Read) -> Self {
        let source = "--token-stdin".to_owned();
        Self { secret: read_capped(input, &source).and_then(|text| line(&text, &source)), source }
    }
}

/// Who else may read a file that holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privacy {
    /// Whoever put it there decided that: mounted secrets, pipes.
    Any,
    /// Nobody but its owner; a regular file.
    OwnerOnly,
}

fn missing(problem: String) -> Error {
    Error::new(ErrorKind::CredentialsMissing, problem)
}

/// Whether what was given for the path of a secret's file may be the secret itself:
/// people put it there. It leads nowhere and has not the form of a path.
#[must_use]
pub fn may_be_secret(path: &Path) -> bool {
    leads_nowhere(path, path)
}

/// As [`may_be_secret`], for the `text` of a path that leads to `file`.
pub(super) fn leads_nowhere(text: &Path, file: &Path) -> bool {
    let names_folder = text.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
    let in_folder = names_folder && file.parent().is_some_and(Path::exists);
    let ending = text.extension().and_then(OsStr::to_str);
    let like_path = text.is_absolute() || text.starts_with("~") || ending.is_some_and(|end| ENDINGS.contains(&end));
    !(like_path || in_folder || file.exists())
}

/// The error for what [`may_be_secret`].
pub(super) fn no_such_file(source: &str) -> Error {
    missing(format!("{source}: there is no such file"))
        .with_hint("it takes the path of a file that holds the secret, not the secret itself")
}

/// Reads the secret in the file at `path`; `source` is how messages call it.
pub(super) fn from_file(path: &Path, source: &str, privacy: Privacy) -> Result<Secret, Error> {
    let cannot = |error: std::io::Error| missing(format!("{source}: cannot read the file: {error}"));
    // Before opening: opening a pipe that nobody writes to would wait for ever.
    let data = fs::metadata(path).map_err(cannot)?;
    if data.is_dir() {
        return Err(missing(format!("{source}: is a folder, not a file")));
    }
    if privacy == Privacy::OwnerOnly {
        check_private(&data, path, source)?;
    }
    let file = fs::File::open(path).map_err(cannot)?;
    if privacy == Privacy::OwnerOnly {
        // Again, of the file that was really opened.
        check_private(&file.metadata().map_err(cannot)?, path, source)?;
    }
    line(&read_capped(file, source)?, source)
}

/// Refuses a file that others can read or change.
///
/// # Errors
/// [`ErrorKind::Configuration`] with the command that repairs it.
fn check_private(data: &fs::Metadata, path: &Path, source: &str) -> Result<(), Error> {
    let refuse = |problem: &str| Error::new(ErrorKind::Configuration, format!("{source}: {problem}"));
    if !data.is_file() {
        return Err(refuse("is no regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = data.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            let hint = format!(
                "chmod 600 {}; and replace the secret if others use this machine",
                visible(&path.to_string_lossy())
            );
            return Err(
                refuse(&format!("the file is open to others (mode {mode:04o}), so it is not used")).with_hint(hint)
            );
        }
    }
    let _ = path;
    Ok(())
}

/// Whether the file of a `token_file` is there and private, without reading it.
///
/// # Errors
/// As reading it would.
pub(super) fn check_token_file(path: &Path) -> Result<(), Error> {
    let source = format!("token_file {}", visible(&path.to_string_lossy()));
    let data = fs::metadata(path).map_err(|error| missing(format!("{source}: {error}")))?;
    check_private(&data, path, &source)
}

fn read_capped(input: impl Read, source: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    input
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| missing(format!("{source}: cannot read it: {error}")))?;
    if bytes.len() as u64 > MOST {
        return Err(missing(format!("{source}: is larger than 64 KiB, so it is no secret")));
    }
    Ok(bytes)
}

/// The secret on the only line of `bytes`.
pub(super) fn line(bytes: &[u8], source: &str) -> Result<Secret, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| missing(format!("{source}: is not UTF-8 text")))?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().and_then(Secret::new).ok_or_else(|| missing(format!("{source}: is empty")))?;
    if lines.next().is_some() {
        return Err(missing(format!("{source}: has more than one line, and a secret is one line")));
    }
    Ok(first)
}

/// What a command may print instead of a bare line.
#[derive(Deserialize)]
struct Document {
    version: u64,
    token: String,
    expires_at: Option<jiff::Timestamp>,
}

/// The secret in what a command printed: a bare line, or a JSON document.
pub(super) fn printed(bytes: &[u8], source: &str) -> Result<Secret, Error> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return line(bytes, source).map_err(|error| {
            missing(error.message.replace(": has more than one line", ": printed more than one line"))
        });
    }
    // The parser's own message could quote the document.
    let mut document: Document = serde_json::from_slice(bytes).map_err(|_| {
        missing(format!(
            "{source}: printed JSON of another form than {{\"version\":1,\"token\":...,\"expires_at\":...}}"
        ))
    })?;
    let token = Zeroizing::new(std::mem::take(&mut document.token));
    if document.version != 1 {
        return Err(missing(format!("{source}: printed JSON of version {}, and 1 is understood", document.version)));
    }
    if document.expires_at.is_some_and(|end| end <= jiff::Timestamp::now()) {
        return Err(missing(format!("{source}: printed a token that has expired")));
    }
    line(token.as_bytes(), source)
}

/// Refuses text that cannot be sent: a lone token has to be header text, and a
/// password (which goes into a form) at least printable.
pub(super) fn check_text(secret: &Secret, header: bool, source: &str) -> Result<(), Error> {
    let sendable = |c: char| if header { c == ' ' || c.is_ascii_graphic() } else { !crate::text::is_dangerous(c) };
    if secret.expose().chars().all(sendable) {
        return Ok(());
    }
    let what = if header { "characters other than visible ASCII" } else { "control characters" };
    Err(missing(format!("{source}: has {what}, so it is not the secret as the vendor gave it"))
        .with_hint("copy it again; editors and terminals add such characters"))
}

/// `path` with `~/` for the home folder; a relative one belongs to `folder`.
pub(super) fn absolute(path: &str, folder: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(path),
    }
}
