//! The rows of `auth`, `doctor`, `providers` and `schema` in machine output. Those of
//! `config` are the settings' own.
//!
//! Must not know how they come about.

use serde::{Serialize, Serializer};

use super::row::ErrorObject;
use crate::canceller::Capabilities;
use crate::error::Error;

/// One provider's credential: what is used, or what became of it in the keychain.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Credential"))]
pub struct CredentialRow {
    /// Always `credential`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `status`, `stored`, `removed` or `absent`.
    pub action: &'static str,
    /// The provider.
    pub provider: &'static str,
    /// The host that it is for, as a URL.
    pub host: Option<String>,
    /// The profile that has a say in it.
    pub profile: Option<String>,
    /// Whether there is one, and it was accepted where the vendor was asked.
    pub ok: bool,
    /// Where it comes from, in words.
    pub source: Option<String>,
    /// The sources that have one too, and lost.
    pub beaten: Vec<String>,
    /// Whether the vendor was asked.
    pub checked: bool,
    /// Whose it is, where the vendor told.
    pub account: Option<String>,
    /// Which environment it belongs to, where the credential itself tells.
    pub environment: Option<&'static str>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
    /// Why there is none, or why it was not accepted.
    #[serde(serialize_with = "error_object")]
    #[cfg_attr(test, schemars(with = "Option<ErrorObject<'static>>"))]
    pub error: Option<Error>,
}

/// How something that was looked at is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All is well.
    Ok,
    /// Worth a look.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that `doctor` looked at.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Check"))]
pub struct CheckRow {
    /// Always `check`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What was looked at, such as `dns`.
    pub check: &'static str,
    /// The provider that it is about; `null` for the whole machine.
    pub provider: Option<&'static str>,
    /// How it is.
    pub status: Status,
    /// What was found.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Why it does not work.
    #[serde(serialize_with = "error_object")]
    #[cfg_attr(test, schemars(with = "Option<ErrorObject<'static>>"))]
    pub error: Option<Error>,
}

/// One provider, and what it can do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Provider"))]
pub struct ProviderRow {
    /// The name that people type.
    pub name: &'static str,
    /// The vendor's name in prose.
    pub title: &'static str,
    /// What an id looks like.
    pub id: &'static str,
    /// What it can do and how it behaves.
    #[serde(flatten)]
    pub capabilities: Capabilities,
    /// The filters that `list` and selections can honour there.
    pub filters: Vec<&'static str>,
    /// What is to be known about ages there.
    pub times: Option<&'static str>,
    /// The variable that holds the host.
    pub host_variable: &'static str,
    /// The host where nobody gives one.
    pub default_host: Option<&'static str>,
    /// The ways of signing in, each with the variables that it needs.
    pub credentials: Vec<Vec<&'static str>>,
    /// The variables of its other settings.
    pub settings: Vec<&'static str>,
    /// The vendor's documentation of the cancel call.
    pub docs: &'static str,
}

/// One published schema.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SchemaName"))]
pub struct SchemaRow {
    /// Its name, for `jobctl schema NAME`.
    pub name: String,
    /// What it is the schema of.
    pub describes: String,
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn error_object<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().map(ErrorObject::new).serialize(serializer)
}
