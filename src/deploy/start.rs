//! Starting a deployment exactly once: a refused request is retried, a lost reply is looked for, never repeated blindly.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep_until};

use crate::deploy::classify::{Outcome, classify};
use crate::deploy::conflict::Conflicts;
use crate::deploy::lookup::{LOOKUP_LIMIT, Marks, Sighting, sight};
use crate::deploy::{Options, Platform};
use crate::error::{ApiError, CancelOutcome, Error, Phase};
use crate::event::SiteEvent;
use crate::model::{ClientToken, Deployment, DeploymentId, Human, TriggerRequest};
use crate::watch::outage::{self, Outage};
use crate::watch::{Tracker, later, within};

const BETWEEN_LOOKUPS: Duration = Duration::from_secs(2);
const LAST_LOOKUP: Duration = Duration::from_secs(10);
/// How often a request whose reply may be lost is sent in all.
const MOST_SENDINGS: u32 = 3;

/// What starts a deployment.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order<'a> {
    Trigger(&'a TriggerRequest),
    Rollback { to: &'a Deployment, token: &'a ClientToken },
}

impl<'a> Order<'a> {
    pub(super) fn token(&self) -> &'a ClientToken {
        match self {
            Self::Trigger(request) => &request.token,
            Self::Rollback { token, .. } => token,
        }
    }

    fn commit(&self) -> Option<&'a str> {
        match self {
            Self::Trigger(request) => request.commit.as_deref(),
            Self::Rollback { to, .. } => to.commit.as_deref(),
        }
    }

    fn target(&self) -> Option<&'a DeploymentId> {
        match self {
            Self::Trigger(_) => None,
            Self::Rollback { to, .. } => Some(&to.id),
        }
    }

    fn doing(&self) -> &'static str {
        match self {
            Self::Trigger(_) => "could not trigger the deployment",
            Self::Rollback { .. } => "could not ask for the rollback",
        }
    }
}

/// Starts one deployment.
pub(super) struct Starter<'a, P> {
    pub(super) platform: &'a P,
    pub(super) tracker: &'a Tracker,
    pub(super) order: Order<'a>,
    pub(super) options: &'a Options,
    /// Whether a deployment may have been started of which no reply told us.
    pub(super) may_have_started: &'a AtomicBool,
}

/// The sendings so far, and what is known not to have come of them.
pub(super) struct Sendings {
    first_lost: DateTime<Utc>,
    last: DateTime<Utc>,
    pub(super) lost: u32,
    pub(super) not_ours: Vec<DeploymentId>,
}

