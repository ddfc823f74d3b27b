//! How long the next attempt waits, and what an answer says of a burst limit.

use std::sync::Arc;

use super::*;
use crate::base_url::BaseUrl;
use crate::http::{BurstHeaders, HeaderMap, HeaderName, Limiter, Policy};

#[tokio::test(start_paused = true)]
async fn a_wait_leaves_time_for_the_attempt_after_it() {
    let policy = Policy { retries: 20, ..Policy::default() };
    let mut budget = Budget::new(&policy, Control::new(None));
    for _ in 0..10 {
        budget.begin(Duration::ZERO);
    }
    tokio::time::advance(Duration::from_secs(58)).await;
    let seconds = Duration::from_secs;
    for _ in 0..100 {
        assert!(wait(&budget, None, Duration::ZERO).unwrap() <= seconds(1));
    }
    for (asked, waits) in [(0, true), (1, true), (2, true), (3, false)] {
        assert_eq!(wait(&budget, Some(seconds(asked)), Duration::ZERO), waits.then_some(seconds(asked)));
    }
    for (asked, spacing, waits) in [
        (None, 2, Some(2)),
        (None, 3, None),
        (Some(1), 2, Some(2)),
        (Some(2), 1, Some(2)),
        (Some(1), 3, None),
        (Some(3), 1, None),
    ] {
        assert_eq!(wait(&budget, asked.map(seconds), seconds(spacing)), waits.map(seconds), "{asked:?} {spacing}");
    }
    budget.polls = true;
    assert_eq!(wait(&budget, Some(seconds(1)), seconds(2)), None, "who comes back by itself waits elsewhere");
    assert_eq!(wait(&budget, Some(seconds(1)), Duration::ZERO), Some(seconds(1)));
}

#[test]
fn a_burst_limit_is_read_from_the_vendors_own_headers() {
    const NAMES: [&str; 3] = ["x-limit", "x-remaining", "x-delay"];
    let seen = |limit, remaining, delayed| Some(Burst { limit, remaining, delayed });
    let limiter = Arc::new(Limiter::new(1, None));
    let mut endpoint = Endpoint::new("v", BaseUrl::parse("h.example").unwrap(), "authorization", limiter);
    for (values, expected) in [
        (["2000", "1500", ""], seen(2000.0, 1500.0, false)),
        (["2000", " 7 ", "0"], seen(2000.0, 7.0, false)),
        (["2000", "0", "500"], seen(2000.0, 0.0, true)),
        (["", "", "1"], seen(0.0, 0.0, true)),
        (["2000", "", "1"], seen(0.0, 0.0, true)),
        (["2000", "", "0"], None),
        (["", "7", ""], None),
        (["2000", "-1", "soon"], None),
    ] {
        let filled = NAMES.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
        let headers: HeaderMap =
            filled.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let reply = Reply { status: 200, headers, body: bytes::Bytes::new() };
        endpoint.burst = None;
        assert_eq!(burst(&endpoint, &reply), None);
        let [limit, remaining, delay] = NAMES;
        endpoint.burst = Some(BurstHeaders { limit, remaining, delay });
        assert_eq!(burst(&endpoint, &reply), expected, "{values:?}");
    }
}
