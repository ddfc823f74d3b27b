//! The vendors over real sockets, with a client of a few lines.

mod datafold;
mod faults;
mod prequel;
mod unstructured;
mod veeva;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// What came back: the status, the head as text, and the body.
struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| *key == name)).map(|(_, value)| value)
    }
}

/// Sends one request on a connection of its own and reads until it ends.
async fn raw(sandbox: &Sandbox, request: String) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(sandbox.address()).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

fn request(line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n\r\n{body}"
    )
}

async fn send(sandbox: &Sandbox, line: &str, headers: &str, body: &str) -> Got {
    let answer = raw(sandbox, request(line, headers, body)).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, head, body: answer[end + 4..].to_vec() }
}

async fn start(options: Options) -> Sandbox {
    Sandbox::start(options).await.unwrap()
}

async fn with(choices: &str) -> Sandbox {
    start(Options { choices: choices.parse().unwrap(), ..Options::default() }).await
}

/// A sandbox whose cancels take no time.
async fn quick() -> Sandbox {
    start(Options { cancel_delay: Duration::ZERO, ..Options::default() }).await
}

#[tokio::test]
async fn it_listens_on_loopback_and_stops_when_dropped() {
    let sandbox = quick().await;
    let address = sandbox.address();
    assert!(address.ip().is_loopback());
    assert_eq!(sandbox.url(), format!("http://{address}"));
    drop(sandbox);
    // The accepting task ends when the runtime gets to it.
    for _ in 0..100 {
        tokio::task::yield_now().await;
        if TcpStream::connect(address).await.is_err() {
            return;
        }
    }
    panic!("still listening");
}

#[tokio::test]
async fn the_variables_name_every_vendor_and_this_port() {
    let sandbox = quick().await;
    let variables = sandbox.variables();
    for name in ["DATAFOLD_HOST", "PREQUEL_HOST", "UNSTRUCTURED_API_URL", "VEEVA_VAULT_DNS"] {
        assert!(variables.contains(&(name, sandbox.url())), "{name}");
    }
    let key = variables.iter().find(|(name, _)| *name == "PREQUEL_API_KEY").unwrap();
    assert!(key.1.starts_with("sk_staging_"));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let sandbox = quick().await;
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let mut buffer = [0; 4096];
    for _ in 0..3 {
        let line =
            "POST /api/v1/datadiffs/123/cancel HTTP/1.1\r\nhost: s\r\nauthorization: Key sandbox-datafold-key\r\n";
        stream.write_all(format!("{line}content-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].ends_with(br#"{"id":123,"status":"cancelled"}"#));
    }
    let record = sandbox.job("datafold", "123").unwrap();
    assert_eq!((record.received, record.applied, record.state), (3, 1, "cancelled"));
    assert_eq!((sandbox.totals().requests, sandbox.totals().cancels), (3, 3));
}

#[tokio::test]
async fn a_path_of_nobody_is_not_found() {
    let sandbox = quick().await;
    assert_eq!(send(&sandbox, "GET /elsewhere", "", "").await.status, 404);
}

#[tokio::test]
async fn bulk_jobs_are_there_at_every_vendor_and_end_where_they_should() {
    let sandbox = start(Options { bulk: 1_000_000, ..Options::default() }).await;
    for (provider, first, last, beyond) in [
        ("datafold", "1000000", "1999999", "2000000"),
        ("veeva", "2000000", "2999999", "3000000"),
        ("prequel", "bulk/0", "bulk/999999", "bulk/1000000"),
        (
            "unstructured",
            "00000000-0000-4000-8000-000000000000",
            "00000000-0000-4000-8000-0000000f423f",
            "00000000-0000-4000-8000-0000000f4240",
        ),
    ] {
        assert!(sandbox.job(provider, first).is_some(), "{first}");
        assert!(sandbox.job(provider, last).is_some(), "{last}");
        assert!(sandbox.job(provider, beyond).is_none(), "{beyond}");
    }
    assert!(sandbox.record().is_empty());
}

#[tokio::test]
async fn every_seeded_job_is_there_in_its_state() {
    let sandbox = quick().await;
    for row in seeded_jobs() {
        assert_eq!(sandbox.job(row.provider, row.id).unwrap().state, row.state, "{}:{}", row.provider, row.id);
    }
}

/// Not a test of time: run it by hand to see what the server can do.
#[tokio::test]
#[ignore = "measures; takes seconds"]
async fn measure_a_hundred_thousand_cancels() {
    let sandbox = start(Options { bulk: 100_000, ..Options::default() }).await;
    let began = std::time::Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..8 {
        let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
        clients.spawn(async move {
            let mut buffer = [0; 1024];
            for n in 0..12_500 {
                let id = 1_000_000 + client * 12_500 + n;
                let head =
                    "HTTP/1.1\r\nhost: s\r\nauthorization: Key sandbox-datafold-key\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(format!("POST /api/v1/datadiffs/{id}/cancel {head}").as_bytes()).await.unwrap();
                assert_ne!(stream.read(&mut buffer).await.unwrap(), 0);
            }
        });
    }
    while clients.join_next().await.is_some() {}
    let took = began.elapsed();
    assert_eq!(sandbox.record().iter().filter(|job| job.applied == 1).count(), 100_000);
    println!("{:.0} cancels a second", 100_000.0 / took.as_secs_f64());
}
