//! Veeva Vault jobs: up to 500 in one call, answered item by item, stopped later.
//!
//! Sources: <https://general.veevavault.dev/vault-api/api-reference/26.2/jobs/cancel-job>
//! and the chapters Jobs, Errors and Authentication beside it. HTTP 200 is no
//! success: `responseStatus` and the error's `type` decide, never its message.

mod answer;
mod list;
mod session;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::session::Session;
use super::decode;
use super::ids;
use super::wire::{Sight, Wire};
use super::{Field, Provider, ProviderSettings, Setting, Way};
use crate::canceller::{Answer, Canceller, Capabilities, ListQuery, Page, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Body, Budget, BurstHeaders, Call, Endpoint, Operation, Reply, Transport};
use crate::job::{Job, JobId};
use crate::secret::Secret;

/// The first API version that has the cancel call.
const FIRST_VERSION: (u32, u32) = (25, 3);

/// One status read per job in this time; more is answered `API_LIMIT_EXCEEDED`.
const STATUS_FLOOR: Duration = Duration::from_secs(10);

/// Veeva Vault as a [`Canceller`].
pub(super) struct Veeva {
    wire: Wire,
    session: Session,
    version: String,
}

/// The name in the registry.
const NAME: &str = "veeva";

const SESSION_ID: Field = Field { key: "session_id", variable: "VEEVA_SESSION_ID", secret: true };
const ACCESS_TOKEN: Field = Field { key: "access_token", variable: "VEEVA_ACCESS_TOKEN", secret: true };
const USERNAME: Field = Field { key: "username", variable: "VEEVA_USERNAME", secret: false };
const PASSWORD: Field = Field { key: "password", variable: "VEEVA_PASSWORD", secret: true };

impl Provider for Veeva {
    const NAME: &'static str = NAME;
    const TITLE: &'static str = "Veeva Vault";
    const ID_FORM: &'static str = "a positive integer, such as 1046892";
    const DOCS: &'static str = "https://general.veevavault.dev/vault-api/api-reference/26.2/jobs/cancel-job";
    const CAPABILITIES: Capabilities = Capabilities {
        batch: 500,
        accepts_on_2xx: false,
        asynchronous: true,
        list: true,
        names: true,
        needs_destination: false,
        poll_floor: Some(STATUS_FLOOR),
        repeat: "not documented; an accepted job will not fail to cancel, a repeat is likely refused, so the state is read first",
        semantics: "accepted jobs go to CANCELLING and later CANCELLED; scheduled and queued jobs can be cancelled, running ones mostly not; whether a recurring job's next occurrence still runs is not documented",
    };
    const HOST_VARIABLE: &'static str = "VEEVA_VAULT_DNS";
    const DEFAULT_HOST: Option<&'static str> = None;
    const WAYS: &'static [Way] = &[
        Way { name: "session_id", fields: &[SESSION_ID] },
        Way { name: "access_token", fields: &[ACCESS_TOKEN] },
        Way { name: "password", fields: &[USERNAME, PASSWORD] },
    ];
    const TIMES: Option<&'static str> = Some(
        "Vault prints some times of scheduled jobs in its own time zone as if they were UTC, so ages may be off by up to 14 hours",
    );
    const SETTINGS: &'static [Setting] = &[
        Setting {
            key: "api_version",
            variable: "VEEVA_API_VERSION",
            default: Some("v25.3"),
            help: "the Vault API version, at least v25.3",
            check: |text| version(text).map(|_| ()),
        },
        Setting {
            key: "client_id",
            variable: "VEEVA_CLIENT_ID",
            default: Some("jobctl"),
            help: "the client id in Vault's API usage log",
            check: check_client_id,
        },
    ];

    fn parse_id(text: &str, _destination: Option<&str>) -> Result<JobId, String> {
        ids::positive_integer(text)
    }

    /// API access tokens begin with `veeva-vault-`; anything else is a session id.
    fn token_way(token: &str) -> &'static str {
        if token.starts_with("veeva-vault-") { "access_token" } else { "session_id" }
    }

    fn open(settings: &ProviderSettings, transport: Arc<Transport>) -> Result<Self, Error> {
        let mut endpoint = Endpoint::new(Self::NAME, settings.host.clone(), "authorization", transport.limiter());
        endpoint.headers.push(("x-vaultapi-clientid", settings.option("client_id").unwrap_or("jobctl").to_owned()));
        endpoint.burst = Some(BurstHeaders {
            limit: "x-vaultapi-burstlimit",
            remaining: "x-vaultapi-burstlimitremaining",
            delay: "x-vaultapi-responsedelay",
        });
        let (major, minor) = version(settings.option("api_version").unwrap_or("v25.3"))
            .map_err(|wrong| Error::new(ErrorKind::Configuration, format!("the Veeva API version: {wrong}")))?;
        let credential = &settings.credential;
        for (_, secret) in credential.fields.iter().filter(|(key, _)| *key != USERNAME.key) {
            endpoint.conceal(secret.clone());
        }
        let supplied = credential.get(SESSION_ID.key).or_else(|| credential.get(ACCESS_TOKEN.key));
        endpoint.authorize(supplied.and_then(|secret| authorization(credential.way, secret)));
        let session = Session::new(credential, endpoint.base.host());
        let version = format!("v{major}.{minor}");
        Ok(Self { wire: Wire::new(transport, endpoint), session, version })
    }
}

