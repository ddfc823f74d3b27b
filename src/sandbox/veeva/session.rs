//! Vault's sign-in, sessions, burst limit and headers.
//!
//! Owns [`Vault`]: who is signed in and how many calls there were. Sources:
//! `general.veevavault.dev/vault-api/api-reference/26.2/authentication/…` and
//! `commercial.veevavault.help/en/gr/18666` (limits). Must not know jobs.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::failure;
use crate::sandbox::choices::{Choices, VeevaLogin, VeevaSession};
use crate::sandbox::state::State;
use crate::sandbox::wire::{Answer, Request};

/// A session id that is valid from the start.
pub(in crate::sandbox) const SESSION: &str = "SANDBOX0SESSION0000000000000000000000000000000000000000000000001";
/// An API access token, sent as `Authorization: Bearer …`.
pub(in crate::sandbox) const ACCESS_TOKEN: &str = "veeva-vault-sandbox-access-token";
/// Whom sign-in lets in.
pub(in crate::sandbox) const USERNAME: &str = "ops@sandbox.veevavault.com";
/// With what.
pub(in crate::sandbox) const PASSWORD: &str = "sandbox-password";

pub(super) const USER_ID: u32 = 12_021;
const VAULT_ID: u32 = 19_500;
const OTHER_VAULT_ID: u32 = 19_501;
const OTHER_VAULT_DNS: &str = "another.veevavault.com";

/// The burst limit counts in windows of five minutes.
const WINDOW: Duration = Duration::from_secs(300);
/// Above it a call is delayed, not refused.
const RESPONSE_DELAY: Duration = Duration::from_millis(500);

/// Who is signed in, and how many calls there were.
#[derive(Debug)]
pub(in crate::sandbox) struct Vault {
    /// Least time between two status answers about one job.
    pub(super) status_every: Duration,
    burst: u32,
    session_lasts: Option<Duration>,
    /// Each session, and when it was made; the given one has no end.
    sessions: HashMap<String, Option<Duration>>,
    issued: u32,
    executions: u64,
    window: Duration,
    calls: u32,
}

impl Vault {
    pub(in crate::sandbox) fn new(status_every: Duration, burst: u32, session_lasts: Option<Duration>) -> Self {
        Self {
            status_every,
            burst,
            session_lasts,
            sessions: HashMap::from([(SESSION.to_owned(), None)]),
            issued: 0,
            executions: 0,
            window: Duration::ZERO,
            calls: 0,
        }
    }

    fn accepts(&self, session: &str, now: Duration) -> bool {
        let made = self.sessions.get(session);
        made.is_some_and(|made| match (made, self.session_lasts) {
            (Some(made), Some(lasts)) => now.saturating_sub(*made) < lasts,
            _ => true,
        })
    }

    fn issue(&mut self, now: Duration) -> String {
        self.issued += 1;
        let session = format!("SANDBOX1SESSION{:049X}", self.issued);
        self.sessions.insert(session.clone(), Some(now));
        session
    }

    /// Counts the call and puts Vault's headers on its answer.
    pub(super) fn dress(&mut self, mut answer: Answer, request: &Request, now: Duration) -> Answer {
        if now.saturating_sub(self.window) >= WINDOW {
            (self.window, self.calls) = (now, 0);
        }
        self.calls += 1;
        self.executions += 1;
        if self.calls > self.burst {
            answer.delay = RESPONSE_DELAY;
            answer = answer.with("x-vaultapi-responsedelay", RESPONSE_DELAY.as_millis().to_string());
        }
        if let Some(reference) = request.header("x-vaultapi-referenceid") {
            answer = answer.with("x-vaultapi-referenceid", reference);
        }
        answer.bare_status_line = true;
        answer
            .with("x-vaultapi-executionid", format!("5a9d0000-0000-4000-8000-{:012x}", self.executions))
            .with("x-vaultapi-burstlimit", self.burst.to_string())
            .with("x-vaultapi-burstlimitremaining", self.burst.saturating_sub(self.calls).to_string())
            .with("x-vaultapi-userid", USER_ID.to_string())
            .with("x-vaultapi-vaultid", VAULT_ID.to_string())
    }
}

/// The session or token of a request; a session id may stand bare or after `Bearer`,
/// an access token only after it.
fn credential(request: &Request) -> &str {
    let value = request.header("authorization").unwrap_or_default();
    match value.strip_prefix("Bearer ") {
        Some(token) => token,
        None if value.starts_with("veeva-vault-") => "",
        None => value,
    }
}

pub(super) fn check(state: &State, request: &Request) -> Result<(), Value> {
    let credential = credential(request);
    let known = credential == ACCESS_TOKEN || state.vault.accepts(credential, state.world.elapsed());
    if known { Ok(()) } else { Err(invalid(&state.choices)) }
}

/// `INVALID_SESSION_ID`, in the place that was chosen.
pub(super) fn invalid(choices: &Choices) -> Value {
    match choices.veeva_session {
        VeevaSession::Listed => failure("INVALID_SESSION_ID", "Invalid or expired session ID."),
        VeevaSession::Top => {
            json!({ "responseStatus": "FAILURE", "errorType": "INVALID_SESSION_ID", "errors": [] })
        }
    }
}

/// `POST /api/{version}/auth`, form-encoded: urlencoded or multipart.
pub(super) fn sign_in(state: &mut State, request: &Request) -> Value {
    let (username, password) = (request.form("username"), request.form("password"));
    if password.as_deref().unwrap_or_default().is_empty() {
        return refused("NO_PASSWORD_PROVIDED", "No password was provided for the login call.");
    }
    if username.as_deref() != Some(USERNAME) || password.as_deref() != Some(PASSWORD) {
        let message = "Authentication failed for user: the username or password is incorrect.";
        return refused("USERNAME_OR_PASSWORD_INCORRECT", message);
    }
    let now = state.world.elapsed();
    let session = state.vault.issue(now);
    let here = format!("{}/api", request.base());
    // `vaultDNS` overrides the host of the URL.
    let other = state.choices.veeva_login == VeevaLogin::Other
        || request.form("vaultDNS").is_some_and(|dns| dns.eq_ignore_ascii_case(OTHER_VAULT_DNS));
    let vault = if other { OTHER_VAULT_ID } else { VAULT_ID };
    json!({
        "responseStatus": "SUCCESS", "sessionId": session, "userId": USER_ID, "vaultId": vault,
        "vaultIds": [
            { "id": VAULT_ID, "name": "Sandbox", "url": here },
            { "id": OTHER_VAULT_ID, "name": "Another Vault", "url": format!("https://{OTHER_VAULT_DNS}/api") },
        ],
    })
}

fn refused(kind: &str, message: &str) -> Value {
    let mut body = failure(kind, message);
    body["errorType"] = "AUTHENTICATION_FAILED".into();
    body
}

/// `DELETE /api/{version}/session`: that session is no longer valid.
pub(super) fn end(state: &mut State, request: &Request) -> Value {
    state.vault.sessions.remove(credential(request));
    json!({ "responseStatus": "SUCCESS" })
}

/// `GET /api/{version}/objects/users/me`.
pub(super) fn me() -> Value {
    let user = json!({ "id": USER_ID, "user_name__v": USERNAME, "user_first_name__v": "Sandbox" });
    json!({ "responseStatus": "SUCCESS", "users": [{ "user": user }] })
}
