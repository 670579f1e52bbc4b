//! The document as a whole, and the parts that are no operations and no fields.

use serde_json::{Map, Value};

use super::problem::{Check, Problem, join};
use crate::http::HeaderValue;
use crate::model::StatusClass;
use crate::sproobo::document::{AUTH, TOP, parse_base_url};
use crate::sproobo::member::names;
use crate::sproobo::statuses::{HEALTH, normal};
use crate::sproobo::template::Template;

/// Everything that is wrong with a merged document.
pub(crate) fn problems(document: &Value) -> Vec<Problem> {
    let mut check = Check::default();
    let Some(top) = check.members("", document, &names(TOP)) else {
        return check.problems;
    };
    let member = |name: &str| top.get(name).unwrap_or(&Value::Null);
    if !matches!(member("$schema"), Value::Null | Value::String(_)) {
        check.problem("/$schema", "expected the address of a JSON Schema");
    }
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
    check.auth(member("auth"));
    check.headers("/headers", member("headers"), &[]);
    check.operations(member("operations"));
    check.fields(member("fields"));
    check.cursors(document);
    check.statuses(member("statuses"));
    check.texts("/billing_words", member("billing_words"));
    check.problems
}

impl Check {
    fn auth(&mut self, auth: &Value) {
        let Some(auth) = self.members("/auth", auth, &names(AUTH)) else {
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

    fn statuses(&mut self, statuses: &Value) {
        let classes: Vec<String> = StatusClass::named().map(|(_, name)| name).collect();
        let known: Vec<&str> = classes.iter().map(String::as_str).chain(HEALTH).collect();
        let Some(lists) = self.members("/statuses", statuses, &known) else {
            return;
        };
        self.one_class_a_word(lists, &known[..classes.len()]);
        self.one_class_a_word(lists, &HEALTH);
        let is_empty = |class: &str| lists.get(class).and_then(Value::as_array).is_none_or(Vec::is_empty);
        if is_empty("succeeded") && is_empty("finished") {
            self.problem(
                "/statuses",
                "expected a word of success in `succeeded` or `finished`: without one no deployment could ever succeed",
            );
        }
    }

    /// The lists of these names share no word.
    fn one_class_a_word(&mut self, lists: &Map<String, Value>, names: &[&str]) {
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (class, words) in lists.iter().filter(|(class, _)| names.contains(&class.as_str())) {
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
