//! A vendor whose answers are made up, on a clock that is driven.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use crate::base_url::BaseUrl;
use crate::canceller::DynCanceller;
use crate::http::{
    Budget, Control, Endpoint, HeaderMap, HeaderName, HeaderValue, Limiter, Policy, Reply, Said, Transport,
    TransportOptions,
};
use crate::job::JobId;
use crate::providers::Entry;
use crate::providers::{Credential, ProviderSettings};
use crate::secret::Secret;

/// The secret of every vendor; what a server says may hold it, what comes out may not.
pub(super) const SECRET: &str = "sk_fuzz_5ecret";
/// Where every vendor is.
pub(crate) const HOST: &str = "a.veevavault.com";

/// Statuses that a server may answer with, the common ones first.
pub(super) const STATUSES: [u16; 20] =
    [200, 202, 204, 404, 409, 429, 500, 503, 401, 403, 400, 422, 302, 405, 408, 410, 425, 501, 599, 205];

/// A body as a vendor's code may look at it: where a secret stood in half an escape, that
/// went with it, and what was no JSON may be some now.
pub(super) fn without_secrets(body: &Bytes) -> Bytes {
    let base = BaseUrl::parse(HOST).unwrap();
    let endpoint = Endpoint::new("vendor", base, "authorization", Arc::new(Limiter::new(1, None)));
    endpoint.conceal(Secret::new(SECRET).unwrap());
    endpoint.redactor().body(body.clone())
}

pub(super) fn policy(retries: u32) -> Policy {
    Policy { retries, ..Policy::default() }
}

pub(super) fn budget(retries: u32) -> Budget {
    Budget::new(&policy(retries), Control::new(None))
}

/// Opens a vendor that `answer` speaks for, signed in in its way number `way`.
pub(super) fn open(
    entry: &Entry,
    way: usize,
    retries: u32,
    answer: impl Fn(&reqwest::Request) -> Said + Send + Sync + 'static,
) -> Box<dyn DynCanceller> {
    open_with(entry, way, TransportOptions::new(policy(retries)), answer)
}

/// As [`open`], under other options.
pub(crate) fn open_with(
    entry: &Entry,
    way: usize,
    options: TransportOptions,
    answer: impl Fn(&reqwest::Request) -> Said + Send + Sync + 'static,
) -> Box<dyn DynCanceller> {
    let way = entry.ways[way % entry.ways.len()];
    let fields = way.fields.iter().filter_map(|field| Some((field.key, Secret::new(SECRET)?))).collect();
    let settings = ProviderSettings {
        host: BaseUrl::parse(HOST).unwrap(),
        credential: Credential { way: way.name, fields },
        options: Vec::new(),
    };
    let transport = Transport::canned(options, answer);
    (entry.open)(&settings, Arc::new(transport)).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn reply(status: u16, headers: &[(&'static str, &[u8])], body: &[u8]) -> Reply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            map.insert(HeaderName::from_static(name), value);
        }
    }
    Reply { status, headers: map, body: Bytes::copy_from_slice(body) }
}

/// The first `count` jobs of a vendor.
pub(super) fn jobs(entry: &Entry, count: usize) -> Vec<JobId> {
    let ids = match entry.name {
        "prequel" => ["eu/j-1", "eu/j-2", "eu/j-3"],
        "unstructured" => [
            "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405162",
            "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405163",
            "6e3c8a52-0c1d-4f5e-9b7a-1d2e3f405164",
        ],
        _ => ["123", "124", "125"],
    };
    ids[..count].iter().map(|id| (entry.parse_id)(id, None).unwrap()).collect()
}

/// Runs to the end, without waiting for anything.
pub(super) fn drive<T>(future: impl Future<Output = T>) -> T {
    fastrand::seed(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}
