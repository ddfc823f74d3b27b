//! Every environment variable that jobctl reads, and the one way to read them.
//!
//! Owns the names ([`VARIABLES`]; the vendors' come from the registry's rows) and
//! [`Environment`]. Must not know what the values mean.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind};
use crate::providers::{Entry, Field};

/// One environment variable of jobctl's own or of the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// One line for help.
    pub help: &'static str,
}

const fn variable(name: &'static str, help: &'static str) -> Variable {
    Variable { name, help }
}

// Each says itself what it is for, in the line that help prints.
pub(crate) const CONFIG: Variable = variable("JOBCTL_CONFIG", "configuration file, as --config");
pub(crate) const PROFILE: Variable = variable("JOBCTL_PROFILE", "profile, exactly as --profile");
pub(crate) const OUTPUT: Variable = variable("JOBCTL_OUTPUT", "output format, as --output");
pub(crate) const READ_ONLY: Variable = variable(
    "JOBCTL_READ_ONLY",
    "1 refuses everything that changes a job, as --read-only; 0 lifts a profile's read_only",
);
pub(crate) const SANDBOX: Variable =
    variable("JOBCTL_SANDBOX", "set by jobctl sandbox: every call must go there, or nothing is sent");
pub(crate) const SANDBOX_FAULTS: Variable =
    variable("JOBCTL_SANDBOX_FAULTS", "faults for --sandbox to rehearse, such as 500=0.1,drop=0.02");
pub(crate) const NO_COLOR: Variable = variable("NO_COLOR", "no colour, with --color auto");
pub(crate) const CLICOLOR_FORCE: Variable = variable("CLICOLOR_FORCE", "colour even where the output is no terminal");
pub(crate) const CLICOLOR: Variable = variable("CLICOLOR", "0 means no colour");
pub(crate) const TERM: Variable = variable("TERM", "dumb means no colour and no progress line");
pub(crate) const LC_ALL: Variable =
    variable("LC_ALL", "locale: arrows and bars only where it is UTF-8 (also LC_CTYPE, LANG)");
pub(crate) const LC_CTYPE: Variable = variable("LC_CTYPE", "as LC_ALL");
pub(crate) const LANG: Variable = variable("LANG", "as LC_ALL");
pub(crate) const COLUMNS: Variable =
    variable("COLUMNS", "width for tables and sentences, instead of the terminal's own");
pub(crate) const HTTPS_PROXY: Variable =
    variable("HTTPS_PROXY", "proxy, where --proxy gives none (also in lower case)");
pub(crate) const ALL_PROXY: Variable =
    variable("ALL_PROXY", "proxy, where HTTPS_PROXY gives none (also in lower case)");
pub(crate) const NO_PROXY: Variable = variable("NO_PROXY", "hosts that need no proxy (also in lower case)");
pub(crate) const XDG_CONFIG_HOME: Variable =
    variable("XDG_CONFIG_HOME", "folder of jobctl/config.toml, where absolute; otherwise ~/.config");
pub(crate) const XDG_STATE_HOME: Variable =
    variable("XDG_STATE_HOME", "folder of jobctl/runs, where absolute; otherwise ~/.local/state");
pub(crate) const HOME: Variable = variable("HOME", "home folder, for ~ and the two above");
pub(crate) const APPDATA: Variable = variable("APPDATA", r"folder of jobctl\config.toml on Windows");
pub(crate) const LOCALAPPDATA: Variable = variable("LOCALAPPDATA", r"folder of jobctl\runs on Windows");
pub(crate) const USER: Variable = variable("USER", "who runs the program, for the journal (also LOGNAME, USERNAME)");
pub(crate) const LOGNAME: Variable = variable("LOGNAME", "as USER");
pub(crate) const USERNAME: Variable = variable("USERNAME", "as USER, on Windows");
pub(crate) const COMPUTERNAME: Variable = variable("COMPUTERNAME", "the machine, for the journal, on Windows");
pub(crate) const GITHUB_SERVER_URL: Variable =
    variable("GITHUB_SERVER_URL", "with GITHUB_REPOSITORY and GITHUB_RUN_ID: the pipeline's page, for the journal");
pub(crate) const GITHUB_REPOSITORY: Variable = variable("GITHUB_REPOSITORY", "see GITHUB_SERVER_URL");
pub(crate) const GITHUB_RUN_ID: Variable = variable("GITHUB_RUN_ID", "see GITHUB_SERVER_URL");
pub(crate) const CI_JOB_URL: Variable = variable("CI_JOB_URL", "the pipeline's page, for the journal (GitLab)");
pub(crate) const BUILDKITE_BUILD_URL: Variable =
    variable("BUILDKITE_BUILD_URL", "the pipeline's page, for the journal (Buildkite)");
