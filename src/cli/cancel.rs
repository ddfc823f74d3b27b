//! `jobctl cancel`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::filters::FilterArgs;
use super::global::{self, GlobalArgs};
use super::guard;
use super::plan::{Draft, Plan};
use super::record::{RunRecord, Wishes};
use super::select::{ConfirmArgs, Selection};
use super::session::{self, Session};
use super::status::wait_rules;
use super::targets::TargetArgs;
use crate::engine::{self, Ending, Filter, Input, Rules, RunOptions, Signals, Source};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::Control;
use crate::report::{Closing, Report, Verb};
use crate::settings::environment::Environment;

/// How long waiting goes on after the last send, where no `--timeout` is given.
const PATIENCE: Duration = Duration::from_secs(600);

/// Cancel jobs and say truly what became of each
#[derive(Args, Clone, Debug)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    targets: TargetArgs,
    /// Do exactly what a saved plan says
    #[arg(long, value_name = "FILE", conflicts_with_all = ["targets", "file", "all", "states", "older_than", "newer_than", "name", "yes", "plan_out"])]
    plan: Option<PathBuf>,
    /// Say what would be cancelled; send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// With -n: write the plan to FILE, for --plan
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    plan_out: Option<PathBuf>,
    /// Wait until the jobs have ended
    #[arg(long)]
    wait: bool,
    /// Everything must be done in this time
    #[arg(long, value_name = "TIME", value_parser = global::duration)]
    timeout: Option<Duration>,
    /// With --wait: time between two reads of one job (adaptive, 1s to 15s)
    #[arg(long, value_name = "TIME", value_parser = global::positive)]
    interval: Option<Duration>,
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
    /// All live jobs of the provider
    #[arg(long, help_heading = "Filters")]
    all: bool,
    #[command(flatten)]
    filters: FilterArgs,
    #[command(flatten)]
    confirm: ConfirmArgs,
}

/// Runs the command to its exit code.
pub(super) async fn run(args: CancelArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut options = session::report_options(globals, environment, Verb::Cancel, args.dry_run)?;
    let machine = options.format.is_machine();
    options.ref_width = args.targets.ref_width();
    let mut report = session::report(options);
    let started = Instant::now();
    let call =
        Call { args: &args, globals, environment, machine, deadline: args.timeout.map(|timeout| started + timeout) };
    match call.cancel(&mut report).await {
        Ok(exit) => Ok(exit),
        Err(error) => session::fail(&mut report, error),
    }
}

/// One call of the command.
struct Call<'a> {
    args: &'a CancelArgs,
    globals: &'a GlobalArgs,
    environment: &'a Environment,
    machine: bool,
    deadline: Option<Instant>,
}

/// The jobs that a call is about.
struct Chosen {
    source: Source,
    guard: Option<Filter>,
    /// How many they are, where that is known.
    total: Option<u64>,
}

