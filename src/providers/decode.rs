//! Lenient pieces of JSON that more than one vendor's answers are made of.
//!
//! A field of the wrong type reads as absent: it must never make a whole answer
//! undecodable, because the answer may be the only proof of what happened.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON string or number as text; anything else is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText { other: None }).map(Self)
    }
}

/// Reads a job's id. What cannot be one is an empty text, which is no job's: an answer
/// that has it is about something else, and not about nothing.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    deserializer.deserialize_any(AnyText { other: Some("") }).map(Text)
}

/// Takes whatever comes: text and whole numbers as text, `null` as nothing.
struct AnyText {
    /// What all else is taken as.
    other: Option<&'static str>,
}

impl AnyText {
    fn other(&self) -> Option<String> {
        self.other.map(str::to_owned)
    }
}

impl<'de> Visitor<'de> for AnyText {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(self.other())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.other())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| self.other())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| self.other())
    }
}

impl Text {
    /// The text, unless absent or empty.
    pub(super) fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty())
    }

    /// The text, unless absent or empty, at a length that is fit to be shown: for
    /// states, names and owners. What was cut ends in `…`, as no known word does.
    pub(super) fn brief(self) -> Option<String> {
        self.filled().map(brief)
    }

    /// The text, unless absent or empty, as a message: see [`shorten`].
    pub(super) fn message(self) -> Option<String> {
        self.filled().map(|text| shorten(&text))
    }

    /// Whether the text is there and, without regard to letter case, equals `id`.
    pub(super) fn names(&self, id: &str) -> bool {
        self.0.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(id))
    }

    /// Whether there is any text.
    pub(super) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// The text as a time; see [`time`].
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.0.as_deref().and_then(time)
    }
}

/// A JSON object and nothing else. Derived decoders also take an array, field by
/// field in order, and would find a job in `[123, "cancelled"]`.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnlyMap<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMap<T> {
            type Value = T;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(OnlyMap(PhantomData)).map(Self)
    }
}

/// Decodes a body that has to be one JSON object.
pub(super) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body).map(|Object(value)| value)
}

/// Reads a time in RFC 3339, or without a zone as UTC. What is no time, and the
/// zero times that stand for "unset" (year 1, 1970), is absent.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let stamp = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    // No job of these vendors is older than 2000; earlier times are zero values.
    (stamp.as_second() >= 946_684_800).then_some(stamp)
}

/// Longest vendor message that is kept.
const MESSAGE_LIMIT: usize = 500;

/// What a vendor says in an error body of any of the shapes in use: FastAPI's
/// `detail` (text or list), RFC 7807's `title`/`detail`, an envelope's `message`,
/// Veeva's `errors`, or plain text. `None` for a web page or nothing.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let text = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => value_message(&value)?,
        Err(_) => plain_message(body)?.into_owned(),
    };
    let text = text.trim();
    (!text.is_empty()).then(|| shorten(text))
}

fn value_message(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().take(5).filter_map(value_message).collect();
            (!parts.is_empty()).then(|| parts.join("; "))
        }
        Value::Object(fields) => {
            if let (Some(Value::String(kind)), Some(Value::String(text))) = (fields.get("type"), fields.get("message"))
            {
                return Some(format!("{kind}: {text}"));
            }
            ["detail", "message", "msg", "errors", "error", "title", "type", "errorType"]
                .iter()
                .find_map(|key| fields.get(*key).and_then(value_message))
        }
        _ => None,
    }
}

fn plain_message(body: &[u8]) -> Option<Cow<'_, str>> {
    let page = body.trim_ascii_start().first() == Some(&b'<');
    // A letter more than is kept shows that there was more.
    (!page).then(|| String::from_utf8_lossy(&body[..body.len().min(4 * (MESSAGE_LIMIT + 1))]))
}

/// Cuts a vendor's message at [`MESSAGE_LIMIT`] characters.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Longest state, name, owner or request id that is kept.
pub(super) const BRIEF_LIMIT: usize = 4000;

