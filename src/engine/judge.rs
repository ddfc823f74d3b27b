//! The law of outcomes: from what a vendor answered, and from what a read then
//! showed, to what is reported. Pure tables, no I/O.
//!
//! These are the tables of the interface contract, §3 and §8.

use crate::canceller::{Capabilities, Outcome, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind, ExitCode};
use crate::http::StopCause;
use crate::job::{Job, JobState};

/// What became of one job, without the circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) outcome: Outcome,
    pub(super) state: Option<JobState>,
    pub(super) provider_state: Option<String>,
    pub(super) verified: bool,
    pub(super) error: Option<Error>,
}

/// What to do after an answer to a cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is decided.
    Done(Finding),
    /// Only reading the job can decide.
    Look,
}

/// What to do after reading a job that may have been cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It is decided.
    Done(Finding),
    /// It is still live: the cancel had no effect, or was never sent, and is sent now,
    /// if it may be.
    SendAgain(Job),
}

/// A send whose answer was lost or was trouble, and the live job that was read
/// afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) error: Error,
    pub(super) job: Job,
}

impl Open {
    /// A lost answer stays in doubt, whatever was answered to a later send.
    pub(super) fn after(self, earlier: Option<&Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.is_lost() && !self.is_lost() => Self { error: earlier.error.clone(), ..self },
            _ => self,
        }
    }

    /// Whether the request may still be on its way. An answer, even of trouble,
    /// says that it is not.
    fn is_lost(&self) -> bool {
        !matches!(self.error.kind, ErrorKind::ServerError | ErrorKind::RateLimited)
    }
}

impl Finding {
    /// An outcome without any known state.
    pub(super) fn blank(outcome: Outcome, error: Option<Error>) -> Self {
        Self { outcome, state: None, provider_state: None, verified: false, error }
    }

    /// An outcome with the state that the vendor named.
    pub(super) fn seen(outcome: Outcome, job: &Job, error: Option<Error>) -> Self {
        Self {
            outcome,
            state: Some(job.state),
            provider_state: job.provider_state.clone(),
            verified: job.provider_state.is_some(),
            error,
        }
    }
}

/// The outcome that a known state settles by itself; `None` for live and unknown ones.
fn settled_by_state(job: &Job) -> Option<Outcome> {
    settled_already(job.state).or(job.is_terminal().then_some(Outcome::Finished))
}

/// What a state by itself says of a job that is to be cancelled, if that is settled.
fn settled_already(state: JobState) -> Option<Outcome> {
    match state {
        JobState::Cancelled => Some(Outcome::Cancelled),
        JobState::Cancelling => Some(Outcome::Requested),
        state => state.is_terminal().then_some(Outcome::Finished),
    }
}

/// What a dry run says of a job whose state was seen in `before`, if at all: nothing
/// would be cancelled of what is cancelled or has ended. What is being cancelled is asked
/// again.
pub(super) fn planned(before: Option<JobState>) -> Finding {
    let over = before.filter(|state| state.is_terminal());
    match over.and_then(|state| Some((state, settled_already(state)?))) {
        Some((state, outcome)) => Finding { state: Some(state), ..Finding::blank(outcome, None) },
        None => Finding::blank(Outcome::Planned, None),
    }
}

/// Judges an answer by itself. `verify` allows the confirming read after a 2xx.
pub(super) fn judge(verdict: &Verdict, capabilities: &Capabilities, verify: bool) -> Step {
    match verdict {
        Verdict::Said(job) => match settled_by_state(job) {
            Some(outcome) => Step::Done(Finding::seen(outcome, job, None)),
            None if job.state.is_live() => Step::Done(Finding::seen(Outcome::Requested, job, None)),
            None if verify => Step::Look,
            None => Step::Done(unsettled_acceptance(Some(job), capabilities, None)),
        },
        Verdict::Cancelling => {
            Step::Done(Finding { state: Some(JobState::Cancelling), ..Finding::blank(Outcome::Requested, None) })
        }
        Verdict::Accepted if verify => Step::Look,
        Verdict::Accepted => Step::Done(unsettled_acceptance(None, capabilities, None)),
        Verdict::Declined(_) | Verdict::PerhapsSent(_) => Step::Look,
        Verdict::Failed(error) => Step::Done(Finding::blank(outcome_of(error.kind), Some(error.clone()))),
        Verdict::Stopped(cause) => Step::Done(stopped(*cause)),
    }
}

