//! Another deployment of the site is running.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::deploy::ours::Found;
use crate::deploy::start::Starter;
use crate::deploy::{OnConflict, Platform};
use crate::error::{ApiError, Error, Phase};
use crate::event::SiteEvent;
use crate::model::{Deployment, DeploymentId, Priority, StatusClass};
use crate::watch::poll::{Look, Poll};
use crate::watch::{self, Tracker, read};

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
    /// Gives our own deployment if it is the one that is running: after a lost sending the conflict may be with that.
    /// Nothing means: try again, the other one has ended or can't be watched.
    pub(super) async fn conflict(&mut self, error: &ApiError) -> Result<Option<Found>, Error> {
        let running = match error {
            ApiError::Reply(reply) => reply.deployment.clone(),
            _ => None,
        };
        let shown = match &running {
            Some(id) => {
                let limit = self.tracker.deadline().for_last_check(LOOKUP);
                let limit = limit.min(self.options.watch.request_timeout);
                self.platform.turn(Priority::Look, self.tracker.deadline().at).await;
                read(self.platform, self.tracker.site(), id, limit).await.ok()
            }
            None => None,
        };
        match &shown {
            Some(ours) if self.lookup.is_ours(ours) => return Ok(Some(Found::ByToken(Box::new(ours.clone())))),
            Some(other) if self.lookup.lost().is_none() || self.lookup.is_somebody_elses(other) => {
                self.lookup.exclude(&other.id);
            }
            // Whose it is can't be told, and ours may exist: only a look-up can end this.
            _ if self.lookup.lost().is_some()
                && !running.as_ref().is_some_and(|id| self.lookup.was_there_before(id)) =>
            {
                return self.lookup.find_lost(false).await.map_err(after_conflict);
            }
            _ => {}
        }
        if self.options.on_conflict == OnConflict::Fail {
            return Err(self.unless_lost(Error::Conflict { running }));
        }
        if self.conflicts.told.as_ref() != Some(&running) {
            self.conflicts.told = Some(running.clone());
            self.tracker.emit(SiteEvent::Conflict { running });
        }
        let waiting_since = Instant::now();
        match shown {
            Some(other) if !can_be_tried_again(&other) => {
                let options = &self.options.watch;
                let ended = wait_for_end(self.platform, self.tracker, &other.id, options).await;
                if !ended.map_err(|error| self.unless_lost(error))? {
                    return Err(self.timed_out(Phase::Conflict));
                }
            }
            _ => {
                let until = Instant::now() + self.conflicts.next_pause();
                let deadline = self.tracker.deadline();
                sleep_until(until.min(deadline.at)).await;
                if deadline.has_passed() {
                    return Err(self.timed_out(Phase::Conflict));
                }
            }
        }
        self.lookup.waited_for_others(waiting_since.elapsed());
        Ok(None)
    }
}

/// After a loss, what is running may be our own, so the look-ups' outcome is not the whole story.
fn after_conflict(error: Error) -> Error {
    match error {
        Error::ReplyLost {
            start,
            cause,
            outcome,
            token,
        } => Error::ReplyLost {
            start,
            cause,
            outcome: format!("it was sent again and met a deployment that is running, maybe our own; {outcome}"),
            token,
        },
        error => error,
    }
}

/// Waits for somebody else's deployment to end, or to be such that only asking tells; gives whether that was in time.
///
/// # Errors
/// [`Error::Api`], [`Error::Unreachable`].
pub(in crate::deploy) async fn wait_for_end<P: Platform>(
    platform: &P,
    tracker: &Tracker,
    id: &DeploymentId,
    options: &watch::Options,
) -> Result<bool, Error> {
    let poll = Poll {
        platform,
        tracker,
        id,
        options,
        by_history: false,
        is_new: false,
        longest: watch::pace::LONGEST,
        first_after: FIRST_POLL,
        may_be_wrong_id: false,
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
    // One that ends at the last check leaves no time to start anything.
    Ok(ended.is_some() && !tracker.deadline().has_passed())
}

/// Whether the site may be free again. An unknown word may mean anything, so the API is asked by trying.
fn can_be_tried_again(other: &Deployment) -> bool {
    other.has_ended() || other.status == StatusClass::Unknown
}
