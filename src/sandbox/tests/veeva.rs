//! Veeva's wire facts.

use serde_json::json;

use super::*;

const SESSION: &str = "authorization: SANDBOX0SESSION0000000000000000000000000000000000000000000000001";

async fn cancel(sandbox: &Sandbox, version: &str, body: &Value) -> Got {
    let line = format!("POST /api/{version}/services/jobs/actions/cancel");
    send(sandbox, &line, &format!("{SESSION}\r\ncontent-type: application/json"), &body.to_string()).await
}

async fn get(sandbox: &Sandbox, path: &str) -> Got {
    send(sandbox, &format!("GET /api/v25.3{path}"), SESSION, "").await
}

/// The type of a failure of the whole call.
fn kind(got: &Got) -> String {
    assert_eq!(got.status, 200);
    let body = got.json();
    assert_eq!(body["responseStatus"], "FAILURE");
    body["errors"][0]["type"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_cancel_answers_item_by_item_in_the_order_of_the_request() {
    let sandbox = with("").await;
    let ids = [1_043_341, 1_046_892, 1_040_217, 1_046_893, 7, 1_041_777, 1_046_892];
    let jobs: Vec<Value> = ids.iter().map(|id| json!({ "job_id": id })).collect();
    let got = cancel(&sandbox, "v25.3", &json!(jobs)).await;
    let body = got.json();
    assert_eq!((got.status, &body["responseStatus"]), (200, &json!("SUCCESS")));
    let words: Vec<&str> =
        body["data"].as_array().unwrap().iter().map(|item| item["responseStatus"].as_str().unwrap()).collect();
    assert_eq!(words, ["FAILURE", "SUCCESS", "FAILURE", "SUCCESS", "FAILURE", "FAILURE", "FAILURE"]);
    assert_eq!(body["data"][1]["data"], json!({ "id": 1_046_892 }));
    assert_eq!(body["data"][0]["errors"]["type"], "INVALID_DATA");
    assert_eq!(body["data"][5]["errors"]["type"], "INSUFFICIENT_ACCESS");
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().state, "CANCELLING");
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().applied, 1);
}

#[tokio::test]
async fn choices_change_items_and_limits() {
    let job = json!([{ "job_id": 1_043_341 }]);
    let array = cancel(&with("veeva-item-errors=array").await, "v25.3", &job).await.json();
    assert_eq!(array["data"][0]["errors"][0]["type"], "INVALID_DATA");
    let running = cancel(&with("veeva-eligible=running").await, "v25.3", &job).await.json();
    assert_eq!(running["data"][0]["responseStatus"], "SUCCESS");
    let many: Vec<Value> = (0..501).map(|n| json!({ "job_id": n })).collect();
    assert_eq!(kind(&cancel(&with("").await, "v25.3", &json!(many)).await), "INVALID_DATA");
    let cut = cancel(&with("veeva-over-500=cut").await, "v25.3", &json!(many)).await.json();
    assert_eq!(cut["data"].as_array().unwrap().len(), 500);
    assert_eq!(kind(&cancel(&with("").await, "v25.3", &json!([])).await), "PARAMETER_REQUIRED");
    let text = cancel(&with("").await, "v25.3", &json!([{ "job_id": "1046892" }])).await.json();
    assert_eq!(text["data"][0]["responseStatus"], "FAILURE");
}

#[tokio::test]
async fn csv_is_taken_as_well() {
    let sandbox = with("").await;
    let headers = format!("{SESSION}\r\ncontent-type: text/csv");
    let got = send(&sandbox, "POST /api/v26.1/services/jobs/actions/cancel", &headers, "job_id\n1046892\n").await;
    assert_eq!(got.json()["data"][0]["data"]["id"], 1_046_892);
}

#[tokio::test]
async fn versions_matter() {
    let sandbox = with("").await;
    let job = json!([{ "job_id": 1_046_892 }]);
    assert_eq!(kind(&cancel(&sandbox, "v25.2", &job).await), "METHOD_NOT_SUPPORTED");
    assert_eq!(kind(&cancel(&sandbox, "v99.1", &job).await), "INVALID_SESSION_ID");
    let old = with("veeva-old-version=invalid-session,veeva-session=top").await;
    assert_eq!(cancel(&old, "v25.2", &job).await.json()["errorType"], "INVALID_SESSION_ID");
    assert_eq!(kind(&send(&sandbox, "GET //api/v25.3/objects/users/me", SESSION, "").await), "MALFORMED_URL");
    let versions = send(&sandbox, "GET /api/", SESSION, "").await.json();
    assert_eq!(versions["values"]["v25.3"], "http://sandbox/api/v25.3");
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().applied, 0);
}

