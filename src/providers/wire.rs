//! What every vendor does the same way: send a call through its endpoint and sort
//! the HTTP status of the answer.
//!
//! The table "from the vendor's answer to a cancel" of the interface contract is
//! [`sort_cancel`]; only 2xx bodies are each vendor's own business.

use std::sync::Arc;

use super::decode;
use crate::canceller::{Answer, Page, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Call, Endpoint, Failure, Operation, Read, Reply, Transport};
use crate::job::{Job, JobId};

/// One vendor's way onto the wire.
pub(super) struct Wire {
    transport: Arc<Transport>,
    /// Host, headers, credential and limiter.
    pub(super) endpoint: Endpoint,
}

/// What a vendor made of one answer to a read.
pub(super) enum Sight<T> {
    /// It says what was asked.
    Seen(T),
    /// A final answer that is no sight of the job.
    Blind(ReadFailure),
}

impl Wire {
    pub(super) fn new(transport: Arc<Transport>, endpoint: Endpoint) -> Self {
        Self { transport, endpoint }
    }

    /// Cancels one job per call. A call that never left, and 429, is retried inside;
    /// `read` is given each 2xx.
    pub(super) async fn cancel_each(
        &self,
        jobs: &[JobId],
        budget: &mut Budget,
        call: impl Fn(&JobId) -> Call + Send,
        read: impl Fn(&JobId, &Reply) -> Verdict + Send,
    ) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            answers.push(match self.cancel_unsorted(&call(job), budget).await {
                Ok(reply) => {
                    let sorted = sort_cancel(self.endpoint.provider, &reply);
                    answer(&reply, sorted.unwrap_or_else(|| read(job, &reply)))
                }
                Err(answer) => answer,
            });
        }
        answers
    }

    /// Sends a cancel once and leaves every answer to the vendor. `Err` holds the
    /// verdict where there is none.
    pub(super) async fn cancel_unsorted(&self, call: &Call, budget: &mut Budget) -> Result<Reply, Answer> {
        self.transport.send(&self.endpoint, call, budget).await.map_err(|failure| {
            Answer::without_reply(match failure {
                Failure::NotSent(error) => Verdict::Failed(self.known_host(error)),
                Failure::PerhapsSent(error) => Verdict::PerhapsSent(error),
                Failure::Stopped(cause) => Verdict::Stopped(cause),
            })
        })
    }

    /// Sends any other call; the answer as it is.
    pub(super) async fn send(&self, call: &Call, budget: &mut Budget) -> Result<Reply, Failure> {
        self.transport.send(&self.endpoint, call, budget).await
    }

    /// Reads. `decode` is given each 2xx; an `Err` of its means that the answer
    /// cannot be believed and is asked for again while the budget lasts.
    pub(super) async fn read<T: Send>(
        &self,
        call: &Call,
        budget: &mut Budget,
        decode: impl Fn(&Reply) -> Result<Sight<T>, Error> + Send,
    ) -> Result<T, ReadFailure> {
        self.read_sorted(call, budget, decode, |_| None).await
    }

    /// Like [`Wire::read`], with a vendor's own view of answers that are no 2xx;
    /// `None` of `sort` leaves one to the table of HTTP statuses.
    pub(super) async fn read_sorted<T: Send>(
        &self,
        call: &Call,
        budget: &mut Budget,
        decode: impl Fn(&Reply) -> Result<Sight<T>, Error> + Send,
        sort: impl Fn(&Reply) -> Option<ReadFailure>,
    ) -> Result<T, ReadFailure> {
        match self.transport.read(&self.endpoint, call, budget, decode).await {
            Ok(Read::Value(_, Sight::Seen(value))) => Ok(value),
            Ok(Read::Value(_, Sight::Blind(failure))) => Err(failure),
            Ok(Read::Unbelievable(reply, error)) => Err(ReadFailure::Unreadable { error, status: Some(reply.status) }),
            Ok(Read::Answered(reply)) => {
                let of_job = call.operation == Operation::Status;
                Err(sort(&reply).unwrap_or_else(|| sort_read(self.endpoint.provider, &reply, of_job)))
            }
            Err(Failure::Stopped(cause)) => Err(ReadFailure::Stopped(cause)),
            Err(Failure::NotSent(error) | Failure::PerhapsSent(error)) => {
                Err(ReadFailure::Unreadable { error: self.known_host(error), status: None })
            }
        }
    }

    /// For a host that does not exist: the vendor's own one that was probably meant.
    fn known_host(&self, error: Error) -> Error {
        match near_host(self.endpoint.provider, self.endpoint.base.host()) {
            Some(known) if error.kind == ErrorKind::Dns => error.with_hint(format!("did you mean {known}?")),
            _ => error,
        }
    }
}

