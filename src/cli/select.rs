//! Choosing jobs by what they are like, and the confirmation that this needs.
//!
//! Owns the preview, the prompt and the guards `--yes`, `--expect` and `--max`.

use std::io::{self, BufRead, IsTerminal};

use clap::ArgAction;

use super::filters::{self, FilterArgs};
use super::global::GlobalArgs;
use super::list;
use super::session::Session;
use crate::engine::Input;
use crate::engine::listing::{self, Listing};
use crate::error::{Error, ErrorKind};
use crate::http::Control;
use crate::job::{Job, JobRef};
use crate::providers::Entry;
use crate::report::{Report, Target};

/// So many jobs at most, unless `--max` allows more.
const DEFAULT_MAX: u64 = 100;

/// The answers given in advance. The numbers are appended, so that a second one is seen
/// (`tree::refuse_repeated`).
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection")]
pub(super) struct ConfirmArgs {
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Go on only if exactly N jobs are meant
    #[arg(long, action = ArgAction::Append, value_name = "N")]
    pub(super) expect: Option<u64>,
    /// Refuse if more than N jobs are meant (100 for a selection)
    #[arg(long, action = ArgAction::Append, hide_short_help = true, value_name = "N")]
    pub(super) max: Option<u64>,
    /// The name of the protected profile that is meant
    #[arg(id = "confirm", long = "confirm", hide_short_help = true, value_name = "PROFILE")]
    pub(super) profile: Option<String>,
}

impl ConfirmArgs {
    /// One more than the most jobs that may pass: reading further decides nothing.
    pub(super) fn enough(&self) -> Option<u64> {
        let most = match (self.expect, self.max) {
            (Some(expect), Some(max)) => expect.min(max),
            (one, other) => one.or(other)?,
        };
        Some(most.saturating_add(1))
    }

    /// Refuses a number of jobs that was not foreseen.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfirmed`].
    pub(super) fn check_count(&self, count: u64, selection: bool) -> Result<(), Error> {
        if let Some(max) = self.max.or(selection.then_some(DEFAULT_MAX))
            && count > max
        {
            return Err(Error::new(
                ErrorKind::NotConfirmed,
                match max {
                    1 => "more than one job is meant; nothing was sent".to_owned(),
                    _ => format!("more than {max} jobs are meant; nothing was sent"),
                },
            )
            .with_hint("narrow the selection, or allow more with --max N"));
        }
        let Some(expect) = self.expect.filter(|expect| *expect != count) else { return Ok(()) };
        let but = if count > expect {
            format!("more jobs are meant ({count} or more were counted)")
        } else {
            format!("{} {} meant", counted(count), if count == 1 { "is" } else { "are" })
        };
        Err(Error::new(ErrorKind::NotConfirmed, format!("--expect {expect}, but {but}; nothing was sent"))
            .with_hint("look at what matches with: jobctl list"))
    }
}

/// A selection at one provider.
pub(super) struct Selection<'a> {
    pub(super) entry: &'static Entry,
    pub(super) filters: &'a FilterArgs,
    pub(super) destination: Option<String>,
    pub(super) confirm: &'a ConfirmArgs,
    pub(super) dry_run: bool,
    /// The program writes for a machine, so nothing may be asked.
    pub(super) machine: bool,
}

impl Selection<'_> {
    /// Lists what matches, shows it and asks, unless the answer was given. What was
    /// listed comes back with the refusal, where there is one.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfirmed`] where nobody can be asked; the listing's errors: a
    /// list that is not complete sends nothing.
    pub(super) async fn choose(
        &self,
        session: &Session,
        globals: &GlobalArgs,
        control: &Control,
        report: &mut Report,
    ) -> Result<(Vec<Input>, Result<(), Error>), Error> {
        self.filters.check(self.entry)?;
        filters::check_list(self.entry, self.destination.as_deref(), session.is_rehearsal())?;
        self.refuse_unaskable(globals)?;
        let jobs = self.matching(session, control).await?;
        session.pass_warnings(report);
        let permitted = self.permit(session, &jobs, report).await;
        let input = |job: Job| Input::Job {
            line: None,
            state: Some(job.state),
            job: JobRef { provider: self.entry.name, id: job.id },
        };
        Ok((jobs.into_iter().map(input).collect(), permitted))
    }

    /// Whether what was listed may be cancelled.
    async fn permit(&self, session: &Session, jobs: &[Job], report: &mut Report) -> Result<(), Error> {
        let count = jobs.len() as u64;
        self.confirm.check_count(count, true)?;
        let scope = scope(session, self.entry, self.destination.as_deref());
        if self.is_answered() {
            report.note(&format!("{}: {scope}", counted(count)));
        } else if !jobs.is_empty() {
            ask(&scope, self.entry, jobs, report)?;
            // In a thread of its own, so that a signal is heard while nobody answers.
            let answer = tokio::task::spawn_blocking(|| confirmed(&mut io::stdin().lock()));
            answer.await.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))??;
        }
        Ok(())
    }

    /// Whether nobody has to be asked.
    fn is_answered(&self) -> bool {
        self.dry_run || self.confirm.yes || self.confirm.expect.is_some()
    }

    /// Where nothing can be asked, the answer must have been given: said before any
    /// call is made.
    fn refuse_unaskable(&self, globals: &GlobalArgs) -> Result<(), Error> {
        if self.is_answered() {
            return Ok(());
        }
        let why = if self.machine {
            "a machine format was asked for"
        } else if globals.no_input {
            "--no-input was given"
        } else if !io::stdin().is_terminal() {
            "standard input is no terminal"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::NotConfirmed, format!("a selection needs a yes, and nobody can be asked: {why}"))
            .with_hint("look with -n first, then give --yes, or better --expect N"))
    }

    async fn matching(&self, session: &Session, control: &Control) -> Result<Vec<Job>, Error> {
        let canceller = session.open(self.entry)?;
        let most = self.confirm.max.or(self.confirm.expect).unwrap_or(DEFAULT_MAX);
        let listing = Listing {
            canceller: &*canceller,
            query: self.filters.query(self.destination.as_deref()),
            filter: self.filters.live_filter()?,
            policy: &session.policy,
            control,
            limit: most.checked_add(1),
        };
        let mut jobs = Vec::new();
        let walked = listing::walk(&listing, &mut |job| {
            jobs.push(job);
            true
        })
        .await;
        walked.map(|()| jobs).map_err(|error| Error {
            message: format!("the listing is not complete, so nothing was sent: {}", error.message),
            ..error
        })
    }
}

