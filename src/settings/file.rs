//! The user's configuration file: profiles, and in each a table per provider.
//!
//! Owns the file's place, shape and messages. It holds no secret, only where one
//! is. Must not know which profile is used, nor anything of the environment
//! beyond where the file is.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::{self, Environment};
use crate::error::{Error, ErrorKind};
use crate::providers::Entry;
use crate::text::{did_you_mean, visible};

/// The largest configuration file that is read.
const MOST: u64 = 1 << 20;
/// The keys that every profile has.
const PROFILE_KEYS: [&str; 2] = ["protected", "read_only"];
/// The keys that every provider's table has.
const SECTION_KEYS: [&str; 4] = ["host", "token_command", "token_file", "keychain"];
/// Names under which people try to put a secret into the file.
const SECRET_KEYS: [&str; 8] =
    ["api_key", "apikey", "key", "token", "secret", "password", "session_id", "access_token"];

/// Where the configuration file is, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// `--config`, `JOBCTL_CONFIG` or `default`.
    pub source: &'static str,
}

impl Location {
    /// The file that a run reads; `None` where there is nowhere to look.
    #[must_use]
    pub fn find(flag: Option<&Path>, environment: &Environment) -> Option<Self> {
        if let Some(path) = flag {
            return Some(Self { path: path.to_owned(), source: "--config" });
        }
        if let Some(path) = environment.raw(environment::CONFIG.name) {
            return Some(Self { path: path.into(), source: environment::CONFIG.name });
        }
        let folder = folder(environment)?;
        Some(Self { path: folder.join("jobctl").join("config.toml"), source: "default" })
    }

    /// Whether a missing file is an error.
    #[must_use]
    pub fn must_exist(&self) -> bool {
        self.source != "default"
    }
}

/// The folder of all users' configuration.
fn folder(environment: &Environment) -> Option<PathBuf> {
    if cfg!(windows) {
        return environment.absolute(environment::APPDATA.name);
    }
    environment
        .absolute(environment::XDG_CONFIG_HOME.name)
        .or_else(|| environment.absolute(environment::HOME.name).map(|home| home.join(".config")))
}

/// The file, read and checked.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) profiles: BTreeMap<String, Profile>,
}

/// One profile.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) protected: bool,
    pub(super) read_only: Option<bool>,
    pub(super) sections: BTreeMap<&'static str, Section>,
}

/// What one profile says about one provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) host: Option<String>,
    pub(super) token_command: Option<Vec<String>>,
    pub(super) token_file: Option<String>,
    pub(super) keychain: bool,
    /// Fields that are no secret, and settings, by key.
    pub(super) values: BTreeMap<&'static str, String>,
}

impl File {
    /// Reads the file at `location`; `None` where none is there and none must be.
    pub(super) fn read(location: &Location, vendors: &'static [Entry]) -> Result<Option<Self>, Error> {
        let shown = visible(&location.path.to_string_lossy());
        let fail = |problem: String| Error::new(ErrorKind::Configuration, problem);
        let text = match read_capped(&location.path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) && !location.must_exist() => return Ok(None),
            Err(error) => {
                return Err(fail(format!("cannot read configuration file {shown} ({}): {error}", location.source)));
            }
        };
        if text.len() as u64 > MOST {
            return Err(fail(format!("configuration file {shown} is larger than 1 MiB")));
        }
        let text = String::from_utf8(text).map_err(|_| fail(format!("configuration file {shown} is not UTF-8")))?;
        Self::parse(&location.path, &text, vendors).map(Some)
    }

    /// Reads the file's text.
    pub(super) fn parse(path: &Path, text: &str, vendors: &'static [Entry]) -> Result<Self, Error> {
        // Some editors begin a file with a byte-order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parser = Parser { path, text, vendors };
        let table = DeTable::parse(text).map_err(|error| parser.syntax(&error))?;
        Ok(Self { path: path.to_owned(), profiles: parser.file(table.get_ref())? })
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// Walks the file's tables by hand: the keys depend on the registry, and every
/// message needs file, line and key, and must never show a value.
struct Parser<'a> {
    path: &'a Path,
    text: &'a str,
    vendors: &'static [Entry],
}

