//! Why there was no answer, in plain words: from a chain of library errors to an
//! [`Error`] that a person can act on.
//!
//! Must not know any vendor or reqwest; TLS errors are known by their text, since
//! their types belong to libraries that may change underneath.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

type Chain<'a> = &'a (dyn StdError + 'static);

/// Who was asked what: the beginning of every message.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) provider: &'static str,
    pub(super) operation: &'static str,
    pub(super) host: &'a str,
}

impl About<'_> {
    /// An error of `kind`; the message names provider and operation.
    pub(super) fn error(&self, kind: ErrorKind, what: impl std::fmt::Display) -> Error {
        Error::new(kind, format!("{} {}: {what}", self.provider, self.operation))
    }
}

/// Each error of a chain, also those that an `io::Error` wraps.
fn chain(first: Chain<'_>) -> impl Iterator<Item = Chain<'_>> {
    // A chain that bites its own tail must not hang a call.
    std::iter::successors(Some(first), |error| beneath(*error)).take(16)
}

fn beneath(error: Chain<'_>) -> Option<Chain<'_>> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// The texts of a chain, outermost first.
fn texts(error: Chain<'_>) -> Vec<String> {
    chain(error).map(ToString::to_string).collect()
}

/// The innermost text of a chain: the cause itself.
pub(super) fn root(error: Chain<'_>) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn any(texts: &[String], part: &str) -> bool {
    texts.iter().any(|text| text.contains(part))
}

/// Why no connection came about.
pub(super) fn unconnected(about: About<'_>, error: Chain<'_>, dns: bool, timeout: Option<Duration>) -> Error {
    let texts = texts(error);
    let host = about.host;
    if any(&texts, "tunnel error") {
        return proxy(about, &texts);
    }
    if let Some(error) = tls(about, &texts) {
        return error;
    }
    if dns {
        return about.error(ErrorKind::Dns, format_args!("could not resolve host {host}"));
    }
    if let Some(limit) = timeout {
        let limit = humantime::format_duration(limit);
        return about.error(ErrorKind::Connect, format_args!("could not connect to {host} within {limit}"));
    }
    let kind = chain(error).find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            about.error(ErrorKind::Connect, format_args!("{host} refused the connection"))
        }
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            about.error(ErrorKind::Connect, format_args!("{host} broke the connection off while it was being made"))
        }
        _ => {
            let root = texts.last().map_or("no connection", String::as_str);
            about.error(ErrorKind::Connect, format_args!("could not connect to {host}: {root}"))
        }
    }
}

/// What the proxy did.
fn proxy(about: About<'_>, texts: &[String]) -> Error {
    let proxy = |what: String| about.error(ErrorKind::Proxy, what);
    if any(texts, "proxy authorization required") {
        return proxy("the proxy asks for a user name and password (HTTP 407)".into())
            .with_hint("put them into the variable HTTPS_PROXY: http://USER:PASSWORD@PROXY:PORT");
    }
    if any(texts, "unsuccessful") {
        return proxy(format!("the proxy refused to connect to {}", about.host))
            .with_hint("does the proxy allow this host? If it is to be reached without, name it in NO_PROXY");
    }
    let root = texts.last().map_or("no connection", String::as_str);
    let root = if any(texts, "dns error") { "its name could not be resolved" } else { root };
    proxy(format!("the proxy could not be reached: {root}"))
}

