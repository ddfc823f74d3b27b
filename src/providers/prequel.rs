//! Prequel data-integrity jobs: two ids, an envelope, and a cancellation that is
//! only requested.
//!
//! Sources: <https://docs.prequel.co/export/api-reference/data-integrity> and
//! `versioning` beside it. The outer `status` of an answer is the call's, the job's
//! is `data.job.status`; its words are published nowhere, so every word parses.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::decode::{self, Object, Text};
use super::ids;
use super::wire::{self, Sight, Wire, bad_answer, not_json, without_content};
use super::{DESTINATION, Field, Provider, ProviderSettings, Setting, Way};
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Page, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Body, Budget, Call, Endpoint, Operation, Reply, Transport};
use crate::job::{Job, JobId};

/// The only version whose lists are paged; older installs default to another.
const API_VERSION: &str = "2023-12-01";

/// Prequel as a [`Canceller`].
pub(super) struct Prequel {
    wire: Wire,
}

impl Provider for Prequel {
    const NAME: &'static str = "prequel";
    const TITLE: &'static str = "Prequel";
    const ID_FORM: &'static str = "DESTINATION/JOB, such as warehouse-eu/nightly-0142";
    const DOCS: &'static str = "https://docs.prequel.co/export/api-reference/data-integrity/cancel-specific-data-integrity-job-for-a-destination";
    const CAPABILITIES: Capabilities = Capabilities {
        batch: 1,
        accepts_on_2xx: true,
        asynchronous: true,
        list: true,
        names: false,
        needs_destination: true,
        poll_floor: None,
        repeat: "not documented; jobctl reads the state before it sends again",
        semantics: "requests the cancellation of a data-integrity job; transfers have no documented cancel",
    };
    const HOST_VARIABLE: &'static str = "PREQUEL_HOST";
    const DEFAULT_HOST: Option<&'static str> = Some("https://api.prequel.co");
    const REGIONS: &'static [&'static str] = &["api.prequel.co", "eu-api.prequel.co"];
    const WAYS: &'static [Way] =
        &[Way { name: "api_key", fields: &[Field { key: "api_key", variable: "PREQUEL_API_KEY", secret: true }] }];
    const SETTINGS: &'static [Setting] = &[Setting {
        key: DESTINATION,
        variable: "PREQUEL_DESTINATION",
        default: None,
        help: "the destination of job ids that name none",
        check: |text| check_destination(text),
    }];

    fn parse_id(text: &str, destination: Option<&str>) -> Result<JobId, String> {
        let (destination, job) = match (text.split_once('/'), destination) {
            (Some(pair), _) => pair,
            (None, Some(destination)) => (destination, text),
            (None, None) => return Err("it names no destination: write DESTINATION/JOB, or give --destination".into()),
        };
        check_destination(destination)?;
        ids::opaque(job, "job")?;
        Ok(JobId::from_canonical(format!("{destination}/{job}")))
    }

    fn environment(settings: &ProviderSettings) -> Option<&'static str> {
        let key = settings.credential.get("api_key")?.expose();
        if key.starts_with("sk_prod_") {
            Some("production")
        } else if key.starts_with("sk_staging_") {
            Some("staging")
        } else {
            None
        }
    }

    fn open(settings: &ProviderSettings, transport: Arc<Transport>) -> Result<Self, Error> {
        let mut endpoint = Endpoint::new(Self::NAME, settings.host.clone(), "x-api-key", transport.limiter());
        endpoint.headers.push(("x-prequel-api-version", API_VERSION.into()));
        endpoint.authorize(settings.credential.get("api_key").cloned());
        Ok(Self { wire: Wire::new(transport, endpoint) })
    }
}

fn check_destination(text: &str) -> Result<(), String> {
    ids::opaque(text, "destination")?;
    if text.contains('/') { Err("the destination holds a `/`".into()) } else { Ok(()) }
}

/// The two parts of an id that `parse_id` made.
fn parts(id: &JobId) -> (&str, &str) {
    id.as_str().split_once('/').unwrap_or((id.as_str(), ""))
}

fn job_path(id: &JobId) -> String {
    let (destination, job) = parts(id);
    format!("/destinations/{}/data-integrity/{}", ids::encode(destination), ids::encode(job))
}

fn cancel_call(id: &JobId) -> Call {
    Call::post(Operation::Cancel, format!("{}/cancel", job_path(id)), Body::Empty)
}

fn status_call(id: &JobId) -> Call {
    Call::get(Operation::Status, job_path(id))
}

