//! Shapes of ids that more than one vendor uses, and how they enter a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::job::JobId;
use crate::text::is_dangerous;

/// Longest id that is taken; far above any vendor's.
const MAX_LENGTH: usize = 256;

/// Everything but RFC 3986's unreserved characters is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Encodes text as one path segment or query value.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Reads a positive integer that fits in 63 bits, without sign or leading zeros,
/// so that one job has one spelling.
pub(super) fn positive_integer(text: &str) -> Result<JobId, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err("it is not a positive integer".into());
    }
    if text.starts_with('0') {
        return Err("it is zero or has leading zeros".into());
    }
    match text.parse::<i64>() {
        Ok(_) => Ok(JobId::from_canonical(text)),
        Err(_) => Err("the number is too large".into()),
    }
}

/// Refuses what no opaque id may be: empty, overlong, with white space, control
/// or invisible characters, or `.` and `..`, which would climb in a path.
pub(super) fn opaque(text: &str, what: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    if text.len() > MAX_LENGTH {
        return Err(format!("the {what} is longer than {MAX_LENGTH} bytes"));
    }
    if text.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(format!("the {what} may not be or hold `.` or `..`"));
    }
    // Some letters are invisible, too.
    match text.chars().find(|c| !(c.is_ascii_graphic() || c.is_alphanumeric()) || is_dangerous(*c)) {
        Some(bad) => Err(format!("the {what} holds the character {bad:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_have_one_spelling() {
        assert_eq!(positive_integer("123").unwrap().as_str(), "123");
        assert_eq!(positive_integer("9223372036854775807").unwrap().as_str(), "9223372036854775807");
        for bad in ["", "0", "007", "-1", "+1", "1.0", "1e3", " 1", "1 ", "abc", "９", "9223372036854775808"] {
            assert!(positive_integer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn opaque_ids_cannot_climb_or_hide() {
        for good in ["nightly-0142", "a:b", "a/b", "ÄÖ", "a.b", "...", &"x".repeat(MAX_LENGTH)] {
            assert!(opaque(good, "id").is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a/../b",
            "a b",
            "a\n",
            "a\u{202e}b",
            "a\u{3164}b",
            "\u{1b}[31m",
            &"x".repeat(MAX_LENGTH + 1),
        ] {
            assert!(opaque(bad, "id").is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_encoded_segment_has_no_structure_left(text in ".*") {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b)));
        }
    }
}
