//! The published JSON Schemas of everything that programs read.
//!
//! Made from the very types that are written, so that they cannot disagree. Must not
//! know how the types are filled.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::account::{CheckRow, CredentialRow, ProviderRow, SchemaRow, ValueRow};
use super::plan::PlanLine;
use super::row::{CancelLine, Document, EndLine, JobItem, JobLine, NoRow, ResultRow};
use super::runs::{RecordedRow, RunDocument, RunLine, RunRow};
use crate::engine::journal;

/// What programs read of one command: under `schema` stands `jobctl.NAME/1`.
struct Output {
    name: &'static str,
    /// The command, as it is typed.
    command: &'static str,
    document: fn() -> Schema,
    line: fn() -> Schema,
}

const fn output(name: &'static str, command: &'static str, document: fn() -> Schema, line: fn() -> Schema) -> Output {
    Output { name, command, document, line }
}

/// A document with such rows.
type Rows<T> = Document<'static, Vec<T>>;

/// Every command that programs read. Its document is the schema `NAME`, one line of its
/// stream `NAME.line`. Where a command has no rows of jobs, its stream is an error's.
const OUTPUTS: &[Output] = &[
    output("cancel", "cancel", of::<Rows<ResultRow<'_>>>, of::<CancelLine<'_>>),
    output("status", "status", of::<Rows<JobItem<'_>>>, of::<JobLine<'_>>),
    output("wait", "wait", of::<Rows<JobItem<'_>>>, of::<JobLine<'_>>),
    output("list", "list", of::<Rows<JobItem<'_>>>, of::<JobLine<'_>>),
    output("runs", "runs list", of::<Rows<RunRow<'_>>>, of::<RunLine<'_>>),
    output("run", "runs show", of::<RunDocument<'_, Option<RunRow<'_>>, Vec<RecordedRow<'_>>>>, of::<RunLine<'_>>),
    output("auth", "auth", of::<Rows<CredentialRow>>, of::<EndLine<'_>>),
    output("config", "config", of::<Rows<ValueRow>>, of::<EndLine<'_>>),
    output("providers", "providers", of::<Rows<ProviderRow>>, of::<EndLine<'_>>),
    output("doctor", "doctor", of::<Rows<CheckRow>>, of::<EndLine<'_>>),
    output("schema", "schema", of::<Rows<SchemaRow>>, of::<EndLine<'_>>),
    output("error", "", of::<Rows<NoRow>>, of::<EndLine<'_>>),
];

/// Files that programs may read: one line of each.
const FILES: &[(&str, &str, fn() -> Schema)] = &[
    ("plan", "one line of the file of `cancel -n --plan-out`", of::<PlanLine>),
    ("journal", "one line of a run's record", of::<journal::Line<'_>>),
];

/// The names of all schemas, and what each is of.
pub fn rows() -> impl Iterator<Item = SchemaRow> {
    let outputs = OUTPUTS.iter().flat_map(|output| {
        let of = match output.command {
            "" => "any other command that fails with".to_owned(),
            command => format!("`{command}` with"),
        };
        [
            SchemaRow { name: output.name.to_owned(), describes: format!("the document of {of} `-o json`") },
            SchemaRow { name: format!("{}.line", output.name), describes: format!("one line of {of} `-o ndjson`") },
        ]
    });
    outputs.chain(FILES.iter().map(|(name, of, _)| SchemaRow { name: (*name).into(), describes: (*of).into() }))
}

/// The schema of that name (JSON Schema, draft 2020-12).
#[must_use]
pub fn get(name: &str) -> Option<Value> {
    let verb = name.strip_suffix(".line").unwrap_or(name);
    let mut schema = match OUTPUTS.iter().find(|output| output.name == verb) {
        Some(output) if verb == name => envelope((output.document)(), verb),
        Some(output) => envelope((output.line)(), verb),
        None => FILES.iter().find(|(known, ..)| *known == name).map(|(.., make)| make())?,
    };
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
}
