//! `jobctl runs`: the records of cancelling runs, and going on with one.

use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use tokio::time::Instant;

use super::cancel::refuse_read_only;
use super::examples;
use super::global::{self, GlobalArgs};
use super::guard;
use super::record::{self, RunRecord};
use super::session::{self, Session};
use super::signals;
use super::targets::{OwnArgs, distinct, only};
use crate::engine::journal::{Folder, Marks, Overview, Record, Remaining, Row};
use crate::engine::{self, Ending, Input, Rules, RunOptions, Signals, Source};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::providers;
use crate::report::runs::{Recorded, RunRow};
use crate::report::{Closing, Format, Report, ReportOptions, Target, Verb};
use crate::settings::environment::Environment;

/// Look at the records of cancelling runs, and go on with one
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::RUNS)]
pub(super) struct RunsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// List the runs, the newest first
    #[command(after_help = examples::RUNS_LIST)]
    List,
    /// Show one run: who, when, why, and what became of each job
    #[command(after_help = examples::RUNS_SHOW)]
    Show(RunArg),
    /// Go on with a run: read what was sent, send what was not
    #[command(after_help = examples::RUNS_RESUME)]
    Resume(ResumeArgs),
    /// Remove the records of old runs
    #[command(after_help = examples::RUNS_PRUNE)]
    Prune(PruneArgs),
}

#[derive(Args, Clone, Debug)]
struct RunArg {
    /// The run's whole id, or last
    #[arg(value_name = "RUN")]
    run: String,
}

#[derive(Args, Clone, Debug)]
struct ResumeArgs {
    #[command(flatten)]
    run: RunArg,
    /// Everything must be done in this time
    #[arg(long, value_name = "TIME", value_parser = global::positive)]
    timeout: Option<Duration>,
    /// The protected profile that is meant, instead of typing its name
    #[arg(long = "confirm", value_name = "PROFILE")]
    confirmed: Option<String>,
    #[command(flatten)]
    own: OwnArgs,
}

#[derive(Args, Clone, Debug)]
struct PruneArgs {
    /// Remove what was last written to longer ago than this
    #[arg(long, value_name = "TIME", value_parser = global::duration)]
    older_than: Duration,
}

/// Runs the command to its exit code.
pub(super) async fn run(args: RunsArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    match args.command {
        Command::List => list(globals, environment),
        Command::Show(run) => show(&run, globals, environment),
        Command::Prune(args) => prune(&args, globals, environment),
        Command::Resume(args) => resume(args, globals, environment).await,
    }
}

/// The folder of records, which must be nameable.
fn folder(globals: &GlobalArgs, environment: &Environment) -> Result<Folder, Error> {
    record::folder(globals, environment).ok_or_else(|| {
        Error::new(ErrorKind::Configuration, "there is no folder for records: no home folder")
            .with_hint("set XDG_STATE_HOME or HOME to an absolute path")
    })
}

/// The record that was asked for. Those of rehearsals are elsewhere.
fn find(run: &str, globals: &GlobalArgs, environment: &Environment) -> Result<Record, Error> {
    folder(globals, environment)?.find(run).map_err(|error| {
        let mut others = globals.clone();
        others.sandbox = !globals.sandbox;
        let is_there =
            run != "last" && record::folder(&others, environment).is_some_and(|other| other.find(run).is_ok());
        match (is_there, globals.sandbox) {
            (true, false) => error.with_hint("it is a rehearsal's: add --sandbox"),
            (true, true) => error.with_hint("it is no rehearsal's: leave --sandbox out"),
            _ => error,
        }
    })
}

/// A report on runs, in a format that has rows for them.
fn rows_report(globals: &GlobalArgs, environment: &Environment) -> Result<Report, Error> {
    let options = session::report_options(globals, environment, Verb::RUNS, false)?;
    if matches!(options.format, Format::Csv | Format::Name) {
        return Err(Error::new(ErrorKind::Usage, format!("runs have no {} form", options.format))
            .with_hint("use human, json or ndjson; `runs show` has csv and name too"));
    }
    Ok(session::report(options))
}

fn list(globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut report = rows_report(globals, environment)?;
    let mut closing = Closing::new(ExitCode::Ok);
    for record in folder(globals, environment)?.records()? {
        match Row::read(&record) {
            Ok(row) => {
                report.run(&RunRow::new(&row, &record.path.display().to_string()));
                if !row.running && row.overview.is_resumable() && closing.next_steps.is_empty() {
                    closing.next_steps.push(record::go_on_command(&row.overview.start, globals));
                }
            }
            Err(error) => report.warning(error.message),
        }
        if report.output_closed() {
            break;
        }
    }
    report.finish(closing)?;
    Ok(ExitCode::Ok)
}

