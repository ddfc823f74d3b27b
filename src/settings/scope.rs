//! What one provider gets: its host, its options, and the rules of which source
//! beats which.
//!
//! With a profile named, only that profile's own host and credential count;
//! otherwise the variable's host, the default profile's, or the built-in one. The
//! credential is chosen in `plan`, for the host that was found here.

use super::environment::{self, Environment, file_variable};
use super::file::Section;
use super::plan::Plan;
use super::resolve::{Given, Resolved, Settings};
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::providers::{DESTINATION, Entry, Field, ProviderSettings, Setting};
use crate::text::visible;

/// The source of what nobody gave.
pub(super) const NOT_SET: &str = "not set";
/// The source of a default.
pub(super) const BUILT_IN: &str = "built in";

/// A value, where it came from, and what it beat.
#[derive(Clone, Debug)]
pub(super) struct Choice<T> {
    pub(super) value: T,
    pub(super) source: String,
    pub(super) beaten: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl<T> Choice<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Choice<U> {
        Choice { value: change(self.value), source: self.source, beaten: self.beaten, warnings: self.warnings }
    }
}

impl<T> Choice<Option<T>> {
    /// The first of what was `found`, each with its source, else the default.
    pub(super) fn first(found: impl IntoIterator<Item = (T, String)>, default: Option<T>) -> Self {
        let mut found = found.into_iter();
        let built_in = || default.map(|value| (value, BUILT_IN.to_owned()));
        let (value, source) = found.next().or_else(built_in).unzip();
        let beaten = found.map(|(_, source)| source).collect();
        Self { value, source: source.unwrap_or_else(|| NOT_SET.to_owned()), beaten, warnings: Vec::new() }
    }
}

