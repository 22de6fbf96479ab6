//! What the fields of a request may be, as far as JSON Schema can say it: so a client's own validator finds what the server
//! would refuse. It is said by a field's name, in one place, because a name means the same in every request.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use ykien_domain::words::Document;

/// No control character but tab and line's end; white space at either end is taken off.
const TEXT: &str =
    "^[\\t-\\r\\u0085]*[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*[\\t-\\r\\u0085]*$";
/// The same, and something in it.
const REQUIRED_TEXT: &str = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*\
    [^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";
const AGENCY: &str = "^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$";
const ID: &str = "^[0-9a-z][0-9a-z-]{0,62}$";
const UUID: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

/// Texts of a form of their own: the field's name, the form's name, its pattern.
const FORMS: &[(&str, &str, Option<&str>)] = &[
    ("agency", "agency-code", Some(AGENCY)),
    ("agencies", "agency-code", Some(AGENCY)),
    ("code", "agency-code", Some(AGENCY)),
    ("successor", "agency-code", Some(AGENCY)),
    ("drafting_agency", "agency-code", Some(AGENCY)),
    ("responsible_agency", "agency-code", Some(AGENCY)),
    ("draft", "draft-id", Some(ID)),
    ("client", "client-id", Some(ID)),
    ("client_id", "client-id", Some(ID)),
    ("etag", "etag", Some("^(r[1-9][0-9]{0,17})?$")),
    ("If-Match", "if-match", Some("^(\\*|\"r[1-9][0-9]{0,17}\")$")),
    ("Idempotency-Key", "uuid", Some(UUID)),
    ("date", "date", None),
    ("filter", "filter", None),
    ("page_token", "page-token", None),
];

/// The least that a number may be: the field's name, the bound.
const LEAST: &[(&str, i64)] = &[("number", 1), ("numbers", 1), ("round", 1), ("version", 1), ("section", 0)];

/// Says the bounds in every parameter and every schema of a request.
pub(crate) fn say(document: &mut Value) {
    let requests = requests(document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in schemas.iter_mut().filter(|(name, _)| requests.contains(*name)) {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            // Of a batch each is refused by itself, but for an etag that is none.
            let bounded = |field: &str| name != "BatchVerdict" || field == "etag";
            for (field, property) in properties.into_iter().flatten().filter(|(field, _)| bounded(field)) {
                bound(if name == "NewDraft" && field == "id" { "draft" } else { field }, property);
            }
            if let (Some(needed), Some(schema)) = (needed(name), schema.as_object_mut()) {
                schema.insert("anyOf".to_owned(), needed);
            }
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flatten().filter_map(|(_, item)| item.as_object_mut()) {
        parameters(item);
        item.values_mut().filter_map(Value::as_object_mut).for_each(parameters);
    }
}

fn parameters(of: &mut Map<String, Value>) {
    for parameter in of.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(schema) = parameter.get_mut("schema") else { continue };
        bound(&name, schema);
        let Some(schema) = schema.as_object_mut() else { continue };
        // A parameter is there or is not; it has no null.
        if let Some(of_type) = schema.get("type").and_then(Value::as_array).and_then(|types| types.first()) {
            schema.insert("type".to_owned(), of_type.clone());
        }
        match name.as_str() {
            // As if it were absent.
            "agency" => schema.insert("pattern".to_owned(), format!("^$|{AGENCY}").into()),
            "group_by" if schema.contains_key("items") => {
                schema.insert("uniqueItems".to_owned(), true.into())
            }
            "document" => {
                let words = Document::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>();
                schema.insert("enum".to_owned(), words.into())
            }
            _ => None,
        };
    }
}

fn bound(field: &str, schema: &mut Value) {
    let is = |schema: &Value, wanted: &str| match schema.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    };
    if is(schema, "array") {
        return schema.get_mut("items").map_or((), |items| bound(field, items));
    }
    let (text, number) = (is(schema, "string"), is(schema, "integer"));
    let Some(schema) = schema.as_object_mut() else { return };
    let mut set = |key: &str, value: Value| {
        schema.entry(key).or_insert(value);
    };
    if number {
        if let Some((_, least)) = LEAST.iter().find(|(name, _)| *name == field) {
            set("minimum", (*least).into());
        }
        set("maximum", i64::MAX.into());
    }
    if !text || schema.contains_key("enum") {
        return;
    }
    let form = FORMS.iter().find(|(name, ..)| *name == field);
    if let Some((_, form, pattern)) = form {
        schema.insert("format".to_owned(), (*form).into());
        if let Some(pattern) = pattern {
            schema.insert("pattern".to_owned(), (*pattern).into());
        }
    } else if !schema.contains_key("format") {
        let pattern = if schema.contains_key("minLength") { REQUIRED_TEXT } else { TEXT };
        schema.insert("pattern".to_owned(), pattern.into());
    }
}

/// What a request needs that no one field can say.
fn needed(schema: &str) -> Option<Value> {
    let given = |field: &str| json!({"required": [field], "properties": {field: {"pattern": REQUIRED_TEXT}}});
    match schema {
        "NewComment" | "OralOpinion" | "Content" => {
            Some(json!([given("title"), given("text"), given("proposed_change")]))
        }
        "NewVersion" => {
            let none = json!({"maxItems": 0});
            Some(json!([
                {"required": ["sections"], "properties": {"sections": {"minItems": 1}, "text": {"maxLength": 0}}},
                {"required": ["text"], "properties": {
                    "text": {"pattern": REQUIRED_TEXT}, "sections": none, "preamble": {"maxLength": 0},
                }},
            ]))
        }
        "NewRound" => {
            let no_assent = json!({"properties": {"silence_rule": {"not": {"const": "assent"}}}});
            Some(json!([no_assent, given("silence_basis")]))
        }
        "Verdict" => Some(json!([{"properties": {"outcome": {"const": "accepted"}}}, given("explanation")])),
        _ => None,
    }
}

/// The names of the schemas that requests are made of.
fn requests(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Value> = Vec::new();
    let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    for operation in items.filter_map(|(_, item)| item.as_object()).flat_map(Map::values) {
        waiting.extend(operation.get("requestBody"));
    }
    while let Some(value) = waiting.pop() {
        if let Some(name) = value.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
            && found.insert(name.to_owned())
        {
            waiting.extend(document.pointer("/components/schemas").and_then(|schemas| schemas.get(name)));
        }
        match value {
            Value::Object(members) => waiting.extend(members.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}
