//! Prequel's data-integrity jobs, as its public documents describe them.
//!
//! Owns Prequel's paths, header, envelope and paging. Sources: the cancel page
//! (`docs.prequel.co`, operation `create-data-integrity-job-cancellation-request`),
//! `docs.prequel.co/export/api-reference/overview` and `…/versioning`, and the list
//! pages beside them. Must not know the other vendors.

use hyper::Method;
use serde_json::{Value, json};

use super::choices::{PrequelEnded, PrequelUnset, PrequelVersion, PrequelWords};
use super::course::View;
use super::seeds::{PREQUEL_BULK, Vendor};
use super::state::State;
use super::wire::{Answer, Request};
use crate::job::JobState;

/// The key that the sandbox accepts; its prefix names the environment.
pub(super) const KEY: &str = "sk_staging_sandbox";

/// Go's zero time: what an unset time looks like from a Go backend.
const ZERO: &str = "0001-01-01T00:00:00Z";

/// Default and maximum page size (`docs.prequel.co/export/api-reference/versioning`).
const PAGE: usize = 10;
const MAX_PAGE: usize = 100;

const DESTINATIONS: [(&str, &str); 2] =
    [("warehouse-eu", "Acme warehouse (EU)"), ("warehouse-us", "Globex warehouse (US)")];

pub(super) fn answer(state: &mut State, request: &Request, segments: &[&str]) -> Answer {
    if request.header("x-api-key") != Some(KEY) {
        return error(401, "invalid api key");
    }
    let versioned = request.header("x-prequel-api-version") == Some("2023-12-01");
    if state.choices.prequel_version == PrequelVersion::Required && !versioned {
        return error(400, "missing X-Prequel-Api-Version");
    }
    match (request.method(), segments) {
        (&Method::GET, [""]) => success(&Value::Null, "ok"),
        (&Method::GET, ["destinations"]) => destinations(state, request),
        (&Method::GET, ["destinations", destination, "data-integrity"]) => list(state, request, destination),
        (&Method::GET, ["destinations", destination, "data-integrity", job]) => read(state, destination, job),
        (&Method::POST, ["destinations", destination, "data-integrity", job, "cancel"]) => {
            cancel(state, destination, job)
        }
        _ => error(404, "not found"),
    }
}

/// A request to cancel: 200 means accepted; the job in the answer may still run.
fn cancel(state: &mut State, destination: &str, job: &str) -> Answer {
    let Some(view) = find(state, destination, job) else { return error(404, "data integrity job not found") };
    state.world.received(&view);
    if !view.is_live() && state.choices.prequel_ended == PrequelEnded::BadRequest {
        return error(400, "data integrity job is not running");
    }
    let delay = state.cancel_delay;
    state.world.stop(&view, delay);
    let view = state.world.view(Vendor::Prequel, view.slot);
    success(&json!({ "job": resource(state, &view) }), "data integrity job cancellation requested")
}

fn read(state: &mut State, destination: &str, job: &str) -> Answer {
    let Some(view) = find(state, destination, job) else { return error(404, "data integrity job not found") };
    state.world.told(&view);
    success(&json!({ "job": resource(state, &view) }), "")
}

/// The jobs of one destination, newest first unless `order=asc`.
fn list(state: &State, request: &Request, destination: &str) -> Answer {
    if !all_destinations(state).iter().any(|(id, _)| *id == destination) {
        return error(404, "destination not found");
    }
    let (offset, size) = match paging(request) {
        Ok(paging) => paging,
        Err(answer) => return answer,
    };
    let newest_first = request.param("order").as_deref() != Some("asc");
    let here = |view: &View| match view.slot {
        super::seeds::Slot::Bulk(_) => destination == PREQUEL_BULK,
        super::seeds::Slot::Seed(_) => view.id().split_once('/').is_some_and(|(of, _)| of == destination),
    };
    let (views, total) = state.world.page(Vendor::Prequel, offset, size, newest_first, here);
    let jobs: Vec<Value> = views.iter().map(|view| resource(state, view)).collect();
    page(request, &json!({ "jobs": jobs }), offset + views.len(), total)
}

