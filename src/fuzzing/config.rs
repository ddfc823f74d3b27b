//! The configuration file: whatever stands in it is understood or refused, and no
//! value of it is shown.

use super::check_error;
use super::feed::Scratch;
use crate::error::ErrorKind;
use crate::providers::VENDORS;
use crate::settings::{Environment, Overrides, Settings};

/// What seeds put where a secret might stand.
const MARK: &str = "hunter2";

/// The file's text.
pub fn config(data: &[u8]) {
    let file = Scratch::new(data);
    let text = String::from_utf8_lossy(data);
    for profile in [None, Some("prod".to_owned())] {
        let overrides = Overrides { config: Some(file.path().to_owned()), profile, ..Overrides::default() };
        match Settings::load(overrides, Environment::of([("HOME", "/nowhere")])) {
            Ok(settings) => check_settings(&settings, &text),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Configuration);
                check_error(&error);
                check_message(&error.message, &text);
            }
        }
    }
}

/// Nothing is opened, read or run: only told what would be.
fn check_settings(settings: &Settings, text: &str) {
    for name in settings.profiles() {
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_graphic()), "{name:?}");
    }
    assert!(!settings.is_read_only() || settings.read_only_source().is_some());
    let mut rows = settings.explain_run();
    for entry in VENDORS {
        rows.extend(settings.explain(entry));
        match settings.host(entry) {
            Ok(host) => {
                assert!(host.is_https() || host.is_loopback(), "{host}");
                assert!(!host.as_str().contains(['@', '?', '#', ' ']), "{host}");
            }
            Err(error) => {
                check_error(&error);
                check_message(&error.message, text);
            }
        }
        for setting in entry.settings {
            if let Ok(Some(value)) = settings.option(entry, setting.key) {
                assert_eq!((setting.check)(&value), Ok(()), "{}", setting.key);
            }
        }
        if let Some(error) = settings.missing(entry) {
            check_error(&error);
        }
        let _ = settings.token_file(entry);
    }
    let warnings = rows.iter().flat_map(|row| &row.warnings);
    warnings.for_each(|warning| assert!(!warning.contains(char::is_control), "{warning:?}"));
}

/// A message fits on one line, and repeats of the file only what names a thing.
fn check_message(message: &str, text: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
    assert!(!message.contains(MARK) || names(text), "a value is shown: {message}");
}

/// Whether the mark is, or is part of, a key or a host somewhere in the file.
fn names(text: &str) -> bool {
    text.match_indices(MARK).any(|(at, _)| {
        let after = text[at + MARK.len()..].trim_start_matches(|c: char| c != '\n' && !"=.]".contains(c));
        after.starts_with(['=', '.', ']'])
    }) || text.contains("host")
        || VENDORS.iter().flat_map(|entry| entry.settings).any(|setting| text.contains(setting.key))
}
