//! Unstructured platform jobs: a cancel whose 200 says nothing, so the job is read.
//!
//! Sources: <https://docs.unstructured.io/api-reference/jobs/cancel-job>, the
//! vendor's Python client (`unstructured-client` 0.46) for paths, header and states.
//! The 200 body's schema is "anything": it counts as acceptance and nothing more.

use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use super::decode::{self, Object, Text};
use super::wire::{self, Sight, Wire, bad_answer, not_json};
use super::{Field, Provider, ProviderSettings, Way};
use crate::base_url::BaseUrl;
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Page, ReadFailure, Verdict};
use crate::error::Error;
use crate::http::{Body, Budget, Call, Endpoint, Operation, Reply, Transport};
use crate::job::{Job, JobId, JobState};

/// Unstructured as a [`Canceller`].
pub(super) struct Unstructured {
    wire: Wire,
}

impl Provider for Unstructured {
    const NAME: &'static str = "unstructured";
    const TITLE: &'static str = "Unstructured";
    const ID_FORM: &'static str = "a UUID, such as 6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162";
    const DOCS: &'static str = "https://docs.unstructured.io/api-reference/jobs/cancel-job";
    const CAPABILITIES: Capabilities = Capabilities {
        batch: 1,
        accepts_on_2xx: true,
        asynchronous: true,
        list: true,
        names: true,
        needs_destination: false,
        poll_floor: None,
        repeat: "not documented; jobctl reads the state before it sends again",
        semantics: "a 200 says only that the request was taken; a cancelled job ends as STOPPED",
    };
    const HOST_VARIABLE: &'static str = "UNSTRUCTURED_API_URL";
    const DEFAULT_HOST: Option<&'static str> = Some("https://platform.unstructuredapp.io");
    const WAYS: &'static [Way] =
        &[Way { name: "api_key", fields: &[Field { key: "api_key", variable: "UNSTRUCTURED_API_KEY", secret: true }] }];

    fn parse_id(text: &str, _destination: Option<&str>) -> Result<JobId, String> {
        let hyphenated = text.len() == 36;
        match Uuid::try_parse(text) {
            Ok(uuid) if hyphenated => Ok(JobId::from_canonical(uuid.hyphenated().to_string())),
            _ => Err("it is not a UUID".into()),
        }
    }

    /// The variable has three shapes in the wild: bare, with `/api/v1`, and the old
    /// partition URL. The vendor's own client drops the whole path for its own
    /// domains and keeps it elsewhere.
    fn prepare_host(host: BaseUrl) -> BaseUrl {
        if host.host_is_within("unstructuredapp.io") || host.host_is_within("unstructured.io") {
            host.without_path()
        } else {
            host.without_suffix("/api/v1")
        }
    }

    fn open(settings: &ProviderSettings, transport: Arc<Transport>) -> Result<Self, Error> {
        let endpoint = Endpoint::new(Self::NAME, settings.host.clone(), "unstructured-api-key", transport.limiter());
        endpoint.authorize(settings.credential.get("api_key").cloned());
        Ok(Self { wire: Wire::new(transport, endpoint) })
    }
}

fn cancel_call(job: &JobId) -> Call {
    Call::post(Operation::Cancel, format!("/api/v1/jobs/{job}/cancel"), Body::Empty)
}

fn status_call(job: &JobId) -> Call {
    Call::get(Operation::Status, format!("/api/v1/jobs/{job}"))
}

/// With its trailing slash: the form without one is answered by a redirect.
fn list_call(status: Option<&str>) -> Call {
    let query = status.map(|word| format!("?status={word}")).unwrap_or_default();
    Call::get(Operation::List, format!("/api/v1/jobs/{query}"))
}

/// The vendor's word for a state in a list's `status` filter.
const fn filter_word(state: JobState) -> Option<&'static str> {
    match state {
        JobState::Queued => Some("SCHEDULED"),
        JobState::Running => Some("IN_PROGRESS"),
        JobState::Cancelled => Some("STOPPED"),
        JobState::Succeeded => Some("COMPLETED"),
        JobState::Failed => Some("FAILED"),
        _ => None,
    }
}

/// The filters to ask with, one request each; an empty word asks without one.
/// A job that moves on between two requests is seen by the later one, because
/// the words stand in the order in which jobs pass through them.
fn filters(query: &ListQuery) -> Vec<&'static str> {
    let unfiltered = vec![""];
    if query.states.is_empty() {
        return if query.ended { unfiltered } else { vec!["SCHEDULED", "IN_PROGRESS"] };
    }
    let words: Vec<_> = JobState::ALL
        .into_iter()
        .filter(|state| query.states.contains(state))
        .map(filter_word)
        .collect::<Option<_>>()
        .unwrap_or_default();
    if words.is_empty() { unfiltered } else { words }
}

