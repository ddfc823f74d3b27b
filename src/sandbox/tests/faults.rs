//! What each fault does on the wire, and whether the cancel was applied.

use super::*;

const CANCEL: &str = "POST /api/v1/datadiffs/123/cancel";
const KEY: &str = "authorization: Key sandbox-datafold-key";

async fn faulty(faults: &str) -> Sandbox {
    start(Options { faults: faults.parse().unwrap(), seed: 1, ..Options::default() }).await
}

fn applied(sandbox: &Sandbox) -> u32 {
    sandbox.job("datafold", "123").unwrap().applied
}

#[tokio::test]
async fn a_status_is_before_the_vendor_or_after_it() {
    for (faults, expected, applies) in [("503=1x,retry-after=2", 503, 0), ("applied-500=1x", 500, 1)] {
        let sandbox = faulty(faults).await;
        let got = send(&sandbox, CANCEL, KEY, "").await;
        assert_eq!((got.status, applied(&sandbox)), (expected, applies));
        assert_eq!(got.header("retry-after"), (expected == 503).then_some("2"));
        assert_eq!(send(&sandbox, CANCEL, KEY, "").await.status, 200);
        assert_eq!(sandbox.totals().faults, 1);
    }
}

#[tokio::test]
async fn a_drop_is_applied_and_a_reset_is_not() {
    for (faults, applies) in [("drop=1", 1), ("reset=1", 0)] {
        let sandbox = faulty(faults).await;
        let answer = raw(&sandbox, request(CANCEL, KEY, "")).await.unwrap_or_default();
        assert!(answer.is_empty());
        assert_eq!(applied(&sandbox), applies, "{faults}");
    }
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let sandbox = faulty("reset=1").await;
    let error = raw(&sandbox, request(CANCEL, KEY, "")).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn half_a_body_announces_the_whole() {
    let sandbox = faulty("half=1").await;
    let got = send(&sandbox, CANCEL, KEY, "").await;
    let announced: usize = got.header("content-length").unwrap().parse().unwrap();
    assert_eq!((got.body.len(), applied(&sandbox)), (announced / 2, 1));
}

#[tokio::test]
async fn answers_that_should_not_be_believed() {
    let body = |faults: &'static str| async move {
        let sandbox = faulty(faults).await;
        let got = send(&sandbox, CANCEL, KEY, "").await;
        (got, applied(&sandbox))
    };
    let (garbage, applies) = body("garbage=1").await;
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err() && applies == 1);
    let (html, applies) = body("html=1").await;
    assert_eq!((html.status, html.header("content-type"), applies), (200, Some("text/html"), 0));
    let (empty, applies) = body("empty=1").await;
    assert_eq!((empty.status, empty.body.len(), applies), (200, 0, 1));
    let (huge, _) = body("huge=1").await;
    assert!(huge.body.len() > 8 * 1024 * 1024);
    let (wrong, applies) = body("wrong-job=1").await;
    assert_eq!((wrong.json()["id"].as_u64(), applies), (Some(124), 1));
    let (redirect, applies) = body("redirect=1").await;
    assert_eq!((redirect.status, applies), (302, 0));
    assert!(redirect.header("location").is_some());
}

#[tokio::test]
async fn veeva_fails_in_its_own_way() {
    let session = "authorization: SANDBOX0SESSION0000000000000000000000000000000000000000000000001";
    let cancel = "POST /api/v25.3/services/jobs/actions/cancel";
    let body = r#"[{"job_id":1046892},{"job_id":1046893}]"#;
    for (faults, word, items, elsewhere) in
        [("expired=1", "FAILURE", 0, 401), ("exception=1", "EXCEPTION", 0, 500), ("short=1", "SUCCESS", 1, 200)]
    {
        let sandbox = faulty(faults).await;
        let got = send(&sandbox, cancel, session, body).await;
        assert_eq!((got.status, got.json()["responseStatus"].as_str()), (200, Some(word)));
        assert_eq!(got.json()["data"].as_array().map_or(0, Vec::len), items);
        assert_eq!(sandbox.job("veeva", "1046892").unwrap().applied, u32::from(items == 1));
        assert_eq!(send(&sandbox, CANCEL, KEY, "").await.status, elsewhere);
    }
}

#[tokio::test]
async fn a_stall_never_answers_and_a_vendor_without_it_does() {
    let sandbox = faulty("datafold:stall=1").await;
    let stalled = tokio::time::timeout(Duration::from_millis(200), raw(&sandbox, request(CANCEL, KEY, ""))).await;
    assert!(stalled.is_err());
    assert_eq!(send(&sandbox, "GET /", "x-api-key: sk_staging_sandbox", "").await.status, 200);
}

#[tokio::test]
async fn an_incident_can_begin_and_end() {
    let sandbox = faulty("").await;
    assert_eq!(send(&sandbox, CANCEL, KEY, "").await.status, 200);
    sandbox.set_faults("429=1".parse().unwrap(), 0);
    assert_eq!(send(&sandbox, CANCEL, KEY, "").await.status, 429);
    sandbox.set_faults(Faults::default(), 0);
    assert_eq!(send(&sandbox, CANCEL, KEY, "").await.status, 200);
}
