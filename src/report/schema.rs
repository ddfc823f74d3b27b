//! The published JSON Schemas of everything that programs read.
//!
//! Made from the very types that are written, so that they cannot disagree. Must not
//! know how the types are filled.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::row::{CancelLine, Document, ErrorObject, JobItem, JobLine, ResultRow};

/// A schema's name and how to make it.
type Entry = (&'static str, fn() -> Schema);

/// Every schema. `NAME` is the document of `jobctl NAME -o json`, `NAME.line` one
/// line of its `-o ndjson`.
const SCHEMAS: &[Entry] = &[
    ("cancel", || envelope(of::<Document<'_, Vec<ResultRow<'_>>>>(), "cancel")),
    ("cancel.line", || envelope(of::<CancelLine<'_>>(), "cancel")),
    ("status", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "status")),
    ("status.line", || envelope(of::<JobLine<'_>>(), "status")),
    ("wait", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "wait")),
    ("wait.line", || envelope(of::<JobLine<'_>>(), "wait")),
    ("list", || envelope(of::<Document<'_, Vec<JobItem<'_>>>>(), "list")),
    ("list.line", || envelope(of::<JobLine<'_>>(), "list")),
    ("error", of::<ErrorObject<'_>>),
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
    for object in schema.as_object_mut().into_iter().flat_map(objects) {
        if let Some(mark) = object.get_mut("properties").and_then(|all| all.get_mut("schema")) {
            *mark = json!({"const": name});
        }
        if verb == "list" { require_complete(object) } else { forget_complete(object) }
    }
    schema
}

type Object = serde_json::Map<String, Value>;

/// The schema's own object, and those of the kinds of line.
fn objects(root: &mut Object) -> Vec<&mut Object> {
    if root.contains_key("oneOf") {
        let kinds = root.get_mut("oneOf").and_then(Value::as_array_mut);
        kinds.into_iter().flatten().filter_map(Value::as_object_mut).collect()
    } else {
        vec![root]
    }
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
