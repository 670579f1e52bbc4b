//! Asking for one deployment until something is settled, the time is over, or the API is.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use crate::error::{ApiError, Error};
use crate::event::SiteEvent;
use crate::model::{Deployment, DeploymentId, Priority};
use crate::watch::outage::{self, Outage};
use crate::watch::pace;
use crate::watch::{Deployments, Options, Tracker, later, read};

/// How long the last check, at the deadline, may take if nothing else has delayed it.
const LAST_CHECK: Duration = Duration::from_secs(10);

/// The least that a fixed interval counts for, so that a slip of the pen is no attack.
const SHORTEST_FIXED: Duration = Duration::from_millis(100);

/// A deployment that the step before has started may not be found at once where an API reads from copies, which lag by a
/// second or so; after that, an id that is not found is a wrong one.
const FOUND_WITHIN: Duration = Duration::from_secs(2);

/// What a look at the deployment comes to: go on, if need be with the next look by then, or that settles it.
pub(crate) type Look<T> = ControlFlow<T, Option<Instant>>;

/// Polls one deployment.
pub(crate) struct Poll<'a, P> {
    pub(crate) platform: &'a P,
    pub(crate) tracker: &'a Tracker,
    pub(crate) id: &'a DeploymentId,
    pub(crate) options: &'a Options,
    /// Whether the site's history, as far as it is learned by then, tells when to expect the end.
    pub(crate) by_history: bool,
    /// Whether it has just been created, so that no clock of the server's is needed to tell its age.
    pub(crate) is_new: bool,
    /// The most between two polls, unless it is fixed.
    pub(crate) longest: Duration,
    /// The time before the first poll.
    pub(crate) first_after: Duration,
    /// Whether an API that says twice that it has no such deployment is believed. Else that is a failure that may pass:
    /// it was there before.
    pub(crate) may_be_wrong_id: bool,
    /// What the polls are for, as "could not …".
    pub(crate) doing: &'static str,
}

impl<P: Deployments> Poll<'_, P> {
    /// Polls until `look` is done, or gives nothing when the deadline has passed. Bounded by the deadline and
    /// a last check, whatever the API does.
    ///
    /// # Errors
    /// [`Error::Api`] for an error that waiting can't heal, [`Error::Unreachable`] when the budget is used up.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&Deployment) -> Look<T>) -> Result<Option<T>, Error> {
        let deadline = self.tracker.deadline().at;
        let mut outage = Outage::default();
        let mut age = self.is_new.then(|| (Duration::ZERO, Instant::now()));
        let mut not_found = false;
        let mut next = Instant::now() + self.first_after;
        loop {
            sleep_until(next.min(deadline)).await;
            let sent = Instant::now();
            let is_last = sent >= deadline;
            let answer = if is_last {
                self.ask(self.tracker.deadline().for_last_check(LAST_CHECK)).await
            } else {
                match timeout(deadline - sent, self.ask(self.options.request_timeout)).await {
                    Ok(answer) => answer,
                    // The deadline cut this request off: leave it, and make the last check.
                    Err(_) => continue,
                }
            };
            let now = Instant::now();
            next = match answer {
                Ok(deployment) => {
                    self.tracker.answered();
                    if let Some(after) = outage.ended(now) {
                        self.tracker.emit(SiteEvent::Reachable { after });
                    }
                    let (age_then, then) = *age.get_or_insert_with(|| (self.age(&deployment), now));
                    let pace = self.pace(age_then + (now - then));
                    match look(&deployment) {
                        Look::Break(done) => return Ok(Some(done)),
                        Look::Continue(None) => later(now, pace),
                        Look::Continue(Some(by)) => later(now, pace).min(by),
                    }
                }
                Err(source) if outage::is_fatal(&source) => {
                    return Err(Error::api(self.doing, source));
                }
                Err(source) if self.is_not_found(&source) => {
                    if not_found || is_last {
                        return Err(Error::api(self.doing, source));
                    }
                    not_found = true;
                    later(now, FOUND_WITHIN)
                }
                Err(_) if is_last => return Ok(None),
                Err(error) => {
                    let next = self.tracker.retry_at(&mut outage, &error, sent, self.options)?;
                    if outage.has_just_begun() {
                        let budget = self.tracker.error_budget(self.options);
                        self.tracker.emit(SiteEvent::Unreachable { error, budget });
                    }
                    next
                }
            };
            if is_last {
                return Ok(None);
            }
        }
    }

    /// Whether this is the answer that there is no such deployment.
    fn is_not_found(&self, error: &ApiError) -> bool {
        let is_404 = matches!(error, ApiError::Reply(reply) if reply.status == 404);
        self.may_be_wrong_id && is_404 && self.tracker.seen().is_none()
    }

    async fn ask(&self, at_most: Duration) -> Result<Deployment, ApiError> {
        let limit = at_most.min(self.options.request_timeout);
        self.platform.turn(Priority::Look, self.tracker.deadline().at).await;
        read(self.platform, self.tracker.site(), self.id, limit).await
    }

    /// The time to the next poll of a deployment of this age.
    fn pace(&self, age: Duration) -> Duration {
        match self.options.poll_interval {
            Some(fixed) => fixed.max(SHORTEST_FIXED),
            None => {
                let usual = self.tracker.usual().flatten().filter(|_| self.by_history);
                pace::interval(age, usual).min(self.longest)
            }
        }
    }

    /// How old the deployment is at its first sight, by dates; a clock that is off only costs a worse pace.
    fn age(&self, deployment: &Deployment) -> Duration {
        deployment
            .created_at
            .and_then(|created| (self.tracker.clock().now() - created).to_std().ok())
            .unwrap_or_default()
    }
}
