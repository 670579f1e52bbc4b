//! The contract's document: the built-in one, and its members' types. What is wrong with one, `check` finds.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::member::{Kind, Member, member};
use super::operation::Entry;
use crate::http::{Url, may_carry_key, parse_url};

/// What is assumed of Sproobo's API, since it publishes none of it.
const DEFAULT: &str = include_str!("default-contract.json");

/// The built-in document, unchanged. Its members are also the schema of a user's file.
pub(super) fn default_document() -> Value {
    serde_json::from_str(DEFAULT).expect("the built-in contract is JSON, as a test shows")
}

/// Reads a base URL that the key may be sent to.
pub(super) fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = parse_url(text).map_err(|error| format!("expected an absolute URL: {error}"))?;
    if !may_carry_key(&url) {
        return Err("expected https, or http to this machine: the key goes along".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("expected no user and password in the URL".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("expected no query and no fragment: paths are put behind it".to_owned());
    }
    Ok(url)
}

/// The document's own members.
pub(super) const TOP: &[Member] = &[
    member("$schema", "The address of this schema, for editors."),
    member("version", "The version of this format."),
    member("base_url", "Where every path begins: https, or http to this machine."),
    member("auth", "How the key is sent."),
    member(
        "headers",
        "Headers of every request; an operation's own win. Values may hold {var.NAME}.",
    ),
    member("operations", "What can be asked of the API. null: it is not offered."),
    member(
        "fields",
        "Where things stand in replies, as JSON pointers that are tried in order.",
    ),
    member(
        "statuses",
        "What the API's status words mean. A word stands in one list; case does not count, and - and space are _.",
    ),
    member(
        "billing_words",
        "Words in an error's code or message that make it one of billing or plan limits.",
    ),
];

pub(super) const AUTH: &[Member] = &[
    member("header", "The header that carries the key."),
    member("value", "Its value, with {key} once."),
];

/// The document's members, typed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parts {
    pub(super) auth: Auth,
    pub(super) headers: Option<BTreeMap<String, String>>,
    pub(super) operations: BTreeMap<String, Option<Entry>>,
    pub(super) fields: Fields,
    pub(super) billing_words: Pointers,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Auth {
    pub(super) header: String,
    pub(super) value: String,
}

/// JSON pointers to try in order (or any other list of texts); `null` is the empty list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Pointers(Option<Vec<String>>);

impl Pointers {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// What a log is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// A JSON document with a list of lines, or one text.
    Json,
    Text,
    /// A JSON value a line.
    Ndjson,
}

/// None stands for JSON.
type LogFormat = Option<Format>;

/// `null` takes every member of a group away.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// From one list: the types, and the tables that check and schema follow.
macro_rules! field_groups {
    ($($type:ident $group:ident { $($name:ident $kind:ident $text:literal,)* })*) => {
        /// Where things stand in replies.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct Fields {
            $(#[serde(deserialize_with = "or_default")] pub(super) $group: $type,)*
        }

        /// Every group of fields, by name, with its members.
        pub(super) const GROUPS: &[(&str, &[Member])] = &[
            $((stringify!($group), &[
                $(Member { name: stringify!($name), kind: Kind::$kind, text: $text },)*
            ]),)*
        ];

        $(
            #[derive(Debug, Clone, Default, Deserialize)]
            #[serde(default)]
            pub(super) struct $type {
                $(pub(super) $name: $kind,)*
            }
        )*
    };
}

field_groups! {
    DeploymentFields deployment {
        root Pointers "The deployment's object in a reply, and in an item of the list.",
        id Pointers "Its id.",
        status Pointers "Its status word. With * for several parts: all must agree, and the worst counts.",
        health Pointers "Its health, where the API reports one beside the status.",
        url Pointers "Where the site answers.",
        dashboard_url Pointers "Where a person can look at the deployment.",
        commit Pointers "The commit that is deployed.",
        branch Pointers "The branch or tag that it is made from.",
        message Pointers "A line about it, for people.",
        client_token Pointers "The token that the trigger sent. []: the API shows no tokens.",
        created_at Pointers "When it was created.",
        started_at Pointers "When work on it began.",
        finished_at Pointers "When it ended.",
        failure Pointers "Why it failed.",
    }
    ListFields deployments {
        items Pointers "The list.",
        cursor Pointers "What asks for the next page, as {cursor}.",
    }
    SiteFields site {
        root Pointers "The site's object in a reply, and in an item of the list.",
        id Pointers "Its id.",
        name Pointers "Its name.",
        url Pointers "Where it answers.",
        last_status Pointers "The status word of its newest deployment, where the list of sites shows it.",
    }
    SiteListFields sites {
        items Pointers "The list.",
        cursor Pointers "What asks for the next page, as {cursor}.",
    }
    ApiKeyFields api_key {
        root Pointers "The key's object in a reply, and in an item of the list.",
        id Pointers "Its id.",
        name Pointers "Its name.",
        prefix Pointers "The first characters of its value.",
        created_at Pointers "When it was created.",
    }
    ApiKeyListFields api_keys {
        items Pointers "The list.",
        cursor Pointers "What asks for the next page, as {cursor}.",
    }
    CreatedKeyFields created_key {
        value Pointers "The new key's value, from the root of the reply.",
    }
    LogFields logs {
        items Pointers "The list of lines, or one text.",
        text Pointers "A line's text.",
        time Pointers "When it was written.",
        cursor Pointers "What asks for the next page, as {cursor}.",
        format LogFormat "What the log is made of.",
        url Pointers "Where the reply names an address that holds the log. It is asked without the key: https, or the API's own host.",
    }
    ErrorFields error {
        code Pointers "The error's code.",
        message Pointers "The error's message.",
        deployment Pointers "The deployment that it is about: with 409 the one that runs.",
    }
}
