//! What happens on the wire: [`Transport`] sends a [`Call`] to an [`Endpoint`]
//! and brings back a [`Reply`] or a [`Failure`].
//!
//! This is the only file that names reqwest: how the client is built, how a
//! request looks and how an answer is read. What is repeated when is `send.rs`.
//! Must not know any vendor.

mod call;
#[cfg(any(test, fuzzing))]
mod canned;
mod cause;
mod control;
mod limit;
mod pace;
mod probe;
mod redact;
mod retry;
mod send;
#[cfg(test)]
mod tests;
mod trace;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

pub use call::{Body, BurstHeaders, Call, Endpoint, Failure, Method, Operation, Policy, Reply, StopCause};
pub use control::{Budget, Control, Level, until};
pub use limit::{Limiter, Permit};
pub use probe::{Place, Probe};
pub use redact::Redactor;
/// Header names and values, as the client library gives them.
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub(crate) use retry::backoff;
pub use send::Read;
pub use trace::Trace;

#[cfg(any(test, fuzzing))]
pub(crate) use canned::{Canned, Said};
#[cfg(any(test, fuzzing))]
pub(crate) use retry::parse_retry_after;

use crate::error::{Error, ErrorKind};
use cause::About;

/// Most bytes of an answer that are read.
const CAP: usize = 8 << 20;

/// Most bytes of a listing's answer that are read.
const LIST_CAP: usize = 256 << 20;

/// How long an idle connection is kept. Shorter than what servers and load
/// balancers keep theirs, so that hardly a request meets a closing one.
const IDLE: Duration = Duration::from_secs(15);

/// Connecting ends at least so long before the attempt that it is part of.
const CONNECT_MARGIN: Duration = Duration::from_millis(10);

/// Hosts that are never reached through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// What a [`Transport`] is built from.
#[derive(Clone)]
pub struct TransportOptions {
    /// How hard to try.
    pub policy: Policy,
    /// A file of certificates (PEM, or one as DER) to trust beside the platform's.
    pub ca_cert: Option<PathBuf>,
    /// The proxy for https, as a URL.
    pub proxy: Option<String>,
    /// Hosts to reach without a proxy, in the form of `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// Calls at once, per provider: so many idle connections are kept.
    pub concurrency: usize,
    /// Ceiling of calls a second, per provider; adaptive where there is none.
    pub rate: Option<f64>,
    /// Where every exchange is written to.
    pub trace: Option<Trace>,
}

impl TransportOptions {
    /// Options with nothing but a policy: no proxy, the platform's roots.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, ca_cert: None, proxy: None, no_proxy: None, concurrency: 8, rate: None, trace: None }
    }
}

/// The one HTTP client of a run, built when the first call is sent.
pub struct Transport {
    options: TransportOptions,
    /// For https.
    secure: OnceLock<Result<reqwest::Client, Error>>,
    /// For plain http on loopback: built without the platform's roots, whose
    /// reading is most of the cost of a first call.
    plain: OnceLock<Result<reqwest::Client, Error>>,
    /// Answers in place of a network.
    #[cfg(any(test, fuzzing))]
    canned: Option<Canned>,
}

/// What one attempt ended in when there is no answer.
enum Miss {
    /// It cannot be sent as it is, however often.
    Impossible(Error),
    /// Nothing reached the host.
    NotSent(Error),
    /// It may have been applied.
    Lost(Error),
    /// Given up while in flight.
    Aborted(StopCause),
}

impl Transport {
    /// Takes the options; does nothing yet.
    #[must_use]
    pub fn new(options: TransportOptions) -> Self {
        Self {
            options,
            secure: OnceLock::new(),
            plain: OnceLock::new(),
            #[cfg(any(test, fuzzing))]
            canned: None,
        }
    }

