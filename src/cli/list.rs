//! `jobctl list`.

use clap::Args;

use super::examples;
use super::filters::{self, FilterArgs};
use super::global::GlobalArgs;
use super::session::{self, Session};
use super::signals;
use super::targets::{OwnArgs, Words};
use crate::engine::listing::{self, Listing};
use crate::engine::{Seen, Subject};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::Control;
use crate::job::{Job, JobRef};
use crate::providers::{Entry, known};
use crate::report::{Closing, Report, Verb};
use crate::settings::environment::Environment;

/// List a provider's jobs: the live ones, or those asked for
#[derive(Args, Clone, Debug)]
#[command(after_help = examples::LIST)]
pub(super) struct ListArgs {
    /// The provider: datafold, prequel, unstructured or veeva
    #[arg(value_name = "PROVIDER", value_parser = Words::PROVIDERS, hide_possible_values = true)]
    provider: String,
    #[command(flatten)]
    filters: FilterArgs,
    /// At most so many jobs
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Prequel: its destination [env: PREQUEL_DESTINATION]
    #[arg(long, value_name = "D")]
    destination: Option<String>,
    #[command(flatten)]
    own: OwnArgs,
}

/// Runs the command to its exit code.
pub(super) async fn run(args: ListArgs, globals: &GlobalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let mut report = session::report(session::report_options(globals, environment, Verb::List, false)?);
    list(&args, globals, environment, &mut report).await.or_else(|error| session::fail(&mut report, error))
}

async fn list(
    args: &ListArgs,
    globals: &GlobalArgs,
    environment: &Environment,
    report: &mut Report,
) -> Result<ExitCode, Error> {
    let entry = known(&args.provider)?;
    args.filters.check(entry)?;
    let filter = args.filters.live_filter()?;
    let mut signals = signals::listen();
    let given = match signals::heed(&mut signals, args.own.given(Some(entry))).await {
        Ok(given) => given?,
        Err(number) => return session::interrupted(report, number, "read"),
    };
    let session = Session::begin(globals, environment, given).await?;
    let destination = session.destination(entry, args.destination.as_deref())?;
    filters::check_list(entry, destination.as_deref(), session.is_rehearsal())?;
    report.start(&session.targets(&[entry]));
    session.prepare_in_time(&[entry], &mut signals, None).await?;
    // A signal ends a listing at once; what was printed is true, and not all.
    let interrupted = || Err(Error::new(ErrorKind::Interrupted, "interrupted before the list was complete"));
    if let Ok(number) = signals.try_recv() {
        return finish(report, interrupted(), Some(number), false);
    }
    let canceller = session.open(entry)?;
    session.pass_warnings(report);
    if let Some(caution) = args.filters.caution(entry) {
        report.warning(caution);
    }
    let control = Control::new(None);
    let listing = Listing {
        canceller: &*canceller,
        query: args.filters.query(destination.as_deref()),
        filter,
        policy: &session.policy,
        control: &control,
        limit: args.limit,
    };
    let mut index = 0;
    let mut print = |job: Job| {
        report.seen(&row(entry, index, job));
        index += 1;
        !report.output_closed()
    };
    let (walked, signal) = tokio::select! {
        walked = listing::walk(&listing, &mut print) => (walked, None),
        Some(number) = signals.recv() => {
            (interrupted(), Some(number))
        }
    };
    session.close(None).await;
    session.pass_warnings(report);
    finish(report, walked, signal, args.filters.means_live())
}

/// A listed job as reports show it.
pub(super) fn row(entry: &'static Entry, index: u64, job: Job) -> Seen {
    let subject = Subject::Job(JobRef { provider: entry.name, id: job.id.clone() });
    Seen::of(index, None, subject, Some(job))
}

fn finish(
    report: &mut Report,
    walked: Result<(), Error>,
    signal: Option<u8>,
    live_only: bool,
) -> Result<ExitCode, Error> {
    let closing = match walked {
        Ok(()) if live_only && report.tally().total() == 0 => {
            report.hint("only live jobs are listed; --state all lists the others too");
            Closing::new(ExitCode::Ok)
        }
        Ok(()) => Closing::new(ExitCode::Ok),
        Err(error) => Closing { exit: signal.map_or(error.kind.exit(), ExitCode::Signal), ..Closing::failed(error) },
    };
    let exit = closing.exit;
    report.finish(closing)?;
    Ok(exit)
}
