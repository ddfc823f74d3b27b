use super::*;
use crate::secret::Secret;
use proptest::prelude::*;

fn mixed() -> RefReader {
    RefReader::new(None, Destination::None)
}

fn only(provider: &'static str) -> RefReader {
    RefReader::new(Some(provider), Destination::None)
}

fn line(reader: &RefReader, text: &str) -> Result<String, String> {
    match reader.parse_line(7, text.as_bytes()) {
        Some(Input::Job { line: Some(7), job, .. }) => Ok(job.to_string()),
        Some(Input::Bad { error, .. } | Input::Broken(error)) => Err(error.message),
        Some(other) => Err(format!("{other:?}")),
        None => Ok(String::new()),
    }
}

#[test]
fn refs_and_bare_ids() {
    assert_eq!(mixed().parse("datafold:123").unwrap().to_string(), "datafold:123");
    assert_eq!(mixed().parse("prequel:d/a/b").unwrap().to_string(), "prequel:d/a/b");
    assert_eq!(only("datafold").parse("123").unwrap().to_string(), "datafold:123");
    assert_eq!(only("datafold").parse("datafold:123").unwrap().to_string(), "datafold:123");
    assert_eq!(only("datafold").parse("veeva:123").unwrap_err().kind, ErrorKind::InvalidId);
    assert_eq!(mixed().parse("123").unwrap_err().kind, ErrorKind::InvalidId);
    let error = mixed().parse("datafodl:123").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.hint().unwrap().contains("did you mean datafold?"));
    assert!(mixed().parse("datafodl").unwrap_err().hint().unwrap().contains("did you mean datafold?"));
}

#[test]
fn an_id_that_looks_like_another_vendors_says_so() {
    let error = only("datafold").parse("6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162").unwrap_err();
    assert!(error.hint().unwrap().contains("unstructured"), "{error:?}");
}

#[test]
fn a_destination_flag_contradicts_a_full_id_and_a_variable_yields() {
    let flag = RefReader::new(Some("prequel"), Destination::Flag("d1".into()));
    assert_eq!(flag.parse("j").unwrap().to_string(), "prequel:d1/j");
    assert!(flag.parse("d2/j").is_err());
    let variable = RefReader::new(None, Destination::Setting("d1".into()));
    assert_eq!(variable.parse("prequel:d2/j").unwrap().to_string(), "prequel:d2/j");
    assert_eq!(variable.parse("prequel:j").unwrap().to_string(), "prequel:d1/j");
}

#[test]
fn a_variable_that_is_no_destination_is_said_of_ids_that_need_it() {
    let wrong = Error::new(ErrorKind::Configuration, "PREQUEL_DESTINATION: the destination holds a `/`");
    let reader = RefReader::new(None, Destination::BadSetting(wrong.clone()));
    for whole in ["prequel:d/j", "datafold:5", r#"{"provider":"prequel","id":"j","destination":"d"}"#] {
        assert!(matches!(reader.parse_line(1, whole.as_bytes()), Some(Input::Job { .. })), "{whole}");
    }
    assert_eq!(reader.parse("prequel:j"), Err(wrong));
}