impl<P: Platform> Starter<'_, P> {
    /// Starts it, and gives it as soon as it is known.
    ///
    /// # Errors
    /// [`Error::Api`] when it was refused for good, [`Error::ReplyLost`], [`Error::Conflict`], [`Error::Unreachable`],
    /// [`Error::TimedOut`].
    pub(super) async fn start(&self) -> Result<DeploymentId, Error> {
        self.tracker.emit(SiteEvent::Triggering {
            token: self.order.token().clone(),
            commit: self.order.commit().map(str::to_owned),
        });
        let now = self.tracker.clock().now();
        let mut sendings = Sendings {
            first_lost: now,
            last: now,
            lost: 0,
            not_ours: self.order.target().into_iter().cloned().collect(),
        };
        let mut outage = Outage::default();
        let mut conflicts = Conflicts::default();
        loop {
            if Instant::now() >= self.deadline() {
                return Err(self.timed_out(Phase::Trigger));
            }
            let sent = Instant::now();
            sendings.last = self.tracker.clock().now();
            let error = match self.send().await {
                Ok(deployment) => return self.know(deployment, false),
                Err(error) => error,
            };
            match classify(&error) {
                Outcome::Final => {
                    // A 2xx says that it was taken, whatever else is wrong with the reply.
                    if !error.is_acceptance() {
                        self.nothing_started(&sendings);
                    }
                    return Err(self.refused_for_good(error, &sendings));
                }
                Outcome::Refused => {
                    self.nothing_started(&sendings);
                    self.pause_after_refusal(error, sent, &mut outage).await?;
                }
                Outcome::Conflict => {
                    self.nothing_started(&sendings);
                    self.tracker.answered();
                    outage = Outage::default();
                    if let Some(ours) = self.conflict(&error, &mut sendings, &mut conflicts).await? {
                        return self.know(ours, true);
                    }
                }
                Outcome::Lost { repeatable } => {
                    if sendings.lost == 0 {
                        sendings.first_lost = sendings.last;
                    }
                    sendings.lost += 1;
                    outage = Outage::default();
                    self.tracker.emit(SiteEvent::TriggerLost { error: error.clone() });
                    let may_repeat = repeatable && sendings.lost < MOST_SENDINGS;
                    if let Some(ours) = self.find_again(error, &mut sendings, may_repeat).await? {
                        return self.know(ours, true);
                    }
                }
            }
        }
    }

    /// Sends the request once. A reply that is out at the deadline counts as lost by time-out.
    async fn send(&self) -> Result<Deployment, ApiError> {
        self.may_have_started.store(true, Ordering::Relaxed);
        let site = self.tracker.site();
        let call = async {
            match self.order {
                Order::Trigger(request) => self.platform.trigger(request).await,
                Order::Rollback { to, token } => self.platform.rollback(site, &to.id, token).await,
            }
        };
        within(self.deadline().saturating_duration_since(Instant::now()), call).await
    }

    fn know(&self, deployment: Deployment, adopted: bool) -> Result<DeploymentId, Error> {
        self.tracker.answered();
        if Some(&deployment.id) == self.order.target() {
            self.may_have_started.store(false, Ordering::Relaxed);
            return Err(Error::RollbackNotFollowed);
        }
        let id = deployment.id.clone();
        self.tracker.found(deployment, adopted);
        Ok(id)
    }

    fn nothing_started(&self, sendings: &Sendings) {
        self.may_have_started.store(sendings.lost > 0, Ordering::Relaxed);
    }

    fn refused_for_good(&self, error: ApiError, sendings: &Sendings) -> Error {
        if sendings.lost == 0 {
            return Error::api(self.order.doing(), error);
        }
        Error::ReplyLost {
            cause: error,
            outcome: "an earlier sending of it was lost too, and no deployment of it was found".to_owned(),
            token: self.order.token().clone(),
        }
    }

    async fn pause_after_refusal(&self, error: ApiError, sent: Instant, outage: &mut Outage) -> Result<(), Error> {
        let next = self.tracker.retry_at(outage, &error, sent, &self.options.watch)?;
        let next = next.min(self.deadline());
        let after = next.saturating_duration_since(Instant::now());
        self.tracker.emit(SiteEvent::TriggerRetry { error, after });
        sleep_until(next).await;
        Ok(())
    }

    /// Looks for the deployment of a lost reply. Nothing means: it is safe to send the request again.
    async fn find_again(
        &self,
        cause: ApiError,
        sendings: &mut Sendings,
        may_repeat: bool,
    ) -> Result<Option<Deployment>, Error> {
        let lost_at = Instant::now();
        let until = later(lost_at, self.options.watch.max_unreachable).min(self.deadline());
        let mut found_nothing = 0;
        let outcome = loop {
            let began = Instant::now();
            let is_last = began >= until;
            let limit = if is_last {
                LAST_LOOKUP
            } else {
                (until - began).max(BETWEEN_LOOKUPS)
            };
            let pause = match self.look_up(sendings, limit).await {
                Ok(Sighting::Ours(deployment)) => return Ok(Some(*deployment)),
                Ok(Sighting::Several) => break "more than one deployment could be it".to_owned(),
                Ok(Sighting::Impossible(why)) => break format!("it can't be looked for: {why}"),
                Ok(Sighting::Unclear) => BETWEEN_LOOKUPS,
                Ok(Sighting::Nothing) => {
                    found_nothing += 1;
                    if may_repeat && found_nothing >= 2 && !is_last {
                        log::debug!("{found_nothing} look-ups found nothing; sending the trigger again");
                        return Ok(None);
                    }
                    BETWEEN_LOOKUPS
                }
                Err(error) if prevents_lookup(&error) => break format!("it can't be looked for: {error}"),
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
            token: self.order.token().clone(),
        })
    }

    pub(super) async fn look_up(&self, sendings: &mut Sendings, limit: Duration) -> Result<Sighting, ApiError> {
        let limit = limit.min(self.options.watch.request_timeout);
        let list = within(limit, self.platform.deployments(self.tracker.site(), LOOKUP_LIMIT)).await?;
        self.tracker.answered();
        // What is too old now must not seem young enough at a later look-up.
        let marks = self.marks(sendings);
        let older = list.iter().filter(|item| marks.ran_too_long(item));
        let older: Vec<DeploymentId> = older.map(|item| item.id.clone()).collect();
        sendings.not_ours.extend(older);
        let marks = self.marks(sendings);
        Ok(match sight(&list, &marks) {
            Sighting::Nothing if list.iter().any(|item| marks.could_be_by_another_clock(item)) => Sighting::Unclear,
            sighting => sighting,
        })
    }

    /// Whether this deployment is ours: by its token, and after a lost reply by all that marks it.
    pub(super) fn is_ours(&self, deployment: &Deployment, sendings: &Sendings) -> bool {
        match &deployment.client_token {
            Some(token) => token == self.order.token(),
            None if sendings.lost == 0 => false,
            None => {
                let alone = std::slice::from_ref(deployment);
                matches!(sight(alone, &self.marks(sendings)), Sighting::Ours(_))
            }
        }
    }

    fn marks<'b>(&'b self, sendings: &'b Sendings) -> Marks<'b> {
        Marks {
            token: self.order.token(),
            commit: self.order.commit(),
            first_sent: sendings.first_lost,
            last_sent: sendings.last,
            now: self.tracker.clock().now(),
            not_ours: &sendings.not_ours,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.tracker.deadline(&self.options.watch)
    }

    pub(super) fn timed_out(&self, phase: Phase) -> Error {
        Error::TimedOut {
            after: self.options.watch.timeout,
            phase,
            cancel: CancelOutcome::NotAsked,
        }
    }
}

/// Whether the list of deployments will never be readable for us.
fn prevents_lookup(error: &ApiError) -> bool {
    outage::is_fatal(error) || matches!(error.status(), Some(404 | 405))
}
