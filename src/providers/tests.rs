//! What holds for every row of the registry, on answers that are made up.

use std::sync::{Arc, Mutex, PoisonError};

use super::wire::reply;
use super::{Credential, Entry, ProviderSettings, VENDORS, find};
use crate::base_url::BaseUrl;
use crate::canceller::{DynCanceller, ListQuery, ReadFailure};
use crate::error::ErrorKind;
use crate::http::{Budget, Control, Policy, Said, Transport, TransportOptions};
use crate::job::{Job, JobState};
use crate::secret::Secret;

/// A request as these tests write it (`GET /path CREDENTIAL`), and its answer: a
/// status, or 0 for none, and a body.
pub(super) type Exchange<'a> = (&'a str, u16, &'a str);

pub(super) fn policy() -> Policy {
    Policy { retries: 2, ..Policy::default() }
}

pub(super) fn budget() -> Budget {
    Budget::new(&policy(), Control::new(None))
}

/// Opens a vendor whose requests `answer` answers.
pub(super) fn open(
    entry: &Entry,
    way: &'static str,
    fields: &[(&'static str, &str)],
    answer: impl Fn(&str) -> Said + Send + Sync + 'static,
) -> Box<dyn DynCanceller> {
    let fields = fields.iter().map(|(key, text)| (*key, Secret::new(text).unwrap())).collect();
    let settings = ProviderSettings {
        host: BaseUrl::parse("a.veevavault.com").unwrap(),
        credential: Credential { way, fields },
        options: Vec::new(),
    };
    let transport = Transport::canned(TransportOptions::new(policy()), move |request| {
        let path = request.url().path();
        let query = request.url().query().map(|query| format!("?{query}")).unwrap_or_default();
        let credential = request.headers().get("authorization").map(|value| value.to_str().unwrap());
        let credential = credential.map(|text| format!(" {text}")).unwrap_or_default();
        answer(&format!("{} {path}{query}{credential}", request.method()))
    });
    (entry.open)(&settings, Arc::new(transport)).unwrap()
}

/// What is still to be asked; all of it must have been in the end.
pub(super) struct Script(Arc<Mutex<Vec<(String, u16, String)>>>);

impl Script {
    pub(super) fn is_over(&self) {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(rest.is_empty(), "never asked: {rest:?}");
    }
}

/// Opens a vendor that is asked exactly this, in this order.
pub(super) fn scripted(
    entry: &Entry,
    way: &'static str,
    fields: &[(&'static str, &str)],
    script: &[Exchange<'_>],
) -> (Box<dyn DynCanceller>, Script) {
    let rest = script.iter().rev().map(|(asked, status, body)| ((*asked).to_owned(), *status, (*body).to_owned()));
    let rest = Arc::new(Mutex::new(rest.collect::<Vec<_>>()));
    let script = Script(Arc::clone(&rest));
    let vendor = open(entry, way, fields, move |asked| {
        let (wanted, status, body) = rest.lock().unwrap().pop().unwrap_or_else(|| panic!("too much: {asked}"));
        assert_eq!(asked, wanted);
        if status == 0 { Said::Lost } else { Said::Reply(reply(status, &body)) }
    });
    (vendor, script)
}

/// Opens a vendor with a key, or a session, called `key-1`.
fn with_key(name: &str, script: &[Exchange<'_>]) -> (Box<dyn DynCanceller>, Script) {
    let entry = find(name).unwrap();
    scripted(entry, entry.ways[0].name, &[(entry.ways[0].fields[0].key, "key-1")], script)
}

#[test]
fn a_bare_token_belongs_to_a_way_that_needs_nothing_else() {
    for entry in VENDORS {
        let way = (entry.token_way)("a token");
        assert!(entry.ways.iter().any(|known| known.name == way && known.fields.len() == 1), "{}: {way}", entry.name);
    }
}

#[test]
fn only_prequels_keys_tell_their_environment() {
    for (key, expected) in [("sk_prod_1", Some("production")), ("sk_staging_1", Some("staging")), ("sk_1", None)] {
        for entry in VENDORS {
            let way = &entry.ways[0];
            let settings = ProviderSettings {
                host: BaseUrl::parse("a.example").unwrap(),
                credential: Credential { way: way.name, fields: vec![(way.fields[0].key, Secret::new(key).unwrap())] },
                options: Vec::new(),
            };
            let expected = expected.filter(|_| entry.name == "prequel");
            assert_eq!((entry.environment)(&settings), expected, "{}", entry.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_says_whose_the_credential_is_and_believes_no_page() {
    for (name, asked, body, expected) in [
        ("datafold", "GET /api/v1/organization/meta Key key-1", r#"{"org_name":"Acme"}"#, Some("organization Acme")),
        ("prequel", "GET /", "{}", None),
        ("unstructured", "GET /api/v1/jobs/?status=IN_PROGRESS", "[]", None),
        (
            "veeva",
            "GET /api/v25.3/objects/users/me key-1",
            r#"{"responseStatus":"SUCCESS","users":[{"user":{"user_name__v":"ops"}}]}"#,
            Some("user ops"),
        ),
    ] {
        let (vendor, script) = with_key(name, &[(asked, 200, body)]);
        assert_eq!(vendor.check_dyn(&mut budget()).await, Ok(expected.map(str::to_owned)), "{name}");
        script.is_over();
        let (vendor, script) = with_key(name, &[(asked, 200, "<html>"); 3]);
        let Err(ReadFailure::Unreadable { error, .. }) = vendor.check_dyn(&mut budget()).await else {
            panic!("{name}")
        };
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{name}");
        script.is_over();
        let (vendor, _) = with_key(name, &[(asked, 0, ""); 3]);
        let Err(ReadFailure::Unreadable { error, .. }) = vendor.check_dyn(&mut budget()).await else {
            panic!("{name}")
        };
        assert!(error.message.starts_with(&format!("{name} check: ")), "{error}");
    }
}

/// Every vendor's row of a list, with all that is read of it.
#[tokio::test(start_paused = true)]
async fn all_that_a_row_tells_is_kept() {
    let query = ListQuery { destination: Some("eu".into()), ended: true, ..ListQuery::default() };
    for (name, asked, body, id, name_owner, times) in [
        (
            "datafold",
            "GET /api/v1/datadiffs?page=1&page_size=100&sort_order=desc Key key-1",
            r#"{"results":[{"id":7,"status":"failed","user_id":5,"created_at":"2026-01-01T01:00:00","finished_at":"2026-01-01T03:00:00"}]}"#,
            "7",
            (None, Some("5")),
            [1, 0, 3],
        ),
        (
            "prequel",
            "GET /destinations/eu/data-integrity?page_size=100&order=desc",
            r#"{"data":{"jobs":[{"id":"j","destination_id":"eu","status":"FAILED","submitted_at":"2026-01-01T01:00:00Z","started_at":"2026-01-01T02:00:00Z","ended_at":"2026-01-01T03:00:00Z"}]}}"#,
            "eu/j",
            (None, None),
            [1, 2, 3],
        ),
        (
            "unstructured",
            "GET /api/v1/jobs/",
            r#"[{"id":"6E3C8A52-0C1D-4F5E-9B7A-1D2E3F405162","status":"FAILED","workflow_name":"invoices","created_at":"2026-01-01T01:00:00"}]"#,
            "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162",
            (Some("invoices"), None),
            [1, 0, 0],
        ),
        (
            "veeva",
            "GET /api/v25.3/services/jobs/monitors?limit=200&offset=0 key-1",
            r#"{"responseStatus":"SUCCESS","jobs":[{"job_id":7,"status":"ERRORS_ENCOUNTERED","title":"Nightly","created_by":5,"created_date":"2026-01-01T01:00:00.000Z","run_start_date":"2026-01-01T02:00:00.000Z","run_end_date":"2026-01-01T03:00:00.000Z"}]}"#,
            "7",
            (Some("Nightly"), Some("5")),
            [1, 2, 3],
        ),
    ] {
        let (vendor, script) = with_key(name, &[(asked, 200, body)]);
        let page = vendor.list_dyn(&query, None, &mut budget()).await.unwrap();
        script.is_over();
        let [Job { id: found, state, name: title, owner, created_at, started_at, finished_at, .. }] = &page.jobs[..]
        else {
            panic!("{name}: {page:?}")
        };
        assert_eq!((found.as_str(), *state), (id, JobState::Failed), "{name}");
        assert_eq!((title.as_deref(), owner.as_deref()), name_owner, "{name}");
        let told = [created_at, started_at, finished_at].map(|time| time.map(|time| time.to_string()));
        let expected = times.map(|hour| (hour > 0).then(|| format!("2026-01-01T0{hour}:00:00Z")));
        assert_eq!(told, expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn unstructured_is_asked_once_for_each_state() {
    let page = async |query: &ListQuery, cursor: Option<&str>, asked: &str| {
        let (vendor, script) = with_key("unstructured", &[(asked, 200, "[]")]);
        let page = vendor.list_dyn(query, cursor, &mut budget()).await.unwrap();
        script.is_over();
        page.next
    };
    let live = ListQuery::default();
    assert_eq!(page(&live, None, "GET /api/v1/jobs/?status=SCHEDULED").await.as_deref(), Some("1"));
    assert_eq!(page(&live, Some("1"), "GET /api/v1/jobs/?status=IN_PROGRESS").await, None);
    let all = ListQuery { ended: true, ..ListQuery::default() };
    assert_eq!(page(&all, None, "GET /api/v1/jobs/").await, None);
}
