//! Datafold data diffs: one diff per call, answered with its state.
//!
//! Sources: <https://docs.datafold.com/api-reference/data-diffs/cancel-a-running-data-diff>,
//! `get-a-data-diff` and `list-data-diffs` beside it. A cancel of a finished diff is
//! answered 200 with the present status, so the status decides and never the 200.

use std::sync::Arc;

use serde::Deserialize;

use super::decode::{self, Object, Text};
use super::ids;
use super::wire::{self, Sight, Wire, bad_answer, not_json, without_content};
use super::{Field, Provider, ProviderSettings, Way};
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Page, ReadFailure, Verdict};
use crate::error::Error;
use crate::http::{Body, Budget, Call, Endpoint, Operation, Reply, Transport};
use crate::job::{Job, JobId};
use crate::secret::Secret;

/// Rows asked for per page; the vendor's default, its maximum is not published.
const PAGE_SIZE: u32 = 100;

/// Datafold as a [`Canceller`].
pub(super) struct Datafold {
    wire: Wire,
}

impl Provider for Datafold {
    const NAME: &'static str = "datafold";
    const TITLE: &'static str = "Datafold";
    const ID_FORM: &'static str = "a positive integer, such as 123";
    const DOCS: &'static str = "https://docs.datafold.com/api-reference/data-diffs/cancel-a-running-data-diff";
    const CAPABILITIES: Capabilities = Capabilities {
        batch: 1,
        accepts_on_2xx: false,
        asynchronous: false,
        list: true,
        names: false,
        needs_destination: false,
        poll_floor: None,
        repeat: "documented as harmless: a finished or cancelled diff is answered with its present status",
        semantics: "stops the diff and marks it cancelled; whether SQL already running in the warehouse is killed is not documented",
    };
    const HOST_VARIABLE: &'static str = "DATAFOLD_HOST";
    const DEFAULT_HOST: Option<&'static str> = Some("https://app.datafold.com");
    const REGIONS: &'static [&'static str] =
        &["app.datafold.com", "eu.datafold.com", "us.datafold.com", "eub.datafold.com"];
    const WAYS: &'static [Way] =
        &[Way { name: "api_key", fields: &[Field { key: "api_key", variable: "DATAFOLD_API_KEY", secret: true }] }];

    fn parse_id(text: &str, _destination: Option<&str>) -> Result<JobId, String> {
        ids::positive_integer(text)
    }

    fn open(settings: &ProviderSettings, transport: Arc<Transport>) -> Result<Self, Error> {
        let endpoint = Endpoint::new(Self::NAME, settings.host.clone(), "authorization", transport.limiter());
        if let Some(key) = settings.credential.get("api_key") {
            let bare = bare_key(key);
            endpoint.conceal(bare.clone());
            endpoint.authorize(Secret::new(&format!("Key {}", bare.expose())));
        }
        Ok(Self { wire: Wire::new(transport, endpoint) })
    }
}

/// The key without the `Key ` that people paste along with it.
fn bare_key(key: &Secret) -> Secret {
    let text = key.expose();
    match text.split_once(char::is_whitespace) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("key") => Secret::new(rest).unwrap_or_else(|| key.clone()),
        _ => key.clone(),
    }
}

fn cancel_call(job: &JobId) -> Call {
    Call::post(Operation::Cancel, format!("/api/v1/datadiffs/{job}/cancel"), Body::Empty)
}

fn status_call(job: &JobId) -> Call {
    Call::get(Operation::Status, format!("/api/v1/datadiffs/{job}"))
}

/// Newest first: the vendor's default order would give the oldest diffs first.
fn list_call(page: u32) -> Call {
    Call::get(Operation::List, format!("/api/v1/datadiffs?page={page}&page_size={PAGE_SIZE}&sort_order=desc"))
}

/// The fields of a diff that matter here, in cancel, status and list answers alike.
#[derive(Deserialize)]
struct Diff {
    #[serde(default, deserialize_with = "decode::id")]
    id: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    created_at: Text,
    #[serde(default)]
    finished_at: Text,
    #[serde(default)]
    user_id: Text,
}

impl Diff {
    fn into_job(self, id: JobId) -> Job {
        Job {
            owner: self.user_id.brief(),
            created_at: self.created_at.time(),
            finished_at: self.finished_at.time(),
            ..Job::new(id, self.status.brief())
        }
    }
}

