//! Verbs about the tool itself: schemas and completions.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};

use super::answer::{answer_at_once, require_page};
use super::examples;
use super::global::GlobalArgs;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::{Line, Mark, schema};
use crate::settings::environment::Environment;
use crate::text::nearest;

/// Print the JSON Schema of a machine output
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::SCHEMA)]
pub(super) struct SchemaArgs {
    /// Which one; none lists them
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// A shell that completions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    Power,
    Zsh,
}

macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".lz4"))
    };
}

impl Shell {
    /// Its completions, as `build.rs` has packed them.
    const fn packed(self) -> &'static [u8] {
        match self {
            Self::Bash => packed!("jobctl.bash"),
            Self::Elvish => packed!("jobctl.elv"),
            Self::Fish => packed!("jobctl.fish"),
            Self::Power => packed!("_jobctl.ps1"),
            Self::Zsh => packed!("_jobctl"),
        }
    }
}

/// Print shell completions
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints a schema, or the names of all.
pub(super) fn schema(args: &SchemaArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let Some(name) = &args.name else { return schemas(globals, environment) };
    require_page("schema", globals, environment)?;
    let found = schema::text(name).ok_or_else(|| {
        let names: Vec<_> = schema::rows().map(|row| row.name).collect();
        let all = format!("the schemas are {}", names.join(", "));
        Error::new(ErrorKind::Usage, format!("there is no schema {name:?}")).with_hint(
            match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near}? The rest: {all}"),
                None => all,
            },
        )
    })?;
    write(found.as_bytes())
}

fn schemas(globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    answer_at_once("schema", globals, environment, || {
        let rows: Vec<_> = schema::rows().collect();
        let lines = rows.iter().map(|row| Line::new(Mark::Plain, [&row.name])).collect();
        Ok((rows, lines))
    })
}

/// Prints completions for a shell.
pub(super) fn completions(args: &CompletionsArgs, globals: &GlobalArgs) -> Result<ExitCode, Error> {
    globals.refuse_output("completions prints a script for a shell")?;
    let text = lz4_flex::decompress_size_prepended(args.shell.packed());
    write(&text.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?)
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

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    /// `UPDATE_COMPLETIONS=1 cargo test --lib completions` brings the files up to date.
    #[test]
    fn completions_are_those_of_the_tree() {
        for shell in Shell::value_variants() {
            let generator: clap_complete::Shell = shell.to_possible_value().unwrap().get_name().parse().unwrap();
            let mut text = Vec::new();
            clap_complete::generate(generator, &mut tree::whole(), "jobctl", &mut text);
            if std::env::var_os("UPDATE_COMPLETIONS").is_some() {
                let name = clap_complete::Generator::file_name(&generator, "jobctl");
                std::fs::write(format!("{}/completions/{name}", env!("CARGO_MANIFEST_DIR")), text).unwrap();
                continue;
            }
            let packed = lz4_flex::decompress_size_prepended(shell.packed()).unwrap();
            assert!(text == packed, "stale for {shell:?}: UPDATE_COMPLETIONS=1 cargo test --lib completions");
        }
    }
}
