//! A JSON line, as far as it matters.

use serde::Deserialize;

use super::shown;
use crate::error::{Error, ErrorKind};

/// What a JSON line is about; rows of other types than a job's may have any keys.
#[derive(Deserialize)]
pub(super) struct About {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) exit_code: Option<serde_json::Value>,
    pub(super) complete: Option<serde_json::Value>,
}

/// The keys of a JSON line that matter; all others are passed over.
#[derive(Deserialize)]
pub(super) struct Row {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) schema: Option<serde::de::IgnoredAny>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) id: Option<Id>,
    pub(super) destination: Option<String>,
    pub(super) exit_code: Option<serde_json::Value>,
    pub(super) complete: Option<serde_json::Value>,
}

/// An id in JSON: text, or a whole number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "\"id\" is neither text nor a whole number")]
pub(super) enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// What is wrong with a line that is no row.
pub(super) fn no_json(error: &serde_json::Error) -> Error {
    // Of the text's one line.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&place).unwrap_or(&message);
    Error::new(ErrorKind::InvalidId, format!("no usable JSON: {} (column {})", shown(message), error.column()))
}
