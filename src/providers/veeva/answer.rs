//! What Vault's answers mean: the envelope, its errors, cancel items and states.
//!
//! Pure functions over a [`Reply`]; no I/O.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer};

use super::super::decode::{self, Object, Text};
use super::super::wire::{self, Sight, bad_answer, not_json, sort_cancel};
use super::NAME;
use crate::canceller::{Answer, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::Reply;
use crate::job::{Job, JobId};

/// The frame of every answer.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    #[serde(rename = "responseStatus", default)]
    pub(super) response_status: Text,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) errors: Vec<Fault>,
    #[serde(rename = "errorType", default)]
    pub(super) error_type: Text,
    #[serde(flatten)]
    pub(super) rest: T,
}

/// One error; only `type` is contractual.
#[derive(Clone, Deserialize)]
pub(super) struct Fault {
    #[serde(rename = "type", default)]
    kind: Text,
    #[serde(default)]
    message: Text,
}

/// `errors` is an array in the text and an object in the sample: both are read.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fault>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<Fault>),
        One(Fault),
        Other(#[allow(dead_code)] serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Many(faults) => faults,
        Either::One(fault) => vec![fault],
        Either::Other(_) => Vec::new(),
    })
}

/// How a refusal of the vendor's is to be taken, from its error type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The session is not valid: nothing goes on.
    Session,
    /// This user may not do this.
    Right,
    /// Asked too often.
    Limit,
    /// Something on the vendor's side, of unknown effect.
    Trouble,
    /// No, for a reason that the job's state will tell.
    No,
}

fn refusal(kind: &str) -> Refusal {
    match kind {
        "INVALID_SESSION_ID"
        | "USERNAME_OR_PASSWORD_INCORRECT"
        | "AUTHENTICATION_FAILED"
        | "INACTIVE_USER"
        | "USER_LOCKED_OUT"
        | "PASSWORD_CHANGE_REQUIRED" => Refusal::Session,
        "INSUFFICIENT_ACCESS" => Refusal::Right,
        "API_LIMIT_EXCEEDED" => Refusal::Limit,
        "UNEXPECTED_ERROR" | "RACE_CONDITION" | "OPERATION_IN_PROGRESS" => Refusal::Trouble,
        _ => Refusal::No,
    }
}

impl<T> Envelope<T> {
    fn said(&self, word: &str) -> bool {
        self.response_status.names(word)
    }

    /// `WARNING` means done, with warnings.
    pub(super) fn is_success(&self) -> bool {
        self.said("SUCCESS") || self.said("WARNING")
    }

    /// The refusal of the whole call: `None` for a success, `Err` where the
    /// envelope makes no sense.
    fn refusal(&self) -> Result<Option<Refusal>, Error> {
        if self.is_success() {
            return Ok(None);
        }
        let known: Vec<_> = self.kinds().map(refusal).collect();
        // Before anything else: under a session that is not valid nothing goes on.
        if known.contains(&Refusal::Session) {
            return Ok(Some(Refusal::Session));
        }
        if self.said("EXCEPTION") {
            return Ok(Some(Refusal::Trouble));
        }
        let worst = known.iter().copied().find(|refusal| *refusal != Refusal::No).unwrap_or(Refusal::No);
        match (self.said("FAILURE"), known.is_empty()) {
            (true, _) | (false, false) => Ok(Some(worst)),
            (false, true) => Err(bad_answer(NAME, "has no responseStatus")),
        }
    }

    /// Whether the Vault says that it has no such thing: the errors tell, or the
    /// type of the whole answer where no error has one.
    fn is_invalid_data(&self) -> bool {
        let mut typed = self.errors.iter().map(|fault| &fault.kind).filter(|kind| !kind.is_absent()).peekable();
        if typed.peek().is_none() {
            return self.error_type.names("INVALID_DATA");
        }
        typed.any(|kind| kind.names("INVALID_DATA"))
    }

    /// Whether a sign-in was refused for a reason that has a name.
    pub(super) fn names_a_sign_in_refusal(&self) -> bool {
        self.kinds().map(refusal).any(|refusal| matches!(refusal, Refusal::Session | Refusal::Limit))
    }

    /// The types of what went wrong.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|fault| &fault.kind).chain([&self.error_type]).filter_map(|kind| kind.0.as_deref())
    }

    /// What the vendor said, type first.
    pub(super) fn message(&self) -> Option<String> {
        let mut texts: Vec<String> = self.errors.iter().take(3).filter_map(Fault::text).collect();
        if texts.is_empty() {
            texts.extend(self.error_type.0.clone());
        }
        (!texts.is_empty()).then(|| decode::shorten(&texts.join("; ")))
    }
}

