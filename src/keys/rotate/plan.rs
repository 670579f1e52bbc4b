//! What is asked of a rotation, and what it answers.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::grace::Grace;
use crate::error::Error;
use crate::keys::lifecycle::shown_in_ci;
use crate::keys::listing::Declared;
use crate::keys::store::Store;
use crate::model::{ApiKeyInfo, sort_by};

/// What to rotate, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The name of the new key. Rotations of one key keep to one name: it is how a key that an interrupted rotation
    /// left behind is recognised.
    pub name: String,
    /// Where the new key goes.
    pub stores: Vec<Store>,
    /// What is revoked.
    pub revoke: Revoke,
    /// When the key in use was created (`--key-created-at`): tells it from another with the same first characters.
    pub created_at: Option<DateTime<Utc>>,
    /// The time, for [`Revoke::After`].
    pub now: DateTime<Utc>,
    /// Whether this runs in CI, where nothing may show a key.
    pub in_ci: bool,
}

/// What a rotation revokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoke {
    Nothing,
    /// `--revoke-old`: the key in use, at the end.
    Old,
    /// `--revoke-after`: first, the keys that the one in use has replaced for that long.
    After(Duration),
}

/// What a finished rotation did.
#[derive(Debug, Clone)]
pub struct Rotated {
    /// The new key.
    pub new: ApiKeyInfo,
    /// The old key, as the list showed it, if it did.
    pub old: Option<ApiKeyInfo>,
    /// Whether the old key was revoked.
    pub revoked: bool,
    /// Keys of the name beside these two that are still valid, as far as the list shows.
    pub left: Vec<ApiKeyInfo>,
}

impl Plan {
    pub(super) fn revokes_old(&self) -> bool {
        self.revoke == Revoke::Old
    }

    /// Which keys [`Revoke::After`] takes.
    #[must_use]
    pub fn grace(&self, after: Duration) -> Grace {
        Grace {
            name: self.name.clone(),
            after,
            now: self.now,
            created_at: self.created_at,
        }
    }

    pub(super) fn declared(&self) -> Declared<'_> {
        Declared {
            name: &self.name,
            created_at: self.created_at,
        }
    }

    /// The stores in the order in which they are written: what a person sees comes last, when the rest is safe.
    pub(super) fn ordered_stores(&self) -> Result<Vec<Store>, Error> {
        if self.name.trim().is_empty() {
            return Err(Error::usage("a rotation needs a name for the new key", "give --name"));
        }
        if self.stores.is_empty() {
            return Err(Error::usage(
                "a rotation needs a place for the new key",
                "give at least one --store",
            ));
        }
        let mut stores: Vec<Store> = Vec::new();
        for store in &self.stores {
            if *store == Store::StdoutOnce && self.in_ci {
                return Err(shown_in_ci("--store stdout-once"));
            }
            if stores.contains(store) {
                return Err(Error::usage(
                    format!("--store {store} is given twice"),
                    "give each store once",
                ));
            }
            stores.push(store.clone());
        }
        let is_last = |store: &Store| *store == Store::StdoutOnce;
        sort_by(&mut stores, |one, other| is_last(one).cmp(&is_last(other)));
        Ok(stores)
    }
}