pub(crate) const CIRCLE_BUILD_URL: Variable =
    variable("CIRCLE_BUILD_URL", "the pipeline's page, for the journal (CircleCI)");
pub(crate) const BUILD_URL: Variable = variable("BUILD_URL", "the pipeline's page, for the journal (Jenkins)");
pub(crate) const PATH: Variable =
    variable("PATH", "where token_command's program is looked for (absolute folders only)");

/// Every variable that is no vendor's.
pub const VARIABLES: &[Variable] = &[
    CONFIG,
    PROFILE,
    OUTPUT,
    READ_ONLY,
    SANDBOX,
    SANDBOX_FAULTS,
    NO_COLOR,
    CLICOLOR_FORCE,
    CLICOLOR,
    TERM,
    LC_ALL,
    LC_CTYPE,
    LANG,
    COLUMNS,
    HTTPS_PROXY,
    ALL_PROXY,
    NO_PROXY,
    XDG_CONFIG_HOME,
    XDG_STATE_HOME,
    HOME,
    APPDATA,
    LOCALAPPDATA,
    USER,
    LOGNAME,
    USERNAME,
    COMPUTERNAME,
    GITHUB_SERVER_URL,
    GITHUB_REPOSITORY,
    GITHUB_RUN_ID,
    CI_JOB_URL,
    BUILDKITE_BUILD_URL,
    CIRCLE_BUILD_URL,
    BUILD_URL,
    PATH,
];

/// The name of the variable that holds the path of a file with `variable`'s value.
#[must_use]
pub fn file_variable(variable: &str) -> String {
    format!("{variable}_FILE")
}

/// The variables of one vendor with a help line each: host, credentials, settings.
#[must_use]
pub fn vendor_variables(entry: &Entry) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let default = entry.default_host.map_or_else(|| "required".to_owned(), |host| format!("default {host}"));
    rows.push((entry.host_variable.to_owned(), format!("{} host ({default})", entry.title)));
    for field in fields(entry) {
        let what = field.key.replace('_', " ");
        rows.push((field.variable.to_owned(), format!("{} {what}", entry.title)));
        rows.push((file_variable(field.variable), format!("path of a file with the {what}")));
    }
    for setting in entry.settings {
        let default = setting.default.map_or_else(String::new, |value| format!(" (default {value})"));
        rows.push((setting.variable.to_owned(), format!("{}{default}", setting.help)));
    }
    rows
}

/// Every variable of these vendors that holds a secret or leads to one.
pub(super) fn secret_variables(vendors: &[Entry]) -> Vec<String> {
    secret_fields(vendors).flat_map(|field| [field.variable.to_owned(), file_variable(field.variable)]).collect()
}

/// The fields of these vendors that are secrets.
pub fn secret_fields(vendors: &[Entry]) -> impl Iterator<Item = &'static Field> {
    vendors.iter().flat_map(fields).filter(|field| field.secret)
}

/// The fields of all ways of one vendor.
pub(super) fn fields(entry: &Entry) -> impl Iterator<Item = &'static Field> + use<> {
    entry.ways.iter().flat_map(|way| way.fields)
}

/// The environment that settings are read from.
#[derive(Clone, Debug)]
pub struct Environment(Source);

#[derive(Clone)]
enum Source {
    Process,
    Map(BTreeMap<String, OsString>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets.
        f.write_str(match self {
            Self::Process => "Process",
            Self::Map(_) => "Map",
        })
    }
}

impl Environment {
    /// The process's own.
    #[must_use]
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// Exactly these variables and no others, for tests and embedding.
    #[must_use]
    pub fn of<N: Into<String>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(Source::Map(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }

    /// The value of `name` as it is; an empty one counts as none.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<OsString> {
        let value = match &self.0 {
            Source::Process => std::env::var_os(name),
            Source::Map(map) => map.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Whether `name` has a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The value of `name` as text; an empty one counts as none.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where it is not UTF-8.
    pub fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        match value.into_string() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::new(ErrorKind::Configuration, format!("{name} is not valid UTF-8"))),
        }
    }

    /// As [`Environment::get`], where what is no text may count as none.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).ok().flatten()
    }

    /// The names under which these variables, which are also read in lower case, have a
    /// value that is not blank; the one that counts stands first.
    pub(super) fn in_either_case(&self, variables: &[Variable]) -> Vec<String> {
        // Windows knows a variable by both names.
        let one_case = cfg!(windows) && matches!(self.0, Source::Process);
        let lower = |name: &str| (!one_case).then(|| name.to_ascii_lowercase());
        let names = variables.iter().flat_map(|variable| [Some(variable.name.to_owned()), lower(variable.name)]);
        let is_filled = |name: &String| self.raw(name).is_some_and(|value| !value.to_string_lossy().trim().is_empty());
        names.flatten().filter(is_filled).collect()
    }

    /// The folder that `name` names. A relative one is passed over: it would lead into
    /// the working directory.
    pub(super) fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Every variable but those in `hidden` (in any letter case: Windows has none).
    pub(super) fn all_but(&self, hidden: &[String]) -> Vec<(OsString, OsString)> {
        let all: Vec<(OsString, OsString)> = match &self.0 {
            Source::Process => std::env::vars_os().collect(),
            Source::Map(map) => map.iter().map(|(name, value)| (name.into(), value.clone())).collect(),
        };
        let is_hidden = |name: &OsString| hidden.iter().any(|one| name.eq_ignore_ascii_case(one));
        all.into_iter().filter(|(name, _)| !is_hidden(name)).collect()
    }

    /// A variable that has a value and a name much like `wanted`, which has none.
    /// The names in `known` are somebody else's.
    pub(super) fn similar(&self, wanted: &str, known: &[String]) -> Option<String> {
        let names = self.all_but(&[]).into_iter().filter(|(_, value)| !value.is_empty());
        let names = names.filter_map(|(name, _)| name.into_string().ok());
        names.filter(|name| !known.contains(name)).find(|name| is_similar(name, wanted))
    }
}

