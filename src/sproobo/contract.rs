//! The contract: every path, field and status word, from the built-in default and a user's corrections.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::check::{self, Problem};
use super::document::{Parts, default_document, parse_base_url};
use super::operation::{Call, Entry, Operation, Unusable};
use super::template::{OWN, TARGET_COMMIT, Template, Values};
use super::{merge, statuses};
use crate::http::{Url, is_loopback};
use crate::model::{Health, StatusClass, sort_by};

/// The one host that is Sproobo's. Its subdomains are not: sites of Sproobo's users may live there.
const SPROOBO_HOST: &str = "dashboard.sproobo.com";

/// How Sproobo's API is spoken. Always valid.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The whole of it as JSON; `null` where a member was removed.
    document: Value,
    base_url: Url,
    words: HashMap<String, StatusClass>,
    /// The lists of success that are the default's.
    inherited: Vec<&'static str>,
    pub(super) parts: Parts,
}

/// The lists whose words can end in a success.
const SUCCESSES: &[&str] = &["succeeded", "finished"];

impl Default for Contract {
    fn default() -> Self {
        Self::of(default_document()).expect("the built-in contract is valid, as a test shows")
    }
}

impl Contract {
    /// The default, corrected by a user's file.
    ///
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub fn parse(user_json: &str) -> Result<Self, Vec<Problem>> {
        let user = check::parse(user_json)?;
        let inherits = |class: &&&str| {
            user.pointer(&format!("/statuses/{class}"))
                .is_none_or(|list| !list.is_array())
        };
        let inherited: Vec<&str> = SUCCESSES.iter().filter(inherits).copied().collect();
        let mut document = default_document();
        merge::merge(&mut document, user.clone());
        let mut contract = Self::of(document)?;
        contract.inherited = inherited;
        Ok(contract)
    }

    /// The contract with these words in these classes, whatever it said of them (`--status-map`).
    ///
    /// # Errors
    /// When a word is empty.
    pub fn with_status_map(&self, map: &[(String, StatusClass)]) -> Result<Self, Vec<Problem>> {
        let mut document = self.document.clone();
        statuses::put(&mut document["statuses"], map);
        let changed = Self::of(document)?;
        Ok(Self {
            inherited: self.inherited.clone(),
            ..changed
        })
    }

    /// The contract with the base URL that the key may go to: `--api-url`, which its user names, or else the
    /// contract's own, if that is on Sproobo's host (`dashboard.sproobo.com`) or on this machine. A contract lies in
    /// the checkout, where a pull request can change it, so it alone may not send the key anywhere else.
    ///
    /// # Errors
    /// When the URL can't be one, or the contract names another host and nobody else does.
    pub fn with_api_url(&self, api_url: Option<&str>) -> Result<Self, Problem> {
        let Some(api_url) = api_url else {
            let host = self.base_url.host_str().unwrap_or_default();
            if host == SPROOBO_HOST || is_loopback(&self.base_url) {
                return Ok(self.clone());
            }
            return Err(Problem::new(
                "/base_url",
                format!(
                    "the contract would send the key to {host}, which is neither Sproobo's host ({SPROOBO_HOST}) nor \
                     this machine; if that is right, name the host with --api-url too"
                ),
            ));
        };
        let base_url = parse_base_url(api_url).map_err(|expected| Problem::new("--api-url", expected))?;
        let mut changed = self.clone();
        changed.document["base_url"] = base_url.as_str().trim_end_matches('/').into();
        changed.base_url = base_url;
        Ok(changed)
    }

    fn of(document: Value) -> Result<Self, Vec<Problem>> {
        let problems = check::problems(&document);
        if !problems.is_empty() {
            return Err(problems);
        }
        // What the check lets pass has this shape; if it ever does not, say so rather than panic.
        let unforeseen = |error: &dyn std::fmt::Display| vec![Problem::new("", error.to_string())];
        let parts = Parts::deserialize(&document).map_err(|error| unforeseen(&error))?;
        let base_url = document["base_url"].as_str().unwrap_or_default();
        Ok(Self {
            base_url: parse_base_url(base_url).map_err(|error| unforeseen(&error))?,
            words: statuses::words(&document["statuses"]),
            inherited: SUCCESSES.to_vec(),
            parts,
            document,
        })
    }

