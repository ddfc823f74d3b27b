//! The calls of the Vault, and what goes on between them: sessions, limits, lists.

use tokio::time::Instant;

use super::super::tests::{Exchange, Script, budget, open, scripted};
use super::super::wire::reply;
use super::super::{Credential, find};
use super::*;
use crate::base_url::BaseUrl;
use crate::canceller::DynCanceller;
use crate::http::{Policy, Said, StopCause, TransportOptions};
use crate::job::JobState;

const AUTH: &str = "POST /api/v25.3/auth";
const JOB: &str = r#"{"responseStatus":"SUCCESS","data":{"id":7,"status":"QUEUED"}}"#;
const TAKEN: &str = r#"{"responseStatus":"SUCCESS","data":[{"responseStatus":"SUCCESS","data":{"id":7}}]}"#;
const EXPIRED: &str = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_SESSION_ID"}]}"#;
const LIMITED: &str = r#"{"responseStatus":"FAILURE","errors":[{"type":"API_LIMIT_EXCEEDED"}]}"#;
const GONE: &str = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_DATA"}]}"#;

/// A session for the Vault that was asked for, or for another one.
fn signed_in(session: &str, vault: &str) -> String {
    format!(
        r#"{{"responseStatus":"SUCCESS","sessionId":"{session}","vaultId":7,"vaultIds":[{{"id":7,"url":"https://{vault}.veevavault.com/api"}}]}}"#
    )
}

