//! The four vendors over bare sockets, with faults on order and a record of the truth.
//!
//! Shares nothing with the program's own sandbox, so that no mistake hides in both.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::plan::{Exchange, Fault, How, Plan, WELL};
use super::record::{Event, Record, Truth};
use crate::support::{Op, Vendor};

/// The vendors, on a port of their own until dropped.
pub(super) struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    plan: Plan,
    record: Mutex<Record>,
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, understood.
struct Asked {
    op: Op,
    vendor: &'static Vendor,
    ids: Vec<String>,
}

impl FaultServer {
    pub(super) fn start(plan: Plan) -> Self {
        let threads = elsewhere();
        let _inside = threads.enter();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        // Room for all that a program opens at once: what finds the queue full is connected,
        // and not heard, for seconds.
        let listener = socket.listen(4096).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { plan, record: Mutex::default() });
        let task = threads.spawn(listen(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    pub(super) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a job in.
    pub(super) fn add(&self, vendor: &Vendor, id: &str, truth: Truth) -> String {
        let name = vendor.reference(id);
        self.record().jobs.entry(name.clone()).or_default().truth = truth;
        name
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads of the servers' own: starting a program blocks the test's, and a server
/// that does not answer meanwhile would be one more fault.
fn elsewhere() -> &'static Handle {
    static THREADS: OnceLock<Vec<Handle>> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let threads = THREADS.get_or_init(|| (0..4).map(|_| thread()).collect());
    &threads[NEXT.fetch_add(1, Ordering::Relaxed) % threads.len()]
}

fn thread() -> Handle {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            serve(stream, &shared).await;
        });
    }
}

/// Serves one connection until a fault or the caller ends it.
async fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut buffer = Vec::new();
    while let Some((line, body)) = request(&mut stream, &mut buffer).await {
        let Some(asked) = understand(&line, &body) else {
            shared.record.lock().unwrap().strangers.push(line);
            return;
        };
        let (fault, answer) = shared.decide(&asked);
        if !play(&mut stream, fault.how, &answer).await {
            return;
        }
    }
}

/// The first line and the body of the next request; nothing when the caller is gone.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = end + length.unwrap_or(0);
    while buffer.len() < whole {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = buffer[end..whole].to_vec();
    buffer.drain(..whole);
    Some((head.lines().next()?.to_owned(), body))
}

fn understand(line: &str, body: &[u8]) -> Option<Asked> {
    let mut words = line.split(' ');
    let op = match words.next()? {
        "POST" => Op::Cancel,
        "GET" => Op::Read,
        _ => return None,
    };
    let path = words.next()?;
    let (vendor, rest) = [
        ("datafold", "/api/v1/datadiffs/"),
        ("prequel", "/destinations/"),
        ("unstructured", "/api/v1/jobs/"),
        ("veeva", "/api/v25.3/services/jobs/"),
    ]
    .into_iter()
    .find_map(|(name, prefix)| Some((crate::support::called(name), path.strip_prefix(prefix)?)))?;
    let ids = match (op, vendor.is_veeva()) {
        (Op::Cancel, true) => {
            let items: Vec<Value> = serde_json::from_slice(body).ok()?;
            assert!(rest == "actions/cancel" && items.len() <= 500);
            items.iter().map(|item| item["job_id"].as_u64().unwrap().to_string()).collect()
        }
        (Op::Cancel, false) => vec![rest.strip_suffix("/cancel")?.replace("/data-integrity/", "/")],
        (Op::Read, _) => vec![rest.replace("/data-integrity/", "/")],
    };
    Some(Asked { op, vendor, ids })
}

impl Shared {
    /// Does what was asked, as far as the plan lets it, and says what to answer.
    fn decide(&self, asked: &Asked) -> (Fault, (u16, Value)) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.requests += 1;
        let first = asked.vendor.reference(&asked.ids[0]);
        let step = record.jobs.get(&first).map_or(0, |job| job.events.len());
        let exchange = Exchange { op: asked.op, vendor: asked.vendor.name, id: &asked.ids[0], step };
        let fault = (self.plan)(&exchange);
        record.faults += usize::from(fault != WELL);
        let rejected = matches!(fault.how, How::Limited(_) | How::Status(408 | 425));
        let told = matches!(fault.how, How::Well | How::SlowButWhole);
        let mut found = Vec::new();
        for id in &asked.ids {
            let Some(job) = record.jobs.get_mut(&asked.vendor.reference(id)) else {
                found.push((id.as_str(), None));
                continue;
            };
            found.push((id.as_str(), Some(job.truth)));
            if asked.op == Op::Cancel {
                job.events.push(Event::Sent { rejected });
                if fault.applies && job.truth == Truth::Live {
                    job.truth = Truth::Stopped;
                }
            } else {
                job.events.push(Event::Read { told });
            }
        }
        let answer = match asked.op {
            Op::Cancel => cancelled(asked.vendor, &found),
            Op::Read => seen(asked.vendor, &found),
        };
        let elsewhere = fault.how == How::OtherJob;
        (fault, if elsewhere { about_another(asked, &answer) } else { answer })
    }
}

