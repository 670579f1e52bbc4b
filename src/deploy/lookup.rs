//! Finding a deployment again: in the site's list, by its token, or after the reply that would have named it was lost.
//!
//! Every look-up of a deployment stands here; what makes one ours is decided in `ours`.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::deploy::Platform;
use crate::deploy::ours::{Found, Looked, Wanted, find_ours, shows};
use crate::error::{ApiError, Error};
use crate::event::SiteEvent;
use crate::model::{ClientToken, Deployment, DeploymentId, Human, Priority, SiteId, Start, same_commit};
use crate::watch::outage::{self, Outage};
use crate::watch::{self, Deployments, Tracker, later, within};

/// How many of a site's newest deployments are searched.
const SEARCHED: u32 = 50;
/// How long the look before the trigger may hold it up.
const FIRST_LOOK: Duration = Duration::from_secs(5);
/// How long it is looked for what a reply outside the contract (a redirect, an unreadable 2xx) may have started.
const OUTSIDE_CONTRACT: Duration = Duration::from_secs(30);
const BETWEEN_LOOKUPS: Duration = Duration::from_secs(2);
/// How often it is looked for what somebody else is to start.
const BETWEEN_LISTS: Duration = Duration::from_secs(3);
const LAST_LOOKUP: Duration = Duration::from_secs(10);

/// How a deployment is told apart from the site's others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentRef {
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

