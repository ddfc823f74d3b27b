//! Blots secrets out of whatever a server said: [`Redactor`].
//!
//! A server may echo a credential in an error text, a header or a page. Nothing
//! above this room ever sees one. Must not know any vendor or reqwest.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use memchr::memmem::Finder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::HeaderMap;
use crate::settings::Secret;

/// What stands where a secret stood.
const BLOT: &str = "***";

/// Shorter secrets are left alone: blotting `1` out would ruin every answer.
const SHORTEST: usize = 4;

/// What a URL encoder leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Finds an endpoint's secrets in text, as they are and as JSON, URLs and forms
/// would write them.
#[derive(Default)]
pub struct Redactor {
    /// The longest come first, so that a secret inside another leaves no rest.
    finders: Vec<Finder<'static>>,
}

impl Redactor {
    /// A redactor for `secrets`. Of a value such as `Bearer KEY` the key counts.
    pub(super) fn new(secrets: &[Secret]) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets {
            let secret = secret.expose();
            add_forms(&mut forms, secret);
            if let Some((_scheme, key)) = secret.split_once(' ') {
                add_forms(&mut forms, key.trim());
            }
        }
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { finders: forms.iter().map(|form| Finder::new(form).into_owned()).collect() }
    }

    /// `text` without secrets; nothing where there was none.
    fn blot(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut clean: Option<Vec<u8>> = None;
        for finder in &self.finders {
            let text = clean.as_deref().unwrap_or(text);
            if finder.find(text).is_none() {
                continue;
            }
            let mut next = Vec::with_capacity(text.len());
            let mut rest = text;
            while let Some(at) = finder.find(rest) {
                let (before, after) = rest.split_at(at);
                next.extend_from_slice(before);
                next.extend_from_slice(BLOT.as_bytes());
                rest = after.get(finder.needle().len()..).unwrap_or_default();
            }
            next.extend_from_slice(rest);
            clean = Some(next);
        }
        clean
    }

    /// Text without secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.blot(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(clean) => Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
        }
    }

    /// A body without secrets.
    #[must_use]
    pub fn body(&self, body: Bytes) -> Bytes {
        self.blot(&body).map_or(body, Bytes::from)
    }

    /// Takes the secrets out of header values.
    pub fn headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            if let Some(clean) = self.blot(value.as_bytes()) {
                // What is left of a valid value is valid; were it not, it goes.
                *value = clean.as_slice().try_into().unwrap_or_else(|_| super::HeaderValue::from_static(BLOT));
            }
        }
    }
}

/// Adds every way in which a server may write `secret`.
fn add_forms(forms: &mut Vec<String>, secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let percent = percent_encoding::utf8_percent_encode(secret, UNRESERVED).to_string();
    forms.push(secret.to_owned());
    forms.push(json(secret, ""));
    forms.push(json(secret, "/"));
    forms.push(json(secret, "<>&"));
    forms.push(percent.replace("%20", "+"));
    forms.push(lower_hex(&percent));
    forms.push(percent);
}

/// The inside of a JSON string, with `also` escaped as some encoders do it:
/// PHP writes `\/`, Go writes `\u0026`; and with everything beyond ASCII escaped
/// whenever anything is.
fn json(secret: &str, also: &str) -> String {
    let mut out = String::with_capacity(secret.len());
    let mut units = [0_u16; 2];
    for letter in secret.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '/' if also.contains('/') => out.push_str("\\/"),
            letter if also.contains(letter) || letter.is_control() || (!also.is_empty() && !letter.is_ascii()) => {
                for unit in letter.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            letter => out.push(letter),
        }
    }
    out
}

/// `%2F` as `%2f`.
fn lower_hex(percent: &str) -> String {
    let mut escape = 0_u8;
    let lower = |letter: char| {
        if letter == '%' {
            escape = 2;
            return letter;
        }
        let within = escape > 0;
        escape = escape.saturating_sub(1);
        if within { letter.to_ascii_lowercase() } else { letter }
    };
    percent.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(&secrets.iter().filter_map(|text| Secret::new(text)).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_goes_in_every_spelling() {
        let redactor = redactor(&["pä\"ss/w&rd é"]);
        for echo in [
            "pä\"ss/w&rd é",
            "pä\\\"ss/w&rd é",
            "p\\u00e4\\\"ss\\/w&rd \\u00e9",
            "p\\u00e4\\\"ss/w\\u0026rd \\u00e9",
            "p%C3%A4%22ss%2Fw%26rd%20%C3%A9",
            "p%c3%a4%22ss%2fw%26rd%20%c3%a9",
            "p%C3%A4%22ss%2Fw%26rd+%C3%A9",
        ] {
            assert_eq!(redactor.text(&format!("<{echo}|{echo}>")), "<***|***>", "{echo}");
        }
    }

    #[test]
    fn of_a_header_value_the_key_alone_is_secret_too() {
        let redactor = redactor(&["Bearer sk_1234"]);
        assert_eq!(redactor.text("key sk_1234 is not valid"), "key *** is not valid");
        assert_eq!(redactor.text("got 'Bearer sk_1234'"), "got '***'");
    }

    #[test]
    fn a_secret_inside_another_leaves_no_rest() {
        assert_eq!(redactor(&["abcd", "abcdef"]).text("abcdef abcd"), "*** ***");
    }

    #[test]
    fn short_secrets_and_clean_text_stay_as_they_are() {
        let body = Bytes::from_static(b"{\"id\":123}");
        let same = redactor(&["123", "sk_other"]).body(body.clone());
        assert_eq!(same.as_ptr(), body.as_ptr(), "nothing is copied");
        assert!(matches!(Redactor::default().text("x"), Cow::Borrowed(_)));
    }

    #[test]
    fn header_values_are_cleaned() {
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", super::super::HeaderValue::from_static("tok=sk_1234;"));
        redactor(&["sk_1234"]).headers(&mut headers);
        assert_eq!(headers["x-echo"], "tok=***;");
    }
}
