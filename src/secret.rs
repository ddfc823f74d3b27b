//! The type that secrets live in from the moment they are read.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret: cannot be printed, and its memory is zeroed when it goes.
///
/// Surrounding white space (a pasted newline) is not part of a secret.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes text in; trims it. `None` where nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(SecretString::from(text)))
    }

    /// The secret itself, for the header or form that it belongs in and for
    /// nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_trimmed_and_never_printed() {
        let secret = Secret::new(" sk_prod_1\r\n").unwrap();
        assert_eq!(secret.expose(), "sk_prod_1");
        assert_eq!(format!("{secret:?}"), "***");
        assert!(Secret::new(" \n").is_none());
    }
}
