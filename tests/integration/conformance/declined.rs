//! The vendor said no, and only the job's state says what that means.

use super::{cancel_many, each, said, words};
use crate::support::{Op, Stage, json, page, status};

#[tokio::test]
async fn a_no_is_settled_by_the_word_that_is_read() {
    each(|vendor| async move {
        let words = words();
        let told = words.clone();
        let count = words.len();
        let answer = move |op: Op, at: Option<usize>| match (op, at) {
            (Op::Read, Some(at)) => json(200, &vendor.state(&vendor.nth(at), Some(&told[at].0))),
            (Op::Cancel, None) => {
                let item = vendor.declined().1["data"][0].clone();
                json(200, &serde_json::json!({"responseStatus": "SUCCESS", "data": vec![item; count]}))
            }
            _ => json(409, &vendor.declined().1),
        };
        let rows = cancel_many(vendor, count, answer, &[]).await;
        for (row, (word, state)) in rows.iter().zip(&words) {
            let outcome = match *state {
                "cancelled" => "cancelled",
                "cancelling" => "requested",
                "succeeded" | "failed" => "finished",
                "unknown" => "unknown",
                _ => "refused",
            };
            let shown = if word.is_empty() { "-" } else { word };
            let expected = format!("{outcome} {state}/{shown} {}", !word.is_empty());
            assert_eq!(said(row), expected, "{} {word:?}", vendor.name);
            assert_eq!(row["attempts"], 1);
            if outcome == "refused" {
                assert_eq!(row["error"]["code"], "refused");
                assert!(row["error"]["provider_message"].as_str().unwrap().contains("not now"), "{row:#}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_status_that_says_no() {
    each(|vendor| async move {
        for code in [400, 404, 405, 409, 410, 501] {
            let (gone, body) = vendor.absent();
            let reads = [
                (json(200, &vendor.state(&vendor.nth(0), Some("running"))), "refused running/running true"),
                (json(200, &vendor.state(&vendor.nth(1), Some("cancelled"))), "cancelled cancelled/cancelled true"),
                (json(200, &vendor.state(&vendor.nth(2), Some("canceling"))), "requested cancelling/canceling true"),
                (json(200, &vendor.state(&vendor.nth(3), Some("failed"))), "finished failed/failed true"),
                (json(gone, &body), "not_found -/- false"),
                (status(403), "unknown -/- false"),
                (status(500), "unknown -/- false"),
                (page(200), "unknown -/- false"),
                (json(200, &vendor.state(&vendor.nth(0), Some("cancelled"))), "unknown -/- false"),
            ];
            let expected: Vec<_> = reads.iter().map(|(_, expected)| *expected).collect();
            let answers: Vec<_> = reads.iter().map(|(read, _)| read.clone()).collect();
            let answer = move |op: Op, at: Option<usize>| match op {
                Op::Cancel => json(code, &serde_json::json!({"detail": "no"})),
                Op::Read => answers[at.unwrap()].clone(),
            };
            let rows = cancel_many(vendor, expected.len(), answer, &["--retries", "0"]).await;
            for (row, expected) in rows.iter().zip(expected) {
                assert_eq!(said(row), expected, "{} {code}", vendor.name);
                assert_eq!((&row["attempts"], &row["http_status"]), (&1.into(), &code.into()));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_exit_codes_of_a_no() {
    each(|vendor| async move {
        let (code, body) = vendor.declined();
        let (gone, absent) = vendor.absent();
        let running = json(200, &vendor.state(vendor.id, Some("running")));
        for (read, args, end) in [
            (running, vec![], "exit 6, refused"),
            (json(gone, &absent), vec![], "exit 5, not_found"),
            (json(gone, &absent), vec!["--ignore-not-found"], "exit 0"),
            (status(403), vec![], "exit 7, unreadable"),
        ] {
            let stage = Stage::new(vendor, vec![json(code, &body)], vec![read]).await;
            let brief = stage.cancel(&args).await.brief();
            assert!(brief.ends_with(&format!("sent 1, read 1, {end}")), "{}: {brief}", vendor.name);
        }
    })
    .await;
}