#[derive(Deserialize)]
struct JobInformation {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    workflow_name: Text,
    #[serde(default)]
    created_at: Text,
}

impl JobInformation {
    fn into_job(self, id: JobId) -> Job {
        Job {
            name: self.workflow_name.brief(),
            created_at: self.created_at.time(),
            ..Job::new(id, self.status.brief())
        }
    }
}

/// Acceptance, unless the answer is a web page, broken JSON, bytes that are no
/// text, or names another job. A state in it is passed over even where the word is
/// known and the job is the right one: the body has no schema, so its `cancelled`
/// may speak of the request, and only the job that is read back tells what it is.
fn read_cancel(job: &JobId, reply: &Reply) -> Verdict {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default, deserialize_with = "decode::id")]
        id: Text,
    }
    let unbelievable = |what: &str| Verdict::PerhapsSent(bad_answer(Unstructured::NAME, what));
    let body = reply.text();
    let json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    if reply.is_html() || (!json && is_page(body)) {
        return unbelievable("is a web page");
    }
    // Text in UTF-16 may pass for UTF-8, with a zero beside each letter.
    if std::str::from_utf8(body).is_err() || body.contains(&0) {
        return unbelievable("is no text");
    }
    let json_expected = matches!(body.first(), Some(b'{' | b'['))
        || reply.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    if !body.is_empty() && json_expected && !json {
        return unbelievable("is broken JSON");
    }
    match decode::object::<Named>(body) {
        Ok(named) if !named.id.is_absent() && !named.id.names(job.as_str()) => unbelievable("is about another job"),
        _ => Verdict::Accepted,
    }
}

/// Whether text is a web page, also one that a gateway has put a line before.
fn is_page(text: &[u8]) -> bool {
    let head = text[..text.len().min(1024)].to_ascii_lowercase();
    let holds = |tag: &[u8]| head.windows(tag.len()).any(|window| window == tag);
    text.first() == Some(&b'<') || holds(b"<html") || holds(b"<!doctype html")
}

fn read_status(job: &JobId, reply: &Reply) -> Result<Job, Error> {
    let found: JobInformation = decode::object(&reply.body).map_err(|_| not_json(Unstructured::NAME, reply))?;
    if !found.id.names(job.as_str()) {
        return Err(bad_answer(Unstructured::NAME, "is not about the job that was asked for"));
    }
    Ok(found.into_job(job.clone()))
}

fn read_list(reply: &Reply, next: Option<String>) -> Result<Page, Error> {
    let rows: Vec<Object<JobInformation>> =
        serde_json::from_slice(&reply.body).map_err(|_| not_json(Unstructured::NAME, reply))?;
    Ok(wire::page(rows, row, next))
}

fn row(Object(job): Object<JobInformation>) -> Result<Job, Error> {
    match job.id.0.as_deref().map(|id| Unstructured::parse_id(id, None)) {
        Some(Ok(id)) => Ok(job.into_job(id)),
        _ => Err(bad_answer(Unstructured::NAME, "lists a job without a usable id")),
    }
}

