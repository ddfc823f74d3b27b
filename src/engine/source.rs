//! Where inputs come from: arguments, files and streams, read no faster than they
//! are used.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use tokio::sync::mpsc;

use super::input::{Input, MAX_LINE, RefReader};
use super::journal::Remaining;
use crate::error::{Error, ErrorKind};

/// Lines read ahead of their use from a stream.
const AHEAD: usize = 256;

/// Gives inputs one by one.
pub enum Source {
    /// What was given whole: arguments or a selection.
    Given(std::vec::IntoIter<Input>),
    /// A regular file, read as it is used.
    File(Lines<BufReader<File>>),
    /// Standard input or a pipe, read by a thread because it may block.
    Stream(mpsc::Receiver<Result<Input, Error>>),
    /// What a run that was broken off has left.
    Left(Remaining),
    /// What was read ahead, and where it came from.
    Chained(std::vec::IntoIter<Input>, Box<Source>),
}

impl Source {
    /// Inputs that are already there.
    #[must_use]
    pub fn given(inputs: Vec<Input>) -> Self {
        Self::Given(inputs.into_iter())
    }

    /// Inputs that are already there, and then the rest of where they came from.
    #[must_use]
    pub fn chained(inputs: Vec<Input>, rest: Self) -> Self {
        if inputs.is_empty() { rest } else { Self::Chained(inputs.into_iter(), Box::new(rest)) }
    }

    /// Opens the file at `path`; pipes and devices are read as streams.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where it cannot be opened or is a folder.
    pub fn file(path: &Path, reader: RefReader) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Usage, format!("cannot read {}: {why}", path.display()))
                .with_hint("-f takes a file with one job a line, or - for standard input")
        };
        let kind = std::fs::metadata(path).map_err(|error| wrong(&error))?.file_type();
        if kind.is_dir() {
            return Err(wrong(&"it is a folder"));
        }
        let open = |path: &Path, reader| Ok(Lines::new(BufReader::with_capacity(32 * 1024, File::open(path)?), reader));
        if kind.is_file() {
            return open(path, reader).map(Self::File).map_err(|error: std::io::Error| wrong(&error));
        }
        // Opening a pipe waits for whoever writes to it.
        let path = path.to_owned();
        Ok(Self::spawn(move || {
            open(&path, reader).map_err(|error: std::io::Error| {
                Error::new(ErrorKind::Usage, format!("cannot read {}: {error}", path.display()))
            })
        }))
    }

    /// Reads standard input.
    #[must_use]
    pub fn stdin(reader: RefReader) -> Self {
        Self::spawn(move || Ok(Lines::new(BufReader::with_capacity(32 * 1024, std::io::stdin()), reader)))
    }

    fn spawn<R: BufRead>(open: impl FnOnce() -> Result<Lines<R>, Error> + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            let mut lines = match open() {
                Ok(lines) => lines,
                Err(error) => {
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            };
            while let Some(input) = lines.read().transpose() {
                let failed = input.is_err();
                if sender.blocking_send(input).is_err() || failed {
                    break;
                }
            }
        });
        Self::Stream(receiver)
    }

    /// Whether reading on may wait for another program.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        match self {
            Self::Chained(first, rest) => first.as_slice().is_empty() && rest.is_stream(),
            other => matches!(other, Self::Stream(_)),
        }
    }

    /// Shows every input to `look` without using it up. What cannot be read twice is
    /// shown nothing of.
    pub(super) fn preview(&mut self, look: &mut dyn FnMut(&Input)) -> Result<(), Error> {
        match self {
            Self::Given(inputs) => inputs.as_slice().iter().for_each(look),
            Self::File(lines) => {
                while let Some(input) = lines.read()? {
                    look(&input);
                }
                lines.rewind()?;
            }
            Self::Stream(_) | Self::Left(_) | Self::Chained(..) => {}
        }
        Ok(())
    }

    /// The next input; `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where reading failed half-way.
    pub async fn next(&mut self) -> Result<Option<Input>, Error> {
        match self {
            Self::Stream(receiver) => receiver.recv().await.transpose(),
            Self::Chained(first, rest) if first.as_slice().is_empty() => Box::pin(rest.next()).await,
            other => other.ready(),
        }
    }

    /// The next input that is there without waiting.
    ///
    /// # Errors
    /// As [`Source::next`].
    pub fn ready(&mut self) -> Result<Option<Input>, Error> {
        match self {
            Self::Given(inputs) => Ok(inputs.next()),
            Self::File(lines) => lines.read(),
            Self::Left(remaining) => remaining.read(),
            Self::Stream(receiver) => receiver.try_recv().ok().transpose(),
            Self::Chained(first, rest) => match first.next() {
                Some(input) => Ok(Some(input)),
                None => rest.ready(),
            },
        }
    }
}

/// Lines of a file, parsed.
pub struct Lines<R> {
    from: R,
    reader: RefReader,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Lines of `from`, counted from 1.
    pub fn new(from: R, reader: RefReader) -> Self {
        Self { from, reader, number: 0, line: Vec::new() }
    }

