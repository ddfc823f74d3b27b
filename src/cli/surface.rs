//! Verbs about the tool itself: schemas, completions, manual pages, help topics.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::global::GlobalArgs;
use super::{Cli, session};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::tally::Tally;
use crate::report::{Closing, Line, Mark, Page, Report, SchemaRow, Verb, schema};
use crate::settings::environment::Environment;

/// Print the JSON Schema of a machine output
#[derive(Args, Clone, Debug)]
pub(super) struct SchemaArgs {
    /// Which one; none lists them
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Print shell completions
#[derive(Args, Clone, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Write manual pages into a folder
#[derive(Args, Clone, Debug)]
pub(super) struct ManArgs {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints a schema, or the names of all.
pub(super) fn schema(args: &SchemaArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let Some(name) = &args.name else {
        let options = session::report_options(globals, environment, Verb::Other("schema"), false)?;
        let mut report = session::report(options);
        return match names(&mut report) {
            Ok(()) => Ok(ExitCode::Ok),
            Err(error) => session::fail(&mut report, error),
        };
    };
    let found = schema::get(name).ok_or_else(|| {
        let names: Vec<_> = schema::names().collect();
        Error::new(ErrorKind::Usage, format!("there is no schema {name:?}"))
            .with_hint(format!("the schemas are {}", names.join(", ")))
    })?;
    let text =
        serde_json::to_string_pretty(&found).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    write((text + "\n").as_bytes())
}

fn names(report: &mut Report) -> Result<(), Error> {
    report.require_page()?;
    let rows: Vec<_> = schema::names().map(|name| SchemaRow { name }).collect();
    let lines = rows.iter().map(|row| Line::new(Mark::Plain, [row.name])).collect();
    let mut tally = Tally::default();
    for _ in &rows {
        tally.add(None, true, ExitCode::Ok);
    }
    report.finish_page(&Page { rows, tally, lines }, Closing::new(ExitCode::Ok))
}

/// Prints completions for a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Error> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jobctl", &mut text);
    write(&text)
}

/// Writes a manual page per command.
pub(super) fn man(args: &ManArgs) -> Result<ExitCode, Error> {
    let failed = |error: io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write manual pages to {}: {error}", args.folder.display()))
    };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(failed)?;
    Ok(ExitCode::Ok)
}

/// Writes to stdout; a reader that has gone is no failure.
pub(super) fn write(bytes: &[u8]) -> Result<ExitCode, Error> {
    match io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Output, format!("the output could not be written: {error}")))
        }
        _ => Ok(ExitCode::Ok),
    }
}
