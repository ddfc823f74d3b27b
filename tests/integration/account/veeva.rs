//! Signing in to Veeva Vault: once, to the right Vault, and leaving nothing behind.

use std::sync::Mutex;
use std::time::Duration;

use jobctl::sandbox::{Choices, Options, Sandbox, veeva_login};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::Call;

fn signing_in(url: &str) -> Call {
    let (username, password) = veeva_login();
    Call::new().set("VEEVA_VAULT_DNS", url).set("VEEVA_USERNAME", username).set("VEEVA_PASSWORD", password)
}

/// Ids of jobs that a sandbox with `bulk` has, a line each.
fn lines(count: u32) -> String {
    (0..count).map(|number| format!("veeva:{}", 2_000_000 + number)).collect::<Vec<_>>().join("\n")
}

/// How often each kind of call came, as `METHOD path`.
async fn calls(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
}

fn count(calls: &[String], wanted: &str) -> usize {
    calls.iter().filter(|call| call.as_str() == wanted).count()
}

const AUTH: &str = "POST /api/v25.3/auth";
const CANCEL: &str = "POST /api/v25.3/services/jobs/actions/cancel";
const END: &str = "DELETE /api/v25.3/session";

#[tokio::test]
async fn a_wrong_password_is_sent_once_for_a_thousand_jobs() {
    for kind in ["USERNAME_OR_PASSWORD_INCORRECT", "USER_LOCKED_OUT", "INVALID_SESSION_ID"] {
        let server = MockServer::builder().start().await;
        let body = serde_json::json!({"responseStatus": "FAILURE", "errorType": "AUTHENTICATION_FAILED", "errors": [{"type": kind, "message": "no"}]});
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
        let ended = signing_in(&server.uri()).run_with(&["cancel", "-f", "-", "-o", "json"], &lines(1000)).await;
        assert_eq!(ended.code, 4, "{kind}");
        assert_eq!(calls(&server).await, [AUTH], "{kind}");
        let json = ended.envelope();
        assert_eq!(json["summary"]["outcomes"]["unauthorized"], 1000);
        assert_eq!(json["results"][999]["attempts"], 0);
    }
}

#[tokio::test]
async fn another_vault_is_refused_and_nothing_is_cancelled() {
    let choices: Choices = "veeva-login=other".parse().unwrap();
    let sandbox = Sandbox::start(Options { choices, ..Options::default() }).await.unwrap();
    let ended = signing_in(&sandbox.url()).run(&["cancel", "veeva", "1046892", "1043341"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("signed in to another.veevavault.com, not to 127.0.0.1"), "{ended:?}");
    assert_eq!(sandbox.totals().cancels, 0);
    assert!(sandbox.job("veeva", "1046892").unwrap().received == 0);
    assert_eq!(sandbox.totals().sessions, 2, "signed in once, and that session was ended");
}

#[tokio::test]
async fn a_session_is_ended_where_nothing_came_to_be_sent_too() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let calls = [
        &["--all", "--yes", "--max", "1"][..],
        &["--all", "--expect", "999"],
        &["--all", "-n"],
        &["--newer-than", "1s", "--yes"],
    ];
    for (arguments, sessions) in calls.into_iter().zip([2, 4, 6, 8]) {
        let ended = signing_in(&sandbox.url()).run(&[&["cancel", "veeva"], arguments].concat()).await;
        assert_eq!(sandbox.totals().sessions, sessions, "{arguments:?}: {ended:?}");
    }
    assert_eq!(sandbox.totals().cancels, 0);
}

#[tokio::test]
async fn a_session_that_expires_is_renewed_and_the_run_goes_on() {
    let options = Options { bulk: 2500, veeva_session_lasts: Some(Duration::from_secs(4)), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    // Five chunks, a second apart: the first session does not see the end.
    let arguments = ["cancel", "-f", "-", "-o", "json", "--rate", "1", "--concurrency", "1"];
    let ended = signing_in(&sandbox.url()).run_with(&arguments, &lines(2500)).await;
    let json = ended.envelope();
    assert_eq!(json["summary"]["ok"], 2500, "{}", json["summary"]);
    assert_eq!(json["summary"]["outcomes"]["requested"], 2500);
    assert!(sandbox.totals().sessions > 2, "more than one sign-in and one sign-out");
}

/// A Vault that accepts session `S1` for one cancel, and then only what comes after.
struct Expiring {
    issued: Mutex<u32>,
    served: Mutex<u32>,
    /// So many cancels does each session live for.
    lives: u32,
}

impl Respond for Expiring {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let call = format!("{} {}", request.method, request.url.path());
        let ok = |body: serde_json::Value| ResponseTemplate::new(200).set_body_json(body);
        if call == AUTH {
            let mut issued = self.issued.lock().unwrap();
            *issued += 1;
            *self.served.lock().unwrap() = 0;
            let here = format!("http://{}/api", request.headers["host"].to_str().unwrap());
            return ok(
                serde_json::json!({"responseStatus": "SUCCESS", "sessionId": format!("S{issued}-hunter2"), "vaultId": 7,
                "vaultIds": [{"id": 7, "url": here}]}),
            );
        }
        let newest = format!("S{}-hunter2", self.issued.lock().unwrap());
        let mut served = self.served.lock().unwrap();
        if request.headers["authorization"].to_str().unwrap() != newest || *served >= self.lives {
            return ok(
                serde_json::json!({"responseStatus": "FAILURE", "errors": [{"type": "INVALID_SESSION_ID", "message": "x"}]}),
            );
        }
        if call != CANCEL {
            return ok(serde_json::json!({"responseStatus": "SUCCESS"}));
        }
        *served += 1;
        let jobs: Vec<serde_json::Value> = serde_json::from_slice(&request.body).unwrap();
        let data: Vec<_> = jobs
            .iter()
            .map(|job| serde_json::json!({"responseStatus": "SUCCESS", "data": {"id": job["job_id"]}}))
            .collect();
        ok(serde_json::json!({"responseStatus": "SUCCESS", "data": data}))
    }
}