    /// The whole contract as JSON. A file with this content gives this contract.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Where every path begins.
    pub fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// The header that carries the key, with `…` where it stands.
    pub fn auth_without_key(&self) -> String {
        let auth = &self.parts.auth;
        format!("{}: {}", auth.header, auth.value.replace("{key}", "…"))
    }

    /// The class of a status word; [`StatusClass::Unknown`] for a word in no list.
    pub fn status_class(&self, word: &str) -> StatusClass {
        self.words
            .get(&statuses::normal(word))
            .copied()
            .unwrap_or(StatusClass::Unknown)
    }

    /// The health that a word tells; none for an empty one.
    pub(super) fn health(&self, word: &str) -> Option<Health> {
        statuses::health(&self.document["statuses"], word)
    }

    /// The assumed words of success, where the contract is one of an API that is not known to be Sproobo's: each means
    /// there what it means there.
    #[must_use]
    pub fn inherited_successes(&self) -> Vec<&str> {
        if self.base_url.host_str() == Some(SPROOBO_HOST) {
            return Vec::new();
        }
        let lists = self.inherited.iter().map(|class| &self.document["statuses"][class]);
        let words = lists.filter_map(Value::as_array).flatten();
        words.filter_map(Value::as_str).collect()
    }

    /// Whether the trigger says what is to be deployed.
    #[must_use]
    pub fn triggers_a_commit(&self) -> bool {
        self.entry(Operation::Trigger).is_none_or(|entry| entry.uses("commit"))
    }

    /// Whether a rollback names the commit that it returns to.
    #[must_use]
    pub fn rolls_back_by_commit(&self) -> bool {
        self.entry(Operation::Rollback)
            .is_some_and(|entry| entry.uses(TARGET_COMMIT))
    }

    /// Whether replies show the token that a deployment was triggered with, so that one without is another's.
    #[must_use]
    pub fn shows_client_tokens(&self) -> bool {
        !self.parts.fields.deployment.client_token.is_empty()
    }

    /// Whether the list of API keys is read to its last page, because the contract says what leads there.
    #[must_use]
    pub fn pages_api_keys(&self) -> bool {
        !self.parts.fields.api_keys.cursor.is_empty()
    }

    /// Whether the operation is not `null`.
    pub fn offers(&self, operation: Operation) -> bool {
        self.entry(operation).is_some()
    }

    /// The user's own variables (`--var`) that offered operations need and that have no value here, by name.
    pub fn missing_vars(&self, own: &BTreeMap<String, String>) -> Vec<String> {
        let values = Values::new(own);
        let texts = self.common_headers().values();
        let in_headers = texts.flat_map(|text| Template::parse(text).variables().collect::<Vec<_>>());
        let mut missing: Vec<String> = Operation::ALL
            .iter()
            .filter_map(|operation| self.entry(*operation))
            .flat_map(Entry::own_variables)
            .chain(in_headers)
            .filter(|name| values.get(name).is_none())
            .map(|name| name[OWN.len()..].to_owned())
            .collect();
        sort_by(&mut missing, Ord::cmp);
        missing.dedup();
        missing
    }

    /// The request that an operation becomes with these values.
    ///
    /// # Errors
    /// When it is not offered, or a value is missing.
    pub fn call(&self, operation: Operation, values: &Values) -> Result<Call, Unusable> {
        self.entry(operation)
            .ok_or(Unusable::NotOffered)?
            .call(&self.base_url, self.common_headers(), values)
    }

    /// The request that is polled after a rollback, where that is not a deployment.
    pub(super) fn call_then(&self, values: &Values) -> Option<Result<Call, Unusable>> {
        let then = self.entry(Operation::Rollback)?.then()?;
        Some(then.call(&self.base_url, self.common_headers(), values))
    }

    fn common_headers(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.parts.headers.as_ref().unwrap_or(&NONE)
    }

    pub(super) fn entry(&self, operation: Operation) -> Option<&Entry> {
        self.parts.operations.get(operation.name())?.as_ref()
    }
}
