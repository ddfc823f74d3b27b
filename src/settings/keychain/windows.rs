//! The Credential Manager of Windows.

use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use secrecy::zeroize::Zeroizing;
use windows_native_keyring_store::Store;

use super::{SERVICE, Trouble};

pub(super) const BUILT_IN: bool = true;
pub(super) const NAME: &str = "Credential Manager";

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self(match error {
            // Their own texts could quote what was stored.
            Error::BadEncoding(_) | Error::BadDataFormat(..) => "the entry is not text".to_owned(),
            other => other.to_string(),
        })
    }
}

fn entry(account: &str) -> Result<Entry, Trouble> {
    Ok(Store::new()?.build(SERVICE, account, None)?)
}

pub(super) fn read(account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
    match entry(account)?.get_password() {
        Ok(text) => Ok(Some(Zeroizing::new(text.into_bytes()))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn store(account: &str, _label: &str, secret: &[u8]) -> Result<(), Trouble> {
    let text = Zeroizing::new(String::from_utf8_lossy(secret).into_owned());
    Ok(entry(account)?.set_password(&text)?)
}

pub(super) fn remove(account: &str) -> Result<bool, Trouble> {
    match entry(account)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