fn read_cancel(job: &JobId, reply: &Reply) -> Verdict {
    if without_content(reply) {
        return Verdict::Accepted;
    }
    let Ok(diff) = decode::object::<Diff>(&reply.body) else {
        return Verdict::PerhapsSent(not_json(Datafold::NAME, reply));
    };
    if diff.id.is_absent() {
        return Verdict::Accepted;
    }
    if !diff.id.names(job.as_str()) {
        return Verdict::PerhapsSent(bad_answer(Datafold::NAME, "is about another diff"));
    }
    Verdict::Said(diff.into_job(job.clone()))
}

fn read_status(job: &JobId, reply: &Reply) -> Result<Job, Error> {
    let diff: Diff = decode::object(&reply.body).map_err(|_| not_json(Datafold::NAME, reply))?;
    if !diff.id.names(job.as_str()) {
        return Err(bad_answer(Datafold::NAME, "is not about the diff that was asked for"));
    }
    Ok(diff.into_job(job.clone()))
}

#[derive(Deserialize)]
struct Listing {
    results: Vec<Object<Diff>>,
    #[serde(default)]
    total_pages: Option<u32>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    page_size: Option<u32>,
}

fn read_list(page: u32, reply: &Reply) -> Result<Page, Error> {
    let listing: Listing = decode::object(&reply.body).map_err(|_| not_json(Datafold::NAME, reply))?;
    if listing.page.is_some_and(|given| given != page) {
        return Err(bad_answer(Datafold::NAME, "is not the page that was asked for"));
    }
    // The server's own page may be smaller than what was asked for.
    let size = listing.page_size.filter(|size| *size > 0).unwrap_or(PAGE_SIZE).min(PAGE_SIZE);
    let full = listing.results.len() >= size as usize;
    let more = listing.total_pages.map_or(full, |total| page < total);
    Ok(wire::page(listing.results, row, more.then(|| page.saturating_add(1).to_string())))
}

fn row(Object(diff): Object<Diff>) -> Result<Job, Error> {
    let id = diff.id.0.as_deref().map(ids::positive_integer);
    match id {
        Some(Ok(id)) => Ok(diff.into_job(id)),
        _ => Err(bad_answer(Datafold::NAME, "lists a diff without a usable id")),
    }
}

