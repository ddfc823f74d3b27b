//! What a vendor is opened with, as plain data: [`ProviderSettings`].
//!
//! Must not know where any of it came from.

use crate::base_url::BaseUrl;
use crate::secret::Secret;

/// The secret (or secrets) that one way of signing in needs.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The name of the [`Way`](super::Way) these belong to.
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