    /// A transport with everything as the program has it where no flag says otherwise,
    /// for all vendors to share.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        Arc::new(Self::new(TransportOptions::new(Policy::default())))
    }

    /// A limiter for one more endpoint, under this run's options.
    #[must_use]
    pub fn limiter(&self) -> Arc<Limiter> {
        Arc::new(Limiter::new(self.options.concurrency, self.options.rate))
    }

    /// Sees to it that the CA file can be used, also where no call may need it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`].
    pub fn check_ca(&self) -> Result<(), Error> {
        self.options.ca_cert.as_deref().map_or(Ok(()), |path| certificates(path).map(drop))
    }

    /// Why the trace is not whole; said once.
    #[must_use]
    pub fn take_warning(&self) -> Option<String> {
        self.options.trace.as_ref().and_then(Trace::take_warning)
    }

    /// Builds the client now instead of at the first call.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the proxy or the CA file cannot be used,
    /// [`ErrorKind::Tls`] where the platform has no roots.
    pub fn prepare(&self) -> Result<(), Error> {
        self.client(true).map(|_| ())
    }

    /// The client: one, unless a run calls https and loopback http hosts.
    fn client(&self, secure: bool) -> Result<&reqwest::Client, Error> {
        let client = if secure { &self.secure } else { &self.plain };
        client.get_or_init(|| build(&self.options, secure)).as_ref().map_err(Clone::clone)
    }

    /// Sends one request and reads its whole answer, secrets still in it.
    async fn exchange(&self, about: About<'_>, request: reqwest::Request, cap: usize) -> Result<Reply, Miss> {
        #[cfg(any(test, fuzzing))]
        if let Some(canned) = &self.canned {
            let said = canned.say(&request);
            return said.heard(about).await;
        }
        let secure = request.url().scheme() == "https";
        let client = self.client(secure).map_err(Miss::Impossible)?;
        let mut response = client.execute(request).await.map_err(|error| self.miss(about, error))?;
        let announced = response.content_length().unwrap_or(0);
        if announced > cap as u64 {
            return Err(Miss::Lost(too_large(about, cap)));
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Bytes::new();
        let mut whole = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.miss(about, error))? {
            if body.len() + whole.len() + chunk.len() > cap {
                return Err(Miss::Lost(too_large(about, cap)));
            }
            // Most answers are one chunk, which is taken as it is.
            if body.is_empty() && whole.is_empty() {
                body = chunk;
            } else {
                if whole.is_empty() {
                    whole.reserve(usize::try_from(announced).unwrap_or(0));
                    whole.extend_from_slice(&std::mem::take(&mut body));
                }
                whole.extend_from_slice(&chunk);
            }
        }
        let body = if whole.is_empty() { body } else { whole.freeze() };
        Ok(Reply { status, headers, body })
    }

    /// Tells whether a failed request can have arrived.
    fn miss(&self, about: About<'_>, error: reqwest::Error) -> Miss {
        let error = error.without_url();
        if error.is_builder() {
            Miss::Impossible(about.error(ErrorKind::Configuration, "this is no request that can be sent"))
        } else if error.is_connect() {
            let timeout = error.is_timeout().then(|| connect_timeout(&self.options.policy));
            Miss::NotSent(cause::unconnected(about, &error, error.is_dns(), timeout))
        } else {
            Miss::Lost(cause::lost(about, &error))
        }
    }
}

/// The endpoint's URL with `path` and the query in it, exactly as they stand.
fn url(endpoint: &Endpoint, path: &str) -> Option<url::Url> {
    // Parsed once: only the path differs from call to call.
    let mut url = endpoint.url.get_or_init(|| url::Url::parse(endpoint.base.as_str()).ok()).clone()?;
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}{path}", endpoint.base.path()));
    url.set_query(query);
    // A URL parser resolves `..`, also when it is percent-encoded: such an id would
    // be another path, and perhaps another job.
    url.path().ends_with(path).then_some(url)
}

/// The request that `call` is, with the credential of this moment.
fn request(endpoint: &Endpoint, call: &Call) -> Result<reqwest::Request, Error> {
    let url =
        url(endpoint, &call.path).ok_or_else(|| Error::new(ErrorKind::InvalidId, "the id cannot be part of a URL"))?;
    let method = match call.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut request = reqwest::Request::new(method, url);
    let headers = request.headers_mut();
    for (name, value) in &endpoint.headers {
        headers.insert(header_name(name)?, header_value(name, value)?);
    }
    if call.authorized
        && let Some(secret) = endpoint.authorization()
    {
        let mut value = header_value(endpoint.auth_header, secret.expose())?;
        value.set_sensitive(true);
        headers.insert(header_name(endpoint.auth_header)?, value);
    }
    let (kind, body) = match &call.body {
        Body::Empty => (None, None),
        Body::Json(body) => (Some("application/json"), Some(body)),
        Body::Form(body) => (Some("application/x-www-form-urlencoded"), Some(body)),
    };
    if let Some(kind) = kind {
        headers.insert("content-type", HeaderValue::from_static(kind));
    } else if call.method == Method::Post {
        // Some gateways answer 411 to a POST that does not say so.
        headers.insert("content-length", HeaderValue::from_static("0"));
    }
    *request.body_mut() = body.cloned().map(Into::into);
    Ok(request)
}

