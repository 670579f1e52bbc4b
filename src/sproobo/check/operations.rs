//! The operations: what is sent, and whether every variable in it has a value there.

use serde_json::{Map, Value};

use super::problem::{Check, did_you_mean, join};
use crate::http::{HeaderName, HeaderValue};
use crate::sproobo::member::{Member, names};
use crate::sproobo::operation::{BODIES, METHODS, Operation, REPLIES, THEN, body_texts};
use crate::sproobo::path::is_path;
use crate::sproobo::template::{OWN, Template};

/// Headers that say where a request goes, where it ends and how its body is to be read: those are not the contract's to
/// say (`body_as` says the last).
const FRAMING: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "upgrade",
];

impl Check {
    pub(super) fn operations(&mut self, operations: &Value) {
        let known: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        let Some(operations) = self.members("/operations", operations, &known) else {
            return;
        };
        for (name, entry) in operations {
            if let Some(operation) = Operation::named(name).filter(|_| !entry.is_null()) {
                self.operation(&join("/operations", name), operation, entry);
            }
        }
    }

    fn operation(&mut self, path: &str, operation: Operation, entry: &Value) {
        let known: Vec<Member> = operation.members().collect();
        let Some(entry) = self.members(path, entry, &names(&known)) else {
            return;
        };
        self.method(path, operation, entry);
        self.request(path, entry, &format!("`{operation}`"), operation.variables());
        self.needed(path, operation, entry);
        let member = |name: &str| entry.get(name).unwrap_or(&Value::Null);
        self.one_of(&join(path, "reply"), member("reply"), REPLIES);
        let then = member("then");
        if !then.is_null() {
            self.then(&join(path, "then"), then);
        }
    }

    /// What is read instead of the deployment.
    fn then(&mut self, path: &str, then: &Value) {
        let Some(then) = self.members(path, then, &names(THEN)) else {
            return;
        };
        self.method(path, Operation::Deployment, then);
        self.request(path, then, "`then`", Operation::Deployment.variables());
        self.needed(path, Operation::Deployment, then);
    }

    /// A method that the operation may have: what reads is a GET, or a POST that says that it reads.
    fn method(&mut self, path: &str, operation: Operation, entry: &Map<String, Value>) {
        let method = entry.get("method").and_then(Value::as_str).unwrap_or_default();
        if !METHODS.contains(&method) {
            self.problem(join(path, "method"), format!("expected one of {}", METHODS.join(", ")));
        }
        let reads = match entry.get("read").unwrap_or(&Value::Null) {
            Value::Null => false,
            Value::Bool(reads) => *reads,
            _ => {
                self.problem(join(path, "read"), "expected true or false");
                true
            }
        };
        if operation.reads() && method != "GET" && !(method == "POST" && reads) {
            self.problem(
                join(path, "method"),
                format!("`{operation}` only reads: expected GET, or POST with \"read\": true where the API reads so"),
            );
        }
    }

    /// Path, headers and body, with these variables.
    fn request(&mut self, path: &str, entry: &Map<String, Value>, what: &str, variables: &[&str]) {
        let member = |name: &str| entry.get(name).unwrap_or(&Value::Null);
        match member("path").as_str() {
            Some(text) => self.path(&join(path, "path"), text, what, variables),
            None => self.problem(join(path, "path"), "expected a path that begins with /"),
        }
        self.headers_of(&join(path, "headers"), member("headers"), what, variables);
        let body = member("body");
        let body_path = join(path, "body");
        if member("method").as_str() == Some("GET") && !body.is_null() {
            self.problem(&body_path, "expected none: a GET carries no body");
        }
        let mut texts = Vec::new();
        body_texts(body, &mut texts);
        for text in texts {
            self.variables(&body_path, text, what, variables);
        }
        self.one_of(&join(path, "body_as"), member("body_as"), BODIES);
        if member("body_as").as_str() == Some("form") && !is_flat(body) {
            self.problem(
                body_path,
                "expected an object of texts, numbers and booleans: a form holds no more",
            );
        }
    }

    /// Without these an operation would ask for another thing than it is about, and its answer be taken for ours.
    fn needed(&mut self, path: &str, operation: Operation, entry: &Map<String, Value>) {
        let Some(needed) = operation.needed() else { return };
        let mut texts: Vec<&str> = entry.get("path").and_then(Value::as_str).into_iter().collect();
        for member in ["headers", "body"] {
            body_texts(entry.get(member).unwrap_or(&Value::Null), &mut texts);
        }
        let mut used = texts
            .into_iter()
            .flat_map(|text| Template::parse(text).variables().collect::<Vec<_>>());
        if !used.any(|name| needed.contains(&name)) {
            let list: Vec<String> = needed.iter().map(|name| format!("{{{name}}}")).collect();
            self.problem(
                path,
                format!(
                    "expected {} in it: else it would answer about another one",
                    list.join(" or ")
                ),
            );
        }
    }

    fn path(&mut self, path: &str, text: &str, what: &str, variables: &[&str]) {
        self.variables(path, text, what, variables);
        if !is_path(text) {
            self.problem(
                path,
                "expected a path that begins with /, without white space, `#`, `\\`, `.` and `..` steps and stray braces",
            );
        }
    }

    pub(super) fn headers(&mut self, path: &str, headers: &Value, variables: &[&str]) {
        self.headers_of(path, headers, "`headers` of all operations", variables);
    }

    fn headers_of(&mut self, path: &str, headers: &Value, what: &str, variables: &[&str]) {
        match headers {
            Value::Null => {}
            Value::Object(headers) => {
                for (name, value) in headers {
                    let path = join(path, name);
                    self.header_name(&path, name);
                    match value.as_str() {
                        Some(text) if HeaderValue::from_str(text).is_ok() => {
                            self.variables(&path, text, what, variables);
                        }
                        _ => self.problem(path, "expected a header's value"),
                    }
                }
            }
            _ => self.problem(path, "expected an object"),
        }
    }

    /// Every variable has a value there: one without would drop a member, and the request be another one.
    fn variables(&mut self, path: &str, text: &str, what: &str, having: &[&str]) {
        for name in Template::parse(text).variables().filter(|name| !name.starts_with(OWN)) {
            let known = every_variable();
            if !known.contains(&name) {
                let hint = did_you_mean(name, &known);
                self.problem(
                    path,
                    format!("unknown variable {{{name}}}{hint}; your own are {{var.NAME}}"),
                );
            } else if !having.contains(&name) {
                let these = match having {
                    [] => "it has none but your own".to_owned(),
                    having => format!("these have: {{{}}}", having.join("}, {")),
                };
                self.problem(path, format!("{{{name}}} has no value in {what}; {these}"));
            }
        }
    }

    pub(super) fn header_name(&mut self, path: &str, name: &str) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() || FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
            self.problem(path, "expected the name of a header that may be set");
        }
    }
}

/// Whether a form can hold it.
fn is_flat(body: &Value) -> bool {
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    body.is_null() || body.as_object().is_some_and(|members| members.values().all(is_scalar))
}

/// Every variable that some operation has a value for, beside the user's own.
fn every_variable() -> Vec<&'static str> {
    Operation::ALL
        .iter()
        .flat_map(|operation| operation.variables())
        .copied()
        .collect()
}