fn is_similar(name: &str, wanted: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // VEEVA_VAULT_PASSWORD for VEEVA_PASSWORD; but an id is seldom the same id.
    let ends = |text: &str| (text.split('_').next().map(str::to_owned), text.rsplit('_').next().map(str::to_owned));
    let same_ends = !wanted.ends_with("_ID") && ends(&upper) == ends(wanted);
    same_ends || upper.starts_with(&format!("{wanted}_")) || strsim::damerau_levenshtein(&upper, wanted) <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{DATAFOLD, VEEVA};

    #[test]
    fn an_empty_value_is_none() {
        let environment = Environment::of([("A", ""), ("B", "b")]);
        assert_eq!(environment.get("A").unwrap(), None);
        assert_eq!(environment.get("B").unwrap().as_deref(), Some("b"));
        assert!(!environment.has("A") && !environment.has("C"));
    }

    #[test]
    fn a_variable_that_is_read_in_both_cases_is_first_read_in_upper() {
        let found = |variables: &[(&str, &str)]| {
            Environment::of(variables.iter().copied()).in_either_case(&[variable("A_B", ""), variable("C", "")])
        };
        assert_eq!(found(&[("c", "x"), ("a_b", "lower"), ("A_B", "upper")]), ["A_B", "a_b", "c"]);
        assert_eq!(found(&[("A_B", ""), ("C", " \t"), ("a_b", "lower")]), ["a_b"]);
        assert_eq!(found(&[("a_B", "mixed")]), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_no_text_is_an_error_without_the_value() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::of([("JOBCTL_PROFILE", OsString::from_vec(b"pr\xffod".to_vec()))]);
        let error = environment.get("JOBCTL_PROFILE").unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Configuration, "JOBCTL_PROFILE is not valid UTF-8")
        );
    }

    #[test]
    fn names_are_declared_once() {
        let mut names: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), VARIABLES.len());
    }

    #[test]
    fn a_vendors_variables_come_from_its_row() {
        let names: Vec<_> = vendor_variables(&VEEVA).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[..3], ["VEEVA_VAULT_DNS", "VEEVA_SESSION_ID", "VEEVA_SESSION_ID_FILE"]);
        assert!(names.contains(&"VEEVA_USERNAME_FILE".to_owned()));
        assert_eq!(names.last().unwrap(), "VEEVA_API_VERSION");
        let secrets = secret_variables(&[DATAFOLD, VEEVA]);
        assert!(secrets.contains(&"VEEVA_PASSWORD_FILE".to_owned()));
        assert!(!secrets.contains(&"VEEVA_USERNAME".to_owned()));
    }

    #[test]
    fn a_misspelt_name_is_noticed() {
        let known = vec!["PREQUEL_API_KEY".to_owned()];
        for name in [
            "DATAFOLD_APIKEY",
            "DATAFOLDAPIKEY",
            "DATAFOLD_KEY",
            "DATAFOLD_API_KEYS",
            "DATAFOLD_API_KEY_PROD",
            "DATAFLOD_API_KEY",
            "datafold_api_key",
        ] {
            let environment = Environment::of([(name, "x"), ("PATH", "/bin"), ("PREQUEL_API_KEY", "x")]);
            assert_eq!(environment.similar("DATAFOLD_API_KEY", &known).as_deref(), Some(name));
        }
        let environment = Environment::of([("PREQUEL_API_KEY", "x"), ("DATAFOLD_APIKEY", ""), ("DATAFOLD_HOST", "h")]);
        assert_eq!(environment.similar("DATAFOLD_API_KEY", &known), None);
    }
}