impl Call<'_> {
    async fn cancel(&self, report: &mut Report) -> Result<ExitCode, Error> {
        let args = self.args;
        args.check()?;
        let plan = args.plan.as_deref().map(Plan::read).transpose()?;
        let known = match &plan {
            Some(plan) => plan.providers()?,
            None => args.targets.known_providers(),
        };
        let given = args.targets.own.given(args.targets.provider())?;
        let session = Session::begin(self.globals, self.environment, given).await?;
        if let Some(plan) = &plan {
            plan.check(&session, self.globals.sandbox)?;
        }
        // What can be wrong with the arguments is said before a guard is.
        let named = if args.selects() || plan.is_some() { None } else { Some(args.targets.source(&session.settings)?) };
        refuse_read_only(&session, args.dry_run)?;
        if !args.dry_run {
            guard::confirm_profile(&session.settings, args.confirm.profile.as_deref(), self.globals, self.environment)?;
        }
        if !args.dry_run {
            session.refuse_misconfigured(&known)?;
        }
        report.start(&session.targets(&known));
        let mut signals = session::signals();
        let chosen = tokio::select! {
            chosen = self.choose(&session, plan, named, report) => chosen,
            Some(number) = signals.recv() => {
                session.close(&self.globals.policy()).await;
                return interrupted(report, number);
            }
        };
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(error) => {
                session.close(&self.globals.policy()).await;
                return Err(error);
            }
        };
        if let Some(total) = chosen.total {
            report.expect_total(total);
        }
        self.run(&session, chosen, signals, report).await
    }

    /// The jobs: a plan's, a selection's, or those that are named.
    async fn choose(
        &self,
        session: &Session,
        plan: Option<Plan>,
        named: Option<Source>,
        report: &mut Report,
    ) -> Result<Chosen, Error> {
        let args = self.args;
        if let Some(plan) = plan {
            let total = plan.jobs.len() as u64;
            args.confirm.check_count(total, false)?;
            let guard = plan.guard()?;
            return Ok(Chosen { source: Source::given(plan.jobs), guard, total: Some(total) });
        }
        match (named, args.targets.provider()) {
            (Some(source), _) => {
                let guard = if args.filters.is_empty() { None } else { Some(args.filters.filter()?) };
                let total = args.targets.file.is_none().then(|| args.targets.words().len() as u64);
                let source = self.counted(session, source, guard.as_ref()).await?;
                Ok(Chosen { source, guard, total })
            }
            (None, Some(entry)) => {
                let selection = Selection {
                    entry,
                    filters: &args.filters,
                    destination: session.destination(entry, args.targets.destination_flag())?,
                    confirm: &args.confirm,
                    dry_run: args.dry_run,
                    machine: self.machine,
                };
                let control = Control::new(self.deadline);
                let jobs = selection.choose(session, self.globals, &control, report).await?;
                let total = Some(jobs.len() as u64);
                Ok(Chosen { source: Source::given(jobs), guard: None, total })
            }
            (None, None) => Err(Error::new(ErrorKind::Usage, "a selection needs a provider")),
        }
    }

    /// Where the number of jobs is guarded, reads so many that the guard can be
    /// decided before the first cancel is sent.
    async fn counted(&self, session: &Session, mut source: Source, guard: Option<&Filter>) -> Result<Source, Error> {
        let Some(enough) = self.args.confirm.enough() else { return Ok(source) };
        let mut inputs = Vec::new();
        let mut distinct = std::collections::HashSet::new();
        while (distinct.len() as u64) < enough {
            match source.next().await? {
                None => break,
                Some(input) => {
                    if let Input::Job { job, .. } = &input
                        && (guard.is_none() || !distinct.contains(job))
                        && self.counts(session, job, guard).await?
                    {
                        distinct.insert(job.clone());
                    }
                    let broken = matches!(input, Input::Broken(_));
                    inputs.push(input);
                    if broken {
                        break;
                    }
                }
            }
        }
        self.args.confirm.check_count(distinct.len() as u64, false)?;
        Ok(Source::given(inputs))
    }

    /// Whether a named job counts: it matches the filters, as far as can be read.
    async fn counts(&self, session: &Session, job: &crate::job::JobRef, guard: Option<&Filter>) -> Result<bool, Error> {
        let Some(guard) = guard else { return Ok(true) };
        let entry = engine::known(job.provider)?;
        let canceller = session.open(entry)?;
        let mut budget = crate::http::Budget::new(&self.globals.policy(), Control::new(self.deadline));
        Ok(canceller.read_dyn(&job.id, &mut budget).await.is_ok_and(|job| guard.matches(&job)))
    }

    async fn run(
        &self,
        session: &Session,
        chosen: Chosen,
        signals: Signals,
        report: &mut Report,
    ) -> Result<ExitCode, Error> {
        let args = self.args;
        let rules = Rules {
            verify: !args.no_verify,
            strict: args.strict,
            ignore_not_found: args.ignore_not_found,
            dry_run: args.dry_run,
            guard: chosen.guard,
            policy: self.globals.policy(),
        };
        let record = self.record(session, &rules, report);
        let options = RunOptions {
            policy: self.globals.policy(),
            concurrency: self.globals.concurrency(),
            deadline: self.deadline,
            fail_fast: args.fail_fast,
            wait: args.wait.then(|| wait_rules(self.globals, args.interval, PATIENCE)),
            recorder: record.recorder(),
        };
        let mut draft = Draft::default();
        let opener = |entry| {
            record.target(&session.target(entry));
            session.open(entry)
        };
        let ending = engine::cancel(chosen.source, options, rules, &opener, signals, &mut |settled| {
            session.pass_warnings(report);
            record.warn(report);
            if args.plan_out.is_some() {
                draft.note(&settled);
            }
            report.settled(&settled);
        })
        .await;
        if let Some(path) = &args.plan_out {
            let filtered = args.selects() || !args.filters.is_empty();
            draft.write(path, session, self.globals.sandbox, filtered.then(|| args.filters.states()))?;
            report.note(&format!(
                "the plan is in {}; do it with: jobctl cancel --plan {}",
                path.display(),
                path.display()
            ));
        }
        self.finish(session, report, &record, ending)
    }

    /// The record of this run; a dry run keeps none.
    fn record(&self, session: &Session, rules: &Rules, report: &mut Report) -> RunRecord {
        let args = self.args;
        if args.no_journal || args.dry_run {
            return RunRecord::none();
        }
        let wishes = Wishes { rules, fail_fast: args.fail_fast, reason: args.reason.as_deref() };
        RunRecord::begin(session, self.globals, self.environment, report, &wishes).carrying(&args.targets.own)
    }

    /// Adds up how the run ended, and prints the end.
    fn finish(
        &self,
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
        if tally.total() == 0 && self.args.error_on_empty && error.is_none() && ending.signal.is_none() {
            error = Some(Error::new(ErrorKind::Empty, "no job came in or matched"));
            tally.add_cause(ExitCode::Empty);
        }
        let exit = tally.exit();
        let mut closing = Closing { error, ..Closing::new(exit) };
        closing.next_steps.extend(record.finish(report, exit, ending.signal));
        report.finish(session.closing_targets(closing))?;
        Ok(exit)
    }
}

