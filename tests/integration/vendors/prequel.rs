//! Prequel's traps.

use serde_json::{Value, json as value};

use crate::support::{Stage, called, jobctl, json};

fn answer(job: &Value) -> Value {
    value!({"status": "success", "message": "fine", "data": {"job": job}})
}

#[tokio::test]
async fn both_ids_are_encoded_segment_by_segment() {
    let vendor = called("prequel");
    for (id, path) in [
        ("d1/a/b", "/destinations/d1/data-integrity/a%2Fb/cancel"),
        ("d:1/j?x#y", "/destinations/d%3A1/data-integrity/j%3Fx%23y/cancel"),
        ("dé/j%2F", "/destinations/d%C3%A9/data-integrity/j%252F/cancel"),
        ("d1/...", "/destinations/d1/data-integrity/.../cancel"),
    ] {
        let (destination, job) = id.split_once('/').unwrap();
        let said = answer(&value!({"id": job, "destination_id": destination, "status": "CANCELED"}));
        let stage = Stage::new(vendor, vec![json(200, &said)], vec![]).await;
        let played = stage.play(jobctl(&["cancel", "prequel", id, "-o", "json"])).await;
        played.assert_paths(&[path.to_owned()]);
        assert!(played.brief().starts_with("cancelled cancelled/CANCELED verified"), "{}", played.brief());
    }
}

#[tokio::test]
async fn ids_that_climb_or_lack_a_part_are_refused() {
    let vendor = called("prequel");
    for id in ["j9", "/j", "d/", "d1/..", "../j", "d/./j", "d/a/../b", "d/ j", "d/j\u{202e}"] {
        let stage = Stage::new(vendor, vec![], vec![]).await;
        let played = stage.play(jobctl(&["cancel", "prequel", "-o", "json", id])).await;
        assert_eq!((played.ran.code, played.requests.len()), (2, 0), "{id}: {:?}", played.ran);
        assert_eq!(played.ran.error_code(), "invalid_id");
    }
}

#[tokio::test]
async fn the_inner_status_is_the_jobs_and_the_outer_is_not() {
    let vendor = called("prequel");
    let unset = "0001-01-01T00:00:00Z";
    for (job, expected) in [
        (value!({"id": "j9", "status": "ERROR"}), "finished failed/ERROR verified"),
        (
            value!({"id": "j9", "destination_id": "d1", "status": "RUNNING", "ended_at": unset}),
            "requested running/RUNNING",
        ),
        (value!({"id": "j9", "status": "ORPHANED", "ended_at": "2026-01-01T00:00:00Z"}), "finished unknown/ORPHANED"),
    ] {
        let stage = Stage::new(vendor, vec![json(200, &answer(&job))], vec![]).await;
        let brief = stage.cancel(&[]).await.brief();
        assert!(brief.starts_with(expected) && brief.ends_with("read 0, exit 0"), "{brief}");
    }
    for ended in [value!(null), value!(unset), value!("soon"), value!(0)] {
        let job = answer(&value!({"id": "j9", "status": "ORPHANED", "ended_at": ended}));
        let stage = Stage::new(vendor, vec![json(200, &job)], vec![json(200, &job)]).await;
        let brief = stage.cancel(&[]).await.brief();
        assert!(brief.starts_with("requested unknown/ORPHANED verified") && brief.contains("read 1"), "{brief}");
    }
}

#[tokio::test]
async fn an_error_with_200_is_an_error() {
    let vendor = called("prequel");
    let error = value!({"status": "error", "message": "too late", "data": null});
    let stage =
        Stage::new(vendor, vec![json(200, &error)], vec![json(200, &vendor.state(vendor.id, Some("RUNNING")))]).await;
    let brief = stage.cancel(&[]).await.brief();
    assert!(brief.starts_with("refused running/RUNNING verified") && brief.contains("read 1, exit 6"), "{brief}");
}

#[tokio::test]
async fn a_job_of_another_destination_is_another_job() {
    let vendor = called("prequel");
    let other = answer(&value!({"id": "j9", "destination_id": "d2", "status": "CANCELLED"}));
    let found = json(200, &vendor.state(vendor.id, Some("CANCELLED")));
    let stage = Stage::new(vendor, vec![json(200, &other)], vec![found]).await;
    let brief = stage.cancel(&[]).await.brief();
    assert!(brief.starts_with("cancelled") && brief.contains("sent 1, read 1"), "it is read: {brief}");
}

#[tokio::test]
async fn the_destination_comes_from_the_flag_or_the_variable() {
    let vendor = called("prequel");
    let good = || vec![json(200, &answer(&value!({"id": "j9", "status": "CANCELLED"})))];
    let path = |destination: &str| vec![format!("/destinations/{destination}/data-integrity/j9/cancel")];
    let stage = Stage::new(vendor, good(), vec![]).await;
    let call = jobctl(&["cancel", "prequel", "j9", "--destination", "flag", "-o", "json"]);
    stage.play(call.env("PREQUEL_DESTINATION", "variable")).await.assert_paths(&path("flag"));
    let stage = Stage::new(vendor, good(), vec![]).await;
    let call = jobctl(&["cancel", "prequel:j9", "-o", "json"]);
    stage.play(call.env("PREQUEL_DESTINATION", "variable")).await.assert_paths(&path("variable"));
    let stage = Stage::new(vendor, good(), vec![]).await;
    let call = jobctl(&["cancel", "prequel", "own/j9", "-o", "json"]);
    stage.play(call.env("PREQUEL_DESTINATION", "variable")).await.assert_paths(&path("own"));
    for unusable in ["a/b", "/b", "a/", " "] {
        let stage = Stage::new(vendor, good(), vec![]).await;
        let call = jobctl(&["cancel", "prequel", "own/j9", "-o", "json"]);
        stage.play(call.env("PREQUEL_DESTINATION", unusable)).await.assert_paths(&path("own"));
        for bare in [&["cancel", "prequel", "j9", "-o", "json"][..], &["list", "prequel", "-o", "json"]] {
            let stage = Stage::new(vendor, vec![], vec![]).await;
            let played = stage.play(jobctl(bare).env("PREQUEL_DESTINATION", unusable)).await;
            assert_eq!((played.ran.code, played.requests.len()), (2, 0));
            assert!(played.ran.stderr.contains("PREQUEL_DESTINATION"), "{:?}", played.ran);
        }
    }
    let stage = Stage::new(vendor, vec![], vec![]).await;
    let played = stage.play(jobctl(&["cancel", "prequel", "own/j9", "--destination", "flag", "-o", "json"])).await;
    assert_eq!((played.ran.code, played.requests.len()), (2, 0));
}
