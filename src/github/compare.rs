//! Comparing commits.
//!
//! GitHub REST API, "Compare two commits": `status` says where the second commit stands as seen from the first.

use serde::Deserialize;
use serde_json::json;

use super::client::Client;
use crate::error::Error;

#[derive(Deserialize)]
struct Comparison {
    status: String,
}

impl Client {
    /// Whether `commit` is an ancestor of `of`, or the same. Both are hashes, maybe abbreviated.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission where GitHub does; also for a commit that it does not know.
    pub async fn is_ancestor(&self, commit: &str, of: &str) -> Result<bool, Error> {
        // Changed files, which may be megabytes, are on the first page only.
        let path = self.path(&format!("/compare/{commit}...{of}"));
        let reply = self.get(&path, &json!({ "per_page": 1, "page": 2 })).await;
        let compared: Comparison = self.read("could not compare the commits", Some("contents: read"), reply)?;
        Ok(matches!(compared.status.as_str(), "ahead" | "identical"))
    }
}
