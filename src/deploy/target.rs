//! Which deployment a rollback returns to.

use crate::error::Error;
use crate::model::{Deployment, DeploymentId, SiteId};
use crate::watch::verdict::ended;

/// The default target of `rollback`: the newest deployment that succeeded and is older than the newest one.
///
/// # Errors
/// [`Error::NothingFits`].
pub fn default_target<'a>(site: &SiteId, history: &'a [Deployment]) -> Result<&'a Deployment, Error> {
    history
        .iter()
        .skip(1)
        .find(|deployment| ended(deployment) == Some(Ok(())))
        .ok_or_else(|| Error::NothingFits {
            what: format!("no deployment of {site} that succeeded is older than its newest one"),
        })
}

/// The target after our deployment failed: the newest older one that succeeded.
///
/// # Errors
/// Why there is nothing to return to; also when a newer deployment than ours would be undone.
pub fn target_after_failure<'a>(failed: &DeploymentId, history: &'a [Deployment]) -> Result<&'a Deployment, String> {
    let Some(ours) = history.iter().position(|deployment| deployment.id == *failed) else {
        return Err("the failed deployment is not in the site's history".to_owned());
    };
    let (newer, older) = (&history[..ours], &history[ours + 1..]);
    if let Some(newer) = newer.first() {
        return Err(format!("deployment {} is newer than ours", newer.id));
    }
    older
        .iter()
        .find(|deployment| ended(deployment) == Some(Ok(())))
        .ok_or_else(|| "no earlier deployment of the site succeeded".to_owned())
}
