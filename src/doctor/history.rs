//! Does the site's history read as the contract says?

use chrono::TimeDelta;

use crate::error::ExitCode;
use crate::event::Check;
use crate::model::{ClientToken, Deployment, SiteId, StatusClass, same_commit};

pub(super) const NAME: &str = "contract";

/// What the newest deployments show of the contract's fields.
pub(super) fn check(items: &[Deployment]) -> Check {
    if items.is_empty() {
        return Check::warned(
            NAME,
            "the site has no deployments to compare with",
            "run doctor again after the first one",
        );
    }
    let unknown = items.iter().find(|item| item.status == StatusClass::Unknown);
    if let Some(unknown) = unknown {
        let found = match unknown.word.as_str() {
            "" => "a deployment in the history has no status where the contract looks".to_owned(),
            word => format!("the history has the status `{word}`, which is in no list of the contract"),
        };
        return Check::failed(
            NAME,
            ExitCode::OutsideContract,
            found,
            "give the word a class with --status-map WORD=CLASS, or correct `fields` and `statuses` in the contract",
        );
    }
    let mut missing = Vec::new();
    if items.iter().all(|item| item.commit.is_none()) {
        missing.push("commit (--require-commit can't be proven)");
    }
    if items.iter().all(|item| item.client_token.is_none()) {
        missing.push("client token (a deployment whose reply was lost can't be known again; if the API never shows one, say `\"client_token\": []`)");
    }
    if items.iter().all(|item| item.took().is_none()) {
        missing.push("begin and end (no ETA, and a blind poll interval)");
    }
    if missing.is_empty() {
        Check::passed(
            NAME,
            format!("{} deployment(s) of the history read as it says", items.len()),
        )
    } else {
        let fix = "correct the pointers of `fields.deployment` in the contract, if the API has them under other names";
        Check::warned(NAME, format!("deployments show no {}", missing.join(", no ")), fix)
    }
}

/// How close in time two deployments of a commit are that one push may have caused. A rollback to it comes later.
const ONE_PUSH: TimeDelta = TimeDelta::minutes(15);

/// Whether a push to the repository deploys what CI deploys too, as far as the history shows it: a commit twice, once
/// with a token of ours and once without any.
pub(super) fn deployed_by_push(items: &[Deployment], site: &SiteId) -> Option<Check> {
    let is_by_us = |item: &&Deployment| item.client_token.as_ref().is_some_and(ClientToken::is_random_of_ours);
    let of_one_push = |ours: &Deployment, other: &Deployment| {
        let commits = ours.commit.as_deref().zip(other.commit.as_deref());
        let dates = ours.created_at.zip(other.created_at);
        commits.is_some_and(|(ours, other)| same_commit(ours, other))
            && dates.is_none_or(|(ours, other)| (ours - other).abs() <= ONE_PUSH)
    };
    let pairs = items.iter().filter(is_by_us).filter_map(|ours| {
        let mut others = items.iter().filter(|other| other.client_token.is_none());
        Some((ours, others.find(|other| of_one_push(ours, other))?))
    });
    let (ours, other) = pairs.min_by_key(|(ours, _)| std::cmp::Reverse(ours.created_at))?;
    Some(Check::warned(
        "push",
        format!(
            "{} and {} deployed the same commit, one for this tool and one for somebody else: a push seems to deploy it too",
            ours.id, other.id
        ),
        format!(
            "let CI wait for the push's own (`sproobo-deploy wait {site} --commit HASH`) instead of deploying, or switch \
             off on Sproobo that a push deploys"
        ),
    ))
}

/// The contract has no operation for it.
pub(super) fn not_offered() -> Check {
    Check::warned(
        NAME,
        "the contract does not offer the operation `deployments`",
        "a trigger whose reply is lost can't be looked up (exit code 7); correct the contract if the API has a list",
    )
}
