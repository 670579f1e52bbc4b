//! One issue, recognised by a hidden marker in its body.

use serde::Deserialize;
use serde_json::json;

use super::author::Author;
use super::client::Client;
use crate::error::Error;
use crate::sanitize::http_url;

/// How many pages of 100 open issues are searched, the last updated first: every run updates ours.
const MAX_PAGES: u32 = 10;
const PER_PAGE: usize = 100;

/// The permission for all of it.
const NEEDED: Option<&str> = Some("issues: write");

/// The issue that a call opened or updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Where a person reads it; empty if GitHub's text is no http(s) URL.
    pub url: String,
    /// Opened, rather than updated.
    pub opened: bool,
}

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
        let content = json!({ "title": title, "body": body });
        let found = self.find_issue(marker).await?;
        let row: Row = match found {
            Some(number) => {
                let path = self.path(&format!("/issues/{number}"));
                let reply = self.octocrab.patch(path, Some(&content)).await;
                self.read("could not update the issue", NEEDED, reply)?
            }
            None => {
                let reply = self.octocrab.post(self.path("/issues"), Some(&content)).await;
                self.read("could not open an issue", NEEDED, reply)?
            }
        };
        Ok(Issue {
            number: row.number,
            url: http_url(&row.html_url).unwrap_or_default().to_owned(),
            opened: found.is_none(),
        })
    }

    async fn find_issue(&self, marker: &str) -> Result<Option<u64>, Error> {
        for page in 1..=MAX_PAGES {
            let query = json!({
                "state": "open", "sort": "updated", "direction": "desc", "per_page": PER_PAGE, "page": page
            });
            // By number: the link to the next page, which octocrab would follow, is the server's to choose.
            let reply = self.get(&self.path("/issues"), &query).await;
            let rows: Vec<Row> = self.read("could not look for the issue", NEEDED, reply)?;
            if let Some(row) = rows.iter().find(|row| row.is_ours(marker)) {
                return Ok(Some(row.number));
            }
            if rows.len() < PER_PAGE {
                break;
            }
        }
        Ok(None)
    }
}
