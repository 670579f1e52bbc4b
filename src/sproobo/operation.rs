//! The operations of the contract, and the calls they become.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::template::{OWN, Template, Values, encode};
use crate::error::ApiError;
use crate::sanitize;

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($variable:literal)*],)*) => {
        /// What can be asked of Sproobo.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($(#[$doc])* $variant,)*
        }

        impl Operation {
            /// All of them, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the contract.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The variables that it can have values for, beside the user's own.
            pub fn variables(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($variable),*],)* }
            }
        }
    };
}

operations! {
    Trigger "trigger" ["site" "ref" "commit" "message" "client_token"],
    Deployment "deployment" ["site" "deployment"],
    Deployments "deployments" ["site" "limit"],
    Cancel "cancel" ["site" "deployment"],
    /// Goes back to an earlier deployment.
    Rollback "rollback" ["site" "deployment" "client_token"],
    /// Reads a page of a deployment's log.
    Logs "logs" ["site" "deployment" "cursor"],
    Site "site" ["site"],
    Sites "sites" [],
    ApiKeys "api_keys" [],
    CreateApiKey "create_api_key" ["name"],
    RevokeApiKey "revoke_api_key" ["api_key"],
}

impl Operation {
    /// Whether it only reads: commands that read, dry runs and `doctor` ask for nothing else.
    #[must_use]
    pub fn reads(self) -> bool {
        match self {
            Self::Deployment | Self::Deployments | Self::Logs | Self::Site | Self::Sites | Self::ApiKeys => true,
            Self::Trigger | Self::Cancel | Self::Rollback | Self::CreateApiKey | Self::RevokeApiKey => false,
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A contract's entry for one operation, already checked.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Entry {
    pub(super) method: String,
    pub(super) path: String,
    headers: Option<BTreeMap<String, String>>,
    body: Option<Value>,
}

/// A request as the contract words it, without the key: what a dry run shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// Its headers, but for the key's.
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

/// Why an operation can't become a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The contract says `null`.
    #[error("the contract does not offer it")]
    NotOffered,
    /// A variable has no value, or one that would change the path.
    #[error("{0}")]
    Value(String),
}

impl Unusable {
    /// The same as the error of a call.
    pub fn of(self, operation: Operation) -> ApiError {
        let operation = operation.name();
        match self {
            Self::NotOffered => ApiError::NotOffered { operation },
            Self::Value(detail) => ApiError::Unusable { operation, detail },
        }
    }

    fn value(text: impl AsRef<str>) -> Self {
        Self::Value(sanitize::line(text.as_ref()).into_owned())
    }
}

impl Entry {
    /// Puts the values in.
    pub(super) fn call(&self, base_url: &Url, values: &Values) -> Result<Call, Unusable> {
        // A forgotten `--var` is a mistake wherever it stands; only our own variables may be unset.
        if let Some(name) = self.own_variables().find(|name| values.get(name).is_none()) {
            let own = &name[OWN.len()..];
            return Err(Unusable::value(format!(
                "`{{{name}}}` has no value: give --var {own}=VALUE"
            )));
        }
        let text = format!(
            "{}{}",
            base_url.as_str().trim_end_matches('/'),
            expand_path(&self.path, values)?
        );
        let url = Url::parse(&text).map_err(|error| Unusable::value(format!("{text:?} is no URL: {error}")))?;
        let headers = self.headers.iter().flatten().filter_map(|(name, value)| {
            let template = Template::parse(value);
            match template.only_variable() {
                Some(only) if values.get(only).is_none() => None,
                _ => Some((name.clone(), template.expand_raw(values))),
            }
        });
        Ok(Call {
            method: self.method.clone(),
            url,
            headers: headers.collect(),
            body: self.body.as_ref().and_then(|body| expand_body(body, values)),
        })
    }

    /// The user's own variables that it needs, wherever they stand.
    pub(super) fn own_variables(&self) -> impl Iterator<Item = &str> {
        let mut texts = vec![self.path.as_str()];
        texts.extend(self.headers.iter().flatten().map(|(_, value)| value.as_str()));
        if let Some(body) = &self.body {
            body_texts(body, &mut texts);
        }
        texts
            .into_iter()
            .flat_map(|text| Template::parse(text).variables().collect::<Vec<_>>())
            .filter(|name| name.starts_with(OWN))
    }
}

/// Every string of a body that can hold variables.
pub(super) fn body_texts<'b>(body: &'b Value, texts: &mut Vec<&'b str>) {
    match body {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| body_texts(item, texts)),
        Value::Object(members) => members.values().for_each(|member| body_texts(member, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a URL parser takes this segment for a step: it reads an encoded dot as a dot (WHATWG URL, section 4.1).
pub(super) fn is_step(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(segment.as_str(), "." | "..")
}

fn expand_path(path: &str, values: &Values) -> Result<String, Unusable> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut text = String::new();
    for segment in path.split('/').skip(1) {
        let template = Template::parse(segment);
        let segment = template
            .expand(values, encode)
            .map_err(|unset| Unusable::value(format!("`{{{unset}}}` has no value, and the path needs one")))?;
        // A URL parser would take these as steps, and the request would go elsewhere.
        if is_step(&segment) {
            return Err(Unusable::value(format!("{segment:?} can't be a segment of the path")));
        }
        text.push('/');
        text.push_str(&segment);
    }
    let pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| Template::parse(pair).expand(values, encode).ok())
        .collect();
    if !pairs.is_empty() {
        text.push('?');
        text.push_str(&pairs.join("&"));
    }
    Ok(text)
}

/// The body with its values; nothing for a string that is exactly one unset variable.
fn expand_body(body: &Value, values: &Values) -> Option<Value> {
    Some(match body {
        Value::String(text) => {
            let template = Template::parse(text);
            match template.only_variable() {
                Some(name) => Value::String(values.get(name)?.to_owned()),
                None => Value::String(template.expand_raw(values)),
            }
        }
        Value::Array(items) => items.iter().filter_map(|item| expand_body(item, values)).collect(),
        Value::Object(members) => members
            .iter()
            .filter_map(|(name, member)| Some((name.clone(), expand_body(member, values)?)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
    })
}
