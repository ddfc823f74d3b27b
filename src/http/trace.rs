//! What went over the wire, for people who look into a problem: [`Trace`] writes
//! `--trace-http FILE`, and every exchange is a `tracing` event.
//!
//! Nothing is shown that is not known to be harmless: headers by a list of names,
//! bodies without secrets, never a form (passwords) and never the answer to a
//! sign-in (a fresh session). Must not know any vendor or reqwest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Serialize;
use tokio::time::Instant;

use super::{Body, Call, Endpoint, HeaderMap, Miss, Operation, Reply, StopCause};
use crate::error::{Error, ErrorKind};

/// What stands for anything that is not shown.
const HIDDEN: &str = "***";

/// Longest part of an answer's body that is written.
const BODY_CAP: usize = 64 << 10;

/// Headers whose values are shown, of requests and answers.
const SHOWN: &[&str] = &[
    "accept",
    "age",
    "allow",
    "cache-control",
    "cf-ray",
    "connection",
    "content-length",
    "content-type",
    "date",
    "request-id",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
    "via",
    "x-amzn-requestid",
    "x-correlation-id",
    "x-request-id",
];

/// Beginnings of header names whose values are shown: announced limits.
const SHOWN_BEGINNINGS: &[&str] = &[
    "ratelimit-",
    "x-ratelimit-",
    "x-vaultapi-burst",
    "x-vaultapi-downtime",
    "x-vaultapi-executionid",
    "x-vaultapi-response",
    "x-vaultapi-status",
];

/// The file that `--trace-http` names. Cloning gives another handle to it.
#[derive(Clone)]
pub struct Trace(Arc<Inner>);

struct Inner {
    file: Mutex<File>,
    /// Why the file is not whole.
    trouble: OnceLock<io::Error>,
    told: AtomicBool,
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    provider: &'a str,
    operation: &'a str,
    attempt: u32,
    method: &'a str,
    url: &'a str,
    request_headers: &'a Headers,
    request_body: Option<String>,
    status: Option<u16>,
    response_headers: Option<Headers>,
    response_body: Option<String>,
    error: Option<String>,
    elapsed_ms: u64,
}

type Headers = BTreeMap<String, String>;

impl Trace {
    /// Creates (or empties) the file, readable by its owner alone.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where that is not possible.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let file = open(path).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot write the trace file {}: {error}", path.display()))
        })?;
        Ok(Self(Arc::new(Inner { file: Mutex::new(file), trouble: OnceLock::new(), told: AtomicBool::new(false) })))
    }

    fn write(&self, line: &Line<'_>) {
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.0.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
        });
        if let Err(error) = written {
            self.0.trouble.get_or_init(|| error);
        }
    }

    /// Why the file is not whole; said once.
    #[must_use]
    pub fn take_warning(&self) -> Option<String> {
        let trouble = self.0.trouble.get().filter(|_| !self.0.told.swap(true, Ordering::Relaxed))?;
        Some(format!("the trace of --trace-http is not whole: it cannot be written ({trouble})"))
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        // A file that was there before keeps its mode otherwise.
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// One request on its way.
pub(super) struct Exchange<'a> {
    trace: Option<&'a Trace>,
    endpoint: &'a Endpoint,
    call: &'a Call,
    attempt: u32,
    /// Collected only if somebody will see them.
    headers: Option<Headers>,
    began: Instant,
}

impl<'a> Exchange<'a> {
    pub(super) fn begin(
        trace: Option<&'a Trace>,
        endpoint: &'a Endpoint,
        call: &'a Call,
        attempt: u32,
        headers: &HeaderMap,
    ) -> Self {
        let seen = trace.is_some() || tracing::enabled!(tracing::Level::TRACE);
        let headers = seen.then(|| shown(headers));
        Self { trace, endpoint, call, attempt, headers, began: Instant::now() }
    }

    /// Tells what came of it. Secrets are already out of `result`.
    pub(super) fn end(self, result: &Result<Reply, Miss>) {
        if self.trace.is_none() && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let elapsed_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let redactor = self.endpoint.redactor();
        let path = redactor.text(&self.call.path);
        self.tell(&path, result, elapsed_ms);
        let (Some(trace), Some(headers)) = (self.trace, &self.headers) else { return };
        let reply = result.as_ref().ok();
        trace.write(&Line {
            time: format!("{:.3}", jiff::Timestamp::now()),
            provider: self.endpoint.provider,
            operation: self.call.operation.as_str(),
            attempt: self.attempt,
            method: self.call.method.as_str(),
            url: &format!("{}{path}", self.endpoint.base.as_str()),
            request_headers: headers,
            request_body: self.request_body().map(|text| redactor.text(&text).into_owned()),
            status: reply.map(|reply| reply.status),
            response_headers: reply.map(|reply| shown(&reply.headers)),
            response_body: reply.map(|reply| self.response_body(reply)),
            error: result.as_ref().err().map(|miss| redactor.text(&said(miss)).into_owned()),
            elapsed_ms,
        });
    }

    fn tell(&self, path: &str, result: &Result<Reply, Miss>, elapsed_ms: u64) {
        let (provider, method, attempt) = (self.endpoint.provider, self.call.method.as_str(), self.attempt);
        match result {
            Ok(reply) => {
                tracing::debug!("{provider} {method} {path} -> {} ({elapsed_ms} ms, try {attempt})", reply.status);
                if let Some(headers) = self.headers.as_ref().filter(|_| tracing::enabled!(tracing::Level::TRACE)) {
                    tracing::trace!("{provider} request headers {headers:?}");
                    tracing::trace!("{provider} response headers {:?}", shown(&reply.headers));
                }
            }
            Err(miss) => {
                tracing::debug!("{provider} {method} {path} -> {} ({elapsed_ms} ms, try {attempt})", said(miss));
            }
        }
    }

    fn request_body(&self) -> Option<String> {
        match &self.call.body {
            Body::Empty => None,
            Body::Json(body) if self.call.operation == Operation::Cancel => {
                Some(String::from_utf8_lossy(body).into_owned())
            }
            Body::Json(_) | Body::Form(_) => Some(HIDDEN.into()),
        }
    }

    fn response_body(&self, reply: &Reply) -> String {
        if self.call.operation == Operation::SignIn {
            return HIDDEN.into();
        }
        let part = reply.body.get(..BODY_CAP).unwrap_or(&reply.body);
        String::from_utf8_lossy(part).into_owned()
    }
}

/// Why there was no answer.
fn said(miss: &Miss) -> String {
    match miss {
        Miss::Impossible(error) | Miss::NotSent(error) | Miss::Lost(error) => error.message.clone(),
        Miss::Aborted(StopCause::Deadline) => "given up at the deadline".into(),
        Miss::Aborted(_) => "given up: stopped".into(),
    }
}

/// Headers as they are shown: the harmless ones, and of the others the name.
fn shown(headers: &HeaderMap) -> Headers {
    let harmless =
        |name: &str| SHOWN.contains(&name) || SHOWN_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    let mut shown = Headers::new();
    for (name, value) in headers {
        let value = match value.to_str() {
            Ok(text) if harmless(name.as_str()) && !value.is_sensitive() => text,
            _ => HIDDEN,
        };
        shown
            .entry(name.as_str().to_owned())
            .and_modify(|present| {
                present.push_str(", ");
                present.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    shown
}