/// A session id goes bare; an access token as `Bearer`.
fn authorization(way: &str, secret: &Secret) -> Option<Secret> {
    let text = secret.expose();
    let token = way == "access_token" || text.starts_with("veeva-vault-");
    if token && !text.starts_with("Bearer ") { Secret::new(&format!("Bearer {text}")) } else { Some(secret.clone()) }
}

/// Reads `v25.3` or `25.3` as two integers: as numbers or text, 25.10 would sort
/// before 25.3.
fn version(text: &str) -> Result<(u32, u32), String> {
    let malformed = || format!("{text:?} is no API version; write it as v25.3");
    let (major, minor) = text.strip_prefix(['v', 'V']).unwrap_or(text).split_once('.').ok_or_else(malformed)?;
    let number = |part: &str| {
        let digits = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse::<u32>().map_err(|_| malformed()) } else { Err(malformed()) }
    };
    let found = (number(major)?, number(minor)?);
    if found < FIRST_VERSION {
        return Err(format!("{text} cannot cancel jobs; the first version that can is v25.3"));
    }
    Ok(found)
}

/// At most 100 letters, digits and `. _ -`, as the vendor asks.
fn check_client_id(text: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=100).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err("a client id has at most 100 letters, digits and `. _ -`".into())
    }
}

#[derive(Serialize)]
struct Item {
    job_id: u64,
}

impl Veeva {
    fn path(&self, rest: &str) -> String {
        format!("/api/{}{rest}", self.version)
    }

    /// Ids are integers on the wire; `parse_id` saw to it that they are.
    fn cancel_call(&self, jobs: &[JobId]) -> Call {
        let items: Vec<Item> =
            jobs.iter().map(|job| Item { job_id: job.as_str().parse().unwrap_or_default() }).collect();
        let body = Body::Json(decode::json(&items).into());
        Call::post(Operation::Cancel, self.path("/services/jobs/actions/cancel"), body)
    }

    fn status_call(&self, job: &JobId) -> Call {
        let path = self.path(&format!("/services/jobs/{job}"));
        Call { spacing: STATUS_FLOOR, ..Call::get(Operation::Status, path) }
    }

    /// Reads under a session, which is renewed once if it expires.
    async fn look<T: Send>(
        &self,
        call: &Call,
        budget: &mut Budget,
        decode: impl Fn(&Reply) -> Result<Sight<T>, Error> + Send + Sync,
    ) -> Result<T, ReadFailure> {
        loop {
            self.session.ensure_for_read(&self.wire, &self.version, budget).await?;
            let session = self.session.generation();
            let sort = |reply: &Reply| answer::sort_read(reply, &self.version, call.operation == Operation::Status);
            match self.wire.read_sorted(call, budget, &decode, sort).await {
                Err(ReadFailure::Unreadable { error, .. })
                    if error.kind == ErrorKind::CredentialsRejected && self.session.renewable(session) => {}
                other => return other,
            }
        }
    }

