//! Vault's lists of jobs: those that are not finished, and those that are.
//!
//! Owns `monitors` and `histories` with their filters and paging. Source:
//! `general.veevavault.dev/vault-api/api-reference/26.2/jobs/…`. Must not know
//! sessions or cancelling.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{date, failure, number, shown};
use crate::job::JobState;
use crate::sandbox::choices::VeevaMonitors;
use crate::sandbox::course::View;
use crate::sandbox::seeds::Vendor;
use crate::sandbox::state::State;
use crate::sandbox::wire::Request;
use crate::sandbox::world::World;

const LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// `GET …/services/jobs/monitors`: scheduled, queued and running jobs.
pub(super) fn monitors(state: &State, request: &Request) -> Value {
    let with_cancelling = state.choices.veeva_monitors == VeevaMonitors::Cancelling;
    list(&state.world, request, &["scheduled", "queued", "running"], |view| {
        view.is_live() && (with_cancelling || view.state != JobState::Cancelling)
    })
}

/// `GET …/services/jobs/histories`: ended jobs.
pub(super) fn histories(world: &World, request: &Request) -> Value {
    let words = [
        "success",
        "errors_encountered",
        "failed_to_run",
        "missed_schedule",
        "timeout",
        "completed_due_to_inactivity",
        "cancelled",
    ];
    list(world, request, &words, |view| !view.is_live())
}

fn list(world: &World, request: &Request, words: &[&str], belongs: impl Fn(&View) -> bool) -> Value {
    let status = request.param("status").map(|status| status.to_lowercase());
    if status.as_ref().is_some_and(|status| !words.contains(&status.as_str())) {
        return failure("INVALID_DATA", "Invalid value for parameter [status]");
    }
    let number = |name: &str| request.param(name).map(|text| text.parse::<usize>()).transpose();
    let instant = |name: &str| request.param(name).map(|text| text.parse::<Timestamp>()).transpose();
    let (Ok(limit), Ok(offset)) = (number("limit"), number("offset")) else {
        return failure("INVALID_DATA", "Invalid value for parameter [limit] or [offset]");
    };
    let (Ok(from), Ok(until)) = (instant("start_date"), instant("end_date")) else {
        return failure("INVALID_DATA", "Invalid value for parameter [start_date] or [end_date]");
    };
    let (limit, offset) = (limit.unwrap_or(LIMIT).clamp(1, MAX_LIMIT), offset.unwrap_or(0));
    let wanted = |view: &View| {
        let created = world.stamp(view.created);
        belongs(view)
            && status.as_ref().is_none_or(|status| status.eq_ignore_ascii_case(view.word))
            && from.is_none_or(|from| created >= from)
            && until.is_none_or(|until| created <= until)
    };
    let (views, total) = world.page(Vendor::Veeva, offset, limit, false, wanted);
    let jobs: Vec<Value> = views.iter().map(|view| row(world, view)).collect();
    let details = details(request, total, limit, offset);
    json!({ "responseStatus": "SUCCESS", "responseDetails": details, "jobs": jobs })
}

/// The counts, and the neighbouring pages as paths on the same host.
fn details(request: &Request, total: usize, limit: usize, offset: usize) -> Value {
    let mut details = json!({ "total": total, "limit": limit, "offset": offset });
    let kept = ["status", "start_date", "end_date"];
    let kept: String = kept.iter().filter_map(|name| Some(format!("&{name}={}", request.param(name)?))).collect();
    let page = |offset: usize| format!("{}?limit={limit}&offset={offset}{kept}", request.path());
    if offset.saturating_add(limit) < total {
        details["next_page"] = page(offset + limit).into();
    }
    if offset > 0 {
        details["previous_page"] = page(offset.saturating_sub(limit)).into();
    }
    details
}

fn row(world: &World, view: &View) -> Value {
    let mut row = shown(world, view);
    row["job_id"] = number(view).into();
    row["title"] = view.name().into();
    row["modified_by"] = row["created_by"].clone();
    row["modified_date"] = date(world, view.ended.or(view.started).unwrap_or(view.created)).into();
    if let Some(ended) = view.ended {
        row["run_end_date"] = date(world, ended).into();
    }
    row
}
