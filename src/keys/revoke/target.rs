//! Which key is to be revoked.

use crate::error::{ApiError, Error};
use crate::keys::age::{is_listed_as, matching};
use crate::keys::listing::Listing;
use crate::keys::ports::KeyApi;
use crate::model::{ApiKeyId, ApiKeyInfo};
use crate::secret::{PUBLIC_PREFIX, Secret};

/// Which key is to go.
pub(super) struct Target {
    pub(super) info: ApiKeyInfo,
    pub(super) is: Is,
    /// The row of the key in use, where that is another one beyond doubt.
    pub(super) ours: Option<ApiKeyInfo>,
}

#[derive(Clone, Copy)]
pub(super) enum Is {
    /// The key in use, beyond doubt.
    InUse,
    /// It begins as the key in use does, and so may others.
    Alike,
    Another,
    /// What it is could not be read.
    Unlisted,
}

impl Target {
    /// The key with this id, or the one with these first characters.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(super) async fn choose(api: &impl KeyApi, key: &Secret, which: &str, yes: bool) -> Result<Self, Error> {
        // Whoever pastes the whole key in use means it; the rest of it has no place in a request's path.
        let which = if which == key.expose() {
            key.public_prefix()
        } else {
            which
        };
        let target = match Listing::ask(api).await {
            Ok(listing) => {
                let alike: Vec<_> = matching(&listing.keys, key).cloned().collect();
                let is_beyond_doubt = alike.len() == 1 && !listing.may_be_cut();
                let info = pick(listing, which)?;
                let is = match is_listed_as(&info, key) {
                    true if is_beyond_doubt => Is::InUse,
                    true => Is::Alike,
                    false => Is::Another,
                };
                let ours = match is {
                    Is::Another if is_beyond_doubt => alike.into_iter().next(),
                    _ => None,
                };
                Target { info, is, ours }
            }
            Err(source) if !yes => return Err(unlisted(which, &source)),
            Err(_) => Target {
                info: by_id_alone(which)?,
                is: Is::Unlisted,
                ours: None,
            },
        };
        match target.is {
            Is::InUse | Is::Alike if !yes => Err(in_use(&target.info)),
            _ => Ok(target),
        }
    }

    /// # Errors
    /// [`Error::Usage`] where the list shows none.
    pub(super) fn id(&self) -> Result<&ApiKeyId, Error> {
        self.info.id.as_ref().ok_or_else(|| without_id(&self.info))
    }
}

fn in_use(info: &ApiKeyInfo) -> Error {
    Error::usage(
        format!("{info} is the key in use: once it is revoked, this command and whatever shares the key stops working"),
        "put another key in its place first (`keys rotate --revoke-old` does both), or repeat this with --yes",
    )
}

fn without_id(info: &ApiKeyInfo) -> Error {
    Error::usage(
        format!("Sproobo's list shows no id for {info}, so it can't be revoked from here"),
        "revoke it on Sproobo, in Settings → API Keys",
    )
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
