//! What can be wrong with a contract file: everything at once, each with its place and what was expected there.

use serde_json::{Map, Value};

use super::document::{default_document, parse_base_url};
use super::operation::{Operation, body_texts, is_step};
use super::statuses::normal;
use super::template::{OWN, Template};
use crate::http::{HeaderName, HeaderValue};
use crate::sanitize;

/// One thing that is wrong with a contract file. Safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {expected}", if .path.is_empty() { "the contract" } else { .path.as_str() })]
pub struct Problem {
    /// Where, as a JSON pointer; empty for the whole file.
    pub path: String,
    /// What was expected there.
    pub expected: String,
}

impl Problem {
    pub(super) fn new(path: impl AsRef<str>, expected: impl AsRef<str>) -> Self {
        // The file lies in a checkout, so what it holds is data from outside.
        Self {
            path: sanitize::line(path.as_ref()).into_owned(),
            expected: sanitize::line(expected.as_ref()).into_owned(),
        }
    }
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Headers that say where a request goes and where it ends: theirs is the HTTP library's word alone.
const FRAMING: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
];

/// Lists without which no reply could be read; every other list of pointers may be empty.
const NEEDED: &[&str] = &["root", "items", "id", "status", "value"];

/// How alike a known name must be to be meant (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// Everything that is wrong with a merged document. The default document is the schema: it has every member.
pub(super) fn problems(document: &Value) -> Vec<Problem> {
    let schema = default_document();
    let mut check = Check { problems: Vec::new() };
    let Some(top) = check.object("", document, &schema) else {
        return check.problems;
    };
    let member = |name: &str| top.get(name).unwrap_or(&Value::Null);
    if member("version").as_u64() != Some(1) {
        check.problem("/version", "expected 1, the only version there is");
    }
    match member("base_url").as_str() {
        Some(text) => {
            if let Err(expected) = parse_base_url(text) {
                check.problem("/base_url", expected);
            }
        }
        None => check.problem("/base_url", "expected a URL"),
    }
    check.auth(member("auth"), &schema["auth"]);
    check.operations(member("operations"), &schema["operations"]);
    check.fields(member("fields"), &schema["fields"]);
    check.statuses(member("statuses"), &schema["statuses"]);
    check.texts("/billing_words", member("billing_words"));
    check.problems
}

struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn problem(&mut self, path: impl AsRef<str>, expected: impl AsRef<str>) {
        self.problems.push(Problem::new(path, expected));
    }

    /// The value as an object that has no member but the schema's.
    fn object<'v>(&mut self, path: &str, value: &'v Value, schema: &Value) -> Option<&'v Map<String, Value>> {
        let known: Vec<&str> = schema
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        self.members(path, value, &known)
    }

    fn members<'v>(&mut self, path: &str, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.problem(path, "expected an object");
            return None;
        };
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let mut hint = did_you_mean(name, known);
            if hint.is_empty() {
                hint = format!(": expected one of {}", known.join(", "));
            }
            self.problem(join(path, name), format!("unknown member{hint}"));
        }
        Some(members)
    }

    /// The value as an array of texts; none for `null`.
    fn texts<'v>(&mut self, path: &str, value: &'v Value) -> Vec<&'v str> {
        let texts: Option<Vec<&str>> = match value {
            Value::Null => return Vec::new(),
            Value::Array(items) => items.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let Some(texts) = texts else {
            self.problem(path, "expected an array of strings");
            return Vec::new();
        };
        texts
    }

    fn auth(&mut self, auth: &Value, schema: &Value) {
        let Some(auth) = self.object("/auth", auth, schema) else {
            return;
        };
        match auth.get("header").and_then(Value::as_str) {
            Some(name) => self.header_name("/auth/header", name),
            None => self.problem("/auth/header", "expected a header's name"),
        }
        let value = auth.get("value").and_then(Value::as_str).unwrap_or_default();
        let template = Template::parse(value);
        if !template.variables().eq(["key"]) || HeaderValue::from_str(value).is_err() {
            self.problem(
                "/auth/value",
                "expected a header's value with `{key}` once and no other variable",
            );
        }
    }

    fn operations(&mut self, operations: &Value, schema: &Value) {
        let Some(operations) = self.object("/operations", operations, schema) else {
            return;
        };
        for (name, entry) in operations {
            if let Some(operation) = Operation::named(name).filter(|_| !entry.is_null()) {
                self.operation(&join("/operations", name), operation, entry);
            }
        }
    }

    fn operation(&mut self, path: &str, operation: Operation, entry: &Value) {
        let Some(entry) = self.members(path, entry, &["method", "path", "headers", "body", "read"]) else {
            return;
        };
        let member = |name: &str| entry.get(name).unwrap_or(&Value::Null);
        let method = member("method").as_str().unwrap_or_default();
        if !METHODS.contains(&method) {
            self.problem(join(path, "method"), format!("expected one of {}", METHODS.join(", ")));
        }
        let reads = match member("read") {
            Value::Null => false,
            Value::Bool(reads) => *reads,
            _ => {
                self.problem(join(path, "read"), "expected true or false");
                true
            }
        };
        if reads && !operation.reads() {
            self.problem(
                join(path, "read"),
                format!("`{operation}` changes something: it can't be one that reads"),
            );
        }
        if operation.reads() && method != "GET" && !(method == "POST" && reads) {
            self.problem(
                join(path, "method"),
                format!("`{operation}` only reads: expected GET, or POST with \"read\": true where the API reads so"),
            );
        }
        match member("path").as_str() {
            Some(text) => self.path(&join(path, "path"), operation, text),
            None => self.problem(join(path, "path"), "expected a path that begins with /"),
        }
        let headers_path = join(path, "headers");
        match member("headers") {
            Value::Null => {}
            Value::Object(headers) => {
                for (name, value) in headers {
                    let path = join(&headers_path, name);
                    self.header_name(&path, name);
                    match value.as_str() {
                        Some(text) => self.variables(&path, text),
                        None => self.problem(path, "expected a string"),
                    }
                }
            }
            _ => self.problem(headers_path, "expected an object"),
        }
        let body = member("body");
        if method == "GET" && !body.is_null() {
            self.problem(join(path, "body"), "expected none: a GET carries no body");
        }
        let mut texts = Vec::new();
        body_texts(body, &mut texts);
        for text in texts {
            self.variables(&join(path, "body"), text);
        }
    }

    fn path(&mut self, path: &str, operation: Operation, text: &str) {
        self.variables(path, text);
        let template = Template::parse(text);
        // Each of these would end the path, or make the URL parser read another one.
        let stray = |byte: u8| byte <= b' ' || byte == 0x7f || matches!(byte, b'#' | b'\\' | b'{' | b'}');
        let is_stray = template.texts().any(|text| text.bytes().any(stray));
        let is_step = text.split(['?', '/']).any(is_step);
        if !text.starts_with('/') || is_stray || is_step {
            self.problem(
                path,
                "expected a path that begins with /, without white space, `#`, `\\`, `.` and `..` steps and stray braces",
            );
        }
        // Unset in the query drops the pair; in the path it could never work.
        let segments = text.split('?').next().unwrap_or_default();
        for name in Template::parse(segments).variables() {
            if variables().contains(&name) && !operation.variables().contains(&name) {
                let known = match operation.variables() {
                    [] => "it has none but your own".to_owned(),
                    known => format!("these have: {{{}}}", known.join("}, {")),
                };
                self.problem(path, format!("{{{name}}} has no value in `{operation}`; {known}"));
            }
        }
    }

    fn variables(&mut self, path: &str, text: &str) {
        for name in Template::parse(text).variables() {
            let known = variables();
            if !name.starts_with(OWN) && !known.contains(&name) {
                let hint = did_you_mean(name, &known);
                self.problem(
                    path,
                    format!("unknown variable {{{name}}}{hint}; your own are {{var.NAME}}"),
                );
            }
        }
    }

    fn header_name(&mut self, path: &str, name: &str) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() || FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
            self.problem(path, "expected the name of a header that may be set");
        }
    }

    fn fields(&mut self, fields: &Value, schema: &Value) {
        let Some(fields) = self.object("/fields", fields, schema) else {
            return;
        };
        for (group, schema) in schema.as_object().into_iter().flatten() {
            let path = join("/fields", group);
            // `null` takes every pointer of the group away.
            let empty = Value::Object(Map::new());
            let given = fields.get(group).filter(|given| !given.is_null()).unwrap_or(&empty);
            let Some(members) = self.object(&path, given, schema) else {
                continue;
            };
            for name in schema.as_object().into_iter().flatten().map(|(name, _)| name) {
                let pointers = members.get(name).unwrap_or(&Value::Null);
                self.pointers(&join(&path, name), name, pointers);
            }
        }
    }

    fn pointers(&mut self, path: &str, name: &str, value: &Value) {
        let before = self.problems.len();
        let pointers = self.texts(path, value);
        if self.problems.len() == before && pointers.is_empty() && NEEDED.contains(&name) {
            self.problem(path, "expected at least one JSON pointer");
        }
        for pointer in pointers.into_iter().filter(|pointer| !is_pointer(pointer)) {
            self.problem(
                path,
                format!("{pointer:?} is no JSON pointer (RFC 6901): expected \"\" or /a/b"),
            );
        }
    }

    fn statuses(&mut self, statuses: &Value, schema: &Value) {
        let Some(lists) = self.object("/statuses", statuses, schema) else {
            return;
        };
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (class, words) in lists {
            let path = join("/statuses", class);
            for word in self.texts(&path, words) {
                let normal = normal(word);
                if normal.is_empty() {
                    self.problem(&path, "expected words that are not empty");
                } else if let Some((_, other)) = seen.iter().find(|(known, other)| *known == normal && *other != class)
                {
                    self.problem(&path, format!("{word:?} is in {other} too: expected one class a word"));
                }
                seen.push((normal, class));
            }
        }
    }
}

/// Every variable that some operation has a value for, beside the user's own.
fn variables() -> Vec<&'static str> {
    Operation::ALL
        .iter()
        .flat_map(|operation| operation.variables())
        .copied()
        .collect()
}

/// The path of a member (RFC 6901, section 3).
fn join(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

fn did_you_mean(name: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| format!(" (did you mean `{known}`?)"))
        .unwrap_or_default()
}
