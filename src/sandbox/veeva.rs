//! Veeva Vault's job services, as its public documents describe them.
//!
//! Owns Vault's paths, versions and envelope: HTTP 200 always, with the truth in
//! `responseStatus` and an error's `type`. Sources: `general.veevavault.dev/vault-api/
//! api-reference/26.1/jobs/cancel-job` and the pages beside it, `…/errors`, and the
//! vendor's Java library. Sign-in, sessions and limits are in `session`, job lists in
//! `lists`. Must not know the other vendors.

mod lists;
mod session;

use hyper::Method;
use serde_json::{Value, json};

use super::choices::{Choices, VeevaEligible, VeevaItemErrors, VeevaOldVersion, VeevaOver500};
use super::course::View;
use super::seeds::Vendor;
use super::state::State;
use super::wire::{Answer, Request};
use super::world::World;

pub(super) use session::{ACCESS_TOKEN, PASSWORD, SESSION, USERNAME, Vault};

/// Most jobs in one cancel call (`…/26.1/jobs/cancel-job`).
const MAX_JOBS: usize = 500;

/// The versions that this Vault serves; the vendor serves its whole history.
const VERSIONS: [(u16, u16); 10] =
    [(23, 1), (23, 3), (24, 1), (24, 2), (24, 3), (25, 1), (25, 2), (25, 3), (26, 1), (26, 2)];

/// The first version with a cancel page.
const CANCEL_SINCE: (u16, u16) = (25, 3);

pub(super) fn answer(state: &mut State, request: &Request, segments: &[&str]) -> Answer {
    let seen = state.world.elapsed();
    let body = if request.path().starts_with("//") {
        failure("MALFORMED_URL", "The specified resource cannot be found")
    } else {
        served(state, request, segments)
    };
    state.vault.dress(Answer::json(200, &body), request, seen)
}

fn served(state: &mut State, request: &Request, segments: &[&str]) -> Value {
    let Some((version, path)) = segments.get(1).map(|version| (*version, &segments[2..])) else {
        return match session::check(state, request) {
            Ok(()) => versions(request),
            Err(invalid) => invalid,
        };
    };
    let Some(numbers) = parse_version(version) else {
        return failure("MALFORMED_URL", "The specified resource cannot be found");
    };
    // Measured by others: a version that is not served looks like a bad session.
    if !VERSIONS.contains(&numbers) {
        return session::invalid(&state.choices);
    }
    if let (&Method::POST, ["auth"]) = (request.method(), path) {
        return session::sign_in(state, request);
    }
    if let Err(invalid) = session::check(state, request) {
        return invalid;
    }
    match (request.method(), path) {
        (&Method::POST, ["services", "jobs", "actions", "cancel"]) => cancel(state, request, numbers),
        (&Method::GET, ["services", "jobs", "monitors"]) => lists::monitors(state, request),
        (&Method::GET, ["services", "jobs", "histories"]) => lists::histories(&state.world, request),
        (&Method::GET, ["services", "jobs", id]) => status(state, id, version),
        (&Method::POST, ["keep-alive"]) => json!({ "responseStatus": "SUCCESS" }),
        (&Method::DELETE, ["session"]) => session::end(state, request),
        (&Method::GET, ["objects", "users", "me"]) => session::me(),
        (_, ["services", "jobs", ..] | ["keep-alive" | "session" | "auth"]) => {
            failure("METHOD_NOT_SUPPORTED", "The method is not supported for this resource")
        }
        _ => failure("MALFORMED_URL", "The specified resource cannot be found"),
    }
}

