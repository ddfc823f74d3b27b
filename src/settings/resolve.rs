//! The settings of one run: flags, environment and file put together.
//!
//! Owns [`Settings`] and which profile is in effect. What one provider gets is
//! decided in `scope`. Must not know the terminal.

use std::fmt;
use std::path::{Path, PathBuf};

use super::credential::{self, Token};
use super::environment::{self, Environment, Variable};
use super::file::{File, Location, Profile};
use super::scope::{Choice, Scope};
use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind};
use crate::providers::ProviderSettings;
use crate::providers::{Entry, VENDORS};
use crate::secret::Secret;
use crate::text::{did_you_mean, visible};

/// The profile that is in effect where none is named.
pub(super) const DEFAULT_PROFILE: &str = "default";

/// What the command line says about settings.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--no-config`.
    pub no_config: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// `--proxy`.
    pub proxy: Option<String>,
    /// `--host`, `--token-file` and `--token-stdin`.
    pub given: Option<Given>,
}

/// What was given for one provider in this call, and counts for no other. It
/// beats everything else.
#[derive(Clone)]
pub struct Given {
    pub(super) provider: &'static str,
    pub(super) host: Option<String>,
    pub(super) token: Option<Token>,
}

impl Given {
    /// From `--host` and `--token-file` or `--token-stdin`.
    #[must_use]
    pub fn flags(provider: &'static str, host: Option<String>, token: Option<Token>) -> Self {
        Self { provider, host, token }
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the host: before it is read it may have a password in it.
        f.debug_struct("Given").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What one provider is opened with, and what the user should know about it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Host, credential and options.
    pub settings: ProviderSettings,
    /// One sentence each.
    pub warnings: Vec<String>,
}

/// A profile that was named, and by what.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) source: &'static str,
}

/// The settings of one run.
pub struct Settings {
    pub(super) overrides: Overrides,
    pub(super) environment: Environment,
    pub(super) vendors: &'static [Entry],
    pub(super) location: Option<Location>,
    pub(super) file: Option<File>,
    pub(super) named: Option<Named>,
    pub(super) read_only: Choice<Option<bool>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rest is flags and variables, in which anything may have been typed.
        let (location, profile) = (&self.location, self.profile_name());
        f.debug_struct("Settings").field("location", location).field("profile", &profile).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads what every call needs: which file, which profile, which guards. No
    /// credential is touched before [`Settings::resolve`].
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a bad file, profile or `JOBCTL_*` variable.
    pub fn load(overrides: Overrides, environment: Environment) -> Result<Self, Error> {
        Self::load_for(VENDORS, overrides, environment)
    }

