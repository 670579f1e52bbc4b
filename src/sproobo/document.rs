//! The contract's document: the built-in one, and its members' types. What is wrong with one, `check` finds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::operation::Entry;
use crate::http::{Url, may_carry_key};

/// What is assumed of Sproobo's API, since it publishes none of it.
const DEFAULT: &str = include_str!("default-contract.json");

/// The built-in document, unchanged. Its members are also the schema of a user's file.
pub(super) fn default_document() -> Value {
    serde_json::from_str(DEFAULT).expect("the built-in contract is JSON, as a test shows")
}

/// Reads a base URL that the key may be sent to.
pub(super) fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("expected an absolute URL: {error}"))?;
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

/// The document's members, typed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parts {
    pub(super) auth: Auth,
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
}

/// Where things stand in replies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) deployment: DeploymentFields,
    pub(super) deployments: ListFields,
    pub(super) site: SiteFields,
    pub(super) sites: ListFields,
    pub(super) api_key: ApiKeyFields,
    pub(super) api_keys: ListFields,
    pub(super) created_key: CreatedKeyFields,
    pub(super) logs: LogFields,
    pub(super) error: ErrorFields,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeploymentFields {
    pub(super) root: Pointers,
    pub(super) id: Pointers,
    pub(super) status: Pointers,
    pub(super) health: Pointers,
    pub(super) url: Pointers,
    pub(super) dashboard_url: Pointers,
    pub(super) commit: Pointers,
    pub(super) client_token: Pointers,
    pub(super) created_at: Pointers,
    pub(super) started_at: Pointers,
    pub(super) finished_at: Pointers,
    pub(super) failure: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListFields {
    pub(super) items: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SiteFields {
    pub(super) root: Pointers,
    pub(super) id: Pointers,
    pub(super) name: Pointers,
    pub(super) url: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ApiKeyFields {
    pub(super) root: Pointers,
    pub(super) id: Pointers,
    pub(super) name: Pointers,
    pub(super) prefix: Pointers,
    pub(super) created_at: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreatedKeyFields {
    pub(super) value: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogFields {
    pub(super) items: Pointers,
    pub(super) text: Pointers,
    pub(super) time: Pointers,
    pub(super) cursor: Pointers,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorFields {
    pub(super) code: Pointers,
    pub(super) message: Pointers,
    pub(super) deployment: Pointers,
}
