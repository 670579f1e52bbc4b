//! Calls that wait a little when GitHub asks for it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;
use url::form_urlencoded;

use super::client::{Client, asks_to_wait};
use crate::error::Error;

/// A call is made at most so often.
const ATTEMPTS: u32 = 3;

/// A longer wait than this is not worth it: the run would be over.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A call of the REST API.
pub(super) struct Call<'a> {
    pub(super) verb: Verb,
    /// Below the repository's own.
    pub(super) path: String,
    /// What it was to do, for the error.
    pub(super) doing: &'static str,
    /// The permission that it needs, in a workflow's words.
    pub(super) permission: &'static str,
    /// The body; the query of a `Get`.
    pub(super) content: &'a Value,
}

pub(super) enum Verb {
    Get,
    Post,
    Patch,
}

impl Client {
    /// Makes the call, again after a wait where GitHub refuses it for its rate limits: nothing was done then.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        let mut attempt = 1;
        loop {
            let reply = self.once(call).await;
            match reply.as_ref().err().and_then(wait) {
                Some(wait) if attempt < ATTEMPTS && wait <= LONGEST_WAIT => sleep(wait).await,
                _ => return self.read(call.doing, Some(call.permission), reply),
            }
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call<'_>) -> octocrab::Result<Value> {
        let (path, content) = (self.path(&call.path), Some(call.content));
        match call.verb {
            Verb::Get => self.get(&path, call.content).await,
            Verb::Post => self.octocrab.post(path, content).await,
            Verb::Patch => self.octocrab.patch(path, content).await,
        }
    }

    /// Asks with a query, an object of texts and numbers.
    pub(super) async fn get(&self, path: &str, query: &Value) -> octocrab::Result<Value> {
        let address = format!("{path}?{}", encoded(query));
        self.octocrab.get(address, None::<&()>).await
    }
}

/// octocrab's own encoder knows any value, and for that brings a way to print floating-point numbers, tables and all.
fn encoded(query: &Value) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        encoded.append_pair(name, &text);
    }
    encoded.finish()
}

fn wait(error: &octocrab::Error) -> Option<Duration> {
    match error {
        octocrab::Error::GitHub { source, .. } => asks_to_wait(source),
        _ => None,
    }
}
