//! `jobctl cancel`.

use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::global::{self, GlobalArgs};
use super::record::RunRecord;
use super::session::{self, Session};
use super::targets::TargetArgs;
use crate::engine::{self, Ending, Rules, RunOptions};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::{Closing, Report, Verb};
use crate::settings::environment::Environment;

/// Cancel jobs and say truly what became of each
#[derive(Args, Clone, Debug)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    targets: TargetArgs,
    /// Say what would be cancelled; send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Everything must be done in this time
    #[arg(long, value_name = "TIME", value_parser = global::positive)]
    timeout: Option<Duration>,
    /// Stop sending after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// A job that is not there counts as well done
    #[arg(long)]
    ignore_not_found: bool,
    /// A job that ended by itself counts as a failure
    #[arg(long)]
    strict: bool,
    /// Exit 10 where no job came in or matched
    #[arg(long)]
    error_on_empty: bool,
    /// Do not confirm an accepted cancellation by reading the job
    #[arg(long)]
    no_verify: bool,
    /// Why, for the record and the people who read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Keep no record of this run
    #[arg(long)]
    no_journal: bool,
}

/// Runs the command to its exit code.
pub(super) async fn run(args: CancelArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut options = session::report_options(globals, environment, Verb::Cancel, args.dry_run)?;
    options.ref_width = args.targets.words().iter().map(String::len).max().unwrap_or(0).min(60);
    let mut report = session::report(options);
    match cancel(&args, globals, environment, &mut report).await {
        Ok(exit) => Ok(exit),
        Err(error) => {
            let exit = error.kind.exit();
            report.finish(Closing::failed(error)).map(|()| exit)
        }
    }
}

async fn cancel(
    args: &CancelArgs,
    globals: &GlobalArgs,
    environment: &Environment,
    report: &mut Report,
) -> Result<ExitCode, Error> {
    let started = Instant::now();
    let targets = &args.targets;
    targets.check()?;
    if targets.names_nothing() {
        return Err(Error::new(ErrorKind::Usage, "no job is named")
            .with_hint("for example: jobctl cancel datafold 123, or jobctl cancel -f refs.txt"));
    }
    let known = targets.known_providers();
    let given = targets.own.given(targets.provider())?;
    let session = Session::begin(globals, environment, given, &known).await?;
    let source = targets.source(&session.settings)?;
    refuse_read_only(&session, args.dry_run)?;
    report.start(&session.targets(&known));
    if targets.file.is_none() {
        report.expect_total(targets.words().len() as u64);
    }
    let rules = Rules {
        verify: !args.no_verify,
        strict: args.strict,
        ignore_not_found: args.ignore_not_found,
        fail_fast: args.fail_fast,
        dry_run: args.dry_run,
        guard: None,
        policy: globals.policy(),
    };
    let record = if args.no_journal || args.dry_run {
        RunRecord::none()
    } else {
        RunRecord::begin(
            &session,
            globals,
            environment,
            report,
            &rules,
            &session.targets(&known),
            args.reason.as_deref(),
        )
        .carrying(&targets.own)
    };
    let run = RunOptions {
        rules,
        concurrency: globals.concurrency(),
        deadline: args.timeout.map(|timeout| started + timeout),
        recorder: record.recorder(),
    };
    let opener = |entry| {
        record.target(&session.target(entry));
        session.open(entry)
    };
    let ending = engine::cancel(source, run, &opener, session::signals(), &mut |settled| {
        for warning in session.take_warnings() {
            report.warning(warning);
        }
        record.warn(report);
        report.settled(&settled);
    })
    .await;
    finish(args, &session, report, &record, ending)
}

pub(super) fn refuse_read_only(session: &Session, dry_run: bool) -> Result<(), Error> {
    if dry_run || !session.settings.is_read_only() {
        return Ok(());
    }
    let source = session.settings.read_only_source().unwrap_or("the configuration");
    Err(Error::new(ErrorKind::NotConfirmed, format!("nothing is cancelled: read-only mode is on ({source})"))
        .with_hint("use -n to see what would be cancelled"))
}

/// Adds up how the run ended, and prints the end.
fn finish(
    args: &CancelArgs,
    session: &Session,
    report: &mut Report,
    record: &RunRecord,
    ending: Ending,
) -> Result<ExitCode, Error> {
    let tally = report.tally_mut();
    tally.add_duplicates(ending.duplicates);
    if let Some(number) = ending.signal {
        tally.set_signal(number);
    }
    let mut error = ending.broken;
    if let Some(broken) = &error {
        tally.add_cause(broken.kind.exit());
    }
    if tally.total() == 0 && args.error_on_empty && error.is_none() && ending.signal.is_none() {
        error = Some(Error::new(ErrorKind::Empty, "no job came in"));
        tally.add_cause(ExitCode::Empty);
    }
    let exit = tally.exit();
    let mut closing = Closing { error, ..Closing::new(exit) };
    let opened = session.opened();
    if !opened.is_empty() {
        closing.targets = Some(opened);
    }
    closing.next_steps.extend(record.finish(report, exit, ending.signal));
    report.finish(closing)?;
    Ok(exit)
}
