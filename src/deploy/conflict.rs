//! Another deployment of the site is running.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::deploy::lookup::Found;
use crate::deploy::start::Starter;
use crate::deploy::{OnConflict, Platform};
use crate::error::{ApiError, Error, Phase};
use crate::event::SiteEvent;
use crate::model::{Deployment, DeploymentId, StatusClass};
use crate::watch::poll::{Look, Poll};
use crate::watch::within;

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
const FIRST_POLL: Duration = Duration::from_secs(1);
const LOOKUP: Duration = Duration::from_secs(10);

/// The conflicts of one start so far.
#[derive(Default)]
pub(super) struct Conflicts {
    told: Option<Option<DeploymentId>>,
    pauses: u32,
}

impl Conflicts {
    fn next_pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.pauses));
        self.pauses = self.pauses.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }
}

impl<P: Platform> Starter<'_, P> {
    /// Gives our own deployment if it is the one that is running (a request that was sent again can conflict with its
    /// own lost first sending). Nothing means: try again, the other one has ended or can't be watched.
    pub(super) async fn conflict(&mut self, error: &ApiError) -> Result<Option<Deployment>, Error> {
        let running = match error {
            ApiError::Reply(reply) => reply.deployment.clone(),
            _ => None,
        };
        let shown = match &running {
            Some(id) => self.read(id).await,
            None => None,
        };
        if let Some(ours) = self.find_ours(shown.as_ref(), running.is_none()).await {
            return Ok(Some(ours));
        }
        if let Some(other) = &shown {
            self.lookup.exclude(&other.id);
        }
        if self.options.on_conflict == OnConflict::Fail {
            return Err(Error::Conflict { running });
        }
        if self.conflicts.told.as_ref() != Some(&running) {
            self.conflicts.told = Some(running.clone());
            self.tracker.emit(SiteEvent::Conflict { running });
        }
        match shown {
            Some(other) if !can_be_tried_again(&other) => self.wait_for_end(&other.id).await?,
            _ => {
                let until = Instant::now() + self.conflicts.next_pause();
                let deadline = self.tracker.deadline();
                sleep_until(until.min(deadline.at)).await;
                if deadline.has_passed() {
                    return Err(deadline.timed_out(Phase::Conflict));
                }
            }
        }
        Ok(None)
    }

    async fn read(&self, id: &DeploymentId) -> Option<Deployment> {
        let limit = LOOKUP.min(self.options.watch.request_timeout);
        let deployment = within(limit, self.platform.deployment(self.tracker.site(), id))
            .await
            .ok()?;
        (deployment.id == *id).then_some(deployment)
    }

    async fn find_ours(&mut self, shown: Option<&Deployment>, unnamed: bool) -> Option<Deployment> {
        if let Some(deployment) = shown.filter(|deployment| self.lookup.is_ours(deployment)) {
            return Some(deployment.clone());
        }
        if !self.lookup.any_lost() || !unnamed {
            return None;
        }
        match self.lookup.look(LOOKUP).await {
            Ok(Found::Ours(deployment)) => Some(*deployment),
            _ => None,
        }
    }

    async fn wait_for_end(&self, id: &DeploymentId) -> Result<(), Error> {
        let poll = Poll {
            platform: self.platform,
            tracker: self.tracker,
            id,
            options: &self.options.watch,
            usual: &OnceLock::new(),
            is_new: false,
            first_after: FIRST_POLL,
            doing: "could not learn whether the other deployment has ended",
        };
        let ended = poll
            .until(|other| {
                if can_be_tried_again(other) {
                    Look::Break(())
                } else {
                    Look::Continue(None)
                }
            })
            .await?;
        let deadline = self.tracker.deadline();
        // One that ends at the last check leaves no time to trigger.
        match ended {
            Some(()) if !deadline.has_passed() => Ok(()),
            _ => Err(deadline.timed_out(Phase::Conflict)),
        }
    }
}

/// Whether the site may be free again. An unknown word may mean anything, so the API is asked by trying.
fn can_be_tried_again(other: &Deployment) -> bool {
    other.has_ended() || other.status == StatusClass::Unknown
}