    /// As [`Settings::load`], for other vendors than the registry's.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn load_for(vendors: &'static [Entry], overrides: Overrides, environment: Environment) -> Result<Self, Error> {
        // Where nothing could be put together there is nothing to explain.
        let hint = || "`jobctl config path` names the file, `jobctl help environment` the variables".to_owned();
        Self::read(vendors, overrides, environment).map_err(|mut error| {
            error.hint.get_or_insert_with(hint);
            error
        })
    }

    fn read(vendors: &'static [Entry], overrides: Overrides, environment: Environment) -> Result<Self, Error> {
        let find = || Location::find(overrides.config.as_deref(), &environment);
        let location = if overrides.no_config { None } else { find() };
        let file = match &location {
            Some(location) => File::read(location, vendors)?,
            None => None,
        };
        let named = named(&overrides, &environment)?;
        let read_only = Choice::first([], None);
        let mut settings = Self { overrides, environment, vendors, location, file, named, read_only };
        settings.check_profile()?;
        settings.read_only = settings.find_read_only()?;
        Ok(settings)
    }

    /// Everything that `entry`'s vendor needs to be opened. May run the profile's
    /// `token_command`: call it once per provider and run.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsMissing`] where there is no secret for the host that
    /// was asked for, [`ErrorKind::Configuration`] where a setting makes no sense.
    pub fn resolve(&self, entry: &Entry) -> Result<Resolved, Error> {
        Scope::new(self, entry).resolve()
    }

    /// The proxy for https: `--proxy`, `HTTPS_PROXY`, then `ALL_PROXY`, the variables also
    /// in lower case. Its URL may hold a password.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a variable that is no text.
    pub fn proxy(&self) -> Result<Option<String>, Error> {
        Ok(self.proxy_choice()?.value)
    }

    pub(super) fn proxy_choice(&self) -> Result<Choice<Option<String>>, Error> {
        // One that is blank is none.
        let flag = self.overrides.proxy.clone().filter(|url| !url.trim().is_empty());
        self.flag_or_variable(flag.zip(Some("--proxy")), &[environment::HTTPS_PROXY, environment::ALL_PROXY])
    }

    /// The hosts that need no proxy, as `NO_PROXY` has them.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a variable that is no text.
    pub fn no_proxy(&self) -> Result<Option<String>, Error> {
        Ok(self.no_proxy_choice()?.value)
    }

    pub(super) fn no_proxy_choice(&self) -> Result<Choice<Option<String>>, Error> {
        self.flag_or_variable(None, &[environment::NO_PROXY])
    }

    /// What a flag gave, else the first of these variables, which are also read in lower
    /// case. The others lose unread.
    fn flag_or_variable(
        &self,
        flag: Option<(String, &str)>,
        variables: &[Variable],
    ) -> Result<Choice<Option<String>>, Error> {
        let mut names = self.environment.in_either_case(variables).into_iter();
        let winner = match flag {
            Some((value, flag)) => Some((value, flag.to_owned())),
            None => match names.next() {
                Some(name) => self.environment.get(&name)?.zip(Some(name)),
                None => None,
            },
        };
        Ok(Choice { beaten: names.collect(), ..Choice::first(winner, None) })
    }

    /// Whether [`Settings::resolve`] needs nothing but what is in memory already. Where
    /// it is not, a file or a command may keep its caller waiting.
    #[must_use]
    pub fn is_at_hand(&self, entry: &Entry) -> bool {
        Scope::new(self, entry).is_at_hand()
    }

    /// The host that `entry`'s vendor would be called at, without any credential.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where it is missing or makes no sense.
    pub fn host(&self, entry: &Entry) -> Result<BaseUrl, Error> {
        let scope = Scope::new(self, entry);
        scope.host()?.value.ok_or_else(|| scope.no_host())
    }

    /// The value of `entry`'s setting called `key`, without any credential.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where it makes no sense.
    pub fn option(&self, entry: &Entry, key: &str) -> Result<Option<String>, Error> {
        let setting = entry.settings.iter().find(|setting| setting.key == key);
        setting.map_or(Ok(None), |setting| Ok(Scope::new(self, entry).option(setting)?.value))
    }

    /// The profile in effect: the named one, else `default` where the file has it.
    #[must_use]
    pub fn profile_name(&self) -> Option<&str> {
        match &self.named {
            Some(named) => Some(&named.name),
            None => self.profile().map(|_| DEFAULT_PROFILE),
        }
    }

    /// Whether the profile was named (`--profile`, `JOBCTL_PROFILE`), and by what.
    #[must_use]
    pub fn profile_source(&self) -> Option<&'static str> {
        self.named.as_ref().map(|named| named.source)
    }

    /// The profile that has a say in `entry`'s host or credential: the named one,
    /// else the default one where it has a table for this provider.
    #[must_use]
    pub fn profile_for(&self, entry: &Entry) -> Option<&str> {
        let has_table = self.profile().is_some_and(|profile| profile.sections.contains_key(entry.name));
        self.profile_name().filter(|_| self.named.is_some() || has_table)
    }

    /// Whether the profile in effect asks for its name before anything is stopped.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.profile().is_some_and(|profile| profile.protected)
    }

    /// Whether nothing may be changed.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only.value == Some(true)
    }

    /// What made the run read-only: `--read-only`, `JOBCTL_READ_ONLY`, or a profile.
    #[must_use]
    pub fn read_only_source(&self) -> Option<&str> {
        self.is_read_only().then_some(&self.read_only.source)
    }

    /// The names of all profiles in the file.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.file.iter().flat_map(|file| file.profiles.keys().map(String::as_str))
    }

    /// Where the configuration file is or would be; `None` with `--no-config`.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Whether a configuration file was read.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// The secret that was given for this call.
    #[must_use]
    pub fn given_secret(&self) -> Option<&Secret> {
        self.overrides.given.as_ref()?.token.as_ref()?.secret.as_ref().ok()
    }

    /// The `token_file` of the profile in effect, as it would be opened, if it is there and
    /// private. It is not read.
    ///
    /// # Errors
    /// As reading it would.
    pub fn token_file(&self, entry: &Entry) -> Result<Option<PathBuf>, Error> {
        let section = self.profile().and_then(|profile| profile.sections.get(entry.name));
        let Some(text) = section.and_then(|section| section.token_file.as_deref()) else { return Ok(None) };
        if self.may_be_secret(text) {
            return Err(credential::no_such_file("token_file"));
        }
        let path = self.path(text);
        credential::check_token_file(&path).map(|()| Some(path))
    }

    /// A path in the file, as it would be opened.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        let home = self.environment.raw(environment::HOME.name).map(PathBuf::from);
        credential::absolute(text, self.folder(), home)
    }

    /// Whether what the file has for a path may be the secret itself.
    pub(super) fn may_be_secret(&self, text: &str) -> bool {
        credential::leads_nowhere(text.as_ref(), &self.path(text))
    }

    /// The environment that these settings are read from.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(super) fn profile(&self) -> Option<&Profile> {
        let name = self.named.as_ref().map_or(DEFAULT_PROFILE, |named| &named.name);
        self.file.as_ref()?.profiles.get(name)
    }

    /// The file as messages call it.
    pub(super) fn file_title(&self) -> String {
        self.location
            .as_ref()
            .map_or_else(|| "the configuration file".to_owned(), |location| visible(&location.path.to_string_lossy()))
    }

    /// The folder that the file's relative paths belong to.
    pub(super) fn folder(&self) -> &Path {
        let folder = self.file.as_ref().and_then(|file| file.path.parent());
        folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn check_profile(&self) -> Result<(), Error> {
        let Some(Named { name, source }) = &self.named else { return Ok(()) };
        if self.profile().is_some() {
            return Ok(());
        }
        let shown = visible(name);
        let problem = match (&self.file, &self.location) {
            (Some(file), _) => {
                let known = file.profiles.keys().map(String::as_str);
                let all = known.clone().collect::<Vec<_>>().join(", ");
                let all = if all.is_empty() { "it has none".to_owned() } else { format!("it has: {all}") };
                format!("no profile `{shown}` ({source}) in {}{} ({all})", self.file_title(), did_you_mean(name, known))
            }
            (None, Some(_)) => {
                format!("profile `{shown}` was named ({source}), and there is no file {}", self.file_title())
            }
            (None, None) if self.overrides.no_config => {
                format!("profile `{shown}` was named ({source}), and --no-config leaves no profiles")
            }
            (None, None) => format!("profile `{shown}` was named ({source}), and there is no configuration file"),
        };
        Err(Error::new(ErrorKind::Configuration, problem))
    }

    /// The flag, else the variable, whose no counts as well, else the profile.
    fn find_read_only(&self) -> Result<Choice<Option<bool>>, Error> {
        let name = environment::READ_ONLY.name;
        let variable = match self.environment.get(name)?.as_deref().map(str::trim) {
            None => None,
            Some("1" | "true" | "yes") => Some(true),
            Some("0" | "false" | "no") => Some(false),
            Some(other) => {
                let problem = format!("{name} must be 1 or 0 (true, false, yes, no), not `{}`", visible(other));
                return Err(Error::new(ErrorKind::Configuration, problem));
            }
        };
        let flag = self.overrides.read_only.then_some((true, "--read-only".to_owned()));
        let variable = variable.map(|on| (on, name.to_owned()));
        let of_profile = |name| Some((self.profile()?.read_only?, format!("profile `{name}`")));
        let profile = self.profile_name().and_then(of_profile);
        Ok(Choice::first([flag, variable, profile].into_iter().flatten(), Some(false)))
    }
}

/// The profile that the flag names, else the variable.
fn named(overrides: &Overrides, environment: &Environment) -> Result<Option<Named>, Error> {
    if let Some(name) = &overrides.profile {
        return Ok(Some(Named { name: name.clone(), source: "--profile" }));
    }
    let source = environment::PROFILE.name;
    Ok(environment.get(source)?.map(|name| Named { name, source }))
}