impl Canceller for Unstructured {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        self.wire.cancel_each(jobs, budget, cancel_call, read_cancel).await
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        let found = self.wire.read(&status_call(job), budget, |reply| read_status(job, reply).map(Sight::Seen)).await;
        found.map_err(|failure| match failure {
            // What the framework says of a path that it does not have; of a job it is "Job not found".
            ReadFailure::Absent(error) if error.provider_message.as_deref() == Some("Not Found") => {
                let message = format!("{}, or no such path: is the host right?", error.message);
                ReadFailure::Absent(Error { message, ..error })
            }
            failure => failure,
        })
    }

    /// One request per state asked for; `cursor` counts them.
    async fn list(&self, query: &ListQuery, cursor: Option<&str>, budget: &mut Budget) -> Result<Page, ReadFailure> {
        let filters = filters(query);
        let at: usize = cursor.and_then(|text| text.parse().ok()).unwrap_or(0);
        let word = filters.get(at).copied().filter(|word| !word.is_empty());
        let next = (at + 1 < filters.len()).then(|| (at + 1).to_string());
        self.wire.read(&list_call(word), budget, |reply| read_list(reply, next.clone()).map(Sight::Seen)).await
    }

    /// The list of running jobs: the vendor documents no call made for this.
    async fn check(&self, budget: &mut Budget) -> Result<Option<String>, ReadFailure> {
        let call = Call { operation: Operation::Check, ..list_call(Some("IN_PROGRESS")) };
        self.wire.read(&call, budget, |reply| read_list(reply, None).map(|_| Sight::Seen(None))).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::reply;
    use super::*;

    const ID: &str = "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162";

    fn id() -> JobId {
        Unstructured::parse_id(ID, None).unwrap()
    }

    #[test]
    fn ids_are_uuids_in_any_case_sent_lower() {
        assert_eq!(Unstructured::parse_id(&ID.to_uppercase(), None).unwrap().as_str(), ID);
        for bad in
            ["", "6e3c8a520c1d4f5e9b7a1d2e3f405162", "{6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162}", "123", "urn:uuid:x"]
        {
            assert!(Unstructured::parse_id(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn any_200_but_a_page_or_broken_json_is_acceptance_and_no_more() {
        for body in [
            "",
            "null",
            "{}",
            "[]",
            "\"ok\"",
            "stopping",
            "1 < 2 and <http> is no page",
            "\u{feff}",
            "\u{feff} {\"id\": null}",
            r#"{"message":"see <html> or <!doctype html>"}"#,
            r#"{"id":"6E3C8A52-0C1D-4F5E-9B7A-1D2E3F405162","status":"cancelled"}"#,
        ] {
            assert_eq!(read_cancel(&id(), &reply(200, body)), Verdict::Accepted, "{body}");
        }
        for body in [
            "<html>",
            "  <!doctype html>",
            "\u{feff}<!doctype html>",
            " \u{feff}\r\n<p>",
            "Warning\n<HTML lang=en>",
            "Warning: cache <!DOCTYPE HTML PUBLIC>",
            "<\0h\0t\0m\0l\0>\0",
            "\0<\0h\0t\0m\0l\0>",
            r#"{"id":"6e3c"#,
            "\u{feff}{\"id\":\"6e3c",
            r#"{"id":"00000000-0000-0000-0000-000000000000"}"#,
            r#"{"id":8.0}"#,
            r#"{"id":[]}"#,
            "\u{feff}{\"id\":\"00000000-0000-0000-0000-000000000000\"}",
        ] {
            assert!(matches!(read_cancel(&id(), &reply(200, body)), Verdict::PerhapsSent(_)), "{body}");
        }
    }

    #[test]
    fn stopped_is_cancelled() {
        let body = format!(
            r#"{{"id":"{ID}","workflow_name":"invoices","status":"STOPPED","created_at":"2026-01-01T00:00:00"}}"#
        );
        let job = read_status(&id(), &reply(200, &body)).unwrap();
        assert_eq!((job.state, job.name.as_deref()), (JobState::Cancelled, Some("invoices")));
        assert!(read_status(&id(), &reply(200, "{}")).is_err());
        let page = read_list(&reply(200, &format!(r#"[{{"id":null}},{body}]"#)), None).unwrap();
        assert_eq!((page.jobs.len(), page.flaw.is_some()), (1, true), "a row without an id takes no other with it");
    }

    #[test]
    fn lists_ask_in_the_vendors_spelling() {
        assert_eq!(filters(&ListQuery::default()), ["SCHEDULED", "IN_PROGRESS"]);
        assert_eq!(filters(&ListQuery { ended: true, ..ListQuery::default() }), [""]);
        let states = vec![JobState::Failed, JobState::Queued];
        assert_eq!(filters(&ListQuery { states, ..ListQuery::default() }), ["SCHEDULED", "FAILED"]);
        let states = vec![JobState::Running, JobState::Blocked];
        assert_eq!(filters(&ListQuery { states, ..ListQuery::default() }), [""]);
        assert_eq!(list_call(Some("STOPPED")).path, "/api/v1/jobs/?status=STOPPED");
    }

    #[test]
    fn the_three_shapes_of_the_url() {
        for (given, expected) in [
            ("https://platform.unstructuredapp.io/api/v1", "https://platform.unstructuredapp.io"),
            ("platform.unstructuredapp.io/", "https://platform.unstructuredapp.io"),
            ("https://api.unstructuredapp.io/general/v0/general", "https://api.unstructuredapp.io"),
            ("https://acme.test/unstructured/api/v1/", "https://acme.test/unstructured"),
            ("https://notunstructured.io/x", "https://notunstructured.io/x"),
        ] {
            assert_eq!(Unstructured::prepare_host(BaseUrl::parse(given).unwrap()).as_str(), expected, "{given}");
        }
    }
}
