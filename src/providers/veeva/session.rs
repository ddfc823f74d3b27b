//! Signing in to a Vault with user name and password, once per run.
//!
//! Source: <https://general.veevavault.dev/vault-api/api-reference/26.2/authentication/user-name-and-password>.
//! A user who may not enter the Vault that was asked for is signed in to another
//! one and told SUCCESS, so the session's Vault is compared with the host. A wrong
//! password is never tried again: it locks the user out.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde::Deserialize;
use tokio::sync::Mutex;

use super::super::decode::{self, Text};
use super::super::ids;
use super::super::wire::{Wire, bad_answer, not_json, sort_cancel};
use super::answer::Envelope;
use crate::canceller::{Answer, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Body, Budget, Call, Failure, Method, Operation, Reply, StopCause};
use crate::settings::{BaseUrl, Credential, Secret};

/// How often a run renews an expired session.
const RENEWALS: u32 = 1;

/// The session of one run: supplied from outside, or opened here and shared by
/// every call.
pub(super) struct Session {
    login: Option<(Secret, Secret)>,
    host: String,
    /// What the one sign-in led to; nobody signs in while another does.
    state: Mutex<State>,
    /// How many sign-ins have succeeded.
    generation: AtomicU32,
    /// The open session was rejected and may be renewed.
    stale: AtomicBool,
}

enum State {
    Closed,
    Open,
    /// A sign-in failed for good: said to everybody, not tried again.
    Failed(Error),
}

/// Why there is no session.
enum NoSession {
    Failed(Error),
    Stopped(StopCause),
}

impl Session {
    /// A session for `credential`: to be opened where it is a user name and a
    /// password, else supplied and left alone.
    pub(super) fn new(credential: &Credential, host: &str) -> Self {
        let login = match (credential.get("username"), credential.get("password")) {
            (Some(username), Some(password)) if credential.way == "password" => {
                Some((username.clone(), password.clone()))
            }
            _ => None,
        };
        Self {
            login,
            host: host.to_owned(),
            state: Mutex::new(State::Closed),
            generation: AtomicU32::new(0),
            stale: AtomicBool::new(false),
        }
    }

    /// Counts the sessions of this run, so that of many calls rejected at once
    /// only the first renews.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether a call rejected under session number `generation` is worth a
    /// repeat: the session was opened here, and it has been or can be renewed.
    pub(super) fn renewable(&self, generation: u32) -> bool {
        if self.login.is_none() {
            return false;
        }
        if self.generation() != generation {
            return true;
        }
        let left = generation <= RENEWALS;
        if left {
            self.stale.store(true, Ordering::Relaxed);
        }
        left
    }

    /// Sees to it that there is a session, for a cancel.
    pub(super) async fn ensure(&self, wire: &Wire, version: &str, budget: &Budget) -> Result<(), Answer> {
        self.open(wire, version, budget).await.map_err(|none| {
            Answer::without_reply(match none {
                NoSession::Failed(error) => Verdict::Failed(error),
                NoSession::Stopped(cause) => Verdict::Stopped(cause),
            })
        })
    }

    /// Sees to it that there is a session, for a read.
    pub(super) async fn ensure_for_read(&self, wire: &Wire, version: &str, budget: &Budget) -> Result<(), ReadFailure> {
        self.open(wire, version, budget).await.map_err(|none| match none {
            NoSession::Failed(error) => ReadFailure::Unreadable { error, status: None },
            NoSession::Stopped(cause) => ReadFailure::Stopped(cause),
        })
    }

    async fn open(&self, wire: &Wire, version: &str, budget: &Budget) -> Result<(), NoSession> {
        let Some((username, password)) = &self.login else { return Ok(()) };
        let mut state = self.state.lock().await;
        match &*state {
            State::Open if !self.stale.load(Ordering::Relaxed) => return Ok(()),
            State::Failed(error) => return Err(NoSession::Failed(error.clone())),
            _ => {}
        }
        let call = sign_in_call(version, username, password);
        let opened = match wire.send(&call, &mut budget.for_read()).await {
            Ok(reply) => read_sign_in(&self.host, &reply),
            Err(Failure::Stopped(cause)) => return Err(NoSession::Stopped(cause)),
            Err(Failure::NotSent(error) | Failure::PerhapsSent(error)) => Err(error),
        };
        match opened {
            Ok(session) => {
                wire.endpoint.conceal(session.clone());
                wire.endpoint.authorize(Some(session));
                self.generation.fetch_add(1, Ordering::Relaxed);
                self.stale.store(false, Ordering::Relaxed);
                *state = State::Open;
                Ok(())
            }
            Err(error) => {
                *state = State::Failed(error.clone());
                Err(NoSession::Failed(error))
            }
        }
    }

