//! `jobctl doctor`: each thing between this machine and a cancelled job.

use std::sync::Arc;

use jobctl::sandbox::{Options, Sandbox};
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Call;
use crate::support::{Ran, nobody};

/// The status and message of one line.
fn line<'a>(json: &'a Value, check: &str) -> (&'a str, &'a str) {
    let rows = json["results"].as_array().unwrap();
    let row = rows.iter().rfind(|row| row["check"] == check).unwrap_or_else(|| panic!("no {check} in {json}"));
    (row["status"].as_str().unwrap(), row["message"].as_str().unwrap())
}

async fn doctor(call: &Call, more: &[&str]) -> (Ran, Value) {
    let ended = call.run(&[&["doctor", "datafold", "-o", "json"], more].concat()).await;
    let json = ended.envelope();
    (ended, json)
}

#[tokio::test]
async fn all_is_well_in_the_sandbox() {
    let ended = Call::new().run(&["--sandbox", "doctor"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!ended.stdout.contains("fail") && !ended.stdout.contains("warn"), "{ended:?}");
    assert!(ended.stderr.contains("sandbox"), "{ended:?}");
}

#[tokio::test]
async fn each_failure_has_its_exit_code() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let at = |url: &str| Call::new().set("DATAFOLD_HOST", url).set("DATAFOLD_API_KEY", "hunter2-wrong");
    let (ended, json) = doctor(&at(&sandbox.url()), &[]).await;
    assert_eq!((ended.code, line(&json, "key").0), (4, "fail"), "{json}");
    assert_eq!(line(&json, "reachable").0, "ok");

    // A port that nobody listens at and nobody else can take meanwhile.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let dead = taken.local_addr().unwrap();
    let (ended, json) = doctor(&at(&format!("http://{dead}")), &[]).await;
    assert_eq!((ended.code, line(&json, "connect").0), (7, "fail"), "{json}");
    assert_eq!(line(&json, "key").0, "ok", "there is one");

    let (ended, json) = doctor(&at("https://no-such-host.invalid"), &[]).await;
    assert_eq!((ended.code, line(&json, "dns").0), (7, "fail"), "{json}");

    let (ended, json) = doctor(&Call::with_config("nonsense"), &[]).await;
    assert_eq!((ended.code, line(&json, "configuration").0), (2, "fail"), "{json}");

    let (ended, json) = doctor(&Call::new().set("DATAFOLD_HOST", sandbox.url()), &[]).await;
    assert_eq!((ended.code, line(&json, "key").0), (4, "fail"), "{json}");

    let (ended, json) = doctor(&at("http://app.datafold.com"), &[]).await;
    assert_eq!((ended.code, line(&json, "host").0), (2, "fail"), "{json}");
    assert!(!format!("{json}").contains("hunter2"));
    assert_eq!(Call::new().run(&["doctor"]).await.code, 4, "nothing is set up");
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_warning() {
    let server = MockServer::builder().start().await;
    let answer = ResponseTemplate::new(200)
        .insert_header("date", "Thu, 01 Jan 2026 00:00:00 GMT")
        .set_body_json(serde_json::json!({"org_name": "Acme"}));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let call = Call::new().set("DATAFOLD_HOST", server.uri()).set("DATAFOLD_API_KEY", "hunter2");
    let (ended, json) = doctor(&call, &[]).await;
    assert_eq!(ended.code, 0, "{json}");
    let (status, message) = line(&json, "clock");
    assert!(status == "warn" && message.contains("ahead of the host's"), "{message}");
    assert!(line(&json, "key").1.contains("organization Acme"));
}

#[tokio::test]
async fn files_that_others_can_change_or_read_are_named() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let text = format!("[profiles.default.datafold]\nhost = '{}'\ntoken_file = 'key'\n", sandbox.url());
    let call = Call::with_config(&text);
    call.write(".config/jobctl/key", "hunter2", 0o644);
    call.write(".config/jobctl/config.toml", &text, 0o666);
    let (ended, json) = doctor(&call, &[]).await;
    assert_eq!(ended.code, 2, "{json}");
    let modes: Vec<_> = json["results"].as_array().unwrap().iter().filter(|row| row["check"] == "file_modes").collect();
    assert_eq!((modes[0]["status"].as_str(), modes[1]["status"].as_str()), (Some("warn"), Some("fail")), "{json}");
    assert!(modes[1]["hint"].as_str().unwrap().contains("chmod 600"));
    let status = call.run(&["auth", "status", "datafold"]).await;
    assert!(status.code == 4 && status.stdout.contains("open to others"), "{status:?}");
    for command in [&["doctor", "datafold"][..], &["auth", "status", "datafold"]] {
        let (loud, quiet) = (call.run(command).await, call.run(&[command, &["-q"]].concat()).await);
        assert_eq!(loud.code, quiet.code);
        assert!(loud.stdout.contains("chmod 600") && !quiet.stdout.contains("chmod 600"), "{quiet:?}");
        assert!(quiet.stdout.contains("open to others"), "what was found is no advice: {quiet:?}");
    }
    // What is not used is no failure.
    let call = call.set("DATAFOLD_API_KEY", "sandbox-datafold-key");
    let (ended, json) = doctor(&call, &[]).await;
    assert_eq!((ended.code, line(&json, "file_modes").0), (0, "warn"), "{json}");
    assert_eq!(call.run(&["auth", "status", "datafold"]).await.code, 0);
}

