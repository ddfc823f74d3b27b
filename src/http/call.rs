//! What goes over the wire and what comes back, as plain data: [`Call`], [`Reply`],
//! [`Failure`], and the [`Endpoint`] they belong to.
//!
//! Vendors build calls and read replies without any server, client or runtime, so
//! dry runs, traces and tests need none. Must not know any vendor or reqwest.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::limit::Limiter;
use super::redact::Redactor;
use super::{HeaderMap, HeaderName};
use crate::base_url::BaseUrl;
use crate::error::Error;
use crate::secret::Secret;

/// The HTTP verbs that the vendors use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

/// What a call is for; decides what may be repeated and what a stop cuts off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Asks for a cancellation. Never repeated blindly.
    Cancel,
    /// Reads one job's state.
    Status,
    /// Reads a page of jobs.
    List,
    /// Opens a session. Never repeated blindly (lock-out).
    SignIn,
    /// Ends a session that jobctl opened.
    SignOut,
    /// Asks whether a credential works.
    Check,
}

impl Method {
    /// The verb as it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl Operation {
    /// Whether a repeat can do no harm, whatever became of the first try.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Status | Self::List | Self::Check)
    }

    /// The word used in messages, logs and traces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Status => "status",
            Self::List => "list",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::Check => "check",
        }
    }
}

/// A request's body. An empty one on a `POST` still sends `Content-Length: 0`.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON text, sent as `application/json`.
    Json(Bytes),
    /// Form fields, already encoded, sent as `application/x-www-form-urlencoded`.
    /// May hold a password: never logged or traced.
    Form(Bytes),
}

/// One request, without host or credential: those are the [`Endpoint`]'s.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// What it is for.
    pub operation: Operation,
    /// The HTTP verb.
    pub method: Method,
    /// Path and query below the endpoint's base, each segment already
    /// percent-encoded, beginning with `/`.
    pub path: String,
    /// The body.
    pub body: Body,
    /// Whether the endpoint's credential is attached (not on a sign-in).
    pub authorized: bool,
    /// The least time between a try that may have arrived and the next one.
    pub spacing: Duration,
}

impl Call {
    /// A `GET` with the endpoint's credential.
    pub fn get(operation: Operation, path: impl Into<String>) -> Self {
        Self { method: Method::Get, ..Self::post(operation, path, Body::Empty) }
    }

    /// A `POST` with the endpoint's credential.
    pub fn post(operation: Operation, path: impl Into<String>, body: Body) -> Self {
        Self { operation, method: Method::Post, path: path.into(), body, authorized: true, spacing: Duration::ZERO }
    }
}

/// One whole answer, whatever its status. Its body was read to the end, is at
/// most 8 MiB (256 MiB for lists), and holds none of the endpoint's secrets:
/// the transport has blotted them out.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status, 100 to 599.
    pub status: u16,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
}

/// Headers in which vendors and their gateways name an exchange.
static REQUEST_ID_HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-vaultapi-executionid"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("request-id"),
];

/// What some servers put before text in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Reply {
    /// A header's value as text, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The vendor's name for this exchange, to quote in a support ticket.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        let value = |name| self.headers.get(name)?.to_str().ok();
        REQUEST_ID_HEADERS.iter().find_map(value).filter(|id| !id.is_empty())
    }

    /// Whether the body is a web page, which no vendor's API sends: a proxy,
    /// a sign-in page or a wrong host does.
    #[must_use]
    pub fn is_html(&self) -> bool {
        let declared = self.header("content-type").is_some_and(|kind| {
            let kind = kind.trim_start().to_ascii_lowercase();
            kind.starts_with("text/html") || kind.starts_with("application/xhtml")
        });
        declared || self.text().first() == Some(&b'<')
    }

    /// The body from its first letter on.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        let body = self.body.trim_ascii_start();
        body.strip_prefix(BOM).unwrap_or(body).trim_ascii_start()
    }
}

/// Why there is no [`Reply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing reached the vendor, after all retries.
    NotSent(Error),
    /// The request may have been applied: the answer was lost, cut or too large.
    PerhapsSent(Error),
    /// Not begun (or not begun again): sending was stopped.
    Stopped(StopCause),
}

