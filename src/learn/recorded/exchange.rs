//! A request and its reply, as far as learning needs them.

use std::sync::OnceLock;

use serde_json::Value;

use super::graphql::Query;
use crate::learn::json::{leaves, within};
use crate::learn::value::{id_text, speaks_of};

/// One request of a recording with its reply. It holds values, so none of it is ever shown as it is.
#[derive(Debug)]
pub(in crate::learn) struct Exchange {
    /// When the request was sent, in milliseconds of the recording's clock.
    pub(in crate::learn) sent: i64,
    /// When the reply had come.
    pub(super) answered: i64,
    pub(super) method: String,
    /// Scheme, host and port.
    pub(super) origin: String,
    /// The path's segments, decoded.
    pub(super) segments: Vec<String>,
    /// The query's pairs, decoded.
    pub(super) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) status: u16,
    pub(super) reply: Reply,
    /// The very same request was made several times over.
    pub(super) repeated: bool,
    /// See [`Self::values`]: made when the exchange is complete and they are asked for, since every id of a recording is
    /// looked for in every request of it.
    pub(super) values: OnceLock<Vec<String>>,
}

/// What a request carried.
#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// Something that no contract can send.
    Other,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    Json(Value),
    /// One JSON document a line; the first of them.
    Lines(Vec<Value>),
    Text,
    /// Nothing, or nothing that a contract could read.
    Nothing,
}

impl Exchange {
    pub(super) fn json(&self) -> Option<&Value> {
        match &self.reply {
            Reply::Json(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn graphql(&self) -> Option<Query<'_>> {
        match &self.body {
            Body::Json(body) if self.method == "POST" => Query::of(body),
            _ => None,
        }
    }

    /// Whether it reads and changes nothing: a `GET`, a GraphQL query, or a `POST` that asks the same again and again.
    pub(super) fn reads(&self) -> bool {
        match self.graphql() {
            Some(query) => !query.is_mutation(),
            None => matches!(self.method.as_str(), "GET" | "HEAD") || self.repeated,
        }
    }

    /// A `POST` whose body alone says what is asked.
    pub(super) fn asks_by_body(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(body) if self.method == "POST" && self.graphql().is_none() => Some(body),
            _ => None,
        }
    }

    pub(super) fn worked(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value that the request holds outside its headers.
    pub(super) fn values(&self) -> &[String] {
        self.values.get_or_init(|| self.collect_values())
    }

    fn collect_values(&self) -> Vec<String> {
        let mut values = self.segments.clone();
        for (_, value) in &self.query {
            let inner = within(value);
            values.extend(inner.iter().flat_map(leaves).filter_map(|leaf| id_text(leaf.value)));
            values.push(value.clone());
        }
        match &self.body {
            Body::Json(body) => {
                values.extend(leaves(body).iter().filter_map(|leaf| id_text(leaf.value)));
                if let Some(query) = Query::of(body) {
                    values.extend(query.literals().into_iter().map(|(_, value)| value.to_owned()));
                }
            }
            Body::Form(pairs) => values.extend(pairs.iter().map(|(_, value)| value.clone())),
            Body::None | Body::Other => {}
        }
        values
    }

    /// Whether the request asks for this value, also as several segments of the path.
    pub(super) fn mentions(&self, value: &str) -> bool {
        self.values().iter().any(|known| known == value)
            || (value.contains('/') && self.segments.join("/").contains(value))
    }

    /// Whether the path, or what a query asks for, is named so.
    pub(super) fn is_named(&self, names: &[&str]) -> bool {
        let field = self.graphql().map(Query::field);
        let segments = self.segments.iter().map(String::as_str);
        segments.chain(field).any(|name| speaks_of(name, names))
    }

    /// Whether the reply shows this id or name.
    pub(super) fn shows(&self, text: &str) -> bool {
        let shown = self.json().map(leaves).unwrap_or_default();
        shown.iter().any(|leaf| id_text(leaf.value).as_deref() == Some(text))
    }

    /// What makes two requests the same call: all but the values that differ from one call to the next.
    pub(super) fn shape(&self, changing: &[&str]) -> Shape {
        let fixed = |text: &String| {
            if changing.contains(&text.as_str()) {
                String::new()
            } else {
                text.clone()
            }
        };
        Shape {
            method: self.method.clone(),
            origin: self.origin.clone(),
            segments: self.segments.iter().map(fixed).collect(),
            asks: match self.graphql() {
                Some(query) => Some(query.text.to_owned()),
                None => self.asks_by_body().filter(|_| self.repeated).map(|body| {
                    let text = body.to_string();
                    changing.iter().fold(text, |text, value| text.replace(value, ""))
                }),
            },
        }
    }
}

/// See [`Exchange::shape`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    method: String,
    origin: String,
    segments: Vec<String>,
    asks: Option<String>,
}