/// A Vault that is asked exactly this, by somebody with a password.
fn with_password(script: &[Exchange<'_>]) -> (Box<dyn DynCanceller>, Script) {
    scripted(find("veeva").unwrap(), "password", &[("username", "ops@vault"), ("password", "hunter22")], script)
}

/// The same, by somebody with a session.
fn with_session(script: &[Exchange<'_>]) -> (Box<dyn DynCanceller>, Script) {
    scripted(find("veeva").unwrap(), "session_id", &[("session_id", "SESSION-1")], script)
}

async fn read(vault: &dyn DynCanceller) -> Result<JobState, ReadFailure> {
    vault.read_dyn(&JobId::from_canonical("7"), &mut budget()).await.map(|job| job.state)
}

async fn cancel(vault: &dyn DynCanceller) -> Verdict {
    let answers = vault.cancel_dyn(&[JobId::from_canonical("7")], &mut budget()).await;
    answers.into_iter().next().unwrap().verdict
}

fn kind<T: std::fmt::Debug>(read: Result<T, ReadFailure>) -> ErrorKind {
    match read {
        Err(ReadFailure::Unreadable { error, .. } | ReadFailure::Absent(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_expires_is_renewed_once_and_ended() {
    let (first, second) = (signed_in("SESSION-1", "a"), signed_in("SESSION-2", "a"));
    let (vault, script) = with_password(&[
        (AUTH, 200, &first),
        ("GET /api/v25.3/services/jobs/7 SESSION-1", 200, JOB),
        ("GET /api/v25.3/services/jobs/7 SESSION-1", 200, EXPIRED),
        (AUTH, 200, &second),
        ("GET /api/v25.3/services/jobs/7 SESSION-2", 200, JOB),
        ("POST /api/v25.3/services/jobs/actions/cancel SESSION-2", 200, EXPIRED),
        ("DELETE /api/v25.3/session SESSION-2", 200, "{}"),
    ]);
    assert_eq!(read(&*vault).await, Ok(JobState::Queued));
    assert_eq!(read(&*vault).await, Ok(JobState::Queued));
    assert!(matches!(cancel(&*vault).await, Verdict::Failed(error) if error.kind == ErrorKind::CredentialsRejected));
    vault.close_dyn(&mut budget()).await;
    vault.close_dyn(&mut budget()).await;
    script.is_over();

    let (vault, script) = with_password(&[
        (AUTH, 200, &first),
        ("POST /api/v25.3/services/jobs/actions/cancel SESSION-1", 200, EXPIRED),
        (AUTH, 200, &second),
        ("POST /api/v25.3/services/jobs/actions/cancel SESSION-2", 200, TAKEN),
    ]);
    assert_eq!(cancel(&*vault).await, Verdict::Cancelling);
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_session_from_outside_is_neither_renewed_nor_ended() {
    let (vault, script) = with_session(&[
        ("GET /api/v25.3/services/jobs/7 SESSION-1", 200, EXPIRED),
        ("POST /api/v25.3/services/jobs/actions/cancel SESSION-1", 200, EXPIRED),
    ]);
    assert_eq!(kind(read(&*vault).await), ErrorKind::CredentialsRejected);
    assert!(matches!(cancel(&*vault).await, Verdict::Failed(_)));
    vault.close_dyn(&mut budget()).await;
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_password_is_sent_once_whatever_came_of_it() {
    let elsewhere = signed_in("SESSION-9", "b");
    let refused = r#"{"responseStatus":"FAILURE","errors":[{"type":"USERNAME_OR_PASSWORD_INCORRECT"}]}"#;
    let ended = ("DELETE /api/v25.3/session SESSION-9", 200, "{}");
    for script in [&[(AUTH, 200, refused)][..], &[(AUTH, 0, "")], &[(AUTH, 200, &elsewhere), ended]] {
        let (vault, script) = with_password(script);
        let first = kind(read(&*vault).await);
        assert_eq!(kind(read(&*vault).await), first);
        assert!(matches!(cancel(&*vault).await, Verdict::Failed(error) if error.kind == first));
        vault.close_dyn(&mut budget()).await;
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_was_cut_off_is_not_repeated() {
    let first = budget();
    let control = first.control.clone();
    let vault =
        open(find("veeva").unwrap(), "password", &[("username", "u"), ("password", "hunter22")], move |asked| {
            assert!(asked == AUTH && control.stopped().is_none(), "asked again: {asked}");
            control.abort(StopCause::Deadline);
            Said::Lost
        });
    for mut budget in [first, budget()] {
        let found = vault.read_dyn(&JobId::from_canonical("7"), &mut budget).await;
        assert_eq!(found, Err(ReadFailure::Stopped(StopCause::Deadline)));
    }
    assert_eq!(cancel(&*vault).await, Verdict::Stopped(StopCause::Deadline));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_was_rejected_stays_so_where_a_stop_keeps_it_from_being_repeated() {
    let mut stopped = budget();
    let control = stopped.control.clone();
    let vault =
        open(find("veeva").unwrap(), "password", &[("username", "u"), ("password", "hunter22")], move |asked| {
            assert!(control.stopped().is_none(), "asked again: {asked}");
            if asked == AUTH {
                return Said::Reply(reply(200, &signed_in("SESSION-1", "a")));
            }
            control.drain(StopCause::FailFast);
            Said::Reply(reply(200, EXPIRED))
        });
    let answers = vault.cancel_dyn(&[JobId::from_canonical("7")], &mut stopped).await;
    assert_eq!(answers[0].error_kind(), Some(ErrorKind::CredentialsRejected));
}

#[tokio::test(start_paused = true)]
async fn a_status_read_is_repeated_no_sooner_than_the_vendor_allows() {
    const READ: &str = "GET /api/v25.3/services/jobs/7 SESSION-1";
    let trouble = r#"{"responseStatus":"EXCEPTION"}"#;
    let other = r#"{"responseStatus":"SUCCESS","data":{"id":8,"status":"QUEUED"}}"#;
    for (answers, expected, pauses) in [
        (&[(READ, 0, ""), (READ, 500, ""), (READ, 200, JOB)][..], Ok(JobState::Queued), 2),
        (&[(READ, 503, ""), (READ, 408, ""), (READ, 200, JOB)], Ok(JobState::Queued), 2),
        (&[(READ, 200, "<html>"), (READ, 200, other), (READ, 200, JOB)], Ok(JobState::Queued), 2),
        (&[(READ, 200, trouble), (READ, 200, LIMITED), (READ, 200, JOB)], Ok(JobState::Queued), 2),
        (&[(READ, 200, LIMITED), (READ, 200, JOB)], Ok(JobState::Queued), 1),
        // As often as the budget allows.
        (&[(READ, 200, LIMITED); 3], Err(ErrorKind::RateLimited), 2),
        // Waited for once, and not again, where the status says it.
        (&[(READ, 429, LIMITED); 3], Err(ErrorKind::RateLimited), 2),
        (&[(READ, 403, "")], Err(ErrorKind::Forbidden), 0),
        (&[(READ, 200, EXPIRED)], Err(ErrorKind::CredentialsRejected), 0),
        (&[(READ, 400, GONE)], Err(ErrorKind::NotFound), 0),
    ] {
        let (vault, script) = with_session(answers);
        let begun = Instant::now();
        let found = read(&*vault).await;
        let waited = begun.elapsed().as_secs() / STATUS_FLOOR.as_secs();
        let found = found.map_err(|failure| kind(Err::<(), _>(failure)));
        assert_eq!((found, waited), (expected, pauses), "{answers:?}");
        script.is_over();
        // Who reads again anyway keeps the time by itself.
        let (vault, _) = with_session(answers);
        let mut polling = budget();
        polling.polls = true;
        let begun = Instant::now();
        let _ = vault.read_dyn(&JobId::from_canonical("7"), &mut polling).await;
        assert_eq!((begun.elapsed(), polling.attempts), (Duration::ZERO, 1), "{answers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_read_that_never_left_is_repeated_soon() {
    let left = std::sync::atomic::AtomicU32::new(2);
    let vault = open(find("veeva").unwrap(), "session_id", &[("session_id", "SESSION-1")], move |_| {
        match left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Said::Reply(reply(200, JOB)),
            _ => Said::NotSent,
        }
    });
    let begun = Instant::now();
    let mut polling = budget();
    polling.polls = true;
    let found = vault.read_dyn(&JobId::from_canonical("7"), &mut polling).await;
    assert_eq!(found.map(|job| job.state), Ok(JobState::Queued));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_read_does_not_wait_for_a_sign_in_that_was_limited() {
    for (status, tries) in [(200, 1), (429, 3)] {
        let (vault, script) = with_password(&vec![(AUTH, status, LIMITED); tries]);
        assert_eq!(kind(read(&*vault).await), ErrorKind::RateLimited, "{status}");
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_check_asks_which_versions_there_are() {
    const CHECK: &str = "GET /api/v25.3/objects/users/me SESSION-1";
    const VERSIONS: &str = "GET /api/ SESSION-1";
    for (script, expected, words) in [
        (
            &[(CHECK, 200, EXPIRED), (VERSIONS, 200, r#"{"responseStatus":"SUCCESS","values":{"v26.1":"x"}}"#)][..],
            ErrorKind::CredentialsRejected,
            "does not serve API v25.3",
        ),
        (
            &[(CHECK, 200, EXPIRED), (VERSIONS, 200, r#"{"responseStatus":"SUCCESS","values":{"v25.3":"x"}}"#)],
            ErrorKind::CredentialsRejected,
            "rejected the session",
        ),
        (&[(CHECK, 403, "")], ErrorKind::Forbidden, "does not allow"),
        // Of a job this would say that there is none.
        (&[(CHECK, 400, GONE)], ErrorKind::Unreadable, "did not let"),
    ] {
        let (vault, script) = with_session(script);
        let Err(ReadFailure::Unreadable { error, .. }) = vault.check_dyn(&mut budget()).await else {
            panic!("{words}")
        };
        assert!(error.kind == expected && error.message.contains(words), "{error:?}");
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn a_glance_finds_jobs_in_both_lists_and_believes_no_error() {
    let sheet = |id: u32| {
        format!(
            r#"{{"responseStatus":"SUCCESS","responseDetails":{{"total":2}},"jobs":[{{"job_id":{id}}},{{"job_id":9}}]}}"#
        )
    };
    let (monitors, histories) = (sheet(5), sheet(6));
    let script = |status, of_ends| {
        with_session(&[
            ("GET /api/v25.3/services/jobs/monitors?limit=200&offset=0 SESSION-1", status, &monitors),
            ("GET /api/v25.3/services/jobs/histories?limit=200&offset=0 SESSION-1", of_ends, &histories),
        ])
    };
    let wanted = ["5", "6", "7"].map(JobId::from_canonical).into();
    for (status, of_ends, expected) in
        [(200, 200, Some(&["5", "6"][..])), (403, 200, Some(&["6"])), (200, 404, None), (404, 404, None)]
    {
        let (vault, script) = script(status, of_ends);
        let found = vault.glance_dyn(&wanted, &mut budget()).await;
        let ids = found.as_ref().map(|jobs| jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>());
        assert_eq!(ids.as_deref(), expected);
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_name_may_be_shown_and_nothing_else_of_a_sign_in() {
    let told = r#"{"responseStatus":"FAILURE","errors":[{"type":"NO","message":"ops@vault hunter22 SESSION-1"}]}"#;
    let first = signed_in("SESSION-1", "a");
    let (vault, _) = with_password(&[(AUTH, 200, &first), ("GET /api/v25.3/services/jobs/7 SESSION-1", 200, told)]);
    let Err(ReadFailure::Unreadable { error, .. }) = read(&*vault).await else { panic!() };
    assert_eq!(error.provider_message.as_deref(), Some("NO: ops@vault *** ***"));
}

#[test]
fn calls_are_as_documented() {
    let settings = ProviderSettings {
        host: BaseUrl::parse("myvault.veevavault.com").unwrap(),
        credential: Credential { way: "session_id", fields: vec![("session_id", Secret::new("S1").unwrap())] },
        options: vec![("api_version", "v26.1".into())],
    };
    let veeva = Veeva::open(&settings, Arc::new(Transport::new(TransportOptions::new(Policy::default())))).unwrap();
    let jobs = [JobId::from_canonical("1046892"), JobId::from_canonical("1043341")];
    let call = veeva.cancel_call(&jobs);
    assert_eq!(call.path, "/api/v26.1/services/jobs/actions/cancel");
    assert!(call.body == Body::Json(r#"[{"job_id":1046892},{"job_id":1043341}]"#.into()));
    assert_eq!(veeva.status_call(&jobs[0]).path, "/api/v26.1/services/jobs/1046892");
}

#[test]
fn versions_are_two_integers() {
    assert_eq!(version("v25.3"), Ok((25, 3)));
    assert_eq!(version("25.10"), Ok((25, 10)));
    assert_eq!(version("V26.1"), Ok((26, 1)));
    for bad in ["v25.2", "v24.9", "v9.0", "25", "v25.", "v.3", "latest", "v25.3.1", "v+25.3", ""] {
        assert!(version(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_session_goes_bare_and_a_token_as_bearer() {
    let header = |way, text| authorization(way, &Secret::new(text).unwrap()).unwrap().expose().to_owned();
    assert_eq!(header("session_id", "ABC"), "ABC");
    assert_eq!(header("access_token", "ABC"), "Bearer ABC");
    assert_eq!(header("session_id", "veeva-vault-1"), "Bearer veeva-vault-1");
    assert_eq!(header("access_token", "Bearer veeva-vault-1"), "Bearer veeva-vault-1");
    assert_eq!(Veeva::token_way("veeva-vault-x"), "access_token");
}

#[test]
fn client_ids_are_checked() {
    assert!(check_client_id("acme-ops.jobctl_1").is_ok());
    assert!(check_client_id("a b").is_err());
    assert!(check_client_id("").is_err());
    assert!(check_client_id(&"x".repeat(101)).is_err());
}
