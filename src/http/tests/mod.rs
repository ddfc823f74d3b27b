//! Tests against real sockets on loopback: what is sent, what is repeated, what
//! is believed.

mod answers;
mod failures;
mod limiter;
mod stops;
mod tls;
mod traces;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::base_url::BaseUrl;
use crate::secret::Secret;

/// What a server does with one request.
enum Act {
    /// Answers and keeps the connection.
    Say(String),
    /// Answers and closes the connection.
    Last(String),
    /// Never answers.
    Stall,
    /// Answers 200 and sends a body without an end.
    Endless,
}

/// A server that answers as it is told, and remembers what it was asked.
struct Server {
    base: BaseUrl,
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Starts one; `answer` gets the request's number (from 0) and its text.
    async fn start(answer: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, answer)
    }

    fn on(listener: TcpListener, answer: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Self {
        let base = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = Self { base, asked: Arc::default(), connections: Arc::default() };
        let (asked, connections, answer) = (server.asked.clone(), server.connections.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, asked.clone(), answer.clone()));
            }
        });
        server
    }

    /// An endpoint of a vendor at this server, with a credential.
    fn endpoint(&self) -> Endpoint {
        endpoint(self.base.clone())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn endpoint(base: BaseUrl) -> Endpoint {
    let endpoint = Endpoint::new("vendor", base, "authorization", Arc::new(Limiter::new(8, None)));
    endpoint.authorize(Secret::new("Key sk_secret_1"));
    endpoint
}

/// Speaks just enough HTTP.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<impl Fn(usize, &str) -> Act>,
) {
    while let Some(request) = read_request(&mut stream).await {
        let number = {
            let mut asked = asked.lock().unwrap();
            asked.push(request.clone());
            asked.len() - 1
        };
        match answer(number, &request) {
            Act::Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Last(text) => return stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Stall => std::future::pending().await,
            Act::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let block = vec![b' '; 1 << 16];
                while stream.write_all(&block).await.is_ok() {}
                return;
            }
        }
    }
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let mut block = [0; 4096];
        let count = stream.read(&mut block).await.ok().filter(|count| *count > 0)?;
        text.extend_from_slice(&block[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = whole.split_once("\r\n\r\n") {
            let length = head
                .to_ascii_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(whole);
            }
        }
    }
}

/// A whole answer with a body.
fn say(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn policy() -> Policy {
    Policy {
        retries: 4,
        retry_max_time: Duration::from_secs(60),
        request_timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(15),
    }
}

fn plain() -> TransportOptions {
    TransportOptions::new(policy())
}

fn transport() -> Transport {
    Transport::new(plain())
}

fn budget() -> Budget {
    Budget::new(&policy(), Control::new(None))
}

fn cancel() -> Call {
    Call::post(Operation::Cancel, "/jobs/1/cancel", Body::Empty)
}

fn status() -> Call {
    Call::get(Operation::Status, "/jobs/1")
}

/// An address that refuses connections, and that nobody else can take while it is held.
fn nobody() -> (tokio::net::TcpSocket, std::net::SocketAddr) {
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    (held, address)
}

/// Makes the next backoffs short: tests wait for real time here.
fn quick_backoff() {
    let short = |seed: &u64| {
        fastrand::seed(*seed);
        (0..3).all(|_| fastrand::f64() < 0.06)
    };
    fastrand::seed((0..1_000_000).find(short).unwrap());
}
