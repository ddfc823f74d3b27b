//! What Vault's answers mean: the envelope, its errors, cancel items and states.
//!
//! Pure functions over a [`Reply`]; no I/O.

use serde::{Deserialize, Deserializer};

use super::super::decode::{self, Object, Text};
use super::super::wire::{Sight, bad_answer, not_json};
use crate::canceller::{Answer, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::Reply;
use crate::job::{Job, JobId};

const NAME: &str = "veeva";

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
        if self.said("EXCEPTION") {
            return Ok(Some(Refusal::Trouble));
        }
        let known: Vec<_> = self.kinds().map(refusal).collect();
        let worst = known.iter().copied().find(|refusal| *refusal != Refusal::No).unwrap_or(Refusal::No);
        match (self.said("FAILURE"), known.is_empty()) {
            (true, _) | (false, false) => Ok(Some(worst)),
            (false, true) => Err(bad_answer(NAME, "has no responseStatus")),
        }
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
        (!texts.is_empty()).then(|| texts.join("; "))
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
    #[serde(default)]
    id: Text,
}

/// One answer per job, by position; where the count is wrong or an id stands in
/// another's place, nothing of the answer is believed.
pub(super) fn read_cancel(jobs: &[JobId], reply: &Reply, version: &str) -> Vec<Answer> {
    let all = |verdict: Verdict| vec![Answer::of(reply, verdict); jobs.len()];
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
    items.into_iter().map(|Object(item)| Answer::of(reply, item_verdict(&item, version))).collect()
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
            name: self.title.filled(),
            owner: self.created_by.filled(),
            created_at: self.created_date.time(),
            started_at: self.run_start_date.time(),
            finished_at: self.run_end_date.time(),
            ..Job::new(id, self.word.filled())
        }
    }
}

/// The state of one job. `INVALID_DATA` means that the Vault knows no such job.
pub(super) fn read_status(job: &JobId, reply: &Reply, version: &str) -> Result<Sight<Job>, Error> {
    let envelope: Envelope<One> = decode::object(&reply.body).map_err(|_| not_json(NAME, reply))?;
    if let Some(refusal) = envelope.refusal()? {
        return blind(&envelope, refusal, reply, version);
    }
    match envelope.rest.data {
        Some(Object(status)) if status.id.names(job.as_str()) => Ok(Sight::Seen(status.into_job(job.clone()))),
        _ => Err(bad_answer(NAME, "is not about the job that was asked for")),
    }
}

/// A read that the vendor answered with a refusal.
fn blind<T, S>(envelope: &Envelope<T>, refusal: Refusal, reply: &Reply, version: &str) -> Result<Sight<S>, Error> {
    let absent = envelope.errors.iter().any(|fault| fault.kind.names("INVALID_DATA"));
    if refusal == Refusal::No && absent {
        let error = Error::new(ErrorKind::NotFound, "veeva knows no such job in this Vault");
        return Ok(Sight::Blind(ReadFailure::Absent(error.with_provider_message(envelope.message()))));
    }
    let error = match refusal {
        Refusal::No => Error::new(ErrorKind::Unreadable, "veeva did not let the state be read")
            .with_provider_message(envelope.message()),
        other => refusal_error(other, version, envelope.message()),
    };
    // Trouble on the vendor's side is worth another try; the rest is final.
    if refusal == Refusal::Trouble {
        return Err(error);
    }
    Ok(Sight::Blind(ReadFailure::Unreadable { error, status: Some(reply.status) }))
}

