//! A recorded request as an operation of the contract.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::exchange::{Body, Exchange};
use super::graphql::Query;
use super::variables::{Variables, segment_name};
use crate::learn::draft::Operation;
use crate::learn::json::{has_index, last_name, leaves, parent, within};
use crate::learn::value::{header_case, id_text, is_name, is_opaque, name_parts, speaks_of};

/// Whole numbers up to here are copied: they are sizes, versions and switches.
const LARGEST_COPIED: u64 = 100;

/// What need not be encoded anywhere (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names of what must not be copied, not even as a variable of the user's own: it belongs to the browser's session.
const SECRETS: &[&str] = &[
    "token",
    "key",
    "secret",
    "signature",
    "sig",
    "password",
    "auth",
    "csrf",
    "xsrf",
    "session",
    "jwt",
];

const LIMITS: &[&str] = &["limit", "first", "take", "size", "count", "page_size", "per_page"];

/// Makes an operation of one call that was made once or more.
pub(super) struct Template<'t, 'e, 'a> {
    name: &'static str,
    allowed: &'static [&'static str],
    calls: &'t [&'e Exchange],
    variables: &'t mut Variables<'a>,
    /// Names of pairs that were left out.
    pub(super) left_out: Vec<String>,
    /// Where the replies show what the next call sends as its cursor.
    pub(super) cursor: Option<String>,
}

