//! What can be typed: the command tree, one file per verb. Validates, puts the
//! call together and leaves the doing to the engine.
//!
//! Must not know any vendor, or how one is called.

#![expect(clippy::doc_markdown, reason = "doc comments on arguments are help texts")]

mod alongside;
mod answer;
mod auth;
mod cancel;
mod check;
mod config;
mod doctor;
mod examples;
mod filters;
mod global;
mod guard;
mod help;
mod list;
mod logs;
mod man;
mod mistyped;
mod plan;
mod providers;
mod record;
mod runs;
mod sandbox;
mod select;
mod session;
mod signals;
mod status;
mod surface;
mod targets;
mod tree;
mod unended;

use std::any::Any;
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;

use anstyle::AnsiColor;
use clap::Args as _;
use clap::builder::Styles;

use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::{self, ReportOptions, RunMeta, Verb};
use crate::settings::environment::{self, Environment};
use global::GlobalArgs;

/// The colours of help and of errors about arguments.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .valid(AnsiColor::Cyan.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// Everything that was typed.
#[derive(Debug)]
struct Cli {
    command: Command,
    globals: GlobalArgs,
}

impl Cli {
    /// How arguments are read, whichever they are.
    fn base() -> clap::Command {
        clap::Command::new("jobctl")
            .version(env!("CARGO_PKG_VERSION"))
            .propagate_version(true)
            .disable_help_flag(true)
            .disable_version_flag(true)
            .disable_help_subcommand(true)
            .args_override_self(true)
    }

    /// The root of the command tree, with what may stand beside every verb.
    fn without_verbs() -> clap::Command {
        let root = Self::base()
            .after_help(examples::ROOT)
            .styles(STYLES)
            .max_term_width(100)
            .subcommand_required(true)
            .arg_required_else_help(true);
        GlobalArgs::augment_args(root)
            .about("Cancel jobs at Datafold, Prequel, Unstructured and Veeva, and know they stopped")
            .long_about(None)
    }
}