/// A list's envelope: the refusal as an error, or the rest.
pub(super) fn open<'a, T: Deserialize<'a>>(reply: &'a Reply, version: &str) -> Result<Sight<T>, Error> {
    let envelope: Envelope<T> = decode::object(&reply.body).map_err(|_| not_json(NAME, reply))?;
    match envelope.refusal()? {
        Some(refusal) => blind(&envelope, refusal, reply, version),
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
            let name = me.users.into_iter().find_map(|wrapped| wrapped.user?.user_name.filled());
            Sight::Seen(name.map(|name| format!("user {name}")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::reply;
    use super::*;
    use crate::job::JobState;

    fn jobs(ids: &[&str]) -> Vec<JobId> {
        ids.iter().map(|id| JobId::from_canonical(*id)).collect()
    }

    fn verdicts(ids: &[&str], body: &str) -> Vec<Verdict> {
        read_cancel(&jobs(ids), &reply(200, body), "v25.3").into_iter().map(|answer| answer.verdict).collect()
    }

    #[test]
    fn the_documented_answer_is_read_item_by_item() {
        let body = r#"{"responseStatus":"SUCCESS","data":[
            {"responseStatus":"SUCCESS","data":{"id":1}},
            {"responseStatus":"FAILURE","errors":{"type":"INVALID_DATA","message":"Job [2] is not found in QUEUED or QUEUEING state"}},
            {"responseStatus":"FAILURE","errors":[{"type":"INSUFFICIENT_ACCESS","message":"no"}]},
            {"responseStatus":"EXCEPTION","errors":[]}]}"#;
        let found = verdicts(&["1", "2", "3", "4"], body);
        assert_eq!(found[0], Verdict::Cancelling);
        let Verdict::Declined(error) = &found[1] else { panic!("{found:?}") };
        assert!(error.provider_message.as_deref().unwrap().starts_with("INVALID_DATA: Job [2]"));
        assert!(matches!(&found[2], Verdict::Failed(error) if error.kind == ErrorKind::Forbidden));
        assert!(matches!(found[3], Verdict::PerhapsSent(_)));
    }

    #[test]
    fn a_wrong_count_or_a_misplaced_id_makes_nothing_believed() {
        let one = r#"{"responseStatus":"SUCCESS","data":[{"responseStatus":"SUCCESS","data":{"id":1}}]}"#;
        let swapped = r#"{"responseStatus":"SUCCESS","data":[
            {"responseStatus":"SUCCESS","data":{"id":2}},{"responseStatus":"FAILURE","errors":{"type":"INVALID_DATA"}}]}"#;
        for body in [one, swapped, "", "<html>", "[]", r#"{"data":[]}"#, r#"{"responseStatus":"SUCCESS"}"#] {
            let found = verdicts(&["1", "2"], body);
            assert_eq!(found.len(), 2);
            assert!(found.iter().all(|verdict| matches!(verdict, Verdict::PerhapsSent(_))), "{body}: {found:?}");
        }
    }

    #[test]
    fn a_refused_call_is_a_failure_though_http_says_200() {
        let fail =
            |kind: &str| format!(r#"{{"responseStatus":"FAILURE","errors":[{{"type":"{kind}","message":"x"}}]}}"#);
        let kind = |body: &str| match &verdicts(&["1"], body)[0] {
            Verdict::Failed(error) => error.kind.code(),
            Verdict::Declined(_) => "declined",
            Verdict::PerhapsSent(_) => "perhaps",
            _ => "other",
        };
        assert_eq!(kind(&fail("INVALID_SESSION_ID")), "credentials_rejected");
        assert_eq!(kind(r#"{"responseStatus":"FAILURE","errorType":"INVALID_SESSION_ID"}"#), "credentials_rejected");
        assert_eq!(kind(&fail("INSUFFICIENT_ACCESS")), "forbidden");
        assert_eq!(kind(&fail("INVALID_DATA")), "declined");
        assert_eq!(kind(&fail("METHOD_NOT_SUPPORTED")), "declined");
        assert_eq!(kind(r#"{"responseStatus":"EXCEPTION"}"#), "perhaps");
    }

    #[test]
    fn a_state_is_read_and_an_unknown_job_is_absent() {
        let job = JobId::from_canonical("7");
        let body = r#"{"responseStatus":"SUCCESS","data":{"id":7,"status":"CANCELLING","created_by":44,"created_date":"2026-01-01T00:00:00.000Z"}}"#;
        let Ok(Sight::Seen(seen)) = read_status(&job, &reply(200, body), "v25.3") else { panic!() };
        assert_eq!((seen.state, seen.owner.as_deref()), (JobState::Cancelling, Some("44")));
        let gone = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_DATA","message":"x"}]}"#;
        assert!(matches!(read_status(&job, &reply(200, gone), "v25.3"), Ok(Sight::Blind(ReadFailure::Absent(_)))));
        let limit = r#"{"responseStatus":"FAILURE","errors":[{"type":"API_LIMIT_EXCEEDED","message":"x"}]}"#;
        let Ok(Sight::Blind(ReadFailure::Unreadable { error, .. })) = read_status(&job, &reply(200, limit), "v25.3")
        else {
            panic!()
        };
        assert_eq!(error.kind, ErrorKind::RateLimited);
        for body in [
            "",
            "{}",
            r#"{"responseStatus":"SUCCESS","data":{"id":8,"status":"CANCELLED"}}"#,
            r#"{"responseStatus":"EXCEPTION"}"#,
        ] {
            assert!(read_status(&job, &reply(200, body), "v25.3").is_err(), "{body}");
        }
    }
}
