//! `-v` and `-vv`: what the wire says, on stderr, harmless for a terminal.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::report::terminal::harmless;

/// Begins to log where that was asked for: once a line per exchange, twice headers.
pub(super) fn begin(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines =
        tracing_subscriber::fmt::layer().with_writer(|| Harmless).with_ansi(false).with_target(false).without_time();
    // A second call in one process keeps the first one's subscriber.
    let _ = tracing_subscriber::registry().with(lines).with(Targets::new().with_target("jobctl", level)).try_init();
}

/// Writes log lines to stderr with everything that a terminal would obey shown.
struct Harmless;

impl Write for Harmless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut error = io::stderr().lock();
        for line in text.split_inclusive('\n') {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            error.write_all(harmless(line).as_bytes())?;
            error.write_all(end.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
