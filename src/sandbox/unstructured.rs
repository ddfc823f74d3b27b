//! Unstructured's workflow jobs (Platform API v1), as its public documents describe them.
//!
//! Owns Unstructured's paths, header and bodies. Sources: the cancel page
//! (`docs.unstructured.io/api-reference/jobs/cancel-job.md`), the platform's API description
//! (`api-evangelist/unstructured`) and the official Python client. Must not know the
//! other vendors.

use hyper::Method;
use serde_json::{Value, json};

use super::choices::{UnstructuredBody, UnstructuredEcho, UnstructuredEnded, UnstructuredFilter, UnstructuredOrder};
use super::course::View;
use super::seeds::Vendor;
use super::state::State;
use super::wire::{Answer, Request};
use super::world::World;

/// The key that the sandbox accepts, sent as `unstructured-api-key`.
pub(super) const KEY: &str = "sandbox-unstructured-key";

pub(super) fn answer(state: &mut State, request: &Request, segments: &[&str]) -> Answer {
    if request.header("unstructured-api-key") != Some(KEY) {
        return unauthorized(state, request);
    }
    match (request.method(), segments) {
        (&Method::GET, ["api", "v1", "jobs"]) if request.path().ends_with('/') => list(state, request),
        (_, ["api", "v1", "jobs"]) if !request.path().ends_with('/') => slash(request),
        (&Method::GET, ["api", "v1", "jobs", id]) => read(state, id),
        (&Method::POST, ["api", "v1", "jobs", id, "cancel"]) => cancel(state, id),
        (_, ["api", "v1", "jobs"] | ["api", "v1", "jobs", _] | ["api", "v1", "jobs", _, "cancel"]) => {
            Answer::detail(405, "Method Not Allowed")
        }
        _ => Answer::detail(404, "Not Found"),
    }
}

/// 401: the key is missing or wrong.
fn unauthorized(state: &State, request: &Request) -> Answer {
    let sent = request.header("unstructured-api-key").unwrap_or_default();
    match state.choices.unstructured_echo {
        UnstructuredEcho::Echoes if !sent.is_empty() => Answer::detail(401, &format!("API key {sent} is invalid")),
        _ => Answer::detail(401, "API key is missing or invalid, please provide it in the unstructured-api-key header"),
    }
}

/// The list's path ends in a slash; without it comes a redirect.
fn slash(request: &Request) -> Answer {
    let query = request.parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let there = format!("{}{}/{query}", request.base(), request.path());
    Answer::new(307, "", "").with("location", there)
}

/// `POST /api/v1/jobs/{id}/cancel`: the 200's body may be anything.
fn cancel(state: &mut State, id: &str) -> Answer {
    let view = match find(state, id) {
        Ok(view) => view,
        Err(answer) => return answer,
    };
    state.world.received(&view);
    if !view.is_live() {
        match state.choices.unstructured_ended {
            UnstructuredEnded::Accepted => {}
            UnstructuredEnded::BadRequest => return Answer::detail(400, "Job cannot be cancelled"),
            UnstructuredEnded::Conflict => return Answer::detail(409, "Job is not running"),
        }
    }
    let delay = state.cancel_delay;
    state.world.stop(&view, delay);
    match state.choices.unstructured_body {
        UnstructuredBody::Null => Answer::json(200, &Value::Null),
        UnstructuredBody::Empty => Answer::new(200, "", ""),
        UnstructuredBody::Text => Answer::json(200, &"Job cancelled"),
        UnstructuredBody::Object => {
            Answer::json(200, &json!({ "id": id, "status": "cancelled", "message": "Job cancelled" }))
        }
    }
}

fn read(state: &mut State, id: &str) -> Answer {
    match find(state, id) {
        Ok(view) => {
            state.world.told(&view);
            Answer::json(200, &information(&state.world, &view))
        }
        Err(answer) => answer,
    }
}

/// `GET /api/v1/jobs/`: everything in one bare array, no paging.
fn list(state: &State, request: &Request) -> Answer {
    let workflow = request.param("workflow_id");
    let filter = state.choices.unstructured_filter;
    let status = request.param("status").filter(|_| filter != UnstructuredFilter::Ignored);
    let wanted = |view: &View| {
        let status = status.as_ref().is_none_or(|status| match filter {
            UnstructuredFilter::AnyCase => status.eq_ignore_ascii_case(view.word),
            _ => status == view.word,
        });
        status && workflow.as_ref().is_none_or(|id| *id == workflow_id(view.name()))
    };
    let newest_first = state.choices.unstructured_order == UnstructuredOrder::Newest;
    let mut body = vec![b'['];
    for view in state.world.each(Vendor::Unstructured, newest_first).filter(wanted) {
        if body.len() > 1 {
            body.push(b',');
        }
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut body, &information(&state.world, &view));
    }
    body.push(b']');
    Answer::new(200, "application/json", body)
}

/// A `JobInformation`.
fn information(world: &World, view: &View) -> Value {
    let runtime = view.started.map(|from| format!("PT{}S", (view.ended.unwrap_or(world.present()) - from) / 1000));
    json!({
        "id": view.id(),
        "workflow_id": workflow_id(view.name()),
        "workflow_name": view.name(),
        "status": view.word,
        "created_at": world.stamp(view.created).to_string(),
        "runtime": runtime,
        "job_type": "persistent",
    })
}

/// A workflow's id, made from its name.
fn workflow_id(name: &str) -> String {
    let sum = name.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
    format!("7a000000-0000-4000-8000-{:012x}", sum & 0xffff_ffff_ffff)
}

fn find(state: &State, id: &str) -> Result<View, Answer> {
    let Ok(id) = uuid::Uuid::parse_str(id) else {
        return Err(Answer::unprocessable(["path", "job_id"], "Input should be a valid UUID", "uuid_parsing"));
    };
    let view = state.world.find(Vendor::Unstructured, &id.hyphenated().to_string());
    view.ok_or_else(|| Answer::detail(404, "Job not found"))
}
