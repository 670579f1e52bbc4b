//! A problem, and how problems are gathered.

use serde_json::{Map, Value};

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
    pub(crate) fn new(path: impl AsRef<str>, expected: impl AsRef<str>) -> Self {
        // The file lies in a checkout, so what it holds is data from outside.
        Self {
            path: sanitize::line(path.as_ref()).into_owned(),
            expected: sanitize::line(expected.as_ref()).into_owned(),
        }
    }
}

/// How alike a known name must be to be meant (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The problems found so far.
#[derive(Default)]
pub(super) struct Check {
    pub(super) problems: Vec<Problem>,
}

impl Check {
    pub(super) fn problem(&mut self, path: impl AsRef<str>, expected: impl AsRef<str>) {
        self.problems.push(Problem::new(path, expected));
    }

    /// The value as an object that has no member but these.
    pub(super) fn members<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
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
    pub(super) fn texts<'v>(&mut self, path: &str, value: &'v Value) -> Vec<&'v str> {
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

    /// Whether the value is one of these texts; absent is fine.
    pub(super) fn one_of(&mut self, path: &str, value: &Value, known: &[&str]) {
        let is_known = value.as_str().is_some_and(|text| known.contains(&text));
        if !value.is_null() && !is_known {
            self.problem(path, format!("expected one of {}", known.join(", ")));
        }
    }
}

/// The path of a member (RFC 6901, section 3).
pub(super) fn join(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn did_you_mean(name: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| format!(" (did you mean `{known}`?)"))
        .unwrap_or_default()
}