#[test]
fn lines_blank_comments_and_bad_ones() {
    for passed_over in
        ["", "  ", "\r", "# datafold:1", "  # x", r#"{"type":"start"}"#, r#"{"type":"summary","exit_code":0}"#]
    {
        assert_eq!(mixed().parse_line(7, passed_over.as_bytes()), None, "{passed_over}");
    }
    assert_eq!(line(&mixed(), " datafold:5\r"), Ok("datafold:5".into()));
    assert!(line(&mixed(), "datafold:x").unwrap_err().contains("no Datafold job id"));
    assert!(matches!(mixed().parse_line(1, b"\xff\xfe"), Some(Input::Bad { .. })));
    assert!(matches!(mixed().parse_line(1, &vec![b'a'; MAX_LINE + 1]), Some(Input::Bad { .. })));
    let with_mark = mixed().parse_line(1, "\u{feff}datafold:5".as_bytes());
    assert!(matches!(with_mark, Some(Input::Job { .. })));
}

#[test]
fn rows_of_other_types_are_passed_over_whatever_their_keys_hold() {
    for row in [
        r#"{"type":"warning","id":[1]}"#,
        r#"{"type":"note","ref":{"a":1},"provider":7}"#,
        r#"{"type":"start","provider":{},"destination":[]}"#,
        r#"{"type":"summary","exit_code":0,"id":1.5}"#,
    ] {
        assert_eq!(mixed().parse_line(7, row.as_bytes()), None, "{row}");
    }
    for (code, told) in [("7", "failed with exit code 7,"), ("\"7\"", "failed, so"), ("-1", "exit code -1,")] {
        let row = format!(r#"{{"type":"summary","exit_code":{code},"id":[]}}"#);
        let Some(Input::Broken(error)) = mixed().parse_line(7, row.as_bytes()) else { panic!("{row}") };
        assert!(error.message.contains(told), "{error}");
    }
}

#[test]
fn what_is_wrong_with_a_row_is_said_in_plain_words() {
    let wrong = |row: &str| line(&mixed(), row).unwrap_err();
    assert_eq!(
        wrong(r#"{"type":"job","provider":"veeva","id":7.5}"#),
        "no usable JSON: \"id\" is neither text nor a whole number (column 42)"
    );
    assert_eq!(wrong("{"), "no usable JSON: EOF while parsing an object (column 1)");
    assert_eq!(wrong(r#"{"schema":"jobctl.list/1","results":[]}"#), "it is a whole document");
}

#[test]
fn a_secret_in_the_place_of_a_job_is_not_repeated() {
    let key = format!("key-{}", "0123456789".repeat(40));
    let reader = mixed().hiding(Redactor::new(&[Secret::new(&key).unwrap()]));
    let told = |text: &str, error: &Error| {
        let shown = format!("{text} {error} {}", error.hint().unwrap_or_default());
        assert!(!shown.contains("key-0123") && shown.contains("it holds a secret"), "{shown}");
    };
    for text in [key.clone(), format!("datafold:{key}"), format!("{{\"ref\":\"veeva:{key}\"}}")] {
        told("", &reader.parse(&text).unwrap_err());
        let Some(Input::Bad { text, error, .. }) = reader.parse_line(1, text.as_bytes()) else { panic!("{text}") };
        told(&text, &error);
        assert!(text.contains("***"), "{text}");
    }
    assert!(reader.parse("datafold:x").unwrap_err().message.contains("no Datafold job id"));
}

#[test]
fn json_lines_by_ref_or_by_parts() {
    for (text, expected) in [
        (r#"{"ref":"veeva:7"}"#, "veeva:7"),
        (r#"{"type":"job","ref":"veeva:7","provider":"veeva","id":"7","state":"queued"}"#, "veeva:7"),
        (r#"{"provider":"veeva","id":7}"#, "veeva:7"),
        (r#"{"provider":"prequel","id":"j","destination":"d"}"#, "prequel:d/j"),
        (r#"{"provider":"prequel","id":"d/j","destination":"d"}"#, "prequel:d/j"),
        (r#"{"provider":"prequel","id":"d/j"}"#, "prequel:d/j"),
        (r#"{"ref":"prequel:d/j","destination":"d"}"#, "prequel:d/j"),
        (r#"{"ref":"veeva:7","destination":"d"}"#, "veeva:7"),
        (r#"{"provider":"veeva","id":"veeva:7","destination":"d"}"#, "veeva:7"),
    ] {
        assert_eq!(line(&mixed(), text), Ok(expected.into()), "{text}");
    }
    for text in [
        r#"{"ref":"veeva:7","provider":"datafold","id":"7"}"#,
        r#"{"ref":"veeva:7","provider":"veeva","id":"8"}"#,
        r#"{"ref":"veeva:7","provider":"datafold"}"#,
        r#"{"ref":"veeva:7","id":"8"}"#,
        r#"{"provider":"prequel","id":"d/j","destination":"e"}"#,
        r#"{"ref":"prequel:d/j","destination":"e"}"#,
        r#"{"provider":"nope","id":"7"}"#,
        r#"{"provider":"veeva","id":-7}"#,
        r#"{"provider":"veeva","id":7.5}"#,
        r#"{"id":"7"}"#,
        "{}",
        "{",
    ] {
        assert!(line(&mixed(), text).is_err(), "{text}");
    }
    assert_eq!(line(&only("veeva"), r#"{"id":7}"#), Ok("veeva:7".into()));
    assert!(line(&only("veeva"), r#"{"provider":"datafold","id":7}"#).is_err());
    assert!(line(&only("veeva"), r#"{"ref":"datafold:7"}"#).is_err());
}

#[test]
fn a_row_of_ours_is_read_back_whatever_its_names_are() {
    let row = |reference: &str, id: &str| {
        line(&mixed(), &format!(r#"{{"type":"job","ref":"{reference}","provider":"prequel","id":"{id}"}}"#))
    };
    assert_eq!(row("prequel:prequel:eu/j", "prequel:eu/j"), Ok("prequel:prequel:eu/j".into()));
    assert_eq!(row("prequel:eu/prequel:j", "eu/prequel:j"), Ok("prequel:eu/prequel:j".into()));
    assert_eq!(row("prequel:eu/j", "prequel:eu/j"), Ok("prequel:eu/j".into()));
    assert!(row("prequel:prequel:eu/j", "eu/j").is_err());
    assert!(row("veeva:5", "5").is_err());
}

#[test]
fn of_a_long_line_only_the_beginning_is_repeated() {
    let long = "x".repeat(MAX_LINE / 2);
    for text in [
        format!("veeva:{long}"),
        format!("prequel:{long}"),
        format!("d/{long}"),
        format!("{{\"ref\":\"{long}\"}}"),
        format!("{{\"exit_code\":\"{long}\"}}"),
        format!("{{\"provider\":\"{long}\",\"id\":1}}"),
        format!("{{\"provider\":\"prequel\",\"id\":\"{long}/j\",\"destination\":\"{long}\"}}"),
    ] {
        for provider in [None, Some("datafold"), Some("prequel")] {
            let reader = RefReader::new(provider, Destination::Flag("d".into()));
            let error = line(&reader, &text).unwrap_err();
            assert!(error.chars().count() < 4 * SHOWN, "{provider:?} {error}");
        }
    }
}

#[test]
fn a_line_may_be_as_long_as_is_said_and_no_longer() {
    let padded = |length: usize| format!("datafold:1{}", " ".repeat(length - 10));
    assert_eq!(line(&mixed(), &padded(MAX_LINE)), Ok("datafold:1".into()));
    assert!(line(&mixed(), &padded(MAX_LINE + 1)).unwrap_err().contains("longer than"));
    let wide = "\u{1f980}".repeat(MAX_LINE);
    let Some(Input::Bad { text, .. }) = mixed().parse_line(7, wide.as_bytes()) else { panic!() };
    assert_eq!(text, "\u{1f980}".repeat(SHOWN), "as many characters as of any other line");
}

#[test]
fn a_provider_is_guessed_only_from_what_resembles_one() {
    let hint = |text: &str| {
        let error = mixed().parse(text).unwrap_err();
        (error.kind, error.hint().unwrap().contains("did you mean"))
    };
    for (text, kind, guessed) in [
        ("datafodl:1", ErrorKind::Usage, true),
        ("xyz:1", ErrorKind::Usage, false),
        ("xyz", ErrorKind::Usage, false),
        ("ve", ErrorKind::InvalidId, false),
    ] {
        assert_eq!(hint(text), (kind, guessed), "{text}");
    }
}

#[test]
fn the_summary_of_a_listing_that_failed_breaks_the_input() {
    let found = mixed().parse_line(3, br#"{"type":"summary","exit_code":7}"#);
    assert!(matches!(found, Some(Input::Broken(error)) if error.kind == ErrorKind::NotConfirmed));
}

proptest! {
    #[test]
    fn any_bytes_are_a_job_a_bad_line_or_passed_over(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(Input::Bad { text, .. }) = mixed().parse_line(2, &bytes) {
            prop_assert!(text.chars().count() <= SHOWN);
        }
    }

    #[test]
    fn what_is_printed_is_read_back(id in 1i64.., dest in "[a-zA-Z0-9_:-]{1,20}", job in "[a-zA-Z0-9_:/-]{1,20}") {
        for text in [format!("datafold:{id}"), format!("veeva:{id}"), format!("prequel:{dest}/{job}")] {
            let read = mixed().parse(&text).unwrap();
            prop_assert_eq!(read.to_string(), text.clone());
            prop_assert_eq!(mixed().parse(&read.to_string()).unwrap(), read);
        }
    }
}
