//! What a schema promises to those who read such documents, one sentence each: what is
//! at which place, which keys are always there, which words there are. A later schema
//! must say all that an earlier one said; it may say more.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The promises of `before` that `now` does not make.
pub(super) fn broken(before: &Value, now: &Value) -> Vec<String> {
    let kept = promises(now);
    promises(before).into_iter().filter(|promise| !kept.contains(promise)).collect()
}

fn promises(schema: &Value) -> BTreeSet<String> {
    let mut reader = Reader { definitions: &schema["$defs"], found: BTreeSet::new() };
    reader.place("$", schema);
    reader.found
}

struct Reader<'a> {
    definitions: &'a Value,
    found: BTreeSet<String>,
}

/// The types that a value may have.
type Types = BTreeSet<String>;

impl<'a> Reader<'a> {
    fn say(&mut self, promise: String) {
        self.found.insert(promise);
    }

    /// Reads the schema of a place, such as `$.results[].ref`. The types are one promise,
    /// so that one more breaks it as well: nobody expects `null` where none was.
    fn place(&mut self, at: &str, schema: &Value) {
        assert!(at.len() < 400, "{at} goes round in circles");
        if schema.is_boolean() {
            return; // Anything, or nothing at all.
        }
        let types = self.types(at, schema.as_object().unwrap());
        self.say(format!("{at} is {}", types.into_iter().collect::<Vec<_>>().join(" or ")));
    }

    fn types(&mut self, at: &str, schema: &Map<String, Value>) -> Types {
        let mut types = Types::new();
        for (keyword, value) in schema {
            match keyword.as_str() {
                "type" => types.extend(list(value).map(text)),
                "$ref" => {
                    let target = self.definition(value);
                    types.extend(self.types(at, target));
                }
                "anyOf" | "oneOf" => types.extend(self.choice(at, value.as_array().unwrap())),
                "properties" => {
                    for (name, inner) in value.as_object().unwrap() {
                        self.place(&format!("{at}.{name}"), inner);
                    }
                }
                "required" => list(value).for_each(|name| self.say(format!("{at}.{} is always there", text(name)))),
                "items" => self.place(&format!("{at}[]"), value),
                "additionalProperties" => self.place(&format!("{at}{{}}"), value),
                "const" | "enum" => list(value).for_each(|word| self.say(format!("{at} may be {word}"))),
                "format" => self.say(format!("{at} has the form {}", text(value))),
                "$schema" | "$defs" | "title" | "description" | "default" | "minimum" | "maximum" => {}
                other => panic!("{at}: the meaning of `{other}` has to be added here"),
            }
        }
        types
    }

    /// One of several: of objects, each is a place of its own.
    fn choice(&mut self, at: &str, branches: &[Value]) -> Types {
        let objects = branches.iter().filter(|branch| self.is_object(branch)).count();
        let mut types = Types::new();
        for (number, branch) in branches.iter().enumerate() {
            if objects > 1 && self.is_object(branch) {
                let which = self.mark(branch).unwrap_or_else(|| number.to_string());
                self.place(&format!("{at}<{which}>"), branch);
                types.insert("object".to_owned());
            } else {
                types.extend(self.types(at, branch.as_object().unwrap()));
            }
        }
        types
    }

    fn definition(&self, reference: &Value) -> &'a Map<String, Value> {
        let name = text(reference);
        let name = name.strip_prefix("#/$defs/").unwrap_or_else(|| panic!("{name} is no definition"));
        self.definitions[name].as_object().unwrap()
    }

    fn is_object(&self, schema: &Value) -> bool {
        schema["type"] == "object"
            || schema
                .get("$ref")
                .is_some_and(|name| self.definition(name).get("type").is_some_and(|kind| kind == "object"))
    }

    /// The key with a fixed word by which an object is told from others, such as `type`.
    fn mark(&self, schema: &Value) -> Option<String> {
        let own = schema.get("properties").and_then(Value::as_object);
        let referred = schema.get("$ref").and_then(|name| self.definition(name).get("properties")?.as_object());
        let mut properties = own.into_iter().chain(referred).flatten();
        properties.find_map(|(name, inner)| Some(format!("{name}={}", text(inner.get("const")?))))
    }
}

/// One or several.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

mod tests {
    use jobctl::report::schema;
    use serde_json::json;

    use super::*;

    /// What is broken once `change` was made to a published schema.
    fn after(name: &str, change: impl Fn(&mut Value)) -> Vec<String> {
        let before = schema::get(name).unwrap();
        let mut now = before.clone();
        change(&mut now);
        assert_ne!(before, now, "nothing was changed");
        broken(&before, &now)
    }

    /// Takes a key out of an object's properties, and out of those always there.
    fn forget(object: &mut Value, key: &str) -> Value {
        object["required"].as_array_mut().unwrap().retain(|name| name != key);
        object["properties"].as_object_mut().unwrap().remove(key).unwrap()
    }

    fn drop_word(choice: &mut Value, word: &str) {
        choice.as_array_mut().unwrap().retain(|one| one["const"] != word && one != word);
    }