#[tokio::test]
async fn a_status_is_told_once_in_ten_seconds_and_job() {
    let sandbox = with("").await;
    let first = get(&sandbox, "/services/jobs/1046892").await.json();
    assert_eq!((&first["data"]["id"], &first["data"]["status"]), (&json!(1_046_892), &json!("SCHEDULED")));
    assert_eq!(kind(&get(&sandbox, "/services/jobs/1046892").await), "API_LIMIT_EXCEEDED");
    assert_eq!(get(&sandbox, "/services/jobs/1043341").await.json()["data"]["status"], "RUNNING");
    assert_eq!(kind(&get(&sandbox, "/services/jobs/5").await), "INVALID_DATA");
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().reads, 1);
    let free = start(Options { veeva_status_every: Duration::ZERO, ..Options::default() }).await;
    for _ in 0..3 {
        assert_eq!(get(&free, "/services/jobs/1046892").await.json()["responseStatus"], "SUCCESS");
    }
}

#[tokio::test]
async fn credentials_are_a_session_or_a_bearer_token() {
    let sandbox = with("").await;
    let me = |header: String| {
        let sandbox = &sandbox;
        async move { send(sandbox, "GET /api/v25.3/objects/users/me", &header, "").await }
    };
    let token = veeva_access_token();
    let bearer = SESSION.replace("authorization: ", "authorization: Bearer ");
    for good in [SESSION.to_owned(), bearer, format!("authorization: Bearer {token}")] {
        assert_eq!(me(good).await.json()["responseStatus"], "SUCCESS");
    }
    for bad in ["x: y".to_owned(), "authorization: other".into(), format!("authorization: {token}")] {
        assert_eq!(kind(&me(bad).await), "INVALID_SESSION_ID");
    }
}

#[tokio::test]
async fn a_sign_in_gives_a_session_that_can_be_ended() {
    let sandbox = with("").await;
    let sign_in = |body: &'static str| {
        let sandbox = &sandbox;
        async move { send(sandbox, "POST /api/v25.3/auth", "content-type: application/x-www-form-urlencoded", body).await }
    };
    let wrong = sign_in("username=ops%40sandbox.veevavault.com&password=no").await;
    assert_eq!(wrong.json()["errorType"], "AUTHENTICATION_FAILED");
    assert_eq!(kind(&wrong), "USERNAME_OR_PASSWORD_INCORRECT");
    assert_eq!(kind(&sign_in("username=x").await), "NO_PASSWORD_PROVIDED");
    let body = sign_in("username=ops%40sandbox.veevavault.com&password=sandbox-password").await.json();
    let vault = body["vaultIds"].as_array().unwrap().iter().find(|vault| vault["id"] == body["vaultId"]).unwrap();
    assert_eq!(vault["url"], "http://sandbox/api");
    let session = format!("authorization: {}", body["sessionId"].as_str().unwrap());
    assert_eq!(send(&sandbox, "POST /api/v25.3/keep-alive", &session, "").await.json()["responseStatus"], "SUCCESS");
    assert_eq!(send(&sandbox, "DELETE /api/v25.3/session", &session, "").await.json()["responseStatus"], "SUCCESS");
    assert_eq!(kind(&send(&sandbox, "POST /api/v25.3/keep-alive", &session, "").await), "INVALID_SESSION_ID");
    assert_eq!(veeva_login(), ("ops@sandbox.veevavault.com", "sandbox-password"));
}

#[tokio::test]
async fn a_sign_in_may_be_multipart_and_name_a_vault() {
    let sandbox = with("").await;
    let part =
        |name: &str, value: &str| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let login = part("username", "ops@sandbox.veevavault.com") + &part("password", "sandbox-password");
    let body = login + &part("vaultDNS", "another.veevavault.com") + "--x--\r\n";
    let got = send(&sandbox, "POST /api/v25.3/auth", "content-type: multipart/form-data; boundary=x", &body).await;
    assert_eq!((&got.json()["responseStatus"], &got.json()["vaultId"]), (&json!("SUCCESS"), &json!(19_501)));
}

