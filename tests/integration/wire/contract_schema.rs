//! The published JSON Schema and the types that a contract is read into: what the one takes, the other takes.

use std::path::Path;

use serde_json::{Map, Value, json};
use sproobo_deploy::sproobo::{Contract, Operation, schema};

use crate::support::cli::Sproobo;

#[test]
fn the_published_schema_is_the_one_that_is_printed() {
    let printed = Sproobo::new(["contract", "schema"]).run().expect(0).stdout;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contract.schema.json");
    assert_eq!(
        std::fs::read_to_string(file).unwrap(),
        printed,
        "print it again: sproobo-deploy contract schema > docs/contract.schema.json"
    );
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), schema());
}

/// A value that a schema takes: the first of an enumeration, the least of a type.
fn example(schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return match reference {
            "#/$defs/pointers" => json!(["/a"]),
            "#/$defs/words" => json!(["word"]),
            "#/$defs/headers" => json!({ "X-Own": "1" }),
            other => panic!("{other}"),
        };
    }
    if let Some(known) = schema["enum"].as_array() {
        return known[0].clone();
    }
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match kind.as_str() {
        Some("boolean") => json!(true),
        Some("string") => json!("/text"),
        _ => schema.get("const").cloned().unwrap_or(Value::Null),
    }
}

/// Every place below a schema's object that may have a member, with what it may hold.
fn members(schema: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Value)>) {
    let properties = schema["properties"].as_object();
    for (name, below) in properties.into_iter().flatten() {
        path.push(name.clone());
        match below.get("properties") {
            Some(_) => members(below, path, found),
            None => found.push((path.clone(), example(below))),
        }
        path.pop();
    }
}

fn nested(path: &[String], value: Value) -> Value {
    path.iter().rev().fold(value, |value, name| {
        let mut object = Map::new();
        object.insert(name.clone(), value);
        Value::Object(object)
    })
}

#[test]
fn every_member_of_the_schema_is_one_that_the_check_knows() {
    let mut found = Vec::new();
    members(&schema(), &mut Vec::new(), &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for (path, value) in found {
        let document = nested(&path, value);
        let problems = Contract::parse(&document.to_string()).err().unwrap_or_default();
        let unknown: Vec<String> = problems
            .iter()
            .map(ToString::to_string)
            .filter(|told| told.contains("unknown"))
            .collect();
        assert!(unknown.is_empty(), "{document}: {unknown:?}");
    }
}

/// What the check takes and the schema does not would be red in an editor.
#[test]
fn every_member_that_the_check_knows_is_one_of_the_schema() {
    let schema = schema();
    let known = |path: &str| {
        schema
            .pointer(path)
            .and_then(Value::as_object)
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let expected = |told: &str| -> Vec<String> {
        let list = told.split("expected one of ").nth(1).unwrap();
        list.split(", ").map(str::to_owned).collect()
    };
    // The check's own list, from what it says of a member that is like none.
    let told = |path: &[&str]| {
        let path: Vec<String> = path
            .iter()
            .map(|name| (*name).to_owned())
            .chain(["qqq".to_owned()])
            .collect();
        let problems = Contract::parse(&nested(&path, Value::Null).to_string()).unwrap_err();
        let problem = problems.iter().find(|problem| problem.path.ends_with("/qqq")).unwrap();
        expected(&problem.expected)
    };
    assert_eq!(told(&[]), known("/properties"));
    for part in ["auth", "operations", "fields", "statuses"] {
        assert_eq!(told(&[part]), known(&format!("/properties/{part}/properties")));
    }
    for operation in Operation::ALL {
        let name = operation.name();
        assert_eq!(
            told(&["operations", name]),
            known(&format!("/properties/operations/properties/{name}/properties"))
        );
    }
    for group in known("/properties/fields/properties") {
        assert_eq!(
            told(&["fields", &group]),
            known(&format!("/properties/fields/properties/{group}/properties"))
        );
    }
}

/// The default has every member but those that only a user's file has.
#[test]
fn the_default_stands_in_the_schema() {
    fn walk(document: &Value, schema: &Value, path: &str) {
        for (name, value) in document.as_object().into_iter().flatten() {
            if ["headers", "body"].contains(&name.as_str()) {
                continue;
            }
            let below = &schema["properties"][name];
            assert!(below.is_object(), "{path}/{name}");
            walk(value, below, &format!("{path}/{name}"));
        }
    }
    walk(Contract::default().document(), &schema(), "");
}
