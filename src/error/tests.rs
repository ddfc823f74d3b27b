use super::*;
use std::collections::BTreeSet;

#[test]
fn json_codes_are_distinct() {
    let codes: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), ErrorKind::ALL.len());
}

#[test]
fn exit_codes_are_the_frozen_numbers() {
    let numbers: Vec<_> = ExitCode::ALL.iter().map(|exit| exit.code()).collect();
    assert_eq!(numbers, (0..13).collect::<Vec<_>>());
    assert_eq!(ExitCode::Signal(2).code(), 130);
}

#[test]
fn what_may_succeed_later_says_so_and_nothing_else_does() {
    let codes = |wanted: bool| ErrorKind::ALL.iter().filter(move |kind| kind.retryable() == wanted);
    // Time alone mends what the vendor, the network or a stop is to blame for.
    assert!(codes(true).all(|kind| kind.exit() == ExitCode::Unavailable));
    let never: BTreeSet<_> = codes(false).map(|kind| kind.code()).collect();
    for code in ["usage", "invalid_id", "credentials_rejected", "not_found", "refused", "redirected", "internal"] {
        assert!(never.contains(code), "{code}");
    }
    assert!(!never.contains("server_error") && !never.contains("rate_limited"));
}

#[test]
fn an_error_is_shown_by_its_message() {
    assert_eq!(Error::new(ErrorKind::Dns, "no such host").to_string(), "no such host");
}

#[test]
fn every_exit_code_says_what_it_means() {
    let meanings: BTreeSet<_> = ExitCode::ALL.iter().map(|exit| exit.meaning()).collect();
    assert_eq!(meanings.len(), ExitCode::ALL.len());
    assert!(meanings.iter().all(|meaning| meaning.len() > 3));
}

#[test]
fn every_hint_is_a_clause_and_no_paragraph() {
    for hint in ErrorKind::ALL.iter().filter_map(|kind| kind.hint()) {
        assert!(!hint.ends_with('.') && !hint.starts_with(char::is_uppercase) && hint.len() < 100, "{hint}");
    }
}
