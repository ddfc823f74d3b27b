//! The published JSON Schemas of everything that programs read.
//!
//! They are made from the very types that are written (`made`, in tests), kept as files
//! in `schemas/`, and packed into the program by `build.rs`. Must not know how the types
//! are filled.

#[cfg(test)]
pub(super) mod made;

use std::sync::OnceLock;

use serde_json::Value;

use super::account::SchemaRow;

/// Every command that programs read: the name of its schema, under `schema` stands
/// `jobctl.NAME/1`, and the command as it is typed. Its document is the schema `NAME`,
/// one line of its stream `NAME.line`. Where a command has no rows of jobs, its stream
/// is an error's.
const OUTPUTS: [(&str, &str); 12] = [
    ("cancel", "cancel"),
    ("status", "status"),
    ("wait", "wait"),
    ("list", "list"),
    ("runs", "runs list"),
    ("run", "runs show"),
    ("auth", "auth"),
    ("config", "config"),
    ("providers", "providers"),
    ("doctor", "doctor"),
    ("schema", "schema"),
    ("error", ""),
];

/// Files that programs may read: one line of each.
const FILES: [(&str, &str); 2] =
    [("plan", "one line of the file of `cancel -n --plan-out`"), ("journal", "one line of a run's record")];

/// The names of all schemas, and what each is of.
pub fn rows() -> impl Iterator<Item = SchemaRow> {
    let outputs = OUTPUTS.iter().flat_map(|(name, command)| {
        let of = match *command {
            "" => "any other command that fails with".to_owned(),
            command => format!("`{command}` with"),
        };
        [
            SchemaRow { name: (*name).to_owned(), describes: format!("the document of {of} `-o json`") },
            SchemaRow { name: format!("{name}.line"), describes: format!("one line of {of} `-o ndjson`") },
        ]
    });
    outputs.chain(FILES.iter().map(|(name, of)| SchemaRow { name: (*name).into(), describes: (*of).into() }))
}

/// The schema of that name (JSON Schema, draft 2020-12), as its file has it.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    static ALL: OnceLock<String> = OnceLock::new();
    let packed = include_bytes!(concat!(env!("OUT_DIR"), "/schemas.lz4"));
    let unpack = || lz4_flex::decompress_size_prepended(packed).ok().and_then(|text| String::from_utf8(text).ok());
    // A name and its text, one after the other.
    let mut all = ALL.get_or_init(|| unpack().unwrap_or_default()).split('\0');
    while let (Some(known), Some(text)) = (all.next(), all.next()) {
        if known == name {
            return Some(text);
        }
    }
    None
}

/// As [`text`], parsed.
#[must_use]
pub fn get(name: &str) -> Option<Value> {
    serde_json::from_str(text(name)?).ok()
}
