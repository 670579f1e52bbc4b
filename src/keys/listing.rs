//! Sproobo's list of keys, and which of its rows is the key in use.

use chrono::{DateTime, NaiveTime, Utc};

use super::age::is_listed_as;
use super::ports::KeyApi;
use crate::error::{ApiError, Error};
use crate::model::{ApiKeyId, ApiKeyInfo, may_be_a_page};
use crate::secret::Secret;

/// The list, as it was read.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    /// No two with one id: a list that changes while its pages are read may show a key twice.
    pub(super) keys: Vec<ApiKeyInfo>,
    is_whole: bool,
}

/// What its owner says of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    /// When it was created: the first moment of a day stands for all of it.
    pub(super) created_at: Option<DateTime<Utc>>,
}

impl Listing {
    /// # Errors
    /// [`Error::Api`].
    pub(super) async fn read(api: &impl KeyApi) -> Result<Self, Error> {
        Self::ask(api)
            .await
            .map_err(|source| Error::api("could not read the list of API keys", source))
    }

    /// The same, for who has words of their own for it.
    pub(super) async fn ask(api: &impl KeyApi) -> Result<Self, ApiError> {
        let mut keys: Vec<ApiKeyInfo> = Vec::new();
        for info in api.api_keys().await? {
            if info.id.is_none() || keys.iter().all(|known| known.id != info.id) {
                keys.push(info);
            }
        }
        Ok(Self {
            keys,
            is_whole: api.lists_every_page(),
        })
    }

    /// Whether there may be keys that it does not show.
    pub(super) fn may_be_cut(&self) -> bool {
        !self.is_whole && may_be_a_page(self.keys.len())
    }

    /// The row of `key` with its id, beyond doubt: the only one with its first 12 characters in a list that is whole, or
    /// the only one of those that name and date fit too.
    ///
    /// # Errors
    /// Why there is a doubt, as a clause.
    pub(super) fn row_of(&self, key: &Secret, declared: Declared<'_>) -> Result<(&ApiKeyInfo, &ApiKeyId), String> {
        let alike: Vec<_> = self.keys.iter().filter(|info| is_listed_as(info, key)).collect();
        let proven: Vec<_> = alike.iter().filter(|info| declared.fits(info)).collect();
        let row = match (&alike[..], &proven[..]) {
            ([], _) => return Err("the list shows no key with the first 12 characters of the key in use".to_owned()),
            ([only], _) if !self.may_be_cut() => *only,
            (_, [proven]) => **proven,
            ([_], _) => {
                return Err(format!(
                    "the list shows {} keys, which may be a page of a longer one, and another key may have the same first \
                     12 characters as the key in use",
                    self.keys.len()
                ));
            }
            _ => {
                return Err(format!(
                    "{} keys in the list begin with the same 12 characters as the key in use ({})",
                    alike.len(),
                    named(&alike)
                ));
            }
        };
        match &row.id {
            Some(id) => Ok((row, id)),
            None => Err(format!("the list shows no id for {row}")),
        }
    }
}

impl Declared<'_> {
    fn fits(self, info: &ApiKeyInfo) -> bool {
        let (Some(date), Some(created)) = (self.created_at, info.created_at) else {
            return false;
        };
        let same_date = if date.time() == NaiveTime::MIN {
            date.date_naive() == created.date_naive()
        } else {
            date.timestamp() == created.timestamp()
        };
        same_date && info.name.as_deref() == Some(self.name)
    }
}

/// What a person does about a doubt.
pub(super) const PROVE_IT: &str = "say which key is in use: --name as the list has it, and --key-created-at with the date that the \
                                   list has for it (`keys list` shows both); or rotate without revoking, and revoke the old key by \
                                   its id (`keys revoke ID`)";

/// Whether two rows are about one key: by id where both have one.
pub(super) fn is_same(one: &ApiKeyInfo, other: &ApiKeyInfo) -> bool {
    match (&one.id, &other.id) {
        (Some(one), Some(other)) => one == other,
        _ => (&one.name, &one.prefix, one.created_at) == (&other.name, &other.prefix, other.created_at),
    }
}

/// Keys, as a list in a sentence.
pub(super) fn named(keys: &[&ApiKeyInfo]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