/// Judges again with what the read showed.
pub(super) fn judge_look(verdict: &Verdict, look: Result<Job, ReadFailure>, capabilities: &Capabilities) -> Ruling {
    match verdict {
        Verdict::Declined(error) => Ruling::Done(declined(error, look)),
        Verdict::PerhapsSent(error) => perhaps_sent(error, look),
        Verdict::Said(said) => Ruling::Done(accepted(Some(said), look, capabilities)),
        _ => Ruling::Done(accepted(None, look, capabilities)),
    }
}

/// After a 2xx that did not say enough.
fn accepted(said: Option<&Job>, look: Result<Job, ReadFailure>, capabilities: &Capabilities) -> Finding {
    match look {
        Ok(job) => match settled_by_state(&job) {
            Some(outcome) => Finding::seen(outcome, &job, None),
            None if job.state.is_live() => Finding::seen(Outcome::Requested, &job, None),
            None => unsettled_acceptance(Some(&job), capabilities, None),
        },
        Err(ReadFailure::Stopped(StopCause::Deadline)) if capabilities.accepts_on_2xx => {
            let error =
                Error::new(ErrorKind::Deadline, "accepted, but the deadline passed before the job was seen to end");
            Finding::blank(Outcome::Pending, Some(error))
        }
        Err(failure) => unsettled_acceptance(said, capabilities, Some(failure)),
    }
}

/// Accepted, and not even a read told more: acceptance counts where it is
/// documented, and nowhere else.
fn unsettled_acceptance(seen: Option<&Job>, capabilities: &Capabilities, failure: Option<ReadFailure>) -> Finding {
    let finding = |outcome, error| match seen {
        Some(job) => Finding::seen(outcome, job, error),
        None => Finding::blank(outcome, error),
    };
    if capabilities.accepts_on_2xx {
        return finding(Outcome::Requested, None);
    }
    let error = failure
        .and_then(failure_error)
        .unwrap_or_else(|| Error::new(ErrorKind::Unreadable, "the vendor answered 2xx without a state that is known"));
    finding(Outcome::Unknown, Some(error))
}

/// After an answer that said no.
fn declined(error: &Error, look: Result<Job, ReadFailure>) -> Finding {
    match look {
        Ok(job) => match settled_by_state(&job) {
            Some(outcome) => Finding::seen(outcome, &job, None),
            None if job.state.is_live() => Finding::seen(Outcome::Refused, &job, Some(error.clone())),
            None => {
                let error =
                    Error::new(ErrorKind::Unreadable, "the vendor declined, and names a state that is not known")
                        .with_provider_message(error.provider_message.clone());
                Finding::seen(Outcome::Unknown, &job, Some(error))
            }
        },
        Err(ReadFailure::Absent(absent)) => Finding::blank(Outcome::NotFound, Some(absent)),
        Err(failure) => Finding::blank(Outcome::Unknown, Some(could_not_read(error, failure))),
    }
}

/// After an answer that was lost or makes no sense.
fn perhaps_sent(error: &Error, look: Result<Job, ReadFailure>) -> Ruling {
    match look {
        Ok(job) => match settled_by_state(&job) {
            Some(outcome) => Ruling::Done(Finding::seen(outcome, &job, None)),
            None if job.state.is_live() => Ruling::SendAgain(job),
            None => Ruling::Done(Finding::seen(Outcome::Unknown, &job, Some(error.clone()))),
        },
        Err(ReadFailure::Absent(absent)) => Ruling::Done(Finding::blank(Outcome::NotFound, Some(absent))),
        Err(failure) => Ruling::Done(Finding::blank(Outcome::Unknown, Some(could_not_read(error, failure)))),
    }
}

