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
    let mut tries = 1;
    let (listing, ours) = loop {
        let listing = match Listing::read(api).await {
            Ok(listing) => listing,
            Err(_) if !plan.revokes_old() => return Ok(Vec::new()),
            Err(error) => {
                return Err(progress.stopped(
                    "the keys could not be looked at again",
                    &error.to_string(),
                    error.exit_code(),
                ));
            }
        };
        let ours = listing
            .keys
            .iter()
            .find(|info| is_ours(info, survey, value, progress))
            .cloned();
        if ours.is_some() || tries == PROOFS || !plan.revokes_old() {
            break (listing, ours);
        }
        // Lists may lag behind.
        tries += 1;
        sleep(BETWEEN_PROOFS).await;
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
    if let (true, Some(in_use)) = (plan.revokes_old(), &survey.in_use) {
        let missing = if ours.is_none() {
            Some("the new key".to_owned())
        } else if !listing
            .keys
            .iter()
            .any(|info| is_same(info, &in_use.info) && info.prefix == in_use.info.prefix)
        {
            Some(format!("the key in use ({}) any more", in_use.info))
        } else {
            None
        };
        if let Some(missing) = missing {
            let detail = "another rotation may be at work, or the list is not whole";
            let problem = format!("Sproobo's list does not show {missing}");
            return Err(progress.stopped(&problem, detail, ExitCode::OutsideContract));
        }
    }
    let old = survey.in_use.as_ref().map(|in_use| &in_use.info);
    Ok(others
        .into_iter()
        .filter(|info| old.is_none_or(|old| !is_same(info, old)))
        .cloned()
        .collect())
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
