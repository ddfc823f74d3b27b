//! Verbs about the tool itself: schemas and completions.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};

use super::Cli;
use super::examples;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::schema;
use crate::settings::nearest;

/// Print the JSON Schema of a machine output
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::SCHEMA)]
pub(super) struct SchemaArgs {
    /// Which one; none lists them
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Print shell completions
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Prints a schema, or the names of all.
pub(super) fn schema(args: &SchemaArgs) -> Result<ExitCode, Error> {
    let text = match &args.name {
        None => schema::names().fold(String::new(), |text, name| text + name + "\n"),
        Some(name) => {
            let found = schema::get(name).ok_or_else(|| {
                let names: Vec<_> = schema::names().collect();
                Error::new(ErrorKind::Usage, format!("there is no schema {name:?}")).with_hint(
                    match nearest(name, names.iter().copied()) {
                        Some(near) => format!("did you mean {near}? The schemas are {}", names.join(", ")),
                        None => format!("the schemas are {}", names.join(", ")),
                    },
                )
            })?;
            serde_json::to_string_pretty(&found).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?
                + "\n"
        }
    };
    write(text.as_bytes())
}

/// Prints completions for a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Error> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jobctl", &mut text);
    write(&text)
}

/// Writes to stdout; a reader that has gone is no failure.
pub(super) fn write(bytes: &[u8]) -> Result<ExitCode, Error> {
    match io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Io, format!("the output could not be written: {error}")))
        }
        _ => Ok(ExitCode::Ok),
    }
}