fn too_large(about: About<'_>, cap: usize) -> Error {
    about.error(ErrorKind::BadAnswer, format_args!("the answer of {} is larger than {} MiB", about.host, cap >> 20))
}

fn header_name(name: &str) -> Result<HeaderName, Error> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::new(ErrorKind::Internal, format!("`{name}` is no header name")))
}

/// Never quotes the value: it may be a secret.
fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    // The library lets letters beyond ASCII pass; no vendor's key has any.
    let ascii = Some(value).filter(|value| value.is_ascii());
    ascii.and_then(|value| HeaderValue::from_str(value).ok()).ok_or_else(|| {
        Error::new(ErrorKind::Configuration, format!("the value for the header `{name}` cannot be sent")).with_hint(
            "it holds a line break, another control character or a letter outside ASCII; was it copied whole?",
        )
    })
}

/// Connecting is part of an attempt and ends a little before it: a host that does
/// not take the connection has certainly not got the request, and that must not
/// depend on which of two timers is first.
fn connect_timeout(policy: &Policy) -> Duration {
    let whole = policy.request_timeout;
    let margin = (whole / 20).max(CONNECT_MARGIN).min(whole / 2);
    policy.connect_timeout.min(whole.saturating_sub(margin))
}

fn build(options: &TransportOptions, secure: bool) -> Result<reqwest::Client, Error> {
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jobctl/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(connect_timeout(&options.policy))
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(options.concurrency.max(1))
        // Loopback by definition, so no resolver (and no thread of its) is asked.
        .resolve_to_addrs(
            "localhost",
            &[SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))],
        )
        // Not the client's own reading of the environment: settings/ has read it.
        .no_proxy();
    if secure {
        if let Some(path) = &options.ca_cert {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        if let Some(proxy) = proxy(options)? {
            builder = builder.proxy(proxy);
        }
    } else {
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| unbuilt(options, &error.without_url()))
}

/// Certificates are parsed for good only when the client is built.
fn unbuilt(options: &TransportOptions, error: &reqwest::Error) -> Error {
    let root = cause::root(error);
    match &options.ca_cert {
        Some(path) => {
            let message = format!("the certificates in {} cannot be used: {root}", path.display());
            Error::new(ErrorKind::Configuration, message).with_hint("--ca-cert takes a PEM file of certificates")
        }
        None => Error::new(ErrorKind::Tls, format!("the HTTP client cannot be set up: {root}"))
            .with_hint("are the platform's root certificates installed? (package ca-certificates; SSL_CERT_FILE)"),
    }
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    let bad = |what: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Configuration, format!("cannot use the CA file {}: {what}", path.display()))
            .with_hint("--ca-cert takes a PEM file of certificates")
    };
    let text = std::fs::read(path).map_err(|error| bad(&error))?;
    if memchr::memmem::find(&text, b"-----BEGIN CERTIFICATE-----").is_some() {
        reqwest::Certificate::from_pem_bundle(&text).map_err(|_| bad(&"it is no valid PEM"))
    } else if text.first() == Some(&0x30) {
        // A DER certificate is an ASN.1 sequence.
        reqwest::Certificate::from_der(&text).map(|one| vec![one]).map_err(|_| bad(&"it is no certificate"))
    } else {
        Err(bad(&"it holds no certificate"))
    }
}

/// The proxy for https. Its URL may hold a password and is never quoted.
fn proxy(options: &TransportOptions) -> Result<Option<reqwest::Proxy>, Error> {
    let Some(url) = options.proxy.as_deref().map(str::trim).filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let bad = |what: &str| {
        Error::new(ErrorKind::Configuration, format!("the proxy cannot be used: {what}"))
            .with_hint("give it as http://HOST:PORT with --proxy or HTTPS_PROXY")
    };
    match url.split_once("://") {
        Some((scheme, _)) if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") => {
            return Err(bad("only http:// and https:// proxies are supported"));
        }
        _ => {}
    }
    let direct = options.no_proxy.as_deref().unwrap_or_default();
    let direct = reqwest::NoProxy::from_string(&format!("{LOOPBACK},{direct}"));
    let proxy = reqwest::Proxy::https(url).map_err(|_| bad("it is no URL"))?;
    Ok(Some(proxy.no_proxy(direct)))
}
