//! Which value of a recording is which variable of the contract.

use std::collections::HashSet;

use crate::learn::Assumed;

use super::exchange::{Body, Exchange};
use crate::learn::json::leaves;
use crate::learn::value::{id_text, is_opaque, name_parts, speaks_of};

/// Segments that are part of a path whatever else they name.
const USUAL: &[&str] = &[
    "api",
    "rest",
    "graphql",
    "client",
    "public",
    "internal",
    "dashboard",
    "backend",
    "web",
    "trpc",
    "rpc",
    "deploy",
];

/// Segments behind which the name of one thing stands, though they are no plural.
const OWNERS: &[&str] = &[
    "account",
    "team",
    "org",
    "organization",
    "user",
    "workspace",
    "project",
    "site",
    "app",
    "service",
];

/// A value that the contract's user has to give (`--var NAME=VALUE`).
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) value: String,
    pub(super) name: String,
    /// Where the recording has it, without the value.
    pub(super) place: String,
}

/// The values that have a name.
pub(super) struct Variables<'a> {
    pub(super) assumed: Assumed<'a>,
    known: Vec<(String, &'static str)>,
    own: Vec<Own>,
    /// What replies show as an id or a name, and what requests send elsewhere than in the path.
    named: HashSet<String>,
}

impl<'a> Variables<'a> {
    pub(super) fn of(exchanges: &[&Exchange], assumed: Assumed<'a>) -> Self {
        let mut named = HashSet::new();
        for exchange in exchanges {
            let shown = exchange.json().map(leaves).unwrap_or_default();
            let ids = shown.into_iter().filter(|leaf| {
                speaks_of(
                    leaf.name(),
                    &["id", "uid", "uuid", "slug", "name", "login", "handle", "key"],
                )
            });
            named.extend(ids.filter_map(|leaf| id_text(leaf.value)));
            named.extend(exchange.query.iter().map(|(_, value)| value.clone()));
            if let Body::Json(body) = &exchange.body {
                named.extend(leaves(body).into_iter().filter_map(|leaf| id_text(leaf.value)));
            }
        }
        named.retain(|value| value.len() > 1);
        Self {
            assumed,
            known: Vec::new(),
            own: Vec::new(),
            named,
        }
    }

    /// Names a value. The first name that is given to it stays.
    pub(super) fn name(&mut self, value: &str, variable: &'static str) {
        if !value.is_empty() && self.find(value).is_none() {
            self.known.push((value.to_owned(), variable));
        }
    }

    pub(super) fn find(&self, value: &str) -> Option<&'static str> {
        let found = self.known.iter().find(|(known, _)| known == value);
        found.map(|(_, variable)| *variable)
    }

    /// The named values that are written with slashes, as one value of several segments.
    pub(super) fn with_slashes(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let long = self.known.iter().filter(|(value, _)| value.contains('/'));
        long.map(|(value, variable)| (value.as_str(), *variable))
    }

    /// `{site}` and the like, where the operation has a value for it; else one of the user's own.
    pub(super) fn text(&mut self, value: &str, hint: &str, allowed: &[&str], place: &str) -> String {
        match self.find(value).filter(|variable| allowed.contains(variable)) {
            Some(variable) => format!("{{{variable}}}"),
            None => format!("{{var.{}}}", self.own_name(value, hint, place)),
        }
    }

    fn own_name(&mut self, value: &str, hint: &str, place: &str) -> String {
        if let Some(own) = self.own.iter().find(|own| own.value == value) {
            return own.name.clone();
        }
        let mut parts = name_parts(hint);
        if parts.len() > 1 {
            parts.retain(|part| !matches!(part.as_str(), "id" | "uid" | "uuid" | "slug"));
        }
        let base = match parts.join("_") {
            empty if empty.is_empty() => "value".to_owned(),
            name => name,
        };
        let name = (1..)
            .map(|number| {
                if number == 1 {
                    base.clone()
                } else {
                    format!("{base}_{number}")
                }
            })
            .find(|name| self.own.iter().all(|own| own.name != *name))
            .unwrap_or_default();
        self.own.push(Own {
            value: value.to_owned(),
            name: name.clone(),
            place: place.to_owned(),
        });
        name
    }

    pub(super) fn into_own(self) -> Vec<Own> {
        self.own
    }

    /// Whether a value is one of the user's own already.
    pub(super) fn is_own(&self, value: &str) -> bool {
        self.own.iter().any(|own| own.value == value)
    }

    /// Whether a segment belongs to the path itself and is no value in it.
    pub(super) fn is_literal(&self, segments: &[String], at: usize) -> bool {
        let segment = segments[at].as_str();
        if segment.is_empty() {
            return true;
        }
        if self.find(segment).is_some() || !is_plain(segment) {
            return false;
        }
        let usual = USUAL.contains(&segment) || is_collection(segment);
        let before = at.checked_sub(1).map(|before| segments[before].as_str());
        let behind_collection = before.is_some_and(|before| is_collection(before) || OWNERS.contains(&before));
        if behind_collection && !is_collection(segment) && (at + 1 < segments.len() || self.named.contains(segment)) {
            return false;
        }
        usual || !self.named.contains(segment)
    }
}

/// The name of what stands in a place of the path: that of the segment before it, in the singular.
pub(super) fn segment_name(segments: &[String], at: usize) -> String {
    let before = segments[..at].iter().rev().find(|segment| is_plain(segment));
    before.map_or_else(|| "id".to_owned(), |segment| singular(segment))
}

fn singular(word: &str) -> String {
    match word {
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if is_collection(word) => word[..word.len() - 1].to_owned(),
        _ => word.to_owned(),
    }
}

fn is_collection(segment: &str) -> bool {
    is_plain(segment)
        && segment.len() > 3
        && segment.ends_with('s')
        && !segment.ends_with("ss")
        && !segment.ends_with("us")
}

/// Words of letters, as a path's own segments are.
fn is_plain(segment: &str) -> bool {
    segment.len() <= 32
        && !segment.is_empty()
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && segment.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !segment.starts_with('.')
        && !is_opaque(segment)
}
