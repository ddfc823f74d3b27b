//! Writes a run's record while the run goes on: [`Journal`].
//!
//! Owns the order of writing: the line that announces a send is with the operating
//! system before the send, everything else at the latest with the next such line.
//! Must not know the command line or what a record is used for.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::Overview;
use super::line::{At, Caller, InputEnd, Line, Mention, Moment, ResultLine, Start, SummaryLine, Target, decides};
use crate::engine::recorder::{Entrant, Recorder};
use crate::engine::{Settled, Subject};

/// How often the file is brought from the system's memory to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// More than this is not buffered.
const MOST_BUFFERED: usize = 64 * 1024;

/// The record of one run, open for writing.
pub struct Journal {
    shared: Arc<Shared>,
    /// Whether the file is synced from time to time.
    kept_synced: AtomicBool,
    /// How many jobs and bad lines came in, once the input was read to its end.
    input: OnceLock<u64>,
}

/// What the run and whoever syncs share.
struct Shared {
    file: File,
    /// The record as messages call it.
    shown: String,
    on: AtomicBool,
    state: Mutex<State>,
}

struct State {
    buffer: Vec<u8>,
    /// The file's length up to its last whole line.
    length: u64,
    /// The length of that line.
    last: u64,
    /// Something was written since the last sync.
    dirty: bool,
    counts: Counts,
    targets: Vec<Target>,
    warning: Option<String>,
}

/// How far the run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Jobs and bad lines.
    pub total: u64,
    /// Those that are decided.
    pub settled: u64,
    /// Jobs that were named again.
    pub duplicates: u64,
}

impl Counts {
    /// Those that a resumption would go on with.
    #[must_use]
    pub const fn open(self) -> u64 {
        self.total.saturating_sub(self.settled)
    }
}

impl Journal {
    /// Begins the record of a new run in an empty, locked `file`.
    pub(super) fn begin(file: File, shown: String, start: &Start) -> Self {
        let journal = Self::on(file, shown, 0, Counts::default(), start.targets.clone());
        journal.shared.push(&Line::Start(Cow::Borrowed(start)));
        // At once, so that whoever lists records finds a whole one.
        journal.pause();
        journal
    }

    /// Goes on with a record as it was found.
    pub(super) fn go_on(file: File, shown: String, found: &Overview, caller: Caller) -> Self {
        let journal = Self::on(file, shown, found.length, found.counts, found.targets.clone());
        if found.whole_input {
            let _ = journal.input.set(found.counts.total);
        }
        journal.shared.push(&Line::Resume(caller));
        journal
    }

    fn on(file: File, shown: String, length: u64, counts: Counts, targets: Vec<Target>) -> Self {
        let state = State { buffer: Vec::new(), length, last: 0, dirty: false, counts, targets, warning: None };
        let shared = Shared { file, shown, on: AtomicBool::new(true), state: Mutex::new(state) };
        Self { shared: Arc::new(shared), kept_synced: AtomicBool::new(false), input: OnceLock::new() }
    }

    /// A provider was opened: where its calls go.
    pub fn target(&self, target: &Target) {
        {
            let mut state = self.shared.lock();
            if state.targets.contains(target) {
                return;
            }
            state.targets.push(target.clone());
        }
        self.shared.push(&Line::Target(Cow::Borrowed(target)));
    }

    /// How far the run has come.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }

    /// How many jobs and bad lines there are in all, once that is known.
    #[must_use]
    pub fn input(&self) -> Option<u64> {
        self.input.get().copied()
    }

    /// Why the record is not whole; said once.
    #[must_use]
    pub fn take_warning(&self) -> Option<String> {
        self.shared.lock().warning.take()
    }

    /// The run has ended: writes that down and brings everything to the disk.
    pub fn finish(&self, exit_code: u8, signal: Option<u8>) {
        let summary = {
            let state = self.shared.lock();
            SummaryLine {
                at: At::now(),
                total: state.counts.total,
                settled: state.counts.settled,
                open: state.counts.open(),
                duplicates: state.counts.duplicates,
                exit_code,
                signal,
                whole_input: self.input.get().is_some(),
                targets: state.targets.clone(),
            }
        };
        self.shared.push(&Line::Summary(summary));
        self.shared.sync();
    }

