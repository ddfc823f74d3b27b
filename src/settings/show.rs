//! What the configuration file says, for `config show`.
//!
//! The file holds no secrets, but a command's arguments may say more than they
//! should, so of a command only the program is shown.

use super::Settings;
use super::file::{Profile, Section};
use crate::text::visible;

/// One value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The profile.
    pub profile: String,
    /// The provider, where the value is one's.
    pub provider: Option<&'static str>,
    /// The key.
    pub key: &'static str,
    /// The value as the file would have it.
    pub value: String,
}

impl Settings {
    /// Each value that the file gives, in its profiles' order.
    #[must_use]
    pub fn show(&self) -> Vec<Shown> {
        self.file.iter().flat_map(|file| &file.profiles).flat_map(|(name, profile)| of_profile(name, profile)).collect()
    }
}

fn of_profile(name: &str, profile: &Profile) -> Vec<Shown> {
    let row = |provider, key, value| Shown { profile: name.to_owned(), provider, key, value };
    let guards = [("protected", profile.protected), ("read_only", profile.read_only)];
    let mut rows: Vec<Shown> = guards.into_iter().map(|(key, on)| row(None, key, on.to_string())).collect();
    for (provider, section) in &profile.sections {
        rows.extend(of_section(section).into_iter().map(|(key, value)| row(Some(provider), key, value)));
    }
    rows
}

fn of_section(section: &Section) -> Vec<(&'static str, String)> {
    let text = |text: &String| format!("\"{}\"", visible(text));
    let mut rows = Vec::new();
    // A host has no `@`; what stands before one was meant to be a password.
    rows.extend(section.host.as_ref().map(|host| ("host", if host.contains('@') { "***".into() } else { text(host) })));
    rows.extend(section.token_command.as_ref().map(|argv| {
        let program = visible(argv.first().map_or("", String::as_str));
        ("token_command", format!("[\"{program}\"{}]", if argv.len() > 1 { ", ..." } else { "" }))
    }));
    rows.extend(section.token_file.as_ref().map(|path| ("token_file", text(path))));
    rows.extend(section.keychain.then(|| ("keychain", "true".to_owned())));
    rows.extend(section.values.iter().map(|(key, value)| (*key, text(value))));
    rows
}