impl Parser<'_> {
    fn fail(&self, at: usize, problem: &str) -> Error {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let file = visible(&self.path.to_string_lossy());
        Error::new(ErrorKind::Configuration, format!("{file}:{line}: {problem}"))
    }

    fn syntax(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or_default();
        let duplicate = error.message().contains("duplicate");
        // What stands at the place of any other error may be a secret.
        let key = self
            .text
            .get(span.clone())
            .filter(|_| duplicate)
            .map_or_else(String::new, |key| format!(" `{}`", visible(key)));
        self.fail(span.start, &format!("{}{key}", visible(error.message())))
    }

    fn file(&self, table: &DeTable<'_>) -> Result<BTreeMap<String, Profile>, Error> {
        let mut profiles = BTreeMap::new();
        for (key, value) in table {
            if key.get_ref() != "profiles" {
                return Err(self.unknown(key, "", ["profiles"].into_iter()));
            }
            for (name, value) in self.table(value, "profiles")? {
                let profile = self.profile(name, value)?;
                profiles.insert(name.get_ref().to_string(), profile);
            }
        }
        Ok(profiles)
    }

    fn profile(&self, name: &Key<'_>, value: &Value<'_>) -> Result<Profile, Error> {
        let place = format!("profiles.{}", visible(name.get_ref()));
        if name.get_ref().is_empty() || !name.get_ref().chars().all(|c| c.is_ascii_graphic()) {
            return Err(self.fail(name.span().start, &format!("`{place}`: a profile's name has no spaces or controls")));
        }
        let mut profile = Profile::default();
        for (key, value) in self.table(value, &place)? {
            match &**key.get_ref() {
                "protected" => profile.protected = self.boolean(value, &place, "protected")?,
                "read_only" => profile.read_only = Some(self.boolean(value, &place, "read_only")?),
                word => {
                    let Some(entry) = self.vendors.iter().find(|entry| entry.name == word) else {
                        return Err(self.unknown_in_profile(key, value, &place));
                    };
                    profile.sections.insert(entry.name, self.section(entry, value, &place)?);
                }
            }
        }
        Ok(profile)
    }

    fn unknown_in_profile(&self, key: &Key<'_>, value: &Value<'_>, place: &str) -> Error {
        let word = &**key.get_ref();
        let providers = self.vendors.iter().map(|entry| entry.name);
        if matches!(value.get_ref(), DeValue::Table(_)) {
            let all = providers.clone().collect::<Vec<_>>().join(", ");
            let guess = did_you_mean(word, providers);
            return self.fail(
                key.span().start,
                &format!("unknown provider `{}` in [{place}]{guess} (there are: {all})", visible(word)),
            );
        }
        let of_providers = self.vendors.iter().flat_map(section_keys).any(|known| known == word);
        if of_providers || SECRET_KEYS.contains(&word) {
            let word = visible(word);
            return self.fail(
                key.span().start,
                &format!("`{word}` is no key of a profile: it belongs to a provider's table, [{place}.PROVIDER]"),
            );
        }
        self.unknown(key, place, PROFILE_KEYS.into_iter().chain(providers))
    }

    fn section(&self, entry: &'static Entry, value: &Value<'_>, place: &str) -> Result<Section, Error> {
        let place = format!("{place}.{}", entry.name);
        let mut section = Section::default();
        for (key, value) in self.table(value, &place)? {
            match &**key.get_ref() {
                "host" => section.host = Some(self.string(value, &place, "host")?),
                "token_command" => section.token_command = Some(self.command(value, &place)?),
                "token_file" => section.token_file = Some(self.string(value, &place, "token_file")?),
                "keychain" => section.keychain = self.boolean(value, &place, "keychain")?,
                word => match section_keys(entry).find(|known| *known == word) {
                    Some(known) => drop(section.values.insert(known, self.string(value, &place, known)?)),
                    None => return Err(self.unknown_in_section(entry, key, &place)),
                },
            }
        }
        Ok(section)
    }

    fn unknown_in_section(&self, entry: &'static Entry, key: &Key<'_>, place: &str) -> Error {
        let word = &**key.get_ref();
        let is_secret = environment::fields(entry).any(|field| field.secret && field.key == word);
        if is_secret || SECRET_KEYS.contains(&word.to_ascii_lowercase().as_str()) {
            let problem = format!("`{}` in [{place}]: this file holds no secrets", visible(word));
            return self
                .fail(key.span().start, &problem)
                .with_hint("give token_command = [\"PROGRAM\", ...] or token_file = \"PATH\" instead, and replace the secret if others can read this file");
        }
        self.unknown(key, place, section_keys(entry))
    }

    fn unknown<'k>(&self, key: &Key<'_>, place: &str, known: impl Iterator<Item = &'k str>) -> Error {
        let guess = did_you_mean(key.get_ref(), known);
        let place = if place.is_empty() { String::new() } else { format!(" in [{place}]") };
        self.fail(key.span().start, &format!("unknown key `{}`{place}{guess}", visible(key.get_ref())))
    }

    fn wrong(&self, value: &Value<'_>, place: &str, key: &str, wanted: &str) -> Error {
        let found = kind(value.get_ref());
        self.fail(value.span().start, &format!("`{key}` in [{place}] must be {wanted}, not {found}"))
    }

    fn table<'t, 'i>(&self, value: &'t Value<'i>, place: &str) -> Result<&'t DeTable<'i>, Error> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            other => Err(self.fail(value.span().start, &format!("`{place}` must be a table, not {}", kind(other)))),
        }
    }

    fn boolean(&self, value: &Value<'_>, place: &str, key: &str) -> Result<bool, Error> {
        match value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.wrong(value, place, key, "true or false")),
        }
    }

    fn string(&self, value: &Value<'_>, place: &str, key: &str) -> Result<String, Error> {
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                Err(self.fail(value.span().start, &format!("`{key}` in [{place}] is empty")))
            }
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong(value, place, key, "a string")),
        }
    }

    fn command(&self, value: &Value<'_>, place: &str) -> Result<Vec<String>, Error> {
        let wanted = "an array of strings, the program and its arguments (no shell is used)";
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.wrong(value, place, "token_command", wanted));
        };
        let mut words = Vec::new();
        for item in items {
            let DeValue::String(text) = item.get_ref() else {
                return Err(self.wrong(item, place, "token_command", wanted));
            };
            words.push(text.to_string());
        }
        let program = words.first().map_or("", String::as_str);
        let problem = if program.is_empty() {
            "names no program"
        } else if is_relative(program) {
            "must name its program by name (looked for in PATH), by absolute path or from ~/"
        } else {
            return Ok(words);
        };
        Err(self.fail(value.span().start, &format!("`token_command` in [{place}] {problem}")))
    }
}

/// Whether a program's path depends on the working directory.
fn is_relative(program: &str) -> bool {
    let has_folder = program.contains('/') || (cfg!(windows) && program.contains(['\\', ':']));
    has_folder && !program.starts_with("~/") && !Path::new(program).is_absolute()
}

/// The keys that a table of `entry` may have.
fn section_keys(entry: &Entry) -> impl Iterator<Item = &'static str> + use<> {
    let fields = environment::fields(entry).filter(|field| !field.secret).map(|field| field.key);
    SECTION_KEYS.into_iter().chain(fields).chain(entry.settings.iter().map(|setting| setting.key))
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
