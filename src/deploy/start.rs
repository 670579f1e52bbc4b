//! Starting a deployment exactly once: a refused request is retried, a lost reply is looked for, never repeated blindly.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, sleep_until};

use crate::deploy::classify::{SendOutcome, classify};
use crate::deploy::conflict::Conflicts;
use crate::deploy::lookup::Lookup;
use crate::deploy::{Options, Platform};
use crate::error::{ApiError, Error, Phase};
use crate::event::SiteEvent;
use crate::model::{ClientToken, Deployment, DeploymentId, TriggerRequest};
use crate::watch::outage::Outage;
use crate::watch::{Tracker, within};

/// How often a request whose reply may be lost is sent in all.
const MOST_SENDINGS: u32 = 3;

/// A request that starts a deployment.
#[derive(Debug, Clone, Copy)]
pub(super) enum StartRequest<'a> {
    Trigger(&'a TriggerRequest),
    Rollback {
        to: &'a DeploymentId,
        commit: Option<&'a str>,
        token: &'a ClientToken,
    },
}

impl<'a> StartRequest<'a> {
    pub(super) fn token(&self) -> &'a ClientToken {
        match self {
            Self::Trigger(request) => &request.token,
            Self::Rollback { token, .. } => token,
        }
    }

    fn commit(&self) -> Option<&'a str> {
        match self {
            Self::Trigger(request) => request.commit.as_deref(),
            Self::Rollback { commit, .. } => *commit,
        }
    }

    /// The deployment that a rollback returns to.
    fn target(&self) -> Option<&'a DeploymentId> {
        match self {
            Self::Trigger(_) => None,
            Self::Rollback { to, .. } => Some(to),
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
    pub(super) options: &'a Options,
    pub(super) lookup: Lookup<'a, P>,
    pub(super) conflicts: Conflicts,
    request: StartRequest<'a>,
    may_have_started: &'a AtomicBool,
}

impl<'a, P: Platform> Starter<'a, P> {
    /// Nothing is sent yet. `may_have_started` will say whether a deployment may have been started of which no reply
    /// told us.
    pub(super) fn new(
        platform: &'a P,
        tracker: &'a Tracker,
        options: &'a Options,
        request: StartRequest<'a>,
        may_have_started: &'a AtomicBool,
    ) -> Self {
        let mut lookup = Lookup::new(platform, tracker, &options.watch, request.token(), request.commit());
        if let Some(target) = request.target() {
            lookup.exclude(target);
        }
        Self {
            platform,
            tracker,
            options,
            lookup,
            conflicts: Conflicts::default(),
            request,
            may_have_started,
        }
    }

    /// Starts it, and gives it as soon as it is known.
    ///
    /// # Errors
    /// [`Error::Api`] when it was refused for good, [`Error::ReplyLost`], [`Error::Conflict`], [`Error::Unreachable`],
    /// [`Error::TimedOut`].
    pub(super) async fn start(mut self) -> Result<DeploymentId, Error> {
        self.tracker.emit(SiteEvent::Triggering {
            token: self.request.token().clone(),
            commit: self.request.commit().map(str::to_owned),
        });
        let deadline = self.tracker.deadline();
        let mut lost = 0;
        let mut outage = Outage::default();
        loop {
            if deadline.has_passed() {
                return Err(deadline.timed_out(Phase::Trigger));
            }
            let sent = Instant::now();
            self.lookup.sending();
            let error = match self.send().await {
                Ok(deployment) => return self.know(deployment, false),
                Err(error) => error,
            };
            match classify(&error) {
                SendOutcome::Final => {
                    // A 2xx says that it was taken, whatever else is wrong with the reply.
                    if !error.is_acceptance() {
                        self.nothing_started();
                    }
                    return Err(self.refused_for_good(error));
                }
                SendOutcome::Refused => {
                    self.nothing_started();
                    self.pause_after_refusal(error, sent, &mut outage).await?;
                }
                SendOutcome::Conflict => {
                    self.nothing_started();
                    self.tracker.answered();
                    outage = Outage::default();
                    if let Some(ours) = self.conflict(&error).await? {
                        return self.know(ours, true);
                    }
                }
                SendOutcome::Lost { repeatable } => {
                    lost += 1;
                    self.lookup.reply_lost();
                    outage = Outage::default();
                    self.tracker.emit(SiteEvent::TriggerLost { error: error.clone() });
                    if let Some(ours) = self.lookup.find_lost(error, repeatable && lost < MOST_SENDINGS).await? {
                        return self.know(ours, true);
                    }
                }
            }
        }
    }

    /// Sends the request once. A reply that is out at the deadline counts as lost by time-out.
    async fn send(&self) -> Result<Deployment, ApiError> {
        self.may_have_started.store(true, Ordering::Relaxed);
        let call = async {
            match self.request {
                StartRequest::Trigger(request) => self.platform.trigger(request).await,
                StartRequest::Rollback { to, token, .. } => {
                    self.platform.rollback(self.tracker.site(), to, token).await
                }
            }
        };
        within(self.tracker.deadline().left(), call).await
    }

    fn know(&self, deployment: Deployment, adopted: bool) -> Result<DeploymentId, Error> {
        self.tracker.answered();
        if Some(&deployment.id) == self.request.target() {
            self.may_have_started.store(false, Ordering::Relaxed);
            return Err(Error::RollbackNotFollowed);
        }
        let id = deployment.id.clone();
        self.tracker.found(deployment, adopted);
        Ok(id)
    }

    /// The last sending started nothing; an earlier one that was lost may have.
    fn nothing_started(&self) {
        self.may_have_started.store(self.lookup.any_lost(), Ordering::Relaxed);
    }

    fn refused_for_good(&self, error: ApiError) -> Error {
        if !self.lookup.any_lost() {
            return Error::api(self.request.doing(), error);
        }
        Error::ReplyLost {
            cause: error,
            outcome: "an earlier sending of it was lost too, and no deployment of it was found".to_owned(),
            token: self.request.token().clone(),
        }
    }

    async fn pause_after_refusal(&self, error: ApiError, sent: Instant, outage: &mut Outage) -> Result<(), Error> {
        let next = self.tracker.retry_at(outage, &error, sent, &self.options.watch)?;
        let next = next.min(self.tracker.deadline().at);
        let after = next.saturating_duration_since(Instant::now());
        self.tracker.emit(SiteEvent::TriggerRetry { error, after });
        sleep_until(next).await;
        Ok(())
    }
}
