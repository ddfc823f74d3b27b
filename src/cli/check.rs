//! One cheap read that shows whether a provider's key is accepted, for
//! `auth status --check` and `doctor`.
//!
//! Owns what is said about it. Decides nothing about jobs.

use super::session::Session;
use crate::canceller::ReadFailure;
use crate::error::{Error, ErrorKind};
use crate::http::{Budget, Control, Policy};
use crate::providers::Entry;

/// What the vendor says about a key.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    /// Whose it is, where the vendor tells.
    pub(super) account: Option<String>,
    /// Which environment it belongs to, where the key itself tells.
    pub(super) environment: Option<&'static str>,
    /// Why it cannot be used.
    pub(super) error: Option<Error>,
}

/// Opens `entry` and makes one read. [`Session::close`] ends what was opened for it.
pub(super) async fn check(session: &Session, entry: &'static Entry, policy: &Policy) -> Checked {
    // What keeps it from being opened is said by opening it.
    let _ = session.prepare(&[entry]).await;
    let (settings, canceller) = match session.open_with_settings(entry) {
        Ok(opened) => opened,
        Err(error) => return Checked { error: Some(error), ..Checked::default() },
    };
    let found = canceller.check_dyn(&mut Budget::new(policy, Control::new(None))).await;
    let environment = (entry.environment)(&settings);
    match found {
        Ok(account) => Checked { account, environment, error: None },
        Err(failure) => Checked { account: None, environment, error: Some(explain(failure, entry)) },
    }
}

/// Says that a key is accepted, and whose it is.
pub(super) fn accepted(account: Option<&str>, environment: Option<&str>) -> String {
    let whose: Vec<_> = account.into_iter().chain(environment).collect();
    if whose.is_empty() { "accepted".to_owned() } else { format!("accepted: {}", whose.join(", ")) }
}

/// A failed check in words that are about the key and not about a job.
fn explain(failure: ReadFailure, entry: &Entry) -> Error {
    let said = |message: String, old: Error| Error { message, ..old };
    match failure {
        ReadFailure::Stopped(_) => Error::new(ErrorKind::Interrupted, "the check was stopped"),
        ReadFailure::Unreadable { error, .. } if error.kind == ErrorKind::Forbidden => {
            let message = format!("{} knows the key and does not let it read its own account", entry.name);
            Error {
                hint: Some("it may still be allowed to cancel; ask for the right to read, too".to_owned()),
                ..said(message, error)
            }
        }
        ReadFailure::Unreadable { error, .. } if error.kind == ErrorKind::Unreadable => {
            said(format!("{} did not let the key be checked", entry.name), error)
        }
        ReadFailure::Absent(error) | ReadFailure::Unreadable { error, .. } => error,
    }
}