impl Fault {
    fn text(&self) -> Option<String> {
        match (self.kind.0.as_deref(), self.message.0.as_deref()) {
            (Some(kind), Some(text)) => Some(format!("{kind}: {text}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }
}

/// An expired session and an API version that the Vault does not serve look the
/// same, so the hint names both.
pub(super) fn session_error(version: &str) -> Error {
    Error::new(ErrorKind::CredentialsRejected, "veeva rejected the session").with_hint(format!(
        "sign in again and set VEEVA_SESSION_ID; if the session is fresh, this Vault may not serve API {version} (VEEVA_API_VERSION)"
    ))
}

/// The error for a refusal, with the vendor's words.
fn refusal_error(refusal: Refusal, version: &str, message: Option<String>) -> Error {
    let error = match refusal {
        Refusal::Session => session_error(version),
        Refusal::Right => Error::new(ErrorKind::Forbidden, "veeva does not allow this user to do this")
            .with_hint("the user needs the permission Admin: Jobs (or the job does not exist)"),
        Refusal::Limit => Error::new(ErrorKind::RateLimited, "veeva's limit of calls is used up"),
        Refusal::Trouble => Error::new(ErrorKind::ServerError, "veeva had an internal error"),
        Refusal::No => Error::new(ErrorKind::Refused, "veeva declined to cancel the job"),
    };
    error.with_provider_message(message)
}

fn verdict(refusal: Refusal, version: &str, message: Option<String>) -> Verdict {
    let error = refusal_error(refusal, version, message);
    match refusal {
        Refusal::Session | Refusal::Right => Verdict::Failed(error),
        // Limits and trouble may have come after the effect.
        Refusal::Limit | Refusal::Trouble => Verdict::PerhapsSent(error),
        Refusal::No => Verdict::Declined(error),
    }
}

/// A frame of which only the refusal matters.
#[derive(Deserialize)]
struct Frame {}

/// What the Vault itself says in an answer that is an error by its HTTP status;
/// `None` where the body is none of the Vault's.
fn told(reply: &Reply) -> Option<(Refusal, Envelope<Frame>)> {
    if !(400..=599).contains(&reply.status) {
        return None;
    }
    let envelope: Envelope<Frame> = decode::object(&reply.body).ok()?;
    let refusal = envelope.refusal().ok().flatten()?;
    Some((refusal, envelope))
}

/// The verdict on a cancel that was answered with no 2xx. The Vault's own words go
/// before the table of HTTP statuses where they say who may not, and where the
/// status says no more than that something was wrong.
fn sort(reply: &Reply, version: &str) -> Option<Verdict> {
    let plain = sort_cancel(NAME, reply)?;
    Some(match (told(reply), &plain) {
        (Some((refusal @ (Refusal::Session | Refusal::Right), envelope)), _)
        | (Some((refusal @ (Refusal::Limit | Refusal::Trouble), envelope)), Verdict::Declined(_)) => {
            verdict(refusal, version, envelope.message())
        }
        _ => plain,
    })
}

/// Like [`sort`], for a read that was answered with no 2xx; `None` leaves it to the
/// table. `of_job` says that one job was asked for.
pub(super) fn sort_read(reply: &Reply, version: &str, of_job: bool) -> Option<ReadFailure> {
    let (refusal, envelope) = told(reply)?;
    let vague = matches!(reply.status, 400..=499) && !matches!(reply.status, 401 | 403 | 407 | 408 | 425 | 429);
    // By its status alone, such an answer would say that there is no such job.
    let gone = of_job && matches!(reply.status, 404 | 410);
    let decided = match refusal {
        Refusal::Session | Refusal::Right => true,
        Refusal::Limit => vague,
        Refusal::No => (vague && of_job && envelope.is_invalid_data()) || (gone && envelope.kinds().next().is_some()),
        Refusal::Trouble => gone,
    };
    decided.then(|| failure(&envelope, refusal, reply, version, of_job))
}

#[derive(Deserialize)]
struct Items {
    data: Option<Vec<Object<Envelope<ItemData>>>>,
}

#[derive(Deserialize)]
struct ItemData {
    data: Option<Object<ItemId>>,
}

#[derive(Deserialize)]
struct ItemId {
    #[serde(default, deserialize_with = "decode::id")]
    id: Text,
}

/// One answer per job, by position; where the count is wrong or an id stands in
/// another's place, nothing of the answer is believed.
pub(super) fn read_cancel(jobs: &[JobId], reply: &Reply, version: &str) -> Vec<Answer> {
    let all = |verdict: Verdict| vec![wire::answer(reply, verdict); jobs.len()];
    if let Some(verdict) = sort(reply, version) {
        return all(verdict);
    }
    let Ok(envelope) = decode::object::<Envelope<Items>>(&reply.body) else {
        return all(Verdict::PerhapsSent(not_json(NAME, reply)));
    };
    match envelope.refusal() {
        Err(error) => return all(Verdict::PerhapsSent(error)),
        Ok(Some(refusal)) => return all(verdict(refusal, version, envelope.message())),
        Ok(None) => {}
    }
    let items = envelope.rest.data.unwrap_or_default();
    if items.len() != jobs.len() {
        let what = format!("has {} items for {} jobs", items.len(), jobs.len());
        return all(Verdict::PerhapsSent(bad_answer(NAME, &what)));
    }
    let misplaced = |(job, Object(item)): (&JobId, &Object<Envelope<ItemData>>)| {
        item.rest.data.as_ref().is_some_and(|Object(data)| !data.id.is_absent() && !data.id.names(job.as_str()))
    };
    if jobs.iter().zip(&items).any(misplaced) {
        return all(Verdict::PerhapsSent(bad_answer(NAME, "names other jobs than were sent")));
    }
    items.into_iter().map(|Object(item)| wire::answer(reply, item_verdict(&item, version))).collect()
}

fn item_verdict(item: &Envelope<ItemData>, version: &str) -> Verdict {
    match item.refusal() {
        Err(error) => Verdict::PerhapsSent(error),
        Ok(Some(refusal)) => verdict(refusal, version, item.message()),
        Ok(None) if item.rest.data.as_ref().is_some_and(|Object(data)| !data.id.is_absent()) => Verdict::Cancelling,
        Ok(None) => Verdict::PerhapsSent(bad_answer(NAME, "does not name the job that it accepts")),
    }
}

#[derive(Deserialize)]
struct One {
    data: Option<Object<Status>>,
}

/// A job as status reads and lists give it; the id's key differs between them.
#[derive(Deserialize)]
pub(super) struct Status {
    #[serde(alias = "job_id", default)]
    pub(super) id: Text,
    #[serde(rename = "status", default)]
    word: Text,
    #[serde(default)]
    title: Text,
    #[serde(default)]
    created_by: Text,
    #[serde(default)]
    created_date: Text,
    #[serde(default)]
    run_start_date: Text,
    #[serde(default)]
    run_end_date: Text,
}

impl Status {
    pub(super) fn into_job(self, id: JobId) -> Job {
        Job {
            name: self.title.brief(),
            owner: self.created_by.brief(),
            created_at: self.created_date.time(),
            started_at: self.run_start_date.time(),
            finished_at: self.run_end_date.time(),
            ..Job::new(id, self.word.brief())
        }
    }
}

/// The state of one job. `INVALID_DATA` means that the Vault knows no such job.
pub(super) fn read_status(job: &JobId, reply: &Reply, version: &str) -> Result<Sight<Job>, Error> {
    let envelope: Envelope<One> = decode::object(&reply.body).map_err(|_| not_json(NAME, reply))?;
    if let Some(refusal) = envelope.refusal()? {
        return blind(&envelope, refusal, reply, version, true);
    }
    match envelope.rest.data {
        Some(Object(status)) if status.id.names(job.as_str()) => Ok(Sight::Seen(status.into_job(job.clone()))),
        _ => Err(bad_answer(NAME, "is not about the job that was asked for")),
    }
}

/// A read that the vendor answered with a refusal.
fn blind<T, S>(
    envelope: &Envelope<T>,
    refusal: Refusal,
    reply: &Reply,
    version: &str,
    of_job: bool,
) -> Result<Sight<S>, Error> {
    // Trouble on the vendor's side is worth another try; the rest is final.
    if refusal == Refusal::Trouble {
        return Err(refusal_error(refusal, version, envelope.message()));
    }
    Ok(Sight::Blind(failure(envelope, refusal, reply, version, of_job)))
}

/// Why a read that was refused shows nothing.
fn failure<T>(envelope: &Envelope<T>, refusal: Refusal, reply: &Reply, version: &str, of_job: bool) -> ReadFailure {
    let error = match refusal {
        Refusal::No if of_job && envelope.is_invalid_data() => {
            let error = Error::new(ErrorKind::NotFound, "veeva knows no such job in this Vault");
            return ReadFailure::Absent(error.with_provider_message(envelope.message()));
        }
        Refusal::No => Error::new(ErrorKind::Unreadable, "veeva did not let the state be read")
            .with_provider_message(envelope.message()),
        other => refusal_error(other, version, envelope.message()),
    };
    ReadFailure::Unreadable { error, status: Some(reply.status) }
}

/// A list's envelope: the refusal as an error, or the rest.
pub(super) fn open<'a, T: Deserialize<'a>>(reply: &'a Reply, version: &str) -> Result<Sight<T>, Error> {
    let envelope: Envelope<T> = decode::object(&reply.body).map_err(|_| not_json(NAME, reply))?;
    match envelope.refusal()? {
        Some(refusal) => blind(&envelope, refusal, reply, version, false),
        None => Ok(Sight::Seen(envelope.rest)),
    }
}

/// Who the session belongs to, from `/objects/users/me`.
pub(super) fn read_check(reply: &Reply, version: &str) -> Result<Sight<Option<String>>, Error> {
    #[derive(Deserialize)]
    struct Me {
        #[serde(default)]
        users: Vec<Wrapped>,
    }
    #[derive(Deserialize)]
    struct Wrapped {
        user: Option<User>,
    }
    #[derive(Deserialize)]
    struct User {
        #[serde(rename = "user_name__v", default)]
        user_name: Text,
    }
    Ok(match open::<Me>(reply, version)? {
        Sight::Blind(failure) => Sight::Blind(failure),
        Sight::Seen(me) => {
            let name = me.users.into_iter().find_map(|wrapped| wrapped.user?.user_name.brief());
            Sight::Seen(name.map(|name| format!("user {name}")))
        }
    })
}
