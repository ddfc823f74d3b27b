//! Small texts with a grammar: name patterns, hosts, `Retry-After`.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::check_error;
use super::feed::Feed;
use crate::base_url::BaseUrl;
use crate::engine::Filter;
use crate::http::parse_retry_after;
use crate::job::{Job, JobId, JobState};

/// A digit for the kind; then the text.
pub fn values(data: &[u8]) {
    let mut feed = Feed::new(data);
    match feed.below(4) {
        0 => {
            let pattern = feed.line().unwrap_or_default();
            glob(&pattern, &String::from_utf8_lossy(feed.rest()));
        }
        1 => host(&String::from_utf8_lossy(feed.rest())),
        2 => {
            let now = feed.line().and_then(|text| text.parse().ok()).unwrap_or(1_767_225_600_u64);
            retry_after(&String::from_utf8_lossy(feed.rest()), now % (1 << 40));
        }
        _ => ages(feed),
    }
}

/// `--name` says of a name what a reading of the pattern step by step says of it.
fn glob(pattern: &str, name: &str) {
    let name: String = name.chars().take(200).collect();
    let Ok(filter) = Filter::new(Vec::new(), None, None, Some(pattern), Timestamp::UNIX_EPOCH) else { return };
    let nameless = Job::new(JobId::from_canonical("1"), None);
    let job = Job { name: Some(name.clone()), ..nameless.clone() };
    let found = filter.matches(&job);
    assert!(!filter.matches(&nameless) && filter.hinges_on_name(&nameless) && !filter.hinges_on_name(&job));
    if !pattern.contains(['[', ']']) && !pattern.contains("**") {
        assert_eq!(found, matches(pattern, &name), "{pattern:?} and {name:?}");
    }
    let written = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<Filter>(&written).unwrap(), filter, "{written}");
}

/// Whether `?` as any one letter and `*` as any letters make `name` of `pattern`.
fn matches(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    // Where the pattern read so far may end in the name.
    let mut ends = vec![false; name.len() + 1];
    ends[0] = true;
    for token in pattern.chars() {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            next[at] = match token {
                '*' => ends[at] || (at > 0 && next[at - 1]),
                '?' => at > 0 && ends[at - 1],
                letter => at > 0 && ends[at - 1] && name[at - 1] == letter,
            };
        }
        ends = next;
    }
    ends[name.len()]
}

/// A host is refused, or becomes one safe URL.
fn host(text: &str) {
    let url = match BaseUrl::parse(text) {
        Ok(url) => url,
        Err(error) => {
            assert!(!error.message.contains(char::is_control), "{:?}", error.message);
            return check_error(&error);
        }
    };
    assert_eq!(BaseUrl::parse(url.as_str()).as_ref(), Ok(&url), "{text:?} is not stable");
    assert!(url.is_https() || url.is_loopback(), "{url}");
    assert!(url.as_str().chars().all(|c| c.is_ascii_graphic() && !"@?#\\".contains(c)), "{url}");
    assert_eq!(format!("{}{}", url.origin(), url.path()), url.as_str());
    let again = url::Url::parse(url.as_str()).unwrap();
    let seen = again.host_str().unwrap().trim_start_matches('[').trim_end_matches(']');
    assert_eq!(seen, url.host());
    assert!(
        text.to_ascii_lowercase().contains(url.host())
            || text.contains(['[', 'x'])
            || url.host().parse::<std::net::IpAddr>().is_ok()
    );
    for short in [url.clone().without_path(), url.clone().without_suffix("/api/v1")] {
        assert_eq!(short.origin(), url.origin());
        assert_eq!(BaseUrl::parse(short.as_str()).as_ref(), Ok(&short));
    }
}

/// A pause that a server asks for is what it wrote, or nothing, and at most a week.
fn retry_after(text: &str, now: u64) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    let asked = parse_retry_after(text, now);
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    let number = text.trim();
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let wanted = Duration::from_secs(number.parse().unwrap_or(u64::MAX)).min(week);
        assert_eq!(asked, Some(wanted));
    } else if let Some(wait) = asked {
        let date = httpdate::parse_http_date(number).expect("neither a number nor a date");
        assert_eq!(date.duration_since(now).unwrap_or_default().min(week), wait);
    }
}

/// Older and newer than the same age exclude each other, and an end leaves no job live.
fn ages(mut feed: Feed<'_>) {
    let mut number = || feed.line().and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let (now, created, age) = (number(), number(), number().unsigned_abs());
    let (Ok(now), Ok(created)) = (Timestamp::from_second(now), Timestamp::from_second(created)) else { return };
    let age = Duration::from_secs(age);
    let filter = |older, newer| Filter::new(vec![JobState::Running], older, newer, None, now);
    let (Ok(older), Ok(newer)) = (filter(Some(age), None), filter(None, Some(age))) else { return };
    let job = Job::new(JobId::from_canonical("1"), Some("running".into()));
    assert!(!older.matches(&job) && !newer.matches(&job), "a job without a time has no age");
    let job = Job { created_at: Some(created), ..job };
    let exactly = created.duration_until(now).unsigned_abs() == age;
    assert!(exactly || !(older.matches(&job) && newer.matches(&job)), "{job:?} is older and newer than {age:?}");
    let ended = Job { state: JobState::Cancelled, ..job };
    assert!(!older.matches(&ended) && !newer.matches(&ended));
}
