//! Starting a deployment exactly once: a refused request is retried, a lost reply is looked for, never repeated blindly.

mod conflict;
mod outdated;

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::{Instant, sleep_until};

use conflict::Conflicts;
pub(super) use conflict::wait_for_end;
use outdated::Compared;

use crate::deploy::classify::{SendOutcome, classify};
use crate::deploy::lookup::{Lookup, look_first};
use crate::deploy::ours::Found;
use crate::deploy::{Ancestry, Context, Options, Platform};
use crate::error::{ApiError, Error, Phase};
use crate::event::{Note, SiteEvent};
use crate::model::{ClientToken, Deployment, DeploymentId, Priority, Start, TriggerRequest};
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

    /// The commit that a trigger brings; a rollback goes back on purpose.
    pub(super) fn triggers(&self) -> Option<&'a str> {
        self.trigger()?.commit.as_deref()
    }

    fn trigger(&self) -> Option<&'a TriggerRequest> {
        match self {
            Self::Trigger(request) => Some(request),
            Self::Rollback { .. } => None,
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

    fn start(&self) -> Start {
        match self {
            Self::Trigger(_) => Start::Trigger,
            Self::Rollback { .. } => Start::Rollback,
        }
    }

    fn doing(&self) -> &'static str {
        match self {
            Self::Trigger(_) => "could not trigger the deployment",
            Self::Rollback { .. } => "could not ask for the rollback",
        }
    }
}

/// What is known of a start by whoever has to end it: it outlives work that a signal drops.
#[derive(Debug, Default)]
pub(super) struct StartState {
    may_have_started: AtomicBool,
    by_commit: AtomicBool,
}

impl StartState {
    /// Of a request that an earlier run sent.
    pub(super) fn sent() -> Self {
        Self {
            may_have_started: AtomicBool::new(true),
            ..Self::default()
        }
    }

    /// Whether a deployment may have been started of which no reply told us.
    pub(super) fn may_have_started(&self) -> bool {
        self.may_have_started.load(Ordering::Relaxed)
    }

    /// Whether the deployment was found by its commit alone, so that it may be somebody else's.
    pub(super) fn is_by_commit(&self) -> bool {
        self.by_commit.load(Ordering::Relaxed)
    }
}

/// Starts one deployment.
pub(super) struct Starter<'a, P> {
    platform: &'a P,
    tracker: &'a Tracker,
    options: &'a Options,
    lookup: Lookup<'a, P>,
    conflicts: Conflicts,
    ancestry: &'a dyn Ancestry,
    compared: Compared,
    request: StartRequest<'a>,
    state: &'a StartState,
}

impl<'a, P: Platform> Starter<'a, P> {
    /// Nothing is sent yet.
    pub(super) fn new<V>(
        context: &'a Context<'a, P, V>,
        tracker: &'a Tracker,
        options: &'a Options,
        request: StartRequest<'a>,
        state: &'a StartState,
    ) -> Self {
        let platform = context.platform;
        let mut lookup = Lookup::new(
            platform,
            tracker,
            &options.watch,
            request.start(),
            request.token(),
            request.commit(),
        );
        if let Some(target) = request.target() {
            lookup.exclude(target);
        }
        Self {
            platform,
            tracker,
            options,
            lookup,
            conflicts: Conflicts::default(),
            ancestry: context.ancestry,
            compared: Compared::default(),
            request,
            state,
        }
    }

    /// Starts it, and gives it as soon as it is known. `before` is the site's list, if it was just read.
    ///
    /// # Errors
    /// [`Error::Api`] when it was refused for good, [`Error::ReplyLost`], [`Error::AnotherRuns`], [`Error::Conflict`],
    /// [`Error::Outdated`], [`Error::Unreachable`], [`Error::TimedOut`].
    pub(super) async fn start(mut self, before: Option<&[Deployment]>) -> Result<DeploymentId, Error> {
        self.look(before).await?;
        self.tell_if_no_commit_goes_along();
        self.tracker.emit(SiteEvent::Triggering {
            token: self.request.token().clone(),
            commit: self.request.commit().map(str::to_owned),
            git_ref: self.request.trigger().and_then(|trigger| trigger.git_ref.clone()),
            message: self.request.trigger().and_then(|trigger| trigger.message.clone()),
        });
        self.send_until_known().await
    }

    /// Learns from the site's list, before anything is sent: its history, what can't be ours, and whether a newer commit
    /// is live.
    async fn look(&mut self, before: Option<&[Deployment]>) -> Result<(), Error> {
        let looked = match before {
            None if self.tracker.deadline().has_passed() => return Err(self.timed_out(Phase::Trigger)),
            None => look_first(self.platform, self.tracker).await,
            Some(_) => None,
        };
        if let Some(list) = before.or(looked.as_deref()) {
            self.tracker.learn_usual(list, None);
            self.lookup.seen_before(list);
            self.refuse_outdated(list).await?;
        }
        Ok(())
    }

