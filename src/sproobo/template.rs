//! Texts with variables: `{site}`, `{var.NAME}`.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a path segment and in a query value: the unreserved characters of RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How a user's own variables begin (`--var NAME=VALUE` is `{var.NAME}`).
pub(super) const OWN: &str = "var.";

/// How the variables of what a rollback returns to begin.
const TARGET: &str = "target.";

/// The commit of what a rollback returns to.
pub(super) const TARGET_COMMIT: &str = "target.commit";

/// Percent-encodes a value so that it is one path segment, or one query value.
fn encode(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// The values of a call's variables. A variable without a value is *unset*; so is one with an empty value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// No variable is set, but for the user's own: each `NAME` as `{var.NAME}`.
    pub fn new(own: &BTreeMap<String, String>) -> Self {
        // `collect` would sort them first, with a routine of its own.
        let mut values = BTreeMap::new();
        values.extend(own.iter().map(|(name, value)| (format!("{OWN}{name}"), value.clone())));
        Self(values)
    }

    /// Sets a variable, unless the value is none or empty.
    #[must_use]
    pub fn with<'v>(mut self, name: &str, value: impl Into<Option<&'v str>>) -> Self {
        if let Some(value) = value.into().filter(|value| !value.is_empty()) {
            self.0.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    Variable {
        name: &'t str,
        /// `{+name}`: its value may be several path segments.
        several: bool,
    },
}

/// A text with variables, taken apart. A brace that begins no `{name}` is text, so that a GraphQL body can be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'t>(Vec<Piece<'t>>);

impl<'t> Template<'t> {
    pub(super) fn parse(text: &'t str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut from = 0;
        while let Some(open) = rest[from..].find('{').map(|at| from + at) {
            let after = &rest[open + 1..];
            let several = after.starts_with('+');
            let Some(name) = variable(after.strip_prefix('+').unwrap_or(after)) else {
                from = open + 1;
                continue;
            };
            if open > 0 {
                pieces.push(Piece::Text(&rest[..open]));
            }
            pieces.push(Piece::Variable { name, several });
            rest = &rest[open + name.len() + 2 + usize::from(several)..];
            from = 0;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest));
        }
        Self(pieces)
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter_map(|piece| match *piece {
            Piece::Variable { name, .. } => Some(name),
            Piece::Text(_) => None,
        })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter_map(|piece| match *piece {
            Piece::Text(text) => Some(text),
            Piece::Variable { .. } => None,
        })
    }

    /// The text's one variable, if it is nothing else.
    pub(super) fn only_variable(&self) -> Option<&'t str> {
        match self.0.as_slice() {
            [Piece::Variable { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// The text with every value percent-encoded in its place: as one path segment (or query value), or as several where
    /// the template says so.
    ///
    /// # Errors
    /// The first unset variable's name.
    pub(super) fn encode(&self, values: &Values) -> Result<String, &'t str> {
        self.0
            .iter()
            .map(|piece| match *piece {
                Piece::Text(text) => Ok(text.to_owned()),
                Piece::Variable { name, several } => {
                    let value = values.get(name).ok_or(name)?;
                    Ok(if several {
                        let segments: Vec<String> = value.split('/').map(encode).collect();
                        segments.join("/")
                    } else {
                        encode(value)
                    })
                }
            })
            .collect()
    }

    /// The text with every value as it is, and nothing for what is unset.
    pub(super) fn expand_raw(&self, values: &Values) -> String {
        self.0
            .iter()
            .map(|piece| match *piece {
                Piece::Text(text) => text,
                Piece::Variable { name, .. } => values.get(name).unwrap_or_default(),
            })
            .collect()
    }
}

/// The name of the variable whose opening brace was just read.
fn variable(rest: &str) -> Option<&str> {
    let name = &rest[..rest.find('}')?];
    let is_name = |text: &str| {
        let text = text.strip_prefix(TARGET).unwrap_or(text);
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let is_own = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    match name.strip_prefix(OWN) {
        Some(own) => is_own(own),
        None => is_name(name),
    }
    .then_some(name)
}
