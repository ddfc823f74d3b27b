//! No keychain: built without the feature, or for a platform that has none.

use secrecy::zeroize::Zeroizing;

use super::Trouble;

pub(super) const BUILT_IN: bool = false;
pub(super) const NAME: &str = "keychain";

fn none<T>() -> Result<T, Trouble> {
    Err(Trouble("it is not built in".to_owned()))
}

pub(super) fn read(_: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
    none()
}

pub(super) fn store(_: &str, _: &str, _: &[u8]) -> Result<(), Trouble> {
    none()
}

pub(super) fn remove(_: &str) -> Result<bool, Trouble> {
    none()
}
