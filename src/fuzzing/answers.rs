//! One answer of any vendor to any call: what may be believed of it.
//!
//! The answer is read a second time here, as plain JSON by the documented paths, and
//! nothing may be reported that does not stand there.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::check_error;
use super::feed::Feed;
use super::stage::{self, SECRET, STATUSES};
use crate::canceller::{Answer, ListQuery, Page, ReadFailure, Verdict};
use crate::http::{Reply, Said};
use crate::job::{Job, JobId, JobState};
use crate::providers::{Entry, VENDORS};

/// `VENDOR CALL STATUS JOBS`, a digit each, then a header's value to the line's end,
/// then the body.
pub fn answers(data: &[u8]) {
    let mut feed = Feed::new(data);
    let entry = &VENDORS[feed.below(VENDORS.len())];
    let call = feed.below(5);
    let status = feed.pick(&STATUSES);
    let jobs = stage::jobs(entry, 1 + feed.below(3));
    let header = feed.until(b'\n');
    let reply = stage::reply(status, &[("content-type", header), ("x-request-id", header)], feed.rest());
    let told = Told::new(entry, &reply);
    let (asked, said) = (Arc::new(AtomicUsize::new(0)), reply.clone());
    let canceller = {
        let asked = Arc::clone(&asked);
        stage::open(entry, 0, 0, move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            Said::Reply(said.clone())
        })
    };
    stage::drive(async {
        let mut budget = stage::budget(0);
        match call {
            0 => told.check_answers(&jobs, &canceller.cancel_dyn(&jobs, &mut budget).await),
            1 => told.check_read(&jobs[0], canceller.read_dyn(&jobs[0], &mut budget).await),
            2 => {
                let query = ListQuery { ended: true, destination: Some("eu".into()), ..ListQuery::default() };
                told.check_page(canceller.list_dyn(&query, None, &mut budget).await);
            }
            3 => {
                let wanted: HashSet<JobId> = jobs.into_iter().collect();
                let found = canceller.glance_dyn(&wanted, &mut budget).await.unwrap_or_default();
                assert!(found.iter().all(|job| wanted.contains(&job.id)), "others were looked for: {found:?}");
                found.iter().for_each(check_job);
                assert!(found.is_empty() || status == 200);
            }
            _ => match canceller.check_dyn(&mut budget).await {
                Ok(text) => assert!(told.is_2xx() && text.is_none_or(|text| text.chars().count() < 250)),
                Err(failure) => told.check_failure(&failure),
            },
        }
    });
    assert!(asked.load(Ordering::Relaxed) <= 8, "one answer is asked for again and again");
}

/// An answer, read independently.
struct Told {
    entry: &'static Entry,
    status: u16,
    /// The body as it may be looked at: without secrets.
    body: Bytes,
    /// As JSON; nothing where only who passes over parts of it can read it.
    json: Option<Value>,
}

impl Told {
    fn new(entry: &'static Entry, reply: &Reply) -> Self {
        let body = stage::without_secrets(&reply.body);
        Self { entry, status: reply.status, json: serde_json::from_slice(&body).ok(), body }
    }

