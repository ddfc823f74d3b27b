//! Command lines that do not parse: what people bring along from other tools, and
//! what to type here instead.
//!
//! Owns the advice. Must not decide what parses.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use crate::error::{Error, ErrorKind};
use crate::providers;
use crate::report::terminal::{fit, harmless};

/// Words for commands elsewhere, and how to begin here.
const COMMANDS: [(&[&str], &str); 12] = [
    (&["stop", "kill", "delete", "rm", "remove", "abort", "terminate", "scancel"], "jobctl cancel"),
    (&["ls", "ps", "jobs", "squeue"], "jobctl list"),
    (&["get", "describe", "info", "inspect"], "jobctl status"),
    (&["watch", "attach"], "jobctl wait"),
    (&["logs", "log", "history", "audit"], "jobctl runs show last"),
    (&["resume", "retry"], "jobctl runs resume last"),
    (&["login", "signin"], "jobctl auth login"),
    (&["logout"], "jobctl auth logout"),
    (&["whoami"], "jobctl auth status"),
    (&["vendors", "capabilities"], "jobctl providers"),
    (&["check", "diagnose"], "jobctl doctor"),
    (&["version"], "jobctl --version"),
];

/// Flags of other tools, and what does it here.
const FLAGS: [(&[&str], &str); 11] = [
    (&["--json"], "-o json (or -o ndjson: a line for each job as it is known)"),
    (&["--csv"], "-o csv"),
    (&["--format"], "-o FORMAT"),
    (&["--force", "--assume-yes", "--no-confirm"], "--yes answers the question of a selection in advance"),
    (
        &["--token", "--api-key", "--apikey", "--password", "--secret", "--key"],
        "no option takes a secret: set the vendor's variable (jobctl help environment), or give --token-file FILE",
    ),
    (
        &["--insecure", "--no-verify-ssl", "--skip-tls-verify"],
        "nothing turns the check of certificates off; --ca-cert FILE trusts one authority more",
    ),
    (&["--context", "--account", "--env"], "--profile NAME"),
    (&["--url", "--endpoint", "--base-url", "--server"], "--host URL, behind the provider's name"),
    (&["--provider", "--vendor"], "name the provider first: jobctl cancel datafold 123"),
    (&["--debug", "--trace"], "-v logs each exchange, -vv its headers, --trace-http FILE all of it"),
    (&["--parallel", "--jobs", "--workers", "--threads"], "--concurrency N"),
];

/// Puts advice into an error of the library.
pub(super) fn advise(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let advice = match error.kind() {
        clap::error::ErrorKind::InvalidSubcommand => text(ContextKind::InvalidSubcommand).and_then(|word| {
            // Only a first word can be meant for a command.
            let at = arguments.iter().position(|argument| *argument == *word)?;
            instead_of_command(&word, arguments.get(at + 1..).unwrap_or_default())
        }),
        clap::error::ErrorKind::UnknownArgument => {
            text(ContextKind::InvalidArg).and_then(|flag| find(&FLAGS, flag.split('=').next()?)).map(str::to_owned)
        }
        clap::error::ErrorKind::MissingRequiredArgument => missing_provider(&error),
        _ => None,
    };
    if error.kind() == clap::error::ErrorKind::UnknownArgument {
        // That a flag could be meant as a value helps nobody here.
        error.remove(ContextKind::Suggested);
    }
    if let Some(advice) = advice {
        // The usage would be that of the argument which the library thought of.
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::Usage] {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(advice)]));
    }
    make_harmless(&mut error);
    error
}

/// What was typed is repeated, and the library lets much of it through as it is.
fn make_harmless(error: &mut clap::Error) {
    let typed = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(text) => Some((kind, harmless(text).into_owned())),
        _ => None,
    };
    let typed: Vec<_> = error.context().filter_map(typed).collect();
    for (kind, text) in typed {
        error.insert(kind, ContextValue::String(text));
    }
}

/// The providers, where one is missing.
fn missing_provider(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
    let names: Vec<_> = providers::VENDORS.iter().map(|entry| entry.name).collect();
    missing.iter().any(|argument| argument == "<PROVIDER>").then(|| format!("the providers are {}", names.join(", ")))
}

/// What to type for a first word that is no command; `rest` stands behind it.
fn instead_of_command(word: &str, rest: &[OsString]) -> Option<String> {
    // Only up to the first flag: what follows it may be a secret.
    let rest = rest.iter().map(|word| word.to_string_lossy()).take_while(|word| !word.starts_with('-'));
    let rest = rest.fold(String::new(), |line, word| line + " " + &word);
    let known = |name: &str| providers::find(&name.to_ascii_lowercase()).is_some();
    if known(word) || word.split_once(':').is_some_and(|(name, _)| known(name)) {
        let words = format!("{word}{rest}");
        let words = fit(&words, 60, "...");
        return Some(format!("the command comes first: jobctl cancel {words}, or jobctl status {words}"));
    }
    let command = find(&COMMANDS, word)?;
    let takes_jobs = ["jobctl cancel", "jobctl list", "jobctl status", "jobctl wait"].contains(&command);
    let rest = match (takes_jobs, rest.is_empty()) {
        (false, _) => "",
        (true, true) if command == "jobctl list" => " datafold",
        (true, true) => " datafold 123",
        (true, false) => &fit(&rest, 60, "..."),
    };
    Some(format!("{command}{rest}"))
}

fn find(table: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, instead)| *instead)
}

/// The same error for a document: its first line, and its advice as the hint.
pub(super) fn error(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let message = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        // The text is the whole help.
        (clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) => "no command was given".to_owned(),
        (clap::error::ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => {
            format!("the following required arguments were not provided: {}", missing.join(", "))
        }
        _ => text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    let tips: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("tip: ")).collect();
    let values = text.lines().find_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']'));
    let hint: Vec<&str> = tips.into_iter().chain(values).collect();
    let error = Error::new(ErrorKind::Usage, message);
    if hint.is_empty() { error } else { error.with_hint(hint.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_elsewhere_lead_to_a_command() {
        let instead = |words: &[&str]| {
            let rest: Vec<OsString> = words[1..].iter().map(OsString::from).collect();
            instead_of_command(words[0], &rest).unwrap_or_default()
        };
        assert_eq!(instead(&["stop", "datafold", "123"]), "jobctl cancel datafold 123");
        assert_eq!(instead(&["ps"]), "jobctl list datafold");
        assert_eq!(instead(&["logs", "123"]), "jobctl runs show last");
        assert!(instead(&["datafold", "123"]).contains("jobctl cancel datafold 123"));
        assert!(instead(&["Veeva:7"]).contains("jobctl status Veeva:7"));
        assert_eq!(instead(&["frobnicate"]), "");
        assert!(!instead(&["rm", "\u{1b}[31m"]).contains('\u{1b}'));
    }
}
