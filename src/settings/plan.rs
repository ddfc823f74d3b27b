//! Which secret is used for a provider's host, decided before any is read.
//!
//! A [`Plan`] can be explained without running or reading anything, and obtained
//! once. A profile's secret goes to that profile's host only.

use super::credential::Token;
use super::environment::{self, file_variable};
use super::file::Section;
use super::scope::{NOT_SET, Scope};
use super::show::shown_command;
use crate::base_url::BaseUrl;
use crate::providers::Credential;
use crate::providers::{Field, Way};
use crate::text::visible;

/// Where one field of a credential comes from.
#[derive(Clone, Debug)]
pub(super) enum Part<'a> {
    /// The variable of the field's own name.
    Variable,
    /// The file that `NAME_FILE` names.
    File,
    /// The profile; never for a secret.
    Profile(&'a str),
}

/// Where a profile's secret comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept<'a> {
    Command(&'a [String]),
    Keychain,
    File(&'a str),
}

/// The source that wins.
#[derive(Debug)]
pub(super) enum Origin<'a> {
    Given(&'a Token),
    Variables { way: &'static Way, parts: Vec<Part<'a>> },
    Profile(Kept<'a>),
    Missing,
}

/// The variables of one way, as far as they are there.
struct Found<'a> {
    way: &'static Way,
    parts: Vec<Option<Part<'a>>>,
}

/// The choice of a secret for one host.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) origin: Origin<'a>,
    /// Other sources that have a secret, as they are called.
    pub(super) beaten: Vec<String>,
    /// Variables that lose to a named profile.
    pub(super) ignored: Vec<&'static Field>,
    /// Ways of which only some variables are set.
    pub(super) incomplete: Vec<String>,
    /// The profile has a secret, for another host than this.
    pub(super) withheld: bool,
    /// The profile's fields may be used with this host.
    pub(super) at_profile_host: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn make(scope: &Scope<'a>, host: Option<&BaseUrl>) -> Self {
        // Where there is no profile, its host plays no part.
        let at_profile_host = scope.section.is_some() && host.is_some() && scope.profile_host().as_ref() == host;
        let found = found(scope, at_profile_host && !scope.is_named());
        let kept = scope.section.map_or_else(Vec::new, kept);
        let mut plan = Self {
            origin: Origin::Missing,
            beaten: Vec::new(),
            ignored: Vec::new(),
            incomplete: found.iter().filter_map(Found::gap).collect(),
            withheld: !kept.is_empty() && host.is_some() && !at_profile_host,
            at_profile_host,
        };
        plan.choose(scope, &found, &kept, host.is_none());
        if scope.is_named() {
            let set = environment::fields(scope.entry).filter(|field| part(scope, field).is_some());
            plan.ignored = set.collect();
        }
        plan
    }

    fn choose(&mut self, scope: &Scope<'a>, found: &[Found<'a>], kept: &[Kept<'a>], no_host: bool) {
        let mut sources: Vec<(Origin<'a>, String)> = Vec::new();
        if let Some(token) = scope.given().and_then(|given| given.token.as_ref()) {
            sources.push((Origin::Given(token), token.source.clone()));
        }
        for found in found {
            let parts: Option<Vec<_>> = found.parts.iter().cloned().collect();
            match parts {
                Some(parts) if !scope.is_named() => {
                    sources.push((Origin::Variables { way: found.way, parts }, found.names()));
                }
                _ if found.is_begun() => self.beaten.push(found.names()),
                _ => {}
            }
        }
        // A variable beats the file that its NAME_FILE names.
        let fields = environment::fields(scope.entry).filter(|field| scope.environment().has(field.variable));
        let files = fields.map(|field| file_variable(field.variable));
        self.beaten.extend(files.filter(|name| scope.environment().has(name)));
        for kept in kept {
            if self.at_profile_host || no_host {
                sources.push((Origin::Profile(*kept), kept.title(scope)));
            } else {
                self.beaten.push(format!("{} (for another host)", kept.title(scope)));
            }
        }
        let mut sources = sources.into_iter();
        if let Some((origin, _)) = sources.next() {
            self.origin = origin;
        }
        let mut beaten: Vec<_> = sources.map(|(_, title)| title).collect();
        beaten.append(&mut self.beaten);
        self.beaten = beaten;
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self.origin, Origin::Missing)
    }

    /// The winning source as people call it.
    pub(super) fn source(&self, scope: &Scope<'_>) -> String {
        match &self.origin {
            Origin::Given(token) => token.source.clone(),
            Origin::Variables { way, parts } => names(way.fields.iter().zip(parts)),
            Origin::Profile(kept) => kept.title(scope),
            Origin::Missing => NOT_SET.to_owned(),
        }
    }

    /// The fields that are no secret, with the values they would have.
    pub(super) fn open_fields(&self, scope: &Scope<'_>) -> Vec<(&'static str, Option<String>, String)> {
        match &self.origin {
            Origin::Variables { way, parts } => {
                let open = way.fields.iter().zip(parts).filter(|(field, _)| !field.secret);
                open.map(|(field, part)| {
                    let value = match part {
                        Part::Variable => scope.environment().text(field.variable),
                        Part::File => None,
                        Part::Profile(value) => Some((*value).to_owned()),
                    };
                    (field.key, value, names([(field, part)]))
                })
                .collect()
            }
            Origin::Profile(_) => {
                let source = |key| format!("{key} in {}", scope.table());
                scope.open_values().map(|(key, value)| (key, Some(value), source(key))).collect()
            }
            Origin::Given(_) | Origin::Missing => Vec::new(),
        }
    }

    /// What the user should know, also where everything went well.
    pub(super) fn warnings(&self, scope: &Scope<'_>, credential: Option<&Credential>) -> Vec<String> {
        let mut warnings = Vec::new();
        let given = matches!(self.origin, Origin::Given(_));
        for field in self.ignored.iter().filter(|_| !given) {
            let value = scope.environment().text(field.variable);
            let same = credential
                .and_then(|credential| credential.get(field.key))
                .is_some_and(|secret| value.is_some_and(|value| value.trim() == secret.expose()));
            if let (false, Some(part)) = (same, part(scope, field)) {
                let (name, profile) = (names([(*field, &part)]), scope.profile_title());
                warnings.push(format!("{name} is ignored: {profile} was named, and only its own credential counts"));
            }
        }
        if matches!(self.origin, Origin::Profile(_)) && !scope.is_named() {
            let profile = scope.profile_title();
            let uses = |gap: &String| format!("{gap}, so the credential of {profile} is used");
            warnings.extend(self.incomplete.iter().map(uses));
        }
        warnings
    }
}

