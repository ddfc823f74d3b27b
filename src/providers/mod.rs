//! The registry: one row per vendor, one file per vendor.
//!
//! A fifth vendor is one new file here, its `mod` line and its row in [`VENDORS`].
//! Must not know the terminal, the command line or how results are printed.

mod datafold;
mod decode;
mod ids;
mod prequel;
mod settings;
#[cfg(test)]
mod tests;
mod unstructured;
mod veeva;
mod wire;

use std::sync::Arc;

use crate::base_url::BaseUrl;
use crate::canceller::{Canceller, Capabilities, DynCanceller};
use crate::error::{Error, ErrorKind};
use crate::http::Transport;
use crate::job::JobId;

pub use settings::{Credential, ProviderSettings};

/// The key of the setting that is the first part of ids which lack it.
pub(crate) const DESTINATION: &str = "destination";

/// How much of a name that is no vendor's is repeated.
const SHOWN: usize = 200;

/// One way of signing in: the fields that it needs, all of them.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Its name, such as `api_key` or `password`.
    pub name: &'static str,
    /// What it needs, in the order in which people give it.
    pub fields: &'static [Field],
}

/// One field of a credential.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key in the configuration file and in [`Credential`].
    pub key: &'static str,
    /// The environment variable that holds it; `NAME_FILE` names a file with it.
    pub variable: &'static str,
    /// Whether it may never be shown. (A user name may.)
    pub secret: bool,
}

/// A setting of one provider that is no secret.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in the configuration file.
    pub key: &'static str,
    /// The environment variable that holds it.
    pub variable: &'static str,
    /// The value where nobody gives one.
    pub default: Option<&'static str>,
    /// One line for help.
    pub help: &'static str,
    /// Says what is wrong with a value; the message names neither key nor variable.
    pub check: fn(&str) -> Result<(), String>,
}

/// What a vendor declares about itself, beside [`Canceller`].
pub trait Provider: Canceller + Sized {
    /// The name people type.
    const NAME: &'static str;
    /// The vendor's name in prose.
    const TITLE: &'static str;
    /// What an id looks like, for messages: `a positive integer, such as 123`.
    const ID_FORM: &'static str;
    /// The vendor's documentation of the cancel call.
    const DOCS: &'static str;
    /// What it can do and how it behaves.
    const CAPABILITIES: Capabilities;
    /// The environment variable that holds the host.
    const HOST_VARIABLE: &'static str;
    /// The host where nobody gives one; `None` where every customer has his own.
    const DEFAULT_HOST: Option<&'static str>;
    /// The vendor's own hosts where it has several, each with its own accounts.
    const REGIONS: &'static [&'static str] = &[];
    /// The ways of signing in, the preferred first.
    const WAYS: &'static [Way];
    /// Where the vendor's times may not mean what they say: what to tell people who
    /// filter by age.
    const TIMES: Option<&'static str> = None;
    /// Other settings.
    const SETTINGS: &'static [Setting] = &[];

    /// Validates an id and brings it into canonical form. `destination` is the
    /// first part for vendors whose ids have two, from `--destination` or a variable.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    fn parse_id(text: &str, destination: Option<&str>) -> Result<JobId, String>;

    /// The name of the way that a bare token (from `--token-file`, `token_command`
    /// …) belongs to.
    fn token_way(token: &str) -> &'static str {
        let _ = token;
        Self::WAYS[0].name
    }

    /// Vendor-specific clean-up of a host that people copy with too much on it.
    fn prepare_host(host: BaseUrl) -> BaseUrl {
        host
    }

    /// Which environment a credential belongs to (`production`, `staging`), where
    /// that can be told from the credential without showing any of it.
    fn environment(settings: &ProviderSettings) -> Option<&'static str> {
        let _ = settings;
        None
    }

    /// Makes the vendor ready to use. No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where a setting makes no sense.
    fn open(settings: &ProviderSettings, transport: Arc<Transport>) -> Result<Self, Error>;
}

/// One vendor with its type erased into constants and function pointers.
#[derive(Clone, Copy)]
pub struct Entry {
    /// See [`Provider::NAME`].
    pub name: &'static str,
    /// See [`Provider::TITLE`].
    pub title: &'static str,
    /// See [`Provider::ID_FORM`].
    pub id_form: &'static str,
    /// See [`Provider::DOCS`].
    pub docs: &'static str,
    /// See [`Provider::CAPABILITIES`].
    pub capabilities: Capabilities,
    /// See [`Provider::HOST_VARIABLE`].
    pub host_variable: &'static str,
    /// See [`Provider::DEFAULT_HOST`].
    pub default_host: Option<&'static str>,
    /// See [`Provider::REGIONS`].
    pub regions: &'static [&'static str],
    /// See [`Provider::WAYS`].
    pub ways: &'static [Way],
    /// See [`Provider::SETTINGS`].
    pub settings: &'static [Setting],
    /// See [`Provider::TIMES`].
    pub times: Option<&'static str>,
    /// See [`Provider::parse_id`].
    pub parse_id: fn(&str, Option<&str>) -> Result<JobId, String>,
    /// See [`Provider::token_way`].
    pub token_way: fn(&str) -> &'static str,
    /// See [`Provider::prepare_host`].
    pub prepare_host: fn(BaseUrl) -> BaseUrl,
    /// See [`Provider::environment`].
    pub environment: fn(&ProviderSettings) -> Option<&'static str>,
    /// See [`Provider::open`].
    pub open: fn(&ProviderSettings, Arc<Transport>) -> Result<Box<dyn DynCanceller>, Error>,
}

impl Entry {
    /// The row of the vendor `P`.
    #[must_use]
    pub const fn of<P: Provider>() -> Self {
        Self {
            name: P::NAME,
            title: P::TITLE,
            id_form: P::ID_FORM,
            docs: P::DOCS,
            capabilities: P::CAPABILITIES,
            host_variable: P::HOST_VARIABLE,
            default_host: P::DEFAULT_HOST,
            regions: P::REGIONS,
            ways: P::WAYS,
            settings: P::SETTINGS,
            times: P::TIMES,
            parse_id: P::parse_id,
            token_way: P::token_way,
            prepare_host: P::prepare_host,
            environment: P::environment,
            open: |settings, transport| Ok(Box::new(P::open(settings, transport)?)),
        }
    }
}

/// Every vendor.
pub const VENDORS: &[Entry] = &[
    Entry::of::<datafold::Datafold>(),
    Entry::of::<prequel::Prequel>(),
    Entry::of::<unstructured::Unstructured>(),
    Entry::of::<veeva::Veeva>(),
];

/// The vendor called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    VENDORS.iter().find(|entry| entry.name == name)
}

/// As [`find`], where there has to be one.
///
/// # Errors
/// [`ErrorKind::Usage`] with the nearest name.
pub fn known(name: &str) -> Result<&'static Entry, Error> {
    find(name).ok_or_else(|| unknown(name))
}

/// The error for a name that is no vendor's.
pub(crate) fn unknown(name: &str) -> Error {
    let shown: String = name.chars().take(SHOWN).collect();
    let error = Error::new(ErrorKind::Usage, format!("there is no provider {shown:?}"));
    let names = VENDORS.iter().map(|entry| entry.name);
    let list = names.clone().collect::<Vec<_>>().join(", ");
    let folded = shown.to_ascii_lowercase();
    match names.map(|known| (strsim::jaro_winkler(known, &folded), known)).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((close, known)) if close > 0.7 => {
            error.with_hint(format!("did you mean {known}? The providers are {list}"))
        }
        _ => error.with_hint(format!("the providers are {list}")),
    }
}