    /// Has the file synced from now on, at the first send: calls that send nothing
    /// need it only at their end.
    fn keep_synced(&self) {
        if self.kept_synced.swap(true, Ordering::Relaxed) {
            return;
        }
        // Without a runtime the system brings the file to the disk in its own time.
        let Ok(runtime) = Handle::try_current() else { return };
        let shared = Arc::downgrade(&self.shared);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(SYNC_EVERY).await;
                let Some(shared) = shared.upgrade() else { return };
                // Not on this thread: a slow disk must not hold sending up.
                let _ = spawn_blocking(move || shared.sync()).await;
            }
        });
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &Line<'_>) {
        let mut state = self.lock();
        self.append(&mut state, line);
    }

    /// Adds a line to the buffer.
    fn append(&self, state: &mut State, line: &Line<'_>) {
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let before = state.buffer.len();
        if serde_json::to_writer(&mut state.buffer, line).is_err() {
            // Half a line would spoil the next one.
            state.buffer.truncate(before);
            return;
        }
        state.buffer.push(b'\n');
        if state.buffer.len() > MOST_BUFFERED {
            self.write(state);
        }
    }

    /// Hands the buffer over to the operating system.
    fn write(&self, state: &mut State) {
        if state.buffer.is_empty() {
            return;
        }
        match (&self.file).write_all(&state.buffer) {
            Ok(()) => {
                state.length += state.buffer.len() as u64;
                let last = state.buffer.split_inclusive(|byte| *byte == b'\n').next_back();
                state.last = last.map_or(0, <[u8]>::len) as u64;
                state.dirty = true;
            }
            Err(error) => self.stop(state, &error),
        }
        state.buffer.clear();
    }

    /// Nothing more is recorded. The half-written line is taken back, and in its
    /// place goes a short one that says so. Where there is no room even for that, the
    /// line before makes it: whatever is undecided is looked at first from now on.
    fn stop(&self, state: &mut State, error: &io::Error) {
        self.on.store(false, Ordering::Relaxed);
        let mut mark = serde_json::to_vec(&Line::Stopped(Moment { at: At::now() })).unwrap_or_default();
        mark.push(b'\n');
        for length in [state.length, state.length.saturating_sub(state.last)] {
            if self.file.set_len(length).is_err() || (&self.file).write_all(&mark).is_ok() {
                break;
            }
            let _ = self.file.set_len(length);
        }
        let warning = format!("the record {} cannot be written any further: {error}; cancelling goes on", self.shown);
        state.warning.get_or_insert(warning);
    }

    /// Writes what is buffered and brings the file to the disk.
    fn sync(&self) {
        let dirty = {
            let mut state = self.lock();
            self.write(&mut state);
            std::mem::take(&mut state.dirty)
        };
        // Not under the lock: a slow disk must not hold sending up.
        if dirty && let Err(error) = self.file.sync_data() {
            let warning = format!("the record {} may not be whole on disk: {error}", self.shown);
            self.lock().warning.get_or_insert(warning);
        }
    }
}

impl Recorder for Journal {
    fn is_on(&self) -> bool {
        self.shared.on.load(Ordering::Relaxed)
    }

    fn intend(&self, entrant: Entrant<'_>) {
        let mut state = self.shared.lock();
        state.counts.total += 1;
        self.shared.append(&mut state, &Line::Intended(Mention::new(At::now(), entrant)));
    }

    fn input_ended(&self, total: u64, duplicates: u64) {
        let _ = self.input.set(total);
        let mut state = self.shared.lock();
        state.counts.duplicates = duplicates;
        self.shared.append(&mut state, &Line::Input(InputEnd { at: At::now(), total, duplicates }));
    }

    fn sending(&self, entrants: &mut dyn Iterator<Item = Entrant<'_>>) {
        {
            let mut state = self.shared.lock();
            let at = At::now();
            for entrant in entrants {
                self.shared.append(&mut state, &Line::Sending(Mention::new(at, entrant)));
            }
            self.shared.write(&mut state);
        }
        self.keep_synced();
    }

    fn accepted(&self, entrant: Entrant<'_>) {
        let mut state = self.shared.lock();
        self.shared.append(&mut state, &Line::Accepted(Mention::new(At::now(), entrant)));
    }

    fn settled(&self, settled: &Settled) {
        let mut state = self.shared.lock();
        // A job was counted when it came in.
        state.counts.total += u64::from(matches!(settled.subject, Subject::Text { .. }));
        state.counts.settled += u64::from(decides(settled.outcome));
        self.shared.append(&mut state, &Line::Result(ResultLine::new(settled)));
    }

    fn pause(&self) {
        let mut state = self.shared.lock();
        self.shared.write(&mut state);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // A run that is given up half-way still leaves what is known.
        self.pause();
        // Whoever syncs may hold the file for a moment longer.
        let _ = self.shared.file.unlock();
    }
}

#[cfg(test)]
mod tests;
