//! One comment on a pull request, recognised by a hidden marker at its begin.

use serde::Deserialize;
use serde_json::json;

use super::author::Author;
use super::calls::{Call, Verb};
use super::client::Client;
use crate::error::Error;

const PERMISSION: &str = "pull-requests: write";

/// GitHub lists comments oldest first, so ours is usually on the first page.
const MAX_PAGES: u32 = 100;

/// What is needed of a comment.
#[derive(Deserialize)]
struct Row {
    id: u64,
    body: Option<String>,
    #[serde(flatten)]
    author: Author,
}

impl Row {
    /// Somebody who quotes it has something before the marker.
    fn is_ours(&self, marker: &str) -> bool {
        let marked = self.body.as_deref().is_some_and(|body| body.starts_with(marker));
        marked && self.author.is_trusted()
    }
}

impl Client {
    /// The comment of this pull request that begins with `marker`.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission.
    pub async fn find_comment(&self, pull_request: u64, marker: &str) -> Result<Option<u64>, Error> {
        let list = Call {
            verb: Verb::Get,
            path: format!("/issues/{pull_request}/comments"),
            doing: "could not look for the comment on the pull request",
            permission: PERMISSION,
            content: &json!({}),
        };
        let found = self.find(&list, MAX_PAGES, |row: &Row| row.is_ours(marker)).await?;
        Ok(found.map(|row| row.id))
    }

    /// Writes a new comment; gives its id.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission.
    pub async fn add_comment(&self, pull_request: u64, body: &str) -> Result<u64, Error> {
        let path = format!("/issues/{pull_request}/comments");
        self.write_comment(Verb::Post, path, body).await
    }

    /// Changes a comment in place.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission; also if the comment is gone.
    pub async fn change_comment(&self, id: u64, body: &str) -> Result<(), Error> {
        let path = format!("/issues/comments/{id}");
        self.write_comment(Verb::Patch, path, body).await.map(drop)
    }

    async fn write_comment(&self, verb: Verb, path: String, body: &str) -> Result<u64, Error> {
        let row: Row = self
            .call(&Call {
                verb,
                path,
                doing: "could not write the comment on the pull request",
                permission: PERMISSION,
                content: &json!({ "body": body }),
            })
            .await?;
        Ok(row.id)
    }
}
