//! The operating system's keychain, where the feature `keychain` is built in: one
//! secret for each provider, profile and host.
//!
//! Owns the names of the entries, the time limit and the messages; each platform's
//! store is a file beside this one. Must not know who asks, nor the terminal. There
//! is no second place that a secret would go to where the keychain fails.

#[cfg(all(feature = "keychain", any(target_os = "linux", target_os = "freebsd")))]
#[path = "keychain/secret_service.rs"]
mod platform;
#[cfg(all(feature = "keychain", target_os = "macos"))]
#[path = "keychain/macos.rs"]
mod platform;
#[cfg(all(feature = "keychain", windows))]
#[path = "keychain/windows.rs"]
mod platform;
#[cfg(not(all(feature = "keychain", any(target_os = "linux", target_os = "freebsd", target_os = "macos", windows))))]
#[path = "keychain/none.rs"]
mod platform;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// The name under which all entries are filed.
pub(super) const SERVICE: &str = "jobctl";

/// How long one call may take: a keychain that waits for a person to unlock it must
/// not hold a cancellation up.
const LIMIT: Duration = Duration::from_secs(3);

/// What to do where the binary has no keychain.
const INSTEAD: &str = "use token_command or token_file in the configuration file, or the provider's variable, or \
                       build jobctl with `--features keychain`";

/// What the keychain is called on this platform.
#[must_use]
pub const fn name() -> &'static str {
    platform::NAME
}

/// Refuses where this binary has no keychain.
///
/// # Errors
/// [`ErrorKind::Configuration`], saying what to use instead.
pub fn require() -> Result<(), Error> {
    if platform::BUILT_IN {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Configuration, "this build has no keychain").with_hint(INSTEAD))
}

/// The name of one secret. The host is part of it: a secret that was given for one
/// host is not found for another, whatever the file says later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    account: String,
    label: String,
}

/// Why the store did not do what was asked.
pub(super) struct Trouble(pub(super) String);

impl Slot {
    /// The place of the secret of `provider` in `profile`, for `host`.
    #[must_use]
    pub fn new(provider: &str, profile: &str, host: &BaseUrl) -> Self {
        let account = format!("{provider}/{profile}@{host}");
        let label = format!("{SERVICE}: {provider} at {} (profile {profile})", host.host());
        Self { account, label }
    }

    /// Reads the secret; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsMissing`] where the keychain does not answer.
    pub fn read(&self) -> Result<Option<Secret>, Error> {
        let account = self.account.clone();
        let found = within_limit(move || platform::read(&account)).map_err(|trouble| failed("read", &trouble))?;
        Ok(found.and_then(|bytes| Secret::new(std::str::from_utf8(&bytes).ok()?)))
    }

    /// Stores the secret in place of an older one.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where that is not possible; it is kept nowhere then.
    pub fn store(&self, secret: &Secret) -> Result<(), Error> {
        let slot = self.clone();
        let bytes = Zeroizing::new(secret.expose().as_bytes().to_vec());
        within_limit(move || platform::store(&slot.account, &slot.label, &bytes))
            .map_err(|trouble| Error { kind: ErrorKind::Io, ..failed("written", &trouble) })
    }

    /// Removes the secret; `false` where there was none.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where that is not possible.
    pub fn remove(&self) -> Result<bool, Error> {
        let account = self.account.clone();
        within_limit(move || platform::remove(&account))
            .map_err(|trouble| Error { kind: ErrorKind::Io, ..failed("changed", &trouble) })
    }
}

fn failed(verb: &str, trouble: &Trouble) -> Error {
    if !platform::BUILT_IN {
        return Error::new(ErrorKind::CredentialsMissing, "this build has no keychain").with_hint(INSTEAD);
    }
    let Trouble(text) = trouble;
    let message = format!("the {} cannot be {verb}: {}", name(), crate::text::visible(text));
    Error::new(ErrorKind::CredentialsMissing, message)
        .with_hint("is it running and unlocked? On a server use token_command, token_file or the provider's variable")
}

/// Runs one call on a thread of its own and gives up on it after the limit. The
/// thread may stay behind; it ends with the process.
fn within_limit<T: Send + 'static>(call: impl FnOnce() -> Result<T, Trouble> + Send + 'static) -> Result<T, Trouble> {
    let (sender, answer) = mpsc::sync_channel(1);
    // Nobody listens any more where the limit came first.
    thread::spawn(move || drop(sender.send(call())));
    match answer.recv_timeout(LIMIT) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(Trouble(format!("it did not answer within {} seconds (is it locked?)", LIMIT.as_secs())))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Trouble("the library that talks to it failed".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_bound_to_provider_profile_and_host() {
        let slot = |provider, profile, host| Slot::new(provider, profile, &BaseUrl::parse(host).unwrap());
        let one = slot("datafold", "default", "app.datafold.com");
        assert_eq!(one, slot("datafold", "default", "https://APP.datafold.com/"));
        assert_ne!(one, slot("datafold", "prod", "app.datafold.com"));
        assert_ne!(one, slot("prequel", "default", "app.datafold.com"));
        assert_ne!(one, slot("datafold", "default", "eu.datafold.com"));
    }

    #[test]
    fn a_call_that_hangs_is_given_up() {
        let began = std::time::Instant::now();
        let hung = within_limit::<()>(|| {
            thread::sleep(Duration::from_secs(30));
            Ok(())
        });
        let Err(Trouble(text)) = hung else { panic!("it did not hang") };
        assert!(text.contains("3 seconds") && began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_library_that_panics_is_an_error() {
        assert!(within_limit::<()>(|| panic!("deep inside")).is_err());
    }

    #[cfg(not(feature = "keychain"))]
    #[test]
    fn a_build_without_a_keychain_says_what_to_use() {
        const { assert!(!platform::BUILT_IN) };
        let error = require().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(error.hint().unwrap().contains("token_command"));
        let slot = Slot::new("datafold", "default", &BaseUrl::parse("h.example").unwrap());
        assert_eq!(slot.read().unwrap_err().kind, ErrorKind::CredentialsMissing);
        assert_eq!(slot.store(&Secret::new("hunter2").unwrap()).unwrap_err().kind, ErrorKind::Io);
        assert_eq!(slot.remove().unwrap_err().kind, ErrorKind::Io);
    }
}