/// 100 is the documented maximum of a page.
fn list_call(destination: &str, cursor: Option<&str>) -> Call {
    let mut path = format!("/destinations/{}/data-integrity?page_size=100&order=desc", ids::encode(destination));
    if let Some(cursor) = cursor {
        path.push_str("&cursor=");
        path.push_str(&ids::encode(cursor));
    }
    Call::get(Operation::List, path)
}

/// The envelope of every answer; `status` is the call's own.
#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(default)]
    status: Text,
    data: Option<Object<T>>,
    #[serde(default)]
    message: Text,
}

/// Whether a read, by its envelope, brings what it was asked for.
fn check(status: &Text, message: Text) -> Result<(), Error> {
    if status.names("error") {
        let error = bad_answer(Prequel::NAME, "is an error, with HTTP 200").with_hint("try again later");
        return Err(error.with_provider_message(message.message()));
    }
    Ok(())
}

#[derive(Deserialize)]
struct One {
    job: Option<Object<IntegrityJob>>,
}

#[derive(Deserialize)]
struct IntegrityJob {
    #[serde(default, deserialize_with = "decode::id")]
    id: Text,
    #[serde(default, deserialize_with = "decode::id")]
    destination_id: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    submitted_at: Text,
    #[serde(default)]
    started_at: Text,
    #[serde(default)]
    ended_at: Text,
}

impl IntegrityJob {
    /// Ids are compared to the letter: they are opaque strings.
    fn is(&self, id: &JobId) -> bool {
        let (destination, job) = parts(id);
        self.id.0.as_deref() == Some(job) && self.destination_id.0.as_deref().is_none_or(|given| given == destination)
    }

    fn into_job(self, id: JobId) -> Job {
        let finished_at = self.ended_at.time();
        // One that is yet to come ends nothing; clocks may differ by hours.
        let now = Timestamp::now();
        Job {
            ended: finished_at.is_some_and(|at| at.duration_since(now) < SignedDuration::from_hours(24)),
            created_at: self.submitted_at.time(),
            started_at: self.started_at.time(),
            finished_at,
            ..Job::new(id, self.status.brief())
        }
    }
}

fn read_cancel(id: &JobId, reply: &Reply) -> Verdict {
    if without_content(reply) {
        return Verdict::Accepted;
    }
    let Ok(envelope) = decode::object::<Envelope<One>>(&reply.body) else {
        return Verdict::PerhapsSent(not_json(Prequel::NAME, reply));
    };
    if envelope.status.names("error") {
        let error = Error::new(ErrorKind::Refused, "prequel declined to cancel the job, in an answer with HTTP 200");
        return Verdict::Declined(error.with_provider_message(envelope.message.message()));
    }
    match envelope.data.and_then(|Object(data)| data.job) {
        None => Verdict::Accepted,
        Some(Object(job)) if job.id.is_absent() => Verdict::Accepted,
        Some(Object(job)) if !job.is(id) => Verdict::PerhapsSent(bad_answer(Prequel::NAME, "is about another job")),
        Some(Object(job)) => Verdict::Said(job.into_job(id.clone())),
    }
}

fn read_status(id: &JobId, reply: &Reply) -> Result<Job, Error> {
    let envelope: Envelope<One> = decode::object(&reply.body).map_err(|_| not_json(Prequel::NAME, reply))?;
    check(&envelope.status, envelope.message)?;
    match envelope.data.and_then(|Object(data)| data.job) {
        Some(Object(job)) if job.is(id) => Ok(job.into_job(id.clone())),
        _ => Err(bad_answer(Prequel::NAME, "is not about the job that was asked for")),
    }
}

/// The paging fields stand beside `data` or inside it, by the age of the install.
#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    status: Text,
    #[serde(default)]
    message: Text,
    data: Object<Many>,
    #[serde(default, deserialize_with = "flag")]
    has_next: bool,
    #[serde(default)]
    next_url: Text,
}

#[derive(Deserialize)]
struct Many {
    /// `null` where there are none: Go writes an empty list so.
    #[serde(deserialize_with = "none_or_many")]
    jobs: Vec<Object<IntegrityJob>>,
    #[serde(default, deserialize_with = "flag")]
    has_next: bool,
    #[serde(default)]
    next_url: Text,
}

