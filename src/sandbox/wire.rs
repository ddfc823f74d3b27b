//! A request and an answer as plain data, and the body that hyper sends.
//!
//! Owns the small helpers that every vendor uses to read a request and to build an
//! answer. Must not know any vendor, job or fault.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// One request, read whole.
pub(super) struct Request {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

impl Request {
    pub(super) fn method(&self) -> &Method {
        &self.parts.method
    }

    pub(super) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The path's segments, decoded, without the empty ones at either end.
    pub(super) fn segments(&self) -> Vec<String> {
        let path = self.path();
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        path.split('/').map(decode).collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A query parameter.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        field(self.parts.uri.query().unwrap_or_default(), name)
    }

    /// A field of a form body, urlencoded or multipart.
    pub(super) fn form(&self, name: &str) -> Option<String> {
        let body = std::str::from_utf8(&self.body).ok()?;
        match self.header("content-type").and_then(|kind| kind.strip_prefix("multipart/form-data")) {
            Some(rest) => multipart(body, rest.split_once("boundary=")?.1.trim_matches('"'), name),
            None => field(body, name),
        }
    }

    /// The address that the client used, without a path.
    pub(super) fn base(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1"))
    }
}

fn field(pairs: &str, name: &str) -> Option<String> {
    let mut pairs = pairs.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decode(key) == name).map(|(_, value)| decode(&value.replace('+', " ")))
}

fn multipart(body: &str, boundary: &str, name: &str) -> Option<String> {
    let boundary = format!("--{boundary}");
    let parts = body.split(&boundary[..]).filter_map(|part| part.split_once("\r\n\r\n"));
    let quoted = format!("name=\"{name}\"");
    let mut named = parts.filter(|(head, _)| head.contains(&quoted));
    named.next().map(|(_, value)| value.strip_suffix("\r\n").unwrap_or(value).to_owned())
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// One answer, before it goes out.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// Veeva's answers have no reason phrase in the status line.
    pub(super) bare_status_line: bool,
    /// How long the vendor holds the answer back.
    pub(super) delay: Duration,
}

impl Answer {
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let (headers, delay) = (Vec::new(), Duration::ZERO);
        Self { status, content_type, headers, body: body.into(), bare_status_line: false, delay }
    }

    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        Self::new(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
    }

    /// An error as `FastAPI` words it: `{"detail": "…"}`.
    pub(super) fn detail(status: u16, text: &str) -> Self {
        Self::json(status, &serde_json::json!({ "detail": text }))
    }

    /// `FastAPI`'s 422, as the specs of Datafold and Unstructured describe it.
    pub(super) fn unprocessable(place: [&str; 2], message: &str, kind: &str) -> Self {
        let detail = serde_json::json!([{ "loc": place, "msg": message, "type": kind }]);
        Self::json(422, &serde_json::json!({ "detail": detail }))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer for hyper; a header value that cannot be sent is left out.
    pub(super) fn into_response(self, half: bool) -> hyper::Response<Body> {
        let body = if half { Body::half(&self.body) } else { Body::whole(self.body) };
        let mut response = hyper::Response::new(body);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers: &mut HeaderMap = response.headers_mut();
        for (name, value) in self.headers.iter().map(|(name, value)| (*name, value.as_str())) {
            if let Ok(value) = value.parse() {
                headers.append(name, value);
            }
        }
        if !self.content_type.is_empty() {
            headers.insert("content-type", hyper::header::HeaderValue::from_static(self.content_type));
        }
        if self.bare_status_line {
            response.extensions_mut().insert(hyper::ext::ReasonPhrase::from_static(b""));
        }
        response
    }
}

/// A body that may break off in the middle.
pub(super) struct Body {
    data: Option<Bytes>,
    announced: u64,
    broken: bool,
    flushed: bool,
}

impl Body {
    fn whole(data: Bytes) -> Self {
        let announced = data.len() as u64;
        Self { data: (!data.is_empty()).then_some(data), announced, broken: false, flushed: false }
    }

    fn half(data: &Bytes) -> Self {
        let announced = data.len() as u64;
        let first = data.slice(..data.len() / 2);
        Self { data: Some(first), announced, broken: true, flushed: false }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if !self.broken {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // Pending once, so that hyper writes out the first half.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("broken off in the middle"))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && !self.broken
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
