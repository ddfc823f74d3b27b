//! How commands that are not about jobs print: `auth`, `config`, `doctor`.
//!
//! Owns the frame around them. Decides nothing.

use super::global::GlobalArgs;
use super::session;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::{self, Entry, VENDORS};
use crate::report::{Closing, Page, Verb};
use crate::settings::environment::Environment;

/// Makes the report, lets `work` fill a page, and prints it.
///
/// # Errors
/// What was wrong before there could be a report.
pub(super) async fn answer<R: serde::Serialize>(
    verb: &'static str,
    globals: &GlobalArgs,
    environment: &Environment,
    work: impl AsyncFnOnce() -> Result<(Page<R>, Closing), Error>,
) -> Result<ExitCode, Error> {
    let mut report = session::report(session::report_options(globals, environment, Verb::Other(verb), false)?);
    let worked = match report.require_page() {
        Ok(()) => work().await,
        Err(error) => Err(error),
    };
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
    name.map_or_else(|| Ok(VENDORS.iter().collect()), |name| entry(name).map(|entry| vec![entry]))
}

/// The provider called `name`.
pub(super) fn entry(name: &str) -> Result<&'static Entry, Error> {
    providers::find(name).ok_or_else(|| Error::new(ErrorKind::Usage, format!("there is no provider `{name}`")))
}

/// The names that an argument `PROVIDER` takes.
pub(super) fn names() -> clap::builder::PossibleValuesParser {
    VENDORS.iter().map(|entry| entry.name).collect::<Vec<_>>().into()
}
