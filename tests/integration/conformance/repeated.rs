//! What is sent again, when, and what is read before.

use super::each;
use crate::support::{Op, Played, Stage, Vendor, jobctl, json, nobody, status};

fn cancelled(vendor: &Vendor) -> wiremock::ResponseTemplate {
    json(200, &vendor.accepted(vendor.id, Some("cancelled")))
}

fn seen(vendor: &Vendor, word: &str) -> wiremock::ResponseTemplate {
    json(200, &vendor.state(vendor.id, Some(word)))
}

/// What the last, good answer comes to.
fn well(vendor: &Vendor) -> &'static str {
    match vendor.name {
        "veeva" => "requested cancelling/- unverified",
        _ => "cancelled cancelled/cancelled verified",
    }
}

/// Reads after a good answer to a cancel.
fn confirming(vendor: &Vendor) -> usize {
    usize::from(vendor.name == "unstructured")
}

/// The order of sends and reads.
fn order(played: &Played) -> String {
    played.requests.iter().map(|request| if request.method.as_str() == "POST" { 's' } else { 'r' }).collect()
}

#[tokio::test]
async fn too_many_requests_are_sent_again_without_a_read() {
    each(|vendor| async move {
        for code in [408, 425, 429] {
            let stage =
                Stage::new(vendor, vec![status(code), cancelled(vendor)], vec![seen(vendor, "cancelled")]).await;
            let read = confirming(vendor);
            let expected = format!("{}, attempts 2, http 200, sent 2, read {read}, exit 0", well(vendor));
            assert_eq!(stage.cancel(&[]).await.brief(), expected, "{} {code}", vendor.name);
        }
    })
    .await;
}

#[tokio::test]
async fn retry_after_is_obeyed_in_seconds_and_as_a_date() {
    each(|vendor| async move {
        let date = "Thu, 01 Jan 2026 00:00:01 GMT";
        let by_date =
            status(429).insert_header("retry-after", date).insert_header("date", "Thu, 01 Jan 2026 00:00:00 GMT");
        for limited in [status(429).insert_header("retry-after", "1"), by_date] {
            let stage = Stage::new(vendor, vec![limited, cancelled(vendor)], vec![seen(vendor, "cancelled")]).await;
            let began = std::time::Instant::now();
            let brief = stage.cancel(&[]).await.brief();
            assert!(brief.starts_with(well(vendor)), "{brief}");
            assert!(began.elapsed().as_millis() >= 1000, "{}: {:?}", vendor.name, began.elapsed());
        }
    })
    .await;
}

#[tokio::test]
async fn a_retry_after_beyond_the_limit_fails_at_once() {
    each(|vendor| async move {
        for wait in ["3600", "99999999999999999999", "Fri, 01 Jan 2100 00:00:00 GMT"] {
            let limited = status(429).insert_header("retry-after", wait);
            let stage = Stage::new(vendor, vec![limited], vec![]).await;
            let began = std::time::Instant::now();
            let expected = "unavailable -/- unverified, attempts 1, http 429, sent 1, read 0, exit 7, rate_limited";
            assert_eq!(stage.cancel(&[]).await.brief(), expected, "{} {wait}", vendor.name);
            assert!(began.elapsed().as_secs() < 20, "{}: {:?}", vendor.name, began.elapsed());
        }
    })
    .await;
}

