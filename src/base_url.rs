//! A vendor's host as people write it, normalised and held to https.
//!
//! Owns [`BaseUrl`]. Must not know any vendor, nor where the text came from: its
//! messages say what is wrong, and the caller says with what.

use std::fmt;

use url::{Host, Url};

use crate::error::{Error, ErrorKind};
use crate::text::visible;

/// A base URL without a trailing slash, query or fragment: `https`, or `http`
/// where the host is a loopback address.
///
/// Two spellings of one host compare equal: letter case, a trailing dot, trailing
/// slashes and the scheme's own port make no difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    text: String,
    host: String,
    /// How much of `text` is the origin; the rest is the path.
    origin: usize,
    loopback: bool,
}

impl BaseUrl {
    /// Reads a host as people write it: with or without scheme, with or without
    /// trailing slashes, with or without a path. Without a scheme `https` is
    /// meant, and `http` for a loopback address.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for anything that is no URL, has user
    /// information, a query, another scheme, or plain `http` off loopback.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text.trim()).map_err(|problem| Error::new(ErrorKind::Configuration, problem))
    }

    fn read(text: &str) -> Result<Self, String> {
        let (scheme, rest) = split_scheme(text)?;
        check_spelling(text, rest)?;
        let plain = scheme.as_deref() == Some("http");
        let read = normalise(if plain { "http" } else { "https" }, rest)?;
        match scheme {
            None if read.loopback => normalise("http", rest),
            Some(_) if plain && !read.loopback => {
                Err(format!("`{}` is not https; plain http is for loopback only", visible(text)))
            }
            _ => Ok(read),
        }
    }

    /// The URL without a trailing slash, such as `https://app.datafold.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name or address alone, without port or brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Scheme, host and port, such as `https://gate.example:8443`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..self.origin]
    }

    /// The path before which every call's own path is put: empty, or `/prefix`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[self.origin..]
    }

    /// Whether the host is a loopback address or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Whether the host is `domain` or below it. `notexample.com` is not within
    /// `example.com`.
    #[must_use]
    pub fn host_is_within(&self, domain: &str) -> bool {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        match self.host.strip_suffix(&domain) {
            Some(before) => !domain.is_empty() && (before.is_empty() || before.ends_with('.')),
            None => false,
        }
    }

    /// The same host without any path.
    #[must_use]
    pub fn without_path(mut self) -> Self {
        self.text.truncate(self.origin);
        self
    }

    /// The same URL without `suffix` (such as `/api/v1`) at the end of its path.
    #[must_use]
    pub fn without_suffix(mut self, suffix: &str) -> Self {
        let suffix = suffix.trim_end_matches('/');
        if suffix.starts_with('/') && self.path().ends_with(suffix) {
            self.text.truncate(self.text.len() - suffix.len());
        }
        self.strip_slashes()
    }

    fn strip_slashes(mut self) -> Self {
        while self.text.ends_with('/') {
            self.text.pop();
        }
        self
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The scheme in lower case, where there is one, and what comes after it.
fn split_scheme(text: &str) -> Result<(Option<String>, &str), String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((None, text));
    };
    // `host/path?to=https://x` has no scheme of its own.
    if scheme.contains(['/', '?', '#', '@']) {
        return Ok((None, text));
    }
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "https" | "http" => Ok((Some(scheme), rest)),
        _ => Err(format!("scheme `{}` is not possible; only https is", visible(&scheme))),
    }
}