impl<'t, 'e, 'a> Template<'t, 'e, 'a> {
    pub(super) fn new(name: &'static str, calls: &'t [&'e Exchange], variables: &'t mut Variables<'a>) -> Self {
        Self {
            name,
            allowed: variables.assumed.variables_of(name),
            calls,
            variables,
            left_out: Vec::new(),
            cursor: None,
        }
    }

    pub(super) fn operation(&mut self) -> Option<Operation> {
        let call = *self.calls.first()?;
        let mut path = self.path(call);
        let query: Vec<String> = call
            .query
            .iter()
            .filter_map(|(name, value)| self.pair(name, value))
            .collect();
        if !query.is_empty() {
            path.push('?');
            path.push_str(&query.join("&"));
        }
        let mut form = false;
        let body = match &call.body {
            Body::None | Body::Other => None,
            Body::Json(body) => Some(self.body(body)),
            Body::Form(pairs) => {
                form = true;
                let members = pairs.iter().filter(|(name, _)| is_name(name));
                let members: Map<String, Value> = members
                    .map(|(name, value)| {
                        (
                            name.clone(),
                            self.scalar(&json!(value), name, &format!("the form's `{name}`")),
                        )
                    })
                    .collect();
                Some(members.into())
            }
        };
        Some(Operation {
            method: call.method.clone(),
            path,
            headers: self.headers(call),
            body,
            form,
            read: call.method != "GET" && call.reads(),
            accepted: false,
        })
    }

    fn path(&mut self, call: &Exchange) -> String {
        let segments = &call.segments;
        let mut path = String::new();
        let mut at = 0;
        while at < segments.len() {
            path.push('/');
            if let Some((variable, length)) = self.long_value(&segments[at..]) {
                path.push_str(&format!("{{+{variable}}}"));
                at += length;
                continue;
            }
            let segment = &segments[at];
            if self.variables.is_literal(segments, at) {
                path.push_str(segment);
            } else {
                let name = segment_name(segments, at);
                let place = format!("the path, behind `{name}`");
                path.push_str(&self.text(segment, &name, &place));
            }
            at += 1;
        }
        path
    }

    /// A known value that fills several segments from here on.
    fn long_value(&self, segments: &[String]) -> Option<(&'static str, usize)> {
        self.variables.with_slashes().find_map(|(value, variable)| {
            let parts: Vec<&str> = value.split('/').collect();
            let fits = self.allowed.contains(&variable)
                && segments.len() >= parts.len()
                && segments.iter().zip(&parts).all(|(segment, part)| segment == part);
            fits.then_some((variable, parts.len()))
        })
    }

    fn pair(&mut self, name: &str, value: &str) -> Option<String> {
        if !name.split(['[', ']']).all(|part| part.is_empty() || is_name(part)) {
            self.left_out.push("pair whose name is no identifier".to_owned());
            return None;
        }
        if let Some(input) = within(value) {
            let input = self.members(&input, "").to_string();
            return Some(format!("{name}={}", encoded(&input)));
        }
        if speaks_of(name, SECRETS) && self.variables.find(value).is_none() {
            let told = format!("query's `{name}`, which belongs to the browser's session by its name,");
            self.left_out.push(told);
            return None;
        }
        let changes = self.calls.iter().any(|call| {
            let its = call.query.iter().find(|(known, _)| known == name);
            its.is_none_or(|(_, its)| its != value)
        });
        let text = if self.is_limit(name, value) {
            "{limit}".to_owned()
        } else if let Some(variable) = self.variables.find(value).filter(|known| self.allowed.contains(known)) {
            format!("{{{variable}}}")
        } else if changes {
            let pointer = self.calls.iter().find_map(|call| {
                let (_, sent) = call.query.iter().find(|(known, _)| known == name)?;
                self.shown_before(sent)
            });
            self.cursor = Some(pointer?);
            "{cursor}".to_owned()
        } else {
            match copied(value) {
                Some(copied) => copied,
                // What only filters these lists is not worth a variable.
                None if matches!(self.name, "site" | "sites") && !self.variables.is_own(value) => {
                    self.left_out
                        .push(format!("query's `{name}`, which may only filter the list,"));
                    return None;
                }
                None => self.text(value, name, &format!("the query's `{name}`")),
            }
        };
        Some(format!("{}={text}", encoded(name)))
    }

    /// Where an earlier reply of the same call showed what this one sends.
    fn shown_before(&self, sent: &str) -> Option<String> {
        if !self.allowed.contains(&"cursor") {
            return None;
        }
        self.calls.iter().filter_map(|call| call.json()).find_map(|reply| {
            let shown = leaves(reply)
                .into_iter()
                .find(|leaf| !has_index(&leaf.pointer) && id_text(leaf.value).as_deref() == Some(sent));
            shown.map(|leaf| leaf.pointer)
        })
    }

    fn is_limit(&self, name: &str, value: &str) -> bool {
        let known = name_parts(name).join("_");
        self.allowed.contains(&"limit") && LIMITS.contains(&known.as_str()) && value.parse::<u32>().is_ok()
    }

    fn headers(&self, call: &Exchange) -> Map<String, Value> {
        let starts = matches!(self.name, "trigger" | "rollback");
        let names = call.headers.iter().map(|(name, _)| name);
        names
            .filter(|name| starts && speaks_of(name, &["idempotency"]) && is_name(name))
            .map(|name| (header_case(name), json!("{client_token}")))
            .collect()
    }

    fn body(&mut self, body: &Value) -> Value {
        let query = Query::of(body);
        let Value::Object(members) = body else {
            return self.members(body, "");
        };
        let mut made = Map::new();
        for (name, member) in members.iter().filter(|(name, _)| is_name(name)) {
            let value = match (name.as_str(), member, query) {
                ("query", _, Some(query)) => {
                    let text = query.rewritten(|name, value| self.text(value, name, "the query's text"));
                    json!(text)
                }
                // A name of the query's own text says nothing more than that does.
                ("operationName", Value::String(told), Some(query)) if is_name(told) && query.names(told) => {
                    json!(told)
                }
                _ => self.members(member, &format!("/{name}")),
            };
            made.insert(name.clone(), value);
        }
        made.into()
    }

    fn members(&mut self, value: &Value, pointer: &str) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| self.keeps(name))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|(name, member)| (name.clone(), self.members(member, &format!("{pointer}/{name}"))))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.members(item, &format!("{pointer}/{index}")))
                .collect(),
            scalar => {
                let name = match last_name(pointer) {
                    "id" | "value" | "" => last_name(parent(pointer)),
                    name => name,
                };
                self.scalar(scalar, name, &format!("the body's `{pointer}`"))
            }
        }
    }

    /// Whether a member of the body is kept: what is no identifier may be a value.
    fn keeps(&mut self, name: &str) -> bool {
        let keeps = is_name(name);
        if !keeps {
            self.left_out
                .push("member of the body whose name is no identifier".to_owned());
        }
        keeps
    }

    fn scalar(&mut self, value: &Value, name: &str, place: &str) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::String(text) if text.is_empty() => value.clone(),
            Value::Number(number) if self.is_limit(name, &number.to_string()) => json!("{limit}"),
            Value::Number(number) if number.as_u64().is_some_and(|number| number <= LARGEST_COPIED) => value.clone(),
            Value::String(text) => json!(self.text(text, name, place)),
            other => json!(self.text(&other.to_string(), name, place)),
        }
    }

    fn text(&mut self, value: &str, hint: &str, place: &str) -> String {
        let hint = if is_opaque(hint) { "value" } else { hint };
        let place = format!("{place} of `{}`", self.name);
        self.variables.text(value, hint, self.allowed, &place)
    }
}

/// A text as part of a query, with the variables in it as they are.
fn encoded(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        let end = from.find('}').filter(|end| {
            let name = &from[1..*end];
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            !name.is_empty() && name.bytes().all(plain)
        });
        let length = end.map_or(1, |end| end + 1);
        made.extend(utf8_percent_encode(before, UNRESERVED));
        match end {
            Some(_) => made.push_str(&from[..length]),
            None => made.extend(utf8_percent_encode(&from[..length], NON_ALPHANUMERIC)),
        }
        rest = &from[length..];
    }
    made.extend(utf8_percent_encode(rest, UNRESERVED));
    made
}

/// A query value that tells nothing of anybody: a switch or a small number.
fn copied(value: &str) -> Option<String> {
    let small = value.parse::<u64>().is_ok_and(|number| number <= LARGEST_COPIED);
    (small || matches!(value, "true" | "false" | "")).then(|| value.to_owned())
}
