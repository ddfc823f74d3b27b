//! Unstructured's wire facts.

use serde_json::json;

use super::*;

const KEY: &str = "unstructured-api-key: sandbox-unstructured-key";
const LIVE: &str = "9f6c2d1e-58b3-4c0e-8a77-0d4e2b9c1a10";
const DONE: &str = "3b1e0c5a-7f0d-4a55-9d0e-1c2f6b7a8d01";

async fn cancel(sandbox: &Sandbox, id: &str) -> Got {
    send(sandbox, &format!("POST /api/v1/jobs/{id}/cancel"), KEY, "").await
}

async fn get(sandbox: &Sandbox, rest: &str) -> Got {
    send(sandbox, &format!("GET /api/v1/jobs{rest}"), KEY, "").await
}

#[tokio::test]
async fn a_cancelled_job_is_stopped() {
    let sandbox = quick().await;
    let got = cancel(&sandbox, LIVE).await;
    assert_eq!((got.status, got.json()), (200, Value::Null));
    let job = get(&sandbox, &format!("/{LIVE}")).await.json();
    assert_eq!(
        (&job["id"], &job["status"], &job["workflow_name"]),
        (&json!(LIVE), &json!("STOPPED"), &json!("contracts-intake"))
    );
}

#[tokio::test]
async fn a_job_that_is_being_cancelled_has_no_word_for_it() {
    let sandbox = with("").await;
    cancel(&sandbox, LIVE).await;
    assert_eq!(get(&sandbox, &format!("/{LIVE}")).await.json()["status"], "IN_PROGRESS");
    assert_eq!(sandbox.job("unstructured", LIVE).unwrap().applied, 1);
}

#[tokio::test]
async fn the_body_of_an_acceptance_means_little() {
    assert!(cancel(&with("unstructured-body=empty").await, LIVE).await.body.is_empty());
    assert_eq!(cancel(&with("unstructured-body=object").await, LIVE).await.json()["status"], "cancelled");
    assert!(cancel(&with("unstructured-body=text").await, LIVE).await.json().is_string());
}

#[tokio::test]
async fn an_ended_job_answers_as_chosen() {
    for (choice, status) in [("", 200), ("unstructured-ended=400", 400), ("unstructured-ended=409", 409)] {
        let sandbox = with(choice).await;
        assert_eq!(cancel(&sandbox, DONE).await.status, status);
        assert_eq!(sandbox.job("unstructured", DONE).unwrap().state, "COMPLETED");
    }
}

#[tokio::test]
async fn the_list_is_a_bare_array_behind_a_slash() {
    let sandbox = with("").await;
    let got = get(&sandbox, "?status=STOPPED").await;
    assert_eq!((got.status, got.header("location")), (307, Some("http://sandbox/api/v1/jobs/?status=STOPPED")));
    assert_eq!(get(&sandbox, "/").await.json().as_array().unwrap().len(), 7);
    let stopped = get(&sandbox, "/?status=STOPPED").await.json();
    assert_eq!((stopped.as_array().unwrap().len(), &stopped[0]["status"]), (1, &json!("STOPPED")));
    assert_eq!(get(&sandbox, "/?status=stopped").await.json(), json!([]));
    let oldest = get(&with("unstructured-order=oldest").await, "/").await.json();
    assert_eq!(oldest[0]["id"], DONE);
    let any = with("unstructured-filter=any-case").await;
    assert_eq!(get(&any, "/?status=stopped").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn errors_are_told_apart() {
    let sandbox = with("unstructured-echo=echoes").await;
    let unknown = cancel(&sandbox, "00000000-0000-4000-8000-000000000001").await;
    assert_eq!((unknown.status, unknown.json()), (404, json!({ "detail": "Job not found" })));
    assert_eq!(cancel(&sandbox, "7").await.status, 422);
    let wrong = send(&sandbox, "GET /api/v1/jobs/", "unstructured-api-key: s3cret", "").await;
    assert_eq!((wrong.status, wrong.json()), (401, json!({ "detail": "API key s3cret is invalid" })));
    assert_eq!(
        send(&sandbox, "GET /api/v1/jobs/", "authorization: Bearer sandbox-unstructured-key", "").await.status,
        401
    );
    assert_eq!(get(&sandbox, "/x/y/z").await.json(), json!({ "detail": "Not Found" }));
}