/// One provider under the settings of one run.
pub(super) struct Scope<'a> {
    pub(super) settings: &'a Settings,
    pub(super) entry: &'a Entry,
    /// What the profile in effect says about this provider.
    pub(super) section: Option<&'a Section>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(settings: &'a Settings, entry: &'a Entry) -> Self {
        let section = settings.profile().and_then(|profile| profile.sections.get(entry.name));
        Self { settings, entry, section }
    }

    pub(super) fn resolve(&self) -> Result<Resolved, Error> {
        let host = self.host()?;
        let plan = Plan::make(self, host.value.as_ref());
        let Some(base) = host.value.clone() else {
            return Err(if plan.is_missing() { plan.missing(self, None) } else { self.no_host() });
        };
        let options = self.options()?;
        let credential = plan.obtain(self, &base)?;
        let mut warnings = host.warnings;
        warnings.extend(plan.warnings(self, Some(&credential)));
        Ok(Resolved { settings: ProviderSettings { host: base, credential, options }, warnings })
    }

    /// Whether [`Scope::resolve`] needs nothing but what is in memory already: no
    /// profile and no file could hold the secret.
    pub(super) fn is_at_hand(&self) -> bool {
        let file = |field: &Field| self.environment().has(&file_variable(field.variable));
        self.section.is_none() && !environment::fields(self.entry).any(file)
    }

    pub(super) fn environment(&self) -> &'a Environment {
        &self.settings.environment
    }

    /// What the command line gave for this provider and no other.
    pub(super) fn given(&self) -> Option<&'a Given> {
        self.settings.overrides.given.as_ref().filter(|given| given.provider == self.entry.name)
    }

    pub(super) fn is_named(&self) -> bool {
        self.settings.named.is_some()
    }

    /// The profile in effect as messages call it.
    pub(super) fn profile_title(&self) -> String {
        format!("profile `{}`", visible(self.settings.profile_name().unwrap_or(super::resolve::DEFAULT_PROFILE)))
    }

    /// The provider's table in the file, as messages call it.
    pub(super) fn table(&self) -> String {
        let profile = self.settings.profile_name().unwrap_or(super::resolve::DEFAULT_PROFILE);
        format!("[profiles.{}.{}]", visible(profile), self.entry.name)
    }

    /// The profile's fields that are no secret.
    pub(super) fn open_values(&self) -> impl Iterator<Item = (&'static str, String)> {
        let open = environment::fields(self.entry).filter(|field| !field.secret);
        open.filter_map(|field| Some((field.key, self.section?.values.get(field.key)?.clone())))
    }

    pub(super) fn base(&self, text: &str, source: &str) -> Result<BaseUrl, Error> {
        let base = BaseUrl::parse(text).map_err(|mut error| {
            error.message = format!("{source}: {}", error.message);
            error
        })?;
        Ok((self.entry.prepare_host)(base))
    }

    pub(super) fn file_host(&self) -> Option<(&'a str, String)> {
        let host = self.section?.host.as_deref()?;
        Some((host, format!("host in {} of {}", self.table(), self.settings.file_title())))
    }

    /// Where the profile's secret belongs; `None` where that cannot be told.
    pub(super) fn profile_host(&self) -> Option<BaseUrl> {
        let text = self.file_host().map(|(host, _)| host).or(self.entry.default_host)?;
        self.base(text, "").ok()
    }

    /// The host, chosen and read.
    pub(super) fn host(&self) -> Result<Choice<Option<BaseUrl>>, Error> {
        let choice = self.host_text()?;
        let Some(text) = &choice.value else { return Ok(choice.map(|_| None)) };
        let base = self.base(text, &choice.source)?;
        let mut choice = choice.map(|_| Some(base));
        if let (true, Some(host)) = (self.is_ignored_host(), &choice.value) {
            let name = self.entry.host_variable;
            let other = self.environment().text(name).and_then(|text| self.base(&text, name).ok());
            if other.as_ref() != Some(host) {
                choice.warnings.push(format!(
                    "{name} is ignored: {} was named, and only its own host counts ({host})",
                    self.profile_title()
                ));
            }
        }
        Ok(choice)
    }

    /// Whether the host's variable is set but loses to a named profile.
    fn is_ignored_host(&self) -> bool {
        let flag = self.given().is_some_and(|given| given.host.is_some());
        self.is_named() && !flag && self.environment().has(self.entry.host_variable)
    }

    /// The host as text, chosen but not read, so that it can be explained too.
    pub(super) fn host_text(&self) -> Result<Choice<Option<String>>, Error> {
        let name = self.entry.host_variable;
        let mut found: Vec<(String, String)> = Vec::new();
        if let Some(given) = self.given()
            && let Some(host) = &given.host
        {
            found.push((host.clone(), "--host".to_owned()));
        }
        if !self.is_named()
            && let Some(host) = self.environment().get(name)?
        {
            found.push((host, name.to_owned()));
        }
        found.extend(self.file_host().map(|(host, source)| (host.to_owned(), source)));
        let mut choice = Choice::first(found, self.entry.default_host.map(str::to_owned));
        if self.is_named() && self.environment().has(name) {
            choice.beaten.push(name.to_owned());
        }
        Ok(choice)
    }

    /// The error for a provider without any host.
    pub(super) fn no_host(&self) -> Error {
        let entry = self.entry;
        let fix = format!("`host` in {} of {}", self.table(), self.settings.file_title());
        let (message, hint) = if self.is_named() {
            let ignored = if self.environment().has(entry.host_variable) {
                format!(" ({} is ignored, because a profile was named)", entry.host_variable)
            } else {
                String::new()
            };
            (
                format!("{} has no host for {}{ignored}", self.profile_title(), entry.name),
                format!("set {fix}, or --host"),
            )
        } else {
            let name = entry.host_variable;
            (format!("no host for {}: set {name}", entry.name), format!("set {name}, or --host, or {fix}"))
        };
        Error::new(ErrorKind::Configuration, message).with_hint(hint)
    }

    fn options(&self) -> Result<Vec<(&'static str, String)>, Error> {
        let mut options = Vec::new();
        // The destination is part of ids, and judged where one needs it.
        for setting in self.entry.settings.iter().filter(|setting| setting.key != DESTINATION) {
            if let Some(value) = self.option(setting)?.value {
                options.push((setting.key, value));
            }
        }
        Ok(options)
    }

    /// One setting, chosen and checked: the variable, the profile, the default.
    pub(super) fn option(&self, setting: &Setting) -> Result<Choice<Option<String>>, Error> {
        let choice = self.option_text(setting)?;
        if let Some(value) = &choice.value {
            (setting.check)(value).map_err(|problem| {
                Error::new(ErrorKind::Configuration, format!("{}: {}", choice.source, visible(&problem)))
            })?;
        }
        Ok(choice)
    }

    /// One setting as text, chosen but not checked.
    pub(super) fn option_text(&self, setting: &Setting) -> Result<Choice<Option<String>>, Error> {
        let mut found: Vec<(String, String)> = Vec::new();
        if let Some(value) = self.environment().get(setting.variable)? {
            found.push((value.trim().to_owned(), setting.variable.to_owned()));
        }
        if let Some(value) = self.section.and_then(|section| section.values.get(setting.key)) {
            let source = format!("{} in {} of {}", setting.key, self.table(), self.settings.file_title());
            found.push((value.trim().to_owned(), source));
        }
        Ok(Choice::first(found, setting.default.map(str::to_owned)))
    }
}
