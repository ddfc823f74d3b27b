//! The schemas as they are made of the very types that are written, so that they cannot
//! disagree; what `schemas/` has is held to them.
//!
//! `UPDATE_SCHEMAS=1 cargo test --lib schema` brings the files up to date.

use std::borrow::Cow;
use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::super::account::{CheckRow, CredentialRow, ProviderRow, SchemaRow};
use super::super::plan::{PlanHeader, PlanLine};
use super::super::row::{CancelLine, Closed, Document, Head, JobItem, JobLine, ResultRow, Time};
use super::super::runs::{RecordedRow, RunDocument, RunLine, RunRow};
use super::{FILES, OUTPUTS, get, rows, text};
use crate::engine::journal;
use crate::error::{ErrorKind, ExitCode};
use crate::settings::Explained;

/// A document with such rows.
type Rows<T> = Document<'static, Vec<T>>;

/// The types of an output: its document, and a line of its stream.
fn output(name: &str) -> (Schema, Schema) {
    match name {
        "cancel" => (of::<Rows<ResultRow<'_>>>(), of::<CancelLine<'_>>()),
        "status" | "wait" | "list" => (of::<Rows<JobItem<'_>>>(), of::<JobLine<'_>>()),
        "runs" => (of::<Rows<RunRow<'_>>>(), of::<RunLine<'_>>()),
        "run" => (of::<RunDocument<'_, Option<RunRow<'_>>, Vec<RecordedRow<'_>>>>(), of::<RunLine<'_>>()),
        "auth" => (of::<Rows<CredentialRow>>(), of::<EndLine<'_>>()),
        "config" => (of::<Rows<Explained>>(), of::<EndLine<'_>>()),
        "providers" => (of::<Rows<ProviderRow>>(), of::<EndLine<'_>>()),
        "doctor" => (of::<Rows<CheckRow>>(), of::<EndLine<'_>>()),
        "schema" => (of::<Rows<SchemaRow>>(), of::<EndLine<'_>>()),
        "error" => (of::<Rows<NoRow>>(), of::<EndLine<'_>>()),
        other => panic!("no type is known for the schema {other}"),
    }
}

/// The schema of that name, made anew.
fn make(name: &str) -> Value {
    let verb = name.strip_suffix(".line").unwrap_or(name);
    let mut schema = match name {
        "plan" => of::<PlanLine>(),
        "journal" => of::<journal::Line<'_>>(),
        _ if verb == name => envelope(output(verb).0, verb),
        _ => envelope(output(verb).1, verb),
    };
    schema.insert("title".to_owned(), json!(format!("jobctl {name}")));
    schema.to_value()
}

/// One line of an `-o ndjson` stream that has no rows: the command has none, or failed
/// before there were any.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "written as every other stream's start and summary")]
enum EndLine<'a> {
    Start(Head<'a>),
    Summary(Closed<'a>),
}

/// The row of a document that never has any.
struct NoRow;

impl JsonSchema for NoRow {
    fn schema_name() -> Cow<'static, str> {
        "NoRow".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        false.into()
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

pub(in crate::report) fn error_codes(_: &mut SchemaGenerator) -> Schema {
    words(ErrorKind::ALL.iter().map(|kind| kind.code()))
}

pub(in crate::report) fn exit_names(_: &mut SchemaGenerator) -> Schema {
    words(ExitCode::ALL.iter().chain([&ExitCode::Signal(0), &ExitCode::Child(0)]).map(|exit| exit.name()))
}

/// One of some words.
fn words(known: impl Iterator<Item = &'static str>) -> Schema {
    let mut known: Vec<_> = known.collect();
    known.dedup();
    schemars::json_schema!({"type": "string", "enum": known})
}

pub(in crate::report) fn plan_form(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "string", "const": PlanHeader::SCHEMA})
}

/// The schema of a type as it is written: what is always there is required.
fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Keys that only one verb's envelope has, and a key that always stands beside each.
const OWN_KEYS: [(&str, &str, &str); 2] = [("list", "complete", "exit_code"), ("cancel", "reason", "schema")];

/// Says which `schema` the envelopes bear, and which keys are this verb's.
fn envelope(mut schema: Schema, verb: &str) -> Schema {
    let name = json!(format!("jobctl.{verb}/1"));
    each_object(&mut schema, |object| {
        if let Some(mark) = object.get_mut("properties").and_then(|all| all.get_mut("schema")) {
            *mark = json!({"type": "string", "const": name});
        }
        for (owner, key, beside) in OWN_KEYS {
            if object.get("properties").is_some_and(|all| all.get(key).is_some() && all.get(beside).is_some()) {
                if verb == owner { require(object, key) } else { forget(object, key) }
            }
        }
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

fn forget(object: &mut Object, key: &str) {
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove(key);
    }
}

fn require(object: &mut Object, key: &str) {
    if key == "complete" {
        // Serialised only where it is known: then it is never null.
        object["properties"][key]["type"] = json!("boolean");
    }
    if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
        required.push(json!(key));
    }
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let update = std::env::var_os("UPDATE_SCHEMAS").is_some();
    for name in names() {
        let made = serde_json::to_string_pretty(&make(&name)).unwrap() + "\n";
        if update {
            std::fs::write(folder.join(format!("{name}.json")), made).unwrap();
        } else {
            assert!(text(&name) == Some(&made), "stale: {name}. Run: UPDATE_SCHEMAS=1 cargo test --lib schema");
        }
    }
    let files = std::fs::read_dir(folder).unwrap().filter(|file| file.as_ref().unwrap().path().is_file());
    assert_eq!(files.count(), names().count(), "a file in schemas/ is no schema any more");
}

fn names() -> impl Iterator<Item = String> {
    rows().map(|row| row.name)
}

#[test]
fn every_schema_is_one_and_has_a_name_of_its_own() {
    let mut all: Vec<_> = names().collect();
    let count = all.len();
    for name in &all {
        let schema = get(name).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert!(jsonschema::validator_for(&schema).is_ok(), "{name}");
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), count), (count, 2 * OUTPUTS.len() + FILES.len()));
    for name in ["no such schema", "plan.line", ".line", ""] {
        assert!(get(name).is_none(), "{name}");
    }
}

#[test]
fn every_key_of_every_type_is_required() {
    for name in names() {
        let mut schema: Schema = get(&name).unwrap().try_into().unwrap();
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
        let text = get(&name).unwrap().to_string();
        assert_eq!(text.contains("complete\""), name.starts_with("list"), "{name}");
    }
}

#[test]
fn a_schema_names_its_document() {
    assert_eq!(get("cancel").unwrap()["properties"]["schema"]["const"], "jobctl.cancel/1");
    assert_eq!(get("wait.line").unwrap()["$defs"]["Start"]["properties"]["schema"]["const"], "jobctl.wait/1");
}