/// What a selection reaches: provider, host, profile, environment, whose jobs.
fn scope(session: &Session, entry: &'static Entry, destination: Option<&str>) -> String {
    let Target { host, profile, .. } = session.target(entry);
    let mut text = format!("{} at {}", entry.title, host.as_deref().unwrap_or("an unknown host"));
    if let Some(profile) = profile {
        text.push_str(&format!(", profile {profile}"));
    }
    if let Some(environment) = session.environment(entry) {
        text.push_str(&format!(", {environment} environment"));
    }
    if let Some(destination) = destination {
        text.push_str(&format!(", destination {destination}"));
    }
    text.push_str("; the list holds everybody's jobs that this credential may see");
    text
}

fn counted(jobs: u64) -> String {
    format!("{jobs} {}", if jobs == 1 { "job" } else { "jobs" })
}

fn declined(why: &str) -> Error {
    Error::new(ErrorKind::NotConfirmed, format!("{why}; nothing was sent"))
}

/// Shows all that matched, and the question: only what was shown is acted on.
fn ask(scope: &str, entry: &'static Entry, jobs: &[Job], report: &mut Report) -> Result<(), Error> {
    let them = if jobs.len() == 1 { "it" } else { "them" };
    let question = format!("Cancel {them} ({})? [y/N] ", counted(jobs.len() as u64));
    let rows: Vec<_> = (0..).zip(jobs).map(|(index, job)| list::row(entry, index, job.clone())).collect();
    report.ask(scope, &rows, &question).map_err(|_| declined("the question could not be shown"))
}

/// Reads the answer; anything but a yes is a no.
fn confirmed(input: &mut dyn BufRead) -> Result<(), Error> {
    let mut answer = String::new();
    // One line is an answer; what is longer is none.
    let mut line = io::Read::take(input, 64);
    match line.read_line(&mut answer) {
        // Without its end it is no answer: EOF is no.
        Ok(_) if answer.ends_with('\n') && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(declined("declined")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for yes in ["y\n", "Y\n", "yes\n", " yes \r\n"] {
            assert!(confirmed(&mut yes.as_bytes()).is_ok(), "{yes}");
        }
        for no in ["", "\n", "n\n", "yep\n", "cancel\n", "y", "yes"] {
            assert_eq!(confirmed(&mut no.as_bytes()).unwrap_err().kind, ErrorKind::NotConfirmed, "{no}");
        }
    }

    #[test]
    fn counts_are_held_to_what_was_foreseen() {
        let confirm = |expect, max| ConfirmArgs { yes: true, expect, max, profile: None };
        assert!(confirm(None, None).check_count(100, true).is_ok());
        assert!(confirm(None, None).check_count(101, true).is_err());
        assert!(confirm(None, None).check_count(101, false).is_ok());
        assert!(confirm(None, Some(500)).check_count(101, true).is_ok());
        assert!(confirm(Some(3), None).check_count(3, true).is_ok());
        assert!(confirm(Some(3), None).check_count(2, false).is_err());
        assert!(confirm(Some(300), None).check_count(300, true).is_err(), "only --max allows more than 100");
        assert!(confirm(Some(300), None).check_count(300, false).is_ok());
        assert!(confirm(Some(300), Some(300)).check_count(300, true).is_ok());
        assert!(confirm(Some(300), Some(200)).check_count(300, true).is_err());
        assert_eq!(confirm(Some(300), Some(200)).enough(), Some(201));
    }
}
