//! Recognizing our deployment in a list, after the reply that would have named it was lost.

use chrono::{DateTime, Utc};

use crate::model::{ClientToken, Deployment, DeploymentId};

/// How far apart Sproobo's clock and ours may be, and how long a request may be under way.
const TOLERANCE: chrono::Duration = chrono::Duration::minutes(2);
const LEAST_PREFIX: usize = 7;
/// How many of a site's newest deployments are searched: ours was created moments ago.
pub(super) const LOOKUP_LIMIT: u32 = 20;

/// What marks a deployment as ours.
#[derive(Debug, Clone)]
pub struct Marks<'a> {
    /// The token it was asked for with.
    pub token: &'a ClientToken,
    /// The commit it was asked for with.
    pub commit: Option<&'a str>,
    /// When a request that may have been lost was first sent, on our clock.
    pub first_sent: DateTime<Utc>,
    /// When it was last sent, on our clock.
    pub last_sent: DateTime<Utc>,
    /// Now, on our clock.
    pub now: DateTime<Utc>,
    /// Deployments that were there before: the target of a rollback, what we had to wait for.
    pub not_ours: &'a [DeploymentId],
}

/// What a list shows of our deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// This one is ours.
    Ours(Box<Deployment>),
    /// More than one could be ours.
    Several,
    /// None is ours.
    Nothing,
    /// One could be ours, but shows too little to be sure.
    Unclear,
    /// This list can never tell; why.
    Impossible(&'static str),
}

/// Looks for our deployment in a list.
///
/// By token; and only if no item shows a token at all, by commit and a creation time within two minutes of our sending.
/// An item that ran longer than our request is old is somebody else's, whatever the clocks say.
#[must_use]
pub fn sight(list: &[Deployment], marks: &Marks<'_>) -> Sighting {
    let list = || list.iter().filter(|item| !marks.not_ours.contains(&item.id));
    if list().any(|item| item.client_token.is_some()) {
        return only(list().filter(|item| item.client_token.as_ref() == Some(marks.token)))
            .unwrap_or(Sighting::Nothing);
    }
    if list().next().is_none() {
        return Sighting::Nothing;
    }
    let Some(commit) = marks.commit else {
        return Sighting::Impossible("the API shows no client tokens, and no commit is known to look for");
    };
    if !list().any(|item| item.commit.is_some() && item.created_at.is_some()) {
        return Sighting::Impossible("the API's list shows neither client tokens nor commits with creation times");
    }
    let could_be = |item: &&Deployment| {
        item.commit.as_deref().is_none_or(|shown| same_commit(shown, commit))
            && item.created_at.is_none_or(|created| marks.is_near(created))
            && !marks.ran_too_long(item)
    };
    let candidates = || list().filter(could_be);
    let is_sure = |item: &&Deployment| item.commit.is_some() && item.created_at.is_some();
    match only(candidates().filter(is_sure)) {
        Some(sighting) => sighting,
        None if candidates().next().is_some() => Sighting::Unclear,
        None => Sighting::Nothing,
    }
}

fn only<'a>(mut candidates: impl Iterator<Item = &'a Deployment>) -> Option<Sighting> {
    let first = candidates.next()?;
    Some(match candidates.next() {
        None => Sighting::Ours(Box::new(first.clone())),
        Some(_) => Sighting::Several,
    })
}

impl Marks<'_> {
    fn is_near(&self, created: DateTime<Utc>) -> bool {
        (self.first_sent - TOLERANCE..=self.last_sent + TOLERANCE).contains(&created)
    }

    /// Whether all that speaks against this one, which shows no token, is its creation time, while it still runs: a
    /// server whose clock is off by hours would show ours so.
    pub(super) fn could_be_by_another_clock(&self, item: &Deployment) -> bool {
        let is_asked_for = match (self.commit, item.commit.as_deref()) {
            (Some(asked), Some(shown)) => same_commit(shown, asked),
            _ => false,
        };
        item.client_token.is_none() && is_asked_for && !item.has_ended() && !self.not_ours.contains(&item.id)
    }

    /// Whether it ran longer than our request is old, by Sproobo's clock alone.
    pub(super) fn ran_too_long(&self, item: &Deployment) -> bool {
        match (item.created_at, item.finished_at) {
            (Some(created), Some(finished)) => {
                finished - created > self.now - self.first_sent + chrono::Duration::seconds(2)
            }
            _ => false,
        }
    }
}

/// Whether two texts name the same commit: equal without regard to case, or one a prefix of at least 7 characters of
/// the other.
#[must_use]
pub fn same_commit(one: &str, other: &str) -> bool {
    let shorter = one.len().min(other.len());
    let heads = one.as_bytes().iter().zip(other.as_bytes());
    (one.len() == other.len() || shorter >= LEAST_PREFIX)
        && shorter > 0
        && heads.take(shorter).all(|(a, b)| a.eq_ignore_ascii_case(b))
}
