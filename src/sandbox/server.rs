//! The listener: connections on loopback, requests to their vendor, faults carried out.
//!
//! Owns sockets, routing by path and what a fault does on the wire. Must not know
//! what a vendor answers or how jobs move.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::faults::{Fault, Operation};
use super::seeds::Vendor;
use super::state::State;
use super::wire::{Answer, Body, Request};
use super::{datafold, prequel, unstructured, veeva};

/// Larger than any request a vendor documents.
const MAX_REQUEST: usize = 4 * 1024 * 1024;
/// Larger than any answer that anybody should believe.
const HUGE: usize = 9 * 1024 * 1024;

/// What every connection shares.
pub(super) struct Shared {
    state: Mutex<State>,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the port and serves it on the caller's runtime.
pub(super) async fn start(shared: Arc<Shared>, port: u16) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((address, tokio::spawn(accept(listener, shared))))
}

/// Accepts for ever; the connections end with this task.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&shared)))),
                // Out of descriptors: let some connections end first.
                Err(_) => hold_back(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let wire = TokioIo::new(Wire { stream, reset: Arc::clone(&reset) });
    let service = service_fn(|request| serve(Arc::clone(&shared), Arc::clone(&reset), request));
    // An error here is a client that went away, or a fault that was asked for.
    let _ = http1::Builder::new().serve_connection(wire, service).await;
}

/// Serves one request; an error closes the connection without an answer.
async fn serve(
    shared: Arc<Shared>,
    reset: Arc<AtomicBool>,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_REQUEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(Answer::detail(413, "Request Entity Too Large").into_response(false)),
    };
    let request = Request { parts, body };
    let _present = Present::enter(&shared);
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let vendor = vendor(request.path());
    let (luck, retry_after) = shared.state().roll(vendor, operation(&segments));
    hold_back(luck.delay).await;
    match before(luck.fault, vendor, &reset, retry_after).await {
        Before::Go => {}
        Before::Cut => return Err(io::Error::other("cut before it was served")),
        Before::Answer(answer) => return Ok(answer.into_response(false)),
    }
    let answer = answer(&mut shared.state(), vendor, &request, &segments);
    hold_back(answer.delay).await;
    after(luck.fault, answer, retry_after).await
}

/// Sleeps, but not at all for nothing: the timer's grain is a millisecond.
async fn hold_back(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// Counts the requests that are being served at the same time.
struct Present<'a>(&'a Shared);

impl<'a> Present<'a> {
    fn enter(shared: &'a Shared) -> Self {
        shared.state().enter();
        Self(shared)
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.state().leave();
    }
}

/// Whose path it is; they do not collide.
fn vendor(path: &str) -> Option<Vendor> {
    let under = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if under("/api/v1/datadiffs") || under("/api/v1/organization") {
        Some(Vendor::Datafold)
    } else if under("/api/v1/jobs") {
        Some(Vendor::Unstructured)
    } else if path == "/" || under("/destinations") {
        Some(Vendor::Prequel)
    } else if under("/api") || path.starts_with("//api") {
        Some(Vendor::Veeva)
    } else {
        None
    }
}

fn operation(segments: &[&str]) -> Operation {
    let mut last_first = segments.iter().rev().copied();
    match (last_first.next().unwrap_or_default(), last_first.next().unwrap_or_default()) {
        ("cancel", _) => Operation::Cancel,
        ("datadiffs" | "jobs" | "destinations" | "data-integrity" | "monitors" | "histories", _) => Operation::List,
        (_, "datadiffs" | "jobs" | "data-integrity") => Operation::Read,
        _ => Operation::Session,
    }
}

fn answer(state: &mut State, vendor: Option<Vendor>, request: &Request, segments: &[&str]) -> Answer {
    match vendor {
        Some(Vendor::Datafold) => datafold::answer(state, request, segments),
        Some(Vendor::Prequel) => prequel::answer(state, request, segments),
        Some(Vendor::Unstructured) => unstructured::answer(state, request, segments),
        Some(Vendor::Veeva) => veeva::answer(state, request, segments),
        None => Answer::detail(404, "Not Found"),
    }
}

