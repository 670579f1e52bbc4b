//! Lists, which may come in pages.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::Client;
use super::document::Pointers;
use super::operation::Operation;
use super::pointer::text;
use super::template::Values;
use crate::error::ApiError;
use crate::model::{ApiKeyInfo, Deployment, Listed, Rest, Site, SiteId, may_be_a_page, sort_by};

/// How many pages of a list are read: more than any list that is asked for here, and an end to one that has none.
const MOST_PAGES: usize = 100;

/// How many rows of a list are asked for on one page where more are wanted: a limit that many APIs have, some of which
/// refuse what asks for more.
const MOST_ON_A_PAGE: u32 = 100;

impl Client {
    /// The newest deployments of a site, newest first; those without a date before all others, in the order they came,
    /// since what was just created may not show one yet. The API may give more than `limit`.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also when one item can't be read.
    pub async fn deployments(&self, site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        Ok(self.listed_deployments(site, limit).await?.items)
    }

    /// The same, and what may be behind them.
    ///
    /// # Errors
    /// The same.
    pub async fn listed_deployments(&self, site: &SiteId, limit: u32) -> Result<Listed<Deployment>, ApiError> {
        let cursor = &self.contract.parts.fields.deployments.cursor;
        let enough = usize::try_from(limit).unwrap_or(usize::MAX);
        let read = |reply: &Value| self.reader().deployments(reply);
        let pages_of = async |rows: u32| {
            let values = self.of_site(site).with("limit", rows.to_string().as_str());
            self.pages(Operation::Deployments, values, cursor, enough, read).await
        };
        let mut list = match limit {
            ..=MOST_ON_A_PAGE => pages_of(limit).await?,
            _ if !cursor.is_empty() => pages_of(MOST_ON_A_PAGE).await?,
            _ => match pages_of(limit).await {
                // It gives no page so long.
                Err(ApiError::Reply(reply)) if matches!(reply.status, 400 | 422) => pages_of(MOST_ON_A_PAGE).await?,
                list => list?,
            },
        };
        let created = |deployment: &Deployment| deployment.created_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        sort_by(&mut list.items, |one, other| created(other).cmp(&created(one)));
        Ok(list)
    }

    /// The sites that the key can see, in the API's order.
    pub async fn sites(&self) -> Result<Vec<Site>, ApiError> {
        Ok(self.listed_sites().await?.items)
    }

    /// The same, and what may be behind them.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn listed_sites(&self) -> Result<Listed<Site>, ApiError> {
        let cursor = &self.contract.parts.fields.sites.cursor;
        let read = |reply: &Value| self.reader().sites(reply);
        self.pages(Operation::Sites, self.own.clone(), cursor, usize::MAX, read)
            .await
    }

    /// The API keys of the account, newest first; those without a date behind, in the order they came.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        let cursor = &self.contract.parts.fields.api_keys.cursor;
        let read = |reply: &Value| self.reader().api_keys(reply);
        let mut keys = self
            .pages(Operation::ApiKeys, self.own.clone(), cursor, usize::MAX, read)
            .await?
            .items;
        sort_by(&mut keys, |one, other| other.created_at.cmp(&one.created_at));
        Ok(keys)
    }

    /// The items of a list, page by page, until there are `enough` or the API names no new page. A page without items is
    /// the last, whatever cursor it shows, and so is one that names itself.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also for a list of keys whose end was not seen.
    async fn pages<T>(
        &self,
        operation: Operation,
        values: Values,
        cursor: &Pointers,
        enough: usize,
        read: impl Fn(&Value) -> Result<Vec<T>, ApiError>,
    ) -> Result<Listed<T>, ApiError> {
        let mut all = Vec::new();
        let mut asked: Vec<String> = Vec::new();
        let mut before = Value::Null;
        let mut rest = Rest::Unread;
        for _ in 0..MOST_PAGES {
            let values = values.clone().with("cursor", asked.last().map(String::as_str));
            let reply = self.fields(operation, &values).await?;
            if reply == before {
                // The cursor is ignored: this is what was read already.
                rest = Rest::Circle;
                break;
            }
            let page = read(&reply)?;
            let is_empty = page.is_empty();
            all.extend(page);
            let next = text(&reply, cursor).filter(|next| !next.is_empty());
            let is_enough = is_empty || all.len() >= enough;
            match next.filter(|next| !is_enough && asked.last() != Some(next)) {
                None => {
                    let is_cut = cursor.is_empty() && !is_enough && may_be_a_page(all.len());
                    rest = if is_cut { Rest::MayBe } else { Rest::None };
                    break;
                }
                Some(next) if asked.contains(&next) => {
                    rest = Rest::Circle;
                    break;
                }
                Some(next) => asked.push(next),
            }
            before = reply;
        }
        match (operation, rest) {
            // By what this list does not show, keys are revoked.
            (Operation::ApiKeys, Rest::Unread) => Err(ApiError::Incomplete {
                what: "last page of the list of keys within 100 pages",
            }),
            (Operation::ApiKeys, Rest::Circle) => Err(ApiError::Incomplete {
                what: "last page of the list of keys (its pages lead in a circle)",
            }),
            _ => Ok(Listed { items: all, rest }),
        }
    }
}
