//! Listing and creating keys.

use super::age::{AgePolicy, is_listed_as};
use super::doubt::{may_be_done, remove_created, seen_of_name};
use super::listing::Listing;
use super::ports::KeyApi;
use crate::deploy::Interrupts;
use crate::error::{Error, Subject};
use crate::model::{ApiKeyInfo, KeyRow, sort_by};
use crate::secret::Secret;

/// Every key of the account, the oldest first (those are the ones to act on), undated ones last.
///
/// # Errors
/// [`Error::Api`].
pub async fn list(api: &impl KeyApi, key: &Secret, policy: &AgePolicy) -> Result<Vec<KeyRow>, Error> {
    let mut keys = Listing::read(api).await?.keys;
    let age = |info: &ApiKeyInfo| (info.created_at.is_none(), info.created_at);
    sort_by(&mut keys, |one, other| age(one).cmp(&age(other)));
    Ok(keys
        .into_iter()
        .map(|info| {
            let judged = info.created_at.map(|date| policy.judge(date));
            KeyRow {
                in_use: is_listed_as(&info, key),
                id: info.id,
                name: info.name,
                prefix: info.prefix,
                created_at: info.created_at,
                age_days: judged.map(|(days, _)| days),
                stale: judged.is_some_and(|(_, stale)| stale),
            }
        })
        .collect())
}

/// Creates a key. The caller shows its value exactly once, past the redactor.
///
/// # Errors
/// [`Error::Usage`] in CI: GitHub would mask the value, so that nobody ever sees it, and GitLab would log it.
/// [`Error::Api`] where no key was created; [`Error::KeyInDoubt`] and [`Error::KeysInterrupted`] where one may be.
pub async fn create(
    api: &impl KeyApi,
    name: &str,
    in_ci: bool,
    mut interrupts: Interrupts,
) -> Result<(ApiKeyInfo, Secret), Error> {
    if in_ci {
        return Err(shown_in_ci("keys create"));
    }
    match interrupts.race(api.create_api_key(name)).await {
        Ok(Ok(created)) => Ok(created),
        Ok(Err(error)) if may_be_done(&error) => {
            let seen = seen_of_name(api, name, |_| false).await;
            let again = match error.is_outside_contract() {
                true => format!("before you run this again, {}", error.next(&Subject::default())),
                false => "run this again".to_owned(),
            };
            Err(Error::KeyInDoubt {
                what: format!("a key named `{name}` may have been created, but no value came back ({error}); {seen}"),
                next: remove_created(name, &again),
                code: error.exit_code(),
            })
        }
        Ok(Err(error)) => Err(Error::api("could not create an API key", error)),
        Err(signal) => {
            let seen = seen_of_name(api, name, |_| false).await;
            Err(Error::KeysInterrupted {
                signal,
                known: format!("Sproobo was asked to create a key named `{name}` and had not answered yet; {seen}"),
                next: remove_created(name, "run this again"),
            })
        }
    }
}

pub(super) fn shown_in_ci(what: &str) -> Error {
    Error::usage(
        format!(
            "{what} shows a new key's value, and a CI log is no place for it: GitHub masks it, so that nobody ever \
             sees it, and GitLab keeps it for all readers of the log"
        ),
        "run it on your own machine, or let `keys rotate` put the new key straight into a store",
    )
}
