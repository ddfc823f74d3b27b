//! `jobctl status` and `jobctl wait`: the two verbs that read the jobs they name.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::alongside::{Ended, alongside};
use super::examples;
use super::global::{self, GlobalArgs};
use super::record;
use super::session::{self, Session};
use super::signals;
use super::targets::TargetArgs;
use crate::engine::{self, Ending, Goal, NoRecord, RunOptions, Seen, WaitRules};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::report::{Closing, Report, Verb};
use crate::settings::environment::Environment;

/// Read each job's state once
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::STATUS)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    targets: TargetArgs,
}

/// Wait until jobs have ended
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::WAIT)]
pub(super) struct WaitArgs {
    #[command(flatten)]
    targets: TargetArgs,
    /// What to wait for: terminal (any end) or cancelled
    #[arg(
        long = "for",
        value_name = "END",
        default_value = "terminal",
        hide_default_value = true,
        hide_possible_values = true
    )]
    goal: For,
    /// How long to wait (10m)
    #[arg(long, value_name = "TIME", default_value = "10m", hide_default_value = true, value_parser = global::duration)]
    timeout: Duration,
    /// Time between two reads of one job (adaptive, 1s to 15s)
    #[arg(long, hide_short_help = true, value_name = "TIME", value_parser = global::positive)]
    interval: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum For {
    Terminal,
    Cancelled,
}

/// Runs `status` to its exit code.
pub(super) async fn status(
    args: StatusArgs,
    globals: &GlobalArgs,
    environment: &Environment,
) -> Result<ExitCode, Error> {
    run(&args.targets, Verb::Status, globals, environment, None).await
}

/// Runs `wait` to its exit code.
pub(super) async fn wait(args: WaitArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let goal = match args.goal {
        For::Terminal => Goal::Terminal,
        For::Cancelled => Goal::Cancelled,
    };
    let rules = WaitRules { interval: args.interval, patience: args.timeout, changes: None };
    run(&args.targets, Verb::Wait, globals, environment, Some((goal, rules))).await
}

async fn run(
    targets: &TargetArgs,
    verb: Verb,
    globals: &GlobalArgs,
    environment: &Environment,
    wait: Option<(Goal, WaitRules)>,
) -> Result<ExitCode, Error> {
    let mut options = session::report_options(globals, environment, verb, false)?;
    options.ref_width = targets.ref_width();
    let mut report = session::report(options);
    look(targets, globals, environment, wait, &mut report).await.or_else(|error| session::fail(&mut report, error))
}

async fn look(
    targets: &TargetArgs,
    globals: &GlobalArgs,
    environment: &Environment,
    wait: Option<(Goal, WaitRules)>,
    report: &mut Report,
) -> Result<ExitCode, Error> {
    let started = Instant::now();
    targets.check()?;
    if targets.names_nothing() {
        let verb = report.verb();
        return Err(Error::new(ErrorKind::Usage, "no job is named")
            .with_hint(format!("for example: jobctl {verb} datafold 123, or jobctl {verb} -f refs.txt")));
    }
    let known = targets.known_providers();
    let mut signals = signals::listen();
    let given = match signals::heed(&mut signals, targets.own.given(targets.provider())).await {
        Ok(given) => given?,
        Err(number) => return session::interrupted(report, number, "read"),
    };
    let session = Session::begin(globals, environment, given).await?;
    let redactor = record::redactor(&session, globals, environment);
    let source = targets.source(targets.reader(&session.settings, redactor).only_looking())?;
    let deadline = wait.as_ref().map(|(_, rules)| started + rules.patience);
    session.prepare_in_time(&known, &mut signals, deadline).await?;
    report.start(&session.targets(&known));
    let opener = |entry| session.open(entry);
    if targets.file().is_none() {
        report.expect_total(targets.words().len() as u64);
    }
    let shared = RefCell::new(&mut *report);
    let mut emit = |seen: Seen| {
        let mut report = shared.borrow_mut();
        session.pass_warnings(&mut report);
        report.seen(&seen);
    };
    let mut options = RunOptions {
        policy: globals.policy(),
        concurrency: globals.concurrency(),
        deadline,
        fail_fast: false,
        wait: None,
        recorder: Arc::new(NoRecord),
    };
    let (tell, told) = mpsc::unbounded_channel();
    let run = async {
        match wait {
            None => engine::status(source, options, &opener, signals, &mut emit).await,
            Some((goal, rules)) => {
                options.wait = Some(WaitRules { changes: Some(tell), ..rules });
                engine::wait(source, options, goal, &opener, signals, &mut emit).await
            }
        }
    };
    match alongside(run, &shared, told, true).await {
        Ended::Whole(ending) => finish(&session, report, ending),
        Ended::Unread => {
            session.close(None).await;
            report.finish(Closing::new(ExitCode::Ok)).map(|()| ExitCode::Ok)
        }
    }
}

fn finish(session: &Session, report: &mut Report, ending: Ending) -> Result<ExitCode, Error> {
    report.ended(&ending);
    let exit = report.tally().exit();
    let closing = Closing { error: ending.broken, ..Closing::new(exit) };
    report.finish(session.closing_targets(closing))?;
    Ok(exit)
}
