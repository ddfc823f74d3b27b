//! Secrets in what a server says: none comes through, in no spelling that is known,
//! and JSON stays JSON.

use std::sync::Arc;

use bytes::Bytes;

use super::feed::Feed;
use super::stage::HOST;
use crate::base_url::BaseUrl;
use crate::http::{Endpoint, HeaderMap, Limiter};
use crate::secret::Secret;

/// The secret to the line's end, a second one, what stands before it, what stands
/// after it; then how each letter is spelt, a digit each, and how often it is put into
/// a string of JSON.
pub fn redaction(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (secret, other) = (feed.line().unwrap_or_default(), feed.line().unwrap_or_default());
    let (before, after) = (feed.line().unwrap_or_default(), feed.line().unwrap_or_default());
    let depth = feed.below(3);
    let Some(known) = Secret::new(&secret) else { return };
    let secret = known.expose().to_owned();
    // Too short to be looked for, or such that the blot itself would make it up again.
    if secret.len() < 4 || secret.contains('*') || other.contains('*') {
        return;
    }
    // Each backslash of a secret may stand in four ways, which takes its time; nobody has
    // more than a few.
    let backslashes = |text: &str| text.matches('\\').count();
    if backslashes(&secret) > 8 || backslashes(&other) > 8 {
        return;
    }
    let endpoint =
        Endpoint::new("vendor", BaseUrl::parse(HOST).unwrap(), "authorization", Arc::new(Limiter::new(1, None)));
    endpoint.conceal(known);
    if let Some(other) = Secret::new(&other) {
        endpoint.conceal(other);
    }
    let redactor = endpoint.redactor();
    let echo: String = secret.chars().map(|letter| spelt(letter, feed.byte())).collect();

    // Somewhere in a text, with anything around it.
    let text = format!("{before}{echo}{after}");
    let clean = redactor.text(&text);
    assert!(!clean.contains(&secret) && !clean.contains(&echo), "{text:?} became {clean:?}");
    assert!(clean.len() <= text.len() && clean.contains("***"));
    assert!(!redactor.text(&clean).contains(&secret));

    // In a header.
    let mut headers = HeaderMap::new();
    if let Ok(value) = text.parse() {
        headers.insert("x-echo", value);
        redactor.headers(&mut headers);
        let clean = String::from_utf8_lossy(headers["x-echo"].as_bytes()).into_owned();
        assert!(!clean.contains(&secret), "{text:?} became {clean:?}");
    }

    // In a string of JSON, itself in a string of JSON.
    let mut body = format!("[{}{echo}{}]", head(&before), tail(&after));
    if serde_json::from_str::<serde_json::Value>(&body).is_err() {
        return;
    }
    for _ in 0..depth {
        body = format!("[{}]", serde_json::Value::from(body));
    }
    let clean = redactor.body(Bytes::from(body.clone()));
    assert!(clean.len() <= body.len());
    let mut told = String::from_utf8_lossy(&clean).into_owned();
    // A secret with the marks of JSON in it may be found across them, and one that
    // begins or ends in a backslash in many places at once: then what is left is no
    // JSON, and is not believed.
    let structural = |text: &str| text.contains(['"', '[', ']']) || text.starts_with('\\') || text.ends_with('\\');
    let spoils = structural(&secret) || structural(&other);
    assert!(spoils || serde_json::from_str::<[String; 1]>(&told).is_ok(), "{body} was spoilt: {told}");
    // Nobody decodes what is inside, but people read it.
    while let Ok([inner]) = serde_json::from_str::<[String; 1]>(&told) {
        assert!(!inner.contains(&secret), "{body} became {}", String::from_utf8_lossy(&clean));
        told = inner;
    }
}

fn head(text: &str) -> String {
    let mut json = serde_json::Value::from(text).to_string();
    json.pop();
    json
}

fn tail(text: &str) -> String {
    serde_json::Value::from(text).to_string().split_off(1)
}

/// One letter as some encoder may write it into a string of JSON, a URL or a form.
pub(crate) fn spelt(letter: char, way: u8) -> String {
    let unicode = |upper: bool| -> String {
        let mut units = [0; 2];
        let unit = |unit: &mut u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        letter.encode_utf16(&mut units).iter_mut().map(unit).collect()
    };
    let percent = || {
        let quoted: Vec<_> = letter.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
        quoted.concat()
    };
    match way.wrapping_sub(b'0') % 8 {
        1 => unicode(true),
        2 => unicode(false),
        3 => percent(),
        4 => percent().to_uppercase(),
        5 if letter == ' ' => "+".to_owned(),
        6 if matches!(letter, '"' | '\\' | '/') => format!("\\{letter}"),
        7 => {
            let json = serde_json::Value::from(letter.to_string()).to_string();
            json[1..json.len() - 1].to_owned()
        }
        _ => letter.to_string(),
    }
}