fn show(run: &RunArg, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let record = find(&run.run, globals, environment)?;
    let running = record.is_in_use();
    let (overview, mut marks) = Overview::scan(record.open()?, &record)?;
    let mut options = session::report_options(globals, environment, Verb::RUN, false)?;
    options.progress = false;
    let mut report = session::report(of_run(options, &overview));
    let row = Row { overview, running };
    report.run(&RunRow::new(&row, &record.path.display().to_string()));
    let read = record.results(&row.overview, &mut marks, true, &mut |settled, at| {
        report.recorded(&Recorded { settled: &settled, at });
    });
    if let Err(error) = read {
        return session::fail(&mut report, error);
    }
    report.tally_mut().add_duplicates(row.overview.counts.duplicates);
    let mut closing = Closing { targets: Some(targets(&row.overview)), ..Closing::new(ExitCode::Ok) };
    if let Some(summary) = &row.overview.summary {
        closing.finished_at = summary.at.0;
    }
    if !row.running && row.overview.is_resumable() {
        closing.next_steps.push(record::go_on_command(&row.overview.start, globals));
    }
    report.finish(closing)?;
    Ok(ExitCode::Ok)
}

/// Where the run's calls went, as envelopes say it.
fn targets(overview: &Overview) -> Vec<Target> {
    let known = overview.targets.iter().filter_map(|target| Some((providers::find(&target.provider)?, target)));
    known
        .map(|(entry, target)| Target {
            provider: entry.name,
            host: target.host.clone(),
            profile: target.profile.clone(),
        })
        .collect()
}

/// Output under the run's own id and beginning.
fn of_run(mut options: ReportOptions, overview: &Overview) -> ReportOptions {
    options.meta.run_id.clone_from(&overview.start.run_id);
    options.meta.started_at = overview.start.started_at.0;
    options.meta.sandbox = overview.start.sandbox;
    options.meta.reason.clone_from(&overview.start.reason);
    options
}

fn prune(args: &PruneArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut report = rows_report(globals, environment)?;
    let now = SystemTime::now();
    let (mut young, mut in_use) = (0_u32, 0_u32);
    for record in folder(globals, environment)?.records()? {
        // A clock that was set back makes nothing old.
        let age = now.duration_since(record.last_written()?).unwrap_or_default();
        if age < args.older_than {
            young += 1;
            continue;
        }
        let row = Row::read(&record);
        if !record.remove()? {
            in_use += 1;
            continue;
        }
        match row {
            Ok(row) => report.run(&RunRow::new(&row, &record.path.display().to_string())),
            Err(_) => report.warning(format!("{} was no usable record; it is removed", record.path.display())),
        }
    }
    let removed = report.tally().total();
    let kept = [(young, "younger than that"), (in_use, "a run is writing to it")];
    let kept = kept.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("; {count} kept: {why}"));
    report.note(&format!("{removed} removed{}", kept.collect::<String>()));
    report.finish(Closing::new(ExitCode::Ok))?;
    Ok(ExitCode::Ok)
}

async fn resume(args: ResumeArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let options = session::report_options(globals, environment, Verb::Cancel, false)?;
    // Before a long record is read: a signal meanwhile is one of this call.
    let signals = signals::listen();
    let taken = take(&args, globals, environment);
    let options = match &taken {
        Ok(taken) => of_run(options, &taken.overview),
        Err(_) => options,
    };
    let mut report = session::report(options);
    let gone_on = match taken {
        Ok(taken) => go_on(&args, taken, signals, globals, environment, &mut report).await,
        Err(error) => Err(error),
    };
    gone_on.or_else(|error| session::fail(&mut report, error))
}

/// A record that nobody else goes on with.
struct Taken {
    record: Record,
    file: std::fs::File,
    overview: Overview,
    marks: Marks,
}

fn take(args: &ResumeArgs, globals: &GlobalArgs, environment: &Environment) -> Result<Taken, Error> {
    let record = find(&args.run.run, globals, environment)?;
    let file = record.take()?;
    let (overview, marks) = Overview::scan(record.open()?, &record)?;
    Ok(Taken { record, file, overview, marks })
}