async fn expiring(lives: u32) -> MockServer {
    let server = MockServer::builder().start().await;
    let vault = Expiring { issued: Mutex::new(0), served: Mutex::new(0), lives };
    Mock::given(wiremock::matchers::any()).respond_with(vault).mount(&server).await;
    server
}

#[tokio::test]
async fn one_renewal_serves_all_and_the_newest_session_is_ended() {
    let server = expiring(2).await;
    let ended = signing_in(&server.uri()).run_with(&["cancel", "-f", "-", "-o", "json"], &lines(2000)).await;
    assert_eq!(ended.envelope()["summary"]["ok"], 2000);
    let calls = calls(&server).await;
    assert_eq!(count(&calls, AUTH), 2, "{calls:?}");
    assert_eq!(count(&calls, END), 1, "{calls:?}");
    assert_eq!(calls.last().unwrap(), END);
}

#[tokio::test]
async fn a_second_expiry_is_the_end() {
    let server = expiring(1).await;
    let arguments = ["cancel", "-f", "-", "-o", "json", "--concurrency", "1"];
    let ended = signing_in(&server.uri()).run_with(&arguments, &lines(2000)).await;
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let json = ended.envelope();
    assert_eq!(json["summary"]["outcomes"]["requested"], 1000, "{}", json["summary"]);
    assert_eq!(json["summary"]["outcomes"]["unauthorized"], 1000);
    assert_eq!(count(&calls(&server).await, AUTH), 2);
}

#[tokio::test]
async fn an_own_session_is_ended_and_a_supplied_one_never() {
    let server = expiring(9).await;
    assert_eq!(signing_in(&server.uri()).run(&["cancel", "veeva", "1"]).await.code, 0);
    assert_eq!(calls(&server).await, [AUTH, CANCEL, END]);
    let supplied = Call::new().set("VEEVA_VAULT_DNS", server.uri()).set("VEEVA_SESSION_ID", "S1-hunter2");
    assert_eq!(supplied.run(&["cancel", "veeva", "1"]).await.code, 0);
    assert_eq!(calls(&server).await, [AUTH, CANCEL, END, CANCEL]);
    let ended = signing_in(&server.uri()).run(&["auth", "status", "veeva", "--check"]).await;
    assert_eq!((ended.code, calls(&server).await.last().unwrap().as_str()), (0, END), "{ended:?}");
}

#[tokio::test]
async fn a_dry_run_signs_in_nowhere() {
    let server = expiring(9).await;
    assert_eq!(signing_in(&server.uri()).run(&["cancel", "veeva", "1", "-n"]).await.code, 0);
    assert!(calls(&server).await.is_empty());
}

#[tokio::test]
async fn a_version_that_is_not_served_is_told_from_an_expired_session() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::new().set_all(sandbox.variables()).set("VEEVA_API_VERSION", "v27.1");
    let ended = call.run(&["cancel", "veeva", "1046892"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("may not serve API v27.1"), "{ended:?}");
    assert_eq!(sandbox.totals().requests, 1, "a rejected session is not used again");
    let ended = call.run(&["auth", "status", "veeva", "--check"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("does not serve API v27.1") && ended.all().contains("v26.2"), "{ended:?}");
    let ended = signing_in(&sandbox.url()).set("VEEVA_API_VERSION", "v27.1").run(&["cancel", "veeva", "1046892"]).await;
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.all().contains("under API v27.1") && ended.all().contains("VEEVA_API_VERSION"), "{ended:?}");
    let call = Call::new().set_all(sandbox.variables()).set("VEEVA_SESSION_ID", "EXPIRED0HUNTER2");
    let ended = call.run(&["cancel", "veeva", "1046892"]).await;
    assert!(ended.code == 4 && ended.all().contains("rejected the session"), "{ended:?}");
    assert_eq!(sandbox.job("veeva", "1046892").unwrap().applied, 0);
}

#[tokio::test]
async fn a_sign_in_that_never_left_is_tried_again_by_the_next_call_only() {
    let server = MockServer::builder().start().await;
    Mock::given(path("/api/v25.3/auth")).respond_with(ResponseTemplate::new(503)).mount(&server).await;
    let ended = signing_in(&server.uri()).run_with(&["cancel", "-f", "-", "-o", "json"], &lines(1000)).await;
    assert_eq!(ended.code, 7, "{}", ended.stderr);
    assert_eq!(calls(&server).await, [AUTH], "an answer of any kind counts as a sign-in");
}
