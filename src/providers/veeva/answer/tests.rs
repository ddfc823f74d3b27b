//! What Vault's answers mean, each kind of answer once.

use super::super::super::wire::reply;
use super::*;
use crate::job::JobState;

fn jobs(ids: &[&str]) -> Vec<JobId> {
    ids.iter().map(|id| JobId::from_canonical(*id)).collect()
}

fn verdicts(ids: &[&str], body: &str) -> Vec<Verdict> {
    read_cancel(&jobs(ids), &reply(200, body), "v25.3").into_iter().map(|answer| answer.verdict).collect()
}

#[test]
fn the_documented_answer_is_read_item_by_item() {
    let body = r#"{"responseStatus":"SUCCESS","data":[
        {"responseStatus":"SUCCESS","data":{"id":1}},
        {"responseStatus":"FAILURE","errors":{"type":"INVALID_DATA","message":"Job [2] is not found in QUEUED or QUEUEING state"}},
        {"responseStatus":"FAILURE","errors":[{"type":"INSUFFICIENT_ACCESS","message":"no"}]},
        {"responseStatus":"EXCEPTION","errors":[]}]}"#;
    let found = verdicts(&["1", "2", "3", "4"], body);
    assert_eq!(found[0], Verdict::Cancelling);
    let Verdict::Declined(error) = &found[1] else { panic!("{found:?}") };
    assert!(error.provider_message.as_deref().unwrap().starts_with("INVALID_DATA: Job [2]"));
    assert!(matches!(&found[2], Verdict::Failed(error) if error.kind == ErrorKind::Forbidden));
    assert!(matches!(found[3], Verdict::PerhapsSent(_)));
}

#[test]
fn a_wrong_count_or_a_misplaced_id_makes_nothing_believed() {
    let one = r#"{"responseStatus":"SUCCESS","data":[{"responseStatus":"SUCCESS","data":{"id":1}}]}"#;
    let swapped = r#"{"responseStatus":"SUCCESS","data":[
        {"responseStatus":"SUCCESS","data":{"id":2}},{"responseStatus":"FAILURE","errors":{"type":"INVALID_DATA"}}]}"#;
    let nameless = r#"{"responseStatus":"SUCCESS","data":[
        {"responseStatus":"SUCCESS"},{"responseStatus":"SUCCESS","data":{"id":null}}]}"#;
    let no_id = r#"{"responseStatus":"SUCCESS","data":[
        {"responseStatus":"SUCCESS","data":{"id":1}},{"responseStatus":"SUCCESS","data":{"id":2.0}}]}"#;
    for body in [one, swapped, nameless, no_id, "", "<html>", "[]", r#"{"data":[]}"#, r#"{"responseStatus":"SUCCESS"}"#]
    {
        let found = verdicts(&["1", "2"], body);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|verdict| matches!(verdict, Verdict::PerhapsSent(_))), "{body}: {found:?}");
    }
}

