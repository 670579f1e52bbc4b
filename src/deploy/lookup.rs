//! Finding a deployment again: in the site's list, by its token, or after the reply that would have named it was lost.
//!
//! Every look-up of a deployment stands here, so that what makes one ours is decided once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep_until};

use crate::error::{ApiError, Error};
use crate::model::{ClientToken, Deployment, DeploymentId, Human, SiteId};
use crate::watch::outage::{self, Outage};
use crate::watch::{self, Deployments, Tracker, later, within};

/// How many of a site's newest deployments are searched.
const SEARCHED: u32 = 50;
/// How far apart Sproobo's clock and ours may be, and how long a request may be under way.
const TOLERANCE: chrono::Duration = chrono::Duration::minutes(2);
const LEAST_PREFIX: usize = 7;
const BETWEEN_LOOKUPS: Duration = Duration::from_secs(2);
const LAST_LOOKUP: Duration = Duration::from_secs(10);

/// How a deployment is told apart from the site's others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentRef {
    /// By its id.
    Id(DeploymentId),
    /// By the token that it was asked for with: its id was never learned.
    Token(ClientToken),
}

/// The id of this deployment, from one reading of the site's list where only its token is known.
///
/// # Errors
/// [`Error::Api`] if the list can't be read, [`Error::NotFound`].
pub async fn find_id<P: Deployments>(
    platform: &P,
    site: &SiteId,
    deployment: &DeploymentRef,
) -> Result<DeploymentId, Error> {
    let token = match deployment {
        DeploymentRef::Id(id) => return Ok(id.clone()),
        DeploymentRef::Token(token) => token,
    };
    match find_by_token(platform, site, token).await {
        Ok(Some(found)) => Ok(found.id),
        Ok(None) => Err(Error::NotFound { token: token.clone() }),
        Err(source) => Err(not_looked_up(source)),
    }
}

/// The deployment with this token, if one reading of the site's list shows it.
pub(super) async fn find_by_token<P: Deployments>(
    platform: &P,
    site: &SiteId,
    token: &ClientToken,
) -> Result<Option<Deployment>, ApiError> {
    let list = platform.deployments(site, SEARCHED).await?;
    Ok(list.into_iter().find(|deployment| shows(deployment, token)))
}

pub(super) fn not_looked_up(source: ApiError) -> Error {
    Error::api("the deployment could not be looked up by its token", source)
}

/// The deployment with this token, as patiently as a wait.
///
/// # Errors
/// As [`history`], and [`Error::NotFound`].
pub(super) async fn wait_for_token<P: Deployments>(
    platform: &P,
    tracker: &Tracker,
    token: &ClientToken,
    options: &watch::Options,
) -> Result<Deployment, Error> {
    let history = history(platform, tracker, options).await?;
    let found = history.into_iter().find(|deployment| shows(deployment, token));
    found.ok_or_else(|| Error::NotFound { token: token.clone() })
}

/// The site's history, newest first; a weak moment of the API is retried as in a wait.
///
/// # Errors
/// [`Error::Api`] for an error that waiting can't heal, [`Error::Unreachable`].
pub(super) async fn history<P: Deployments>(
    platform: &P,
    tracker: &Tracker,
    options: &watch::Options,
) -> Result<Vec<Deployment>, Error> {
    let deadline = tracker.deadline().at;
    let mut outage = Outage::default();
    loop {
        let sent = Instant::now();
        let error = match within(options.request_timeout, platform.deployments(tracker.site(), SEARCHED)).await {
            Ok(history) => {
                tracker.answered();
                return Ok(history);
            }
            Err(error) if is_never_readable(&error) => {
                return Err(Error::api("could not read the site's deployments", error));
            }
            Err(error) => error,
        };
        let next = tracker.retry_at(&mut outage, &error, sent, options)?;
        if sent >= deadline {
            return Err(Error::Unreachable {
                unbroken: outage.lasted(Instant::now()),
                last: error,
            });
        }
        sleep_until(next.min(deadline)).await;
    }
}