/// `v25.3`, as two numbers: as text or as a decimal they sort wrongly.
fn parse_version(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// `GET /api/`: the versions and where each is.
fn versions(request: &Request) -> Value {
    let base = request.base();
    let values: serde_json::Map<String, Value> = VERSIONS
        .iter()
        .map(|(major, minor)| (format!("v{major}.{minor}"), format!("{base}/api/v{major}.{minor}").into()))
        .collect();
    json!({ "responseStatus": "SUCCESS", "responseMessage": "Success", "values": values })
}

/// A failure of the whole call.
fn failure(kind: &str, message: &str) -> Value {
    json!({ "responseStatus": "FAILURE", "errors": [{ "type": kind, "message": message }] })
}

/// A session that is no longer valid, for the fault of that name.
pub(super) fn expired() -> Answer {
    Answer::json(200, &session::invalid(&Choices::default()))
}

/// The server's own failure, for the fault of that name (`…/errors`).
pub(super) fn exception() -> Answer {
    let error = json!({ "type": "UNEXPECTED_ERROR", "message": "An unexpected error has occurred" });
    Answer::json(200, &json!({ "responseStatus": "EXCEPTION", "errors": [error] }))
}

/// `POST …/services/jobs/actions/cancel`: an item per requested job, in their order.
fn cancel(state: &mut State, request: &Request, version: (u16, u16)) -> Value {
    if version < CANCEL_SINCE {
        return match state.choices.veeva_old_version {
            VeevaOldVersion::NotSupported => {
                failure("METHOD_NOT_SUPPORTED", "The method is not supported in this version")
            }
            VeevaOldVersion::Session => session::invalid(&state.choices),
        };
    }
    let Some(mut ids) = requested(request) else {
        return failure("INVALID_DATA", "The request body cannot be read");
    };
    if ids.is_empty() {
        return failure("PARAMETER_REQUIRED", "Missing required parameter [job_id]");
    }
    if ids.len() > MAX_JOBS {
        match state.choices.veeva_over_500 {
            VeevaOver500::Refused => return failure("INVALID_DATA", "More than 500 jobs in one request"),
            VeevaOver500::Cut => ids.truncate(MAX_JOBS),
        }
    }
    let items: Vec<Value> = ids.into_iter().map(|id| cancel_one(state, id)).collect();
    json!({ "responseStatus": "SUCCESS", "data": items })
}

/// The jobs that the body names; one that is no integer stays as a hole.
fn requested(request: &Request) -> Option<Vec<Option<u64>>> {
    if request.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")) {
        let mut lines = std::str::from_utf8(&request.body).ok()?.lines().map(str::trim);
        (lines.next()? == "job_id").then_some(())?;
        return Some(lines.filter(|line| !line.is_empty()).map(|line| line.parse().ok()).collect());
    }
    let items: Vec<Value> = serde_json::from_slice(&request.body).ok()?;
    Some(items.iter().map(|item| item.get("job_id")?.as_u64()).collect())
}

fn cancel_one(state: &mut State, id: Option<u64>) -> Value {
    let Some(id) = id else {
        return item_failure(state, "INVALID_DATA", "Job id is not a number");
    };
    let not_eligible = format!("Job [{id}] is not found in QUEUED or QUEUEING state");
    let Some(view) = state.world.find(Vendor::Veeva, &id.to_string()) else {
        return item_failure(state, "INVALID_DATA", &not_eligible);
    };
    state.world.received(&view);
    if view.forbidden {
        let message = "User does not have sufficient privileges to perform the action";
        return item_failure(state, "INSUFFICIENT_ACCESS", message);
    }
    let eligible = match view.word {
        "SCHEDULED" | "QUEUED" | "QUEUEING" => true,
        "RUNNING" => state.choices.veeva_eligible == VeevaEligible::Running,
        _ => false,
    };
    if !eligible {
        return item_failure(state, "INVALID_DATA", &not_eligible);
    }
    let delay = state.cancel_delay;
    state.world.stop(&view, delay);
    json!({ "responseStatus": "SUCCESS", "data": { "id": id } })
}

fn item_failure(state: &State, kind: &str, message: &str) -> Value {
    let error = json!({ "type": kind, "message": message });
    let errors = match state.choices.veeva_item_errors {
        VeevaItemErrors::Object => error,
        VeevaItemErrors::Array => json!([error]),
    };
    json!({ "responseStatus": "FAILURE", "errors": errors })
}

/// `GET …/services/jobs/{id}`: one answer per job in ten seconds.
fn status(state: &mut State, id: &str, version: &str) -> Value {
    let Some(view) = state.world.find(Vendor::Veeva, id) else {
        return failure("INVALID_DATA", &format!("The job [{id}] does not exist"));
    };
    if state.world.since_told(&view).is_some_and(|since| since < state.vault.status_every) {
        state.totals.limited += 1;
        return failure("API_LIMIT_EXCEEDED", "Job status can be requested once every 10 seconds for each job");
    }
    state.world.told(&view);
    let mut data = shown(&state.world, &view);
    data["id"] = number(&view).into();
    data["method"] = "POST".into();
    let href = format!("/api/{version}/services/jobs/{id}");
    data["links"] = json!([{ "rel": "self", "href": href, "method": "GET", "accept": "application/json" }]);
    data["run_end_date"] = view.ended.map(|at| date(&state.world, at)).into();
    json!({ "responseStatus": "SUCCESS", "data": data })
}

/// What the status answer and the lists have in common.
fn shown(world: &World, view: &View) -> Value {
    json!({
        "status": view.word,
        "created_by": if view.owner() == "System" { 1 } else { session::USER_ID },
        "created_date": date(world, view.created),
        "run_start_date": view.started.map(|at| date(world, at)),
    })
}

fn date(world: &World, at: i64) -> String {
    format!("{:.3}", world.stamp(at))
}

fn number(view: &View) -> u64 {
    view.id().parse().unwrap_or_default()
}