/// Refuses what the URL parser would quietly repair or keep: a host must be
/// exactly what its reader sees.
fn check_spelling(text: &str, rest: &str) -> Result<(), String> {
    if rest.is_empty() || rest.starts_with('/') {
        return Err("the host is empty".into());
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // First of all, so that no other message can show a password.
    if rest.contains('@') {
        return Err("user name or password in the URL: a host has none; secrets have settings of their own".into());
    }
    if !text.chars().all(|c| c.is_ascii_graphic() && !"\\<>\"`{}|^".contains(c)) {
        return Err(format!("`{}` has characters that no host has", visible(text)));
    }
    if rest.contains(['?', '#']) {
        return Err(format!("`{}` has a query or a fragment, which a host must not have", visible(text)));
    }
    if authority.contains('%') || authority.ends_with(':') {
        return Err(format!("`{}` is not a host", visible(text)));
    }
    if authority.matches(':').count() > 1 && !authority.starts_with('[') {
        return Err(format!("`{}` is not a host; an IPv6 address goes in brackets", visible(text)));
    }
    Ok(())
}

fn normalise(scheme: &str, rest: &str) -> Result<BaseUrl, String> {
    let mut url = Url::parse(&format!("{scheme}://{rest}"))
        .map_err(|error| format!("`{}` is not a host: {error}", visible(rest)))?;
    // The dot that ends a fully qualified name; certificates are without it.
    if let Some(name) = url.domain().and_then(|name| name.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&name)).map_err(|error| format!("`{}` is not a host: {error}", visible(rest)))?;
    }
    let (host, loopback) = match url.host() {
        Some(Host::Domain(name)) => (name.to_owned(), name == "localhost"),
        Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
        Some(Host::Ipv6(address)) => (address.to_string(), address.is_loopback()),
        None => return Err("the host is empty".into()),
    };
    if host.split('.').any(str::is_empty) {
        return Err(format!("`{}` is not a host", visible(rest)));
    }
    let origin = url.origin().ascii_serialization();
    let base = BaseUrl { text: format!("{origin}{}", url.path()), host, origin: origin.len(), loopback };
    Ok(base.strip_slashes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn people_write_hosts_in_many_ways() {
        for (text, want) in [
            ("app.datafold.com", "https://app.datafold.com"),
            ("https://app.datafold.com/", "https://app.datafold.com"),
            ("HTTPS://App.DataFold.com///", "https://app.datafold.com"),
            ("  app.datafold.com.\n", "https://app.datafold.com"),
            ("https://app.datafold.com.:443", "https://app.datafold.com"),
            ("gate.example:8443/data", "https://gate.example:8443/data"),
            ("https://gate.example/a/../b/", "https://gate.example/b"),
            ("platform.unstructuredapp.io/api/v1/", "https://platform.unstructuredapp.io/api/v1"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("localhost:8080/x", "http://localhost:8080/x"),
            ("localhost:443", "http://localhost:443"),
            ("LOCALHOST.", "http://localhost"),
            ("https://localhost:8080", "https://localhost:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("[::1]:9", "http://[::1]:9"),
            ("[2001:DB8::1]", "https://[2001:db8::1]"),
            ("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            let url = base(text);
            assert_eq!(url.as_str(), want, "{text}");
            assert_eq!(BaseUrl::parse(want).unwrap(), url, "{text} is not stable");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            " ",
            "/",
            "https://",
            "https:///x",
            "https:app.datafold.com",
            "ftp://app.datafold.com",
            "file:///etc/passwd",
            "javascript://x",
            "http://app.datafold.com",
            "http://10.0.0.1",
            "http://[::2]",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "app.datafold.com?x=1",
            "app.datafold.com#x",
            "app.datafold.com/?next=https://x",
            "app datafold.com",
            "app.data\tfold.com",
            "app.data\u{0}fold.com",
            "bücher.example",
            "exаmple.com",
            "app.datafold.com\\evil.example",
            "app%2edatafold.com",
            "app.datafold.com:",
            "app.datafold.com:99999",
            "app.datafold.com:x",
            "::1",
            "[::1",
            "a..b",
            ".",
            "..",
            "a.example..",
        ] {
            let error = BaseUrl::parse(text).expect_err(text);
            assert_eq!(error.kind, ErrorKind::Configuration, "{text}");
            assert!(!error.message.chars().any(char::is_control), "{text}");
        }
    }

    #[test]
    fn user_information_is_refused_without_being_shown() {
        for text in
            ["https://me:hunter2@app.datafold.com", "hunter2@h", "ü:hunter2@h", "http://hunter2@x?y", "h/hunter2@x"]
        {
            let error = BaseUrl::parse(text).expect_err(text);
            assert!(!error.message.contains("hunter2"), "{}", error.message);
        }
    }

    #[test]
    fn parts_of_a_base() {
        let url = base("https://Gate.example:8443/prefix/api/v1/");
        assert_eq!(url.host(), "gate.example");
        assert_eq!(url.origin(), "https://gate.example:8443");
        assert_eq!(url.path(), "/prefix/api/v1");
        assert_eq!(url.clone().without_path().as_str(), "https://gate.example:8443");
        assert_eq!(url.clone().without_suffix("/api/v1/").as_str(), "https://gate.example:8443/prefix");
        assert_eq!(url.clone().without_suffix("/v2"), url);
        assert_eq!(url.clone().without_suffix("pi/v1"), url);
        assert!(url.is_https() && !url.is_loopback());
        assert!(base("https://[::1]").is_loopback() && base("[::1]").host() == "::1");
    }

    #[test]
    fn a_domain_ends_at_a_dot() {
        let url = base("https://eu.platform.unstructuredapp.io.");
        assert!(url.host_is_within("unstructuredapp.io"));
        assert!(url.host_is_within("UnstructuredApp.io."));
        assert!(base("unstructuredapp.io").host_is_within("unstructuredapp.io"));
        assert!(!base("evilunstructuredapp.io").host_is_within("unstructuredapp.io"));
        assert!(!base("unstructuredapp.io.evil.example").host_is_within("unstructuredapp.io"));
        assert!(!url.host_is_within(""));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_refused_or_becomes_one_stable_safe_url(
            text in "(https?://|)[a-zA-Z0-9:/.@%?#\\[\\]\\\\ é_-]{0,40}",
        ) {
            if let Ok(url) = BaseUrl::parse(&text) {
                proptest::prop_assert_eq!(&BaseUrl::parse(url.as_str()).unwrap(), &url);
                proptest::prop_assert!(url.is_https() || url.is_loopback());
                proptest::prop_assert!(!url.as_str().contains(['@', '?', '#', ' ']) && !url.as_str().ends_with('/'));
                proptest::prop_assert_eq!(format!("{}{}", url.origin(), url.path()), url.as_str());
            }
        }
    }
}
