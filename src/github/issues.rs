//! One issue, recognised by a hidden marker in its body.

use serde::Deserialize;
use serde_json::json;

use super::author::Author;
use super::calls::{Call, Verb};
use super::client::Client;
use crate::error::Error;
use crate::model::Issue;
use crate::sanitize::http_url;

/// How many pages of 100 open issues are searched, the last updated first: every run updates ours.
const MAX_PAGES: u32 = 10;

const PERMISSION: &str = "issues: write";

/// What is needed of an issue. octocrab's own type refuses a page for what GitHub leaves out of one row: an author who is
/// gone is `null`.
#[derive(Deserialize)]
struct Row {
    number: u64,
    #[serde(default)]
    html_url: String,
    body: Option<String>,
    pull_request: Option<serde::de::IgnoredAny>,
    #[serde(flatten)]
    author: Author,
}

impl Row {
    fn is_ours(&self, marker: &str) -> bool {
        let marked = self.body.as_deref().is_some_and(|body| body.contains(marker));
        marked && self.pull_request.is_none() && self.author.is_trusted()
    }
}

impl Client {
    /// Updates the open issue whose body holds `marker`, or opens one; `body` holds it too.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does.
    pub async fn upsert_issue(&self, marker: &str, title: &str, body: &str) -> Result<Issue, Error> {
        let list = Call {
            verb: Verb::Get,
            path: "/issues".to_owned(),
            doing: "could not look for the issue",
            permission: PERMISSION,
            content: &json!({ "state": "open", "sort": "updated", "direction": "desc" }),
        };
        let found = self.find(&list, MAX_PAGES, |row: &Row| row.is_ours(marker)).await?;
        let (verb, path, doing) = match &found {
            Some(row) => (
                Verb::Patch,
                format!("/issues/{}", row.number),
                "could not update the issue",
            ),
            None => (Verb::Post, list.path, "could not open an issue"),
        };
        let content = &json!({ "title": title, "body": body });
        let permission = PERMISSION;
        let row: Row = self
            .call(&Call {
                verb,
                path,
                doing,
                permission,
                content,
            })
            .await?;
        Ok(Issue {
            number: row.number,
            url: http_url(&row.html_url).unwrap_or_default().to_owned(),
            opened: found.is_none(),
        })
    }
}
