//! The JSON Schema of the open form, generated from the types.

use super::OpenRecord;
use crate::kind;
use schemars::{
    Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Value, json};

/// The JSON Schema (draft 2020-12) of the open form: the document, and the fields of every declared kind.
/// Kinds and fields that are not declared are valid.
pub fn schema() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds: Vec<Value> = kind::schemas(&mut generator)
        .into_iter()
        .map(|(name, fields)| of_kind(name, &fields))
        .collect();
    let mut schema = whole(generator);
    if let Some(fact) = schema
        .pointer_mut("/$defs/OpenFact")
        .and_then(Value::as_object_mut)
    {
        fact.insert("allOf".to_owned(), Value::Array(kinds));
    }
    RecursiveTransform(without_null).transform(&mut schema);
    schema
}

fn whole(generator: SchemaGenerator) -> Schema {
    let mut schema = generator.into_root_schema_for::<OpenRecord>();
    schema.insert("$id".to_owned(), json!("urn:omamori:record:1"));
    schema
}

/// If a fact is of this kind, what its statements set is shaped like this.
fn of_kind(name: &str, fields: &Schema) -> Value {
    json!({
        "if": { "properties": { "kind": { "const": name } } },
        "then": { "properties": { "statements": { "items": { "properties": { "fields": fields } } } } },
    })
}

/// A field that is not said is left out; nothing in this form is ever `null`.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(options)) = schema.get_mut("anyOf") {
        options.retain(|option| option != &json!({ "type": "null" }));
        if let [Value::Object(only)] = options.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            only.into_iter().for_each(|(key, value)| {
                schema.insert(key, value);
            });
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, path::Path};

    /// After changing a kind or the form: `UPDATE=1 cargo test -p omamori-core schema`.
    #[test]
    fn the_published_schema_is_the_one_these_types_make() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("manual/record.schema.json");
        let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, &made).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            made,
            "stale: run it once with UPDATE=1"
        );
    }

    #[test]
    fn every_kind_has_its_fields_in_the_schema() {
        let schema = schema();
        let conditions = schema
            .pointer("/$defs/OpenFact/allOf")
            .unwrap()
            .as_array()
            .unwrap();
        assert_eq!(conditions.len(), kind::registry().count());
        let weight = schema.pointer("/$defs/Weight/properties").unwrap();
        assert_eq!(weight["measured_on"]["$ref"], "#/$defs/PartialDate");
        let importance = schema
            .pointer("/$defs/Medicine/properties/importance")
            .unwrap();
        assert_eq!(
            importance["enum"],
            json!(["rescue", "never-interrupt", "routine"])
        );
        assert_eq!(importance["type"], "string");
        assert!(!serde_json::to_string(&schema).unwrap().contains("null"));
    }
}