/// The answer to a cancel, by the truth before it.
fn cancelled(vendor: &Vendor, found: &[(&str, Option<Truth>)]) -> (u16, Value) {
    if vendor.is_veeva() {
        let item = |(id, truth): &(&str, Option<Truth>)| match truth {
            Some(Truth::Live) => vendor.accepted(id, None)["data"][0].clone(),
            _ => json!({"responseStatus": "FAILURE", "errors": {"type": "INVALID_DATA", "message": "wrong state"}}),
        };
        let items: Vec<Value> = found.iter().map(item).collect();
        return (200, json!({"responseStatus": "SUCCESS", "data": items}));
    }
    let (id, truth) = found[0];
    match (vendor.name, truth) {
        (_, None) => vendor.absent(),
        ("datafold", Some(truth)) => {
            (200, vendor.state(id, Some(word(vendor, if truth == Truth::Live { Truth::Stopped } else { truth }))))
        }
        // A cancellation is only requested, and the job still runs in the answer.
        ("prequel", Some(Truth::Live)) => (200, vendor.state(id, Some("RUNNING"))),
        (_, Some(Truth::Live)) => (200, vendor.accepted(id, None)),
        (_, Some(_)) => (400, json!({"detail": "it has ended", "status": "error", "message": "it has ended"})),
    }
}

fn seen(vendor: &Vendor, found: &[(&str, Option<Truth>)]) -> (u16, Value) {
    match found[0] {
        (id, Some(truth)) => (200, vendor.state(id, Some(word(vendor, truth)))),
        (_, None) => vendor.absent(),
    }
}

/// Each vendor's own word.
fn word(vendor: &Vendor, truth: Truth) -> &'static str {
    match (vendor.name, truth) {
        ("datafold", Truth::Live) => "processing",
        ("datafold", Truth::Stopped) => "cancelled",
        ("datafold", Truth::Ended) => "done",
        ("prequel", Truth::Live) => "RUNNING",
        ("prequel", Truth::Stopped) => "CANCELED",
        ("unstructured", Truth::Live) => "IN_PROGRESS",
        ("unstructured", Truth::Stopped) => "STOPPED",
        ("unstructured", Truth::Ended) => "COMPLETED",
        (_, Truth::Live) => "QUEUED",
        (_, Truth::Stopped) => "CANCELLING",
        (_, Truth::Ended) => "SUCCESS",
    }
}

/// The same answer with the id of a job that nobody asked for.
fn about_another(asked: &Asked, answer: &(u16, Value)) -> (u16, Value) {
    let id = &asked.ids[0];
    let (id, other) = match asked.vendor.name {
        "prequel" => (format!("\"{}\"", id.split_once('/').unwrap().1), "\"another\"".to_owned()),
        "unstructured" => (format!("\"{id}\""), "\"ffffffff-0000-4000-8000-000000000001\"".to_owned()),
        _ => (format!("\"id\":{id}"), "\"id\":999999999".to_owned()),
    };
    let text = serde_json::to_string(&answer.1).unwrap().replace(&id, &other);
    (answer.0, serde_json::from_str(&text).unwrap())
}

fn head(status: u16, kind: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} \r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n")
}

/// Sends the answer as the fault has it. `false` where the connection is over.
async fn play(stream: &mut TcpStream, how: How, answer: &(u16, Value)) -> bool {
    let body = serde_json::to_vec(&answer.1).unwrap();
    let json = |status: u16, body: &[u8], more: &str| {
        let mut whole = format!("{}{more}\r\n", head(status, "application/json", body.len())).into_bytes();
        whole.extend_from_slice(body);
        whole
    };
    let whole = json(answer.0, &body, "");
    let error = br#"{"detail":"trouble","status":"error","message":"trouble"}"#;
    let bytes = match how {
        // The other id is in the body already.
        How::Well | How::OtherJob => whole,
        How::Status(status) => json(status, error, ""),
        How::Limited(None) => json(429, error, ""),
        How::Limited(Some(seconds)) => json(429, error, &format!("retry-after: {seconds}\r\n")),
        How::Reset => {
            let _ = stream.set_zero_linger();
            return false;
        }
        How::Close => return false,
        How::Stall => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return false;
        }
        How::Drip | How::SlowButWhole => {
            let (pieces, pause) = if how == How::Drip { (1, 250) } else { (whole.len() / 8 + 1, 20) };
            for piece in whole.chunks(pieces) {
                if stream.write_all(piece).await.is_err() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            return true;
        }
        How::Half | How::HalfHead => {
            let end = if how == How::Half { whole.len() - body.len() / 2 } else { 8 };
            let _ = stream.write_all(&whole[..end]).await;
            return false;
        }
        How::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            return false;
        }
        How::Garbage => json(200, b"\xff\xfe\x00{]\x1b[2J", ""),
        How::NoHttp => {
            let _ = stream.write_all(b"\x16\x03\x01 SSH-2.0-nothing\r\n\r\n").await;
            return false;
        }
        How::Html => {
            let page = "<html><body>Please sign in</body></html>";
            format!("{}\r\n{page}", head(200, "text/html", page.len())).into_bytes()
        }
        How::Redirect => json(307, b"", "location: /elsewhere\r\n"),
        How::TooLong => {
            let head = head(answer.0, "application/json", body.len() + 10);
            let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            let _ = stream.write_all(&body).await;
            return false;
        }
        How::TooShort => {
            let head = head(answer.0, "application/json", body.len() / 2);
            let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            let _ = stream.write_all(&body).await;
            return false;
        }
        How::Empty => json(200, b"", ""),
        How::OtherShape => json(200, br#"[1,{"status":"cancelled"}]"#, ""),
    };
    stream.write_all(&bytes).await.is_ok()
}
