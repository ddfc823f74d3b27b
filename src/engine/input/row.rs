//! A JSON line, as far as it matters.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::shown;
use crate::error::{Error, ErrorKind};

/// What a JSON line is about; rows of other types than a job's may have any keys.
#[derive(Deserialize)]
pub(super) struct About {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) exit_code: Option<Value>,
    pub(super) complete: Option<Value>,
    pub(super) error: Option<IgnoredAny>,
}

impl About {
    /// How the program that wrote the rows ended, where this is its last row and it did
    /// not end well.
    pub(super) fn failure(&self) -> Option<String> {
        let code = self.exit_code.as_ref().filter(|code| **code != 0)?;
        Some(code.as_i64().map_or_else(|| "failed".to_owned(), |code| format!("failed with exit code {code}")))
    }

    /// Whether jobs may have been meant that have no row: a list that broke off, a call
    /// that failed as a whole or was stopped.
    pub(super) fn may_lack_rows(&self) -> bool {
        let stopped = self.exit_code.as_ref().and_then(Value::as_i64).is_some_and(|code| code > 128);
        stopped || self.error.is_some() || self.complete.as_ref().is_some_and(|complete| *complete == false)
    }
}

/// The keys of a JSON line that matter; all others are passed over.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) schema: Option<IgnoredAny>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) id: Option<Id>,
    pub(super) destination: Option<String>,
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