enum Before {
    Go,
    Cut,
    Answer(Answer),
}

/// The faults of which the vendor's code never hears.
async fn before(fault: Option<Fault>, vendor: Option<Vendor>, reset: &AtomicBool, retry_after: Option<u32>) -> Before {
    match fault {
        Some(Fault::Status(status)) => Before::Answer(refusal(status, retry_after)),
        Some(Fault::Expired) if vendor == Some(Vendor::Veeva) => Before::Answer(veeva::expired()),
        Some(Fault::Expired) => Before::Answer(refusal(401, None)),
        Some(Fault::Exception) if vendor == Some(Vendor::Veeva) => Before::Answer(veeva::exception()),
        Some(Fault::Exception) => Before::Answer(refusal(500, None)),
        Some(Fault::Reset) => {
            reset.store(true, Ordering::Relaxed);
            Before::Cut
        }
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::Html) => Before::Answer(Answer::new(200, "text/html", PAGE)),
        Some(Fault::Redirect) => {
            let elsewhere = Answer::detail(302, "Found").with("location", "http://127.0.0.1:9/elsewhere");
            Before::Answer(elsewhere)
        }
        _ => Before::Go,
    }
}

const PAGE: &str = "<!doctype html><title>Sign in</title><p>Your network asks you to sign in.</p>";

/// The faults that come after the request was served.
async fn after(
    fault: Option<Fault>,
    mut answer: Answer,
    retry_after: Option<u32>,
) -> io::Result<hyper::Response<Body>> {
    match fault {
        Some(Fault::Drop) => return Err(io::Error::other("dropped after it was served")),
        Some(Fault::AppliedStall) => std::future::pending().await,
        Some(Fault::Applied(status)) => answer = refusal(status, retry_after),
        Some(Fault::Garbage) => answer = Answer::new(200, "application/json", &b"\x00\x1f\xff{\"id\": tru"[..]),
        Some(Fault::Empty) => answer = Answer::new(200, "application/json", Bytes::new()),
        Some(Fault::Huge) => answer.body = Bytes::from(vec![b' '; HUGE]),
        Some(Fault::WrongJob) => answer.body = altered(&answer.body, rename),
        Some(Fault::Short) => answer.body = altered(&answer.body, shorten),
        Some(Fault::Half) if answer.body.len() < 2 => return Err(io::Error::other("dropped after it was served")),
        _ => {}
    }
    Ok(answer.into_response(fault == Some(Fault::Half)))
}

/// A status that something in front of the vendor answers with.
fn refusal(status: u16, retry_after: Option<u32>) -> Answer {
    let answer = Answer::detail(status, "a fault that this rehearsal asked for");
    match retry_after.filter(|_| matches!(status, 429 | 503)) {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// The same answer with something wrong in it.
fn altered(body: &Bytes, alter: fn(&mut Value)) -> Bytes {
    let Ok(mut value) = serde_json::from_slice(body) else { return body.clone() };
    alter(&mut value);
    serde_json::to_vec(&value).map_or_else(|_| body.clone(), Bytes::from)
}

/// Takes the last item off the answer's list, wherever it stands.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => drop(items.pop()),
        Value::Object(fields) => {
            fields.values_mut().filter(|field| field.is_array() || field.is_object()).for_each(shorten);
        }
        _ => {}
    }
}

/// Gives every job another id.
fn rename(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rename),
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "id" || name == "job_id" {
                    *field = another(field);
                } else {
                    rename(field);
                }
            }
        }
        _ => {}
    }
}

fn another(id: &Value) -> Value {
    match id {
        Value::Number(number) => number.as_u64().map_or(Value::Null, |number| (number + 1).into()),
        Value::String(text) => {
            let last = if text.ends_with('0') { '1' } else { '0' };
            let kept = text.char_indices().next_back().map_or("", |(at, _)| &text[..at]);
            format!("{kept}{last}").into()
        }
        other => other.clone(),
    }
}

/// A socket that can be reset instead of closed.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
