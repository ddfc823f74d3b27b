//! Signing in to a Vault with user name and password, once per run.
//!
//! Source: <https://general.veevavault.dev/vault-api/api-reference/26.2/authentication/user-name-and-password>.
//! A user who may not enter the Vault that was asked for is signed in to another
//! one and told SUCCESS, so the session's Vault is compared with the host. A wrong
//! password is never tried again: it locks the user out.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use tokio::sync::Mutex;

use super::super::Credential;
use super::super::decode::{self, Text};
use super::super::ids;
use super::super::wire::{Wire, bad_answer, not_json, sort_cancel};
use super::NAME;
use super::answer::Envelope;
use crate::base_url::BaseUrl;
use crate::canceller::{Answer, ReadFailure, Verdict};
use crate::error::{Error, ErrorKind};
use crate::http::{Body, Budget, Call, Failure, Method, Operation, Reply, StopCause};
use crate::secret::Secret;

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
    /// The newest session that was rejected and may be renewed, by its number.
    stale: AtomicU32,
}

enum State {
    Closed,
    Open,
    /// A sign-in failed for good: said to everybody, not tried again.
    Failed(Error),
    /// Everything was stopped while a sign-in was on its way. That is no refusal,
    /// but the password may have arrived, so it is not sent again either.
    Stopped(StopCause),
}

/// Why there is no session.
enum NoSession {
    Failed(Error),
    Stopped(StopCause),
}

/// What a sign-in led to.
enum Opened {
    /// A session for the Vault that was asked for.
    Here(Secret),
    /// A session for another Vault: ended at once, never used.
    Elsewhere(Secret, Error),
    Refused(Error),
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
            stale: AtomicU32::new(0),
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
            // The number and not just a mark: a call that was slow to fail must not
            // have the session renewed that has replaced its own.
            self.stale.fetch_max(generation, Ordering::Relaxed);
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
            State::Open if self.stale.load(Ordering::Relaxed) < self.generation() => return Ok(()),
            State::Failed(error) => return Err(NoSession::Failed(error.clone())),
            State::Stopped(cause) => return Err(NoSession::Stopped(*cause)),
            _ => {}
        }
        let call = sign_in_call(version, username, password);
        let opened = match wire.send(&call, &mut budget.for_read()).await {
            Ok(reply) => read_sign_in(&self.host, &reply, version),
            Err(failure) => match (failure, budget.control.stopped()) {
                (Failure::Stopped(cause), _) => return Err(NoSession::Stopped(cause)),
                // The jobs were not sent because of the stop, whatever cut the exchange.
                (_, Some(cause)) => {
                    *state = State::Stopped(cause);
                    return Err(NoSession::Stopped(cause));
                }
                // The password never left, so the next job may try.
                (Failure::NotSent(error), None) => return Err(NoSession::Failed(error)),
                (Failure::PerhapsSent(error), None) => Opened::Refused(error),
            },
        };
        let error = match opened {
            Opened::Here(session) => {
                wire.endpoint.conceal(session.clone());
                wire.endpoint.authorize(Some(session));
                self.generation.fetch_add(1, Ordering::Relaxed);
                *state = State::Open;
                return Ok(());
            }
            Opened::Elsewhere(session, error) => {
                wire.endpoint.authorize(Some(session));
                end(wire, version, &mut budget.for_read()).await;
                wire.endpoint.authorize(None);
                error
            }
            Opened::Refused(error) => error,
        };
        *state = State::Failed(error.clone());
        Err(NoSession::Failed(error))
    }

    /// Ends the session that was opened here; a supplied one is left alone.
    pub(super) async fn close(&self, wire: &Wire, version: &str, budget: &mut Budget) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Open) {
            *state = State::Closed;
            end(wire, version, budget).await;
        }
    }
}

