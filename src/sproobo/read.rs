//! Reads replies where the contract says. Every text is cleaned here, on its way in.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::contract::Contract;
use super::document::Pointers;
use crate::error::{ApiError, ErrorReply};
use crate::model::{ApiKeyInfo, ClientToken, Deployment, DeploymentId, Health, LogLine, LogPage, Site, SiteId};
use crate::redact::Redactor;
use crate::sanitize;
use crate::secret::{PUBLIC_PREFIX, Secret};

/// Unix times from here on are milliseconds: as seconds this is the year 5138, as milliseconds 1973.
const FIRST_MILLISECONDS: f64 = 1e11;

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
        const WHAT: &str = "deployment id";
        let fields = &self.contract.parts.fields.deployment;
        let root = first(reply, &fields.root).ok_or(ApiError::Incomplete { what: WHAT })?;
        let id = id(root, &fields.id)
            .and_then(|id| id.parse::<DeploymentId>().ok())
            .ok_or(ApiError::Incomplete { what: WHAT })?;
        let word = text(root, &fields.status).unwrap_or_default();
        let status = self.contract.status_class(&word);
        let url = |pointers| text(root, pointers).and_then(|raw| self.url(&raw));
        Ok(Deployment {
            id,
            status,
            word: self.clean(&word),
            health: self.text(root, &fields.health).and_then(health),
            url: url(&fields.url),
            dashboard_url: url(&fields.dashboard_url),
            commit: self.text(root, &fields.commit),
            // Raw, as ids are: it is compared with ours, and its `Display` is safe.
            client_token: text(root, &fields.client_token).map(ClientToken),
            created_at: time(root, &fields.created_at),
            started_at: time(root, &fields.started_at),
            finished_at: time(root, &fields.finished_at),
            failure: self.text(root, &fields.failure),
        })
    }

    /// The deployments of a list, newest first; those without a date before all others, in the order they came, since
    /// what was just created may not show one yet.
    ///
    /// One item that can't be read fails the list: a look-up that skipped it could conclude that a deployment does
    /// not exist, and start a second one.
    pub(super) fn deployments(&self, reply: &Value) -> Result<Vec<Deployment>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.deployments.items, "deployments")?;
        let mut deployments = items
            .iter()
            .map(|item| self.deployment(item))
            .collect::<Result<Vec<_>, _>>()?;
        deployments.sort_by_key(|deployment| {
            let created = deployment.created_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
            std::cmp::Reverse(created)
        });
        Ok(deployments)
    }

    /// The site of a reply.
    pub(super) fn site(&self, reply: &Value) -> Result<Site, ApiError> {
        const WHAT: &str = "site id";
        let fields = &self.contract.parts.fields.site;
        let root = first(reply, &fields.root).ok_or(ApiError::Incomplete { what: WHAT })?;
        Ok(Site {
            id: id(root, &fields.id)
                .and_then(|id| id.parse::<SiteId>().ok())
                .ok_or(ApiError::Incomplete { what: WHAT })?,
            name: self.text(root, &fields.name),
            url: text(root, &fields.url).and_then(|raw| self.url(&raw)),
        })
    }

    /// The sites of a list, in its order.
    pub(super) fn sites(&self, reply: &Value) -> Result<Vec<Site>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.sites.items, "sites")?;
        items.iter().map(|item| self.site(item)).collect()
    }

    /// What a reply says of one API key.
    pub(super) fn api_key(&self, reply: &Value) -> ApiKeyInfo {
        let fields = &self.contract.parts.fields.api_key;
        let root = first(reply, &fields.root).unwrap_or(&Value::Null);
        ApiKeyInfo {
            id: text(root, &fields.id).and_then(|id| id.parse().ok()),
            name: self.text(root, &fields.name),
            // Cut first: whatever the pointer leads to, no more of a key is kept than Sproobo's documentation shows.
            prefix: text(root, &fields.prefix)
                .map(|raw| self.clean(&raw.chars().take(PUBLIC_PREFIX).collect::<String>())),
            created_at: time(root, &fields.created_at),
        }
    }

    /// The API keys of a list, newest first; those without a date behind, in the order they came.
    pub(super) fn api_keys(&self, reply: &Value) -> Result<Vec<ApiKeyInfo>, ApiError> {
        let items = items(reply, &self.contract.parts.fields.api_keys.items, "API keys")?;
        let mut keys: Vec<_> = items.iter().map(|item| self.api_key(item)).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Ok(keys)
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

    /// A page of a log: a list of texts or of objects, or one text.
    pub(super) fn log_page(&self, reply: &Value) -> Result<LogPage, ApiError> {
        let fields = &self.contract.parts.fields.logs;
        let cursor = text(reply, &fields.cursor).filter(|cursor| !cursor.is_empty());
        let lines = match first(reply, &fields.items) {
            Some(Value::String(log)) => self.lines(log, None),
            Some(Value::Array(items)) => items
                .iter()
                .flat_map(|item| {
                    // What has no text is shown as it came rather than dropped.
                    let raw = text(item, &fields.text).unwrap_or_else(|| item.to_string());
                    self.lines(&raw, time(item, &fields.time))
                })
                .collect(),
            _ => return Err(ApiError::Incomplete { what: "log lines" }),
        };
        Ok(LogPage { lines, cursor })
    }

    fn lines(&self, raw: &str, time: Option<DateTime<Utc>>) -> Vec<LogLine> {
        // Before it is cut into lines: a secret may reach over two.
        let text = self.redactor.redact(raw);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.split('\n')
            .map(|line| LogLine {
                time,
                text: sanitize::line(line.strip_suffix('\r').unwrap_or(line)).into_owned(),
            })
            .collect()
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
            place: None,
            unplaced: false,
        }
    }

    fn is_billing(&self, text: &str) -> bool {
        let text = words(text);
        let mut billing = self.contract.parts.billing_words.iter().map(words);
        billing.any(|word| !word.trim().is_empty() && text.contains(&word))
    }
}