    fn is_2xx(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the answer can be read here at all. (Numbers too large and halves of
    /// letters only trouble those who look at them.)
    fn is_readable(&self) -> bool {
        self.json.is_some() || serde_json::from_slice::<IgnoredAny>(&self.body).is_err()
    }

    fn check_answers(&self, jobs: &[JobId], answers: &[Answer]) {
        assert_eq!(answers.len(), jobs.len());
        check_printed(&format!("{answers:?}"));
        for (at, (job, answer)) in jobs.iter().zip(answers).enumerate() {
            assert_eq!(answer.http_status, Some(self.status));
            assert!(answer.request_id.as_ref().is_none_or(|id| id.chars().count() <= 201));
            match &answer.verdict {
                Verdict::Said(said) => self.check_believed(job, said),
                Verdict::Cancelling => self.check_item(job, at, jobs.len()),
                Verdict::Accepted => self.check_accepted(job),
                Verdict::Declined(error) | Verdict::Failed(error) | Verdict::PerhapsSent(error) => check_error(error),
                Verdict::Stopped(cause) => panic!("nobody stopped anything: {cause:?}"),
            }
        }
    }

    fn check_read(&self, wanted: &JobId, read: Result<Job, ReadFailure>) {
        match read {
            Ok(job) => self.check_believed(wanted, &job),
            Err(failure) => self.check_failure(&failure),
        }
    }

    fn check_failure(&self, failure: &ReadFailure) {
        check_printed(&format!("{failure:?}"));
        match failure {
            ReadFailure::Absent(error) => {
                let named = self.entry.name == "veeva" && self.holds("invalid_data");
                assert!(matches!(self.status, 404 | 410) || named, "absent by {}", self.status);
                check_error(error);
            }
            ReadFailure::Unreadable { error, .. } => check_error(error),
            ReadFailure::Stopped(cause) => panic!("nobody stopped anything: {cause:?}"),
        }
    }

    /// What is believed of a job stands in a 2xx that names this job.
    fn check_believed(&self, wanted: &JobId, job: &Job) {
        assert!(self.is_2xx() && job.id == *wanted, "{} is about {wanted}: {job:?}", self.status);
        check_job(job);
        check_printed(&format!("{job:?}"));
        if job.state == JobState::Cancelled {
            assert!(self.json.is_none() || JobState::Cancelled.words().iter().any(|word| self.holds(word)), "{job:?}");
        }
        let Some(json) = &self.json else { return assert!(!self.is_readable(), "no JSON was believed") };
        let row = match self.entry.name {
            "prequel" => &json["data"]["job"],
            "veeva" => &json["data"],
            _ => json,
        };
        self.check_row(wanted, job, row);
    }

    fn check_row(&self, wanted: &JobId, job: &Job, row: &Value) {
        let id = text(&row["id"]).or_else(|| text(&row["job_id"])).expect("no id was believed");
        let named = match self.entry.name {
            "prequel" => {
                let destination = text(&row["destination_id"]).unwrap_or_else(|| "eu".into());
                format!("{destination}/{id}") == wanted.as_str()
            }
            _ => id.eq_ignore_ascii_case(wanted.as_str()),
        };
        assert!(named, "{id} was taken for {wanted}");
        assert_eq!(job.provider_state, text(&row["status"]).and_then(brief));
    }

    /// A Veeva item says SUCCESS and names the job, in an answer that does so too.
    fn check_item(&self, job: &JobId, at: usize, count: usize) {
        assert!(self.is_2xx() && self.entry.name == "veeva");
        let Some(json) = &self.json else { return assert!(!self.is_readable(), "no JSON was believed") };
        let items = json["data"].as_array().expect("no items were believed");
        assert_eq!(items.len(), count);
        let success = |value: &Value| {
            let said = text(&value["responseStatus"]).unwrap_or_default().to_ascii_uppercase();
            said == "SUCCESS" || said == "WARNING"
        };
        assert!(success(json) && success(&items[at]), "no success was believed");
        assert_eq!(text(&items[at]["data"]["id"]).as_deref(), Some(job.as_str()));
    }

    /// Acceptance without a word: a 2xx that is no page and names no other job.
    fn check_accepted(&self, job: &JobId) {
        assert!(self.is_2xx() && self.entry.name != "veeva");
        assert_ne!(self.body.trim_ascii().first(), Some(&b'<'), "a page was believed");
        let named = self.json.as_ref().map(|json| match self.entry.name {
            "prequel" => &json["data"]["job"]["id"],
            _ => &json["id"],
        });
        let is_job = |id: &Value| text(id).is_some_and(|id| id.eq_ignore_ascii_case(job.as_str()));
        let other = named.filter(|id| !id.is_null() && !is_job(id));
        assert_eq!(other, None, "another job was accepted for {job}");
    }

    fn check_page(&self, page: Result<Page, ReadFailure>) {
        let page = match page {
            Ok(page) => page,
            Err(failure) => return self.check_failure(&failure),
        };
        assert!(self.is_2xx());
        page.jobs.iter().for_each(check_job);
        check_printed(&format!("{:?}", page.jobs));
        let Some(json) = &self.json else { return assert!(!self.is_readable(), "no JSON was believed") };
        let rows = match self.entry.name {
            "datafold" => &json["results"],
            "prequel" => &json["data"]["jobs"],
            "veeva" => &json["jobs"],
            _ => json,
        };
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        if let Some(flaw) = &page.flaw {
            check_error(flaw);
            return assert!(page.jobs.len() < rows.len(), "jobs came from nowhere");
        }
        assert_eq!(rows.len(), page.jobs.len(), "jobs came from nowhere, or were lost");
        for (row, job) in rows.iter().zip(&page.jobs) {
            let again = (self.entry.parse_id)(job.id.as_str(), None);
            assert_eq!(again.as_ref(), Ok(&job.id), "an id that no command takes");
            self.check_row(&job.id, job, row);
        }
    }

    fn holds(&self, word: &str) -> bool {
        let said = |json: &Value| json.to_string().to_ascii_lowercase().contains(word);
        self.json.as_ref().map_or_else(|| !self.is_readable(), said)
    }
}

/// What holds for whatever a vendor says of a job.
fn check_job(job: &Job) {
    assert_eq!(job.state, job.provider_state.as_deref().map_or(JobState::Unknown, JobState::from_word));
    for text in [&job.provider_state, &job.name, &job.owner].into_iter().flatten() {
        assert!((1..=201).contains(&text.chars().count()), "{} bytes", text.len());
    }
}

fn check_printed(text: &str) {
    assert!(!text.contains(SECRET), "a secret came through: {text}");
}

/// JSON's text or whole number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

fn brief(text: String) -> Option<String> {
    let cut: String = text.chars().take(200).collect();
    match (text.is_empty(), cut == text) {
        (true, _) => None,
        (false, true) => Some(text),
        (false, false) => Some(format!("{cut}…")),
    }
}