impl Canceller for Datafold {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        self.wire.cancel_each(jobs, budget, cancel_call, read_cancel).await
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        self.wire.read(&status_call(job), budget, |reply| read_status(job, reply).map(Sight::Seen)).await
    }

    async fn list(&self, _query: &ListQuery, cursor: Option<&str>, budget: &mut Budget) -> Result<Page, ReadFailure> {
        let page = cursor.and_then(|text| text.parse().ok()).unwrap_or(1);
        self.wire.read(&list_call(page), budget, |reply| read_list(page, reply).map(Sight::Seen)).await
    }

    /// `GET /api/v1/organization/meta`, which the vendor's own SDK uses for this.
    async fn check(&self, budget: &mut Budget) -> Result<Option<String>, ReadFailure> {
        #[derive(Deserialize)]
        struct Meta {
            #[serde(default)]
            org_name: Text,
        }
        let call = Call::get(Operation::Check, "/api/v1/organization/meta");
        self.wire
            .read(&call, budget, |reply| match decode::object::<Meta>(&reply.body) {
                Ok(meta) => Ok(Sight::Seen(meta.org_name.brief().map(|name| format!("organization {name}")))),
                Err(_) => Err(not_json(Self::NAME, reply)),
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::reply;
    use super::*;
    use crate::http::Method;
    use crate::job::JobState;

    fn id() -> JobId {
        JobId::from_canonical("123")
    }

    #[test]
    fn calls_are_as_documented() {
        let call = cancel_call(&id());
        assert_eq!((call.method, call.path.as_str()), (Method::Post, "/api/v1/datadiffs/123/cancel"));
        assert!(call.body == Body::Empty);
        assert_eq!(status_call(&id()).path, "/api/v1/datadiffs/123");
        assert!(list_call(3).path.contains("page=3&page_size=100&sort_order=desc"));
    }

    #[test]
    fn a_pasted_key_may_bring_its_scheme() {
        for pasted in ["abc", "Key abc", "key  abc\n", "KEY\tabc"] {
            assert_eq!(bare_key(&Secret::new(pasted).unwrap()).expose(), "abc", "{pasted}");
        }
        assert_eq!(bare_key(&Secret::new("abc def").unwrap()).expose(), "abc def");
    }

    #[test]
    fn the_status_decides_and_not_the_200() {
        for (status, state) in [
            ("cancelled", JobState::Cancelled),
            ("done", JobState::Succeeded),
            ("failed", JobState::Failed),
            ("queued", JobState::Queued),
            ("needs_confirmation", JobState::Blocked),
            ("hibernating", JobState::Unknown),
        ] {
            let verdict = read_cancel(&id(), &reply(200, &format!(r#"{{"id":123,"status":"{status}"}}"#)));
            let Verdict::Said(job) = verdict else { panic!("{verdict:?}") };
            assert_eq!((job.state, job.provider_state.as_deref()), (state, Some(status)));
        }
    }

    #[test]
    fn what_cannot_be_believed_may_have_been_applied() {
        for body in [
            "",
            "ok",
            "<html>",
            "[]",
            r#"{"id":124,"status":"cancelled"}"#,
            r#"{"id":123.0,"status":"cancelled"}"#,
            r#"{"id":[123],"status":"cancelled"}"#,
            r#"{"id":{},"status":"cancelled"}"#,
            r#"{"id":true,"status":"cancelled"}"#,
            r#"{"id":123,"sta"#,
        ] {
            assert!(matches!(read_cancel(&id(), &reply(200, body)), Verdict::PerhapsSent(_)), "{body}");
            assert!(read_status(&id(), &reply(200, body)).is_err(), "{body}");
        }
        assert_eq!(read_cancel(&id(), &reply(204, "")), Verdict::Accepted);
        assert!(read_status(&id(), &reply(200, "null")).is_err(), "no content is no sight of a diff");
        for body in ["{}", "null", r#"{"status":"cancelled"}"#, r#"{"id":null,"status":"cancelled"}"#] {
            assert_eq!(read_cancel(&id(), &reply(200, body)), Verdict::Accepted, "{body}");
        }
    }

    #[test]
    fn a_listing_knows_when_it_ends() {
        let body = r#"{"count":2,"page":1,"page_size":100,"total_pages":2,"results":[{"id":9,"status":"processing","created_at":"2026-01-01T00:00:00"}]}"#;
        let page = read_list(1, &reply(200, body)).unwrap();
        assert_eq!(page.next.as_deref(), Some("2"));
        assert_eq!(page.jobs[0].state, JobState::Running);
        assert!(page.jobs[0].created_at.is_some());
        assert!(read_list(2, &reply(200, body)).is_err(), "a page that repeats");
        let empty = r#"{"page":2,"total_pages":9,"results":[]}"#;
        let next = read_list(2, &reply(200, empty)).unwrap().next;
        assert_eq!(next.as_deref(), Some("3"), "an empty page is not the end while the server knows more");
        let untold = r#"{"page":1,"page_size":1,"results":[{"id":9,"status":"done"}]}"#;
        assert_eq!(read_list(1, &reply(200, untold)).unwrap().next.as_deref(), Some("2"));
        for last in [
            r#"{"page":1,"results":[]}"#,
            r#"{"page":1,"total_pages":1,"results":[{"id":9}]}"#,
            // No size at all is not one that a page fills.
            r#"{"page":1,"page_size":0,"results":[{"id":9}]}"#,
        ] {
            assert_eq!(read_list(1, &reply(200, last)).unwrap().next, None, "{last}");
        }
    }

    #[test]
    fn a_row_without_an_id_does_not_take_the_others_with_it() {
        for odd in [r#"{"status":"done"}"#, r#"{"id":null}"#, r#"{"id":8.5}"#, r#"{"id":"x"}"#] {
            let body = format!(r#"{{"total_pages":2,"results":[{{"id":8}},{odd},{{"id":9}}]}}"#);
            let Page { jobs, next, flaw } = read_list(1, &reply(200, &body)).unwrap();
            assert_eq!(jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["8", "9"], "{odd}");
            assert_eq!(next.as_deref(), Some("2"));
            assert!(flaw.unwrap().message.contains("without a usable id"), "{odd}");
        }
    }
}