    /// The next input; blank lines and comments are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where reading failed.
    pub fn read(&mut self) -> Result<Option<Input>, Error> {
        loop {
            self.line.clear();
            let limit = MAX_LINE as u64 + 2;
            let read = self.from.by_ref().take(limit).read_until(b'\n', &mut self.line).map_err(|error| {
                Error::new(ErrorKind::Io, format!("reading the input failed after line {}: {error}", self.number))
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
            } else if read as u64 == limit {
                self.skip_rest()?;
            }
            if let Some(input) = self.reader.parse_line(self.number, &self.line) {
                return Ok(Some(input));
            }
        }
    }

    /// Passes over the rest of an overlong line without keeping it.
    fn skip_rest(&mut self) -> Result<(), Error> {
        self.from
            .skip_until(b'\n')
            .map(|_| ())
            .map_err(|error| Error::new(ErrorKind::Io, format!("reading the input failed: {error}")))
    }
}

impl Lines<BufReader<File>> {
    /// Begins again at the first line.
    fn rewind(&mut self) -> Result<(), Error> {
        self.number = 0;
        let rewound = self.from.rewind();
        rewound.map_err(|error| Error::new(ErrorKind::Io, format!("reading the input again failed: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::Destination;
    use super::*;

    fn all(text: &[u8]) -> Vec<Input> {
        let mut lines = Lines::new(text, RefReader::new(Some("datafold"), Destination::None));
        std::iter::from_fn(|| lines.read().unwrap()).collect()
    }

    #[test]
    fn lines_are_counted_with_those_passed_over() {
        let found = all(b"1\n\n# x\r\n2\r\nbad\n3");
        let lines: Vec<_> = found
            .iter()
            .map(|input| match input {
                Input::Job { line, .. } | Input::Bad { line, .. } => line.unwrap(),
                Input::Left { .. } | Input::Broken(_) | Input::Refused(_) => 0,
            })
            .collect();
        assert_eq!(lines, [1, 4, 5, 6]);
    }

    #[test]
    fn a_line_of_the_greatest_length_is_read_whole() {
        let found = all(format!("{}5\n6", " ".repeat(MAX_LINE - 1)).as_bytes());
        assert!(
            matches!(&found[..], [Input::Job { line: Some(1), .. }, Input::Job { line: Some(2), .. }]),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_shown_beforehand_comes_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "1\n\nbad\n3\n").unwrap();
        let inputs = all(b"1\n\nbad\n3\n");
        let reader = RefReader::new(Some("datafold"), Destination::None);
        for mut source in [Source::file(file.path(), reader).unwrap(), Source::given(inputs.clone())] {
            let mut shown = Vec::new();
            source.preview(&mut |input| shown.push(input.clone())).unwrap();
            assert_eq!(shown, inputs);
            let came: Vec<_> = std::iter::from_fn(|| source.ready().unwrap()).collect();
            assert_eq!(came, inputs);
        }
    }

    #[tokio::test]
    async fn what_was_read_ahead_comes_first_and_then_the_stream() {
        let inputs = all(b"1\n2\n3");
        let stream = || {
            let (sender, receiver) = mpsc::channel(AHEAD);
            inputs[1..].iter().for_each(|input| sender.try_send(Ok(input.clone())).unwrap());
            Source::Stream(receiver)
        };
        let mut source = Source::chained(inputs[..1].to_vec(), stream());
        assert!(!source.is_stream(), "what is there needs no waiting for");
        let mut came = Vec::new();
        while let Some(input) = source.next().await.unwrap() {
            assert!(source.is_stream());
            came.push(input);
        }
        assert_eq!(came, inputs);
        assert!(stream().is_stream() && Source::chained(Vec::new(), stream()).is_stream());
        let mut given = Source::chained(inputs[..1].to_vec(), Source::given(inputs[1..].to_vec()));
        assert_eq!(given.next().await.unwrap(), Some(inputs[0].clone()));
        assert!(!given.is_stream());
        assert_eq!(given.next().await.unwrap(), Some(inputs[1].clone()));
    }

    /// Lines for ever, one reading of which fails; says when it is dropped.
    struct Endless {
        fails: bool,
        gone: std::sync::mpsc::Sender<()>,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if std::mem::take(&mut self.fails) {
                return Err(std::io::Error::other("a bad sector"));
            }
            let _ = self.gone.send(());
            buffer[..2].copy_from_slice(b"7\n");
            Ok(2)
        }
    }

    #[test]
    fn a_stream_ends_with_its_first_failure_or_with_whoever_reads_it() {
        for fails in [true, false] {
            let (gone, reads) = std::sync::mpsc::channel();
            let reader = RefReader::new(Some("datafold"), Destination::None);
            let lines = Lines::new(BufReader::new(Endless { fails, gone }), reader);
            let Source::Stream(mut receiver) = Source::spawn(move || Ok(lines)) else { panic!() };
            assert_eq!(receiver.blocking_recv().unwrap().is_err(), fails);
            if fails {
                assert!(receiver.blocking_recv().is_none());
            }
            drop(receiver);
            // Ends when the reader is dropped, and does not otherwise.
            assert!(reads.into_iter().count() <= AHEAD + 2);
        }
    }

    #[test]
    fn an_overlong_line_is_one_bad_line() {
        let mut text = vec![b'9'; 3 * MAX_LINE];
        text.extend_from_slice(b"\n5\n");
        let found = all(&text);
        assert_eq!(found.len(), 2);
        assert!(matches!(found[0], Input::Bad { line: Some(1), .. }));
        assert!(matches!(found[1], Input::Job { line: Some(2), .. }));
    }
}
