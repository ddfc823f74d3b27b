//! Where records are: their folder, their names, their locks.
//!
//! Owns creating, finding and removing files. Must not know what is in them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::line::Start;
use super::writer::Journal;
use crate::error::{Error, ErrorKind};

/// What follows the run's id in a file's name.
const EXTENSION: &str = "jsonl";

/// Somebody who only looks whether a record is in use holds its lock for a moment:
/// then another try is worth it.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The folder of all records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// One record in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The run's id.
    pub run_id: String,
    /// The file.
    pub path: PathBuf,
}

impl Folder {
    /// The folder at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Begins the record of a new run.
    ///
    /// # Errors
    /// Why it cannot be kept; never a reason not to go on with the run.
    pub fn begin(&self, start: &Start) -> io::Result<Journal> {
        let path = self.file(&start.run_id);
        let file = create(&path).or_else(|_| make_folder(&self.0).and_then(|()| create(&path)))?;
        // Nobody else can have it but somebody who looks. File systems without locks
        // lose the protection, not the record.
        let _ = lock(&file);
        Ok(Journal::begin(file, path.display().to_string(), start))
    }

    /// Every record, the newest first.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the folder cannot be read; one that is not there is empty.
    pub fn records(&self) -> Result<Vec<Record>, Error> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(wrong(&self.0, &error)),
        };
        let mut records = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| wrong(&self.0, &error))?;
            let path = entry.path();
            // Links and pipes are none of ours; reading a pipe would wait for ever.
            if let Some(run_id) = run_id(&path)
                && entry.file_type().is_ok_and(|kind| kind.is_file())
            {
                records.push(Record { run_id, path });
            }
        }
        // The ids begin with the time.
        records.sort_unstable_by(|a, b| b.run_id.cmp(&a.run_id));
        Ok(records)
    }

    /// The record of `run`: a whole id, or `last`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where there is none, [`ErrorKind::Io`] as [`Folder::records`].
    pub fn find(&self, run: &str) -> Result<Record, Error> {
        let record = if run == "last" {
            self.records()?.into_iter().next()
        } else {
            let id = uuid::Uuid::parse_str(run).ok().map(|id| id.hyphenated().to_string());
            let found = id.map(|run_id| Record { path: self.file(&run_id), run_id });
            found.filter(|record| record.path.is_file())
        };
        record.ok_or_else(|| {
            let message = match run {
                "last" => format!("there is no record of any run in {}", self.0.display()),
                _ => format!("there is no record of a run {run:?} in {}", self.0.display()),
            };
            Error::new(ErrorKind::Usage, message).with_hint("see `jobctl runs list`; RUN is a whole id, or last")
        })
    }

    fn file(&self, run_id: &str) -> PathBuf {
        self.0.join(format!("{run_id}.{EXTENSION}"))
    }
}

impl Record {
    /// Opens it for reading.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|error| wrong(&self.path, &error))
    }

    /// Whether a run is writing to it now.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        // Dropping the file gives the lock back.
        File::open(&self.path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Opens it for going on with the run, and keeps everybody else from it.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfirmed`] where somebody has it already, [`ErrorKind::Io`].
    pub fn take(&self) -> Result<File, Error> {
        let file =
            OpenOptions::new().read(true).append(true).open(&self.path).map_err(|error| wrong(&self.path, &error))?;
        if lock(&file) {
            return Ok(file);
        }
        Err(Error::new(ErrorKind::NotConfirmed, format!("the run {} is going on in another process", self.run_id))
            .with_hint("wait for it to end, or stop it; then resume"))
    }

    /// When it was last written to.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn last_written(&self) -> Result<SystemTime, Error> {
        let modified = fs::metadata(&self.path).and_then(|metadata| metadata.modified());
        modified.map_err(|error| wrong(&self.path, &error))
    }

    /// Removes it; `false` where a run has it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn remove(&self) -> Result<bool, Error> {
        let file = OpenOptions::new().append(true).open(&self.path).map_err(|error| wrong(&self.path, &error))?;
        if !lock(&file) {
            return Ok(false);
        }
        // Windows removes no file that is open with a lock on it.
        #[cfg(windows)]
        drop(file);
        fs::remove_file(&self.path).map_err(|error| wrong(&self.path, &error))?;
        Ok(true)
    }
}

/// Whether this process has the file's lock now. Where the file system knows no
/// locks it counts as had.
fn lock(file: &File) -> bool {
    for _ in 0..TRIES {
        if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return true;
        }
        thread::sleep(BETWEEN_TRIES);
    }
    false
}

/// Creates a file that only its owner can read, and that nobody had before.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates the folder and those above it, for their owner alone.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The run that a file belongs to; other files are nobody's business.
fn run_id(path: &Path) -> Option<String> {
    let is_record = path.extension()? == EXTENSION;
    let stem = path.file_stem()?.to_str().filter(|_| is_record)?;
    let id = uuid::Uuid::parse_str(stem).ok()?.hyphenated().to_string();
    (id == stem).then_some(id)
}

/// An error about a file or folder.
pub(super) fn wrong(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, format!("cannot use the record {}: {error}", path.display()))
}
