//! Each value of a provider and of the run with its source, for `config explain`
//! and `auth status`.
//!
//! Never fails, reads no secret and runs nothing: what is wrong becomes a warning.

use std::path::Path;

use serde::Serialize;

use super::Settings;
use super::environment;
use super::plan::{Kept, Origin, Plan};
use super::scope::{BUILT_IN, Choice, NOT_SET, Scope};
use crate::base_url::BaseUrl;
use crate::error::Error;
use crate::providers::Entry;
use crate::text::visible;

/// Stands behind the source that is a command: an explanation runs none.
const NOT_RUN: &str = " (not run)";

/// One value of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Value"))]
pub struct Explained {
    /// Always `value`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The profile that it belongs to.
    pub profile: Option<String>,
    /// The provider that it is for; `null` for the whole run.
    pub provider: Option<&'static str>,
    /// What it is called.
    pub key: String,
    /// The value; `null` for secrets and for what is not set.
    pub value: Option<String>,
    /// Where it comes from, in words.
    pub source: String,
    /// The sources that have a value too, and lost.
    pub beaten: Vec<String>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
}

impl Explained {
    /// Whether it comes from anywhere.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.source != NOT_SET
    }

    /// Whether somebody gave it.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.is_set() && self.source != BUILT_IN
    }

    /// The source as it is called once the value was asked of it.
    #[must_use]
    pub fn asked_source(&self) -> &str {
        self.source.strip_suffix(NOT_RUN).unwrap_or(&self.source)
    }

    /// A value that beat no other.
    #[must_use]
    pub fn new(provider: Option<&'static str>, key: &str, value: Option<String>, source: &str) -> Self {
        let (key, source) = (key.to_owned(), source.to_owned());
        Self { kind: "value", profile: None, provider, key, value, source, beaten: Vec::new(), warnings: Vec::new() }
    }

    /// The row of a choice; what is wrong with one that failed is the caller's to say.
    fn of(provider: Option<&'static str>, key: &str, choice: Result<Choice<Option<String>>, Error>) -> Self {
        match choice {
            Ok(choice) => Self {
                beaten: choice.beaten,
                warnings: choice.warnings,
                ..Self::new(provider, key, choice.value, &choice.source)
            },
            Err(_) => Self::new(provider, key, None, NOT_SET),
        }
    }

    /// A value of the whole run that may be no text.
    fn read(key: &str, choice: Result<Choice<Option<String>>, Error>) -> Self {
        let problem = choice.as_ref().err().map(|error| error.message.clone());
        let mut row = Self::of(None, key, choice);
        row.warnings.extend(problem);
        row
    }
}

impl Settings {
    /// Each value that [`Settings::resolve`] would use for `entry`.
    #[must_use]
    pub fn explain(&self, entry: &Entry) -> Vec<Explained> {
        let scope = Scope::new(self, entry);
        let (host, base) = explain_host(&scope);
        let plan = Plan::make(&scope, base.as_ref());
        let mut rows = vec![host, explain_credential(&scope, &plan, base.as_ref())];
        for (key, value, source) in plan.open_fields(&scope) {
            rows.push(Explained::new(Some(entry.name), key, value, &source));
        }
        for setting in entry.settings {
            let mut row = Explained::of(Some(entry.name), setting.key, scope.option_text(setting));
            if let Err(error) = scope.option(setting) {
                row.warnings = vec![error.message];
            }
            rows.push(row);
        }
        for row in &mut rows {
            row.profile = self.profile_for(entry).map(str::to_owned);
        }
        rows
    }

    /// Why `entry` has no credential that can be used, as far as that can be told without
    /// reading one, and the quickest fixes; `None` where it has one.
    #[must_use]
    pub fn missing(&self, entry: &Entry) -> Option<Error> {
        let scope = Scope::new(self, entry);
        let host = scope.host().ok().and_then(|choice| choice.value);
        let plan = Plan::make(&scope, host.as_ref());
        if plan.is_missing() {
            return Some(plan.missing(&scope, host.as_ref()));
        }
        let of_file = matches!(plan.origin, Origin::Profile(Kept::File(_)));
        if of_file { self.token_file(entry).err() } else { None }
    }