/// What the first pointer leads to that leads to something other than null.
fn first<'v>(value: &'v Value, pointers: &Pointers) -> Option<&'v Value> {
    found(value, pointers).next()
}

fn found<'v>(value: &'v Value, pointers: &Pointers) -> impl Iterator<Item = &'v Value> {
    pointers
        .iter()
        .filter_map(|pointer| value.pointer(pointer))
        .filter(|found| !found.is_null())
}

/// The raw text of an id. A number that is no whole one (or too big to be kept exactly, which reads the same) is none:
/// what it reads as would name something else.
fn id(value: &Value, pointers: &Pointers) -> Option<String> {
    match scalar(value, pointers)? {
        Value::Number(number) if number.is_f64() => None,
        _ => text(value, pointers),
    }
}

/// The raw text of the first pointer that leads to a text, a number or a boolean.
fn text(value: &Value, pointers: &Pointers) -> Option<String> {
    scalar(value, pointers).map(|found| match found {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn scalar<'v>(value: &'v Value, pointers: &Pointers) -> Option<&'v Value> {
    found(value, pointers).find(|found| !found.is_array() && !found.is_object())
}

fn items<'v>(reply: &'v Value, pointers: &Pointers, what: &'static str) -> Result<&'v [Value], ApiError> {
    match first(reply, pointers) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ApiError::Incomplete { what }),
    }
}

/// RFC 3339, or Unix seconds or milliseconds.
fn time(value: &Value, pointers: &Pointers) -> Option<DateTime<Utc>> {
    let text = text(value, pointers)?;
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Some(time.to_utc()).filter(is_real);
    }
    let number = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let milliseconds = if number.abs() < FIRST_MILLISECONDS {
        number * 1000.0
    } else {
        number
    };
    // Saturates; what is out of chrono's range is no date.
    DateTime::from_timestamp_millis(milliseconds as i64).filter(is_real)
}

/// Not the zero that many APIs send for "none" (`0`, `0001-01-01T00:00:00Z`): as a `finished_at` it would end what runs.
fn is_real(time: &DateTime<Utc>) -> bool {
    *time > DateTime::UNIX_EPOCH
}

fn health(word: String) -> Option<Health> {
    match word.trim().to_lowercase().as_str() {
        "" => None,
        "healthy" | "passed" | "true" => Some(Health::Healthy),
        "unhealthy" | "failed" | "false" => Some(Health::Unhealthy),
        _ => Some(Health::Pending(word)),
    }
}

/// A text's words, in lower case and each between spaces, so that `plan` is found in `plan_limit`, `planLimit` and
/// "your plan's limits" but not in "explanation".
pub(super) fn words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut after_lower = false;
    for character in text.chars() {
        if !character.is_alphanumeric() || (after_lower && character.is_uppercase()) {
            end_word(&mut words);
        }
        if character.is_alphanumeric() {
            words.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase();
    }
    end_word(&mut words);
    words
}

/// Ends a word; its plural counts as itself.
fn end_word(words: &mut String) {
    if words.ends_with(' ') {
        return;
    }
    if words.ends_with('s') {
        words.pop();
    }
    words.push(' ');
}