/// Refuses to change anything in read-only mode.
///
/// # Errors
/// [`ErrorKind::NotConfirmed`], naming who asked for it.
pub(super) fn refuse_read_only(session: &Session, dry_run: bool) -> Result<(), Error> {
    if dry_run || !session.settings.is_read_only() {
        return Ok(());
    }
    let source = session.settings.read_only_source().unwrap_or("the configuration");
    Err(Error::new(ErrorKind::NotConfirmed, format!("nothing is cancelled: read-only mode is on ({source})"))
        .with_hint("use -n to see what would be cancelled"))
}

/// A signal before anything was sent.
fn interrupted(report: &mut Report, number: u8) -> Result<ExitCode, Error> {
    let exit = ExitCode::Signal(number);
    let error = Error::new(ErrorKind::Interrupted, "interrupted before anything was sent");
    report.finish(Closing { exit, ..Closing::failed(error) })?;
    Ok(exit)
}

impl CancelArgs {
    /// Whether jobs are chosen by what they are like.
    fn selects(&self) -> bool {
        self.targets.names_nothing() && (self.all || !self.filters.is_empty())
    }

    fn check(&self) -> Result<(), Error> {
        let usage = |message: &str, hint: &str| Err(Error::new(ErrorKind::Usage, message).with_hint(hint));
        self.targets.check()?;
        if self.plan.is_some() {
            return Ok(());
        }
        if self.all && !self.targets.names_nothing() {
            return usage("--all and named jobs contradict each other", "give the ids, or --all");
        }
        if self.all && !self.filters.is_empty() {
            return usage("--all and filters contradict each other", "give the filters, or --all");
        }
        if self.targets.names_nothing() && !self.selects() {
            return usage("no job is named", "for example: jobctl cancel datafold 123, or jobctl cancel -f refs.txt");
        }
        if self.selects() && self.targets.provider().is_none() {
            return usage(
                "a selection needs one provider",
                "for example: jobctl cancel veeva --state queued --older-than 2h",
            );
        }
        for entry in self.targets.known_providers() {
            self.filters.check(entry)?;
        }
        Ok(())
    }
}