#[tokio::test(start_paused = true)]
async fn a_session_from_a_sign_in_can_expire() {
    let lasts = Some(Duration::from_secs(60));
    let sandbox = start(Options { veeva_session_lasts: lasts, ..Options::default() }).await;
    let form = "username=ops@sandbox.veevavault.com&password=sandbox-password";
    let body = send(&sandbox, "POST /api/v25.3/auth", "x: y", form).await.json();
    let session = format!("authorization: {}", body["sessionId"].as_str().unwrap());
    let alive = || send(&sandbox, "POST /api/v25.3/keep-alive", &session, "");
    assert_eq!(alive().await.json()["responseStatus"], "SUCCESS");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(kind(&alive().await), "INVALID_SESSION_ID");
    assert_eq!(get(&sandbox, "/objects/users/me").await.json()["responseStatus"], "SUCCESS");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_job_goes_from_cancelling_to_cancelled() {
    let sandbox = with("").await;
    cancel(&sandbox, "v25.3", &json!([{ "job_id": 1_046_892 }])).await;
    let status = || get(&sandbox, "/services/jobs/1046892");
    assert_eq!(status().await.json()["data"]["status"], "CANCELLING");
    tokio::time::advance(Duration::from_secs(9)).await;
    assert_eq!(kind(&status().await), "API_LIMIT_EXCEEDED");
    tokio::time::advance(Duration::from_secs(1)).await;
    let body = status().await.json();
    assert_eq!(body["data"]["status"], "CANCELLED");
    assert!(body["data"]["run_end_date"].is_string());
}

#[tokio::test(start_paused = true)]
async fn above_the_burst_limit_an_answer_is_held_back() {
    let sandbox = start(Options { veeva_burst: 1, ..Options::default() }).await;
    let before = tokio::time::Instant::now();
    assert_eq!(get(&sandbox, "/objects/users/me").await.header("x-vaultapi-responsedelay"), None);
    assert_eq!(get(&sandbox, "/objects/users/me").await.header("x-vaultapi-responsedelay"), Some("500"));
    assert!(before.elapsed() >= Duration::from_millis(500));
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(get(&sandbox, "/objects/users/me").await.header("x-vaultapi-burstlimitremaining"), Some("0"));
}

#[tokio::test]
async fn a_sign_in_can_lead_to_another_vault() {
    let sandbox = with("veeva-login=other").await;
    let form = "username=ops@sandbox.veevavault.com&password=sandbox-password";
    let body = send(&sandbox, "POST /api/v25.3/auth", "x: y", form).await.json();
    let vault = body["vaultIds"].as_array().unwrap().iter().find(|vault| vault["id"] == body["vaultId"]).unwrap();
    assert_eq!(
        (&body["responseStatus"], &vault["url"]),
        (&json!("SUCCESS"), &json!("https://another.veevavault.com/api"))
    );
}

#[tokio::test]
async fn lists_have_pages_filters_and_a_relative_next_page() {
    let sandbox = start(Options { bulk: 300, ..Options::default() }).await;
    let first = get(&sandbox, "/services/jobs/monitors?limit=200&status=scheduled").await.json();
    assert_eq!((first["jobs"].as_array().unwrap().len(), &first["responseDetails"]["total"]), (200, &json!(302)));
    let next = first["responseDetails"]["next_page"].as_str().unwrap();
    assert_eq!(next, "/api/v25.3/services/jobs/monitors?limit=200&offset=200&status=scheduled");
    let last = get(&sandbox, next.strip_prefix("/api/v25.3").unwrap()).await.json();
    assert_eq!(last["jobs"].as_array().unwrap().len(), 102);
    assert!(last["responseDetails"].get("next_page").is_none() && last["responseDetails"]["previous_page"].is_string());
    let job = &first["jobs"][0];
    assert_eq!(
        (&job["job_id"], &job["status"], &job["title"]),
        (&json!(1_041_777), &json!("SCHEDULED"), &json!("Payroll Sync"))
    );
    let ended = get(&sandbox, "/services/jobs/histories?status=cancelled").await.json();
    assert_eq!(ended["jobs"][0]["job_id"], 1_039_004);
    assert_eq!(get(&sandbox, "/services/jobs/monitors").await.json()["responseDetails"]["limit"], 50);
    assert_eq!(kind(&get(&sandbox, "/services/jobs/monitors?status=success").await), "INVALID_DATA");
    let never = get(&sandbox, "/services/jobs/monitors?start_date=2999-01-01T00:00:00Z").await.json();
    assert_eq!(never["responseDetails"]["total"], 0);
}

#[tokio::test]
async fn a_job_that_is_being_cancelled_is_listed_as_chosen() {
    for (choice, left) in [("", 5), ("veeva-monitors=documented", 4)] {
        let sandbox = with(choice).await;
        cancel(&sandbox, "v25.3", &json!([{ "job_id": 1_046_892 }])).await;
        assert_eq!(get(&sandbox, "/services/jobs/monitors").await.json()["responseDetails"]["total"], left, "{choice}");
    }
}

#[tokio::test]
async fn headers_name_the_call_and_what_is_left_of_the_burst() {
    let sandbox = start(Options { veeva_burst: 5, ..Options::default() }).await;
    let headers = format!("{SESSION}\r\nx-vaultapi-referenceid: mine");
    let got = send(&sandbox, "GET /api/v25.3/objects/users/me", &headers, "").await;
    assert_eq!(got.header("x-vaultapi-burstlimit"), Some("5"));
    assert_eq!(got.header("x-vaultapi-burstlimitremaining"), Some("4"));
    assert_eq!(got.header("x-vaultapi-referenceid"), Some("mine"));
    assert!(got.header("x-vaultapi-executionid").is_some());
    assert!(got.head.starts_with("HTTP/1.1 200 \r\n"), "{}", got.head);
}