    /// A rejected session, with its real cause where that can be told. Asks the
    /// vendor once more, so only where somebody asked for a check: a run that was
    /// rejected sends nothing more.
    async fn explain(&self, error: Error, budget: &Budget) -> Error {
        let read = |reply: &Reply| versions::read(reply, &self.version);
        let served = self.wire.read(&versions::call(), &mut budget.for_read(), read).await;
        match served.ok().and_then(|served| versions::unserved(&self.version, &served)) {
            Some(unserved) => unserved.with_provider_message(error.provider_message),
            None => error,
        }
    }
}

impl Canceller for Veeva {
    async fn cancel(&self, jobs: &[JobId], budget: &mut Budget) -> Vec<Answer> {
        let call = self.cancel_call(jobs);
        let mut rejected = None;
        loop {
            let opened = self.session.ensure(&self.wire, &self.version, budget).await;
            let session = self.session.generation();
            let sent = match opened {
                Ok(()) => self.wire.cancel_unsorted(&call, budget).await,
                Err(answer) => Err(answer),
            };
            let reply = match (sent, rejected) {
                (Ok(reply), _) => reply,
                // Stopped before it could be sent again: then the rejection stands.
                (Err(answer), Some(rejected)) if matches!(answer.verdict, Verdict::Stopped(_)) => return rejected,
                (Err(answer), _) => return vec![answer; jobs.len()],
            };
            let answers = answer::read_cancel(jobs, &reply, &self.version);
            let expired = answers.iter().all(|answer| answer.error_kind() == Some(ErrorKind::CredentialsRejected));
            if !(expired && self.session.renewable(session)) {
                return answers;
            }
            rejected = Some(answers);
        }
    }

    async fn read(&self, job: &JobId, budget: &mut Budget) -> Result<Job, ReadFailure> {
        let call = self.status_call(job);
        loop {
            match self.look(&call, budget, |reply| answer::read_status(job, reply, &self.version)).await {
                // The vendor's own limit, told in its envelope. A 429 was repeated already
                // (with the same wait), and without an answer it was the sign-in that was
                // limited.
                Err(ReadFailure::Unreadable { error, status: Some(status) })
                    if error.kind == ErrorKind::RateLimited && !matches!(status, 408 | 425 | 429) =>
                {
                    if !pause(STATUS_FLOOR, budget).await {
                        return Err(ReadFailure::Unreadable { error, status: Some(status) });
                    }
                }
                other => return other,
            }
        }
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>, budget: &mut Budget) -> Result<Page, ReadFailure> {
        let (book, call) = list::call(&self.version, query, cursor)?;
        self.look(&call, budget, |reply| list::read(book, query, reply, &self.version)).await
    }

    /// Live jobs are looked up first, so that what ends in between is seen ended.
    async fn glance(&self, jobs: &HashSet<JobId>, budget: &mut Budget) -> Option<Vec<Job>> {
        let budget = &*budget;
        let ask = async |call: Call| {
            let mut budget = budget.for_read();
            self.session.ensure_for_read(&self.wire, &self.version, &budget).await.ok()?;
            self.wire.send(&call, &mut budget).await.ok().filter(|reply| reply.status == 200)
        };
        let mut found = list::find(list::Book::Monitors, &self.version, jobs, ask).await.unwrap_or_default();
        found.extend(list::find(list::Book::Histories, &self.version, jobs, ask).await?);
        Some(found)
    }

    /// `GET /api/{version}/objects/users/me`: who the session belongs to.
    async fn check(&self, budget: &mut Budget) -> Result<Option<String>, ReadFailure> {
        let call = Call::get(Operation::Check, self.path("/objects/users/me"));
        match self.look(&call, budget, |reply| answer::read_check(reply, &self.version)).await {
            Err(ReadFailure::Unreadable { error, status }) if error.kind == ErrorKind::CredentialsRejected => {
                let error = self.explain(error, budget).await;
                Err(ReadFailure::Unreadable { error, status })
            }
            other => other,
        }
    }

    async fn close(&self, budget: &mut Budget) {
        self.session.close(&self.wire, &self.version, budget).await;
    }
}

/// Waits where the budget allows another try afterwards; `false` where not.
async fn pause(time: Duration, budget: &Budget) -> bool {
    if budget.polls || budget.left().is_none_or(|left| left <= time) {
        return false;
    }
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        _ = budget.control.aborted() => false,
    }
}
