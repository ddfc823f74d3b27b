//! Settings put together from an injected environment and files in a temporary
//! folder, with two vendors of the tests' own.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::{Environment, Given, Overrides, Settings, Token};
use crate::base_url::BaseUrl;
use crate::canceller::Capabilities;
use crate::error::{Error, ErrorKind};
use crate::http::Transport;
use crate::job::JobId;
use crate::providers::ProviderSettings;
use crate::providers::{Entry, Field, Setting, Way};
use crate::secret::Secret;

mod config;
mod explained;
mod precedence;
mod secrets;
mod veeva;

const fn secret(key: &'static str, variable: &'static str) -> Field {
    Field { key, variable, secret: true }
}

const NO_CAPABILITIES: Capabilities = Capabilities {
    batch: 1,
    accepts_on_2xx: false,
    asynchronous: false,
    list: false,
    names: false,
    needs_destination: false,
    poll_floor: None,
    repeat: "",
    semantics: "",
};

const fn entry(
    name: &'static str,
    host_variable: &'static str,
    default_host: Option<&'static str>,
    ways: &'static [Way],
    settings: &'static [Setting],
    token_way: fn(&str) -> &'static str,
) -> Entry {
    Entry {
        name,
        title: name,
        id_form: "",
        docs: "",
        capabilities: NO_CAPABILITIES,
        host_variable,
        default_host,
        regions: &[],
        ways,
        settings,
        times: None,
        parse_id: |_, _| Ok(JobId::from_canonical("1")),
        token_way,
        prepare_host: |host| host.without_suffix("/api/v1"),
        environment: |_: &ProviderSettings| None,
        open: |_, _: Arc<Transport>| Err(Error::new(ErrorKind::Internal, "not opened in tests")),
    }
}

/// A vendor with one key and a default host.
pub(super) const DATAFOLD: Entry = entry(
    "datafold",
    "DATAFOLD_HOST",
    Some("https://app.datafold.com"),
    &[Way { name: "api_key", fields: &[secret("api_key", "DATAFOLD_API_KEY")] }],
    &[],
    |_| "api_key",
);

/// A vendor with three ways of signing in, a setting, and no default host.
pub(super) const VEEVA: Entry = entry(
    "veeva",
    "VEEVA_VAULT_DNS",
    None,
    &[
        Way { name: "session_id", fields: &[secret("session_id", "VEEVA_SESSION_ID")] },
        Way { name: "access_token", fields: &[secret("access_token", "VEEVA_ACCESS_TOKEN")] },
        Way {
            name: "password",
            fields: &[
                Field { key: "username", variable: "VEEVA_USERNAME", secret: false },
                secret("password", "VEEVA_PASSWORD"),
            ],
        },
    ],
    &[Setting {
        key: "api_version",
        variable: "VEEVA_API_VERSION",
        default: Some("v25.3"),
        help: "version of the API",
        check: |text| if text.starts_with('v') { Ok(()) } else { Err(format!("`{text}` is no version")) },
    }],
    |token| if token.starts_with("veeva-vault-") { "access_token" } else { "session_id" },
);

static VENDORS: &[Entry] = &[DATAFOLD, VEEVA];

/// The text of every secret in these tests; no message may have it.
const SECRET: &str = "hunter2";

/// A call to be made: an environment, a file and flags.
struct Call {
    folder: TempDir,
    variables: Vec<(String, String)>,
    overrides: Overrides,
}

impl Call {
    /// A call with this configuration file.
    fn with(config: &str) -> Self {
        let call = Self::bare();
        let folder = call.folder.path().join(".config/jobctl");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), config).unwrap();
        call
    }

    /// A call without a configuration file.
    fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = vec![
            ("HOME".to_owned(), folder.path().to_str().unwrap().to_owned()),
            ("PATH".to_owned(), "relative:/usr/bin:/bin".to_owned()),
        ];
        Self { folder, variables, overrides: Overrides::default() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn profile(mut self, name: &str) -> Self {
        self.overrides.profile = Some(name.to_owned());
        self
    }

    fn host(mut self, provider: &'static str, host: &str) -> Self {
        let token = self.overrides.given.take().and_then(|given| given.token);
        self.overrides.given = Some(Given::flags(provider, Some(host.to_owned()), token));
        self
    }

    fn token(mut self, provider: &'static str, token: &str) -> Self {
        let host = self.overrides.given.take().and_then(|given| given.host);
        let token = Token { secret: Ok(Secret::new(token).unwrap()), source: "--token-stdin".to_owned() };
        self.overrides.given = Some(Given::flags(provider, host, Some(token)));
        self
    }

    /// Writes a file into the call's folder.
    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let _ = mode;
        path
    }

    fn settings(&self) -> Result<Settings, Error> {
        let result = Settings::load_for(VENDORS, self.overrides.clone(), Environment::of(self.variables.clone()));
        if let Ok(settings) = &result {
            check_explained(settings);
        }
        result
    }

    fn resolve(&self, entry: &Entry) -> Result<Answer, Error> {
        let result = self.settings().and_then(|settings| settings.resolve(entry));
        if let Err(error) = &result {
            let text = format!("{error:?} {error}");
            assert!(!text.contains(SECRET), "a secret in an error: {text}");
        }
        result.map(|resolved| Answer {
            host: resolved.settings.host.to_string(),
            way: resolved.settings.credential.way,
            fields: resolved.settings.credential.fields.iter().map(|(_, secret)| secret.expose().to_owned()).collect(),
            options: resolved.settings.options,
            warnings: resolved.warnings,
        })
    }

    /// Host and secrets, joined for comparison; no warnings.
    fn quiet(&self, entry: &Entry) -> String {
        let answer = self.resolve(entry).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer.warnings, Vec::<String>::new());
        answer.short()
    }

    fn fails(&self, entry: &Entry, kind: ErrorKind, words: &[&str]) {
        let error = self.resolve(entry).map(|answer| answer.short()).unwrap_err();
        let text = format!("{} → {}", error.message, error.hint().unwrap_or_default());
        assert_eq!(error.kind, kind, "{text}");
        for word in words {
            assert!(text.contains(word), "no `{word}` in: {text}");
        }
    }
}

struct Answer {
    host: String,
    way: &'static str,
    fields: Vec<String>,
    options: Vec<(&'static str, String)>,
    warnings: Vec<String>,
}

impl Answer {
    fn short(&self) -> String {
        format!("{} {} {}", self.host, self.way, self.fields.join("+"))
    }
}

/// What holds for every explanation, whatever the settings.
fn check_explained(settings: &Settings) {
    let mut rows = settings.explain_run();
    rows.extend(VENDORS.iter().flat_map(|entry| settings.explain(entry)));
    let text = format!("{rows:?} {settings:?} {:?} {:?}", settings.overrides, settings.environment);
    let rows = serde_json::to_string(&rows).unwrap();
    assert!(!rows.contains(SECRET) && !text.contains(SECRET), "a secret in an explanation: {rows} {text}");
}

const DATAFOLD_MISSING: ErrorKind = ErrorKind::CredentialsMissing;

fn base(text: &str) -> BaseUrl {
    BaseUrl::parse(text).unwrap()
}