/// Still live after the last send that was allowed. An answered 5xx with a live
/// job was not applied, as far as can be known; a lost answer leaves doubt.
pub(super) fn exhausted(open: &Open) -> Finding {
    let outcome = if open.is_lost() { Outcome::Unknown } else { Outcome::Unavailable };
    let message = format!("{}; the job was last seen {}", open.error.message, open.job.state);
    Finding::seen(outcome, &open.job, Some(Error { message, ..open.error.clone() }))
}

/// A later send that came to nothing does not undo an earlier one: what was sent
/// once is never called not sent, and a lost answer stays in doubt.
pub(super) fn not_undone(verdict: &Verdict, finding: Finding, open: Option<&Open>) -> Finding {
    match (finding.outcome, open) {
        (_, Some(open)) if matches!(verdict, Verdict::Stopped(_)) => exhausted(open),
        (Outcome::NotSent, Some(open)) => exhausted(open),
        (Outcome::Unavailable, Some(open)) if open.is_lost() => exhausted(open),
        _ => finding,
    }
}

/// Never sent, because sending was stopped.
pub(super) fn stopped(cause: StopCause) -> Finding {
    match cause {
        StopCause::Unauthorized => Finding::blank(
            Outcome::Unauthorized,
            Some(Error::new(ErrorKind::CredentialsRejected, "the provider rejected the credential for an earlier job")),
        ),
        cause => Finding::blank(Outcome::NotSent, Some(stop_error(cause))),
    }
}

/// The error that explains a stop.
pub(super) fn stop_error(cause: StopCause) -> Error {
    match cause {
        StopCause::Signal(_) => Error::new(ErrorKind::Interrupted, "not sent: interrupted by a signal"),
        StopCause::Deadline => Error::new(ErrorKind::Deadline, "not sent: the deadline passed"),
        StopCause::FailFast => Error::new(ErrorKind::FailFast, "not sent: an earlier job failed"),
        StopCause::Incomplete => Error::new(ErrorKind::NotConfirmed, "not sent: the input is not complete"),
        StopCause::Unconfirmed => Error::new(ErrorKind::NotConfirmed, "not sent: the call was not confirmed"),
        StopCause::GaveUp => Error::new(ErrorKind::GaveUp, "not sent: the provider could not be reached for many jobs"),
        StopCause::Unauthorized => Error::new(ErrorKind::CredentialsRejected, "the provider rejected the credential"),
    }
}

fn failure_error(failure: ReadFailure) -> Option<Error> {
    match failure {
        ReadFailure::Absent(error) | ReadFailure::Unreadable { error, .. } => Some(error),
        ReadFailure::Stopped(_) => None,
    }
}

/// Judges a job whose cancellation was accepted before: it is not sent again.
pub(super) fn accepted_before(look: Result<Job, ReadFailure>) -> Finding {
    match look {
        Ok(job) => Finding::seen(settled_by_state(&job).unwrap_or(Outcome::Requested), &job, None),
        Err(ReadFailure::Absent(error)) => {
            let message = format!("accepted, and then {}", error.message);
            Finding::blank(Outcome::Unknown, Some(Error { message, ..error }))
        }
        Err(ReadFailure::Unreadable { error, .. }) => unended(error),
        Err(ReadFailure::Stopped(cause)) => unended(stop_error(cause)),
    }
}

