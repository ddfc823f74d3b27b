//! Prequel's wire facts.

use serde_json::json;

use super::*;

const KEY: &str = "x-api-key: sk_staging_sandbox\r\nx-prequel-api-version: 2023-12-01";
const ZERO: &str = "0001-01-01T00:00:00Z";

async fn post(sandbox: &Sandbox, job: &str) -> Got {
    let (destination, job) = job.split_once('/').unwrap();
    send(sandbox, &format!("POST /destinations/{destination}/data-integrity/{job}/cancel"), KEY, "").await
}

async fn get(sandbox: &Sandbox, path: &str) -> Got {
    send(sandbox, &format!("GET {path}"), KEY, "").await
}

#[tokio::test]
async fn a_cancel_is_a_request_in_an_envelope() {
    let sandbox = with("").await;
    let got = post(&sandbox, "warehouse-eu/nightly-0142").await;
    let body = got.json();
    assert_eq!((got.status, &body["status"]), (200, &json!("success")));
    let job = &body["data"]["job"];
    assert_eq!((&job["id"], &job["destination_id"]), (&json!("nightly-0142"), &json!("warehouse-eu")));
    assert_eq!((&job["status"], &job["ended_at"]), (&json!("CANCELLING"), &json!(ZERO)));
    let fields = "id org_schema submitted_at started_at ended_at destination_id status model_ids \
                  model_sample_primary_ids data_integrity_results log_message";
    for field in fields.split_whitespace() {
        assert!(!job[field].is_null(), "{field}");
    }
    assert_eq!(sandbox.job("prequel", "warehouse-us/nightly-0142").unwrap().applied, 0);
}

#[tokio::test]
async fn a_cancelled_job_is_read_as_cancelled_with_an_end() {
    let sandbox = quick().await;
    post(&sandbox, "warehouse-eu/nightly-0142").await;
    let body = get(&sandbox, "/destinations/warehouse-eu/data-integrity/nightly-0142").await.json();
    assert_eq!(body["data"]["job"]["status"], "CANCELLED");
    assert_ne!(body["data"]["job"]["ended_at"], ZERO);
}

#[tokio::test]
async fn an_ended_job_answers_as_chosen() {
    let got = post(&with("").await, "warehouse-eu/nightly-0141").await;
    assert_eq!((got.status, &got.json()["data"]["job"]["status"]), (200, &json!("SUCCESS")));
    let got = post(&with("prequel-ended=400").await, "warehouse-eu/nightly-0141").await;
    assert_eq!((got.status, &got.json()["status"]), (400, &json!("error")));
}

#[tokio::test]
async fn unset_times_and_words_are_as_chosen() {
    let path = "/destinations/warehouse-eu/data-integrity/nightly-0143";
    let job = |body: Value| body["data"]["job"].clone();
    assert_eq!(job(get(&with("").await, path).await.json())["started_at"], ZERO);
    let null = job(get(&with("prequel-unset=null").await, path).await.json());
    assert!(null.as_object().unwrap().contains_key("ended_at") && null["ended_at"].is_null());
    let missing = job(get(&with("prequel-unset=missing").await, path).await.json());
    assert!(!missing.as_object().unwrap().contains_key("ended_at"));
    let unlisted = with("prequel-words=unlisted").await;
    let body = post(&unlisted, "warehouse-eu/nightly-0142").await.json();
    assert_eq!(body["data"]["job"]["status"], "WINDING_DOWN");
}

#[tokio::test]
async fn errors_come_in_the_envelope() {
    let sandbox = with("prequel-version=required").await;
    assert_eq!(send(&sandbox, "GET /", "x-api-key: sk_prod_other", "").await.status, 401);
    assert_eq!(send(&sandbox, "GET /", "x-api-key: sk_staging_sandbox", "").await.status, 400);
    assert_eq!(get(&sandbox, "/").await.status, 200);
    for path in ["/destinations/warehouse-eu/data-integrity/none", "/destinations/none/data-integrity"] {
        let got = get(&sandbox, path).await;
        assert_eq!((got.status, &got.json()["status"]), (404, &json!("error")));
    }
}

#[tokio::test]
async fn lists_are_paged_with_a_full_url_and_a_cursor() {
    let sandbox = start(Options { bulk: 25, ..Options::default() }).await;
    let mut path = "/destinations/bulk/data-integrity".to_owned();
    let mut ids = Vec::new();
    loop {
        let body = get(&sandbox, &path).await.json();
        let jobs = body["data"]["jobs"].as_array().unwrap().clone();
        assert!(jobs.len() <= 10);
        ids.extend(jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()));
        if body["has_next"] == false {
            assert!(!body.as_object().unwrap().contains_key("next_url"));
            break;
        }
        path = body["next_url"].as_str().unwrap().strip_prefix("http://sandbox").unwrap().to_owned();
    }
    assert_eq!((ids.len(), ids[0].as_str(), ids[24].as_str()), (25, "24", "0"));
    let destinations = get(&sandbox, "/destinations?page_size=2").await.json();
    assert_eq!(
        (destinations["data"]["destinations"].as_array().unwrap().len(), &destinations["has_next"]),
        (2, &json!(true))
    );
    assert_eq!(get(&sandbox, "/destinations?page_size=101").await.status, 400);
    assert_eq!(get(&sandbox, "/destinations?cursor=forged").await.status, 400);
}