/// The vendor's own host that another one is nearly spelt like.
fn near_host(provider: &str, host: &str) -> Option<&'static str> {
    let alike = super::find(provider)?.regions.iter().map(|known| (strsim::jaro_winkler(known, host), *known));
    let (score, known) = alike.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.9 && known != host).then_some(known)
}

/// The error for a credential that was not accepted: a key of another region is
/// answered like a wrong one.
fn rejected(provider: &str, error: Error) -> Error {
    match super::find(provider) {
        Some(entry) if !entry.regions.is_empty() => error.with_hint(format!(
            "is the key current, and the host its account's own? {} or --host names it: {}",
            entry.host_variable,
            entry.regions.join(", ")
        )),
        _ => error,
    }
}

/// The answer that came with `reply`; its request id is cut to a length that is
/// fit to be shown.
pub(super) fn answer(reply: &Reply, verdict: Verdict) -> Answer {
    let answer = Answer::of(reply, verdict);
    Answer { request_id: answer.request_id.map(decode::brief), ..answer }
}

/// The verdict on an answer to a cancel by its HTTP status; `None` for 2xx.
pub(super) fn sort_cancel(provider: &str, reply: &Reply) -> Option<Verdict> {
    let error = |kind: ErrorKind, what: &str| {
        Error::new(kind, format!("{provider} {what} (HTTP {})", reply.status))
            .with_provider_message(decode::message(&reply.body))
    };
    Some(match reply.status {
        200..=299 => return None,
        300..=399 => Verdict::Failed(error(ErrorKind::Redirected, "answered with a redirect, which is not followed")),
        401 => Verdict::Failed(rejected(provider, error(ErrorKind::CredentialsRejected, "rejected the credential"))),
        403 => Verdict::Failed(error(ErrorKind::Forbidden, "does not allow this credential to cancel the job")),
        407 => Verdict::Failed(error(ErrorKind::Proxy, "was not reached: the proxy wants a sign-in")),
        408 | 425 | 429 => Verdict::Failed(error(ErrorKind::RateLimited, "had no capacity for it")),
        422 => Verdict::Failed(error(ErrorKind::Rejected, "calls the request malformed")),
        400..=499 | 501 => Verdict::Declined(error(ErrorKind::Refused, "declined to cancel the job")),
        500..=599 => Verdict::PerhapsSent(error(ErrorKind::ServerError, "had an internal error")),
        _ => Verdict::PerhapsSent(error(ErrorKind::BadAnswer, "answered with a status that makes no sense")),
    })
}

/// The error for a path that nobody has: what was typed leads elsewhere.
fn astray(provider: &str, error: Error) -> Error {
    match super::find(provider) {
        Some(entry) => {
            error.with_hint(format!("check {} and the rest of: jobctl config explain {provider}", entry.host_variable))
        }
        None => error,
    }
}

/// What an answer to a read that is no 2xx means by its HTTP status. `of_job` says that
/// one job was asked for.
fn sort_read(provider: &str, reply: &Reply, of_job: bool) -> ReadFailure {
    let error = |kind: ErrorKind, what: &str| {
        Error::new(kind, format!("{provider} {what} (HTTP {})", reply.status))
            .with_provider_message(decode::message(&reply.body))
    };
    let error = match reply.status {
        404 | 410 if of_job && !is_vendors(reply) => {
            astray(provider, error(ErrorKind::BadAnswer, "was not heard: the answer is somebody else's page"))
        }
        404 | 410 if of_job => return ReadFailure::Absent(error(ErrorKind::NotFound, "knows no such job")),
        404 | 410 => astray(provider, error(ErrorKind::BadAnswer, "has no such path at this host")),
        300..=399 => error(ErrorKind::Redirected, "answered with a redirect, which is not followed"),
        401 => rejected(provider, error(ErrorKind::CredentialsRejected, "rejected the credential")),
        403 if of_job => error(ErrorKind::Forbidden, "does not allow this credential to read the job"),
        403 => error(ErrorKind::Forbidden, "does not allow this credential to list jobs"),
        407 => error(ErrorKind::Proxy, "was not reached: the proxy wants a sign-in"),
        408 | 425 | 429 => error(ErrorKind::RateLimited, "had no capacity for it"),
        422 => error(ErrorKind::Rejected, "calls the request malformed"),
        500..=599 => error(ErrorKind::ServerError, "had an internal error"),
        _ => error(ErrorKind::Unreadable, "did not let the state be read"),
    };
    ReadFailure::Unreadable { error, status: Some(reply.status) }
}

