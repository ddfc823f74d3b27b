//! What `--trace-http` writes, and what it must not.

use super::*;

async fn traced(calls: &[Call], answer: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Vec<serde_json::Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.jsonl");
    std::fs::write(&path, "left from another run").unwrap();
    let trace = Some(Trace::create(&path).unwrap());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let server = Server::start(answer).await;
    let transport = Transport::new(TransportOptions { trace, ..plain() });
    for call in calls {
        let _ = transport.send(&server.endpoint(), call, &mut budget()).await;
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("sk_secret_1") && !text.contains("hunter22") && !text.contains("fresh"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_exchange_is_one_line_without_secrets() {
    quick_backoff();
    let mut call = Call::post(Operation::Cancel, "/c?key=sk_secret_1", Body::Json("{\"id\":\"sk_secret_1\"}".into()));
    call.operation = Operation::Cancel;
    let lines = traced(&[call], |number, _| match number {
        0 => Act::Say(say(429, "retry-after: 0\r\nset-cookie: fresh=1\r\n", "key sk_secret_1")),
        _ => Act::Last(String::new()),
    })
    .await;
    assert_eq!(lines.len(), 2);
    let first = &lines[0];
    assert_eq!(
        (&first["provider"], &first["operation"], &first["attempt"]),
        (&"vendor".into(), &"cancel".into(), &1.into())
    );
    assert_eq!((&first["method"], &first["status"]), (&"POST".into(), &429.into()));
    assert!(first["url"].as_str().unwrap().ends_with("/c?key=***"));
    assert_eq!(first["request_headers"]["authorization"], "***");
    assert_eq!(first["request_headers"]["content-type"], "application/json");
    assert_eq!(first["request_body"], "{\"id\":\"***\"}");
    assert_eq!(
        (&first["response_headers"]["retry-after"], &first["response_headers"]["set-cookie"]),
        (&"0".into(), &"***".into())
    );
    assert_eq!(first["response_body"], "key ***");
    assert!(first["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert!(lines[1]["status"].is_null() && lines[1]["error"].as_str().unwrap().contains("broke"));
}

#[tokio::test]
async fn neither_a_form_nor_the_answer_to_a_sign_in_is_written() {
    for body in [Body::Form("password=hunter22".into()), Body::Json("{\"password\":\"hunter22\"}".into())] {
        let sign_in = Call::post(Operation::SignIn, "/auth", body);
        let lines = traced(&[sign_in], |_, _| Act::Say(say(200, "", "{\"sessionId\":\"fresh\"}"))).await;
        assert_eq!((&lines[0]["request_body"], &lines[0]["response_body"]), (&"***".into(), &"***".into()));
    }
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Listens to this thread until the guard goes.
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn the_log_tells_of_each_exchange_without_secrets() {
    let (log, guard) = Log::listen();
    let server = Server::start(|_, _| Act::Say(say(404, "x-echo: sk_secret_1\r\nserver: x\r\n", "{}"))).await;
    let call = Call::get(Operation::Status, "/jobs/1?key=sk_secret_1");
    // Other tests' threads, which log nowhere, may have taught the call sites just now
    // that nobody listens: once they are all known, they are asked again.
    transport().send(&server.endpoint(), &call, &mut budget()).await.unwrap();
    tracing::callsite::rebuild_interest_cache();
    log.0.lock().unwrap().clear();
    transport().send(&server.endpoint(), &call, &mut budget()).await.unwrap();
    drop(guard);
    let text = log.text();
    let ours: Vec<_> = text.lines().filter(|line| line.contains("jobctl::http")).collect();
    assert!(ours[0].contains("vendor GET /jobs/1?key=*** -> 404 ("), "{text}");
    assert!(ours[2].contains("\"server\": \"x\"") && ours[2].contains("\"x-echo\": \"***\""), "{text}");
    assert!(!text.contains("sk_secret_1"), "{text}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_trace_that_cannot_be_written_is_told_of_once() {
    let trace = Some(Trace::create(std::path::Path::new("/dev/full")).unwrap());
    let transport = Transport::new(TransportOptions { trace, ..plain() });
    assert_eq!(transport.take_warning(), None);
    let server = Server::start(|_, _| Act::Say(say(200, "", "{}"))).await;
    for told in [true, false] {
        assert!(transport.send(&server.endpoint(), &status(), &mut budget()).await.is_ok());
        let warning = transport.take_warning();
        assert_eq!(warning.is_some_and(|text| text.contains("--trace-http is not whole")), told);
    }
}

#[test]
fn a_trace_that_cannot_be_made_is_an_error() {
    let result = Trace::create(std::path::Path::new("/no/such/folder/trace"));
    assert!(matches!(result, Err(error) if error.kind == ErrorKind::Io));
}
