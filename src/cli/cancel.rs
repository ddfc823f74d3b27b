//! `jobctl cancel`.

mod choosing;
mod count;

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::alongside::{Ended, alongside};
use super::examples;
use super::filters::FilterArgs;
use super::global::{self, GlobalArgs};
use super::plan::{Draft, Plan};
use super::record::{self, RunRecord, Wishes};
use super::select::ConfirmArgs;
use super::session::{self, Session};
use super::signals;
use super::targets::{OwnArgs, TargetArgs, only};
use super::unended::Unended;
use crate::canceller::Outcome;
use crate::engine::{self, Ending, Rules, RunOptions, Settled, Signals, Source, WaitRules};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::until;
use crate::providers::Entry;
use crate::report::{Closing, Report, Verb};
use crate::settings::environment::Environment;
use crate::text::typed;
pub(super) use choosing::refuse_read_only;
use choosing::{Chosen, late};

/// How long waiting goes on after the last send, where no `--timeout` is given.
const PATIENCE: Duration = Duration::from_secs(600);

/// Cancel jobs and say truly what became of each
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::CANCEL)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    targets: TargetArgs,
    /// Do exactly what a saved plan says
    #[arg(long, hide_short_help = true, value_name = "FILE", conflicts_with_all = ["targets", "file", "all", "states", "older_than", "newer_than", "name", "yes", "plan_out"])]
    plan: Option<PathBuf>,
    /// Say what would be cancelled; send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// With -n: write the plan to FILE, for --plan
    #[arg(long, hide_short_help = true, value_name = "FILE", requires = "dry_run")]
    plan_out: Option<PathBuf>,
    /// Wait until the jobs have ended
    #[arg(long)]
    wait: bool,
    /// Everything must be done in this time
    #[arg(long, value_name = "TIME", value_parser = global::duration)]
    timeout: Option<Duration>,
    /// With --wait: time between two reads of one job (adaptive, 1s to 15s)
    #[arg(long, hide_short_help = true, value_name = "TIME", value_parser = global::positive)]
    interval: Option<Duration>,
    /// Stop sending after the first failure
    #[arg(long, hide_short_help = true)]
    fail_fast: bool,
    /// A job that is not there counts as well done
    #[arg(long, hide_short_help = true)]
    ignore_not_found: bool,
    /// A job that ended by itself counts as a failure
    #[arg(long, hide_short_help = true)]
    strict: bool,
    /// Exit 10 where no job came in or matched
    #[arg(long, hide_short_help = true)]
    error_on_empty: bool,
    /// Do not confirm an accepted cancellation by reading the job
    #[arg(long, hide_short_help = true)]
    no_verify: bool,
    /// Why, for the record and the people who read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Keep no record of this run
    #[arg(long, hide_short_help = true)]
    no_journal: bool,
    /// All live jobs of the provider
    #[arg(long, help_heading = "Selection")]
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
    call.cancel(&mut report).await.or_else(|error| session::fail(&mut report, error))
}

