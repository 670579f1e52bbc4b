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

/// How many items a page of a list has.
const PER_PAGE: usize = 100;

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

#[derive(Clone, Copy)]
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

    /// The first item of a list that is wanted, in at most so many pages.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        list: &Call<'_>,
        most_pages: u32,
        is_wanted: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, Error> {
        let mut query = list.content.clone();
        query["per_page"] = PER_PAGE.into();
        for page in 1..=most_pages {
            // By number: the link to the next page, which octocrab would follow, is the server's to choose.
            query["page"] = page.into();
            let (path, content) = (list.path.clone(), &query);
            let items: Vec<T> = self.call(&Call { path, content, ..*list }).await?;
            let is_last = items.len() < PER_PAGE;
            let found = items.into_iter().find(&is_wanted);
            if found.is_some() || is_last {
                return Ok(found);
            }
        }
        Ok(None)
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