    /// The values that belong to no provider: file, profile and guards.
    #[must_use]
    pub fn explain_run(&self) -> Vec<Explained> {
        let guard = |key: &str, on: bool, source: &str| Explained::new(None, key, Some(on.to_string()), source);
        let protected = if self.is_protected() { "profile" } else { BUILT_IN };
        // Without the password that may be in its URL.
        let place = |url: String| visible(url.rsplit_once('@').map_or(&*url, |(_, place)| place));
        let proxy = self.proxy_choice().map(|choice| choice.map(|url| url.map(place)));
        let read_only = self.read_only.clone().map(|on| on.map(|on| on.to_string()));
        vec![
            self.explain_file(),
            self.explain_profile(),
            guard("protected", self.is_protected(), protected),
            Explained::of(None, "read_only", Ok(read_only)),
            Explained::read("proxy", proxy),
            Explained::read("no_proxy", self.no_proxy_choice()),
        ]
    }

    fn explain_file(&self) -> Explained {
        let Some(location) = self.location() else {
            let source = if self.overrides.no_config { "--no-config" } else { NOT_SET };
            return Explained::new(None, "config", None, source);
        };
        let path = location.path.to_string_lossy().into_owned();
        let mut row = Explained::new(None, "config", Some(path), location.source);
        if !self.has_file() {
            row.warnings.push("there is no such file".to_owned());
        } else if mode(&location.path) & 0o022 != 0 {
            row.warnings.push("others can change this file, and it names commands that are run: chmod go-w".to_owned());
        } else if location.path.parent().is_some_and(others_may_replace) {
            row.warnings.push(
                "everyone can replace this file, and it names commands that are run: chmod o-w its folder".to_owned(),
            );
        }
        if location.source == "--config" && self.environment.has(environment::CONFIG.name) {
            row.beaten.push(environment::CONFIG.name.to_owned());
        }
        row
    }

    fn explain_profile(&self) -> Explained {
        let name = self.profile_name().map(str::to_owned);
        let source = self.profile_source().unwrap_or(if name.is_some() { BUILT_IN } else { NOT_SET });
        let mut row = Explained::new(None, "profile", name, source);
        if self.overrides.profile.is_some() && self.environment.has(environment::PROFILE.name) {
            row.beaten.push(environment::PROFILE.name.to_owned());
        }
        row
    }
}

/// Whether everyone may put another file in a file's place; in a sticky folder only
/// owners may.
fn others_may_replace(folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    mode(folder) & 0o1002 == 0o002
}

/// The permissions of what is at `path`; none where there is nothing, or no such thing.
#[must_use]
pub fn mode(path: &Path) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().map_or(0, |data| data.permissions().mode())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        0
    }
}

fn explain_host(scope: &Scope<'_>) -> (Explained, Option<BaseUrl>) {
    let name = Some(scope.entry.name);
    match scope.host() {
        Ok(choice) => {
            let base = choice.value.clone();
            let mut row = Explained::of(name, "host", Ok(choice.map(|base| base.map(|base| base.to_string()))));
            if base.is_none() {
                row.warnings.push(scope.no_host().message);
            }
            (row, base)
        }
        Err(error) => {
            // Not the text: what is no host may be anything, a password included.
            let mut row = Explained::of(name, "host", scope.host_text().map(|choice| choice.map(|_| None)));
            row.warnings = vec![error.message];
            (row, None)
        }
    }
}

fn explain_credential(scope: &Scope<'_>, plan: &Plan<'_>, host: Option<&BaseUrl>) -> Explained {
    let not_run = if matches!(plan.origin, Origin::Profile(Kept::Command(_))) { NOT_RUN } else { "" };
    let source = format!("{}{not_run}", plan.source(scope));
    let mut row = Explained::new(Some(scope.entry.name), "credential", None, &source);
    row.beaten.clone_from(&plan.beaten);
    row.warnings = plan.warnings(scope, None);
    if plan.is_missing() {
        row.warnings = vec![plan.missing(scope, host).message];
    }
    row
}