#[test]
fn a_refused_call_is_a_failure_though_http_says_200() {
    let fail = |kind: &str| format!(r#"{{"responseStatus":"FAILURE","errors":[{{"type":"{kind}","message":"x"}}]}}"#);
    let kind = |body: &str| match &verdicts(&["1"], body)[0] {
        Verdict::Failed(error) => error.kind.code(),
        Verdict::Declined(_) => "declined",
        Verdict::PerhapsSent(_) => "perhaps",
        _ => "other",
    };
    assert_eq!(kind(&fail("INVALID_SESSION_ID")), "credentials_rejected");
    assert_eq!(kind(r#"{"responseStatus":"FAILURE","errorType":"INVALID_SESSION_ID"}"#), "credentials_rejected");
    assert_eq!(kind(&fail("INSUFFICIENT_ACCESS")), "forbidden");
    assert_eq!(kind(&fail("INVALID_DATA")), "declined");
    assert_eq!(kind(&fail("METHOD_NOT_SUPPORTED")), "declined");
    assert_eq!(kind(r#"{"responseStatus":"EXCEPTION"}"#), "perhaps");
    for trouble in ["UNEXPECTED_ERROR", "RACE_CONDITION", "OPERATION_IN_PROGRESS", "API_LIMIT_EXCEEDED"] {
        assert_eq!(kind(&fail(trouble)), "perhaps", "{trouble}");
    }
}

#[test]
fn a_state_is_read_and_an_unknown_job_is_absent() {
    let job = JobId::from_canonical("7");
    let body = r#"{"responseStatus":"SUCCESS","data":{"id":7,"status":"CANCELLING","created_by":44,"created_date":"2026-01-01T00:00:00.000Z"}}"#;
    let Ok(Sight::Seen(seen)) = read_status(&job, &reply(200, body), "v25.3") else { panic!() };
    assert_eq!((seen.state, seen.owner.as_deref()), (JobState::Cancelling, Some("44")));
    let gone = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_DATA","message":"x"}]}"#;
    assert!(matches!(read_status(&job, &reply(200, gone), "v25.3"), Ok(Sight::Blind(ReadFailure::Absent(_)))));
    let limit = r#"{"responseStatus":"FAILURE","errors":[{"type":"API_LIMIT_EXCEEDED","message":"x"}]}"#;
    let Ok(Sight::Blind(ReadFailure::Unreadable { error, .. })) = read_status(&job, &reply(200, limit), "v25.3") else {
        panic!()
    };
    assert_eq!(error.kind, ErrorKind::RateLimited);
    for body in [
        "",
        "{}",
        r#"{"responseStatus":"SUCCESS","data":{"id":8,"status":"CANCELLED"}}"#,
        r#"{"responseStatus":"EXCEPTION"}"#,
    ] {
        assert!(read_status(&job, &reply(200, body), "v25.3").is_err(), "{body}");
    }
}

fn envelope(status: &str, kind: &str) -> String {
    format!(r#"{{"responseStatus":"{status}","errors":[{{"type":"{kind}","message":"x"}}]}}"#)
}

#[test]
fn the_vaults_words_go_before_the_http_status() {
    let kind = |status: u16, body: &str| match &read_cancel(&jobs(&["1"]), &reply(status, body), "v25.3")[0].verdict {
        Verdict::Failed(error) => error.kind.code(),
        Verdict::Declined(_) => "declined",
        Verdict::PerhapsSent(_) => "perhaps",
        _ => "other",
    };
    let whole = r#"{"responseStatus":"FAILURE","errorType":"INVALID_SESSION_ID"}"#;
    for status in [200, 400, 401, 403, 404, 422, 500, 503] {
        for said in ["FAILURE", "EXCEPTION"] {
            assert_eq!(kind(status, &envelope(said, "INVALID_SESSION_ID")), "credentials_rejected", "{status} {said}");
        }
        assert_eq!(kind(status, whole), "credentials_rejected", "{status}");
        assert_eq!(kind(status, &envelope("FAILURE", "INSUFFICIENT_ACCESS")), "forbidden", "{status}");
    }
    for (status, body, expected) in [
        (400, envelope("FAILURE", "API_LIMIT_EXCEEDED"), "perhaps"),
        (400, envelope("EXCEPTION", "UNEXPECTED_ERROR"), "perhaps"),
        // What the Vault does not name better stays with the table.
        (400, envelope("FAILURE", "INVALID_DATA"), "declined"),
        (422, envelope("FAILURE", "INVALID_DATA"), "rejected"),
        (500, envelope("FAILURE", "INVALID_DATA"), "perhaps"),
        (401, envelope("FAILURE", "API_LIMIT_EXCEEDED"), "credentials_rejected"),
        (302, envelope("FAILURE", "INVALID_SESSION_ID"), "redirected"),
        (403, "<html>".into(), "forbidden"),
        (401, r#"{"message":"INVALID_SESSION_ID"}"#.into(), "credentials_rejected"),
        (400, "INVALID_SESSION_ID".into(), "declined"),
        (
            500,
            r#"{"responseStatus":"SUCCESS","data":[{"responseStatus":"SUCCESS","data":{"id":1}}]}"#.into(),
            "perhaps",
        ),
    ] {
        assert_eq!(kind(status, &body), expected, "{status} {body}");
    }
}

#[test]
fn a_job_that_the_vault_does_not_know_is_absent_in_every_envelope() {
    let job = JobId::from_canonical("7");
    let absent =
        |body: &str| matches!(read_status(&job, &reply(200, body), "v25.3"), Ok(Sight::Blind(ReadFailure::Absent(_))));
    assert!(absent(r#"{"responseStatus":"FAILURE","errorType":"INVALID_DATA"}"#));
    assert!(absent(r#"{"responseStatus":"FAILURE","errorType":"INVALID_DATA","errors":[{"message":"x"}]}"#));
    assert!(absent(r#"{"responseStatus":"FAILURE","errorType":"OTHER","errors":{"type":"INVALID_DATA"}}"#));
    for other in ["METHOD_NOT_SUPPORTED", "INSUFFICIENT_ACCESS", "INVALID_SESSION_ID"] {
        let body =
            format!(r#"{{"responseStatus":"FAILURE","errorType":"INVALID_DATA","errors":[{{"type":"{other}"}}]}}"#);
        assert!(!absent(&body), "{other}");
    }
    let gone = envelope("FAILURE", "INVALID_DATA");
    assert!(matches!(sort_read(&reply(400, &gone), "v25.3", true), Some(ReadFailure::Absent(_))));
    assert!(sort_read(&reply(400, &gone), "v25.3", false).is_none(), "a list is no job");
    assert!(matches!(open::<Frame>(&reply(200, &gone), "v25.3"), Ok(Sight::Blind(ReadFailure::Unreadable { .. }))));
    for (status, body) in [(403, gone.as_str()), (500, &gone), (302, &gone), (400, "INVALID_DATA"), (400, "{}")] {
        assert!(sort_read(&reply(status, body), "v25.3", true).is_none(), "{status} {body}");
    }
}

#[test]
fn a_read_that_is_refused_by_another_status_has_the_vaults_reason() {
    let kind = |status: u16, body: &str| match sort_read(&reply(status, body), "v25.3", true) {
        Some(ReadFailure::Unreadable { error, status: Some(told) }) if told == status => error.kind.code(),
        None => "by the table",
        Some(_) => "other",
    };
    for status in [400, 401, 403, 500] {
        for said in ["FAILURE", "EXCEPTION"] {
            assert_eq!(kind(status, &envelope(said, "INVALID_SESSION_ID")), "credentials_rejected", "{status}");
        }
        assert_eq!(kind(status, &envelope("FAILURE", "INSUFFICIENT_ACCESS")), "forbidden", "{status}");
    }
    assert_eq!(kind(400, &envelope("FAILURE", "API_LIMIT_EXCEEDED")), "rate_limited");
    assert_eq!(kind(500, &envelope("EXCEPTION", "UNEXPECTED_ERROR")), "by the table");
    assert_eq!(kind(400, &envelope("FAILURE", "METHOD_NOT_SUPPORTED")), "by the table");
    for status in [404, 410] {
        for wrong in ["MALFORMED_URL", "METHOD_NOT_SUPPORTED"] {
            assert_eq!(kind(status, &envelope("FAILURE", wrong)), "unreadable", "{status} {wrong}");
        }
        for trouble in [envelope("FAILURE", "UNEXPECTED_ERROR"), r#"{"responseStatus":"EXCEPTION"}"#.into()] {
            assert_eq!(kind(status, &trouble), "server_error", "{status} {trouble}");
        }
        assert_eq!(kind(status, &envelope("FAILURE", "INVALID_DATA")), "other", "absent");
        // Without a type the status is all there is to go by.
        for plain in ["", "{}", r#"{"responseStatus":"FAILURE"}"#, r#"{"responseStatus":"FAILURE","errors":[]}"#] {
            assert_eq!(kind(status, plain), "by the table", "{status} {plain}");
        }
        let of_list = sort_read(&reply(status, &envelope("FAILURE", "MALFORMED_URL")), "v25.3", false);
        assert_eq!(of_list, None, "a list is no job");
    }
}

#[test]
fn nothing_is_kept_for_its_size() {
    let job = JobId::from_canonical("7");
    let long = format!("CANCELLED{}", "x".repeat(9000));
    let body = format!(
        r#"{{"responseStatus":"SUCCESS","data":{{"id":7,"status":"{long}","title":"{long}","created_by":"{long}"}}}}"#
    );
    let Ok(Sight::Seen(seen)) = read_status(&job, &reply(200, &body), "v25.3") else { panic!() };
    assert_eq!(seen.state, JobState::Unknown);
    for text in [seen.provider_state, seen.name, seen.owner] {
        assert_eq!(text.unwrap().chars().count(), decode::BRIEF_LIMIT + 1);
    }
    let body = format!(r#"{{"responseStatus":"FAILURE","errors":[{{"type":"{long}","message":"{long}"}}]}}"#);
    let Verdict::Declined(error) = &verdicts(&["1"], &body)[0] else { panic!() };
    assert_eq!(error.provider_message.as_deref().unwrap().chars().count(), 501);
}