#[tokio::test]
async fn a_5xx_that_asks_for_a_longer_wait_is_not_sent_again() {
    each(|vendor| async move {
        let busy = status(503).insert_header("retry-after", "3600");
        // The read is another matter: it may be repeated.
        let stage = Stage::new(vendor, vec![busy], vec![status(429), seen(vendor, "running")]).await;
        let expected =
            "unavailable running/running verified, attempts 1, http 503, sent 1, read 2, exit 7, server_error";
        assert_eq!(stage.cancel(&[]).await.brief(), expected, "{}", vendor.name);
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_for_ever_are_unavailable() {
    each(|vendor| async move {
        let stage = Stage::new(vendor, vec![status(429)], vec![]).await;
        let expected = "unavailable -/- unverified, attempts 3, http 429, sent 3, read 0, exit 7, rate_limited";
        assert_eq!(stage.cancel(&["--retries", "2"]).await.brief(), expected, "{}", vendor.name);
        let stage = Stage::new(vendor, vec![status(429)], vec![]).await;
        let expected = "unavailable -/- unverified, attempts 1, http 429, sent 1, read 0, exit 7, rate_limited";
        assert_eq!(stage.cancel(&["--retry-max-time", "0s"]).await.brief(), expected, "{}", vendor.name);
    })
    .await;
}

#[tokio::test]
async fn after_a_5xx_the_state_decides() {
    each(|vendor| async move {
        let (gone, absent) = vendor.absent();
        for code in [500, 502, 503, 504, 520] {
            let tail = format!("attempts 1, http {code}, sent 1, read 1");
            for (read, expected) in [
                (seen(vendor, "CANCELLED"), format!("cancelled cancelled/CANCELLED verified, {tail}, exit 0")),
                (seen(vendor, "cancelling"), format!("requested cancelling/cancelling verified, {tail}, exit 0")),
                (seen(vendor, "done"), format!("finished succeeded/done verified, {tail}, exit 0")),
                (seen(vendor, "odd"), format!("unknown unknown/odd verified, {tail}, exit 7, server_error")),
                (status(403), format!("unknown -/- unverified, {tail}, exit 7, server_error")),
                (json(gone, &absent), format!("not_found -/- unverified, {tail}, exit 5, not_found")),
            ] {
                let stage = Stage::new(vendor, vec![status(code)], vec![read]).await;
                // --no-verify is about confirmations, and this is none.
                assert_eq!(stage.cancel(&["--no-verify"]).await.brief(), expected, "{} {code}", vendor.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_still_live_is_sent_again_after_the_read() {
    each(|vendor| async move {
        let stage = Stage::new(
            vendor,
            vec![status(503), cancelled(vendor)],
            vec![seen(vendor, "running"), seen(vendor, "cancelled")],
        )
        .await;
        let played = stage.cancel(&[]).await;
        let read = 1 + confirming(vendor);
        let expected = format!("{}, attempts 2, http 200, sent 2, read {read}, exit 0", well(vendor));
        assert_eq!(played.brief(), expected, "{}", vendor.name);
        assert!(order(&played).starts_with("srs"), "{}: {}", vendor.name, order(&played));
    })
    .await;
}

#[tokio::test]
async fn a_5xx_for_ever_over_a_live_job_is_unavailable() {
    each(|vendor| async move {
        // Veeva allows one read of a job in ten seconds, so one round has to do.
        let (retries, rounds) = if vendor.is_veeva() { ("0", 1) } else { ("2", 3) };
        let stage = Stage::new(vendor, vec![status(500)], vec![seen(vendor, "running")]).await;
        let played = stage.cancel(&["--retries", retries]).await;
        let expected = format!(
            "unavailable running/running verified, attempts {rounds}, http 500, sent {rounds}, read {rounds}, exit 7, server_error"
        );
        assert_eq!(played.brief(), expected, "{}", vendor.name);
        assert_eq!(order(&played), "sr".repeat(rounds), "nothing is sent again before the state was read");
    })
    .await;
}

#[tokio::test]
async fn a_read_that_fails_for_a_moment_is_repeated() {
    each(|vendor| async move {
        let other = json(200, &vendor.state(vendor.other, Some("running")));
        let reads = vec![status(503), status(429), other, seen(vendor, "cancelled")];
        let stage = Stage::new(vendor, vec![status(500)], reads).await;
        let played = stage.cancel(&[]).await;
        let expected = "cancelled cancelled/cancelled verified, attempts 1, http 500, sent 1, read 4, exit 0";
        assert_eq!(played.brief(), expected, "{}", vendor.name);
        assert_eq!(played.count(Op::Cancel), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_at_the_host_is_unavailable() {
    each(|vendor| async move {
        let (_held, uri) = nobody();
        let call = jobctl(&["cancel", vendor.name, vendor.id, "-o", "json", "--retries", "1"]);
        let ran = call.at(vendor, &uri).run().await;
        let row = &ran.rows()[0];
        assert_eq!((ran.code, &row["outcome"], &row["error"]["code"]), (7, &"unavailable".into(), &"connect".into()));
        assert_eq!(row["attempts"], 0, "nothing left");
    })
    .await;
}
