//! Revoking one key, and seeing that it is gone.

use std::time::Duration;

use super::age::{is_listed_as, matching};
use super::listing::Listing;
use super::ports::KeyApi;
use super::revoked::{Listed, REVOKED_WITHIN, Used, until_refused, until_unlisted};
use crate::error::{ApiError, Error, ExitCode};
use crate::model::ApiKeyInfo;
use crate::secret::{PUBLIC_PREFIX, Secret};

/// A key that Sproobo revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    pub key: ApiKeyInfo,
    /// Whether that was seen: not where the list can't be read.
    pub is_proven: bool,
}

/// Which key is to go.
struct Target {
    info: ApiKeyInfo,
    is: Is,
    /// The row of the key in use, where that is another one beyond doubt.
    ours: Option<ApiKeyInfo>,
}

#[derive(Clone, Copy)]
enum Is {
    /// The key in use, beyond doubt.
    InUse,
    /// It begins as the key in use does, and so may others.
    Alike,
    Another,
    /// What it is could not be read.
    Unlisted,
}

/// Why it is not known to be gone.
enum Doubt {
    /// What was seen of it.
    Still(&'static str),
    /// The key in use does not work any more, and was not to go.
    OursRefused(ApiError),
    Unknown(String),
}

/// Revokes the key with this id, or the one key whose first characters these are, and sees that it is gone.
///
/// # Errors
/// [`Error::Usage`] for a text that fits no key or several, for the key in use without `yes`, and where the list can't
/// be read, so that nobody knows whether it is the key in use, without `yes`. [`Error::Api`]. [`Error::NotRevoked`] where
/// Sproobo said yes and 30 s later the key is still there, or that can't be told.
pub async fn revoke(api: &impl KeyApi, key: &Secret, which: &str, yes: bool) -> Result<Revoked, Error> {
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
    if !yes && matches!(target.is, Is::InUse | Is::Alike) {
        return Err(in_use(&target.info));
    }
    let id = target.info.id.as_ref().ok_or_else(|| without_id(&target.info))?;
    let seen = match api.revoke_api_key(id).await {
        Ok(()) => seen_gone(api, key, &target, REVOKED_WITHIN).await,
        Err(error) => {
            match reply_lost(&error) && matches!(seen_gone(api, key, &target, Duration::ZERO).await, Ok(true)) {
                true => Ok(true),
                false => return Err(Error::api("could not revoke the API key", error)),
            }
        }
    };
    match seen {
        Ok(is_proven) => Ok(Revoked {
            key: target.info,
            is_proven,
        }),
        Err(doubt) => Err(not_revoked(&target.info, doubt)),
    }
}

fn reply_lost(error: &ApiError) -> bool {
    error.exit_code() == ExitCode::CouldNotTell
}

/// Whether it was seen that the key is gone; not where nobody could, before and after.
async fn seen_gone(api: &impl KeyApi, key: &Secret, target: &Target, within: Duration) -> Result<bool, Doubt> {
    if matches!(target.is, Is::InUse) {
        return match until_refused(api, key, within).await {
            Used::Refused => Ok(true),
            Used::Accepted => Err(Doubt::Still("it still works")),
            Used::Unknown(why) => Err(Doubt::Unknown(why)),
        };
    }
    let keys = std::slice::from_ref(&target.info);
    match (until_unlisted(api, keys, target.ours.as_ref(), within).await, target.is) {
        (Listed::Gone, _) | (Listed::Refused(_), Is::Alike) => Ok(true),
        (Listed::Still(_), _) => Err(Doubt::Still("the list still shows it")),
        (Listed::Refused(_) | Listed::Unknown(_), Is::Unlisted) => Ok(false),
        (Listed::Refused(error), _) => Err(Doubt::OursRefused(error)),
        (Listed::Partial, _) => Err(Doubt::Unknown(
            "the list does not show the key in use either".to_owned(),
        )),
        (Listed::Unknown(error), _) => Err(Doubt::Unknown(error.to_string())),
    }
}

fn not_revoked(info: &ApiKeyInfo, doubt: Doubt) -> Error {
    let within = REVOKED_WITHIN.as_secs();
    let (seen, next, code) = match doubt {
        Doubt::Still(how) => (
            format!("{how} {within} s later"),
            "revoke it on Sproobo, in Settings → API Keys, and see with `keys list` that it is gone",
            ExitCode::OutsideContract,
        ),
        Doubt::OursRefused(error) => (
            format!("since then the key in use is refused ({error})"),
            "look at Settings → API Keys for what was revoked, and put a key that works into the stores",
            ExitCode::Key,
        ),
        Doubt::Unknown(why) => (
            format!("whether that is so could not be seen within {within} s ({why})"),
            "see whether it is still in `keys list`",
            ExitCode::CouldNotTell,
        ),
    };
    Error::NotRevoked {
        what: format!("Sproobo answered that {info} is revoked, but {seen}"),
        next: next.to_owned(),
        code,
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
