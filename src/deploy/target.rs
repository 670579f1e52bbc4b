//! Which deployment a rollback returns to.

use crate::error::Error;
use crate::model::{Deployment, DeploymentId, SiteId, StatusClass, same_commit};
use crate::watch::verdict::ended;

/// The default target of `rollback`, in a history that is newest first.
///
/// If the newest ended deployment did not succeed: the newest success. Else that one is live, and the target is the
/// newest success of another commit that is older than every success of the live commit. So a second rollback goes one
/// further back, and never returns to what was left.
///
/// # Errors
/// [`Error::NothingFits`]: there is none, or commits are missing that would tell.
pub fn default_target<'a>(site: &SiteId, history: &'a [Deployment]) -> Result<&'a Deployment, Error> {
    let nothing = |what: String| Err(Error::NothingFits { what });
    let Some(newest) = history.iter().find(|deployment| deployment.has_ended()) else {
        return nothing(format!("no deployment of {site} has ended"));
    };
    let mut successes = history.iter().filter(|deployment| succeeded(deployment));
    if !succeeded(newest) {
        return match successes.next() {
            Some(target) => Ok(target),
            None => nothing(format!("no deployment of {site} has succeeded")),
        };
    }
    let Some(live) = newest.commit.as_deref() else {
        return nothing(format!(
            "the live deployment of {site} shows no commit, so it can't be told what is older"
        ));
    };
    let successes: Vec<&Deployment> = successes.collect();
    let is_live = |deployment: &&Deployment| {
        deployment
            .commit
            .as_deref()
            .is_some_and(|commit| same_commit(commit, live))
    };
    let oldest = successes.iter().rposition(is_live).unwrap_or_default();
    match successes.get(oldest + 1) {
        Some(target) if target.commit.is_some() => Ok(target),
        Some(target) => nothing(format!(
            "deployment {} shows no commit, so it can't be told whether it differs from what is live",
            target.id
        )),
        None => nothing(format!(
            "no deployment of {site} that succeeded with another commit is older than the live one"
        )),
    }
}

/// What is live: the newest success.
pub(super) fn live(history: &[Deployment]) -> Option<&Deployment> {
    history.iter().find(|deployment| succeeded(deployment))
}

/// The target after our deployment failed: the newest older one that succeeded.
///
/// An item without a creation date counts as newer than any, unless none has one: then the list's order, newest first,
/// tells. One of the same moment as ours counts as newer, since nothing tells.
///
/// # Errors
/// Why there is nothing to return to; also when a newer deployment than ours, running or succeeded, would be undone.
pub fn target_after_failure<'a>(failed: &DeploymentId, history: &'a [Deployment]) -> Result<&'a Deployment, String> {
    let Some(position) = history.iter().position(|deployment| deployment.id == *failed) else {
        return Err("the failed deployment is not in the site's history".to_owned());
    };
    let ours = history[position].created_at;
    let dated = history.iter().any(|deployment| deployment.created_at.is_some());
    let is_older = |index: usize, item: &Deployment| match (item.created_at, ours) {
        (Some(created), Some(ours)) => created < ours,
        _ if dated => false,
        _ => index > position,
    };
    let others = || {
        let others = history.iter().enumerate();
        others.filter(|(_, item)| item.id != *failed)
    };
    let ended_in_vain = |item: &Deployment| {
        let in_vain = [StatusClass::Failed, StatusClass::Cancelled, StatusClass::Superseded];
        in_vain.contains(&item.status)
    };
    if let Some((_, newer)) = others().find(|(index, item)| !is_older(*index, item) && !ended_in_vain(item)) {
        let may_be = if newer.created_at > ours && ours.is_some() {
            "is"
        } else {
            "may be"
        };
        return Err(format!("deployment {} {may_be} newer than ours", newer.id));
    }
    others()
        .find(|(index, item)| is_older(*index, item) && succeeded(item))
        .map(|(_, item)| item)
        .ok_or_else(|| "no earlier deployment of the site succeeded".to_owned())
}

fn succeeded(deployment: &Deployment) -> bool {
    ended(deployment) == Some(Ok(()))
}
