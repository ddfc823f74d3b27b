//! `jobctl sandbox`: the embedded vendors, kept running for other programs.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::examples;
use super::global::{self, GlobalArgs};
use super::session;
use super::signals;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers::VENDORS;
use crate::report::terminal::harmless;
use crate::report::{Closing, Verb};
use crate::sandbox::{self, Choices, Faults, Options, Sandbox};
use crate::settings::environment::{self, Environment, vendor_variables};

/// Rehearse with the vendors embedded: no account, no real job
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::SANDBOX)]
pub(super) struct SandboxArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Keep the vendors running on a loopback port until interrupted
    Serve(ServeArgs),
    /// Run a command with the vendors' variables pointing at a sandbox
    Run(RunArgs),
}

#[derive(Args, Clone, Debug)]
struct ServeArgs {
    /// The port (a free one)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    #[command(flatten)]
    world: WorldArgs,
}

#[derive(Args, Clone, Debug)]
struct RunArgs {
    #[command(flatten)]
    world: WorldArgs,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

const FAULTS: &str = "Faults, such as 500=0.1,drop=0.02,rate=100/10";
const CHOICES: &str = "What the documents leave open: NAME=VALUE,...";

/// What the sandbox is to be like.
#[derive(Args, Clone, Debug)]
struct WorldArgs {
    #[arg(long, value_name = "FAULTS", default_value = "", hide_default_value = true, value_parser = parsed::<Faults>, help = FAULTS, long_help = faults_help())]
    faults: Faults,
    #[arg(long, value_name = "CHOICES", default_value = "", hide_default_value = true, value_parser = parsed::<Choices>, help = CHOICES, long_help = choices_help())]
    choices: Choices,
    /// Where the dice of the faults start
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    seed: u64,
    /// So many more live jobs per vendor
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    bulk: u64,
    /// From a cancel to the job's end (2s)
    #[arg(long, value_name = "TIME", default_value = "2s", hide_default_value = true, value_parser = global::duration)]
    cancel_delay: Duration,
    /// Veeva: least time between reads of a job (10s)
    #[arg(long, value_name = "TIME", default_value = "10s", hide_default_value = true, value_parser = global::duration)]
    veeva_status_every: Duration,
    /// Veeva: calls in five minutes unhindered (2000)
    #[arg(long, value_name = "N", default_value_t = 2000, hide_default_value = true)]
    veeva_burst: u32,
}

impl WorldArgs {
    fn options(&self, port: u16) -> Options {
        Options {
            port: Some(port),
            faults: self.faults.clone(),
            choices: self.choices,
            seed: self.seed,
            bulk: self.bulk,
            cancel_delay: self.cancel_delay,
            veeva_status_every: self.veeva_status_every,
            veeva_burst: self.veeva_burst,
            ..Options::default()
        }
    }
}

/// The faults by name.
fn faults_help() -> String {
    format!(
        "{FAULTS}\n\n\
         Each is [SCOPE:]NAME=VALUE. The names are {}. The value is a probability from 0 to 1, or a count like 3x; \
         of slow it is a duration, of rate REQUESTS-PER-SECOND/BURST, of retry-after seconds. SCOPE is a provider, \
         cancel, read, list or session, or PROVIDER/OPERATION.",
        Faults::names()
    )
}

/// The choices, each with its values and what is open.
fn choices_help() -> String {
    let rows = sandbox::choices().iter().map(|row| format!("\n  {row}\n      {}", row.about));
    format!("{CHOICES}\n\nThe first value is the default:{}", rows.collect::<String>())
}

/// Reads a value whose error repeats what was typed.
fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| harmless(&error.to_string()).into_owned())
}

/// Runs the command to its exit code.
pub(super) async fn run(args: SandboxArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    match args.action {
        Action::Serve(serve) => {
            globals.refuse_output("sandbox serve prints lines for a shell")?;
            let sandbox = start(serve.world.options(serve.port)).await?;
            let mut signals = signals::listen();
            let mut text = format!("export {}={}\n", session::REHEARSAL, sandbox.url());
            for (name, value) in sandbox.variables() {
                text.push_str(&format!("export {name}={value}\n"));
            }
            // The variables are all that a script wants to read.
            let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
            eprintln!("sandbox: serving on {}; a rehearsal, no vendor is called. Stop it with Ctrl-C.", sandbox.url());
            let number = signals.recv().await;
            Ok(number.map_or(ExitCode::Ok, ExitCode::Signal))
        }
        Action::Run(run) => {
            let sandbox = start(run.world.options(0)).await?;
            eprintln!("sandbox: a rehearsal; no vendor is called and no real job is touched");
            match command(&sandbox, &run.command).await {
                // As shells have it for a command that is not there.
                Err(error) if error.kind == ErrorKind::Io => {
                    let mut options = session::report_options(globals, environment, Verb::ERROR, false)?;
                    options.meta.sandbox = true;
                    let exit = ExitCode::Child(127);
                    session::report(options).finish(Closing { exit, ..Closing::failed(error) }).map(|()| exit)
                }
                ran => ran,
            }
        }
    }
}

async fn start(options: Options) -> Result<Sandbox, Error> {
    Sandbox::start(options)
        .await
        .map_err(|error| Error::new(ErrorKind::Io, format!("the sandbox could not open its port: {error}")))
}

/// Runs a command that knows nothing but the sandbox; its exit code is ours.
async fn command(sandbox: &Sandbox, words: &[OsString]) -> Result<ExitCode, Error> {
    let Some((program, rest)) = words.split_first() else {
        return Err(Error::new(ErrorKind::Usage, "no command is given"));
    };
    let mut command = std::process::Command::new(program);
    command.args(rest);
    // Nothing may lead the command to a real vendor; what is neither host nor secret stays.
    let kept: Vec<_> = VENDORS.iter().flat_map(|entry| entry.settings).map(|setting| setting.variable).collect();
    let vendors = VENDORS.iter().flat_map(vendor_variables).map(|(name, _)| name);
    for name in vendors.filter(|name| !kept.contains(&name.as_str())) {
        command.env_remove(name);
    }
    for variable in [environment::PROFILE, environment::CONFIG] {
        command.env_remove(variable.name);
    }
    command.env(session::REHEARSAL, sandbox.url()).envs(sandbox.variables());
    // Before the command can tell anybody that it is there.
    let mut signals = signals::listen();
    let mut child = command
        .spawn()
        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot run {}: {error}", program.display())))?;
    let pid = child.id();
    // The vendors answer on this thread, so another one waits for the child.
    let mut waiting = tokio::task::spawn_blocking(move || child.wait());
    let status = loop {
        tokio::select! {
            status = &mut waiting => break status,
            // The command needs the vendors to its end. A terminal tells it of Ctrl-C
            // itself; other signals are handed on.
            Some(number) = signals.recv() => if number != 2 { hand_on(number, pid) },
        }
    };
    let status = status
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the command was lost: {error}")))?;
    Ok(exit_of(status))
}

fn hand_on(signal: u8, pid: u32) {
    // Whoever has no `kill` has no such signals either.
    let _ = std::process::Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status();
}

/// The command's own code; after a signal what a shell makes of it.
fn exit_of(status: std::process::ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let code = {
        use std::os::unix::process::ExitStatusExt as _;
        status.code().or_else(|| Some(128 + status.signal()?))
    };
    #[cfg(not(unix))]
    let code = status.code();
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::Internal, ExitCode::Child)
}
