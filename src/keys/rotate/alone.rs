//! Once all stores are written: did another rotation of the name run beside this one?

use tokio::time::sleep;

use super::plan::Plan;
use super::progress::Progress;
use super::proof::{BETWEEN_PROOFS, PROOFS};
use super::survey::Survey;
use crate::error::{Error, ExitCode};
use crate::keys::listing::{Listing, is_same, named};
use crate::keys::ports::KeyApi;
use crate::model::ApiKeyInfo;
use crate::secret::Secret;

/// Looks at the list again: our key has to be the only new one of the name, and the newest. Before a key is revoked, it and
/// ours have to be in it too.
///
/// Gives back which other keys of the name are still valid. Where the list can't be read and nothing is to be revoked, there
/// is nothing to look at.
///
/// # Errors
/// [`Error::Rotation`]; nothing was revoked.
pub(super) async fn check(
    api: &impl KeyApi,
    survey: &Survey,
    value: &Secret,
    plan: &Plan,
    progress: &Progress<'_>,
) -> Result<Vec<ApiKeyInfo>, Error> {
    if !survey.is_known() {
        return Ok(Vec::new());
    }
    let is_ours = |info: &ApiKeyInfo| is_ours(info, survey, value, progress);
    let (listing, ours) = match look_again(api, plan.revokes_old(), is_ours).await {
        Ok(seen) => seen,
        Err(_) if !plan.revokes_old() => return Ok(Vec::new()),
        Err(error) => {
            return Err(progress.stopped(
                "the keys could not be looked at again",
                &error.to_string(),
                error.exit_code(),
            ));
        }
    };
    let of_name = || {
        listing
            .keys
            .iter()
            .filter(|info| info.name.as_deref() == Some(&*plan.name))
    };
    let others: Vec<_> = of_name()
        .filter(|info| ours.as_ref().is_none_or(|ours| !is_same(info, ours)))
        .collect();
    let created = ours.as_ref().and_then(|info| info.created_at);
    let beside: Vec<_> = others
        .iter()
        .copied()
        .filter(|info| survey.earlier(info).is_none() || created.is_some_and(|ours| info.created_at > Some(ours)))
        .collect();
    if !beside.is_empty() {
        return Err(progress.contested(&named(&beside)));
    }
    let old = survey.in_use.as_ref().map(|in_use| &in_use.info);
    if let (true, Some(old)) = (plan.revokes_old(), old)
        && let Some(missing) = missing(&listing, ours.as_ref(), old)
    {
        let detail = "another rotation may be at work, or the list is not whole";
        let problem = format!("Sproobo's list does not show {missing}");
        return Err(progress.stopped(&problem, detail, ExitCode::OutsideContract));
    }
    Ok(others
        .into_iter()
        .filter(|info| old.is_none_or(|old| !is_same(info, old)))
        .cloned()
        .collect())
}

/// The list, and our row in it; where it has to be there, the list is read again until it is: lists may lag behind.
async fn look_again(
    api: &impl KeyApi,
    has_to_be_there: bool,
    is_ours: impl Fn(&ApiKeyInfo) -> bool,
) -> Result<(Listing, Option<ApiKeyInfo>), Error> {
    let mut tries = 1;
    loop {
        let listing = Listing::read(api).await?;
        let ours = listing.keys.iter().find(|info| is_ours(info)).cloned();
        if ours.is_some() || tries == PROOFS || !has_to_be_there {
            return Ok((listing, ours));
        }
        tries += 1;
        sleep(BETWEEN_PROOFS).await;
    }
}

/// Which of the two keys that have to be listed is not.
fn missing(listing: &Listing, ours: Option<&ApiKeyInfo>, in_use: &ApiKeyInfo) -> Option<String> {
    if ours.is_none() {
        return Some("the new key".to_owned());
    }
    let is_listed = |info: &ApiKeyInfo| is_same(info, in_use) && info.prefix == in_use.prefix;
    (!listing.keys.iter().any(is_listed)).then(|| format!("the key in use ({in_use}) any more"))
}

/// Whether this is the row of the key that was created: new, and with its first characters.
fn is_ours(info: &ApiKeyInfo, survey: &Survey, value: &Secret, progress: &Progress<'_>) -> bool {
    let same_id = progress.new.id.is_none() || info.id == progress.new.id;
    same_id
        && survey.earlier(info).is_none()
        && info
            .prefix
            .as_deref()
            .is_none_or(|prefix| prefix == value.public_prefix())
}
