//! A vendor's host as people write it, normalised and held to https.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// A base URL without a trailing slash, query or fragment: `https`, or `http`
/// where the host is a loopback address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    host: String,
}

impl BaseUrl {
    /// Reads a host as people write it: with or without scheme, with or without
    /// trailing slashes, with or without a path.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for anything that is no URL, has user
    /// information, another scheme, or plain `http` off loopback.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let _ = text;
        Err(Error::new(ErrorKind::Configuration, "not built yet"))
    }

    /// The URL without a trailing slash, such as `https://app.datafold.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name or address alone, without port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is a loopback address or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        false
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