/// Whom a certificate is for, where the library says it: `DnsName("a.example")`.
fn named(texts: &[String]) -> Option<String> {
    let (_, names) = texts.iter().find_map(|text| text.split_once("only valid for "))?;
    let names: Vec<&str> = names.split('"').skip(1).step_by(2).take(3).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// What went wrong in a TLS handshake, if that is what it was.
fn tls(about: About<'_>, texts: &[String]) -> Option<Error> {
    let host = about.host;
    let tls = |what: String| about.error(ErrorKind::Tls, what);
    let has = |part| any(texts, part);
    if has("invalid peer certificate") {
        return Some(if has("UnknownIssuer") {
            tls(format!("the certificate of {host} is from an authority that this machine does not know"))
                .with_hint("a TLS-inspecting proxy or a private authority? Give its certificate with --ca-cert FILE")
        } else if has("expired") {
            tls(format!("the certificate of {host} has expired")).with_hint("is this machine's clock right?")
        } else if has("not valid yet") {
            tls(format!("the certificate of {host} is not valid yet")).with_hint("is this machine's clock right?")
        } else if has("not valid for name") || has("NotValidForName") {
            let whose = named(texts).map_or_else(String::new, |names| format!(", but for {names}"));
            tls(format!("the certificate is not for {host}{whose}"))
                .with_hint("is the host spelt right? Another server answers under it")
        } else if has("BadSignature") {
            tls(format!("the certificate of {host} is not signed with the key of the authority that it names"))
                .with_hint(
                    "self-signed, or of a second authority of one name? Give its certificate with --ca-cert FILE",
                )
        } else if has("CaUsedAsEndEntity") {
            tls(format!("{host} presents an authority's own certificate as its own")).with_hint(
                "give the server a certificate with CA:FALSE that the authority signed; --ca-cert names the authority",
            )
        } else {
            let text = texts.iter().find(|text| text.contains("invalid peer certificate"));
            tls(format!("the certificate of {host} is not valid: {}", text.map_or("", String::as_str)))
        });
    }
    if has("InvalidContentType") {
        return Some(
            tls(format!("{host} does not speak TLS on this port"))
                .with_hint("is it the https port of the vendor's API? This one may speak plain http"),
        );
    }
    if has("tls handshake eof") {
        return Some(
            tls(format!("{host} closed the connection during the TLS handshake"))
                .with_hint("is this the https port of the vendor's API? A firewall may also cut it off"),
        );
    }
    if has("UnrecognisedName") {
        return Some(
            tls(format!("the server knows no host {host}")).with_hint("is the host spelt right? Its server says no"),
        );
    }
    let handshake = ["received fatal alert", "tls handshake", "peer is incompatible", "peer misbehaved"];
    handshake.iter().any(|part| has(part)).then(|| {
        let root = texts.last().map_or("", String::as_str);
        tls(format!("the TLS handshake with {host} failed: {root}"))
    })
}

/// Why there is no whole answer to a request that may have arrived.
pub(super) fn lost(about: About<'_>, error: Chain<'_>) -> Error {
    let host = about.host;
    if chain(error).filter_map(|error| error.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse) {
        return about
            .error(ErrorKind::BadAnswer, format_args!("what {host} answered is not HTTP"))
            .with_hint("a port that speaks https wants https:// before the host");
    }
    about.error(ErrorKind::Lost, format_args!("the connection to {host} broke before the whole answer was there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About { provider: "datafold", operation: "cancel", host: "app.example" };

    #[derive(Debug)]
    struct Outer(io::Error);

    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("client error (Connect)")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn said(inner: &str) -> Error {
        unconnected(ABOUT, &Outer(io::Error::other(inner.to_owned())), false, None)
    }

    #[test]
    fn errors_inside_an_io_error_are_found() {
        let error = said("invalid peer certificate: UnknownIssuer");
        assert_eq!(error.kind, ErrorKind::Tls);
        assert!(error.message.starts_with("datafold cancel: "), "{error}");
        assert!(error.hint().unwrap().contains("--ca-cert"));
    }

    #[test]
    fn each_cause_has_its_kind_and_names_the_host() {
        for (text, kind, part) in [
            (
                "invalid peer certificate: certificate expired: verification time 2",
                ErrorKind::Tls,
                "app.example has expired",
            ),
            ("invalid peer certificate: certificate not valid for name \"a\"", ErrorKind::Tls, "not for app.example"),
            ("invalid peer certificate: BadSignature", ErrorKind::Tls, "not signed with the key"),
            ("received corrupt message of type InvalidContentType", ErrorKind::Tls, "does not speak TLS"),
            (
                "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for DnsName(\"b.example\") or DnsName(\"c.example\")",
                ErrorKind::Tls,
                "not for app.example, but for b.example, c.example",
            ),
            ("received fatal alert: HandshakeFailure", ErrorKind::Tls, "HandshakeFailure"),
            ("received fatal alert: UnrecognisedName", ErrorKind::Tls, "knows no host app.example"),
            ("tls handshake eof", ErrorKind::Tls, "app.example closed the connection"),
            ("tunnel error: proxy authorization required", ErrorKind::Proxy, "user name and password"),
            ("tunnel error: unsuccessful", ErrorKind::Proxy, "refused to connect to app.example"),
            ("No route to host", ErrorKind::Connect, "app.example: No route"),
        ] {
            let error = said(text);
            assert_eq!(error.kind, kind, "{text}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_root_is_the_innermost_cause() {
        assert_eq!(root(&Outer(io::Error::other("the cause"))), "the cause");
    }

    #[test]
    fn dns_refusal_and_time_are_told_apart() {
        let refused = Outer(io::ErrorKind::ConnectionRefused.into());
        assert_eq!(unconnected(ABOUT, &refused, true, None).kind, ErrorKind::Dns);
        let error = unconnected(ABOUT, &refused, false, None);
        assert_eq!(error.message, "datafold cancel: app.example refused the connection");
        let broken = "datafold cancel: app.example broke the connection off while it was being made";
        for kind in [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset] {
            assert_eq!(unconnected(ABOUT, &Outer(kind.into()), false, None).message, broken);
        }
        let error = unconnected(ABOUT, &refused, false, Some(Duration::from_secs(5)));
        assert_eq!(error.message, "datafold cancel: could not connect to app.example within 5s");
    }
}
