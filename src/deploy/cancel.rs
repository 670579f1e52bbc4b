//! Cancelling a deployment: our own when we leave, or one that a person names.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::deploy::Platform;
use crate::deploy::lookup::{DeploymentRef, find_by_token, not_looked_up};
use crate::error::{ApiError, CancelOutcome, Error, ExitCode, Subject, Transport};
use crate::event::{Sink, SiteEvent, SiteResult};
use crate::model::{ClientToken, Deployment, DeploymentId, Known, RunStatus, SiteId, TimeLimit};
use crate::watch::verdict::ended;
use crate::watch::{RunClock, Tracker, placed, read};

/// How long all of it may take.
const CANCEL_WITHIN: Duration = Duration::from_secs(4);
/// How long `cancel` waits for the end that it asked for.
const SEEN_WITHIN: Duration = Duration::from_secs(15);
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What there is to cancel.
#[derive(Debug, Clone)]
pub(super) enum ToCancel {
    Nothing,
    /// It may have ended.
    Deployment(Box<Known>),
    /// Found by its commit alone.
    MaybeSomebodyElses,
    /// A request with this token was sent, and no reply came.
    SentWith(ClientToken),
}

const BY_COMMIT: &str = "it was found by its commit alone, so it may be somebody else's";

impl ToCancel {
    /// What is to be said if nothing more can be learned.
    pub(super) fn given_up(&self, why: &str) -> CancelOutcome {
        match self {
            Self::Nothing => CancelOutcome::NothingToCancel,
            Self::Deployment(_) => CancelOutcome::Failed(why.to_owned()),
            Self::MaybeSomebodyElses => CancelOutcome::Failed(BY_COMMIT.to_owned()),
            Self::SentWith(token) => CancelOutcome::MayStillStart(token.clone()),
        }
    }
}

/// What came of asking for a cancellation.
#[derive(Debug, Clone)]
pub(super) struct Cancellation {
    pub(super) outcome: CancelOutcome,
    /// What it was about, if that was found.
    pub(super) deployment: Option<Known>,
    /// The API's last error, if that is why it failed.
    error: Option<ApiError>,
}

/// `cancel`: asks for one deployment to be cancelled, and tells what came of it. That there was nothing to cancel is a
/// good end.
pub async fn cancel<P: Platform>(
    platform: &P,
    sink: Arc<dyn Sink>,
    clock: RunClock,
    site: &SiteId,
    deployment: &DeploymentRef,
) -> SiteResult {
    let tracker = Tracker::new(sink, site.clone(), clock, TimeLimit::Timeout(CANCEL_WITHIN));
    let (what, token) = match deployment {
        DeploymentRef::Id(id) => {
            // What has ended by now needs no request; what can't be read may still be cancelled.
            let seen = read(platform, site, id, CANCEL_WITHIN).await;
            let known = seen.map_or_else(|_| Known::unseen(id.clone()), Known::from);
            (ToCancel::Deployment(Box::new(known)), None)
        }
        DeploymentRef::Token(token) => (ToCancel::SentWith(token.clone()), Some(token.clone())),
    };
    let mut cancellation = ask_to_cancel(platform, site, &what).await;
    if let (CancelOutcome::Accepted, Some(known)) = (&cancellation.outcome, &mut cancellation.deployment) {
        see_it_end(platform, site, known).await;
    }
    tracker.emit(SiteEvent::Cancel {
        outcome: cancellation.outcome.clone(),
    });
    let known = cancellation.deployment.clone();
    let end = match cancellation.verdict() {
        Err(error) => Err(placed(platform, error).await),
        ended => ended,
    };
    let result = SiteResult {
        site: site.clone(),
        took: known.as_ref().and_then(|known| known.seen.as_ref()?.took()),
        subject: Subject {
            site: Some(site.clone()),
            deployment: known,
            token,
            ..Subject::default()
        },
        end,
        duration: clock.elapsed(),
        rollback: None,
        log: Vec::new(),
    };
    tracker.emit(SiteEvent::Verdict(Box::new(result.clone())));
    result
}

