//! Datafold's traps.

use serde_json::json as value;

use crate::support::{KEY, Stage, called, jobctl, json, status};

#[tokio::test]
async fn a_key_may_be_pasted_with_its_scheme_and_a_line_end() {
    for pasted in [format!("Key {KEY}"), format!("{KEY}\n"), format!("  key   {KEY} \r\n")] {
        let vendor = called("datafold");
        let stage = Stage::new(vendor, vec![json(200, &vendor.state("123", Some("cancelled")))], vec![]).await;
        let call = jobctl(&["cancel", "datafold", "123", "-o", "json"]).env("DATAFOLD_HOST", stage.server.uri());
        let ran = call.env("DATAFOLD_API_KEY", pasted).run().await;
        assert_eq!(ran.code, 0, "{ran:?}");
        let requests = stage.server.received_requests().await.unwrap();
        assert_eq!(requests[0].headers["authorization"], format!("Key {KEY}"));
    }
}

#[tokio::test]
async fn the_status_decides_and_never_the_200() {
    let vendor = called("datafold");
    for (word, expected) in [
        ("done", "finished succeeded/done verified"),
        ("failed", "finished failed/failed verified"),
        ("queued", "requested queued/queued verified"),
        ("needs_authentication", "requested blocked/needs_authentication verified"),
    ] {
        let stage = Stage::new(vendor, vec![json(200, &vendor.state(vendor.id, Some(word)))], vec![]).await;
        let brief = stage.cancel(&[]).await.brief();
        assert!(brief.starts_with(expected) && brief.ends_with("read 0, exit 0"), "{brief}");
    }
}

#[tokio::test]
async fn malformed_ids_are_refused_before_anything_is_sent() {
    let vendor = called("datafold");
    for id in [
        "0",
        "007",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "abc",
        "１２",
        "99999999999999999999",
        "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162",
    ] {
        let stage = Stage::new(vendor, vec![], vec![]).await;
        let played = stage.play(jobctl(&["cancel", "datafold", "-o", "json", "--", "5", id])).await;
        let document = played.ran.document();
        assert_eq!((played.ran.code, played.requests.len()), (2, 0), "{id}");
        assert_eq!((&document["error"]["code"], &document["results"]), (&"invalid_id".into(), &value!([])));
        assert!(document["error"]["message"].as_str().unwrap().contains(id), "which one: {document:#}");
        assert!(document["error"]["hint"].as_str().unwrap().contains("positive integer"), "what it looks like");
    }
}

#[tokio::test]
async fn the_vendors_words_are_shown_in_every_shape() {
    let vendor = called("datafold");
    for (body, words) in [
        (value!({"detail": "no such diff"}), "no such diff"),
        (value!({"detail": [{"loc": ["path"], "msg": "not an integer", "type": "x"}]}), "not an integer"),
        (value!({"title": "Forbidden", "type": "about:blank", "status": 403}), "Forbidden"),
    ] {
        let stage = Stage::new(vendor, vec![json(422, &body)], vec![]).await;
        let rows = stage.cancel(&[]).await.ran.rows();
        assert!(rows[0]["error"]["provider_message"].as_str().unwrap().contains(words), "{rows:#?}");
    }
}

#[tokio::test]
async fn an_older_server_without_the_cancel_path_is_no_missing_job() {
    let vendor = called("datafold");
    let stage =
        Stage::new(vendor, vec![status(404)], vec![json(200, &vendor.state(vendor.id, Some("processing")))]).await;
    let brief = stage.cancel(&[]).await.brief();
    assert!(brief.starts_with("refused running/processing verified"), "{brief}");
}
