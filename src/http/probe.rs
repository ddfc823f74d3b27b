//! The way to a host, one layer at a time, for `jobctl doctor`: which proxy, which
//! addresses, whether they can be connected to, and what answers there.
//!
//! No credential is ever sent. Must not know any vendor.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use hyper_util::client::proxy::matcher::Matcher;
use tokio::time::Instant;

use super::cause::About;
use super::{CAP, Call, Endpoint, LOOPBACK, Miss, Operation, Transport, connect_timeout};
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};

/// What answered at a host.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The HTTP status of its front page, whatever that is.
    pub status: u16,
    /// The host's clock.
    pub date: Option<SystemTime>,
    /// From the first byte of the connection to the whole answer.
    pub elapsed: Duration,
}

/// Where connections are made to: a host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Place {
    /// Where calls to `base` are connected to without a proxy.
    #[must_use]
    pub fn of(base: &BaseUrl) -> Self {
        let port = base.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let usual = if base.is_https() { 443 } else { 80 };
        Self { host: base.host().to_owned(), port: port.unwrap_or(usual) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Transport {
    /// The proxy that calls to `base` go through, if any.
    #[must_use]
    pub fn proxy_for(&self, base: &BaseUrl) -> Option<Place> {
        let options = &self.options;
        let url = options.proxy.as_deref().map(str::trim).filter(|url| !url.is_empty())?;
        let direct = format!("{LOOPBACK},{}", options.no_proxy.as_deref().unwrap_or_default());
        // The very matcher that the client uses, so that both always agree.
        let matcher = Matcher::builder().https(url).no(direct).build();
        let proxy = matcher.intercept(&base.as_str().parse().ok()?)?;
        let (host, https) = (proxy.uri().host()?, proxy.uri().scheme_str() == Some("https"));
        let port = proxy.uri().port_u16().unwrap_or(if https { 443 } else { 80 });
        Some(Place { host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// Asks the platform's resolver for the addresses of `place`.
    ///
    /// # Errors
    /// [`ErrorKind::Dns`] where there are none, or none in time.
    pub async fn resolve(&self, place: &Place) -> Result<Vec<SocketAddr>, Error> {
        let limit = connect_timeout(&self.options.policy);
        let lookup = tokio::net::lookup_host((place.host.as_str(), place.port));
        let fail = |what: &str| Error::new(ErrorKind::Dns, format!("could not resolve host {}{what}", place.host));
        let found = tokio::time::timeout(limit, lookup).await.map_err(|_| fail(" in time"))?;
        let addresses: Vec<_> = found.into_iter().flatten().collect();
        if addresses.is_empty() { Err(fail("")) } else { Ok(addresses) }
    }

    /// Opens a connection to one of `addresses` and closes it again.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`] where none lets itself be connected to in time.
    pub async fn connect(&self, place: &Place, addresses: &[SocketAddr]) -> Result<SocketAddr, Error> {
        let limit = connect_timeout(&self.options.policy);
        let connecting = tokio::time::timeout(limit, tokio::net::TcpStream::connect(addresses)).await;
        let fail = |what: String| Error::new(ErrorKind::Connect, format!("could not connect to {place}: {what}"));
        let stream = connecting
            .map_err(|_| fail(format!("no answer within {}", humantime::format_duration(limit))))?
            .map_err(|error| fail(error.to_string()))?;
        stream.peer_addr().map_err(|error| fail(error.to_string()))
    }

    /// Asks `base` for its front page, over the client that every call uses: TLS,
    /// trust and proxy included.
    ///
    /// # Errors
    /// Why nothing answers.
    pub async fn probe(&self, provider: &'static str, base: &BaseUrl) -> Result<Probe, Error> {
        // Without a credential.
        let endpoint = Endpoint::new(provider, base.clone(), "authorization", self.limiter());
        let request = super::request(&endpoint, &Call::get(Operation::Check, "/"))?;
        let about = About { provider, operation: "probe", host: base.host() };
        let began = Instant::now();
        let limit = self.options.policy.request_timeout;
        let exchange = tokio::time::timeout(limit, self.exchange(about, request, CAP));
        let reply = match exchange.await {
            Ok(Ok(reply)) => reply,
            // Servers that want TLS mostly just hang up.
            Ok(Err(Miss::Lost(error))) if error.kind == ErrorKind::Lost && !base.is_https() => {
                return Err(error.with_hint("does this port speak https? Then write https:// before the host"));
            }
            Ok(Err(Miss::Impossible(error) | Miss::NotSent(error) | Miss::Lost(error))) => return Err(error),
            Ok(Err(Miss::Aborted(_))) => return Err(Error::new(ErrorKind::Interrupted, "interrupted")),
            Err(_) => {
                let limit = humantime::format_duration(limit);
                return Err(Error::new(ErrorKind::Timeout, format!("no answer from {} within {limit}", base.host())));
            }
        };
        let date = reply.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        Ok(Probe { status: reply.status, date, elapsed: began.elapsed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Policy, TransportOptions};

    fn transport(proxy: Option<&str>, no_proxy: &str) -> Transport {
        let time = Duration::from_secs(1);
        let policy = Policy { retries: 0, retry_max_time: time, request_timeout: time, connect_timeout: time };
        let (proxy, no_proxy) = (proxy.map(str::to_owned), Some(no_proxy.to_owned()));
        Transport::new(TransportOptions { proxy, no_proxy, ..TransportOptions::new(policy) })
    }

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text).unwrap()
    }

    #[test]
    fn a_place_has_its_schemes_port() {
        let place = |text: &str| Place::of(&base(text)).to_string();
        assert_eq!(place("app.datafold.com"), "app.datafold.com:443");
        assert_eq!(place("127.0.0.1"), "127.0.0.1:80");
        assert_eq!(place("https://gate.example:8443/x"), "gate.example:8443");
        assert_eq!(Place::of(&base("[2001:db8::1]")), Place { host: "2001:db8::1".into(), port: 443 });
    }

    #[tokio::test]
    async fn an_address_is_its_own() {
        for (host, addresses) in [("127.0.0.1", ["127.0.0.1:9"]), ("::1", ["[::1]:9"])] {
            let found = transport(None, "").resolve(&Place { host: host.into(), port: 9 }).await.unwrap();
            assert_eq!(found, addresses.map(|address| address.parse().unwrap()));
        }
    }

    #[tokio::test]
    async fn where_a_port_hangs_up_the_other_scheme_is_named() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = base(&format!("http://{}", listener.local_addr().unwrap()));
        let hang_up = async { drop(listener.accept().await.unwrap()) };
        let (probed, ()) = tokio::join!(async { transport(None, "").probe("datafold", &here).await }, hang_up);
        let error = probed.unwrap_err();
        assert!(error.kind == ErrorKind::Lost && error.hint.unwrap().contains("https://"));
    }

    #[test]
    fn the_proxy_is_named_without_its_password_and_never_for_loopback() {
        let with = transport(Some("http://me:hunter2@proxy.example:3128"), "datafold.com");
        let proxy = with.proxy_for(&base("api.prequel.co")).unwrap();
        assert_eq!(proxy.to_string(), "proxy.example:3128");
        assert_eq!(with.proxy_for(&base("app.datafold.com")), None);
        assert_eq!(with.proxy_for(&base("https://localhost:9")), None);
        assert_eq!(with.proxy_for(&base("127.0.0.1:9")), None);
        assert_eq!(transport(None, "").proxy_for(&base("api.prequel.co")), None);
        assert_eq!(transport(Some("proxy.example"), "").proxy_for(&base("h.example")).unwrap().port, 80);
    }
}
