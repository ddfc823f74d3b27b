//! A server that plays what a test wrote for it, and keeps what it was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::{Jobctl, KEY, Ran, Vendor, jobctl};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Cancel,
    Read,
}

/// Answers in the order in which they are given; the last one stays.
pub(crate) type Answers = Vec<ResponseTemplate>;

/// A JSON answer.
pub(crate) fn json(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// A bare status.
pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

/// A proxy's page.
pub(crate) fn page(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!doctype html><title>Sign in</title>", "text/html; charset=utf-8")
}

/// One vendor, and the one job that most rules need.
pub(crate) struct Stage {
    pub(crate) vendor: &'static Vendor,
    pub(crate) server: MockServer,
}

/// A run and the requests that it made.
pub(crate) struct Played {
    pub(crate) ran: Ran,
    pub(crate) requests: Vec<Request>,
    vendor: &'static Vendor,
}

impl Stage {
    /// Answers the cancels and reads of any job of `vendor` from two scripts.
    pub(crate) async fn new(vendor: &'static Vendor, cancel: Answers, read: Answers) -> Self {
        let played: Mutex<HashMap<(bool, String), usize>> = Mutex::default();
        Self::with(vendor, move |op, path, _| {
            let script = if op == Op::Cancel { &cancel } else { &read };
            let mut played = played.lock().unwrap();
            let at = played.entry((op == Op::Cancel, path.to_owned())).or_default();
            let answer = script.get(*at).or(script.last()).cloned();
            *at += 1;
            answer.unwrap_or_else(|| ResponseTemplate::new(599).set_body_string("the script has no such scene"))
        })
        .await
    }

    /// Answers as `answer` says: what for, path, body.
    pub(crate) async fn with(
        vendor: &'static Vendor,
        answer: impl Fn(Op, &str, &[u8]) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        // Not the pooled one: that keeps its port open after it is dropped.
        let server = MockServer::builder().start().await;
        let answer = Arc::new(answer);
        Mock::given(matchers::any())
            .respond_with(move |request: &Request| answer(op_of(request), request.url.path(), &request.body))
            .mount(&server)
            .await;
        Self { vendor, server }
    }

    /// `cancel -o json` of the vendor's first job.
    pub(crate) async fn cancel(&self, args: &[&str]) -> Played {
        self.play(jobctl(&["cancel", self.vendor.name, self.vendor.id, "-o", "json"]).args(args)).await
    }

    /// Runs anything against this server.
    pub(crate) async fn play(&self, call: Jobctl) -> Played {
        let ran = call.at(self.vendor, &self.server.uri()).run().await;
        let requests = self.server.received_requests().await.unwrap();
        let played = Played { ran, requests, vendor: self.vendor };
        played.check_requests();
        played
    }
}

fn op_of(request: &Request) -> Op {
    if request.method.as_str() == "POST" { Op::Cancel } else { Op::Read }
}

impl Played {
    pub(crate) fn count(&self, op: Op) -> usize {
        self.requests.iter().filter(|request| op_of(request) == op).count()
    }

    /// Everything that a caller can learn about the only job, in one line.
    #[track_caller]
    pub(crate) fn brief(&self) -> String {
        let rows = self.ran.rows();
        assert_eq!(rows.len(), 1, "{:#?}", self.ran);
        let row = &rows[0];
        assert_eq!(row["ref"], self.vendor.reference(row["id"].as_str().unwrap()));
        let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        let number = |key: &str| row[key].as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
        format!(
            "{} {}/{} {}, attempts {}, http {}, sent {}, read {}, exit {}{}",
            text("outcome"),
            text("state"),
            text("provider_state"),
            if row["verified"] == true { "verified" } else { "unverified" },
            number("attempts"),
            number("http_status"),
            self.count(Op::Cancel),
            self.count(Op::Read),
            self.ran.code,
            row["error"]["code"].as_str().map(|code| format!(", {code}")).unwrap_or_default(),
        )
    }

    /// Every request is exactly as the vendor's documents want it.
    fn check_requests(&self) {
        for request in &self.requests {
            let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
            let vendor = self.vendor;
            assert_eq!(header(vendor.auth_header), Some(format!("{}{KEY}", vendor.auth_prefix).as_str()));
            assert_eq!(header("accept"), Some("application/json"));
            for (name, value) in vendor.headers {
                assert_eq!(header(name), Some(*value), "{name}");
            }
            for other in super::ALL.iter().filter(|other| other.auth_header != vendor.auth_header) {
                assert_eq!(header(other.auth_header), None, "no vendor gets another's header");
            }
            assert!(header("user-agent").unwrap().starts_with("jobctl/"));
            assert!(header("referer").is_none() && header("cookie").is_none());
            match (op_of(request), vendor.is_veeva()) {
                (Op::Cancel, true) => assert_eq!(header("content-type"), Some("application/json")),
                (Op::Cancel, false) => {
                    assert_eq!(header("content-length"), Some("0"));
                    assert!(request.body.is_empty());
                }
                (Op::Read, _) => assert!(request.body.is_empty() && request.method.as_str() == "GET"),
            }
        }
    }

    /// The requests went to these paths, in this order.
    #[track_caller]
    pub(crate) fn assert_paths(&self, paths: &[String]) {
        let found: Vec<_> = self.requests.iter().map(|request| request.url.path().to_owned()).collect();
        assert_eq!(found, paths);
        assert!(self.requests.iter().all(|request| request.url.query().is_none()));
    }
}