/// Cuts what is no message at [`BRIEF_LIMIT`] characters: nothing that a server
/// sends is trusted for its size.
pub(super) fn brief(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(BRIEF_LIMIT) {
        text.truncate(at);
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

/// JSON text of a value that cannot fail to serialise.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    // Writing plain data into memory has no way to fail; an empty body would be
    // answered by the vendor with an error, never taken for a success.
    let _ = value.serialize(&mut serde_json::Serializer::new(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default)]
        value: Text,
    }

    #[derive(Deserialize)]
    struct Named {
        #[serde(default, deserialize_with = "id")]
        value: Text,
    }

    fn text(json: &str) -> Option<String> {
        serde_json::from_str::<Row>(json).unwrap().value.0
    }

    #[test]
    fn text_reads_strings_and_numbers_and_passes_over_the_rest() {
        assert_eq!(text(r#"{"value":"a\n"}"#).as_deref(), Some("a\n"));
        assert_eq!(text(r#"{"value":12}"#).as_deref(), Some("12"));
        assert_eq!(text(r#"{"value":-12}"#).as_deref(), Some("-12"));
        assert_eq!(text(r#"{"value":18446744073709551615}"#).as_deref(), Some("18446744073709551615"));
        for absent in [
            r#"{"value":1.5}"#,
            r#"{"value":null}"#,
            r#"{"value":{"a":1}}"#,
            r#"{"value":[1]}"#,
            r#"{"value":true}"#,
            "{}",
        ] {
            assert_eq!(text(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_can_be_no_id_names_another_job_and_null_names_none() {
        let id = |json: &str| serde_json::from_str::<Named>(json).unwrap().value;
        assert!(id(r#"{"value":8}"#).names("8") && id(r#"{"value":"j"}"#).names("J"));
        for other in ["8.0", "8.5", "1180591620717411303424", "[8]", "{}", r#"{"id":8}"#, "true"] {
            let id = id(&format!(r#"{{"value":{other}}}"#));
            assert!(!id.is_absent() && !id.names("8"), "{other}");
        }
        for none in [r#"{"value":null}"#, "{}"] {
            assert!(id(none).is_absent(), "{none}");
        }
    }

    #[test]
    fn what_is_shown_of_a_text_is_bounded_and_never_a_known_word() {
        let said = |text: String| Text(Some(text)).brief().unwrap();
        assert_eq!(said("ü".repeat(BRIEF_LIMIT)), "ü".repeat(BRIEF_LIMIT));
        assert_eq!(said("ü".repeat(BRIEF_LIMIT + 1)), format!("{}…", "ü".repeat(BRIEF_LIMIT)));
        assert_eq!(Text(Some(String::new())).brief(), None);
        let long = Text(Some("x".repeat(9000))).message().unwrap();
        assert_eq!(long.chars().count(), MESSAGE_LIMIT + 1);
        // No word is so long that a cut could make one of it.
        for state in crate::job::JobState::ALL {
            assert!(state.words().iter().all(|word| word.len() < BRIEF_LIMIT));
        }
    }

    #[test]
    fn zero_times_are_unset() {
        for unset in ["", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "soon", "2024-13-01T00:00:00Z"] {
            assert_eq!(time(unset), None, "{unset}");
        }
        assert_eq!(time("2026-01-02T03:04:05Z").unwrap().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(time("2026-01-02T03:04:05.5+01:00").unwrap().to_string(), "2026-01-02T02:04:05.5Z");
        assert_eq!(time("2026-01-02T03:04:05").unwrap().to_string(), "2026-01-02T03:04:05Z");
    }

    #[test]
    fn every_error_shape_in_use_gives_its_message() {
        for (body, expected) in [
            (r#"{"detail":"Job not found"}"#, Some("Job not found")),
            (r#"{"detail":[{"loc":["path",1],"msg":"not an int","type":"int"}]}"#, Some("not an int")),
            (r#"{"type":"about:blank","title":"Forbidden","status":403}"#, Some("Forbidden")),
            (r#"{"status":"error","message":"no such job","data":null}"#, Some("no such job")),
            (
                r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_DATA","message":"gone"}]}"#,
                Some("INVALID_DATA: gone"),
            ),
            ("busy\n", Some("busy")),
            ("<html><body>proxy</body></html>", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_long_message_is_cut_at_its_letters_and_not_at_its_bytes() {
        for letter in ["x", "ü", "🦀"] {
            assert_eq!(message(letter.repeat(600).as_bytes()), Some(format!("{}…", letter.repeat(MESSAGE_LIMIT))));
        }
    }

    proptest! {
        #[test]
        fn a_message_of_any_bytes_is_bounded(body in proptest::collection::vec(any::<u8>(), 0..4096)) {
            if let Some(text) = message(&body) {
                prop_assert!(text.chars().count() <= MESSAGE_LIMIT + 1);
            }
        }

        #[test]
        fn any_text_is_a_time_or_none(text in ".*") {
            let _ = time(&text);
        }
    }
}
