//! The operations of the contract, and the calls they become.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::member::{Member, member};
use super::path;
use super::template::{OWN, TARGET_COMMIT, Template, Values};
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
    Deployments "deployments" ["site" "limit" "cursor"],
    Cancel "cancel" ["site" "deployment"],
    /// Goes back to an earlier deployment.
    Rollback "rollback" ["site" "deployment" "target.commit" "client_token"],
    /// Reads a page of a deployment's log.
    Logs "logs" ["site" "deployment" "cursor"],
    Site "site" ["site"],
    Sites "sites" ["cursor"],
    ApiKeys "api_keys" ["cursor"],
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

    /// The variables of which one must stand in it: else it would ask for another thing than it is about.
    pub(super) fn needed(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Deployment | Self::Cancel | Self::Logs => Some(&["deployment"]),
            Self::Rollback => Some(&["deployment", TARGET_COMMIT]),
            Self::Deployments | Self::Site => Some(&["site"]),
            Self::RevokeApiKey => Some(&["api_key"]),
            Self::Trigger | Self::Sites | Self::ApiKeys | Self::CreateApiKey => None,
        }
    }

    /// The members that its entry in the contract may have.
    pub(super) fn members(self) -> impl Iterator<Item = Member> {
        let more: &[Member] = match self {
            Self::Trigger => &[REPLY],
            Self::Rollback => &[REPLY, THEN_MEMBER],
            _ if self.reads() => &[READ],
            _ => &[],
        };
        REQUEST.iter().chain(more).copied()
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

pub(super) const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// How a body is sent.
pub(super) const BODIES: &[&str] = &["json", "form"];

/// What a reply holds.
pub(super) const REPLIES: &[&str] = &["deployment", "accepted"];

const REQUEST: &[Member] = &[
    member("method", "The HTTP method."),
    member(
        "path",
        "Below base_url. A variable's value is one path segment; {+name} takes several; an unset one drops its query pair.",
    ),
    member(
        "headers",
        "Headers beside the key's. One that is exactly an unset variable is left out.",
    ),
    member(
        "body",
        "The body. A member that is exactly one unset variable is left out; {limit} alone becomes a number.",
    ),
    member("body_as", "How the body is sent: json, or form (a flat object)."),
];

const READ: Member = member("read", "true: this POST only reads, as with GraphQL.");
const REPLY: Member = member(
    "reply",
    "accepted: a 2xx that names no deployment says that it was taken; the deployment is looked up in the list.",
);
const THEN_MEMBER: Member = member(
    "then",
    "What is polled after it, where its reply is another resource than a deployment: method, path and so on. {deployment} is the \
     id of the reply.",
);

/// What `then` may hold.
pub(super) const THEN: &[Member] = &[REQUEST[0], REQUEST[1], REQUEST[2], REQUEST[3], REQUEST[4], READ];

/// A contract's entry for one operation, already checked.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Entry {
    method: String,
    path: String,
    headers: Option<BTreeMap<String, String>>,
    body: Option<Value>,
    body_as: Option<BodyAs>,
    reply: Option<Reply>,
    then: Option<Box<Entry>>,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyAs {
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// What a reply holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    Deployment,
    Accepted,
}

/// A request as the contract words it, without the key: what a dry run shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    pub url: Url,
    /// Its headers, but for the key's.
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
    pub body_as: BodyAs,
}

impl Call {
    /// The body as it is sent, with its content type.
    #[must_use]
    pub fn payload(&self) -> Option<(&'static str, String)> {
        let body = self.body.as_ref()?;
        Some(match self.body_as {
            BodyAs::Json => ("application/json", body.to_string()),
            BodyAs::Form => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in body.as_object().into_iter().flatten() {
                    match value {
                        Value::Null => {}
                        Value::String(text) => drop(form.append_pair(name, text)),
                        other => drop(form.append_pair(name, &other.to_string())),
                    }
                }
                ("application/x-www-form-urlencoded", form.finish())
            }
        })
    }
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
    /// Whether a 2xx that names no deployment says that it was taken.
    pub(super) fn replies_with_acceptance(&self) -> bool {
        self.reply == Some(Reply::Accepted)
    }

    /// What is polled after it, where that is not a deployment.
    pub(super) fn then(&self) -> Option<&Self> {
        self.then.as_deref()
    }

    /// Whether this variable stands in it.
    pub(super) fn uses(&self, variable: &str) -> bool {
        self.variables().any(|name| name == variable)
    }

    /// Puts the values in; `common` are the headers of all operations.
    pub(super) fn call(
        &self,
        base_url: &Url,
        common: &BTreeMap<String, String>,
        values: &Values,
    ) -> Result<Call, Unusable> {
        let mut common: Vec<(&String, &String)> = common.iter().collect();
        let own = self.headers.iter().flatten();
        common.retain(|(name, _)| own.clone().all(|(own, _)| !own.eq_ignore_ascii_case(name)));
        // A forgotten `--var` is a mistake wherever it stands, and a rollback to no commit is one to somewhere else; only
        // our own other variables may be unset.
        let in_common = common
            .iter()
            .flat_map(|(_, text)| Template::parse(text).variables().collect::<Vec<_>>());
        let must_be_set = |name: &&str| name.starts_with(OWN) || *name == TARGET_COMMIT;
        if let Some(name) = self
            .variables()
            .chain(in_common)
            .filter(must_be_set)
            .find(|name| values.get(name).is_none())
        {
            return Err(match name.strip_prefix(OWN) {
                Some(own) => Unusable::value(format!("`{{{name}}}` has no value: give --var {own}=VALUE")),
                None => Unusable::value(format!(
                    "`{{{name}}}` has no value: the API shows no commit of what to return to"
                )),
            });
        }
        let text = format!(
            "{}{}",
            base_url.as_str().trim_end_matches('/'),
            path::expand(&self.path, values).map_err(Unusable::value)?
        );
        let url = Url::parse(&text).map_err(|error| Unusable::value(format!("{text:?} is no URL: {error}")))?;
        let headers = common.into_iter().chain(own).filter_map(|(name, value)| {
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
            body_as: self.body_as.unwrap_or_default(),
        })
    }

    /// The user's own variables that it needs, wherever they stand.
    pub(super) fn own_variables(&self) -> impl Iterator<Item = &str> {
        let then = self.then().into_iter().flat_map(Self::variables);
        self.variables().chain(then).filter(|name| name.starts_with(OWN))
    }

    fn variables(&self) -> impl Iterator<Item = &str> {
        let mut texts = vec![self.path.as_str()];
        texts.extend(self.headers.iter().flatten().map(|(_, value)| value.as_str()));
        if let Some(body) = &self.body {
            body_texts(body, &mut texts);
        }
        texts
            .into_iter()
            .flat_map(|text| Template::parse(text).variables().collect::<Vec<_>>())
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

/// The one variable that is a number is sent as one: where a type is asked for (GraphQL), a text would be refused.
fn number(name: &str, value: &str) -> Value {
    match value.parse::<u32>() {
        Ok(number) if name == "limit" => number.into(),
        _ => value.into(),
    }
}

/// The body with its values; nothing for a string that is exactly one unset variable.
fn expand_body(body: &Value, values: &Values) -> Option<Value> {
    Some(match body {
        Value::String(text) => {
            let template = Template::parse(text);
            match template.only_variable() {
                Some(name) => number(name, values.get(name)?),
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
