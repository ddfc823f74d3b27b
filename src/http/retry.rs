//! The arithmetic of repeating: how long to wait, and what `Retry-After` asks for.
//!
//! Pure: no clock, no sleep, no I/O. Must not know any vendor or reqwest.

use std::time::{Duration, SystemTime};

/// The first backoff is drawn from zero to this.
const BASE: Duration = Duration::from_millis(200);

/// No backoff is longer.
const CAP: Duration = Duration::from_secs(20);

/// Nobody means a pause of more than a week: it stands for every longer one.
pub(super) const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest wait before repeat number `repeat` (from 0).
#[must_use]
pub(super) fn ceiling(repeat: u32) -> Duration {
    // Past 2^7 the cap rules anyway, so the shift can never overflow.
    BASE.saturating_mul(1 << repeat.min(7)).min(CAP)
}

/// How long to wait before repeat number `repeat` (from 0): anything from zero to
/// an exponentially growing bound ("full jitter"), so that callers who failed
/// together do not come back together.
#[must_use]
pub(crate) fn backoff(repeat: u32) -> Duration {
    ceiling(repeat).mul_f64(fastrand::f64())
}

/// What a `Retry-After` value asks for: seconds, or a date seen from `now` (the
/// answer's own `Date`, so that a wrong clock here does not matter). A date that
/// has passed is no wait at all; text that is neither is ignored.
#[must_use]
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for the type is a number all the same.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> SystemTime {
        httpdate::parse_http_date(text).unwrap()
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = at("Thu, 01 Jan 2026 00:00:00 GMT");
        for (value, wait) in [
            ("0", Some(0)),
            ("1", Some(1)),
            (" 120 ", Some(120)),
            ("Thu, 01 Jan 2026 00:00:30 GMT", Some(30)),
            ("Wed, 31 Dec 2025 23:59:00 GMT", Some(0)),
            ("Thursday, 01-Jan-26 00:00:05 GMT", Some(5)),
            ("", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("99999999999999999999999", Some(604_800)),
            ("18446744073709551615", Some(604_800)),
            ("604801", Some(604_800)),
            ("Fri, 01 Jan 2100 00:00:00 GMT", Some(604_800)),
        ] {
            assert_eq!(parse_retry_after(value, now), wait.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_cap() {
        let bounds: Vec<_> = (0..9).map(|repeat| ceiling(repeat).as_millis()).collect();
        assert_eq!(bounds, [200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]);
    }

    proptest! {
        #[test]
        fn backoff_stays_under_its_bound(repeat: u32) {
            prop_assert!(backoff(repeat) <= ceiling(repeat));
            prop_assert!(ceiling(repeat) <= CAP);
        }

        #[test]
        fn no_retry_after_makes_trouble(value in "\\PC*", seconds in 0_u64..5_000_000_000) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            if let Some(wait) = parse_retry_after(&value, now) {
                prop_assert!(wait <= LONGEST);
            }
        }

        #[test]
        fn any_number_is_itself_or_the_longest(seconds: u64) {
            let wait = parse_retry_after(&seconds.to_string(), SystemTime::UNIX_EPOCH);
            prop_assert_eq!(wait, Some(Duration::from_secs(seconds).min(LONGEST)));
        }
    }
}
