//! Holds what was printed to the published schemas.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

/// Each is compiled once, when it is first needed.
static VALIDATORS: LazyLock<HashMap<String, OnceLock<Validator>>> =
    LazyLock::new(|| jobctl::report::schema::rows().map(|row| (row.name, OnceLock::new())).collect());

/// Holds a value to the published schema of that name; keys that it does not publish
/// are wrong too.
#[track_caller]
pub(crate) fn validate(name: &str, value: &Value) {
    let validator = VALIDATORS.get(name).unwrap_or_else(|| panic!("no schema {name}: {value:#}"));
    let validator = validator.get_or_init(|| {
        let mut schema = jobctl::report::schema::get(name).unwrap();
        close(&mut schema);
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    });
    let wrong: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:?}\n{value:#}");
}

/// Forbids keys that are not in the schema. A type's own definition stays open: where it
/// is referred to, more may stand beside it.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("$ref") || object.contains_key("properties") {
        object.insert("unevaluatedProperties".to_owned(), false.into());
    }
    for (key, inner) in object {
        match (key.as_str(), inner) {
            ("properties", Value::Object(all)) => all.values_mut().for_each(close),
            ("anyOf" | "oneOf", Value::Array(all)) => all.iter_mut().for_each(close),
            ("items" | "additionalProperties", inner) => close(inner),
            ("$defs", Value::Object(all)) => {
                for definition in all.values_mut() {
                    close(definition);
                    definition.as_object_mut().unwrap().remove("unevaluatedProperties");
                }
            }
            _ => {}
        }
    }
}
