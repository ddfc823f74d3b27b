//! The message for a provider without a credential: why, and the quickest fixes.
//!
//! Must not read any secret.

use super::environment::{self, file_variable, vendor_variables};
use super::plan::Plan;
use super::scope::Scope;
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::providers::Way;

impl Plan<'_> {
    /// The error for a missing credential; without `host` that is missing as well.
    pub(super) fn missing(&self, scope: &Scope<'_>, host: Option<&BaseUrl>) -> Error {
        let name = scope.entry.name;
        let what = if host.is_none() { "host and no credential" } else { "credential" };
        let subject = if scope.is_named() {
            format!("{} has no {what} for {name}", scope.profile_title())
        } else {
            format!("no {what} for {name}")
        };
        let mut reasons = vec![subject];
        reasons.extend(self.withheld_reason(scope, host));
        reasons.extend(self.incomplete.iter().filter(|_| !scope.is_named()).cloned());
        reasons.extend(self.ignored_reason());
        reasons.extend(lookalike(scope));
        Error::new(ErrorKind::CredentialsMissing, reasons.join("; ")).with_hint(self.fixes(scope, host))
    }

    fn withheld_reason(&self, scope: &Scope<'_>, host: Option<&BaseUrl>) -> Option<String> {
        let host = host.filter(|_| self.withheld)?;
        let profile = scope.profile_title();
        Some(match scope.profile_host() {
            Some(own) => format!("the secret of {profile} belongs to {own} and is not sent to {host}"),
            None => format!("{profile} names no host for its secret, so it is not sent to {host}"),
        })
    }

    fn ignored_reason(&self) -> Option<String> {
        let names: Vec<_> = self.ignored.iter().map(|field| field.variable).collect();
        if names.is_empty() {
            return None;
        }
        let verb = if names.len() == 1 { "is" } else { "are" };
        Some(format!("{} {verb} ignored, because a profile was named", names.join(" and ")))
    }

    fn fixes(&self, scope: &Scope<'_>, host: Option<&BaseUrl>) -> String {
        let place = format!("{} of {}", scope.table(), scope.settings.file_title());
        let table = match (self.withheld, host) {
            (true, Some(host)) => format!("make {host} the host in {place}, if the secret there is meant for it"),
            (_, None) => format!("add host and token_command to {place}"),
            _ => format!("add token_command or token_file to {place}"),
        };
        let flags = if host.is_none() { "--host and --token-file FILE" } else { "--token-file FILE" };
        if scope.is_named() {
            return format!("{table}; or give {flags}");
        }
        let ways = scope.entry.ways.iter().map(variables).collect::<Vec<_>>().join(", or ");
        let host = if host.is_none() { format!("{} and ", scope.entry.host_variable) } else { String::new() };
        format!("set {host}{ways}; or give {flags}; or {table}")
    }
}

fn variables(way: &Way) -> String {
    way.fields.iter().map(|field| field.variable).collect::<Vec<_>>().join(" + ")
}

/// A variable that is set and was probably meant to be one of this provider's.
fn lookalike(scope: &Scope<'_>) -> Option<String> {
    let all = scope.settings.vendors.iter().chain([scope.entry]).flat_map(vendor_variables);
    let known: Vec<String> = all.map(|(name, _)| name).collect();
    let secrets = environment::fields(scope.entry).filter(|field| field.secret);
    let unset = secrets.filter(|field| {
        let environment = scope.environment();
        !environment.has(field.variable) && !environment.has(&file_variable(field.variable))
    });
    let mut pairs =
        unset.filter_map(|field| Some((scope.environment().similar(field.variable, &known)?, field.variable)));
    pairs.next().map(|(set, wanted)| format!("{set} is set; did you mean {wanted}?"))
}