/// Whether this error says that the list of deployments will never be readable for us.
fn is_never_readable(error: &ApiError) -> bool {
    outage::is_fatal(error) || matches!(error.status(), Some(404 | 405))
}

/// Looks for the deployment that a request of ours may have started.
pub(super) struct Lookup<'a, P> {
    platform: &'a P,
    tracker: &'a Tracker,
    options: &'a watch::Options,
    token: &'a ClientToken,
    commit: Option<&'a str>,
    /// When the first sending whose reply was lost was sent, once there is one.
    first_lost: Option<DateTime<Utc>>,
    last_sent: DateTime<Utc>,
    not_ours: Vec<DeploymentId>,
}

impl<'a, P: Deployments> Lookup<'a, P> {
    /// For a request with this token, and maybe this commit, of which nothing is sent yet.
    pub(super) fn new(
        platform: &'a P,
        tracker: &'a Tracker,
        options: &'a watch::Options,
        token: &'a ClientToken,
        commit: Option<&'a str>,
    ) -> Self {
        Self {
            platform,
            tracker,
            options,
            token,
            commit,
            first_lost: None,
            last_sent: tracker.clock().now(),
            not_ours: Vec::new(),
        }
    }

    /// The request is about to be sent, maybe again.
    pub(super) fn sending(&mut self) {
        self.last_sent = self.tracker.clock().now();
    }

    /// The reply to the last sending was lost.
    pub(super) fn reply_lost(&mut self) {
        self.first_lost.get_or_insert(self.last_sent);
    }

    /// Whether the reply to any sending was lost.
    pub(super) fn any_lost(&self) -> bool {
        self.first_lost.is_some()
    }

    /// This one is somebody else's, or was there before.
    pub(super) fn exclude(&mut self, id: &DeploymentId) {
        self.not_ours.push(id.clone());
    }

    /// Whether this deployment is ours: by its token, and after a lost reply by all that is wanted of it.
    pub(super) fn is_ours(&self, deployment: &Deployment) -> bool {
        match &deployment.client_token {
            Some(token) => token == self.token,
            None if !self.any_lost() => false,
            None => {
                let alone = std::slice::from_ref(deployment);
                matches!(find_ours(alone, &self.wanted()), Found::Ours(_))
            }
        }
    }

    /// Looks until it is found. Nothing means: it is safe to send the request again, which is asked for with
    /// `may_repeat`.
    ///
    /// # Errors
    /// [`Error::ReplyLost`], with the `cause` of the loss.
    pub(super) async fn find_lost(&mut self, cause: ApiError, may_repeat: bool) -> Result<Option<Deployment>, Error> {
        let lost_at = Instant::now();
        let until = later(lost_at, self.options.max_unreachable).min(self.tracker.deadline().at);
        let mut found_nothing = 0;
        let outcome = loop {
            let began = Instant::now();
            let is_last = began >= until;
            let limit = if is_last {
                LAST_LOOKUP
            } else {
                (until - began).max(BETWEEN_LOOKUPS)
            };
            let pause = match self.look(limit).await {
                Ok(Found::Ours(deployment)) => return Ok(Some(*deployment)),
                Ok(Found::Several) => break "more than one deployment could be it".to_owned(),
                Ok(Found::Impossible(why)) => break format!("it can't be looked for: {why}"),
                Ok(Found::Unclear) => BETWEEN_LOOKUPS,
                Ok(Found::Nothing) => {
                    found_nothing += 1;
                    if may_repeat && found_nothing >= 2 && !is_last {
                        log::debug!("{found_nothing} look-ups found nothing; sending the trigger again");
                        return Ok(None);
                    }
                    BETWEEN_LOOKUPS
                }
                Err(error) if is_never_readable(&error) => break format!("it can't be looked for: {error}"),
                Err(error) => error
                    .retry_after()
                    .unwrap_or_default()
                    .clamp(BETWEEN_LOOKUPS, outage::LONGEST_RETRY_AFTER),
            };
            if is_last {
                break format!("no deployment of it was found within {}", Human(lost_at.elapsed()));
            }
            log::debug!("the deployment was not found; looking again in {}", Human(pause));
            sleep_until((Instant::now() + pause).min(until)).await;
        };
        Err(Error::ReplyLost {
            cause,
            outcome,
            token: self.token.clone(),
        })
    }

