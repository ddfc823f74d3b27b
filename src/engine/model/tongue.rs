//! How each vendor words things: what a request asks for, and what an answer looks like.
//!
//! Pure. Must not know what is true.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::fuzzing::stage::{self, HOST};
use crate::http::Reply;
use crate::job::JobState;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Cancel(Vec<String>),
    Read(String),
    /// What lives, or what has `ended`.
    List {
        ended: bool,
    },
    SignIn,
    SignOut,
}

/// The state of a job as a vendor says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) state: JobState,
    pub(super) text: String,
    /// It is over, whatever the word is.
    pub(super) ended: bool,
}

/// What a vendor does about one job that it is asked to cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// A 2xx; `mute` without a word on its state.
    Takes {
        word: Word,
        mute: bool,
    },
    Declines,
    KnowsNot,
    Forbids,
    CannotRead,
}

impl Ask {
    pub(super) fn of(vendor: &str, request: &reqwest::Request) -> Self {
        let parts: Vec<&str> = request.url().path().split('/').skip(1).collect();
        let one = |id: &str| Self::Cancel(vec![id.to_owned()]);
        match (vendor, parts.as_slice()) {
            ("datafold", ["api", "v1", "datadiffs", id, "cancel"])
            | ("unstructured", ["api", "v1", "jobs", id, "cancel"]) => one(id),
            ("datafold", ["api", "v1", "datadiffs", id]) | ("unstructured", ["api", "v1", "jobs", id]) => {
                Self::Read((*id).to_owned())
            }
            ("prequel", ["destinations", place, "data-integrity", id, "cancel"]) => one(&format!("{place}/{id}")),
            ("prequel", ["destinations", place, "data-integrity", id]) => Self::Read(format!("{place}/{id}")),
            ("veeva", ["api", _, "services", "jobs", "actions", "cancel"]) => {
                let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
                let items: Vec<Value> = serde_json::from_slice(body).unwrap();
                Self::Cancel(items.iter().map(|item| item["job_id"].to_string()).collect())
            }
            ("veeva", ["api", _, "services", "jobs", "monitors"]) => Self::List { ended: false },
            ("veeva", ["api", _, "services", "jobs", "histories"]) => Self::List { ended: true },
            ("veeva", ["api", _, "services", "jobs", id]) => Self::Read((*id).to_owned()),
            ("veeva", ["api", _, "auth"]) => Self::SignIn,
            ("veeva", ["api", _, "session"]) => Self::SignOut,
            other => panic!("a request that no vendor knows: {other:?}"),
        }
    }
}

/// The id of a job that nobody asks about.
fn stranger(vendor: &str) -> &'static str {
    match vendor {
        "prequel" => "d1/stranger",
        "unstructured" => "ffffffff-0000-4000-8000-000000000000",
        _ => "999999999",
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap()
}

fn row(id: &str, word: &Word) -> Value {
    json!({ "id": number(id), "job_id": number(id), "status": word.text })
}

/// The body that tells of one job.
fn body(vendor: &str, id: &str, word: &Word) -> Value {
    match vendor {
        "prequel" => {
            let (place, id) = id.split_once('/').unwrap();
            let ended = if word.ended { json!("2026-01-01T00:00:00Z") } else { Value::Null };
            json!({ "status": "success", "data": { "job": {
                "id": id, "destination_id": place, "status": word.text, "ended_at": ended,
            } } })
        }
        "unstructured" => json!({ "id": id, "status": word.text, "workflow_name": "w" }),
        "veeva" => json!({ "responseStatus": "SUCCESS", "data": { "id": number(id), "status": word.text } }),
        _ => json!({ "id": number(id), "status": word.text }),
    }
}

fn reply(status: u16, body: &str) -> Reply {
    stage::reply(status, &[], body.as_bytes())
}

pub(super) fn status(vendor: &str, id: &str, word: &Word) -> Reply {
    reply(200, &body(vendor, id, word).to_string())
}