/// One call of the command.
struct Call<'a> {
    args: &'a CancelArgs,
    globals: &'a GlobalArgs,
    environment: &'a Environment,
    machine: bool,
    deadline: Option<Instant>,
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
        let provider = if plan.is_some() { only(&known) } else { args.targets.provider() };
        let mut signals = signals::listen();
        let given = tokio::select! {
            biased;
            Some(number) = signals.recv() => return interrupted(report, number),
            given = args.targets.own.given(provider) => given?,
            () = until(self.deadline) => return Err(late()),
        };
        let session = Session::begin(self.globals, self.environment, given).await?;
        // What can be wrong with the arguments is said before a guard is.
        let by_name = !args.selects() && plan.is_none();
        let redactor = || record::redactor(&session, self.globals, self.environment);
        let named = by_name.then(|| args.targets.source(args.targets.reader(&session.settings, redactor())));
        let named = named.transpose()?;
        match self.permit(&session, plan.as_ref(), &mut signals).await {
            Ok(None) => {}
            Ok(Some(number)) => return interrupted(report, number),
            Err(error) if error.kind != ErrorKind::NotConfirmed => return Err(error),
            Err(error) => {
                // The jobs are known, and come out.
                let source = match (named, plan) {
                    (Some(named), _) => named,
                    (None, Some(plan)) => Source::given(plan.jobs),
                    (None, None) => return Err(error),
                };
                self.start(&session, &known, report);
                return self.run(&session, Chosen::refused(error, source), signals, report).await;
            }
        }
        // A dry run of named jobs asks nobody.
        if !args.dry_run || args.selects() || !args.filters.is_empty() {
            session.prepare_in_time(&known, &mut signals, self.deadline).await?;
        }
        self.start(&session, &known, report);
        for caution in known.iter().filter_map(|entry| args.filters.caution(entry)) {
            report.warning(caution);
        }
        let past = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        let chosen = match named {
            // What is named is reported, also where there is no time to do anything.
            Some(source) if past || !signals.is_empty() => self.uncounted(source),
            Some(source) => self.counted(&session, source, &mut signals).await,
            None if past && plan.is_none() => Err(late()),
            None => tokio::select! {
                biased;
                Some(number) = signals.recv() => {
                    session.close(self.deadline).await;
                    return interrupted(report, number);
                }
                chosen = self.choose(&session, plan, report) => chosen,
                () = until(self.deadline) => Err(late()),
            },
        };
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(error) => {
                session.close(self.deadline).await;
                return Err(error);
            }
        };
        if let Some(total) = chosen.total {
            report.expect_total(total);
        }
        self.run(&session, chosen, signals, report).await
    }

    /// Says whom the call is about, and why: by now it is known what is secret.
    fn start(&self, session: &Session, known: &[&'static Entry], report: &mut Report) {
        let reason = self.args.reason.as_deref();
        report.set_reason(reason.map(|text| record::reason(session, self.globals, self.environment, text)));
        report.start(&session.targets(known));
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
            sights: chosen.sights,
        };
        let record = if chosen.refused { RunRecord::none() } else { self.record(session, &rules, report) };
        let (tell, told) = mpsc::unbounded_channel();
        let options = RunOptions {
            policy: self.globals.policy(),
            concurrency: self.globals.concurrency(),
            deadline: self.deadline,
            fail_fast: args.fail_fast,
            wait: args.wait.then(|| WaitRules {
                interval: args.interval,
                patience: args.timeout.unwrap_or(PATIENCE),
                changes: Some(tell),
            }),
            recorder: record.recorder(),
        };
        let mut draft = Draft::default();
        let mut unended = Unended::default();
        let shared = RefCell::new(&mut *report);
        let opener = |entry| {
            record.target(&session.target(entry));
            session.open(entry)
        };
        let mut emit = |settled: Settled| {
            let mut report = shared.borrow_mut();
            session.pass_warnings(&mut report);
            record.pass_news(&mut report);
            if args.plan_out.is_some() {
                draft.note(&settled);
            }
            unended.note(&settled);
            report.settled(&settled);
        };
        let run = engine::cancel(chosen.source, options, rules, &opener, signals, &mut emit);
        let Ended::Whole(mut ending) = alongside(run, &shared, told, false).await else {
            return Err(Error::new(ErrorKind::Internal, "a cancelling run was broken off"));
        };
        ending.duplicates += chosen.duplicates;
        // A vendor that was asked and not sent to has a session all the same.
        if ending.signal.is_none() {
            session.close(self.deadline).await;
        }
        // What was held back or broken off is no plan to go by.
        let whole = ending.broken.is_none() && ending.signal.is_none();
        if let Some(path) = args.plan_out.as_ref().filter(|_| whole) {
            let filtered = args.selects() || !args.filters.is_empty();
            draft.write(path, session, filtered.then(|| args.filters.states()))?;
            let shown = path.display().to_string();
            let mut words: Vec<String> = ["jobctl", "cancel", "--plan", &shown].map(str::to_owned).into();
            words.extend(self.globals.settings_words());
            words.extend(args.targets.own.words());
            report.note(&format!("the plan is in {shown}; do it with: {}", typed(&words)));
        }
        let run = record.is_kept().then(|| report.meta().run_id.as_str());
        let next_step = unended.next_step(self.globals, &args.targets, run);
        self.finish(session, report, &record, ending, next_step)
    }

    /// The record of this run; a dry run keeps none.
    fn record(&self, session: &Session, rules: &Rules, report: &mut Report) -> RunRecord {
        let args = self.args;
        if args.no_journal || args.dry_run {
            return RunRecord::none();
        }
        let wishes = Wishes { rules, fail_fast: args.fail_fast };
        RunRecord::begin(session, self.globals, self.environment, report, &wishes).carrying(&args.targets.own)
    }

    /// Adds up how the run ended, and prints the end.
    fn finish(
        &self,
        session: &Session,
        report: &mut Report,
        record: &RunRecord,
        ending: Ending,
        next_step: Option<String>,
    ) -> Result<ExitCode, Error> {
        report.ended(&ending);
        let held_back = ending.held_back();
        let mut error = ending.broken;
        let tally = report.tally_mut();
        let left_alone = tally.count(Outcome::Skipped);
        if tally.total() == left_alone && self.args.error_on_empty && error.is_none() && ending.signal.is_none() {
            error = Some(Error::new(ErrorKind::Empty, "no job came in or matched"));
            tally.add_cause(ExitCode::Empty);
        }
        let held = error.as_ref().is_some_and(|error| error.kind == ErrorKind::NotConfirmed);
        // Whatever else is wrong with what came in, a guard kept all of it back.
        let exit = if held_back { ExitCode::NotConfirmed } else { tally.exit() };
        // What was held back is not to be sent by going on.
        let go_on = record.finish(report, exit, ending.signal).filter(|_| !held);
        let next_steps = next_step.into_iter().chain(go_on).collect();
        report.finish(session.closing_targets(Closing { error, next_steps, ..Closing::new(exit) }))?;
        Ok(exit)
    }
}

/// A signal before anything was sent.
fn interrupted(report: &mut Report, number: u8) -> Result<ExitCode, Error> {
    session::interrupted(report, number, "sent")
}

impl CancelArgs {
    /// The host and the secret that were given beside the jobs.
    pub(super) const fn own(&self) -> &OwnArgs {
        &self.targets.own
    }

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