/// The newest deployment of this commit that runs, or that appears before `within` is over: a push to the repository
/// starts it, and not at once. One that had ended before the first look counts only if no such one appears, and if it is
/// the site's newest.
///
/// # Errors
/// As [`history`], and [`Error::NotAppeared`].
pub(super) async fn wait_for_commit<P: Deployments>(
    platform: &P,
    tracker: &Tracker,
    commit: &str,
    appear_within: Duration,
    options: &watch::Options,
) -> Result<Deployment, Error> {
    let of_commit = |item: &&Deployment| item.commit.as_deref().is_some_and(|shown| same_commit(shown, commit));
    let until = later(Instant::now(), appear_within).min(tracker.deadline().at);
    let mut ended_before: Option<HashSet<DeploymentId>> = None;
    loop {
        let looked = Instant::now();
        let list = history(platform, tracker, options).await?;
        let is_first = ended_before.is_none();
        let ended_before = ended_before.get_or_insert_with(|| {
            let ended = list.iter().filter(of_commit).filter(|item| item.has_ended());
            ended.map(|item| item.id.clone()).collect()
        });
        let mut of_commit = list.iter().filter(of_commit);
        if let Some(found) = of_commit.find(|item| !ended_before.contains(&item.id)) {
            return Ok(found.clone());
        }
        let newest = list.first().filter(|item| ended_before.contains(&item.id));
        if looked >= until {
            return newest.cloned().ok_or_else(|| Error::NotAppeared {
                commit: commit.to_owned(),
                within: appear_within,
                shows_commits: list.is_empty() || list.iter().any(|item| item.commit.is_some()),
            });
        }
        if is_first {
            tracker.emit(SiteEvent::Appearing {
                commit: commit.to_owned(),
                within: appear_within,
                ended: newest.map(|item| item.id.clone()),
            });
        }
        sleep_until((Instant::now() + BETWEEN_LISTS).min(until)).await;
    }
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
        platform.turn(Priority::Look, deadline).await;
        let sent = Instant::now();
        let limit = if sent >= deadline {
            tracker.deadline().for_last_check(LAST_LOOKUP)
        } else {
            deadline - sent
        };
        let limit = limit.min(options.request_timeout);
        let error = match within(limit, platform.deployments(tracker.site(), SEARCHED)).await {
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
    start: Start,
    token: &'a ClientToken,
    commit: Option<&'a str>,
    /// What the list showed before anything was sent; nothing if it could not be read then.
    before: Option<HashSet<DeploymentId>>,
    not_ours: HashSet<DeploymentId>,
    /// How the first sending was lost whose reply was. What was lost stays lost.
    lost: Option<ApiError>,
    /// When that was.
    lost_at: Instant,
    /// How long since then it was waited for somebody else's deployment instead.
    waited_for_others: Duration,
    /// Whether a list has ever shown what could be ours: then nothing is sent again, ended or not.
    seen_possible: bool,
}

impl<'a, P: Platform> Lookup<'a, P> {
    /// For a request with this token, and maybe this commit, of which nothing is sent yet.
    pub(super) fn new(
        platform: &'a P,
        tracker: &'a Tracker,
        options: &'a watch::Options,
        start: Start,
        token: &'a ClientToken,
        commit: Option<&'a str>,
    ) -> Self {
        Self {
            platform,
            tracker,
            options,
            start,
            token,
            commit,
            before: None,
            not_ours: HashSet::new(),
            lost: None,
            lost_at: Instant::now(),
            waited_for_others: Duration::ZERO,
            seen_possible: false,
        }
    }

    /// This list was read before anything is sent: what it shows can't be ours.
    pub(super) fn seen_before(&mut self, list: &[Deployment]) {
        self.before = Some(list.iter().map(|item| item.id.clone()).collect());
    }

    /// The reply to a sending was lost in this way.
    pub(super) fn reply_lost(&mut self, error: &ApiError) {
        if self.lost.is_none() {
            self.lost = Some(error.clone());
            self.lost_at = Instant::now();
        }
    }

    /// How the reply to the first sending was lost whose reply was.
    pub(super) fn lost(&self) -> Option<&ApiError> {
        self.lost.as_ref()
    }

    /// Whether the list showed it before anything was sent.
    pub(super) fn was_there_before(&self, id: &DeploymentId) -> bool {
        self.before.as_ref().is_some_and(|before| before.contains(id))
    }

    /// So long it was waited for somebody else's deployment, which takes nothing from the time for looking.
    pub(super) fn waited_for_others(&mut self, time: Duration) {
        self.waited_for_others += time;
    }

    /// This one is somebody else's.
    pub(super) fn exclude(&mut self, id: &DeploymentId) {
        self.not_ours.insert(id.clone());
    }

    /// Whether it shows our token.
    pub(super) fn is_ours(&self, deployment: &Deployment) -> bool {
        shows(deployment, self.token)
    }

    /// Whether it was there before, or shows another token.
    pub(super) fn is_somebody_elses(&self, deployment: &Deployment) -> bool {
        !self.is_ours(deployment) && (deployment.client_token.is_some() || !self.wanted().is_new(deployment))
    }

    /// Looks until it is found, for `--max-unreachable` from the first loss on, whatever was lost since. Nothing means: it
    /// is safe to send the request again, which is asked for with `may_repeat`.
    ///
    /// # Errors
    /// [`Error::ReplyLost`].
    pub(super) async fn find_lost(&mut self, may_repeat: bool) -> Result<Option<Found>, Error> {
        let outside_contract = self.lost.as_ref().is_some_and(ApiError::is_outside_contract);
        let patience = if outside_contract {
            self.options.max_unreachable.min(OUTSIDE_CONTRACT)
        } else {
            self.options.max_unreachable
        };
        let until = later(self.lost_at + self.waited_for_others, patience).min(self.tracker.deadline().at);
        let mut found_nothing = 0;
        let outcome = loop {
            let sent = Instant::now();
            let is_last = sent >= until;
            let limit = if is_last {
                self.tracker.deadline().for_last_check(LAST_LOOKUP)
            } else {
                (until - sent).max(BETWEEN_LOOKUPS)
            };
            let pause = match self.look(limit).await {
                Ok(Looked::Found(found)) => return Ok(Some(found)),
                Ok(Looked::Several) => break "more than one deployment could be it".to_owned(),
                Ok(Looked::Impossible(why)) => break format!("it can't be looked for: {why}"),
                Ok(Looked::Unclear) => BETWEEN_LOOKUPS,
                Ok(Looked::Nothing) => {
                    found_nothing += 1;
                    if may_repeat && found_nothing >= 2 && !self.seen_possible && !is_last {
                        log::debug!("{found_nothing} look-ups found nothing; sending the request again");
                        return Ok(None);
                    }
                    BETWEEN_LOOKUPS
                }
                Err(error) if is_never_readable(&error) || (outside_contract && error.is_outside_contract()) => {
                    break format!("it can't be looked for: {error}");
                }
                Err(error) => error
                    .retry_after()
                    .unwrap_or_default()
                    .clamp(BETWEEN_LOOKUPS, outage::LONGEST_RETRY_AFTER),
            };
            if is_last {
                break format!("no deployment of it was found within {}", Human(self.lost_at.elapsed()));
            }
            log::debug!("the deployment was not found; looking again in {}", Human(pause));
            sleep_until((Instant::now() + pause).min(until)).await;
        };
        Err(self.given_up(outcome))
    }

    /// The end of a search; `outcome` says what it came to.
    pub(super) fn given_up(&self, outcome: String) -> Error {
        Error::ReplyLost {
            start: self.start,
            // Nothing else is looked for here than what a lost reply was about.
            cause: self.lost.clone().unwrap_or(ApiError::Incomplete { what: "reply" }),
            outcome,
            token: self.token.clone(),
        }
    }

    async fn look(&mut self, limit: Duration) -> Result<Looked, ApiError> {
        let limit = limit.min(self.options.request_timeout);
        self.platform.turn(Priority::Look, self.tracker.deadline().at).await;
        let list = within(limit, self.platform.deployments(self.tracker.site(), SEARCHED)).await?;
        self.tracker.answered();
        let looked = find_ours(&list, &self.wanted());
        self.seen_possible |= looked != Looked::Nothing;
        Ok(looked)
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            token: self.token,
            commit: self.commit,
            shows_tokens: self.platform.shows_tokens(),
            before: self.before.as_ref(),
            not_ours: &self.not_ours,
        }
    }
}

/// Reads the site's list before anything is sent. A failure costs only what the list would have told.
pub(super) async fn look_first<P: Deployments>(platform: &P, tracker: &Tracker) -> Option<Vec<Deployment>> {
    platform.turn(Priority::Look, tracker.deadline().at).await;
    let limit = FIRST_LOOK.min(tracker.deadline().left());
    match within(limit, platform.deployments(tracker.site(), SEARCHED)).await {
        Ok(list) => {
            tracker.answered();
            Some(list)
        }
        Err(error) => {
            log::debug!("the site's deployments can't be read before the trigger: {error}");
            None
        }
    }
}