#[derive(Debug)]
enum Command {
    Cancel(Box<cancel::CancelArgs>),
    Status(status::StatusArgs),
    Wait(status::WaitArgs),
    List(list::ListArgs),
    Runs(runs::RunsArgs),
    Auth(auth::AuthArgs),
    Config(config::ConfigArgs),
    Providers(providers::ProvidersArgs),
    Doctor(doctor::DoctorArgs),
    Sandbox(sandbox::SandboxArgs),
    Schema(surface::SchemaArgs),
    Completions(surface::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

/// Runs one call: parses `arguments` (the program's name first), does what they
/// say, prints, and returns the code to exit with.
///
/// # Errors
/// [`ErrorKind::Output`], and no other.
pub fn run(arguments: &[OsString]) -> Result<ExitCode, Error> {
    let environment = Environment::process();
    panic::set_hook(Box::new(|panic| {
        // Nobody may be there to read it.
        let _ = writeln!(io::stderr(), "{}", bug(panic.payload(), panic.location()));
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| match tree::parse(arguments) {
        Ok(mut cli) => {
            cli.globals.argv = arguments.to_vec();
            dispatch(cli, &environment, arguments)
        }
        Err(error) => Ok(not_parsed(&error, arguments, &environment)),
    }));
    outcome.unwrap_or_else(|_| {
        let bug = Error::new(ErrorKind::Internal, "jobctl has come upon a bug in itself");
        Ok(fatal(bug, arguments, &environment))
    })
}

/// Where a bug is. A message that was put together is left out: any text may be in it,
/// also a secret.
fn bug(payload: &dyn Any, place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    format!("jobctl panicked{place}: {}", payload.downcast_ref::<&str>().unwrap_or(&"a bug"))
}

fn dispatch(cli: Cli, environment: &Environment, arguments: &[OsString]) -> Result<ExitCode, Error> {
    let globals = &cli.globals;
    logs::begin(globals.verbose);
    let result = match cli.command {
        Command::Cancel(args) => block_on(Box::pin(cancel::run(*args, globals, environment))),
        Command::Status(args) => block_on(Box::pin(status::status(args, globals, environment))),
        Command::Wait(args) => block_on(Box::pin(status::wait(args, globals, environment))),
        Command::List(args) => block_on(Box::pin(list::run(args, globals, environment))),
        Command::Providers(args) => providers::run(&args, globals, environment),
        Command::Sandbox(args) => block_on(Box::pin(sandbox::run(args, globals, environment))),
        Command::Schema(args) => surface::schema(&args, globals, environment),
        Command::Completions(args) => surface::completions(&args, globals),
        Command::Man(args) => man::run(&args, globals),
        Command::Help(args) => help::run(&args),
        Command::Auth(args) => block_on(Box::pin(auth::run(args, globals, environment))),
        Command::Config(args) => block_on(Box::pin(config::run(args, globals, environment))),
        Command::Doctor(args) => block_on(Box::pin(doctor::run(args, globals, environment))),
        Command::Runs(args) => block_on(Box::pin(runs::run(args, globals, environment))),
    };
    match result {
        Err(error) if error.kind != ErrorKind::Output => Ok(fatal(error, arguments, environment)),
        written => written,
    }
}

/// Runs a future on a runtime of one thread, made here because not every command
/// needs one.
fn block_on(future: Pin<Box<dyn Future<Output = Result<ExitCode, Error>> + '_>>) -> Result<ExitCode, Error> {
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
        print(error, arguments, environment);
        return ExitCode::Ok;
    }
    let machine = global::guess_format(arguments, environment).is_machine();
    if !machine && !global::guess_quiet(arguments) {
        print(error, arguments, environment);
        return ExitCode::Usage;
    }
    fatal(mistyped::error(error), arguments, environment)
}

/// Prints help or an error of the library, in colour where everything else would be.
fn print(error: &clap::Error, arguments: &[OsString], environment: &Environment) {
    let text = error.render();
    let choice = global::guess_color(arguments);
    let write = |stream: &mut dyn io::Write, terminal| {
        if session::color(choice, environment, terminal) {
            write!(stream, "{}", text.ansi())
        } else {
            write!(stream, "{text}")
        }
    };
    // Nobody may be there to read it.
    let _ = if error.use_stderr() {
        write(&mut io::stderr(), io::stderr().is_terminal())
    } else {
        write(&mut io::stdout(), io::stdout().is_terminal())
    };
}

/// Reports an error of the whole call where no report could be made.
fn fatal(error: Error, arguments: &[OsString], environment: &Environment) -> ExitCode {
    let format = global::guess_format(arguments, environment);
    let sandbox = arguments.iter().any(|word| word == "--sandbox")
        || environment.has(environment::SANDBOX.name)
        || tree::typed(arguments) == Some("sandbox");
    let quiet = global::guess_quiet(arguments);
    let meta = RunMeta::now(false, sandbox);
    let options = ReportOptions { quiet, ..ReportOptions::plain(format, verb(arguments), meta) };
    report::fatal(options, error, Box::new(io::stdout()), Box::new(io::stderr()))
}

/// The verb that arguments ask for which could not be parsed as a whole.
fn verb(arguments: &[OsString]) -> Verb {
    let has = |what: &str| arguments.iter().skip(1).any(|word| word == what);
    match tree::typed(arguments) {
        Some("cancel") => Verb::Cancel,
        Some("status") => Verb::Status,
        Some("wait") => Verb::Wait,
        Some("list") => Verb::List,
        Some("runs") if has("show") => Verb::RUN,
        Some("runs") if has("resume") => Verb::Cancel,
        Some("runs") => Verb::RUNS,
        Some("sandbox" | "completions" | "man" | "help") | None => Verb::ERROR,
        Some(other) => Verb::Other(other),
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::tree;

    #[test]
    fn the_librarys_defaults_are_those_of_the_flags() {
        let cli = tree::parse(&["jobctl".into(), "list".into(), "datafold".into()]).unwrap();
        let run = crate::Run::over([]);
        assert_eq!((cli.globals.policy(), cli.globals.concurrency()), (run.policy, run.concurrency));
    }

    #[test]
    fn a_panic_says_where_and_never_with_what() {
        let place = std::panic::Location::caller();
        let text = super::bug(&"no such row", Some(place));
        assert!(text.contains("src/cli/mod.rs:") && text.ends_with(": no such row"), "{text}");
        let text = super::bug(&format!("inside `{}`", "sk_live_1"), Some(place));
        assert!(text.ends_with(": a bug"), "{text}");
    }

    /// Two arguments of one id share their values, without a word from the library
    /// where one of them is global: `--profile prod` would answer for `--confirm`.
    #[test]
    fn no_command_has_an_argument_with_the_id_of_a_global_one() {
        fn clashes(command: &Command, globals: &[String], found: &mut Vec<String>) {
            for inner in command.get_subcommands() {
                let ids = inner.get_arguments().map(|argument| argument.get_id().to_string());
                found.extend(ids.filter(|id| globals.contains(id)).map(|id| format!("{} {id}", inner.get_name())));
                clashes(inner, globals, found);
            }
        }
        // Not built yet: global arguments stand at the root alone.
        let root = tree::whole();
        let globals: Vec<String> = root.get_arguments().map(|argument| argument.get_id().to_string()).collect();
        assert!(globals.contains(&"profile".to_owned()));
        let mut found = Vec::new();
        clashes(&root, &globals, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}
