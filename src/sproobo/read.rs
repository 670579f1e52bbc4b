//! Reads replies where the contract says. Every text is cleaned here, on its way in.

use std::str::FromStr;

use serde_json::Value;

use super::contract::Contract;
use super::document::Pointers;
use super::pointer::{self, begin, end, first, items, text, texts};
use super::statuses::badness;
use crate::error::{ApiError, ErrorReply};
use crate::model::{
    ApiKeyId, ApiKeyInfo, ClientToken, Deployment, DeploymentId, Health, Site, SiteId, StatusClass, name_parts,
};
use crate::redact::Redactor;
use crate::sanitize;
use crate::secret::{PUBLIC_PREFIX, Secret};

/// Reads by a contract, with a redactor.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) contract: &'a Contract,
    pub(super) redactor: &'a Redactor,
}

impl Reader<'_> {
    /// A text from outside as one line that is safe to print.
    pub(super) fn clean(&self, raw: &str) -> String {
        self.redactor.line(raw)
    }

    fn url(&self, raw: &str) -> Option<String> {
        sanitize::http_url(raw).map(|url| self.redactor.redact(url))
    }

    fn text(&self, value: &Value, pointers: &Pointers) -> Option<String> {
        text(value, pointers).map(|raw| self.clean(&raw))
    }

    /// The deployment of a reply.
    pub(super) fn deployment(&self, reply: &Value) -> Result<Deployment, ApiError> {
        let fields = &self.contract.parts.fields.deployment;
        let (root, id): (_, DeploymentId) = identified(reply, &fields.root, &fields.id, "deployment id")?;
        self.redactor.spare_id(id.as_str());
        let (status, word) = self.status(root, &fields.status);
        let url = |pointers| text(root, pointers).and_then(|raw| self.url(&raw));
        Ok(Deployment {
            id,
            status,
            word: self.clean(&word),
            health: self.health(root, &fields.health),
            url: url(&fields.url),
            dashboard_url: url(&fields.dashboard_url),
            commit: self.text(root, &fields.commit),
            branch: self.text(root, &fields.branch),
            message: self.text(root, &fields.message),
            // Raw, as ids are: it is compared with ours, and its `Display` is safe.
            client_token: text(root, &fields.client_token)
                .filter(|token| !token.is_empty())
                .map(ClientToken),
            created_at: begin(root, &fields.created_at),
            started_at: begin(root, &fields.started_at),
            finished_at: end(root, &fields.finished_at),
            failure: texts(root, &fields.failure)
                .iter()
                .map(|raw| self.clean(raw))
                .find(|text| !text.is_empty()),
        })
    }

    /// The class and the word of a status. Where several parts have one, a success takes all of them, and the worst
    /// counts.
    fn status(&self, root: &Value, pointers: &Pointers) -> (StatusClass, String) {
        let classed = texts(root, pointers).into_iter();
        let classed = classed.map(|word| (self.contract.status_class(&word), word));
        classed
            .max_by_key(|(class, _)| badness(*class))
            .unwrap_or((StatusClass::Unknown, String::new()))
    }

    /// The same for a health.
    fn health(&self, root: &Value, pointers: &Pointers) -> Option<Health> {
        let told = texts(root, pointers).into_iter();
        let told = told.filter_map(|word| self.contract.health(&self.clean(&word)));
        told.max_by_key(|health| match health {
            Health::Healthy => 0,
            Health::Pending(_) => 1,
            Health::Unhealthy => 2,
        })
    }

    /// One page of the deployments of a list, in its order.
    ///
    /// One item that can't be read fails the list: a look-up that skipped it could conclude that a deployment does
    /// not exist, and start a second one.
    pub(super) fn deployments(&self, reply: &Value) -> Result<Vec<Deployment>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.deployments.items, "deployments")?;
        items.iter().map(|item| self.deployment(item)).collect()
    }

    /// The site of a reply.
    pub(super) fn site(&self, reply: &Value) -> Result<Site, ApiError> {
        let fields = &self.contract.parts.fields.site;
        let (root, id): (_, SiteId) = identified(reply, &fields.root, &fields.id, "site id")?;
        self.redactor.spare_id(id.as_str());
        Ok(Site {
            id,
            name: self.text(root, &fields.name),
            url: text(root, &fields.url).and_then(|raw| self.url(&raw)),
            last_status: self.text(root, &fields.last_status),
        })
    }

    /// One page of the sites of a list, in its order.
    pub(super) fn sites(&self, reply: &Value) -> Result<Vec<Site>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.sites.items, "sites")?;
        items.iter().map(|item| self.site(item)).collect()
    }

    /// What a reply says of one API key.
    pub(super) fn api_key(&self, reply: &Value) -> ApiKeyInfo {
        let fields = &self.contract.parts.fields.api_key;
        let root = first(reply, &fields.root).unwrap_or(&Value::Null);
        let id: Option<ApiKeyId> = text(root, &fields.id).and_then(|id| id.parse().ok());
        id.iter().for_each(|id| self.redactor.spare_id(id.as_str()));
        ApiKeyInfo {
            id,
            name: self.text(root, &fields.name),
            // Cut first: whatever the pointer leads to, no more of a key is kept than Sproobo's documentation shows.
            prefix: text(root, &fields.prefix)
                .map(|raw| self.clean(&raw.chars().take(PUBLIC_PREFIX).collect::<String>())),
            created_at: begin(root, &fields.created_at),
        }
    }

    /// One page of the API keys of a list, in its order.
    pub(super) fn api_keys(&self, reply: &Value) -> Result<Vec<ApiKeyInfo>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.api_keys.items, "API keys")?;
        Ok(items.iter().map(|item| self.api_key(item)).collect())
    }

    /// The value of a key that was just created, which the redactor knows from here on.
    pub(super) fn created_key(&self, reply: &Value) -> Result<Secret, ApiError> {
        let value = text(reply, &self.contract.parts.fields.created_key.value)
            .filter(|value| !value.is_empty())
            .ok_or(ApiError::Incomplete {
                what: "new key's value",
            })?;
        match Secret::api_key(&value) {
            Ok(key) => {
                self.redactor.guard(&key);
                Ok(key)
            }
            // What is no key (a pointer of the contract may lead to something else) is not stored, sent or shown either.
            Err(_) => {
                self.redactor.add(&Secret::new(value.trim().to_owned()));
                Err(ApiError::Incomplete {
                    what: "new key's value that can be a key",
                })
            }
        }
    }

    /// An error that the API worded itself.
    pub(super) fn error(&self, status: u16, reply: &Value) -> ErrorReply {
        let fields = &self.contract.parts.fields.error;
        let code = text(reply, &fields.code);
        let message = text(reply, &fields.message);
        let billing = status == 402
            || [&code, &message]
                .into_iter()
                .flatten()
                .any(|text| self.is_billing(text));
        ErrorReply {
            status,
            code: code.map(|raw| self.clean(&raw)),
            message: message.map(|raw| self.clean(&raw)),
            deployment: text(reply, &fields.deployment).and_then(|id| id.parse().ok()),
            retry_after: None,
            billing,
            destination: None,
            unplaced: false,
        }
    }

    fn is_billing(&self, text: &str) -> bool {
        let text = words(text);
        let mut billing = self.contract.parts.billing_words.iter().map(words);
        billing.any(|word| !word.trim().is_empty() && text.contains(&word))
    }
}

/// Where a reply shows an object, and the object's id.
fn identified<'v, I: FromStr>(
    reply: &'v Value,
    root: &Pointers,
    id: &Pointers,
    what: &'static str,
) -> Result<(&'v Value, I), ApiError> {
    let root = first(reply, root);
    let found = root.and_then(|root| Some((root, pointer::id(root, id)?.parse().ok()?)));
    found.ok_or(ApiError::Incomplete { what })
}

/// A text's words, in lower case and each between spaces, so that `plan` is found in `plan_limit`, `planLimit` and
/// "your plan's limits" but not in "explanation". A plural counts as its singular.
pub(super) fn words(text: &str) -> String {
    let words = name_parts(text).into_iter();
    let singular = words.map(|word| format!("{} ", word.strip_suffix('s').unwrap_or(&word)));
    format!(" {}", singular.collect::<String>())
}
