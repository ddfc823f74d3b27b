//! The vendor answered the cancel with a 2xx.

use super::{cancel_many, each, said, words};
use crate::support::{Op, Stage, Vendor, json, page, status};

/// The outcome after a 2xx, by the state that was seen.
fn outcome(vendor: &Vendor, state: &str) -> &'static str {
    match state {
        "cancelled" => "cancelled",
        "succeeded" | "failed" => "finished",
        "unknown" if !vendor.accepts => "unknown",
        _ => "requested",
    }
}

#[tokio::test]
async fn every_word_in_any_letter_case_has_its_state_and_outcome() {
    each(|vendor| async move {
        // Veeva never names a state in the answer to a cancel.
        if vendor.is_veeva() {
            return;
        }
        let words = words();
        let told = words.clone();
        let answer = move |_: Op, at: Option<usize>| {
            let id = vendor.nth(at.unwrap());
            json(200, &vendor.state(&id, Some(&told[at.unwrap()].0)))
        };
        let rows = cancel_many(vendor, words.len(), answer, &[]).await;
        for (row, (word, state)) in rows.iter().zip(&words) {
            let shown = if word.is_empty() { "-" } else { word };
            let verified = !word.is_empty();
            let expected = if word.is_empty() && !vendor.says_state {
                format!("{} unknown/- false", outcome(vendor, state))
            } else {
                format!("{} {state}/{shown} {verified}", outcome(vendor, state))
            };
            assert_eq!(said(row), expected, "{} {word:?}", vendor.name);
            assert_eq!(row["attempts"], 1);
        }
    })
    .await;
}

