//! A member that stands twice: one of the two would silently be lost.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{Problem, join};
use crate::sproobo::visit::visit_scalars;

/// Reads a document in which no object has two members of the same name.
pub(crate) fn parse(text: &str) -> Result<Value, Vec<Problem>> {
    let mut twice = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Node {
        path: String::new(),
        twice: &mut twice,
    };
    let read = root.deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    match read {
        Err(error) => Err(vec![Problem::new("", format!("expected a JSON document: {error}"))]),
        Ok(value) if twice.is_empty() => Ok(value),
        Ok(_) => Err(twice),
    }
}

/// A value at a place.
struct Node<'a> {
    path: String,
    twice: &'a mut Vec<Problem>,
}

impl Node<'_> {
    fn below(&mut self, name: &str) -> Node<'_> {
        Node {
            path: join(&self.path, name),
            twice: self.twice,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    visit_scalars!(Value, std::convert::identity);

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.below(&array.len().to_string()))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let member = members.next_value_seed(self.below(&name))?;
            if object.contains_key(&name) {
                let problem = Problem::new(join(&self.path, &name), "expected once: it stands twice in the file");
                self.twice.push(problem);
            }
            object.insert(name, member);
        }
        Ok(Value::Object(object))
    }
}