    #[test]
    fn every_change_that_takes_something_back_is_found() {
        let changes: &[(&str, &dyn Fn(&mut Value), &str)] = &[
            (
                "a key is gone",
                &|all| drop(forget(&mut all["$defs"]["Result"], "verified")),
                "$.results[].verified is boolean",
            ),
            ("a key of the envelope is gone", &|all| drop(forget(all, "warnings")), "$.warnings is always there"),
            (
                "a key has another name",
                &|all| {
                    let key = forget(&mut all["$defs"]["Result"], "ref");
                    all["$defs"]["Result"]["properties"]["reference"] = key;
                    all["$defs"]["Result"]["required"].as_array_mut().unwrap().push("reference".into());
                },
                "$.results[].ref is string",
            ),
            (
                "a key has another type",
                &|all| all["$defs"]["Result"]["properties"]["attempts"]["type"] = "string".into(),
                "$.results[].attempts is integer",
            ),
            (
                "null has become possible",
                &|all| all["$defs"]["Result"]["properties"]["ok"]["type"] = json!(["boolean", "null"]),
                "$.results[].ok is boolean",
            ),
            (
                "null is possible no more",
                &|all| all["$defs"]["Result"]["properties"]["line"]["type"] = "integer".into(),
                "$.results[].line is integer or null",
            ),
            (
                "an object has become possible",
                &|all| all["$defs"]["Result"]["properties"]["error"]["anyOf"][1] = json!({"type": "string"}),
                "$.results[].error is null or object",
            ),
            (
                "a key may be absent",
                &|all| all["$defs"]["Error"]["required"].as_array_mut().unwrap().retain(|name| name != "hint"),
                "$.results[].error.hint is always there",
            ),
            (
                "an outcome is gone",
                &|all| drop_word(&mut all["$defs"]["Outcome"]["oneOf"], "refused"),
                "$.results[].outcome may be \"refused\"",
            ),
            (
                "an error's code is gone",
                &|all| drop_word(&mut all["$defs"]["Error"]["properties"]["code"]["enum"], "tls"),
                "$.error.code may be \"tls\"",
            ),
            (
                "any word may come",
                &|all| all["properties"]["exit_name"] = json!({"type": "string"}),
                "$.exit_name may be \"partial\"",
            ),
            (
                "a time is written otherwise",
                &|all| all["properties"]["started_at"]["format"] = "date".into(),
                "$.started_at has the form date-time",
            ),
            ("rows are no list", &|all| all["properties"]["results"]["type"] = "object".into(), "$.results is array"),
            (
                "counts are text",
                &|all| {
                    all["$defs"]["Summary"]["properties"]["outcomes"]["additionalProperties"] =
                        json!({"type": "string"});
                },
                "$.summary.outcomes{} is integer",
            ),
            (
                "another schema is named",
                &|all| all["properties"]["schema"]["const"] = "jobctl.cancel/2".into(),
                "$.schema may be \"jobctl.cancel/1\"",
            ),
        ];
        for (what, change, promise) in changes {
            let broken = after("cancel", change);
            assert!(broken.iter().any(|one| one == promise), "{what}: {broken:#?}");
        }
        let broken = after("cancel.line", |all| drop(all["oneOf"].as_array_mut().unwrap().remove(1)));
        assert!(broken.iter().any(|one| one == "$<type=result>.ref is string"), "a kind of line is gone: {broken:#?}");
    }

    #[test]
    fn what_is_only_added_breaks_nothing() {
        let changes: &[(&str, &dyn Fn(&mut Value))] = &[
            ("a key", &|all| all["$defs"]["Result"]["properties"]["cost"] = json!({"type": "number"})),
            ("a key that is always there", &|all| {
                all["properties"]["region"] = json!({"type": "string"});
                all["required"].as_array_mut().unwrap().push("region".into());
            }),
            ("one that is always there from now on", &|all| {
                all["$defs"]["Error"]["properties"]["docs"] = json!({"type": "string"});
                all["$defs"]["Error"]["required"].as_array_mut().unwrap().push("docs".into());
            }),
            ("an outcome", &|all| {
                let outcomes = all["$defs"]["Outcome"]["oneOf"].as_array_mut().unwrap();
                outcomes.insert(0, json!({"type": "string", "const": "paused"}));
            }),
            ("words", &|all| all["$defs"]["Result"]["description"] = "What happened.".into()),
            ("another name of a type", &|all| {
                let text = all.to_string().replace("#/$defs/Result", "#/$defs/Row").replace("\"Result\":", "\"Row\":");
                *all = serde_json::from_str(&text).unwrap();
            }),
        ];
        for (what, change) in changes {
            assert_eq!(after("cancel", change), [""; 0], "{what}");
        }
        let line = json!({"type": "object", "properties": {"type": {"type": "string", "const": "note"}}, "required": ["type"]});
        assert_eq!(after("cancel.line", |all| all["oneOf"].as_array_mut().unwrap().insert(0, line.clone())), [""; 0]);
    }

    #[test]
    #[should_panic(expected = "the meaning of `minItems` has to be added here")]
    fn a_keyword_that_is_not_understood_is_not_passed_over() {
        after("cancel", |all| all["properties"]["results"]["minItems"] = 1.into());
    }
}
