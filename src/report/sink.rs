//! The one way to stdout: what happens when it is closed, full or slow.
//!
//! Must not know what is written.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use crate::error::{self, Error};

/// Where results go. Writing to it never fails: once the reader has gone, or a write
/// has failed, the rest is dropped, and the failure is kept for the end.
pub(super) struct Sink {
    out: Box<dyn Write + Send>,
    state: State,
}

enum State {
    Open,
    Closed,
    Failed(String),
}

impl Sink {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out, state: State::Open }
    }

    /// Writes whole lines and flushes, so that a reader sees them at once.
    pub(super) fn line(&mut self, bytes: &[u8]) {
        self.write_bytes(bytes);
        self.flush_out();
    }

    /// Whether nobody reads any more (`| head`).
    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Remembers that the output is not whole; the first reason stays.
    pub(super) fn fail(&mut self, why: String) {
        if matches!(self.state, State::Open) {
            self.state = State::Failed(why);
        }
    }

    /// What kept the output from being whole, if anything but a closed pipe did.
    pub(super) fn failure(&self) -> Option<Error> {
        match &self.state {
            State::Failed(why) => {
                Some(Error::new(error::ErrorKind::Output, format!("the output could not be written: {why}")))
            }
            State::Open | State::Closed => None,
        }
    }

    fn write_bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && matches!(self.state, State::Open) {
            match self.out.write(bytes) {
                Ok(0) => self.fail("nothing more is accepted".to_owned()),
                Ok(written) => bytes = &bytes[written.min(bytes.len())..],
                Err(error) => self.weigh(&error),
            }
        }
    }

    fn flush_out(&mut self) {
        while matches!(self.state, State::Open) {
            match self.out.flush() {
                Ok(()) => return,
                Err(error) => self.weigh(&error),
            }
        }
    }

    /// Decides what an error means; returns where the same write may be tried again.
    fn weigh(&mut self, error: &io::Error) {
        match error.kind() {
            ErrorKind::Interrupted => {}
            // Another program made the shared terminal or pipe non-blocking.
            ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(2)),
            ErrorKind::BrokenPipe => self.state = State::Closed,
            _ => self.fail(error.to_string()),
        }
    }
}

/// For serialisers; never returns an error.
impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_out();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with each of `errors` in turn, then accepts one byte at a time.
    struct Moody {
        errors: Vec<ErrorKind>,
        taken: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    }

    impl Write for Moody {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.errors.pop() {
                return Err(kind.into());
            }
            self.taken.lock().unwrap().push(bytes[0]);
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(errors: Vec<ErrorKind>) -> (Sink, Vec<u8>) {
        let taken = std::sync::Arc::default();
        let mut sink = Sink::new(Box::new(Moody { errors, taken: std::sync::Arc::clone(&taken) }));
        sink.line(b"abc\n");
        sink.line(b"d\n");
        let taken = taken.lock().unwrap().clone();
        (sink, taken)
    }

    #[test]
    fn short_interrupted_and_blocked_writes_lose_nothing() {
        let (sink, taken) = written(vec![ErrorKind::Interrupted, ErrorKind::WouldBlock]);
        assert_eq!(taken, b"abc\nd\n");
        assert!(!sink.is_closed() && sink.failure().is_none());
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_the_rest_is_dropped() {
        let (sink, taken) = written(vec![ErrorKind::BrokenPipe]);
        assert!(taken.is_empty());
        assert!(sink.is_closed() && sink.failure().is_none());
    }

    #[test]
    fn a_full_disk_is_remembered() {
        let (sink, taken) = written(vec![ErrorKind::StorageFull]);
        assert!(taken.is_empty());
        assert!(!sink.is_closed());
        assert!(sink.failure().unwrap().message.starts_with("the output could not be written: "));
    }
}
