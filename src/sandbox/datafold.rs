//! Datafold's data diffs, as its public documents describe them.
//!
//! Owns Datafold's paths, header and bodies. Sources: the cancel page
//! (`docs.datafold.com/api-reference/data-diffs/cancel-a-running-data-diff`) and the
//! mirrored API description (`api-evangelist/datafold`). Must not know the other vendors.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::choices::{DatafoldBlocked, DatafoldCancel, DatafoldCancelPath, DatafoldErrors, DatafoldPageSize};
use super::course::View;
use super::seeds::Vendor;
use super::state::State;
use super::wire::{Answer, Request};
use super::world::World;
use crate::job::JobState;

/// The key that the sandbox accepts, sent as `Authorization: Key …`.
pub(super) const KEY: &str = "sandbox-datafold-key";

/// The largest page; the documents name the default, 100, and no maximum.
const MAX_PAGE: usize = 100;

pub(super) fn answer(state: &mut State, request: &Request, segments: &[&str]) -> Answer {
    let key = request.header("authorization").and_then(|value| value.strip_prefix("Key "));
    if key != Some(KEY) {
        return problem(state, 401, "Unauthorized", "Not authenticated");
    }
    match (request.method(), segments) {
        (&Method::GET, ["api", "v1", "organization", "meta"]) => organization(),
        (&Method::GET, ["api", "v1", "datadiffs"]) => list(state, request),
        (&Method::GET, ["api", "v1", "datadiffs", id]) => read(state, id),
        (&Method::POST, ["api", "v1", "datadiffs", id, "cancel"])
            if state.choices.datafold_cancel_path == DatafoldCancelPath::Served =>
        {
            cancel(state, id)
        }
        (_, ["api", "v1", "datadiffs"] | ["api", "v1", "datadiffs", _] | ["api", "v1", "organization", "meta"]) => {
            Answer::detail(405, "Method Not Allowed")
        }
        _ => Answer::detail(404, "Not Found"),
    }
}

/// The credential check that the vendor's SDK makes.
fn organization() -> Answer {
    Answer::json(200, &json!({ "org_id": 7, "org_name": "Sandbox", "user_id": 11 }))
}

/// `POST /api/v1/datadiffs/{id}/cancel`: 200 with id and status, also when nothing
/// was left to stop.
fn cancel(state: &mut State, id: &str) -> Answer {
    let view = match find(state, id) {
        Ok(view) => view,
        Err(answer) => return answer,
    };
    state.world.received(&view);
    if view.forbidden {
        return problem(state, 403, "Forbidden", "Missing permission: cancel_datadiff");
    }
    let stays = view.state == JobState::Blocked && state.choices.datafold_blocked == DatafoldBlocked::Unchanged;
    if !stays {
        let delay = match state.choices.datafold_cancel {
            DatafoldCancel::AtOnce => Duration::ZERO,
            DatafoldCancel::Later => state.cancel_delay,
        };
        state.world.stop(&view, delay);
    }
    let view = state.world.view(Vendor::Datafold, view.slot);
    Answer::json(200, &json!({ "id": number(&view), "status": view.word }))
}

fn read(state: &mut State, id: &str) -> Answer {
    match find(state, id) {
        Ok(view) => {
            state.world.told(&view);
            Answer::json(200, &diff(&state.world, &view))
        }
        Err(answer) => answer,
    }
}

/// `GET /api/v1/datadiffs`: ascending ids unless asked otherwise, so that page 1
/// holds the oldest.
fn list(state: &State, request: &Request) -> Answer {
    let positive = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text.parse().ok().filter(|number| *number > 0).ok_or_else(|| not_an_integer(["query", name])),
    };
    let (page, size) = match (positive("page", 1), positive("page_size", MAX_PAGE)) {
        (Ok(page), Ok(size)) => (page, size),
        (Err(answer), _) | (_, Err(answer)) => return answer,
    };
    if size > MAX_PAGE && state.choices.datafold_page_size == DatafoldPageSize::Refused {
        return Answer::unprocessable(
            ["query", "page_size"],
            "Input should be less than or equal to 100",
            "less_than_equal",
        );
    }
    let size = size.min(MAX_PAGE);
    let newest_first = request.param("sort_order").as_deref() == Some("desc");
    let (views, count) =
        state.world.page(Vendor::Datafold, (page - 1).saturating_mul(size), size, newest_first, |_| true);
    let results: Vec<Value> = views.iter().map(|view| diff(&state.world, view)).collect();
    let pages = count.div_ceil(size);
    Answer::json(
        200,
        &json!({ "count": count, "page": page, "page_size": size, "total_pages": pages, "results": results }),
    )
}

/// A diff as `GET` gives it, in its most telling fields.
fn diff(world: &World, view: &View) -> Value {
    let source = if matches!(view.owner(), "ci" | "schedule") { view.owner() } else { "interactive" };
    json!({
        "id": number(view),
        "status": view.word,
        "done": view.word == "done",
        "kind": "in_db",
        "source": source,
        "created_at": world.stamp(view.created).to_string(),
        "finished_at": view.ended.map(|at| world.stamp(at).to_string()),
        "ci_run_id": (source == "ci").then_some(4711),
        "monitor_id": (source == "schedule").then_some(17),
        "table1": ["prod", "analytics", view.name()],
        "table2": ["staging", "analytics", view.name()],
        "diff_progress": { "completed_steps": 2, "total_steps": 5, "version": "1" },
    })
}

fn number(view: &View) -> Option<u64> {
    view.id().parse().ok()
}

fn find(state: &State, id: &str) -> Result<View, Answer> {
    let number: i64 = id.parse().map_err(|_| not_an_integer(["path", "datadiff_id"]))?;
    let view = state.world.find(Vendor::Datafold, &number.to_string());
    view.ok_or_else(|| problem(state, 404, "Not Found", "Data diff not found"))
}

fn not_an_integer(place: [&str; 2]) -> Answer {
    let message = "Input should be a valid integer, unable to parse string as an integer";
    Answer::unprocessable(place, message, "int_parsing")
}

/// 401, 403 and 404, in the shape that was chosen.
fn problem(state: &State, status: u16, title: &str, detail: &str) -> Answer {
    match state.choices.datafold_errors {
        DatafoldErrors::Detail => Answer::detail(status, detail),
        DatafoldErrors::Problem => {
            let body = json!({
                "type": "about:blank", "status": status, "title": title, "detail": detail,
                "instance": format!("urn:sandbox:{}", state.totals.requests),
            });
            Answer { content_type: "application/problem+json", ..Answer::json(status, &body) }
        }
    }
}