fn none_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn read_list(destination: &str, reply: &Reply) -> Result<Page, Error> {
    let listing: Listing = decode::object(&reply.body).map_err(|_| not_json(Prequel::NAME, reply))?;
    check(&listing.status, listing.message)?;
    let Object(data) = listing.data;
    let more = listing.has_next || data.has_next;
    let next_url = listing.next_url.filled().or(data.next_url.filled());
    let next = match (more, next_url.as_deref().and_then(cursor_of)) {
        (false, _) => None,
        (true, Some(cursor)) => Some(cursor),
        (true, None) => return Err(bad_answer(Prequel::NAME, "says that there are more jobs, but not where")),
    };
    Ok(wire::page(data.jobs, |job| row(destination, job), next))
}

fn row(destination: &str, Object(job): Object<IntegrityJob>) -> Result<Job, Error> {
    let elsewhere = job.destination_id.0.as_deref().is_some_and(|given| given != destination);
    let id = job
        .id
        .0
        .as_deref()
        .map(|id| ids::opaque(id, "job").map(|()| JobId::from_canonical(format!("{destination}/{id}"))));
    match id {
        Some(Ok(id)) if !elsewhere => Ok(job.into_job(id)),
        _ => Err(bad_answer(Prequel::NAME, "lists a job without a usable id or of another destination")),
    }
}

/// The `cursor` parameter of a next-page URL. Only that is taken from it: the URL
/// may point to another host, and the key goes to the configured one only.
fn cursor_of(next_url: &str) -> Option<String> {
    let (_, query) = next_url.split_once('?')?;
    let query = query.split('#').next()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("cursor="))?;
    let spaced = value.replace('+', " ");
    let text = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

