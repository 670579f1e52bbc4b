//! Where things stand in replies: the pointers.

use serde_json::{Map, Value};

use super::problem::{Check, join};
use crate::sproobo::document::GROUPS;
use crate::sproobo::member::{Kind, LOG_FORMATS, Member, names};
use crate::sproobo::operation::Operation;
use crate::sproobo::template::Template;

/// Lists without which no reply could be read; every other list of pointers may be empty.
const NEEDED: &[&str] = &["root", "items", "id", "status", "value"];

/// What is one thing in a reply, so that `*` can't stand for several.
const SINGLE: &[&str] = &["root", "items", "cursor"];

/// The lists that may come in pages, each with the operation that reads it.
const PAGED: &[(&str, Operation)] = &[
    ("deployments", Operation::Deployments),
    ("sites", Operation::Sites),
    ("api_keys", Operation::ApiKeys),
];

impl Check {
    pub(super) fn fields(&mut self, fields: &Value) {
        let groups: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        let Some(fields) = self.members("/fields", fields, &groups) else {
            return;
        };
        for (group, members) in GROUPS {
            let path = join("/fields", group);
            // `null` takes every pointer of the group away.
            let empty = Value::Object(Map::new());
            let given = fields.get(*group).filter(|given| !given.is_null()).unwrap_or(&empty);
            let Some(given) = self.members(&path, given, &names(members)) else {
                continue;
            };
            for Member { name, kind, .. } in *members {
                let value = given.get(*name).unwrap_or(&Value::Null);
                match kind {
                    Kind::Pointers => self.pointers(&join(&path, name), name, value),
                    Kind::LogFormat => self.one_of(&join(&path, name), value, LOG_FORMATS),
                    Kind::Other => {}
                }
            }
        }
    }

    fn pointers(&mut self, path: &str, name: &str, value: &Value) {
        let before = self.problems.len();
        let pointers = self.texts(path, value);
        if self.problems.len() == before && pointers.is_empty() && NEEDED.contains(&name) {
            self.problem(path, "expected at least one JSON pointer");
        }
        let mut whole = false;
        for pointer in pointers {
            if !is_pointer(pointer) {
                self.problem(
                    path,
                    format!("{pointer:?} is no JSON pointer (RFC 6901): expected \"\" or /a/b"),
                );
            } else if whole && SINGLE.contains(&name) {
                self.problem(
                    path,
                    format!("{pointer:?} can never count: \"\" before it always leads to something"),
                );
            } else if let Some(never) = never_leads_anywhere(pointer) {
                self.problem(path, format!("{pointer:?} can never lead to anything: {never}"));
            } else if SINGLE.contains(&name) && pointer.split('/').any(|segment| segment == "*") {
                self.problem(
                    path,
                    format!("{pointer:?}: `*` stands for several, and only one is expected here"),
                );
            }
            whole |= pointer.is_empty();
        }
    }

    /// A list with a cursor is asked for again with it.
    pub(super) fn cursors(&mut self, document: &Value) {
        for (list, operation) in PAGED {
            let pointers = &document["fields"][list]["cursor"];
            let entry = &document["operations"][operation.name()];
            let is_paged = pointers.as_array().is_some_and(|pointers| !pointers.is_empty());
            if is_paged && !entry.is_null() && !entry.to_string().contains("{cursor}") {
                self.problem(
                    format!("/fields/{list}/cursor"),
                    format!("`{operation}` has no {{cursor}} to ask for the next page with"),
                );
            }
        }
    }
}

fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

fn never_leads_anywhere(pointer: &str) -> Option<&'static str> {
    if pointer.split('/').any(|segment| segment == "-") {
        Some("`-` is what comes after an array's last item (RFC 6901, section 4)")
    } else if Template::parse(pointer).variables().next().is_some() {
        Some("pointers hold no variables")
    } else {
        None
    }
}