/// Ends the session that calls are made with.
async fn end(wire: &Wire, version: &str, budget: &mut Budget) {
    let call = Call { method: Method::Delete, ..Call::get(Operation::SignOut, format!("/api/{version}/session")) };
    // A session that cannot be ended runs out by itself.
    let _ = wire.send(&call, budget).await;
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

fn read_sign_in(host: &str, reply: &Reply, version: &str) -> Opened {
    let told = decode::object::<Envelope<SignedIn>>(&reply.body);
    if let Some(verdict) = sort_cancel(NAME, reply) {
        // The Vault's own words say more than the status that they came with.
        if let Some(envelope) = told.ok().filter(|envelope| reply.status >= 400 && envelope.names_a_sign_in_refusal()) {
            return Opened::Refused(refused(&envelope, version).with_provider_message(envelope.message()));
        }
        return Opened::Refused(match verdict {
            Verdict::Failed(error) | Verdict::Declined(error) | Verdict::PerhapsSent(error) => {
                Error { message: format!("signing in: {}", error.message), ..error }
            }
            _ => bad_answer(NAME, "to the sign-in makes no sense"),
        });
    }
    let Ok(envelope) = told else {
        return Opened::Refused(not_json(NAME, reply));
    };
    if !envelope.is_success() {
        return Opened::Refused(refused(&envelope, version).with_provider_message(envelope.message()));
    }
    let signed_in = envelope.rest;
    let landed = check_vault(host, &signed_in);
    match (signed_in.session_id.filled().and_then(|text| Secret::new(&text)), landed) {
        (Some(session), Ok(())) => Opened::Here(session),
        (Some(session), Err(error)) => Opened::Elsewhere(session, error),
        (None, Err(error)) => Opened::Refused(error),
        (None, Ok(())) => Opened::Refused(bad_answer(NAME, "to the sign-in holds no session")),
    }
}

/// Why a sign-in was refused. It is not tried again whatever the reason: the
/// vendor counts sign-ins, and wrong ones lock the user out.
fn refused(envelope: &Envelope<SignedIn>, version: &str) -> Error {
    let is = |kind: &str| envelope.kinds().any(|found| found == kind);
    let rejected = |message: &str| Error::new(ErrorKind::CredentialsRejected, message);
    if is("API_LIMIT_EXCEEDED") {
        Error::new(ErrorKind::RateLimited, "veeva's limit of sign-ins is used up")
            .with_hint("wait a minute; an access token (VEEVA_ACCESS_TOKEN) needs no sign-in")
    } else if is("USER_LOCKED_OUT") {
        rejected("veeva has locked this user out").with_hint("a Vault administrator can unlock the user")
    } else if is("INACTIVE_USER") {
        rejected("this veeva user is inactive").with_hint("a Vault administrator can activate the user")
    } else if is("PASSWORD_CHANGE_REQUIRED") {
        rejected("veeva wants this user's password changed").with_hint("sign in with a browser and change it")
    } else if ["INVALID_SESSION_ID", "METHOD_NOT_SUPPORTED", "MALFORMED_URL"].into_iter().any(is) {
        // Nobody has a session yet, so it cannot have expired.
        rejected(&format!("veeva does not let anybody sign in under API {version}"))
            .with_hint("this Vault probably does not serve that version; set VEEVA_API_VERSION")
    } else if envelope.response_status.names("EXCEPTION") || is("UNEXPECTED_ERROR") {
        Error::new(ErrorKind::ServerError, "veeva had an internal error while signing in")
    } else {
        rejected("veeva did not accept the user name and password").with_hint(
            "check VEEVA_USERNAME and VEEVA_PASSWORD; it is not tried again, because repeats lock the user out",
        )
    }
}

/// The session must be for the Vault at `host`.
fn check_vault(host: &str, signed_in: &SignedIn) -> Result<(), Error> {
    let vault = signed_in.vaults.iter().find(|vault| !vault.id.is_absent() && vault.id == signed_in.vault_id);
    let url = vault.and_then(|vault| vault.url.0.as_deref());
    let found = url.and_then(|url| BaseUrl::parse(url).ok());
    match found {
        Some(found) if found.host() == host => Ok(()),
        found => {
            let landed = found.map_or_else(
                || "a Vault that it does not name".to_owned(),
                |found| decode::brief(found.host().to_owned()),
            );
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

    fn error(opened: Opened) -> Error {
        match opened {
            Opened::Refused(error) | Opened::Elsewhere(_, error) => error,
            Opened::Here(_) => panic!("signed in"),
        }
    }

    #[test]
    fn the_session_must_be_for_the_vault_that_was_asked_for() {
        let read = |body: &Reply| read_sign_in("a.veevavault.com", body, "v25.3");
        let Opened::Here(good) = read(&signed_in("https://a.veevavault.com/api")) else { panic!() };
        assert_eq!(good.expose(), "S9");
        let Opened::Elsewhere(session, error) = read(&signed_in("https://c.veevavault.com/api")) else { panic!() };
        assert_eq!((session.expose(), error.kind), ("S9", ErrorKind::CredentialsRejected));
        assert!(error.message.contains("c.veevavault.com"));
        let nameless = r#"{"responseStatus":"SUCCESS","sessionId":"S9","vaultId":7}"#;
        assert!(matches!(read(&reply(200, nameless)), Opened::Elsewhere(..)));
        let without =
            r#"{"responseStatus":"SUCCESS","vaultId":7,"vaultIds":[{"id":7,"url":"https://a.veevavault.com/api"}]}"#;
        assert!(matches!(read(&reply(200, without)), Opened::Refused(error) if error.kind == ErrorKind::BadAnswer));
    }

    #[test]
    fn each_refusal_has_its_own_words() {
        let said = |kind: &str| {
            let body = format!(
                r#"{{"responseStatus":"FAILURE","errorType":"AUTHENTICATION_FAILED","errors":[{{"type":"{kind}","message":"no"}}]}}"#
            );
            error(read_sign_in("a", &reply(200, &body), "v25.3"))
        };
        for (kind, expected, part) in [
            ("USERNAME_OR_PASSWORD_INCORRECT", ErrorKind::CredentialsRejected, "user name and password"),
            ("NO_PASSWORD_PROVIDED", ErrorKind::CredentialsRejected, "user name and password"),
            ("USER_LOCKED_OUT", ErrorKind::CredentialsRejected, "locked"),
            ("INACTIVE_USER", ErrorKind::CredentialsRejected, "inactive"),
            ("PASSWORD_CHANGE_REQUIRED", ErrorKind::CredentialsRejected, "password changed"),
            ("INVALID_SESSION_ID", ErrorKind::CredentialsRejected, "under API v25.3"),
            ("API_LIMIT_EXCEEDED", ErrorKind::RateLimited, "limit"),
            ("UNEXPECTED_ERROR", ErrorKind::ServerError, "internal error"),
        ] {
            let error = said(kind);
            assert_eq!(error.kind, expected, "{kind}");
            assert!(error.message.contains(part), "{kind}: {error}");
            assert_eq!(error.provider_message, Some(format!("{kind}: no")));
        }
        let locked =
            r#"{"responseStatus":"FAILURE","errorType":"AUTHENTICATION_FAILED","errors":[{"type":"USER_LOCKED_OUT"}]}"#;
        for status in [400, 401, 403, 500] {
            let error = error(read_sign_in("a", &reply(status, locked), "v25.3"));
            assert_eq!(error.kind, ErrorKind::CredentialsRejected, "{status}");
            assert!(error.message.contains("locked"), "{status}: {error}");
        }
        // What says nothing of the sign-in leaves it to the HTTP status.
        let vague = r#"{"responseStatus":"FAILURE","errors":[{"type":"INVALID_DATA"}]}"#;
        for (status, body, kind, words) in [
            (401, "", ErrorKind::CredentialsRejected, "signing in: veeva rejected the credential"),
            (302, locked, ErrorKind::Redirected, "signing in: veeva answered with a redirect"),
            (400, vague, ErrorKind::Refused, "signing in: veeva declined"),
        ] {
            let error = error(read_sign_in("a", &reply(status, body), "v25.3"));
            assert!(error.kind == kind && error.message.starts_with(words), "{status}: {error}");
        }
    }

    #[test]
    fn of_many_calls_rejected_at_once_only_the_first_renews() {
        let secret = |text| Secret::new(text).unwrap();
        let fields = vec![("username", secret("u")), ("password", secret("p"))];
        let session = Session::new(&Credential { way: "password", fields }, "a");
        session.generation.store(1, Ordering::Relaxed);
        assert!(session.renewable(1) && session.renewable(1));
        session.generation.store(2, Ordering::Relaxed);
        assert!(session.renewable(1), "the new session is worth a try");
        assert_eq!(session.stale.load(Ordering::Relaxed), 1, "and is not renewed itself");
        assert!(!session.renewable(2), "once and no more");
    }

    #[test]
    fn the_form_is_encoded() {
        let secret = |text| Secret::new(text).unwrap();
        let call = sign_in_call("v25.3", &secret("ops@myvault.com"), &secret("p&w=1 ü"));
        assert!(call.body == Body::Form("username=ops%40myvault.com&password=p%26w%3D1%20%C3%BC".into()));
        assert!(!call.authorized);
    }
}
