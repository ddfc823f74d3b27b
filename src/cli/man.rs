//! `jobctl man`: a manual page for each command, with its examples and exit codes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::global::GlobalArgs;
use super::{examples, tree};
use crate::error::{Error, ErrorKind, ExitCode};

/// Write manual pages into a folder
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::MAN)]
pub(super) struct ManArgs {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes a manual page per command.
pub(super) fn run(args: &ManArgs, globals: &GlobalArgs) -> Result<ExitCode, Error> {
    globals.refuse_output("man writes pages for people")?;
    let failed = |error: io::Error| {
        Error::new(ErrorKind::Usage, format!("cannot write manual pages to {}: {error}", args.folder.display()))
    };
    fs::create_dir_all(&args.folder).map_err(failed)?;
    let mut root = tree::whole();
    root.build();
    write(root, &args.folder).map_err(failed)?;
    Ok(ExitCode::Ok)
}

/// The page of a command, and of those below it.
fn write(command: Command, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands().cloned() {
        write(below, folder)?;
    }
    let (synopsis, ending) = (synopsis(&command), ending(&command));
    let (parent, is_root) = (command.has_subcommands(), command.get_display_name().is_none());
    // What the short help leaves out belongs into a manual page.
    let man = Man::new(command.mut_args(|argument| argument.hide_short_help(false)))
        .source(concat!("jobctl ", env!("CARGO_PKG_VERSION")))
        .manual("jobctl manual");
    let mut page = fs::File::create(folder.join(man.get_filename()))?;
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis.to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    if parent {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    ending.to_writer(&mut page)?;
    if is_root {
        man.render_version_section(&mut page)?;
    }
    Ok(())
}

/// The line that help calls usage.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut page = Roff::new();
    page.control("SH", ["SYNOPSIS"]).text([roman(usage.trim_start_matches("Usage: "))]);
    page
}

/// Examples, exit codes, and where to read on.
fn ending(command: &Command) -> Roff {
    let mut page = Roff::new();
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if let Some(lines) = help.strip_prefix("Examples:\n") {
        page.control("SH", ["EXAMPLES"]).control("nf", []);
        page.text(lines.lines().map(|line| roman(format!("{line}\n"))).collect::<Vec<_>>()).control("fi", []);
    } else if !help.is_empty() {
        page.control("SH", ["NOTES"]).text([roman(help)]);
    }
    page.control("SH", ["EXIT STATUS"]);
    let signals = ExitCode::Signal(2);
    let codes = ExitCode::ALL.map(|exit| (exit.code().to_string(), exit)).into_iter();
    for (code, exit) in codes.chain([("129, 130, 143".to_owned(), signals)]) {
        page.control("TP", []).text([bold(code)]).text([roman(exit.meaning())]);
    }
    page.control("SH", ["ENVIRONMENT"]);
    page.text([roman("See "), bold("jobctl help environment"), roman(".")]);
    page
}
