//! Answers that are final without a look at the job.

use serde_json::json as value;

use super::{cancel_many, each, said};
use crate::support::{ALL, Op, Stage, jobctl, json, page, status};

#[tokio::test]
async fn a_rejected_credential_stops_its_provider() {
    each(|vendor| async move {
        let stage = Stage::new(vendor, vec![json(401, &value!({"detail": "bad key"}))], vec![]).await;
        let ids: Vec<String> = (0..1100).map(|n| vendor.nth(n)).collect();
        let call = jobctl(&["cancel", vendor.name, "-o", "json", "--concurrency", "1"]).args(&ids);
        let played = stage.play(call).await;
        assert_eq!(played.ran.code, 4);
        assert_eq!((played.count(Op::Cancel), played.count(Op::Read)), (1, 0), "{}: asked once", vendor.name);
        let rows = played.ran.rows();
        assert_eq!(rows.len(), 1100);
        let first = if vendor.is_veeva() { 500 } else { 1 };
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row["outcome"], "unauthorized");
            assert_eq!(row["error"]["code"], "credentials_rejected");
            assert_eq!(row["attempts"], u8::from(at < first), "{} {at}", vendor.name);
            assert_eq!(row["http_status"], if at < first { 401.into() } else { value!(null) });
        }
    })
    .await;
}

#[tokio::test]
async fn a_rejected_credential_leaves_the_other_providers_alone() {
    each(|rejected| async move {
        let stage = Stage::with(rejected, move |_, path, _| {
            let vendor = ALL.iter().find(|vendor| path == vendor.cancel_path(vendor.id));
            match vendor.or(ALL.iter().find(|vendor| path == vendor.read_path(vendor.id))) {
                Some(vendor) if vendor.name == rejected.name => status(401),
                Some(vendor) if path == vendor.cancel_path(vendor.id) => {
                    json(200, &vendor.accepted(vendor.id, Some("cancelled")))
                }
                Some(vendor) => json(200, &vendor.state(vendor.id, Some("cancelled"))),
                None => status(599),
            }
        })
        .await;
        let refs: Vec<String> = ALL.iter().map(|vendor| vendor.reference(vendor.id)).collect();
        let ran = jobctl(&["cancel", "-o", "json"]).args(&refs).at_all(&stage.server.uri()).run().await;
        assert_eq!(ran.code, 3);
        for (row, vendor) in ran.rows().iter().zip(ALL) {
            let expected = match vendor.name {
                name if name == rejected.name => "unauthorized",
                "veeva" => "requested",
                _ => "cancelled",
            };
            assert_eq!(row["outcome"], expected, "{} without {}", vendor.name, rejected.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_403_concerns_its_own_job_only() {
    each(|vendor| async move {
        if vendor.is_veeva() {
            return; // a chunk has one status; its items are in the vendor's own tests
        }
        let answer = move |_: Op, at: Option<usize>| match at.unwrap() {
            1 => json(403, &value!({"detail": "not yours", "message": "not yours"})),
            at => json(200, &vendor.state(&vendor.nth(at), Some("cancelled"))),
        };
        let rows = cancel_many(vendor, 40, answer, &["--concurrency", "1"]).await;
        for (at, row) in rows.iter().enumerate() {
            let expected = if at == 1 { "unauthorized -/- false" } else { "cancelled cancelled/cancelled true" };
            assert_eq!(said(row), expected, "{} {at}", vendor.name);
        }
        assert_eq!(rows[1]["error"]["code"], "forbidden");
        assert!(rows[1]["error"]["provider_message"].as_str().unwrap().contains("not yours"));
    })
    .await;
}

#[tokio::test]
async fn final_statuses_are_not_repeated_and_nothing_is_read() {
    each(|vendor| async move {
        for (code, expected) in [
            (401, "unauthorized -/- unverified, attempts 1, http 401, sent 1, read 0, exit 4, credentials_rejected"),
            (403, "unauthorized -/- unverified, attempts 1, http 403, sent 1, read 0, exit 4, forbidden"),
            (422, "invalid -/- unverified, attempts 1, http 422, sent 1, read 0, exit 2, rejected"),
        ] {
            for answer in [status(code), page(code), json(code, &value!({"detail": [{"loc": [], "msg": "x"}]}))] {
                let stage = Stage::new(vendor, vec![answer], vec![]).await;
                assert_eq!(stage.cancel(&[]).await.brief(), expected, "{}", vendor.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_never_followed_and_its_target_gets_nothing() {
    each(|vendor| async move {
        let trap = Stage::new(vendor, vec![], vec![]).await;
        for code in [301, 302, 303, 307, 308] {
            let target = format!("{}/elsewhere", trap.server.uri());
            let redirect = status(code).insert_header("location", target.as_str());
            let stage = Stage::new(vendor, vec![redirect.clone()], vec![]).await;
            let expected =
                format!("unavailable -/- unverified, attempts 1, http {code}, sent 1, read 0, exit 7, redirected");
            assert_eq!(stage.cancel(&[]).await.brief(), expected, "{}", vendor.name);
            // A read that is redirected is no sight of the job.
            let stage = Stage::new(vendor, vec![status(409)], vec![redirect]).await;
            let brief = stage.cancel(&[]).await.brief();
            assert!(brief.starts_with("unknown -/- ") && brief.contains("sent 1, read 1"), "{}: {brief}", vendor.name);
        }
        assert!(trap.server.received_requests().await.unwrap().is_empty(), "{}", vendor.name);
    })
    .await;
}
