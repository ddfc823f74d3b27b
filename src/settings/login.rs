//! What `auth login` needs to know before it stores a secret: whose it is, and what
//! the configuration file has to say for it to be used.
//!
//! Must not know the terminal, nor where the secret comes from.

use super::Settings;
use super::keychain::Slot;
use super::obtain;
use super::resolve::DEFAULT_PROFILE;
use super::scope::{BUILT_IN, Scope};
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::providers::Entry;
use crate::secret::Secret;

/// The place of one secret in the keychain.
#[derive(Clone, Debug)]
pub struct Login {
    /// The profile that it belongs to.
    pub profile: String,
    /// The only host that it is sent to.
    pub host: BaseUrl,
    /// Where it is kept.
    pub slot: Slot,
    /// Whose password it is, where the profile has a user name.
    pub username: Option<String>,
    /// Whether the profile says `keychain = true`.
    pub enabled: bool,
    /// The lines of the file that make it used.
    pub lines: String,
}

impl Settings {
    /// Where the secret of `entry` in the profile in effect is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the profile has no host of its own: a
    /// secret belongs to one host.
    pub fn login(&self, entry: &Entry) -> Result<Login, Error> {
        let scope = Scope::new(self, entry);
        let host = scope.own_host()?;
        let profile = self.profile_name().unwrap_or(DEFAULT_PROFILE).to_owned();
        Ok(Login {
            slot: Slot::new(entry.name, &profile, &host),
            username: scope.section.and_then(|section| section.values.get("username").cloned()),
            enabled: scope.section.is_some_and(|section| section.keychain),
            lines: format!("{}\nkeychain = true", scope.table()),
            profile,
            host,
        })
    }

    /// Checks that `secret` can be one of `entry`'s in the profile in effect, as it
    /// is checked again whenever it is used.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsMissing`] where it cannot.
    pub fn check_secret(&self, entry: &Entry, secret: &Secret, source: &str) -> Result<(), Error> {
        obtain::check(&Scope::new(self, entry), secret, source)
    }
}

impl Scope<'_> {
    /// The host that the profile's secret belongs to.
    fn own_host(&self) -> Result<BaseUrl, Error> {
        let built_in = || self.entry.default_host.map(|host| (host, BUILT_IN.to_owned()));
        let Some((text, source)) = self.file_host().or_else(built_in) else {
            let message = format!("{} has no host for {}", self.profile_title(), self.entry.name);
            let place = format!("{} of {}", self.table(), self.settings.file_title());
            return Err(Error::new(ErrorKind::Configuration, message)
                .with_hint(format!("set host in {place}: a secret belongs to one host")));
        };
        self.base(text, &source)
    }
}
