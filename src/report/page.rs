//! The answer of a command that has no rows of jobs: lines for people, or the usual
//! envelope with the command's own rows.
//!
//! Must not know what the command is about.

use std::fmt::Write as _;

use anstyle::Style;
use serde::Serialize;

use super::row::Document;
use super::style::{self, Glyphs, paint};
use super::tally::Tally;
use super::terminal::{LINE_MAX, fit, width, wrap};
use super::{Closing, Format, Report, json};
use crate::error::{Error, ErrorKind, ExitCode};

/// How a line is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Just said.
    #[default]
    Plain,
    /// A heading.
    Head,
    /// The names of the columns.
    Columns,
    /// All is well.
    Good,
    /// Worth a look.
    Warn,
    /// Something does not work.
    Bad,
}

impl Mark {
    const fn style(self) -> Style {
        match self {
            Self::Plain => style::PLAIN,
            Self::Head => Style::new().bold(),
            Self::Columns => style::DIM,
            Self::Good => style::GOOD,
            Self::Warn => style::WAITING,
            Self::Bad => style::BAD,
        }
    }
}

/// One line for people: cells that stand in columns, and what is said below them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How it is meant; colours the first cell.
    pub mark: Mark,
    /// The cells. The last is never padded.
    pub cells: Vec<String>,
    /// Sentences below the line.
    pub notes: Vec<String>,
    /// Warnings and hints below those, unless quiet.
    pub advice: Vec<String>,
}

impl Line {
    /// A line of these cells.
    pub fn new(mark: Mark, cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { mark, cells: cells.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

/// What such a command has to say.
pub struct Page<R> {
    /// The rows of the machine document, under `results`.
    rows: Vec<R>,
    /// The counts of its `summary`.
    tally: Tally,
    /// The same for people.
    lines: Vec<Line>,
}

impl<R> Page<R> {
    /// These rows, counted by the errors that they have, and the same for people.
    pub fn new(rows: Vec<R>, lines: Vec<Line>, error: impl Fn(&R) -> Option<&Error>) -> Self {
        let mut tally = Tally::default();
        for error in rows.iter().map(error) {
            tally.add(None, error.is_none(), error.map_or(ExitCode::Ok, |error| error.kind.exit()));
        }
        Self { rows, tally, lines }
    }
}

impl Report {
    /// Refuses the formats that are made of rows of jobs.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`], naming the formats that there are.
    pub fn require_page(&self) -> Result<(), Error> {
        match self.options.format {
            Format::Human | Format::Json => Ok(()),
            other => {
                let verb = self.options.verb.name();
                Err(Error::new(ErrorKind::Usage, format!("{verb} has no rows of jobs, so there is no `-o {other}`"))
                    .with_hint("use -o human or -o json"))
            }
        }
    }

    /// Prints the whole answer and ends the report. Only the first end counts.
    ///
    /// # Errors
    /// When it could not be written, except to a reader that has gone.
    pub fn finish_page<R: Serialize>(&mut self, page: &Page<R>, closing: Closing) -> Result<(), Error> {
        let human = self.options.format == Format::Human;
        let glyphs = Glyphs::of(self.options.unicode);
        let (color, columns, quiet) = (self.options.color.stdout, self.options.columns.stdout, self.options.quiet);
        self.end(closing, Some(&page.tally), |_, head, tail, warnings, out| {
            if human {
                out.line(text(&page.lines, color, &glyphs, columns, quiet).as_bytes());
            } else {
                json::write_document(&Document { head, tail, results: &page.rows, warnings }, out);
            }
        })
    }
}

/// The least room in which a last column is worth wrapping in place.
const WORTH: usize = 24;

/// The lines with their columns aligned; a last one that is too long is wrapped in its
/// column. A heading has no part in the columns.
fn text(lines: &[Line], color: bool, glyphs: &Glyphs, columns: Option<usize>, quiet: bool) -> String {
    let shown: Vec<Vec<_>> =
        lines.iter().map(|line| line.cells.iter().map(|cell| fit(cell, LINE_MAX, glyphs.more)).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for (line, cells) in lines.iter().zip(&shown).filter(|(line, _)| line.mark != Mark::Head) {
        for (at, cell) in cells.iter().enumerate().take(line.cells.len().saturating_sub(1)) {
            if widths.len() <= at {
                widths.push(0);
            }
            widths[at] = widths[at].max(width(cell));
        }
    }
    let mut text = String::new();
    for (line, cells) in lines.iter().zip(&shown) {
        let mut taken = 0;
        for (at, cell) in cells.iter().enumerate() {
            let look = if at == 0 || line.mark == Mark::Columns { line.mark.style() } else { style::PLAIN };
            if at + 1 < cells.len() {
                paint(&mut text, color, look, cell);
                let column = widths.get(at).copied().unwrap_or(0).max(width(cell));
                // Writing to a String cannot fail.
                let _ = write!(text, "{:room$}  ", "", room = column - width(cell));
                taken += column + 2;
            } else if at == 0 || line.mark == Mark::Columns {
                paint(&mut text, color, look, cell);
            } else {
                let fits = columns.is_none_or(|columns| columns >= taken + width(cell).min(WORTH));
                let indent = if fits { taken } else { 4 };
                if !fits {
                    text.truncate(text.trim_end_matches(' ').len());
                    text.push_str("\n    ");
                }
                wrap(&mut text, cell, indent, indent, columns);
            }
        }
        text.push('\n');
        for note in line.notes.iter().chain(line.advice.iter().filter(|_| !quiet)) {
            text.push_str("    ");
            paint(&mut text, color, style::ADVICE, glyphs.arrow);
            text.push(' ');
            wrap(&mut text, &fit(note, LINE_MAX, glyphs.more), 5 + width(glyphs.arrow), 6, columns);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_foreign_text_is_harmless() {
        let mut last = Line::new(Mark::Bad, ["fail", "dns", "no\u{1b}[31m such name"]);
        last.notes.push("twice".to_owned());
        last.advice.push("check it".to_owned());
        let lines = [Line::new(Mark::Head, ["datafold"]), Line::new(Mark::Good, ["ok", "settings", "found"]), last];
        let shown = |quiet| text(&lines, false, &Glyphs::of(false), None, quiet);
        let all = "datafold\nok    settings  found\nfail  dns       no\\u{1b}[31m such name\n    -> twice\n";
        assert_eq!((shown(true), shown(false)), (all.to_owned(), format!("{all}    -> check it\n")));
    }

    #[test]
    fn a_long_last_cell_is_wrapped_in_its_column() {
        let lines = [Line::new(Mark::Plain, ["repeat", "it is not documented whether a repeat is harmless"])];
        let shown = |columns| text(&lines, false, &Glyphs::of(false), Some(columns), false);
        assert_eq!(shown(40), "repeat  it is not documented whether a\n        repeat is harmless\n");
        assert_eq!(shown(24), "repeat\n    it is not documented\n    whether a repeat is\n    harmless\n");
    }
}
