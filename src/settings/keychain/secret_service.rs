//! The Secret Service of Linux and FreeBSD desktops (GNOME Keyring, `KWallet`,
//! `KeePassXC`), over the session's D-Bus.
//!
//! The transport is the service's `plain` one. Its alternative encrypts between two
//! processes of the same user on a socket that only he can open, and whoever could
//! listen there may ask the unlocked keychain itself; twenty crates are too much for
//! that.

use std::collections::HashMap;

use dbus_secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use secrecy::zeroize::Zeroizing;

use super::{LIMIT, SERVICE, Trouble};

pub(super) const BUILT_IN: bool = true;
pub(super) const NAME: &str = "keychain (Secret Service)";

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::Locked | Error::Prompt => "it is locked".to_owned(),
            Error::Unavailable => "no Secret Service runs in this session".to_owned(),
            other => other.to_string(),
        })
    }
}

pub(super) fn read(account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
    let service = connect()?;
    let Some(item) = find(&service, account)? else { return Ok(None) };
    item.ensure_unlocked()?;
    Ok(Some(Zeroizing::new(item.get_secret()?)))
}

pub(super) fn store(account: &str, label: &str, secret: &[u8]) -> Result<(), Trouble> {
    let service = connect()?;
    let collection = collection(&service)?;
    collection.ensure_unlocked()?;
    collection.create_item(label, attributes(account), secret, true, "text/plain")?;
    Ok(())
}

pub(super) fn remove(account: &str) -> Result<bool, Trouble> {
    let service = connect()?;
    let Some(item) = find(&service, account)? else { return Ok(false) };
    item.ensure_unlocked()?;
    item.delete()?;
    Ok(true)
}

/// A prompt to unlock may stand as long as the call may take.
fn connect() -> Result<SecretService, Trouble> {
    Ok(SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, LIMIT.as_secs())?)
}

/// The default collection and no other: the session's own would forget the secret
/// at its end.
fn collection(service: &SecretService) -> Result<Collection<'_>, Trouble> {
    match service.get_default_collection() {
        Err(Error::NoResult) => Err(Trouble("it has no default keyring to store in".to_owned())),
        other => Ok(other?),
    }
}

fn find<'a>(service: &'a SecretService, account: &str) -> Result<Option<Item<'a>>, Trouble> {
    let found = service.search_items(attributes(account))?;
    Ok(found.unlocked.into_iter().chain(found.locked).next())
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("account", account)])
}
