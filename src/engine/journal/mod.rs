//! The record of every cancelling run: what was meant, what was sent, what came of it.
//!
//! One append-only file of JSON lines per run. `line` is the format, `folder` where
//! the files are, `writer` keeps a record while a run goes on, `scan` reads one back,
//! `resume` goes on with it. Must not know the terminal, the command line or any
//! vendor.

mod folder;
mod line;
mod resume;
mod scan;
#[cfg(test)]
mod tests;
mod writer;

pub use folder::{Folder, Record};
pub use line::{At, Caller, Line, Mention, Options, ResultLine, SCHEMA, Start, SummaryLine, Target, decides};
pub use resume::Remaining;
pub use scan::{Marks, Overview, Row};
pub use writer::{Counts, Journal};