/// Whether an answer without a job can be the vendor's own, which is JSON or nothing: a
/// gateway in its place has pages, and knows no jobs.
fn is_vendors(reply: &Reply) -> bool {
    let body = reply.text();
    body.trim_ascii().is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// A page of a list, with the rows that are jobs; one that is none is its flaw.
pub(super) fn page<T>(rows: Vec<T>, row: impl Fn(T) -> Result<Job, Error>, next: Option<String>) -> Page {
    let mut page = Page { jobs: Vec::with_capacity(rows.len()), next, flaw: None };
    for row in rows.into_iter().map(row) {
        match row {
            Ok(job) => page.jobs.push(job),
            Err(error) => page.flaw = Some(error),
        }
    }
    page
}

/// The error for a 2xx that cannot be believed.
pub(super) fn bad_answer(provider: &str, what: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, format!("{provider}'s answer {what}"))
}

/// Whether a 2xx says in full that it has nothing to say: a status that forbids a
/// body, or a complete JSON `null`. An empty 200 may have lost its body on the way.
pub(super) fn without_content(reply: &Reply) -> bool {
    match reply.body.trim_ascii() {
        b"" => matches!(reply.status, 204 | 205),
        body => body == b"null",
    }
}

/// Why a body that should have been JSON is not believed.
pub(super) fn not_json(provider: &str, reply: &Reply) -> Error {
    let what = if reply.is_html() {
        "is a web page, not JSON"
    } else if reply.body.trim_ascii().is_empty() {
        "is empty"
    } else {
        "is not the JSON that is documented"
    };
    bad_answer(provider, what)
}