#[tokio::test]
async fn a_destination_that_cannot_be_used_is_found() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let call = Call::new().set_all(sandbox.variables()).set("PREQUEL_DESTINATION", "a/b");
    let ended = call.run(&["doctor", "prequel"]).await;
    assert!(ended.code == 2 && ended.stdout.contains("PREQUEL_DESTINATION: the destination holds a `/`"), "{ended:?}");
}

#[tokio::test]
async fn the_proxy_is_named_without_its_password_and_found_dead() {
    let (_held, uri) = nobody();
    let at = uri.strip_prefix("http://").unwrap();
    let call =
        Call::new().set("DATAFOLD_API_KEY", "hunter2-key").set("HTTPS_PROXY", format!("http://me:hunter2-proxy@{at}"));
    let (ended, json) = doctor(&call, &["--connect-timeout", "10s"]).await;
    assert_eq!(ended.code, 7, "{json}");
    let connect = json["results"].as_array().unwrap().iter().find(|row| row["check"] == "connect").unwrap();
    assert_eq!((&connect["status"], &connect["error"]["code"]), (&"fail".into(), &"proxy".into()), "{json}");
    let explained = call.run(&["config", "explain", "datafold", "-o", "json"]).await.envelope();
    let proxy = explained["results"].as_array().unwrap().iter().find(|row| row["key"] == "proxy").unwrap();
    assert_eq!((&proxy["value"], &proxy["source"]), (&at.into(), &"HTTPS_PROXY".into()));
    assert!(line(&json, "proxy").1.contains(at), "{json}");
    assert_eq!(line(&json, "connect").0, "fail");
    assert!(!ended.all().contains("hunter2"));
}

/// A TLS server of one certificate that answers everything with 200.
async fn tls() -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let pem = made.cert.pem();
    let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = tokio_rustls::rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let body = r#"{"org_name":"Acme"}"#;
            let _ = stream.read(&mut [0; 4096]).await;
            let answer =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, pem)
}

#[tokio::test]
async fn a_certificate_is_trusted_where_its_authority_is_given() {
    let (port, pem) = tls().await;
    let call = Call::new().set("DATAFOLD_HOST", format!("https://localhost:{port}")).set("DATAFOLD_API_KEY", "hunter2");
    call.write("ca.pem", &pem, 0o644);
    let (ended, json) = doctor(&call, &[]).await;
    assert_eq!((ended.code, line(&json, "tls").0), (7, "fail"), "{json}");
    let (ended, json) = doctor(&call, &["--ca-cert", "ca.pem"]).await;
    assert_eq!((ended.code, line(&json, "tls").0), (0, "ok"), "{json}");
    let (ended, json) = doctor(&call, &["--ca-cert", "absent.pem"]).await;
    assert_eq!(ended.code, 2, "{json}");
    let call = Call::new().set("DATAFOLD_HOST", format!("http://127.0.0.1:{port}")).set("DATAFOLD_API_KEY", "hunter2");
    let ended = call.run(&["doctor", "datafold"]).await;
    assert!(ended.code == 7 && ended.stdout.contains("-> a port that speaks https wants https://"), "{ended:?}");
}
