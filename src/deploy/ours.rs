//! What makes a deployment ours: a pure decision.

use std::collections::HashSet;

use crate::model::{ClientToken, Deployment, DeploymentId, same_commit};

/// What makes a deployment ours.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The token it was asked for with.
    pub token: &'a ClientToken,
    /// The commit it was asked for with.
    pub commit: Option<&'a str>,
    /// Whether the API shows tokens, by the contract. Then what shows none is not ours.
    pub shows_tokens: bool,
    /// What the list showed before anything was sent; nothing if it could not be read then.
    pub before: Option<&'a HashSet<DeploymentId>>,
    /// The target of a rollback, and what we had to wait for.
    pub not_ours: &'a HashSet<DeploymentId>,
}

/// Our deployment, found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It shows our token.
    ByToken(Box<Deployment>),
    /// The API shows no tokens, and this is the only new one with our commit. It may still be somebody else's, so it is
    /// judged, but never acted on.
    ByCommit(Box<Deployment>),
}

/// What a list shows of our deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    Found(Found),
    Several,
    /// None is ours, nor could be.
    Nothing,
    /// One could be ours, but shows too little to be sure.
    Unclear,
    /// This list can never tell; why.
    Impossible(&'static str),
}

/// Whether it shows this token.
pub(super) fn shows(deployment: &Deployment, token: &ClientToken) -> bool {
    deployment.client_token.as_ref() == Some(token)
}

/// Looks for our deployment in a list: by its token; by its commit only where the API shows no tokens, and then only
/// among what was not there before. No clock is compared: Sproobo's may be off.
pub fn find_ours(list: &[Deployment], wanted: &Wanted<'_>) -> Looked {
    if let Some(looked) = only(list.iter().filter(|item| shows(item, wanted.token)), Found::ByToken) {
        return looked;
    }
    let could_be =
        |item: &&Deployment| item.client_token.is_none() && wanted.is_new(item) && wanted.may_be_of_commit(item);
    let possible = || list.iter().filter(could_be);
    if possible().next().is_none() {
        return Looked::Nothing;
    }
    if wanted.shows_tokens {
        return Looked::Unclear;
    }
    let Some(commit) = wanted.commit else {
        return Looked::Impossible("the API shows no client tokens, and no commit is known to look for");
    };
    if wanted.before.is_none() {
        return Looked::Impossible("the API shows no client tokens, and what was there before could not be read");
    }
    let shows_commit = |item: &&Deployment| item.commit.as_deref().is_some_and(|shown| same_commit(shown, commit));
    if possible().all(|item| shows_commit(&item)) {
        only(possible(), Found::ByCommit).unwrap_or(Looked::Nothing)
    } else {
        Looked::Unclear
    }
}

/// Rows with the same id are one.
fn only<'a>(
    mut candidates: impl Iterator<Item = &'a Deployment>,
    found: fn(Box<Deployment>) -> Found,
) -> Option<Looked> {
    let first = candidates.next()?;
    Some(match candidates.find(|other| other.id != first.id) {
        None => Looked::Found(found(Box::new(first.clone()))),
        Some(_) => Looked::Several,
    })
}

impl Wanted<'_> {
    /// Whether it is not known to have been there before, nor to be somebody else's.
    pub(super) fn is_new(&self, item: &Deployment) -> bool {
        !self.before.is_some_and(|before| before.contains(&item.id)) && !self.not_ours.contains(&item.id)
    }

    fn may_be_of_commit(&self, item: &Deployment) -> bool {
        match (self.commit, item.commit.as_deref()) {
            (Some(asked), Some(shown)) => same_commit(shown, asked),
            _ => true,
        }
    }
}