impl Cancellation {
    /// What it comes to for the command that is about nothing else.
    fn verdict(self) -> Result<RunStatus, Error> {
        match (self.outcome, self.error) {
            (CancelOutcome::Accepted, _) => match self.deployment {
                Some(known) if known.has_ended() => Ok(how_it_ended(&known)),
                known => Err(Error::StillRuns {
                    word: known.and_then(|known| known.seen).map(|seen| seen.word),
                    within: SEEN_WITHIN,
                }),
            },
            // Not our doing, but this is how it ended.
            (CancelOutcome::NothingToCancel | CancelOutcome::NotAsked, _) => {
                Ok(self.deployment.as_ref().map_or(RunStatus::Refused, how_it_ended))
            }
            // Neither rejected nor out of the contract: it may just have ended, or can't be cancelled at this point.
            (CancelOutcome::Failed(why), Some(error)) if error.status() == Some(409) => Err(Error::NotCancelled {
                why,
                code: error.exit_code(),
            }),
            (CancelOutcome::Failed(_), Some(source)) => {
                Err(Error::api("the deployment could not be cancelled", source))
            }
            (CancelOutcome::Failed(why), None) => Err(Error::NotCancelled {
                why,
                code: ExitCode::CouldNotTell,
            }),
            (CancelOutcome::MayStillStart(_), Some(source)) => Err(not_looked_up(source)),
            (CancelOutcome::MayStillStart(token), None) => Err(Error::NotFound { token }),
        }
    }
}

fn how_it_ended(known: &Known) -> RunStatus {
    match known.seen.as_ref().and_then(ended) {
        Some(Ok(())) => RunStatus::Succeeded,
        Some(Err(error)) => error.status(true),
        None => RunStatus::Unknown,
    }
}

/// A request that was accepted is no end: reads the deployment until it shows one.
async fn see_it_end<P: Platform>(platform: &P, site: &SiteId, known: &mut Known) {
    let by = Instant::now() + SEEN_WITHIN;
    loop {
        let limit = by.saturating_duration_since(Instant::now()).min(CANCEL_WITHIN);
        if let Ok(seen) = read(platform, site, &known.id, limit).await {
            *known = seen.into();
        }
        if known.has_ended() || Instant::now() + RETRY_AFTER >= by {
            return;
        }
        sleep_until(Instant::now() + RETRY_AFTER).await;
    }
}

/// Asks Sproobo to cancel, within 4 seconds; what is known by its token alone is looked up once.
pub(super) async fn ask_to_cancel<P: Platform>(platform: &P, site: &SiteId, what: &ToCancel) -> Cancellation {
    let by = Instant::now() + CANCEL_WITHIN;
    let nothing_to_cancel = |deployment| Cancellation {
        outcome: CancelOutcome::NothingToCancel,
        deployment,
        error: None,
    };
    let deployment = match what {
        ToCancel::Nothing => return nothing_to_cancel(None),
        ToCancel::Deployment(deployment) => (**deployment).clone(),
        ToCancel::MaybeSomebodyElses => {
            return Cancellation {
                outcome: what.given_up(BY_COMMIT),
                deployment: None,
                error: None,
            };
        }
        ToCancel::SentWith(token) => match look_up(platform, site, token).await {
            Ok(Some(found)) => found.into(),
            not_found => {
                return Cancellation {
                    outcome: CancelOutcome::MayStillStart(token.clone()),
                    deployment: None,
                    error: not_found.err().flatten(),
                };
            }
        },
    };
    if deployment.has_ended() {
        return nothing_to_cancel(Some(deployment));
    }
    let (outcome, error) = match send(platform, site, &deployment.id, by).await {
        Ok(()) => (CancelOutcome::Accepted, None),
        Err(error) => {
            let in_vain = || format!("no answer within {} s", CANCEL_WITHIN.as_secs());
            let why = error.as_ref().map_or_else(in_vain, ToString::to_string);
            (CancelOutcome::Failed(why), error)
        }
    };
    Cancellation {
        outcome,
        deployment: Some(deployment),
        error,
    }
}

/// One look-up by token, within 4 seconds. Fails with the API's error, if there was an answer at all.
pub(super) async fn look_up<P: Platform>(
    platform: &P,
    site: &SiteId,
    token: &ClientToken,
) -> Result<Option<Deployment>, Option<ApiError>> {
    match timeout(CANCEL_WITHIN, find_by_token(platform, site, token)).await {
        Ok(found) => found.map_err(Some),
        Err(_) => Err(None),
    }
}

/// A cancellation can be repeated without harm, so a weak moment of the API is retried. Gives the last error, if there
/// was an answer at all.
async fn send<P: Platform>(
    platform: &P,
    site: &SiteId,
    id: &DeploymentId,
    by: Instant,
) -> Result<(), Option<ApiError>> {
    let mut last = None;
    loop {
        match timeout_at(by, platform.cancel(site, id)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if is_passing(&error) => last = Some(error),
            Ok(Err(error)) => return Err(Some(error)),
            Err(_) => return Err(last),
        }
        let next = Instant::now() + RETRY_AFTER;
        if next >= by {
            return Err(last);
        }
        sleep_until(next).await;
    }
}

fn is_passing(error: &ApiError) -> bool {
    match error {
        ApiError::Transport(Transport::NotConnected { .. } | Transport::Broken { .. } | Transport::TimedOut { .. }) => {
            true
        }
        _ => error.status().is_some_and(|status| status == 429 || status >= 500),
    }
}
