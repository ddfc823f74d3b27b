//! The published JSON Schemas of everything that programs read.
//!
//! Made from the very types that are written, so that they cannot disagree. Must not
//! know how the types are filled.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::account::{CheckRow, CredentialRow, ProviderRow, SchemaRow, ValueRow};
use super::row::{CancelLine, Document, JobItem, JobLine, ResultRow};
use super::runs::{RecordedRow, RunDocument, RunLine, RunRow};
use crate::engine::journal;

/// A schema's name and how to make it.
type Entry = (&'static str, fn() -> Schema);

/// Every schema. `NAME` is the document of `jobctl NAME -o json`, `NAME.line` one
/// line of its `-o ndjson`; `journal` is one line of a run's record, and `error` what
/// is printed where no other document is due.
const SCHEMAS: &[Entry] = &[
    ("cancel", || envelope(of::<Document<'_, Vec<ResultRow<'_>>>>(), "cancel")),
    ("cancel.line", || envelope(of::<CancelLine<'_>>(), "cancel")),
    ("status", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "status")),
    ("status.line", || envelope(of::<JobLine<'_>>(), "status")),
    ("wait", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "wait")),
    ("wait.line", || envelope(of::<JobLine<'_>>(), "wait")),
    ("list", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "list")),
    ("list.line", || envelope(of::<JobLine<'_>>(), "list")),
    ("runs", || envelope(of::<Document<'_, Vec<RunRow<'_>>>>(), "runs")),
    ("runs.line", || envelope(of::<RunLine<'_>>(), "runs")),
    ("run", || envelope(of::<RunDocument<'_, RunRow<'_>, Vec<RecordedRow<'_>>>>(), "run")),
    ("run.line", || envelope(of::<RunLine<'_>>(), "run")),
    ("journal", of::<journal::Line<'_>>),
    ("auth", || envelope(of::<Document<'_, Vec<CredentialRow>>>(), "auth")),
    ("config", || envelope(of::<Document<'_, Vec<ValueRow>>>(), "config")),
    ("doctor", || envelope(of::<Document<'_, Vec<CheckRow>>>(), "doctor")),
    ("providers", || envelope(of::<Document<'_, Vec<ProviderRow>>>(), "providers")),
    ("schema", || envelope(of::<Document<'_, Vec<SchemaRow>>>(), "schema")),
    ("error", || envelope(of::<Document<'_, [(); 0]>>(), "error")),
];

/// The names of all schemas.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

/// The schema of that name (JSON Schema, draft 2020-12).
#[must_use]
pub fn get(name: &str) -> Option<Value> {
    let (name, make) = SCHEMAS.iter().find(|(known, _)| *known == name)?;
    let mut schema = make();
    schema.insert("title".to_owned(), json!(format!("jobctl {name}")));
    Some(schema.to_value())
}

/// The schema of a type as it is written: what is always there is required.
fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Says which `schema` the envelopes bear, and that `complete` is `list`'s alone.
fn envelope(mut schema: Schema, verb: &str) -> Schema {
    let name = json!(format!("jobctl.{verb}/1"));
    each_object(&mut schema, |object| {
        if let Some(mark) = object.get_mut("properties").and_then(|all| all.get_mut("schema")) {
            *mark = json!({"type": "string", "const": name});
        }
        if verb == "list" { require_complete(object) } else { forget_complete(object) }
    });
    schema
}

type Object = serde_json::Map<String, Value>;

/// Treats the schema itself and every type that it defines.
fn each_object(schema: &mut Schema, mut treat: impl FnMut(&mut Object)) {
    let Some(root) = schema.as_object_mut() else { return };
    treat(root);
    let types = root.get_mut("$defs").and_then(Value::as_object_mut);
    types.into_iter().flat_map(Object::values_mut).filter_map(Value::as_object_mut).for_each(treat);
}

fn forget_complete(object: &mut Object) {
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("complete");
    }
}

fn require_complete(object: &mut Object) {
    let Some(complete) = object.get_mut("properties").and_then(|all| all.get_mut("complete")) else { return };
    // Serialised only where it is known: then it is never null.
    complete["type"] = json!("boolean");
    if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
        required.push(json!("complete"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_and_has_a_name_of_its_own() {
        let mut all: Vec<_> = names().collect();
        for name in &all {
            let schema = get(name).unwrap();
            assert!(jsonschema::meta::is_valid(&schema), "{name}");
            assert!(jsonschema::validator_for(&schema).is_ok(), "{name}");
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), SCHEMAS.len());
        assert!(get("no such schema").is_none());
    }

    #[test]
    fn every_key_of_every_type_is_required() {
        for name in names() {
            let mut schema: Schema = get(name).unwrap().try_into().unwrap();
            each_object(&mut schema, |object| {
                let Some(properties) = object.get("properties").and_then(Value::as_object) else { return };
                let required = object["required"].as_array().unwrap();
                assert_eq!(properties.len(), required.len(), "{name}: {properties:?}");
            });
        }
    }

    #[test]
    fn only_listings_may_be_incomplete() {
        for name in names() {
            let text = get(name).unwrap().to_string();
            assert_eq!(text.contains("complete\""), name.starts_with("list"), "{name}");
        }
    }

    #[test]
    fn a_schema_names_its_document() {
        assert_eq!(get("cancel").unwrap()["properties"]["schema"]["const"], "jobctl.cancel/1");
        assert_eq!(get("wait.line").unwrap()["$defs"]["Start"]["properties"]["schema"]["const"], "jobctl.wait/1");
    }
}