impl Found<'_> {
    fn is_begun(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Some(Part::Variable | Part::File)))
    }

    fn set(&self) -> impl Iterator<Item = (&'static Field, &Part<'_>)> {
        let both = self.way.fields.iter().zip(&self.parts).filter_map(|(field, part)| Some((field, part.as_ref()?)));
        both.filter(|(_, part)| !matches!(part, Part::Profile(_)))
    }

    /// The variables that are set.
    fn names(&self) -> String {
        names(self.set())
    }

    /// Says what is missing of a way that has been begun and not finished.
    fn gap(&self) -> Option<String> {
        let lacking: Vec<_> = self.way.fields.iter().zip(&self.parts).filter(|(_, part)| part.is_none()).collect();
        if !self.is_begun() || lacking.is_empty() {
            return None;
        }
        let lacking: Vec<_> = lacking.into_iter().map(|(field, _)| field.variable).collect();
        Some(format!("{} is set, but {} is not", self.names(), lacking.join(" and ")))
    }
}

/// The ways of the vendor with their variables. A profile's own user name may
/// stand beside a password from a variable, at the profile's host.
fn found<'a>(scope: &Scope<'a>, with_profile: bool) -> Vec<Found<'a>> {
    let section = scope.section.filter(|_| with_profile);
    let from_profile = |field: &Field| {
        let value = section?.values.get(field.key).filter(|_| !field.secret)?;
        Some(Part::Profile(value))
    };
    let one = |way: &'static Way| Found {
        way,
        parts: way.fields.iter().map(|field| part(scope, field).or_else(|| from_profile(field))).collect(),
    };
    scope.entry.ways.iter().map(one).collect()
}

/// Where the environment has this field.
pub(super) fn part(scope: &Scope<'_>, field: &Field) -> Option<Part<'static>> {
    if scope.environment().has(field.variable) {
        return Some(Part::Variable);
    }
    scope.environment().has(&file_variable(field.variable)).then_some(Part::File)
}

/// The sources of these fields, as people call them.
pub(super) fn names<'p>(parts: impl IntoIterator<Item = (&'static Field, &'p Part<'p>)>) -> String {
    let name = |(field, part): (&'static Field, &Part<'_>)| match part {
        Part::Variable => field.variable.to_owned(),
        Part::File => file_variable(field.variable),
        Part::Profile(_) => format!("the profile's {}", field.key),
    };
    parts.into_iter().map(name).collect::<Vec<_>>().join(" and ")
}

/// The sources of a secret in a profile, the first of which is used.
fn kept(section: &Section) -> Vec<Kept<'_>> {
    let command = section.token_command.as_deref().map(Kept::Command);
    let keychain = section.keychain.then_some(Kept::Keychain);
    let file = section.token_file.as_deref().map(Kept::File);
    command.into_iter().chain(keychain).chain(file).collect()
}

impl Kept<'_> {
    /// The source as people call it.
    pub(super) fn title(&self, scope: &Scope<'_>) -> String {
        let table = scope.table();
        match self {
            Self::Command(argv) => format!("token_command {} in {table}", shown_command(argv)),
            Self::Keychain => format!("keychain in {table}"),
            Self::File(path) if scope.settings.may_be_secret(path) => format!("token_file in {table}"),
            Self::File(path) => format!("token_file {} in {table}", visible(path)),
        }
    }
}