pub(super) fn absent(vendor: &str, dice: &mut Rng) -> Reply {
    let told = failure("INVALID_DATA").to_string();
    match (vendor, dice.bool()) {
        ("veeva", true) => reply(200, &told),
        ("veeva", false) => reply(400, &told),
        (_, gone) => reply(if gone { 410 } else { 404 }, r#"{"detail":"no such job"}"#),
    }
}

fn failure(kind: &str) -> Value {
    json!({ "responseStatus": "FAILURE", "errors": [{ "type": kind, "message": "no" }] })
}

/// The answer to a cancel that was understood.
pub(super) fn cancel(vendor: &str, items: &[(&str, Treatment)], dice: &mut Rng) -> Reply {
    if vendor == "veeva" {
        let items: Vec<Value> = items.iter().map(|(id, treatment)| item(id, treatment)).collect();
        return reply(200, &json!({ "responseStatus": "SUCCESS", "data": items }).to_string());
    }
    let (id, treatment) = &items[0];
    match treatment {
        Treatment::Takes { mute: true, .. } => match (vendor, dice.usize(..4)) {
            (_, 0) => reply(204, ""),
            ("unstructured", 1) => reply(200, "stopping"),
            ("unstructured", 2) => reply(202, ""),
            ("datafold", 1) => reply(200, "null"),
            ("datafold", _) => reply(200, "{}"),
            _ => reply(202, r#"{"status":"success","message":"cancellation requested"}"#),
        },
        Treatment::Takes { word, .. } => reply(200, &body(vendor, id, word).to_string()),
        Treatment::Declines if vendor == "prequel" && dice.bool() => {
            reply(200, r#"{"status":"error","message":"not in this state"}"#)
        }
        Treatment::Declines => {
            let status = [400, 404, 405, 409, 410, 501][dice.usize(..6)];
            reply(status, r#"{"detail":"not in this state"}"#)
        }
        Treatment::KnowsNot => reply(404, r#"{"detail":"no such job"}"#),
        Treatment::Forbids => reply(403, r#"{"detail":"not yours"}"#),
        Treatment::CannotRead => reply(422, r#"{"detail":[{"msg":"no id"}]}"#),
    }
}

fn item(id: &str, treatment: &Treatment) -> Value {
    match treatment {
        Treatment::Takes { .. } => json!({ "responseStatus": "SUCCESS", "data": { "id": number(id) } }),
        Treatment::Declines | Treatment::CannotRead => failure("OPERATION_NOT_ALLOWED"),
        Treatment::KnowsNot => failure("INVALID_DATA"),
        Treatment::Forbids => failure("INSUFFICIENT_ACCESS"),
    }
}

pub(super) fn list(rows: &[(&str, Word)]) -> Reply {
    let jobs: Vec<Value> = rows.iter().map(|(id, word)| row(id, word)).collect();
    let details = json!({ "total": jobs.len() });
    reply(200, &json!({ "responseStatus": "SUCCESS", "responseDetails": details, "jobs": jobs }).to_string())
}

pub(super) fn signed_in() -> Reply {
    let vaults = json!([{ "id": 7, "url": format!("https://{HOST}/api") }]);
    reply(200, &json!({ "responseStatus": "SUCCESS", "sessionId": "S1", "vaultId": 7, "vaultIds": vaults }).to_string())
}

/// The credential is not accepted.
pub(super) fn rejected(vendor: &str, dice: &mut Rng) -> Reply {
    match (vendor, dice.bool()) {
        ("veeva", true) => reply(200, &failure("INVALID_SESSION_ID").to_string()),
        _ => reply(401, r#"{"detail":"who are you?"}"#),
    }
}

/// Turned away at the door, with the pause that is asked for.
pub(super) fn busy(pause: Option<u64>, dice: &mut Rng) -> Reply {
    let status = [429, 429, 429, 408, 425][dice.usize(..5)];
    let seconds = pause.map(|seconds| seconds.to_string()).unwrap_or_default();
    let headers = [("retry-after", seconds.as_bytes())];
    stage::reply(status, &headers[..usize::from(pause.is_some())], b"busy")
}

pub(super) fn trouble(dice: &mut Rng) -> Reply {
    reply([500, 502, 503, 504][dice.usize(..4)], r#"{"detail":"oops"}"#)
}

pub(super) fn redirect() -> Reply {
    reply(302, "")
}

/// A 2xx that nobody may believe: a page, half an answer, or one that calls another
/// job cancelled.
pub(super) fn nonsense(vendor: &str, ask: &Ask, dice: &mut Rng) -> Reply {
    let word = Word { state: JobState::Cancelled, text: "cancelled".to_owned(), ended: true };
    let about = |id: &str| match ask {
        Ask::Cancel(_) if vendor == "veeva" => {
            json!({ "responseStatus": "SUCCESS", "data": [item(id, &Treatment::Takes { word: word.clone(), mute: false })] })
        }
        _ => body(vendor, id, &word),
    };
    let own = match ask {
        Ask::Cancel(ids) => &*ids[0],
        Ask::Read(id) => id,
        _ => stranger(vendor),
    };
    match dice.usize(..3) {
        0 => reply(200, "<html>Please sign in</html>"),
        1 => {
            let whole = about(own).to_string();
            reply(200, &whole[..whole.len() / 2])
        }
        _ => reply(200, &about(stranger(vendor)).to_string()),
    }
}
