//! What the key rules need of the outside world. `app` connects these to the adapters.

use std::future::Future;

use chrono::{DateTime, Utc};

use super::store::Store;
use crate::error::{ApiError, Error};
use crate::model::{ApiKeyId, ApiKeyInfo, Issue};
use crate::secret::Secret;

/// Sproobo's key endpoints.
pub trait KeyApi: Send + Sync + 'static {
    /// Every key of the account, in any order; never a value.
    fn api_keys(&self) -> impl Future<Output = Result<Vec<ApiKeyInfo>, ApiError>> + Send;

    /// Whether that list is known to be whole, however long it is: its pages, if it has any, are all read.
    fn lists_every_page(&self) -> bool;

    /// Creates a key. Before it returns, the implementation must have made the value known to the redactor and, on
    /// GitHub, have masked it: from then on it may turn up in anybody's error text. Never sent twice by itself.
    fn create_api_key(&self, name: &str) -> impl Future<Output = Result<(ApiKeyInfo, Secret), ApiError>> + Send;

    /// Revokes a key; it stops working at once.
    fn revoke_api_key(&self, id: &ApiKeyId) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// One authenticated GET that changes nothing, sent with `key` instead of the key in use.
    fn prove(&self, key: &Secret) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// When the secret that holds the key was last written: the age of the key where Sproobo doesn't tell.
pub trait SecretDates: Send + Sync + 'static {
    /// `None` where there is no such secret.
    fn updated_at(&self) -> impl Future<Output = Result<Option<DateTime<Utc>>, Error>> + Send;
}

/// The places that a rotation writes the new key to.
pub trait Stores: Send + Sync + 'static {
    /// Whether the store can be written, as far as that can be told without writing. Asked before a key is created, so
    /// that a missing permission costs nothing.
    fn check(&self, store: &Store) -> impl Future<Output = Result<(), Error>> + Send;

    /// Writes the key; when this returns, the store holds it.
    fn put(&self, store: &Store, key: &Secret) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Where `keys check --issue` keeps its one issue.
pub trait Issues: Send + Sync + 'static {
    /// Updates the open issue whose body holds `marker`, or opens one. `body` contains the marker.
    fn upsert(&self, marker: &str, title: &str, body: &str) -> impl Future<Output = Result<Issue, Error>> + Send;
}