    /// Ends the session that was opened here; a supplied one is left alone.
    pub(super) async fn close(&self, wire: &Wire, version: &str, budget: &mut Budget) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Open) {
            *state = State::Closed;
            let call =
                Call { method: Method::Delete, ..Call::get(Operation::SignOut, format!("/api/{version}/session")) };
            // A session that cannot be ended runs out by itself.
            let _ = wire.send(&call, budget).await;
        }
    }
}

fn sign_in_call(version: &str, username: &Secret, password: &Secret) -> Call {
    let form = format!("username={}&password={}", ids::encode(username.expose()), ids::encode(password.expose()));
    Call { authorized: false, ..Call::post(Operation::SignIn, format!("/api/{version}/auth"), Body::Form(form.into())) }
}

#[derive(Deserialize)]
struct SignedIn {
    #[serde(rename = "sessionId", default)]
    session_id: Text,
    #[serde(rename = "vaultId", default)]
    vault_id: Text,
    #[serde(rename = "vaultIds", default)]
    vaults: Vec<Vault>,
}

#[derive(Deserialize)]
struct Vault {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    url: Text,
}

fn read_sign_in(host: &str, reply: &Reply) -> Result<Secret, Error> {
    if let Some(verdict) = sort_cancel("veeva", reply) {
        return Err(match verdict {
            Verdict::Failed(error) | Verdict::Declined(error) | Verdict::PerhapsSent(error) => {
                Error { message: format!("signing in: {}", error.message), ..error }
            }
            _ => bad_answer("veeva", "to the sign-in makes no sense"),
        });
    }
    let envelope: Envelope<SignedIn> = decode::object(&reply.body).map_err(|_| not_json("veeva", reply))?;
    if !envelope.is_success() {
        return Err(Error::new(ErrorKind::CredentialsRejected, "veeva did not accept the user name and password")
            .with_hint(
                "check VEEVA_USERNAME and VEEVA_PASSWORD; it is not tried again, because repeats lock the user out",
            )
            .with_provider_message(envelope.message()));
    }
    let signed_in = envelope.rest;
    check_vault(host, &signed_in)?;
    let session = signed_in.session_id.filled().and_then(|text| Secret::new(&text));
    session.ok_or_else(|| bad_answer("veeva", "to the sign-in holds no session"))
}

/// The session must be for the Vault at `host`.
fn check_vault(host: &str, signed_in: &SignedIn) -> Result<(), Error> {
    let vault = signed_in.vaults.iter().find(|vault| !vault.id.is_absent() && vault.id == signed_in.vault_id);
    let url = vault.and_then(|vault| vault.url.0.as_deref());
    let found = url.and_then(|url| BaseUrl::parse(url).ok());
    match found {
        Some(found) if found.host() == host => Ok(()),
        found => {
            let landed =
                found.map_or_else(|| "a Vault that it does not name".to_owned(), |found| found.host().to_owned());
            Err(Error::new(ErrorKind::CredentialsRejected, format!("veeva signed in to {landed}, not to {host}"))
                .with_hint("the user may not enter that Vault; check VEEVA_VAULT_DNS and the user's access"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::reply;
    use super::*;

    fn signed_in(url: &str) -> Reply {
        reply(
            200,
            &format!(
                r#"{{"responseStatus":"SUCCESS","sessionId":"S9","userId":1,"vaultId":7,"vaultIds":[{{"id":8,"name":"b","url":"https://b.veevavault.com/api"}},{{"id":7,"name":"a","url":"{url}"}}]}}"#
            ),
        )
    }

    #[test]
    fn the_session_must_be_for_the_vault_that_was_asked_for() {
        let good = read_sign_in("a.veevavault.com", &signed_in("https://a.veevavault.com/api")).unwrap();
        assert_eq!(good.expose(), "S9");
        let error = read_sign_in("a.veevavault.com", &signed_in("https://c.veevavault.com/api")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::CredentialsRejected);
        assert!(error.message.contains("c.veevavault.com"));
        let nameless = r#"{"responseStatus":"SUCCESS","sessionId":"S9","vaultId":7}"#;
        assert!(read_sign_in("a.veevavault.com", &reply(200, nameless)).is_err());
    }

    #[test]
    fn a_wrong_password_is_said_with_the_vendors_words() {
        let body = r#"{"responseStatus":"FAILURE","errorType":"AUTHENTICATION_FAILED","errors":[{"type":"USERNAME_OR_PASSWORD_INCORRECT","message":"no"}]}"#;
        let error = read_sign_in("a", &reply(200, body)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::CredentialsRejected);
        assert_eq!(error.provider_message.as_deref(), Some("USERNAME_OR_PASSWORD_INCORRECT: no"));
    }

    #[test]
    fn the_form_is_encoded() {
        let secret = |text| Secret::new(text).unwrap();
        let call = sign_in_call("v25.3", &secret("ops@myvault.com"), &secret("p&w=1 ü"));
        assert!(call.body == Body::Form("username=ops%40myvault.com&password=p%26w%3D1%20%C3%BC".into()));
        assert!(!call.authorized);
    }
}
