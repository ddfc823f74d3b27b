//! Every row of the registry × every rule of outcomes.

mod accepted;
mod answered;
mod declined;
mod options;
mod repeated;

use std::future::Future;

use futures_util::future::join_all;
use serde_json::Value;

use crate::support::{ALL, Op, Stage, Vendor, jobctl};

/// Plays a rule with every vendor at once.
async fn each<F: Future<Output = ()>>(rule: impl Fn(&'static Vendor) -> F) {
    join_all(ALL.iter().map(rule)).await;
}

/// The rules below know every vendor that the program knows.
#[test]
fn every_row_of_the_registry_is_played() {
    let registry: Vec<_> = jobctl::providers::VENDORS.iter().map(|entry| entry.name).collect();
    let played: Vec<_> = ALL.iter().map(|vendor| vendor.name).collect();
    assert_eq!(registry, played);
    for (entry, vendor) in jobctl::providers::VENDORS.iter().zip(ALL) {
        assert_eq!(entry.capabilities.accepts_on_2xx, vendor.accepts, "{}", vendor.name);
        assert_eq!(entry.host_variable, vendor.host_variable);
    }
}

/// The words of the contract, and what a cancel that found a job so comes to.
const WORDS: &[(&str, &[&str])] = &[
    ("queued", &["waiting", "queued", "queueing", "pending", "scheduled"]),
    ("running", &["processing", "running", "in_progress"]),
    ("blocked", &["needs_confirmation", "needs_authentication"]),
    ("cancelling", &["cancelling", "canceling"]),
    ("cancelled", &["cancelled", "canceled", "stopped"]),
    ("succeeded", &["done", "success", "completed", "completed_due_to_inactivity"]),
    (
        "failed",
        &[
            "failed",
            "error",
            "errors_encountered",
            "timeout",
            "missed_schedule",
            "failed_to_run",
            "expired",
            "partial_failure",
        ],
    ),
    ("unknown", &["orphaned", "STOPPED!", "", "ok"]),
];

/// Every word with its state, in the letter case that tells most: as it stands,
/// upper, and mixed.
fn words() -> Vec<(String, &'static str)> {
    let mixed = |word: &str| {
        word.char_indices().map(|(at, c)| if at % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect::<String>()
    };
    WORDS
        .iter()
        .flat_map(|(state, words)| words.iter().map(move |word| (*word, *state)))
        .flat_map(|(word, state)| [(word.to_owned(), state), (word.to_uppercase(), state), (mixed(word), state)])
        .collect()
}

/// Which of many jobs a path is about; none where it is about all.
fn index_of(vendor: &Vendor, count: usize, path: &str) -> Option<usize> {
    (0..count).find(|n| {
        let id = vendor.nth(*n);
        path == vendor.read_path(&id) || (!vendor.is_veeva() && path == vendor.cancel_path(&id))
    })
}

/// Cancels `count` jobs in one call and returns their rows, in order.
async fn cancel_many(
    vendor: &'static Vendor,
    count: usize,
    answer: impl Fn(Op, Option<usize>) -> wiremock::ResponseTemplate + Send + Sync + 'static,
    args: &[&str],
) -> Vec<Value> {
    let stage = Stage::with(vendor, move |op, path, _| answer(op, index_of(vendor, count, path))).await;
    let ids: Vec<String> = (0..count).map(|n| vendor.nth(n)).collect();
    let call = jobctl(&["cancel", vendor.name, "-o", "json"]).args(args).args(&ids);
    let rows = stage.play(call).await.ran.rows();
    assert_eq!(rows.len(), count);
    for (row, id) in rows.iter().zip(&ids) {
        assert_eq!(row["id"], id.as_str(), "rows stand in input order");
    }
    rows
}

/// What a row says of its job, in short.
fn said(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().unwrap_or("-");
    format!("{} {}/{} {}", text("outcome"), text("state"), text("provider_state"), row["verified"])
}