async fn go_on(
    args: &ResumeArgs,
    taken: Taken,
    mut signals: Signals,
    globals: &GlobalArgs,
    environment: &Environment,
    report: &mut Report,
) -> Result<ExitCode, Error> {
    let started = Instant::now();
    let Taken { record, file, overview, mut marks } = taken;
    let known = distinct(overview.targets.iter().map(|target| &*target.provider));
    let given = match signals::heed(&mut signals, args.own.given(only(&known))).await {
        Ok(given) => given?,
        Err(number) => return session::interrupted(report, number, "sent"),
    };
    let session = Session::begin(globals, environment, given).await?;
    let permitted = async {
        same_place(&overview, &session)?;
        if overview.counts.open() > 0 {
            not_held_back(&overview)?;
            refuse_read_only(&session, false)
                .map_err(|error| error.with_hint("see what is open with `jobctl runs show`"))?;
            let named = args.confirmed.as_deref();
            guard::confirm_profile(&session.settings, named, globals, environment).await?;
        }
        Ok(())
    };
    let refused: Option<Error> = match signals::heed(&mut signals, permitted).await {
        Ok(permitted) => permitted.err(),
        Err(number) => return session::interrupted(report, number, "sent"),
    };
    report.start(&session.targets(&known));
    report.expect_total(overview.counts.total);
    warn_of_gaps(&overview, report);
    record.results(&overview, &mut marks, false, &mut |settled, _| report.settled(&settled))?;
    report.tally_mut().add_duplicates(overview.counts.duplicates);
    let rules = rules(&overview);
    let left = Source::Left(Remaining::new(&record, &overview, marks)?);
    let kept = if overview.is_done() || refused.is_some() {
        RunRecord::none()
    } else {
        let journal = record.go_on(file, &overview, record::caller(&session, globals, environment));
        RunRecord::of(journal, &record.run_id, globals).carrying(&args.own)
    };
    // The jobs are known, and come out.
    let source = match refused {
        Some(error) => Source::chained(vec![Input::Refused(error)], left),
        None => left,
    };
    let run = RunOptions {
        policy: globals.policy(),
        fail_fast: overview.start.options.fail_fast,
        wait: None,
        concurrency: globals.concurrency(),
        deadline: args.timeout.map(|timeout| started + timeout),
        recorder: kept.recorder(),
    };
    let opener = |entry| {
        kept.target(&session.target(entry));
        session.open(entry)
    };
    let ending = engine::cancel(source, run, rules, &opener, signals, &mut |settled| {
        session.pass_warnings(report);
        kept.pass_news(report);
        report.settled(&settled);
    })
    .await;
    finish(report, &kept, ending)
}

fn finish(report: &mut Report, kept: &RunRecord, ending: Ending) -> Result<ExitCode, Error> {
    report.ended(&ending);
    let exit = if ending.held_back() { ExitCode::NotConfirmed } else { report.tally().exit() };
    let mut closing = Closing { error: ending.broken, ..Closing::new(exit) };
    closing.next_steps.extend(kept.finish(report, exit, ending.signal));
    report.finish(closing)?;
    Ok(exit)
}

/// The run's own wishes; how hard to try is this call's affair.
fn rules(overview: &Overview) -> Rules {
    let options = &overview.start.options;
    Rules {
        verify: options.verify,
        strict: options.strict,
        ignore_not_found: options.ignore_not_found,
        dry_run: false,
        guard: options.guard.clone(),
        sights: engine::Sights::new(),
    }
}

/// Refuses to go on at another host or under another profile. Every rehearsal has a
/// port of its own.
fn same_place(overview: &Overview, session: &Session) -> Result<(), Error> {
    let refuse = |message: String, way: String| {
        Err(Error::new(ErrorKind::NotConfirmed, message).with_hint(format!("{way}; or begin a new run")))
    };
    let rehearsal = session.is_rehearsal();
    if overview.start.sandbox != rehearsal {
        let (was, is) = if rehearsal { ("the real thing", "a rehearsal") } else { ("a rehearsal", "the real thing") };
        return refuse(format!("the run was {was}, and this is {is}"), "put its record where it was".to_owned());
    }
    let none = || "none".to_owned();
    let named = session.settings.profile_source().and(session.settings.profile_name());
    if named != overview.start.profile.as_deref() {
        let (was, is) = (overview.start.profile.clone().unwrap_or_else(none), named.map_or_else(none, str::to_owned));
        let way = record::under(overview.start.profile.as_deref(), session);
        return refuse(format!("the run was made under another profile: {was}, not {is}"), way);
    }
    for was in &overview.targets {
        let Some(entry) = providers::find(&was.provider) else { continue };
        let is = record::kept(&session.target(entry));
        if is.profile != was.profile {
            // Nobody named it: it came from the file, or did not.
            let way = match was.profile {
                Some(_) => "use the configuration file that the run was made with".to_owned(),
                None => record::under(None, session),
            };
            let (was, is) = (was.profile.clone().unwrap_or_else(none), is.profile.unwrap_or_else(none));
            return refuse(format!("the run used another profile for {}: {was}, not {is}", entry.title), way);
        }
        if is.host != was.host && !overview.start.sandbox {
            let way = record::at(entry, was.host.as_deref(), overview.targets.len() == 1);
            let (was, is) = (was.host.clone().unwrap_or_else(none), is.host.unwrap_or_else(none));
            return refuse(format!("the run was made at another {} host: {was}, not {is}", entry.title), way);
        }
    }
    Ok(())
}

/// Refuses to send what its own run refused: its input had failed before anything was sent.
fn not_held_back(overview: &Overview) -> Result<(), Error> {
    if overview.was_held_back() {
        return Err(Error::new(ErrorKind::NotConfirmed, "the run was held back before anything was sent")
            .with_hint("begin a new run with what is meant"));
    }
    Ok(())
}

fn warn_of_gaps(overview: &Overview, report: &mut Report) {
    if !overview.whole_input {
        report.warning(
            "not all of the run's input is on record (it was broken off before that, or the record is damaged): name what is missing in a new run",
        );
    }
    if overview.cut {
        report.warning("the record could not be kept to the end of the run: what it leaves open is looked at first");
    }
}