impl Canceller for Prequel {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        self.wire.cancel_each(jobs, budget, cancel_call, read_cancel).await
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        self.wire.read(&status_call(job), budget, |reply| read_status(job, reply).map(Sight::Seen)).await
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>, budget: &mut Budget) -> Result<Page, ReadFailure> {
        let Some(destination) = query.destination.as_deref() else {
            let error = Error::new(ErrorKind::Usage, "prequel lists jobs by destination: give --destination");
            return Err(ReadFailure::Unreadable { error, status: None });
        };
        let call = list_call(destination, cursor);
        self.wire.read(&call, budget, |reply| read_list(destination, reply).map(Sight::Seen)).await
    }

    /// `GET /` answers 200 to a good key (<https://import-docs.prequel.co/getting-started/quickstart>).
    async fn check(&self, budget: &mut Budget) -> Result<Option<String>, ReadFailure> {
        let call = Call::get(Operation::Check, "/");
        self.wire
            .read(
                &call,
                budget,
                |reply| {
                    if reply.is_html() { Err(not_json(Self::NAME, reply)) } else { Ok(Sight::Seen(None)) }
                },
            )
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::reply;
    use super::*;
    use crate::job::JobState;

    fn id() -> JobId {
        Prequel::parse_id("d1/j9", None).unwrap()
    }

    fn answer(job: &str) -> Reply {
        reply(200, &format!(r#"{{"status":"success","data":{{"job":{job}}},"message":"ok"}}"#))
    }

    #[test]
    fn both_ids_are_needed_and_encoded() {
        assert!(Prequel::parse_id("j9", None).is_err());
        assert_eq!(Prequel::parse_id("j9", Some("d1")).unwrap().as_str(), "d1/j9");
        assert_eq!(Prequel::parse_id("d2/j9", Some("d1")).unwrap().as_str(), "d2/j9");
        for bad in ["/j", "d/", "../j", "d/..", "./j", "d/a/../b", "d /j", "d/j\n"] {
            assert!(Prequel::parse_id(bad, None).is_err(), "{bad}");
        }
        let odd = Prequel::parse_id("d?1/j#9/x%", None).unwrap();
        assert_eq!(cancel_call(&odd).path, "/destinations/d%3F1/data-integrity/j%239%2Fx%25/cancel");
    }

    #[test]
    fn the_inner_status_decides_in_any_letter_case() {
        for (word, state) in [
            ("CANCELED", JobState::Cancelled),
            ("Cancelled", JobState::Cancelled),
            ("RUNNING", JobState::Running),
            ("PARTIAL_FAILURE", JobState::Failed),
            ("ORPHANED", JobState::Unknown),
        ] {
            let verdict = read_cancel(&id(), &answer(&format!(r#"{{"id":"j9","status":"{word}","ended_at":null}}"#)));
            let Verdict::Said(job) = verdict else { panic!("{verdict:?}") };
            assert_eq!(job.state, state, "{word}");
            assert!(!job.ended);
        }
    }

    #[test]
    fn unset_times_do_not_end_a_job_and_a_real_one_does() {
        for unset in [r#""ended_at":null,"#, "", r#""ended_at":"0001-01-01T00:00:00Z","#] {
            let job = read_status(&id(), &answer(&format!(r#"{{{unset}"id":"j9","status":"WEIRD"}}"#))).unwrap();
            assert!(!job.is_terminal(), "{unset}");
        }
        let job =
            read_status(&id(), &answer(r#"{"id":"j9","status":"WEIRD","ended_at":"2026-01-01T00:00:00Z"}"#)).unwrap();
        assert!(job.is_terminal());
        let hours = |hours| Timestamp::now() + SignedDuration::from_hours(hours);
        for (at, ends) in [(hours(23), true), (hours(25), false)] {
            let body = format!(r#"{{"id":"j9","status":"WEIRD","ended_at":"{at}"}}"#);
            assert_eq!(read_status(&id(), &answer(&body)).unwrap().is_terminal(), ends, "{at}");
        }
    }

    #[test]
    fn acceptance_without_a_job_and_answers_that_are_not_believed() {
        assert_eq!(read_cancel(&id(), &reply(200, r#"{"status":"success","data":null}"#)), Verdict::Accepted);
        assert_eq!(read_cancel(&id(), &reply(202, "{}")), Verdict::Accepted);
        assert_eq!(read_cancel(&id(), &answer(r#"{"status":"CANCELLED"}"#)), Verdict::Accepted, "it names no job");
        assert_eq!(read_cancel(&id(), &reply(204, "")), Verdict::Accepted);
        assert_eq!(read_cancel(&id(), &reply(200, "null")), Verdict::Accepted);
        for body in [
            "",
            "ok",
            r#"{"status":"success","data":{"job":{"id":"j8","status":"CANCELLED"}}}"#,
            r#"{"status":"success","data":{"job":{"id":"j9","destination_id":"d2","status":"CANCELLED"}}}"#,
            r#"{"status":"success","data":{"job":{"id":"j9","destination_id":["d1"],"status":"CANCELLED"}}}"#,
            r#"{"status":"success","data":{"job":{"id":8.5,"status":"CANCELLED"}}}"#,
            r#"{"status":"success","data":{"job":{"id":["j9"],"status":"CANCELLED"}}}"#,
        ] {
            assert!(matches!(read_cancel(&id(), &reply(200, body)), Verdict::PerhapsSent(_)), "{body}");
            assert!(read_status(&id(), &reply(200, body)).is_err(), "{body}");
        }
        let error = r#"{"status":"error","message":"no","data":{"job":{"id":"j9","status":"CANCELLED"},"jobs":[]}}"#;
        let told = [read_status(&id(), &reply(200, error)).err(), read_list("d1", &reply(200, error)).err()];
        let said: Vec<_> = told.iter().flatten().filter_map(|error| error.provider_message.as_deref()).collect();
        assert_eq!(said, ["no", "no"], "an error brings nothing, whatever stands beside it");
        let declined = read_cancel(&id(), &reply(200, r#"{"status":"error","message":"no","data":null}"#));
        assert!(matches!(declined, Verdict::Declined(_)));
    }

    #[test]
    fn only_the_cursor_is_taken_from_a_next_page_link() {
        assert_eq!(cursor_of("http://evil.test/x?page_size=1&cursor=eyJ%3D&x=1").as_deref(), Some("eyJ="));
        assert_eq!(cursor_of("https://api.prequel.co/x?page_size=1"), None);
        let body = r#"{"status":"success","data":{"jobs":[{"id":"a","status":"RUNNING"}]},"has_next":true,"next_url":"https://h/?cursor=c1"}"#;
        let page = read_list("d1", &reply(200, body)).unwrap();
        assert_eq!((page.jobs[0].id.as_str(), page.next.as_deref()), ("d1/a", Some("c1")));
        assert!(read_list("d1", &reply(200, r#"{"data":{"jobs":[],"has_next":true}}"#)).is_err());
        let none = read_list("d1", &reply(200, r#"{"data":{"jobs":null},"has_next":null}"#)).unwrap();
        assert!(none.jobs.is_empty() && none.next.is_none());
        assert!(read_list("d1", &reply(200, r#"{"data":{}}"#)).is_err());
        let of =
            |destination: &str| format!(r#"{{"data":{{"jobs":[{{"id":"a","destination_id":"{destination}"}}]}}}}"#);
        for (destination, whole) in [("d1", true), ("d2", false)] {
            let page = read_list("d1", &reply(200, &of(destination))).unwrap();
            assert_eq!((page.jobs.len(), page.flaw.is_none()), (usize::from(whole), whole), "{destination}");
        }
    }
}
