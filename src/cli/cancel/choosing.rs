//! Which jobs a call of `cancel` is about, and whether it may be about them: guards, the
//! count of named jobs, plans and selections.
//!
//! Sends nothing.

use super::super::guard;
use super::super::plan::Plan;
use super::super::select::Selection;
use super::super::session::Session;
use super::super::signals;
use super::Call;
use super::count::Counting;
use crate::engine::{Filter, Input, Sights, Signals, Source};
use crate::error::{Error, ErrorKind};
use crate::http::{Control, until};
use crate::report::Report;

/// The jobs that a call is about.
pub(super) struct Chosen {
    pub(super) source: Source,
    pub(super) guard: Option<Filter>,
    /// How many they are, where that is known.
    pub(super) total: Option<u64>,
    /// What was read of them while they were counted.
    pub(super) sights: Sights,
    /// Jobs that came in more than once, as far as they were counted.
    pub(super) duplicates: u64,
    /// A guard said no: nothing is sent, and there is nothing to go on with.
    pub(super) refused: bool,
}

impl Chosen {
    pub(super) fn of(source: Source) -> Self {
        Self { source, guard: None, total: None, sights: Sights::new(), duplicates: 0, refused: false }
    }

    /// Jobs to which a guard said no.
    pub(super) fn refused(error: Error, source: Source) -> Self {
        Self { refused: true, ..Self::of(Source::chained(vec![Input::Refused(error)], source)) }
    }
}

impl Call<'_> {
    /// The guards that ask nothing about the jobs. Returns the signal that came first.
    ///
    /// # Errors
    /// Why nothing may be sent.
    pub(super) async fn permit(
        &self,
        session: &Session,
        plan: Option<&Plan>,
        signals: &mut Signals,
    ) -> Result<Option<u8>, Error> {
        if let Some(plan) = plan {
            plan.check(session)?;
        }
        refuse_read_only(session, self.args.dry_run)?;
        if self.args.dry_run { Ok(None) } else { self.confirm(session, signals).await }
    }

    /// Sees to it that a protected profile is meant. Returns the signal that came first.
    async fn confirm(&self, session: &Session, signals: &mut Signals) -> Result<Option<u8>, Error> {
        let named = self.args.confirm.profile.as_deref();
        tokio::select! {
            biased;
            confirmed = guard::confirm_profile(&session.settings, named, self.globals, self.environment) => confirmed.map(|()| None),
            Some(number) = signals.recv() => Ok(Some(number)),
            () = until(self.deadline) => Err(late()),
        }
    }

    /// The jobs that are named.
    ///
    /// # Errors
    /// What is wrong with the filters.
    pub(super) fn named(&self, source: Source) -> Result<Chosen, Error> {
        let targets = &self.args.targets;
        let total = targets.file().is_none().then(|| targets.words().len() as u64);
        Ok(Chosen { guard: self.args.filters.guard()?, total, ..Chosen::of(source) })
    }

    /// The jobs that are named, where there is no time to count them.
    ///
    /// # Errors
    /// As [`Call::named`].
    pub(super) fn uncounted(&self, source: Source) -> Result<Chosen, Error> {
        // What was not counted is not to be sent by going on.
        self.named(source).map(|chosen| Chosen { refused: self.args.confirm.enough().is_some(), ..chosen })
    }

    /// The jobs that are named, as many of them as were foreseen. What breaks the
    /// counting off stands before the run then, which accounts for all that was read.
    ///
    /// # Errors
    /// What is wrong with the filters or with reading the source.
    pub(super) async fn counted(
        &self,
        session: &Session,
        source: Source,
        signals: &mut Signals,
    ) -> Result<Chosen, Error> {
        let Chosen { guard, total, source, .. } = self.named(source)?;
        let mut counting = Counting::new(session, &self.args.confirm, guard.as_ref(), self.deadline, source);
        let broken_off = tokio::select! {
            biased;
            Some(number) = signals.recv() => {
                session.close(self.deadline).await;
                signals::put_back(number, signals);
                true
            }
            // Before the count: it would take what the deadline cut off for a number.
            () = until(self.deadline) => true,
            counted = counting.count() => counted.map(|()| false)?,
        };
        let counted = counting.chosen();
        // What was not counted is not to be sent by going on.
        let refused = counted.refused || (broken_off && self.args.confirm.enough().is_some());
        Ok(Chosen { guard, total, refused, ..counted })
    }

    /// The jobs: a plan's or a selection's.
    pub(super) async fn choose(
        &self,
        session: &Session,
        plan: Option<Plan>,
        report: &mut Report,
    ) -> Result<Chosen, Error> {
        let args = self.args;
        if let Some(plan) = plan {
            let total = plan.jobs.len() as u64;
            if let Err(error) = args.confirm.check_count(total, false) {
                return Ok(Chosen::refused(error, Source::given(plan.jobs)));
            }
            let guard = plan.guard()?;
            return Ok(Chosen { guard, total: Some(total), ..Chosen::of(Source::given(plan.jobs)) });
        }
        let Some(entry) = args.targets.provider() else {
            return Err(Error::new(ErrorKind::Usage, "a selection needs a provider"));
        };
        let selection = Selection {
            entry,
            filters: &args.filters,
            destination: session.destination(entry, args.targets.destination_flag())?,
            confirm: &args.confirm,
            dry_run: args.dry_run,
            machine: self.machine,
        };
        let control = Control::new(self.deadline);
        let (jobs, permitted) = selection.choose(session, self.globals, &control, report).await?;
        let total = Some(jobs.len() as u64);
        match permitted {
            Ok(()) => Ok(Chosen { total, ..Chosen::of(Source::given(jobs)) }),
            Err(error) if error.kind != ErrorKind::NotConfirmed => Err(error),
            // What was listed comes out, as what was named does.
            Err(error) => Ok(Chosen::refused(error, Source::given(jobs))),
        }
    }
}

/// Refuses to change anything in read-only mode.
///
/// # Errors
/// [`ErrorKind::NotConfirmed`], naming who asked for it.
pub(in crate::cli) fn refuse_read_only(session: &Session, dry_run: bool) -> Result<(), Error> {
    if dry_run || !session.settings.is_read_only() {
        return Ok(());
    }
    let source = session.settings.read_only_source().unwrap_or("the configuration");
    Err(Error::new(ErrorKind::NotConfirmed, format!("nothing is cancelled: read-only mode is on ({source})"))
        .with_hint("use -n to see what would be cancelled"))
}

pub(super) fn late() -> Error {
    Error::new(ErrorKind::Deadline, "the deadline passed before anything was sent")
}
