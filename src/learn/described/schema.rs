//! Schemas of an API description: references, properties, and what lies below an envelope.

use crate::learn::value::is_name;
use serde_json::{Map, Value};

/// How many references in a row are followed, and how deep an object is looked into.
const DEEPEST: usize = 12;

/// How many envelopes may be around what a reply is about.
const ENVELOPES: usize = 3;

/// A description, to look references up in.
#[derive(Clone, Copy)]
pub(super) struct Schemas<'d>(pub(super) &'d Map<String, Value>);

impl<'d> Schemas<'d> {
    /// What a reference within the document leads to; anything else as it is.
    pub(super) fn resolve(self, value: &'d Value) -> &'d Value {
        let mut found = value;
        for _ in 0..DEEPEST {
            let Some(reference) = found.get("$ref").and_then(Value::as_str) else {
                return found;
            };
            let Some(target) = reference.strip_prefix("#/").and_then(|path| self.at(path)) else {
                return &Value::Null;
            };
            found = target;
        }
        &Value::Null
    }

    fn at(self, path: &str) -> Option<&'d Value> {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let found = self.0.get(first)?;
        if rest.is_empty() {
            Some(found)
        } else {
            found.pointer(&format!("/{rest}"))
        }
    }

    /// The properties of an object, those of its parts too.
    pub(super) fn properties(self, schema: &'d Value) -> Vec<(&'d str, &'d Value)> {
        let mut found = Vec::new();
        self.collect(schema, 0, &mut found);
        found
    }

    fn collect(self, schema: &'d Value, depth: usize, found: &mut Vec<(&'d str, &'d Value)>) {
        if depth > DEEPEST {
            return;
        }
        let schema = self.resolve(schema);
        for (name, property) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name, self.resolve(property)));
            }
        }
        for of in ["allOf", "oneOf", "anyOf"] {
            for part in schema.get(of).and_then(Value::as_array).into_iter().flatten() {
                self.collect(part, depth + 1, found);
            }
        }
    }

    /// The names of the properties that must be there.
    pub(super) fn required(self, schema: &'d Value) -> Vec<&'d str> {
        let schema = self.resolve(schema);
        let own = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        own.filter_map(Value::as_str)
            .chain(
                parts
                    .flat_map(|part| self.resolve(part).get("required").and_then(Value::as_array))
                    .flatten()
                    .filter_map(Value::as_str),
            )
            .collect()
    }

    /// The items' schema of an array.
    pub(super) fn items(self, schema: &'d Value) -> Option<&'d Value> {
        self.resolve(schema).get("items").map(|items| self.resolve(items))
    }

    /// The nearest object that passes a test, with its pointer: the schema itself, or below envelopes.
    pub(super) fn object(self, schema: &'d Value, test: &dyn Fn(&'d Value) -> bool) -> Option<(String, &'d Value)> {
        let mut level = vec![(String::new(), self.resolve(schema))];
        for _ in 0..=ENVELOPES {
            if let Some(found) = level.iter().find(|(_, schema)| test(schema)) {
                return Some(found.clone());
            }
            level = self.below(&level);
        }
        None
    }

    /// The nearest list whose items pass a test below envelopes: the list's pointer, and the item's own with its schema.
    pub(super) fn list(
        self,
        schema: &'d Value,
        test: &dyn Fn(&'d Value) -> bool,
    ) -> Option<(String, String, &'d Value)> {
        let mut level = vec![(String::new(), self.resolve(schema))];
        for _ in 0..=ENVELOPES {
            for (pointer, schema) in &level {
                if let Some((root, item)) = self.items(schema).and_then(|items| self.object(items, test)) {
                    return Some((pointer.clone(), root, item));
                }
            }
            level = self.below(&level);
        }
        None
    }

    fn below(self, level: &[(String, &'d Value)]) -> Vec<(String, &'d Value)> {
        level
            .iter()
            .flat_map(|(pointer, schema)| {
                let properties = self.properties(schema).into_iter();
                properties
                    .filter(|(name, _)| is_name(name))
                    .map(|(name, property)| (format!("{pointer}/{name}"), property))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    pub(super) fn is_kind(self, schema: &Value, kind: &str) -> bool {
        match &schema["type"] {
            Value::String(text) => text == kind,
            Value::Array(kinds) => kinds.iter().any(|known| known == kind),
            _ => false,
        }
    }
}
