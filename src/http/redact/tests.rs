//! Secrets in every spelling, and texts that must not be spoilt.

use super::*;
use proptest::prelude::*;

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
        "p&#228;&quot;ss/w&amp;rd &#xE9;",
        "pä\"s\ns/w&rd é",
        "pä\\\"ss/\\r\\n  w\\u0026rd é",
        "pä\"ss/w \t\n&rd é",
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

#[test]
fn a_secret_goes_however_json_escapes_it() {
    let secret = "k+y/'=\"\\z\u{1d11e}";
    let redactor = redactor(&[secret]);
    let every = |upper: bool| -> String {
        let unit = |unit: u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        secret.encode_utf16().map(unit).collect()
    };
    for echo in [
        serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
        every(true),
        every(false),
        "k\\u002By\\/\\u0027\\u003d\\\"\\\\z\u{1d11e}".to_owned(),
        "k%2By%2F'%3d\\u0022%5Cz\\uD834\\udd1e".to_owned(),
    ] {
        let body = format!("{{\"a\":\"x\\\\{echo}\\ny\"}}");
        let clean = redactor.body(Bytes::from(body.clone()));
        let clean: serde_json::Value = serde_json::from_slice(&clean).unwrap();
        assert!(["x***\ny", "x\\***\ny"].contains(&clean["a"].as_str().unwrap()), "{body}: {clean}");
        // JSON in a string of JSON.
        let nested = serde_json::json!({ "a": body }).to_string();
        let clean = redactor.body(Bytes::from(nested));
        let clean: serde_json::Value = serde_json::from_slice(&clean).unwrap();
        let inner: serde_json::Value = serde_json::from_str(clean["a"].as_str().unwrap()).unwrap();
        assert!(inner["a"].as_str().unwrap().ends_with("***\ny"), "{inner}");
    }
}

#[test]
fn what_only_looks_like_a_secret_stays_and_so_does_all_around_it() {
    let redactor = redactor(&["ab\"cd"]);
    for (text, clean) in [
        ("ab+cd", "ab+cd"),
        (r"ab\xcd", r"ab\xcd"),
        (r"ab\", r"ab\"),
        (r#"ab\x"cd"#, r#"ab\x"cd"#),
        ("abu0022cd", "abu0022cd"),
        (r"ab\x0022cd", r"ab\x0022cd"),
        (r"ab\u0023cd", r"ab\u0023cd"),
        (r"ab\u002", r"ab\u002"),
        ("ab%23cd", "ab%23cd"),
        ("ab&amp;cd", "ab&amp;cd"),
        ("ab \"cd", "ab \"cd"),
        (r"x\nab\u0022cd\ny", r"x\n***\ny"),
        ("x\nab%22cd\ny", "x\n***\ny"),
        ("x&lt;ab&quot;cd&gt;y", "x&lt;***&gt;y"),
        ("% ab\"cd %", "% *** %"),
    ] {
        assert_eq!(redactor.text(text), clean);
    }
}

#[test]
fn no_escape_is_cut_in_two() {
    let redactor = redactor(&["n1234", "00415678", "abcd\\"]);
    for (body, clean) in [
        (r#"{"a":"x\n1234"}"#, r#"{"a":"x***"}"#),
        (r#"{"a":"x\\n1234"}"#, r#"{"a":"x\\***"}"#),
        (r#"{"a":"x\u00415678"}"#, r#"{"a":"x***"}"#),
        (r#"{"a":"abcd\""}"#, r#"{"a":"***"}"#),
        (r#"{"a":"abcd\\"}"#, r#"{"a":"***"}"#),
    ] {
        assert_eq!(redactor.body(Bytes::from_static(body.as_bytes())), clean, "{body}");
    }
}

#[test]
fn of_secrets_that_overlap_nothing_is_left() {
    assert_eq!(redactor(&["12abcd", "abcd34"]).text("<12abcd34>"), "<***>");
}

/// What a server sends must not keep the only thread busy: no timer and no signal is
/// heard meanwhile. Both took the square of their length: hours for a whole answer.
#[test]
fn no_body_takes_longer_than_its_length() {
    let redactor = redactor(&["n1234", "Bearer sk_1234"]);
    for unit in [r"\\", r"\n"] {
        let body = Bytes::from(unit.repeat(300_000 / unit.len()));
        let began = std::time::Instant::now();
        assert_eq!(redactor.body(body.clone()), body);
        assert!(began.elapsed() < std::time::Duration::from_secs(40), "{unit}");
    }
}

/// One letter as some encoder may write it into a string of JSON.
fn spelt(letter: char, way: u8) -> String {
    let spelt = crate::fuzzing::redaction::spelt(letter, b'0' + way);
    // As they are, these cannot stand in a string of JSON.
    if matches!(letter, '"' | '\\' | '\0'..' ') && spelt == letter.to_string() { self::spelt(letter, 7) } else { spelt }
}

proptest! {
    #[test]
    fn no_spelling_of_a_secret_passes_and_json_stays_json(
        letters in proptest::collection::vec(
            (proptest::sample::select("aAbzu0159+/=\\'\"%-._&<é𝄞 \t\n\r\u{8}\u{c}\u{1b}".chars().collect::<Vec<_>>()), 0_u8..8),
            4..20,
        ),
        before in "\\PC{0,8}",
        after in "\\PC{0,8}",
    ) {
        let secret: String = letters.iter().map(|(letter, _)| letter).collect();
        prop_assume!(secret.trim() == secret && !secret.contains("\":") && !secret.contains("{\""));
        let echo: String = letters.iter().map(|(letter, way)| spelt(*letter, *way)).collect();
        let inside = |text: &str| {
            let text = serde_json::to_string(text).unwrap();
            text[1..text.len() - 1].to_owned()
        };
        let body = format!("{{\"error\":\"{}{echo}{}\"}}", inside(&before), inside(&after));
        let redactor = redactor(&[&secret]);
        let clean = redactor.body(Bytes::from(body.clone()));
        let clean: Result<serde_json::Value, _> = serde_json::from_slice(&clean);
        prop_assert!(clean.is_ok(), "{} is spoilt", body);
        let clean = clean.unwrap()["error"].as_str().unwrap().to_owned();
        prop_assert!(clean.contains(BLOT) && !clean.contains(&secret), "{} became {}", body, clean);
        let decoded: serde_json::Value = serde_json::from_str(&body).unwrap();
        let decoded = decoded["error"].as_str().unwrap();
        prop_assert!(!redactor.text(decoded).contains(&secret));
    }

    #[test]
    fn no_text_makes_trouble(text in "\\PC*", secret in "\\PC{1,6}") {
        let redactor = redactor(&[&secret]);
        let _ = redactor.text(&text);
        let _ = redactor.body(Bytes::from(text.into_bytes()));
    }
}