/// Why sending stopped before everything was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// A signal; its number.
    Signal(u8),
    /// The deadline of the whole call.
    Deadline,
    /// Another job failed and `--fail-fast` was given.
    FailFast,
    /// The input broke off, or says itself that it is not whole.
    Incomplete,
    /// A guard of the call said no.
    Unconfirmed,
    /// The provider rejected the credential.
    Unauthorized,
    /// The provider was given up on.
    GaveUp,
}

/// Names of the headers in which a vendor announces its burst limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstHeaders {
    /// How many calls the window allows.
    pub limit: &'static str,
    /// How many of them are left.
    pub remaining: &'static str,
    /// By how many milliseconds this answer was delayed.
    pub delay: &'static str,
}

/// One provider's host as this run reaches it: base URL, headers, credential, limiter.
pub struct Endpoint {
    /// The provider's name, for messages.
    pub provider: &'static str,
    /// Where every path is joined to.
    pub base: BaseUrl,
    /// The header that carries the credential, in lower case.
    pub auth_header: &'static str,
    /// Constant headers of every request.
    pub headers: Vec<(&'static str, String)>,
    /// Where the vendor announces its burst limit, if it does.
    pub burst: Option<BurstHeaders>,
    /// `base` once it was parsed for a request.
    pub(super) url: OnceLock<Option<Url>>,
    /// Rate and concurrency for this provider and host.
    pub limiter: Arc<Limiter>,
    /// The header's present value; read at each attempt, so that a renewed
    /// session is used at once.
    authorization: RwLock<Option<Secret>>,
    /// Every secret that may stand in a server's text.
    secrets: RwLock<Vec<Secret>>,
    /// Blots those secrets out; made anew whenever one is added.
    redactor: RwLock<Arc<Redactor>>,
}

impl Endpoint {
    /// An endpoint without a credential yet.
    #[must_use]
    pub fn new(provider: &'static str, base: BaseUrl, auth_header: &'static str, limiter: Arc<Limiter>) -> Self {
        Self {
            provider,
            base,
            url: OnceLock::new(),
            auth_header,
            headers: Vec::new(),
            burst: None,
            limiter,
            authorization: RwLock::new(None),
            secrets: RwLock::new(Vec::new()),
            redactor: RwLock::default(),
        }
    }

    /// Sets the credential header's value for all attempts from now on. It is
    /// blotted out of every answer and trace, also after it was replaced.
    pub fn authorize(&self, value: Option<Secret>) {
        if let Some(value) = &value {
            self.conceal(value.clone());
        }
        *self.authorization.write().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// The credential header's present value.
    #[must_use]
    pub fn authorization(&self) -> Option<Secret> {
        self.authorization.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a secret that must be blotted out of every answer and trace.
    pub fn conceal(&self, secret: Secret) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !secrets.iter().any(|known| known.expose() == secret.expose()) {
            secrets.push(secret);
            *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Redactor::new(&secrets));
        }
    }

    /// What blots this endpoint's secrets out of text.
    #[must_use]
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How hard the transport tries, from the command's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Repeats after the first try, per job.
    pub retries: u32,
    /// How long a job's tries may go on from its first send, without the time
    /// spent waiting for the limiter.
    pub retry_max_time: Duration,
    /// Longest time for one attempt, from the permit to the last byte.
    pub request_timeout: Duration,
    /// Longest time for DNS, TCP and TLS together.
    pub connect_timeout: Duration,
}

impl Default for Policy {
    /// What the program does where no flag says otherwise.
    fn default() -> Self {
        Self {
            retries: 4,
            retry_max_time: Duration::from_secs(60),
            request_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_known_by_its_type_or_its_first_letter() {
        for (kind, body, is) in [
            ("text/html", "{}", true),
            ("", " \n<p>", true),
            ("", "\u{feff}<!DOCTYPE html>", true),
            ("", "\r\n\u{feff} \n<html>", true),
            ("", "Error 502: <HTML lang=en>", false),
            ("", "{\"message\":\"<html>\"}", false),
            ("", "", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", kind.parse().unwrap());
            let reply = Reply { status: 200, headers, body: Bytes::copy_from_slice(body.as_bytes()) };
            assert_eq!(reply.is_html(), is, "{kind} {body:?}");
        }
    }
}