#[tokio::test]
async fn an_over_long_word_is_cut_and_stays_unknown() {
    each(|vendor| async move {
        for word in [format!("cancelled{}", "d".repeat(5000)), format!("stopped{}", " ".repeat(5000))] {
            let answer = json(200, &vendor.state(vendor.id, Some(&word)));
            let stage = Stage::new(vendor, vec![status(409)], vec![answer]).await;
            let rows = stage.cancel(&[]).await.ran.rows();
            let kept: String = word.chars().take(4000).chain(['…']).collect();
            assert_eq!(said(&rows[0]), format!("unknown unknown/{kept} true"), "{}", vendor.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_2xx_that_names_the_state_needs_no_read() {
    each(|vendor| async move {
        for code in [200, 201, 202] {
            let answer = json(code, &vendor.accepted(vendor.id, Some("cancelled")));
            let stage =
                Stage::new(vendor, vec![answer], vec![json(200, &vendor.state(vendor.id, Some("CANCELLED")))]).await;
            let played = stage.cancel(&[]).await;
            let rest = |read| format!("attempts 1, http {code}, sent 1, read {read}, exit 0");
            let expected = match vendor.name {
                "veeva" => format!("requested cancelling/- unverified, {}", rest(0)),
                // Its answer to a cancel means nothing, so the job is read.
                "unstructured" => format!("cancelled cancelled/CANCELLED verified, {}", rest(1)),
                _ => format!("cancelled cancelled/cancelled verified, {}", rest(0)),
            };
            assert_eq!(played.brief(), expected, "{}", vendor.name);
            let mut paths = vec![vendor.cancel_path(vendor.id)];
            paths.extend((vendor.name == "unstructured").then(|| vendor.read_path(vendor.id)));
            played.assert_paths(&paths);
            if let Some(body) = vendor.cancel_body(&[vendor.id]) {
                assert_eq!(played.requests[0].body_json::<serde_json::Value>().unwrap(), body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_word_the_job_is_read_once() {
    each(|vendor| async move {
        if vendor.is_veeva() {
            return;
        }
        let nothing = || json(200, &vendor.accepted(vendor.id, None));
        for (word, expected) in [
            (Some("cancelled"), "cancelled cancelled/cancelled verified, attempts 1, http 200, sent 1, read 1, exit 0"),
            (Some("done"), "finished succeeded/done verified, attempts 1, http 200, sent 1, read 1, exit 0"),
            (Some("running"), "requested running/running verified, attempts 1, http 200, sent 1, read 1, exit 0"),
        ] {
            let stage = Stage::new(vendor, vec![nothing()], vec![json(200, &vendor.state(vendor.id, word))]).await;
            assert_eq!(stage.cancel(&[]).await.brief(), expected, "{}", vendor.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_read_that_tells_nothing_leaves_the_documented_acceptance_and_no_more() {
    each(|vendor| async move {
        if vendor.is_veeva() {
            return;
        }
        let nothing = || json(200, &vendor.accepted(vendor.id, None));
        let (gone, body) = vendor.absent();
        for (read, args) in [
            (status(403), vec![]),
            (status(503), vec!["--retries", "0"]),
            (page(200), vec!["--retries", "0"]),
            (json(gone, &body), vec![]),
            (json(200, &vendor.state(vendor.other, Some("cancelled"))), vec!["--retries", "0"]),
        ] {
            let stage = Stage::new(vendor, vec![nothing()], vec![read]).await;
            let brief = stage.cancel(&args).await.brief();
            let expected = if vendor.accepts { "requested " } else { "unknown " };
            assert!(brief.starts_with(expected), "{}: {brief}", vendor.name);
            let exit = if vendor.accepts { "sent 1, read 1, exit 0" } else { "sent 1, read 1, exit 7" };
            assert!(brief.contains(exit), "{}: {brief}", vendor.name);
        }
    })
    .await;
}

#[tokio::test]
async fn no_verify_skips_the_confirming_read() {
    each(|vendor| async move {
        let nothing = json(200, &vendor.accepted(vendor.id, None));
        let stage = Stage::new(vendor, vec![nothing], vec![]).await;
        let brief = stage.cancel(&["--no-verify"]).await.brief();
        let start = match vendor.name {
            "datafold" => "unknown ",
            "veeva" => "requested cancelling/- unverified",
            _ => "requested ",
        };
        assert!(brief.starts_with(start), "{}: {brief}", vendor.name);
        assert!(brief.contains("unverified") && brief.contains("sent 1, read 0"), "{}: {brief}", vendor.name);
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_content_is_an_answer_and_nothing_is_sent_again() {
    each(|vendor| async move {
        if vendor.is_veeva() {
            return;
        }
        for nothing in [status(204), status(205), json(200, &serde_json::Value::Null)] {
            let live = json(200, &vendor.state(vendor.id, Some("running")));
            let stage = Stage::new(vendor, vec![nothing.clone()], vec![live]).await;
            let brief = stage.cancel(&[]).await.brief();
            assert!(brief.starts_with("requested running/running verified"), "{}: {brief}", vendor.name);
            assert!(brief.contains("sent 1, read 1, exit 0"), "{}: {brief}", vendor.name);
            for args in [&["--retries", "0"][..], &["--no-verify"]] {
                let stage = Stage::new(vendor, vec![nothing.clone()], vec![status(503)]).await;
                let brief = stage.cancel(args).await.brief();
                let start = if vendor.accepts { "requested -/- " } else { "unknown -/- " };
                assert!(brief.starts_with(start) && brief.contains("sent 1, "), "{} {args:?}: {brief}", vendor.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_believed_is_settled_by_reading() {
    each(|vendor| async move {
        let large = vec![b' '; (8 << 20) + 1];
        let whole = serde_json::to_vec(&vendor.accepted(vendor.id, Some("cancelled"))).unwrap();
        let half = whole[..whole.len() / 2].to_vec();
        let mut array = vec![b'['];
        array.extend_from_slice(&whole);
        array.push(b']');
        let raw = |bytes: Vec<u8>| wiremock::ResponseTemplate::new(200).set_body_raw(bytes, "application/json");
        let mut lies = vec![
            ("a web page", page(200)),
            ("half of the JSON", raw(half)),
            ("bytes", raw(vec![0xff, 0x00, 0xfe, b'{'])),
            ("too much", raw(large)),
            ("another job", json(200, &vendor.accepted(vendor.other, Some("cancelled")))),
        ];
        if vendor.name != "unstructured" {
            lies.push(("nothing", status(200)));
            lies.push(("a list", raw(array)));
            lies.push(("lists without end", raw(vec![b'['; 1 << 20])));
            lies.push(("text", raw(b"cancelled".to_vec())));
        }
        if vendor.is_veeva() {
            // Its acceptance stands in the items; without them there is none.
            lies.push(("no content", status(204)));
            lies.push(("null", raw(b"null".to_vec())));
        }
        for (what, lie) in lies {
            let found = json(200, &vendor.state(vendor.id, Some("cancelled")));
            let stage = Stage::new(vendor, vec![lie.clone()], vec![found]).await;
            // Also where the confirming read is not wanted: this read is no confirmation.
            let played = stage.cancel(&["--no-verify"]).await;
            let brief = played.brief();
            assert!(
                brief.starts_with("cancelled cancelled/cancelled verified, attempts 1, http ")
                    && brief.ends_with("sent 1, read 1, exit 0"),
                "{} {what}: {brief}",
                vendor.name
            );
            let stage = Stage::new(vendor, vec![lie], vec![status(403)]).await;
            let brief = stage.cancel(&[]).await.brief();
            assert!(
                brief.starts_with("unknown -/- unverified") && brief.contains("sent 1, read 1, exit 7"),
                "{} {what}: {brief}",
                vendor.name
            );
        }
    })
    .await;
}
