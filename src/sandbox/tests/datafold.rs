//! Datafold's wire facts.

use serde_json::json;

use super::*;

const KEY: &str = "authorization: Key sandbox-datafold-key";

async fn cancel(sandbox: &Sandbox, id: &str) -> Got {
    send(sandbox, &format!("POST /api/v1/datadiffs/{id}/cancel"), KEY, "").await
}

#[tokio::test]
async fn a_cancel_answers_with_id_and_status_at_once() {
    let sandbox = with("").await;
    let got = cancel(&sandbox, "123").await;
    assert_eq!((got.status, got.json()), (200, json!({ "id": 123, "status": "cancelled" })));
    assert_eq!(got.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_ended_diff_answers_200_with_its_status_and_nothing_changes() {
    let sandbox = with("").await;
    for (id, word) in [("101", "done"), ("102", "failed"), ("103", "cancelled")] {
        let got = cancel(&sandbox, id).await;
        assert_eq!((got.status, got.json()["status"].as_str()), (200, Some(word)));
        assert_eq!(sandbox.job("datafold", id).unwrap().applied, 0);
    }
}

#[tokio::test]
async fn errors_are_told_apart() {
    let sandbox = with("").await;
    let unknown = cancel(&sandbox, "999").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, Some("application/problem+json")));
    assert_eq!(cancel(&sandbox, "109").await.status, 403);
    let word = cancel(&sandbox, "abc").await;
    assert_eq!((word.status, &word.json()["detail"][0]["type"]), (422, &json!("int_parsing")));
    for header in ["x: y", "authorization: Bearer sandbox-datafold-key", "authorization: sandbox-datafold-key"] {
        assert_eq!(send(&sandbox, "GET /api/v1/organization/meta", header, "").await.status, 401, "{header}");
    }
    let detail = with("datafold-errors=detail,datafold-cancel-path=missing").await;
    let got = send(&detail, "GET /api/v1/datadiffs/999", KEY, "").await;
    assert_eq!(got.json(), json!({ "detail": "Data diff not found" }));
    assert_eq!(cancel(&detail, "123").await.json(), json!({ "detail": "Not Found" }));
}

#[tokio::test]
async fn choices_change_when_and_what_is_cancelled() {
    let sandbox = with("datafold-cancel=later,datafold-blocked=unchanged").await;
    assert_eq!(cancel(&sandbox, "123").await.json()["status"], "processing");
    assert_eq!(sandbox.job("datafold", "123").unwrap().applied, 1);
    assert_eq!(cancel(&sandbox, "106").await.json()["status"], "needs_confirmation");
    assert_eq!(cancel(&with("").await, "106").await.json()["status"], "cancelled");
}

#[tokio::test]
async fn one_diff_is_read_and_counted() {
    let sandbox = with("").await;
    let got = send(&sandbox, "GET /api/v1/datadiffs/101", KEY, "").await.json();
    assert_eq!((&got["id"], &got["status"], &got["done"]), (&json!(101), &json!("done"), &json!(true)));
    assert!(got["finished_at"].is_string());
    assert_eq!(sandbox.job("datafold", "101").unwrap().reads, 1);
    let meta = send(&sandbox, "GET /api/v1/organization/meta", KEY, "").await.json();
    assert!(meta["org_name"].is_string());
}

#[tokio::test]
async fn the_list_is_ascending_unless_asked_otherwise() {
    let sandbox = start(Options { bulk: 1000, ..Options::default() }).await;
    let list = |query: &'static str| {
        let sandbox = &sandbox;
        async move { send(sandbox, &format!("GET /api/v1/datadiffs{query}"), KEY, "").await }
    };
    let first = list("").await.json();
    assert_eq!((&first["results"][0]["id"], &first["page_size"]), (&json!(101), &json!(100)));
    assert_eq!((&first["count"], &first["total_pages"]), (&json!(1011), &json!(11)));
    let newest = list("?sort_order=desc&page_size=5&page=2").await.json();
    assert_eq!((&newest["results"][0]["id"], &newest["page"]), (&json!(1_000_994), &json!(2)));
    assert_eq!(list("?page_size=1000").await.json()["page_size"], 100);
    assert_eq!(list("?page=x").await.status, 422);
    assert!(list("?page=99").await.json()["results"].as_array().unwrap().is_empty());
}