/// Replies made by hand, for the vendors' tests.
#[cfg(test)]
pub(super) fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: crate::http::HeaderMap::new(), body: bytes::Bytes::copy_from_slice(body.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_key_may_be_of_another_region() {
        let hint = |provider| match sort_cancel(provider, &reply(401, "{}")) {
            Some(Verdict::Failed(error)) => error.hint().unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(hint("datafold").contains("eu.datafold.com") && hint("datafold").contains("DATAFOLD_HOST"));
        assert!(hint("prequel").contains("eu-api.prequel.co"));
        assert_eq!(Some(&*hint("veeva")), ErrorKind::CredentialsRejected.hint());
    }

    #[test]
    fn a_host_that_is_nearly_the_vendors_is_named() {
        let hint = |host| near_host("datafold", host);
        assert_eq!(hint("app.datafodl.com"), Some("app.datafold.com"));
        assert_eq!(hint("eu.datafold.co"), Some("eu.datafold.com"));
        for other in ["app.datafold.com", "datafold.internal.example", "127.0.0.1"] {
            assert_eq!(hint(other), None, "{other}");
        }
        assert_eq!(near_host("veeva", "app.datafodl.com"), None);
        let transport = Arc::new(Transport::new(crate::http::TransportOptions::new(crate::http::Policy::default())));
        let base = crate::base_url::BaseUrl::parse("app.datafodl.com").unwrap();
        let wire = Wire::new(transport.clone(), Endpoint::new("datafold", base, "authorization", transport.limiter()));
        let hint = |kind| wire.known_host(Error::new(kind, "no answer")).hint;
        assert_eq!(hint(ErrorKind::Dns).as_deref(), Some("did you mean app.datafold.com?"));
        assert_eq!(hint(ErrorKind::Connect), None, "the host is there");
    }

    #[test]
    fn a_request_id_is_bounded() {
        let mut long = reply(200, "");
        long.headers.insert("x-request-id", "r".repeat(9000).parse().unwrap());
        let id = answer(&long, Verdict::Accepted).request_id.unwrap();
        assert_eq!((id.chars().count(), id.ends_with('…')), (decode::BRIEF_LIMIT + 1, true));
    }

    #[test]
    fn only_a_whole_answer_can_say_nothing() {
        for (status, body) in [(204, ""), (205, "\r\n"), (200, "null"), (202, " null\n")] {
            assert!(without_content(&reply(status, body)), "{status} {body:?}");
        }
        for (status, body) in
            [(200, ""), (201, ""), (202, " "), (204, "<html>"), (200, "nul"), (200, "[]"), (200, "NULL")]
        {
            assert!(!without_content(&reply(status, body)), "{status} {body:?}");
        }
    }

    #[test]
    fn the_contract_table_for_a_cancel_by_status() {
        let kind = |status| match sort_cancel("datafold", &reply(status, "")) {
            None => "2xx",
            Some(Verdict::Failed(error)) => error.kind.code(),
            Some(Verdict::Declined(_)) => "declined",
            Some(Verdict::PerhapsSent(error)) if error.kind == ErrorKind::ServerError => "perhaps sent",
            Some(Verdict::PerhapsSent(_)) => "nonsense",
            Some(_) => "other",
        };
        for status in [200, 201, 202, 204] {
            assert_eq!(kind(status), "2xx");
        }
        for status in [301, 302, 304, 307, 308] {
            assert_eq!(kind(status), "redirected");
        }
        for status in [400, 402, 404, 405, 409, 410, 418, 451, 501] {
            assert_eq!(kind(status), "declined", "{status}");
        }
        for status in [500, 502, 503, 504, 520, 599] {
            assert_eq!(kind(status), "perhaps sent", "{status}");
        }
        for status in [199, 600, 0] {
            assert_eq!(kind(status), "nonsense", "{status}");
        }
        for status in [408, 425, 429] {
            assert_eq!(kind(status), "rate_limited");
        }
        assert_eq!(kind(401), "credentials_rejected");
        assert_eq!(kind(403), "forbidden");
        assert_eq!(kind(407), "proxy");
        assert_eq!(kind(422), "rejected");
    }

    #[test]
    fn the_table_for_a_read_by_status() {
        let kind = |status| match sort_read("datafold", &reply(status, r#"{"detail":"why"}"#), true) {
            ReadFailure::Absent(error) => (error, None),
            ReadFailure::Unreadable { error, status } => (error, status),
            ReadFailure::Stopped(cause) => panic!("{cause:?}"),
        };
        for (statuses, expected) in [
            (&[301, 302, 304, 307, 308][..], ErrorKind::Redirected),
            (&[401], ErrorKind::CredentialsRejected),
            (&[403], ErrorKind::Forbidden),
            (&[404, 410], ErrorKind::NotFound),
            (&[407], ErrorKind::Proxy),
            (&[408, 425, 429], ErrorKind::RateLimited),
            (&[422], ErrorKind::Rejected),
            (&[500, 501, 503, 599], ErrorKind::ServerError),
            (&[400, 402, 405, 409, 418, 451, 199, 600], ErrorKind::Unreadable),
        ] {
            for status in statuses {
                let (error, told) = kind(*status);
                assert_eq!((error.kind, error.provider_message.as_deref()), (expected, Some("why")), "{status}");
                assert_eq!(told, (expected != ErrorKind::NotFound).then_some(*status));
            }
        }
        for (status, body, absent) in [
            (404, "", true),
            (410, " {} ", true),
            (404, "<html>404 Not Found</html>", false),
            (410, "default backend - 404", false),
        ] {
            let failure = sort_read("datafold", &reply(status, body), true);
            assert_eq!(matches!(failure, ReadFailure::Absent(_)), absent, "{body}");
        }
        for (of_job, words) in [(true, "read the job"), (false, "list jobs")] {
            let failure = sort_read("datafold", &reply(403, ""), of_job);
            let ReadFailure::Unreadable { error, .. } = failure else { panic!("{failure:?}") };
            assert!(error.message.contains(words), "{error:?}");
        }
    }
}
