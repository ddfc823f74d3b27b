//! Typed words + environment + files → settings, each value with its origin.
//!
//! Owns configuration, hosts and secrets. Must not know the terminal or HTTP.
//!
//! In reading order: [`environment`] and `file` (what is there) → `resolve` (which
//! file and profile) → `scope` (host and options of one provider) → `plan` (which
//! secret) → `obtain`, `credential`, `command`, [`keychain`] (reading it), with `missing` and
//! `explain` (saying what and why), `show` and `login` (for `config` and `auth`) beside.

mod command;
mod credential;
pub mod environment;
mod explain;
mod file;
mod host;
pub mod keychain;
mod login;
mod missing;
mod obtain;
pub mod place;
mod plan;
mod resolve;
mod scope;
mod secret;
mod show;
mod text;

#[cfg(test)]
mod tests;

pub use credential::{Token, check_token_file};
pub use environment::Environment;
pub use explain::Explained;
pub use file::Location;
pub use host::BaseUrl;
pub use login::Login;
pub use resolve::{Given, Overrides, Resolved, Settings};
pub use secret::Secret;
pub use show::Shown;
pub(crate) use text::nearest;

/// The secret (or secrets) that one way of signing in needs.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The name of the [`Way`](crate::providers::Way) these belong to.
    pub way: &'static str,
    /// Each field of the way with its value, in the way's order.
    pub fields: Vec<(&'static str, Secret)>,
}

impl Credential {
    /// The value of the field called `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Secret> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, secret)| secret)
    }
}

/// Everything that one provider needs to be opened.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The vendor's host, normalised.
    pub host: BaseUrl,
    /// The secret that was found for this host.
    pub credential: Credential,
    /// The provider's other settings, by key, defaults filled in.
    pub options: Vec<(&'static str, String)>,
}

impl ProviderSettings {
    /// The value of the setting called `key`.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}
