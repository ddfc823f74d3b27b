//! Takes an input apart. Choices are digits and pieces are lines, so that seeds can be
//! written and read by people.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is left of an input.
pub(super) struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(super) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => b'0',
        }
    }

    /// A choice below `count`: the digit `0` is the first.
    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte().wrapping_sub(b'0')) % count
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// What stands before the next `stop`, which is passed over; everything where
    /// there is none.
    pub(super) fn until(&mut self, stop: u8) -> &'a [u8] {
        let at = self.0.iter().position(|byte| *byte == stop).unwrap_or(self.0.len());
        let (piece, rest) = self.0.split_at(at);
        self.0 = rest.get(1..).unwrap_or_default();
        piece
    }

    /// The next line as text, or nothing where it is empty.
    pub(super) fn line(&mut self) -> Option<String> {
        let line = String::from_utf8_lossy(self.until(b'\n')).into_owned();
        (!line.is_empty()).then_some(line)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// A file that is there as long as it is needed.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(content: &[u8]) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jobctl-fuzz-{}-{number}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
