//! The login keychain of macOS.

use secrecy::zeroize::Zeroizing;
use security_framework::base::Error;
use security_framework::passwords;

use super::{SERVICE, Trouble};

pub(super) const BUILT_IN: bool = true;
pub(super) const NAME: &str = "keychain";

/// `errSecItemNotFound`.
const NOT_FOUND: i32 = -25_300;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// What a call found; `None` where there is no such entry.
fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Trouble> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn read(account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
    Ok(found(passwords::get_generic_password(SERVICE, account))?.map(Zeroizing::new))
}

pub(super) fn store(account: &str, _label: &str, secret: &[u8]) -> Result<(), Trouble> {
    Ok(passwords::set_generic_password(SERVICE, account, secret)?)
}

pub(super) fn remove(account: &str) -> Result<bool, Trouble> {
    Ok(found(passwords::delete_generic_password(SERVICE, account))?.is_some())
}
