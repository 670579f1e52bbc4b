//! Lists, which may come in pages.

use serde_json::Value;

use super::client::Client;
use super::document::Pointers;
use super::operation::Operation;
use super::pointer::text;
use super::template::Values;
use crate::error::ApiError;

/// How many pages of a list are read: more than any list that is asked for here, and an end to one that has none.
const MOST_PAGES: usize = 50;

impl Client {
    /// The items of a list, page by page, until there are `enough` or the API names no new page. A page without items is
    /// the last, whatever cursor it shows.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also for a list of keys that goes on.
    pub(super) async fn pages<T>(
        &self,
        operation: Operation,
        values: Values,
        cursor: &Pointers,
        enough: usize,
        read: impl Fn(&Value) -> Result<Vec<T>, ApiError>,
    ) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        let mut last = None;
        for _ in 0..MOST_PAGES {
            let values = values.clone().with("cursor", last.as_deref());
            let reply = self.fields(operation, &values).await?;
            let page = read(&reply)?;
            let is_empty = page.is_empty();
            all.extend(page);
            let next = text(&reply, cursor).filter(|next| !next.is_empty());
            if is_empty || next.is_none() || next == last || all.len() >= enough {
                return Ok(all);
            }
            last = next;
        }
        match operation {
            // By what this list does not show, keys are revoked.
            Operation::ApiKeys => Err(ApiError::Incomplete {
                what: "last page of the list of keys within 50 pages",
            }),
            _ => Ok(all),
        }
    }
}