    /// Looks once, for at most `limit`.
    pub(super) async fn look(&mut self, limit: Duration) -> Result<Found, ApiError> {
        let limit = limit.min(self.options.request_timeout);
        let list = within(limit, self.platform.deployments(self.tracker.site(), SEARCHED)).await?;
        self.tracker.answered();
        // What is too old now must not seem young enough at a later look-up.
        let wanted = self.wanted();
        let older: Vec<&Deployment> = list.iter().filter(|item| wanted.ran_too_long(item)).collect();
        older.iter().for_each(|item| self.exclude(&item.id));
        let wanted = self.wanted();
        Ok(match find_ours(&list, &wanted) {
            Found::Nothing if list.iter().any(|item| wanted.could_be_by_another_clock(item)) => Found::Unclear,
            found => found,
        })
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            token: self.token,
            commit: self.commit,
            first_sent: self.first_lost.unwrap_or(self.last_sent),
            last_sent: self.last_sent,
            now: self.tracker.clock().now(),
            not_ours: &self.not_ours,
        }
    }
}

/// What makes a deployment ours.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
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
pub enum Found {
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

/// Whether it shows this token.
fn shows(deployment: &Deployment, token: &ClientToken) -> bool {
    deployment.client_token.as_ref() == Some(token)
}

/// Looks for our deployment in a list.
///
/// By token; and only if no item shows a token at all, by commit and a creation time within two minutes of our sending.
/// An item that ran longer than our request is old is somebody else's, whatever the clocks say.
#[must_use]
pub fn find_ours(list: &[Deployment], wanted: &Wanted<'_>) -> Found {
    let list = || list.iter().filter(|item| !wanted.not_ours.contains(&item.id));
    if list().any(|item| item.client_token.is_some()) {
        return only(list().filter(|item| shows(item, wanted.token))).unwrap_or(Found::Nothing);
    }
    if list().next().is_none() {
        return Found::Nothing;
    }
    let Some(commit) = wanted.commit else {
        return Found::Impossible("the API shows no client tokens, and no commit is known to look for");
    };
    if !list().any(|item| item.commit.is_some() && item.created_at.is_some()) {
        return Found::Impossible("the API's list shows neither client tokens nor commits with creation times");
    }
    let could_be = |item: &&Deployment| {
        item.commit.as_deref().is_none_or(|shown| same_commit(shown, commit))
            && item.created_at.is_none_or(|created| wanted.is_near(created))
            && !wanted.ran_too_long(item)
    };
    let candidates = || list().filter(could_be);
    let is_sure = |item: &&Deployment| item.commit.is_some() && item.created_at.is_some();
    match only(candidates().filter(is_sure)) {
        Some(found) => found,
        None if candidates().next().is_some() => Found::Unclear,
        None => Found::Nothing,
    }
}

fn only<'a>(mut candidates: impl Iterator<Item = &'a Deployment>) -> Option<Found> {
    let first = candidates.next()?;
    Some(match candidates.next() {
        None => Found::Ours(Box::new(first.clone())),
        Some(_) => Found::Several,
    })
}

impl Wanted<'_> {
    fn is_near(&self, created: DateTime<Utc>) -> bool {
        (self.first_sent - TOLERANCE..=self.last_sent + TOLERANCE).contains(&created)
    }

    /// Whether all that speaks against this one, which shows no token, is its creation time, while it still runs: a
    /// server whose clock is off by hours would show ours so.
    fn could_be_by_another_clock(&self, item: &Deployment) -> bool {
        let is_asked_for = match (self.commit, item.commit.as_deref()) {
            (Some(asked), Some(shown)) => same_commit(shown, asked),
            _ => false,
        };
        item.client_token.is_none() && is_asked_for && !item.has_ended() && !self.not_ours.contains(&item.id)
    }

    /// Whether it ran longer than our request is old, by Sproobo's clock alone.
    fn ran_too_long(&self, item: &Deployment) -> bool {
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