    /// Sends the request, again only where nothing can have come of it or it may be repeated, and looks for what a lost
    /// reply may have started.
    async fn send_until_known(mut self) -> Result<DeploymentId, Error> {
        let deadline = self.tracker.deadline();
        let mut lost = 0;
        let mut outage = Outage::default();
        loop {
            self.platform.turn(Priority::Act, deadline.at).await;
            if deadline.has_passed() {
                return Err(self.timed_out(Phase::Trigger));
            }
            let sent = Instant::now();
            let error = match self.send().await {
                Ok(deployment) => return self.know_by_reply(deployment),
                Err(error) => error,
            };
            let outcome = classify(&error);
            let may_repeat = match outcome {
                SendOutcome::Final => {
                    // A 2xx says that it was taken, whatever else is wrong with the reply.
                    if !error.is_acceptance() {
                        self.nothing_started();
                    }
                    return Err(self.unless_lost(Error::api(self.request.doing(), error)));
                }
                SendOutcome::Refused => {
                    self.nothing_started();
                    self.pause_after_refusal(error, sent, &mut outage).await?;
                    true
                }
                SendOutcome::Conflict => {
                    self.nothing_started();
                    self.tracker.answered();
                    outage = Outage::default();
                    if let Some(ours) = self.conflict(&error).await? {
                        return self.know(ours);
                    }
                    true
                }
                SendOutcome::Lost { repeatable } => {
                    lost += 1;
                    self.lookup.reply_lost(&error);
                    outage = Outage::default();
                    self.tracker.emit(SiteEvent::TriggerLost {
                        start: self.request.start(),
                        error,
                    });
                    repeatable && lost < MOST_SENDINGS
                }
            };
            // Whatever came since: before anything is sent after a loss, it is looked for.
            if self.lookup.lost().is_some()
                && let Some(ours) = self.lookup.find_lost(may_repeat).await?
            {
                return self.know(ours);
            }
            if outcome == SendOutcome::Conflict {
                self.refuse_outdated_by_now().await?;
            }
        }
    }

    /// A commit that is asked for, and that the API is not told of.
    fn tell_if_no_commit_goes_along(&self) {
        if matches!(self.request, StartRequest::Trigger(request) if request.commit.is_some())
            && !self.platform.triggers_a_commit()
        {
            let text = "the contract's `trigger` has no {commit}, so the API chooses what it deploys, most likely the newest \
                        commit of its branch; --require-commit fails where that is another one";
            self.tracker.note(Note::notice("The trigger names no commit", text));
        }
    }

    /// Sends the request once. A reply that is out at the deadline counts as lost by time-out.
    async fn send(&self) -> Result<Deployment, ApiError> {
        self.state.may_have_started.store(true, Ordering::Relaxed);
        let call = async {
            match self.request {
                StartRequest::Trigger(request) => self.platform.trigger(request).await,
                StartRequest::Rollback { to, commit, token } => {
                    self.platform.rollback(self.tracker.site(), to, commit, token).await
                }
            }
        };
        within(self.tracker.deadline().left(), call).await
    }

    fn know_by_reply(&self, deployment: Deployment) -> Result<DeploymentId, Error> {
        self.tracker.answered();
        if Some(&deployment.id) == self.request.target() {
            self.state.may_have_started.store(false, Ordering::Relaxed);
            return Err(Error::RollbackNotFollowed);
        }
        if deployment.client_token.is_some() && !self.lookup.is_ours(&deployment) {
            return Err(Error::AnotherRuns {
                start: self.request.start(),
                deployment: deployment.id,
                token: self.request.token().clone(),
            });
        }
        let id = deployment.id.clone();
        self.tracker.found(deployment, false);
        Ok(id)
    }

    fn know(&self, found: Found) -> Result<DeploymentId, Error> {
        let deployment = match found {
            Found::ByToken(deployment) => *deployment,
            Found::ByCommit(deployment) => {
                self.state.by_commit.store(true, Ordering::Relaxed);
                let text = format!(
                    "the {}'s reply names no deployment that we could follow, and the API shows no tokens: {} is the only new deployment of this \
                     commit. It is judged as ours, but not cancelled or rolled back by this run, since it may be \
                     somebody else's",
                    self.request.start(),
                    deployment.id
                );
                self.tracker.note(Note::warning("Found by its commit", text));
                *deployment
            }
        };
        let id = deployment.id.clone();
        self.tracker.found(deployment, true);
        Ok(id)
    }

    /// The last sending started nothing; an earlier one that was lost may have.
    fn nothing_started(&self) {
        let lost = self.lookup.lost().is_some();
        self.state.may_have_started.store(lost, Ordering::Relaxed);
    }

    /// The end with this error; after a loss none that says, or advises, as if nothing had been started.
    pub(super) fn unless_lost(&self, error: Error) -> Error {
        if self.lookup.lost().is_none() {
            return error;
        }
        self.lookup.given_up(format!(
            "no deployment of it was found; then the request was sent again, and {error}"
        ))
    }

    async fn pause_after_refusal(&self, error: ApiError, sent: Instant, outage: &mut Outage) -> Result<(), Error> {
        let next = self.tracker.retry_at(outage, &error, sent, &self.options.watch);
        let next = next
            .map_err(|error| self.unless_lost(error))?
            .min(self.tracker.deadline().at);
        let after = next.saturating_duration_since(Instant::now());
        self.tracker.emit(SiteEvent::TriggerRetry {
            start: self.request.start(),
            error,
            after,
        });
        sleep_until(next).await;
        Ok(())
    }

    /// The end when the time is over. That nothing of ours was started is not certain after a loss.
    pub(super) fn timed_out(&self, phase: Phase) -> Error {
        let phase = match self.lookup.lost() {
            Some(_) => Phase::Trigger,
            None => phase,
        };
        self.tracker.deadline().timed_out(phase)
    }
}
