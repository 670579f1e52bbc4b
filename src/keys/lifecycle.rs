//! Listing, creating and revoking keys.

use super::age::{AgePolicy, is_listed_as};
use super::listing::Listing;
use super::ports::KeyApi;
use crate::error::{ApiError, Error};
use crate::model::{ApiKeyInfo, KeyRow};
use crate::secret::{PUBLIC_PREFIX, Secret};

/// Every key of the account, the oldest first (those are the ones to act on), undated ones last.
///
/// # Errors
/// [`Error::Api`].
pub async fn list(api: &impl KeyApi, key: &Secret, policy: &AgePolicy) -> Result<Vec<KeyRow>, Error> {
    let mut keys = Listing::read(api).await?.keys;
    keys.sort_by_key(|info| (info.created_at.is_none(), info.created_at));
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
/// [`Error::Api`].
pub async fn create(api: &impl KeyApi, name: &str, in_ci: bool) -> Result<(ApiKeyInfo, Secret), Error> {
    if in_ci {
        return Err(shown_in_ci("keys create"));
    }
    api.create_api_key(name)
        .await
        .map_err(|source| Error::api("could not create an API key", source))
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

/// Revokes the key with this id, or the one key whose first characters these are.
///
/// # Errors
/// [`Error::Usage`] for a text that fits no key or several, for the key in use without `yes`, and where the list can't
/// be read, so that nobody knows whether it is the key in use, without `yes`. [`Error::Api`].
pub async fn revoke(api: &impl KeyApi, key: &Secret, which: &str, yes: bool) -> Result<ApiKeyInfo, Error> {
    // Whoever pastes the whole key in use means it; the rest of it has no place in a request's path.
    let which = if which == key.expose() {
        key.public_prefix()
    } else {
        which
    };
    let info = match Listing::ask(api).await {
        Ok(listing) => pick(listing, which)?,
        Err(source) if !yes => {
            return Err(unlisted(which, &source));
        }
        Err(_) => by_id_alone(which)?,
    };
    if !yes && is_listed_as(&info, key) {
        return Err(Error::usage(
            format!(
                "{} is the key in use: once it is revoked, this command and whatever shares the key stops working",
                info
            ),
            "put another key in its place first (`keys rotate --revoke-old` does both), or repeat this with --yes",
        ));
    }
    let id = info.id.as_ref().ok_or_else(|| {
        Error::usage(
            format!(
                "Sproobo's list shows no id for {}, so it can't be revoked from here",
                info
            ),
            "revoke it on Sproobo, in Settings → API Keys",
        )
    })?;
    api.revoke_api_key(id)
        .await
        .map_err(|source| Error::api("could not revoke the API key", source))?;
    Ok(info)
}

fn pick(listing: Listing, which: &str) -> Result<ApiKeyInfo, Error> {
    let may_be_cut = listing.may_be_cut();
    let keys = listing.keys;
    if let Some(exact) = keys
        .iter()
        .find(|info| info.id.as_ref().is_some_and(|id| id.as_str() == which))
    {
        return Ok(exact.clone());
    }
    let fits = |info: &&ApiKeyInfo| {
        let prefix = info.prefix.as_deref().unwrap_or_default();
        !which.is_empty() && prefix.starts_with(which)
    };
    let found: Vec<_> = keys.iter().filter(fits).collect();
    match found[..] {
        [one] if may_be_cut => Err(Error::usage(
            format!(
                "the list shows {} keys, which may be a page of a longer one, and `{}` may fit others beside {one}",
                keys.len(),
                shown(which)
            ),
            "give the id of the one you mean",
        )),
        [one] => Ok(one.clone()),
        [] => Err(Error::usage(
            format!("no key on Sproobo has the id or prefix `{}`", shown(which)),
            format!("`keys list` shows ids and prefixes; a prefix has at most {PUBLIC_PREFIX} characters"),
        )),
        _ => Err(Error::usage(
            format!(
                "`{}` fits {} keys, and revoking can't be undone: {}",
                shown(which),
                found.len(),
                found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
            "give the id of the one you mean",
        )),
    }
}

fn by_id_alone(which: &str) -> Result<ApiKeyInfo, Error> {
    let id = which
        .parse()
        .map_err(|error| Error::usage(format!("{error}"), "give the id of the key"))?;
    Ok(ApiKeyInfo {
        id: Some(id),
        name: None,
        prefix: None,
        created_at: None,
    })
}

fn unlisted(which: &str, source: &ApiError) -> Error {
    Error::usage(
        format!(
            "the list of API keys can't be read ({source}), so nobody knows whether `{}` is the key in use",
            shown(which)
        ),
        "repeat this with --yes if you are sure that it is the id of a key that nothing uses",
    )
}

/// Somebody may have pasted a whole key: no more of it is repeated than its public part.
fn shown(which: &str) -> String {
    match which.char_indices().nth(PUBLIC_PREFIX) {
        Some((end, _)) => format!("{}…", &which[..end]),
        None => which.to_owned(),
    }
}