/// Accepted before, and nobody was asked for its end now: what only stops the sending
/// leaves it at that.
pub(super) fn unended(error: Error) -> Finding {
    if matches!(error.kind, ErrorKind::Interrupted | ErrorKind::FailFast | ErrorKind::NotConfirmed) {
        return Finding::blank(Outcome::Requested, None);
    }
    let message = format!("accepted, but its end cannot be seen: {}", why_not(&error));
    Finding::blank(Outcome::Pending, Some(Error { message, ..error }))
}

/// Why a job was not asked about, of one that had been sent before.
pub(super) fn why_not(error: &Error) -> &str {
    error.message.strip_prefix("not sent: ").unwrap_or(&error.message)
}

/// Judges a job that was never sent by what reading it brought.
pub(super) fn judge_unsent(look: Result<Job, ReadFailure>) -> Ruling {
    match look {
        Ok(job) => match settled_by_state(&job) {
            Some(outcome) => Ruling::Done(Finding::seen(outcome, &job, None)),
            None => Ruling::SendAgain(job),
        },
        Err(failure) => Ruling::Done(unread(failure)),
    }
}

/// Never sent, because it could not be read.
pub(super) fn unread(failure: ReadFailure) -> Finding {
    match failure {
        ReadFailure::Absent(error) => Finding::blank(Outcome::NotFound, Some(error)),
        ReadFailure::Unreadable { error, .. } => Finding::blank(outcome_of(error.kind), Some(error)),
        ReadFailure::Stopped(cause) => stopped(cause),
    }
}

/// The first error with what kept it from being settled. The vendor's words of
/// the read win, because they are the newer ones.
fn could_not_read(first: &Error, failure: ReadFailure) -> Error {
    let (why, said, kind) = match failure {
        ReadFailure::Absent(error) | ReadFailure::Unreadable { error, .. } => {
            (error.message, error.provider_message, error.kind)
        }
        ReadFailure::Stopped(cause) => (stop_reason(cause).to_owned(), None, ErrorKind::Unreadable),
    };
    // Behind the name of the call, which differs.
    let gist = |message: &str| message.split_once(": ").map_or_else(|| message.to_owned(), |(_, gist)| gist.to_owned());
    let why = if gist(&first.message) == gist(&why) { "the same happened again".to_owned() } else { why };
    // Where no answer makes sense, the host is more likely wrong than the job.
    let hint = if first.kind == ErrorKind::BadAnswer && kind == first.kind { kind } else { ErrorKind::Unreadable };
    Error {
        kind: if first.kind == ErrorKind::Refused { ErrorKind::Unreadable } else { first.kind },
        message: format!("{}; reading its state back did not settle it: {why}", first.message),
        hint: hint.hint().map(str::to_owned),
        provider_message: said.or_else(|| first.provider_message.clone()),
    }
}

const fn stop_reason(cause: StopCause) -> &'static str {
    match cause {
        StopCause::Signal(_) => "interrupted",
        StopCause::Deadline => "the deadline passed",
        _ => "stopped",
    }
}

/// The outcome of a failure that needs no read.
pub(super) fn outcome_of(kind: ErrorKind) -> Outcome {
    match kind {
        ErrorKind::CredentialsMissing | ErrorKind::CredentialsRejected | ErrorKind::Forbidden => Outcome::Unauthorized,
        ErrorKind::Rejected | ErrorKind::Configuration | ErrorKind::InvalidId | ErrorKind::Usage => Outcome::Invalid,
        ErrorKind::NotFound => Outcome::NotFound,
        _ => Outcome::Unavailable,
    }
}

/// Whether an outcome counts as well done, and the exit code that it calls for.
pub(super) fn weigh(outcome: Outcome, strict: bool, ignore_not_found: bool) -> (bool, ExitCode) {
    match outcome {
        Outcome::Finished if strict => (false, ExitCode::Refused),
        Outcome::NotFound if ignore_not_found => (true, ExitCode::Ok),
        other => (other.exit() == ExitCode::Ok, other.exit()),
    }
}

#[cfg(test)]
mod tests;