fn destinations(state: &State, request: &Request) -> Answer {
    let (offset, size) = match paging(request) {
        Ok(paging) => paging,
        Err(answer) => return answer,
    };
    let all = all_destinations(state);
    let rows: Vec<Value> = all.iter().skip(offset).take(size).map(|row| destination(*row)).collect();
    let reached = offset + rows.len();
    page(request, &json!({ "destinations": rows }), reached, all.len())
}

fn destination((id, name): (&str, &str)) -> Value {
    json!({
        "id": id, "name": name, "vendor": "snowflake", "is_enabled": true,
        "created_at": "2025-01-15T09:00:00Z", "updated_at": "2025-01-15T09:00:00Z",
    })
}

/// The bulk destination is there when there are bulk jobs.
fn all_destinations(state: &State) -> Vec<(&'static str, &'static str)> {
    let bulk = state.world.bulk() > 0;
    DESTINATIONS.into_iter().chain(bulk.then_some((PREQUEL_BULK, "Bulk rehearsal"))).collect()
}

fn find(state: &State, destination: &str, job: &str) -> Option<View> {
    state.world.find(Vendor::Prequel, &format!("{destination}/{job}"))
}

/// A `DataIntegrityJobResource`: all fields of the schema, which calls them required.
fn resource(state: &State, view: &View) -> Value {
    let id = view.id();
    let (destination, job) = id.split_once('/').unwrap_or_default();
    let model = view.name();
    let mut resource = json!({
        "id": job,
        "org_schema": view.owner(),
        "submitted_at": state.world.stamp(view.created).to_string(),
        "destination_id": destination,
        "status": word(state.choices.prequel_words, view),
        "model_ids": [model],
        "model_sample_primary_ids": { model: [] },
        "data_integrity_results": [],
        "log_message": "",
    });
    for (name, at) in [("started_at", view.started), ("ended_at", view.ended)] {
        let value = match (at, state.choices.prequel_unset) {
            (Some(at), _) => Value::String(state.world.stamp(at).to_string()),
            (None, PrequelUnset::Zero) => ZERO.into(),
            (None, PrequelUnset::Null) => Value::Null,
            (None, PrequelUnset::Missing) => continue,
        };
        resource[name] = value;
    }
    resource
}

fn word(words: PrequelWords, view: &View) -> &'static str {
    match (words, view.state) {
        (PrequelWords::American, JobState::Cancelling) => "canceling",
        (PrequelWords::American, JobState::Cancelled) => "canceled",
        (PrequelWords::Unlisted, JobState::Cancelling) => "WINDING_DOWN",
        (PrequelWords::Unlisted, JobState::Cancelled) => "HALTED",
        (PrequelWords::Unlisted, JobState::Running) => "EXECUTING",
        _ => view.word,
    }
}

fn success(data: &Value, message: &str) -> Answer {
    Answer::json(200, &json!({ "status": "success", "data": data, "message": message }))
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "status": "error", "message": message, "data": null }))
}

/// `has_next` and `next_url` stand beside `data`; `next_url` is a full URL, there
/// only while there is more.
fn page(request: &Request, data: &Value, reached: usize, total: usize) -> Answer {
    let mut body = json!({ "status": "success", "data": data, "message": "", "has_next": reached < total });
    if reached < total {
        let kept = ["page_size", "order"].iter().filter_map(|name| Some(format!("&{name}={}", request.param(name)?)));
        let rest: String = kept.collect();
        let cursor = cursor(reached);
        body["next_url"] = format!("{}{}?cursor={cursor}{rest}", request.base(), request.path()).into();
    }
    Answer::json(200, &body)
}

/// Where the page begins, and how long it is.
fn paging(request: &Request) -> Result<(usize, usize), Answer> {
    let size = match request.param("page_size") {
        None => PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=MAX_PAGE).contains(size))
            .ok_or_else(|| error(400, "page_size must be between 1 and 100"))?,
    };
    let offset = match request.param("cursor") {
        None => 0,
        Some(text) => place(&text).ok_or_else(|| error(400, "invalid cursor"))?,
    };
    Ok((offset, size))
}

/// Opaque to a client, and with characters that have to be encoded in a URL.
fn cursor(reached: usize) -> String {
    format!("c2FuZGJveA%2B%2F{reached}%3D%3D")
}

fn place(cursor: &str) -> Option<usize> {
    cursor.strip_prefix("c2FuZGJveA+/")?.strip_suffix("==")?.parse().ok()
}
