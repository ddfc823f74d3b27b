//! How commands that are not about jobs print: `auth`, `config`, `doctor`,
//! `providers`, `schema`.
//!
//! Owns the frame around them. Decides nothing.

use serde::Serialize;

use super::global::GlobalArgs;
use super::session;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::{Entry, VENDORS, known};
use crate::report::{Closing, Line, Page, Report, Verb};
use crate::settings::environment::Environment;

/// Makes the report, lets `work` fill a page, and prints it.
///
/// # Errors
/// What was wrong before there could be a report.
pub(super) async fn answer<R: Serialize>(
    verb: &'static str,
    globals: &GlobalArgs,
    environment: &Environment,
    work: impl AsyncFnOnce() -> Result<(Page<R>, Closing), Error>,
) -> Result<ExitCode, Error> {
    let report = report(verb, globals, environment)?;
    let worked = match report.require_page() {
        Ok(()) => work().await,
        Err(error) => Err(error),
    };
    print(report, worked)
}

/// As [`answer`], for rows that are at hand and all well.
///
/// # Errors
/// As [`answer`].
pub(super) fn answer_at_once<R: Serialize>(
    verb: &'static str,
    globals: &GlobalArgs,
    environment: &Environment,
    work: impl FnOnce() -> Result<(Vec<R>, Vec<Line>), Error>,
) -> Result<ExitCode, Error> {
    let report = report(verb, globals, environment)?;
    let worked = report.require_page().and_then(|()| work());
    let page = worked.map(|(rows, lines)| (Page::new(rows, lines, |_| None), Closing::new(ExitCode::Ok)));
    print(report, page)
}

/// Refuses the formats that are made of rows of jobs.
///
/// # Errors
/// [`ErrorKind::Usage`], naming the formats that there are.
pub(super) fn require_page(verb: &'static str, globals: &GlobalArgs, environment: &Environment) -> Result<(), Error> {
    report(verb, globals, environment)?.require_page()
}

fn report(verb: &'static str, globals: &GlobalArgs, environment: &Environment) -> Result<Report, Error> {
    session::report_options(globals, environment, Verb::Other(verb), false).map(session::report)
}

fn print<R: Serialize>(mut report: Report, worked: Result<(Page<R>, Closing), Error>) -> Result<ExitCode, Error> {
    match worked {
        Ok((page, closing)) => {
            let exit = closing.exit;
            report.finish_page(&page, closing).map(|()| exit)
        }
        Err(error) => session::fail(&mut report, error),
    }
}

/// The end of a call that a signal may have stopped half-way.
pub(super) fn stopped(closing: Closing, signal: Option<u8>) -> Closing {
    let Some(number) = signal else { return closing };
    let error = Error::new(ErrorKind::Interrupted, "interrupted before everything was looked at");
    Closing { exit: ExitCode::Signal(number), error: Some(error), ..closing }
}

/// The providers of an optional argument: the named one, else all.
pub(super) fn entries(name: Option<&str>) -> Result<Vec<&'static Entry>, Error> {
    name.map_or_else(|| Ok(VENDORS.iter().collect()), |name| known(name).map(|entry| vec![entry]))
}

/// The names that an argument `PROVIDER` takes.
pub(super) fn names() -> clap::builder::PossibleValuesParser {
    VENDORS.iter().map(|entry| entry.name).collect::<Vec<_>>().into()
}
