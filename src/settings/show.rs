//! What the configuration file says, for `config show`.
//!
//! The file holds no secrets, but a command's arguments may say more than they
//! should, so of a command only the program is shown.

use super::file::{Profile, Section};
use super::{Explained, Settings};
use crate::text::visible;

impl Settings {
    /// Each value that the file gives, in its profiles' order.
    #[must_use]
    pub fn show(&self) -> Vec<Explained> {
        let source = self.location().map_or_else(String::new, |location| location.path.to_string_lossy().into_owned());
        let profiles = self.file.iter().flat_map(|file| &file.profiles);
        profiles.flat_map(|(name, profile)| self.show_profile(name, profile, &source)).collect()
    }

    fn show_profile(&self, name: &str, profile: &Profile, source: &str) -> Vec<Explained> {
        let row = |provider, key, value| Explained {
            profile: Some(name.to_owned()),
            ..Explained::new(provider, key, Some(value), source)
        };
        let guards = [("protected", profile.protected), ("read_only", profile.read_only.unwrap_or_default())];
        let mut rows: Vec<Explained> = guards.into_iter().map(|(key, on)| row(None, key, on.to_string())).collect();
        for (provider, section) in &profile.sections {
            rows.extend(self.show_section(section).into_iter().map(|(key, value)| row(Some(provider), key, value)));
        }
        rows
    }

    fn show_section(&self, section: &Section) -> Vec<(&'static str, String)> {
        let text = |text: &String| format!("\"{}\"", visible(text));
        let shown_unless = |secret: bool, value: &String| if secret { "***".to_owned() } else { text(value) };
        let mut rows = Vec::new();
        // A host has no `@`; what stands before one was meant to be a password.
        rows.extend(section.host.as_ref().map(|host| ("host", shown_unless(host.contains('@'), host))));
        rows.extend(section.token_command.as_ref().map(|argv| ("token_command", shown_command(argv))));
        let file = section.token_file.as_ref();
        rows.extend(file.map(|path| ("token_file", shown_unless(self.may_be_secret(path), path))));
        rows.extend(section.keychain.then(|| ("keychain", "true".to_owned())));
        rows.extend(section.values.iter().map(|(key, value)| (*key, text(value))));
        rows
    }
}

/// A command as it may be shown: only its program.
pub(super) fn shown_command(argv: &[String]) -> String {
    let program = visible(argv.first().map_or("", String::as_str));
    format!("[\"{program}\"{}]", if argv.len() > 1 { ", ..." } else { "" })
}
