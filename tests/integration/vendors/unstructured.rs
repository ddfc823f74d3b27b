//! Unstructured's traps.

use wiremock::ResponseTemplate;

use crate::support::{Stage, called, jobctl, json, status};

#[tokio::test]
async fn a_200_means_nothing_whatever_its_body() {
    let vendor = called("unstructured");
    for (body, kind) in [
        ("", "application/json"),
        ("null", "application/json"),
        ("\"ok\"", "application/json"),
        ("[]", "application/json"),
        ("true", "application/json"),
        ("stopping the job", "text/plain"),
        ("{\"status\":\"COMPLETED\"}", "application/json"),
    ] {
        for (word, expected) in [
            ("STOPPED", "cancelled cancelled/STOPPED verified"),
            ("IN_PROGRESS", "requested running/IN_PROGRESS verified"),
            ("COMPLETED", "finished succeeded/COMPLETED verified"),
        ] {
            let answer = ResponseTemplate::new(200).set_body_raw(body, kind);
            let stage = Stage::new(vendor, vec![answer], vec![json(200, &vendor.state(vendor.id, Some(word)))]).await;
            let brief = stage.cancel(&[]).await.brief();
            assert!(brief.starts_with(expected) && brief.ends_with("sent 1, read 1, exit 0"), "{body:?}: {brief}");
        }
    }
}

#[tokio::test]
async fn a_web_page_is_never_believed_whatever_stands_before_it() {
    let vendor = called("unstructured");
    for body in ["\u{feff}<!doctype html><title>Sign in</title>", "Warning\n<html><body>busy</body></html>"] {
        for kind in ["text/plain", "application/octet-stream"] {
            let answer = ResponseTemplate::new(200).set_body_raw(body, kind);
            // No acceptance: where the job cannot be read, nothing is claimed.
            let stage = Stage::new(vendor, vec![answer], vec![status(403)]).await;
            let brief = stage.cancel(&["--no-verify"]).await.brief();
            assert!(
                brief.starts_with("unknown -/- unverified") && brief.contains("read 1, exit 7"),
                "{body:?}: {brief}"
            );
        }
    }
}

#[tokio::test]
async fn ids_are_sent_in_lower_case_and_malformed_ones_refused() {
    let vendor = called("unstructured");
    let stage = Stage::new(vendor, vec![json(200, &vendor.accepted(vendor.id, None))], vec![]).await;
    let upper = vendor.id.to_uppercase();
    let played = stage.play(jobctl(&["cancel", "unstructured", &upper, "-o", "json", "--no-verify"])).await;
    played.assert_paths(&[vendor.cancel_path(vendor.id)]);
    assert_eq!(played.ran.rows()[0]["id"], vendor.id);
    for id in ["123", "6e3c8a520c1d4f5e9b7a1d2e3f405162", "{6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162}", ".."] {
        let played = stage.play(jobctl(&["cancel", "unstructured", id, "-o", "json"])).await;
        assert_eq!((played.ran.code, played.ran.error_code()), (2, "invalid_id".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn the_url_may_hold_the_path_and_a_slash() {
    let vendor = called("unstructured");
    for tail in ["", "/", "/api/v1", "/api/v1/"] {
        let stage = Stage::new(vendor, vec![json(200, &vendor.accepted(vendor.id, None))], vec![]).await;
        let ran = jobctl(&["cancel", "unstructured", vendor.id, "-o", "json", "--no-verify"])
            .at(vendor, &format!("{}{tail}", stage.server.uri()))
            .run()
            .await;
        assert_eq!(ran.code, 0, "{tail}: {ran:?}");
        let requests = stage.server.received_requests().await.unwrap();
        assert_eq!(requests[0].url.path(), vendor.cancel_path(vendor.id), "{tail}");
    }
}
