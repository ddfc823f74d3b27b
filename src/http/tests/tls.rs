//! TLS and proxies, against certificates made for the test.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::*;

/// An authority and the folder that its certificate lies in.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // Two authorities of one name would be one with a bad signature.
        params.distinguished_name.push(DnType::CommonName, folder.path().to_string_lossy().into_owned());
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.path().join("ca.der"), certificate.der()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Starts a TLS server whose certificate is for `name`; gives its port.
    async fn serve(&self, name: &str, expired: bool) -> u16 {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, &self.issuer).unwrap().der().clone()];
        let key = rustls_pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let answer = |_: usize, _: &str| Act::Say(say(200, "", "{}"));
                        converse(stream, Arc::default(), Arc::new(answer)).await;
                    }
                });
            }
        });
        port
    }
}

fn options(authority: &Authority) -> TransportOptions {
    let policy = Policy { retries: 0, ..policy() };
    TransportOptions { ca_cert: Some(authority.file()), ..TransportOptions::new(policy) }
}

async fn ask(options: TransportOptions, url: &str) -> Result<Reply, Failure> {
    let mut budget = Budget::new(&options.policy, Control::new(None));
    Transport::new(options).send(&endpoint(BaseUrl::parse(url).unwrap()), &cancel(), &mut budget).await
}

async fn refused(options: TransportOptions, url: &str) -> Error {
    match ask(options, url).await {
        Err(Failure::NotSent(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_once_it_is_given() {
    let (known, other) = (Authority::new(), Authority::new());
    let url = format!("https://localhost:{}", known.serve("localhost", false).await);
    let as_der = TransportOptions { ca_cert: Some(known.folder.path().join("ca.der")), ..options(&known) };
    for options in [options(&known), as_der] {
        assert_eq!(Transport::new(options.clone()).check_ca(), Ok(()));
        assert_eq!(ask(options, &url).await.unwrap().status, 200);
    }
    let error = refused(options(&other), &url).await;
    assert_eq!(error.kind, ErrorKind::Tls);
    assert!(error.message.contains("localhost is from an authority"), "{error}");
    assert!(error.hint().unwrap().contains("--ca-cert"));
}

#[tokio::test]
async fn a_wrong_name_an_old_certificate_and_no_tls_are_told_apart() {
    let authority = Authority::new();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(say(400, "", "The plain HTTP request was sent to HTTPS port").as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    for (port, part) in [
        (authority.serve("elsewhere.example", false).await, "not for localhost"),
        (authority.serve("localhost", true).await, "has expired"),
        (plain_port, "does not speak TLS"),
    ] {
        let error = refused(options(&authority), &format!("https://localhost:{port}")).await;
        assert_eq!(error.kind, ErrorKind::Tls, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_bad_ca_file_or_proxy_is_a_clear_error_and_shows_no_secret() {
    let authority = Authority::new();
    let file = |name: &str, text: &str| {
        let path = authority.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (ca_cert, checked) in [
        (file("empty", ""), true),
        (file("text", "hello"), true),
        (Some("/no/such/file".into()), true),
        // Whether it is one shows only when it is used.
        (file("broken", broken), false),
    ] {
        let transport = Transport::new(TransportOptions { ca_cert, ..options(&authority) });
        assert_eq!(transport.check_ca().is_err_and(|error| error.kind == ErrorKind::Configuration), checked);
        assert_eq!(transport.prepare().unwrap_err().kind, ErrorKind::Configuration);
        let mut budget = budget();
        let endpoint = endpoint(BaseUrl::parse("https://localhost:1").unwrap());
        let result = transport.send(&endpoint, &cancel(), &mut budget).await;
        assert!(matches!(result, Err(Failure::NotSent(error)) if error.kind == ErrorKind::Configuration));
    }
    for proxy in ["socks5://u:hunter22@h:1", "http://u:hunter22@", "http://u:hunter22@h:99999"] {
        let transport = Transport::new(TransportOptions { proxy: Some(proxy.into()), ..options(&authority) });
        let error = transport.prepare().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration, "{proxy}");
        assert!(!format!("{error:?}").contains("hunter22"));
    }
}

/// A proxy that answers `CONNECT` with `answer` and on 200 tunnels to `port`;
/// remembers what it was asked.
async fn proxy(answer: &'static str, port: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://jo:pw_1234@{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let seen = seen.clone();
            tokio::spawn(async move {
                let Some(request) = read_request(&mut near).await else { return };
                seen.lock().unwrap().push(request);
                near.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await.unwrap();
                if answer.starts_with("200") {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    (url, asked)
}

#[tokio::test]
async fn https_goes_through_the_proxy_and_loopback_never_does() {
    let authority = Authority::new();
    let (url, asked) = proxy("200 OK", authority.serve("vendor.test", false).await).await;
    let named = TransportOptions { proxy: Some(url.clone()), ..options(&authority) };
    let from_environment = TransportOptions { proxy: Some(url), ..options(&authority) };
    for options in [named.clone(), from_environment] {
        assert_eq!(ask(options, "https://vendor.test").await.unwrap().status, 200);
    }
    let request = asked.lock().unwrap().remove(0);
    assert!(request.starts_with("CONNECT vendor.test:443 "), "{request}");
    assert!(request.to_ascii_lowercase().contains("proxy-authorization: basic "));
    assert!(!request.contains("sk_secret_1"));
    asked.lock().unwrap().clear();
    for name in ["localhost", "127.0.0.1"] {
        let port = authority.serve(name, false).await;
        assert_eq!(ask(named.clone(), &format!("https://{name}:{port}")).await.unwrap().status, 200);
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_as_the_cause() {
    let authority = Authority::new();
    for (answer, part) in [("403 Forbidden", "refused to connect"), ("407 Auth", "user name and password")] {
        let (url, _) = proxy(answer, 1).await;
        let options = TransportOptions { proxy: Some(url), ..options(&authority) };
        let error = refused(options, "https://vendor.test").await;
        assert_eq!(error.kind, ErrorKind::Proxy, "{error}");
        assert!(error.message.contains(part), "{error}");
        assert!(!error.message.contains("pw_1234"));
    }
    let (_held, address) = nobody();
    let gone = TransportOptions { proxy: Some(format!("http://{address}")), ..options(&authority) };
    let error = refused(gone, "https://vendor.test").await;
    assert_eq!(error.kind, ErrorKind::Proxy);
    assert!(error.message.contains("could not be reached"), "{error}");
}
