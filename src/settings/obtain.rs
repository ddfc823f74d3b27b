//! Reads the secret that a [`Plan`] has chosen, and makes a credential of it.
//!
//! This is the only place where a secret is read. No message shows any of it.

use std::path::PathBuf;

use super::command::{self, Run};
use super::credential::{self, Privacy};
use super::environment::{self, file_variable, secret_variables};
use super::keychain::Slot;
use super::plan::{Kept, Origin, Part, Plan, part};
use super::resolve::DEFAULT_PROFILE;
use super::scope::Scope;
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::providers::Credential;
use crate::providers::{Field, Way};
use crate::secret::Secret;
use crate::text::visible;

impl Plan<'_> {
    /// Reads the secret.
    pub(super) fn obtain(&self, scope: &Scope<'_>, host: &BaseUrl) -> Result<Credential, Error> {
        match &self.origin {
            Origin::Given(token) => {
                bare(scope, token.secret.as_ref().map_err(Clone::clone)?, &self.beside(scope), &token.source)
            }
            Origin::Variables { way, parts } => from_variables(scope, way, parts),
            Origin::Profile(kept) => {
                let known: Vec<_> = scope.open_values().collect();
                bare(scope, &kept.read(scope, host)?, &known, &kept.title(scope))
            }
            Origin::Missing => Err(self.missing(scope, Some(host))),
        }
    }

    /// The fields that may stand beside a token given on the command line.
    fn beside(&self, scope: &Scope<'_>) -> Vec<(&'static str, String)> {
        let mut known = Vec::new();
        let complete = |way: &Way| way.fields.iter().all(|field| part(scope, field).is_some());
        // Beside a whole credential in the variables a token is a way of its own.
        let whole = !scope.is_named() && scope.entry.ways.iter().any(complete);
        if whole {
            return known;
        }
        if !scope.is_named() {
            let open = environment::fields(scope.entry).filter(|field| !field.secret);
            known.extend(open.filter_map(|field| Some((field.key, scope.environment().text(field.variable)?))));
        }
        if self.at_profile_host {
            known.extend(scope.open_values());
        }
        known
    }
}

/// Whether `secret`, kept for the profile in effect, makes a credential.
pub(super) fn check(scope: &Scope<'_>, secret: &Secret, source: &str) -> Result<(), Error> {
    let known: Vec<_> = scope.open_values().collect();
    bare(scope, secret, &known, source).map(drop)
}

/// The credential that a lone token makes, with the fields known beside it.
fn bare(
    scope: &Scope<'_>,
    token: &Secret,
    known: &[(&'static str, String)],
    source: &str,
) -> Result<Credential, Error> {
    let token_way = scope.entry.token_way;
    // A token that is told by its form (not the way that any text gets) is
    // never taken for a password: wrong passwords lock accounts.
    let told_by_form = token_way(token.expose()) != token_way("");
    let value = |field: &Field| known.iter().find(|(key, _)| *key == field.key).map(|(_, value)| value);
    let completed = scope.entry.ways.iter().find(|way| {
        way.fields.len() > 1
            && way.fields.iter().filter(|field| field.secret).count() == 1
            && way.fields.iter().all(|field| field.secret || value(field).is_some())
    });
    let own = || scope.entry.ways.iter().find(|way| way.name == token_way(token.expose()) && way.fields.len() == 1);
    let way = completed.filter(|_| !told_by_form).or_else(own).ok_or_else(|| {
        Error::new(
            ErrorKind::CredentialsMissing,
            format!("{source}: a secret alone is not enough for {}", scope.entry.name),
        )
    })?;
    let mut fields = Vec::new();
    for field in way.fields {
        let secret = if field.secret { Some(token.clone()) } else { value(field).and_then(|text| Secret::new(text)) };
        let Some(secret) = secret else {
            return Err(Error::new(
                ErrorKind::CredentialsMissing,
                format!("{source}: {} beside it is empty", field.key),
            ));
        };
        let whose = if field.secret { source } else { field.key };
        credential::check_text(&secret, way.fields.len() == 1, whose)?;
        fields.push((field.key, secret));
    }
    Ok(Credential { way: way.name, fields })
}

fn from_variables(scope: &Scope<'_>, way: &'static Way, parts: &[Part<'_>]) -> Result<Credential, Error> {
    let mut fields = Vec::new();
    for (field, part) in way.fields.iter().zip(parts) {
        let (secret, source) = match part {
            Part::Variable => variable(scope, field)?,
            Part::File => variable_file(scope, field)?,
            Part::Profile(value) => (credential::line(value.as_bytes(), field.key)?, field.key.to_owned()),
        };
        credential::check_text(&secret, way.fields.len() == 1, &source)?;
        fields.push((field.key, secret));
    }
    Ok(Credential { way: way.name, fields })
}

fn variable(scope: &Scope<'_>, field: &Field) -> Result<(Secret, String), Error> {
    let text = scope.environment().get(field.variable)?.map(secrecy::zeroize::Zeroizing::new);
    let bytes = text.as_ref().map_or(&[][..], |text| text.as_bytes());
    Ok((credential::line(bytes, field.variable)?, field.variable.to_owned()))
}

fn variable_file(scope: &Scope<'_>, field: &Field) -> Result<(Secret, String), Error> {
    let name = file_variable(field.variable);
    let path = PathBuf::from(scope.environment().raw(&name).unwrap_or_default());
    if credential::may_be_secret(&path) {
        return Err(credential::no_such_file(&name));
    }
    let source = format!("{name} ({})", visible(&path.to_string_lossy()));
    Ok((credential::from_file(&path, &source, Privacy::Any)?, source))
}

impl Kept<'_> {
    fn read(&self, scope: &Scope<'_>, host: &BaseUrl) -> Result<Secret, Error> {
        let title = self.title(scope);
        let settings = scope.settings;
        match self {
            Self::Command(argv) => {
                let run = Run {
                    argv,
                    title: &title,
                    folder: settings.folder(),
                    environment: &settings.environment,
                    hidden: &secret_variables(settings.vendors),
                    limit: command::LIMIT,
                };
                credential::printed(&run.output()?, &title)
            }
            Self::Keychain => from_keychain(scope, host, &title),
            Self::File(text) => {
                if settings.may_be_secret(text) {
                    return Err(credential::no_such_file(&title));
                }
                credential::from_file(&settings.path(text), &title, Privacy::OwnerOnly)
            }
        }
    }
}

fn from_keychain(scope: &Scope<'_>, host: &BaseUrl, title: &str) -> Result<Secret, Error> {
    let profile = scope.settings.profile_name().unwrap_or(DEFAULT_PROFILE);
    let found = Slot::new(scope.entry.name, profile, host).read().map_err(|mut error| {
        error.message = format!("{title}: {}", error.message);
        error
    })?;
    found.ok_or_else(|| {
        let named = if scope.is_named() { format!("--profile {} ", visible(profile)) } else { String::new() };
        Error::new(ErrorKind::CredentialsMissing, format!("{title}: the keychain has no secret for {host}"))
            .with_hint(format!("store it with: jobctl {named}auth login {}", scope.entry.name))
    })
}
