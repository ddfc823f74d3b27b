//! What can be typed: the command tree, one file per verb. Validates, puts the
//! call together and leaves the doing to the engine.
//!
//! Must not know any vendor or HTTP.

#![expect(clippy::doc_markdown, reason = "doc comments on arguments are help texts")]

mod alongside;
mod cancel;
mod filters;
mod global;
mod list;
mod logs;
mod plan;
mod providers;
mod sandbox;
mod select;
mod session;
mod status;
mod surface;
mod targets;
mod unended;

use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::panic::{self, AssertUnwindSafe};

use clap::{Parser, Subcommand};

use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::{self, ReportOptions, RunMeta, Verb};
use crate::settings::environment::Environment;
use global::GlobalArgs;

/// Cancel jobs at Datafold, Prequel, Unstructured and Veeva Vault, and know that they stopped
#[derive(Parser, Debug)]
#[command(name = "jobctl", version, propagate_version = true, max_term_width = 100, infer_subcommands = false)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    globals: GlobalArgs,
}

#[derive(Subcommand, Debug)]
enum Command {
    Cancel(Box<cancel::CancelArgs>),
    Status(status::StatusArgs),
    Wait(status::WaitArgs),
    List(list::ListArgs),
    Providers(providers::ProvidersArgs),
    Sandbox(sandbox::SandboxArgs),
    Schema(surface::SchemaArgs),
    Completions(surface::CompletionsArgs),
    Man(surface::ManArgs),
}

/// Runs one call: parses `arguments` (the program's name first), does what they
/// say, prints, and returns the code to exit with.
///
/// # Errors
/// [`ErrorKind::Io`] where the output could not be written, so that nothing of what
/// was said so far may be relied on.
pub fn run(arguments: &[OsString]) -> Result<ExitCode, Error> {
    let environment = Environment::process();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| match Cli::try_parse_from(arguments) {
        Ok(cli) => dispatch(cli, &environment, arguments),
        Err(error) => Ok(not_parsed(&error, arguments, &environment)),
    }));
    outcome.unwrap_or_else(|_| {
        let bug = Error::new(ErrorKind::Internal, "jobctl has come upon a bug in itself");
        Ok(fatal(bug, arguments, &environment))
    })
}

fn dispatch(cli: Cli, environment: &Environment, arguments: &[OsString]) -> Result<ExitCode, Error> {
    let globals = &cli.globals;
    logs::begin(globals.verbose);
    let result = match cli.command {
        Command::Cancel(args) => block_on(cancel::run(*args, globals, environment)),
        Command::Status(args) => block_on(status::status(args, globals, environment)),
        Command::Wait(args) => block_on(status::wait(args, globals, environment)),
        Command::List(args) => block_on(list::run(args, globals, environment)),
        Command::Providers(args) => providers::run(&args, globals, environment),
        Command::Sandbox(args) => block_on(sandbox::run(args)),
        Command::Schema(args) => surface::schema(&args),
        Command::Completions(args) => surface::completions(&args),
        Command::Man(args) => surface::man(&args),
    };
    match result {
        Err(error) if error.kind != ErrorKind::Io => Ok(fatal(error, arguments, environment)),
        written => written,
    }
}

/// Runs a future on a runtime of one thread, made here because not every command
/// needs one.
fn block_on(future: impl Future<Output = Result<ExitCode, Error>>) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the runtime could not start: {error}")))?;
    let result = runtime.block_on(future);
    // A thread that still waits for standard input must not hold the exit up.
    runtime.shutdown_background();
    result
}

/// Help and version go to stdout and are well; anything else is a usage error, as
/// a document where a machine reads along.
fn not_parsed(error: &clap::Error, arguments: &[OsString], environment: &Environment) -> ExitCode {
    if !error.use_stderr() {
        // Nobody may be there to read it.
        let _ = error.print();
        return ExitCode::Ok;
    }
    if !global::guess_format(arguments, environment).is_machine() {
        let _ = error.print();
        return ExitCode::Usage;
    }
    let text = error.render().to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    fatal(Error::new(ErrorKind::Usage, message), arguments, environment)
}

/// Reports an error of the whole call where no report could be made.
fn fatal(error: Error, arguments: &[OsString], environment: &Environment) -> ExitCode {
    let format = global::guess_format(arguments, environment);
    let sandbox = arguments.iter().any(|word| word == "--sandbox");
    let quiet = arguments.iter().any(|word| word == "-q" || word == "--quiet");
    let meta = RunMeta::now(false, sandbox);
    let options = ReportOptions { quiet, ..ReportOptions::plain(format, verb(arguments), meta) };
    report::fatal(options, error, Box::new(io::stdout()), Box::new(io::stderr()))
}

/// The verb that arguments ask for which could not be parsed as a whole.
fn verb(arguments: &[OsString]) -> Verb {
    let known = [("cancel", Verb::Cancel), ("status", Verb::Status), ("wait", Verb::Wait), ("list", Verb::List)];
    arguments
        .iter()
        .skip(1)
        .find_map(|word| known.iter().find(|(name, _)| word == name).map(|(_, verb)| *verb))
        .unwrap_or(Verb::Other("error"))
}
