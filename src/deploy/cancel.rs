//! Cancelling our own deployment when we leave.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::deploy::Platform;
use crate::deploy::lookup::LOOKUP_LIMIT;
use crate::error::{ApiError, CancelOutcome};
use crate::model::{ClientToken, Deployment, DeploymentId, SiteId};

/// How long all of it may take.
pub(super) const CANCEL_WITHIN: Duration = Duration::from_secs(4);
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What there is to cancel.
#[derive(Debug, Clone)]
pub enum Ours {
    /// Nothing was started.
    Nothing,
    /// This deployment; it may have ended.
    Known(Box<Deployment>),
    /// A request with this token was sent, and no reply came.
    Sought(ClientToken),
}

impl Ours {
    /// What is to be said if nothing more can be learned.
    pub(super) fn given_up(&self, why: &str) -> CancelOutcome {
        match self {
            Self::Nothing => CancelOutcome::NothingToCancel,
            Self::Known(_) => CancelOutcome::Failed(why.to_owned()),
            Self::Sought(token) => CancelOutcome::MayStillStart(token.clone()),
        }
    }
}

/// What an attempt to cancel came to.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// In a word.
    pub outcome: CancelOutcome,
    /// What it was about, if that was found.
    pub deployment: Option<Deployment>,
    /// The API's last error, if that is why it failed.
    pub error: Option<ApiError>,
}

impl Attempt {
    pub(super) fn without_error(outcome: CancelOutcome, deployment: Option<Deployment>) -> Self {
        Self {
            outcome,
            deployment,
            error: None,
        }
    }
}

/// Asks Sproobo to cancel our deployment, within 4 seconds; one of which only the token is known is looked up once,
/// by token alone.
pub async fn cancel_ours<P: Platform>(platform: &P, site: &SiteId, ours: &Ours) -> Attempt {
    let by = Instant::now() + CANCEL_WITHIN;
    let deployment = match ours {
        Ours::Nothing => return Attempt::without_error(CancelOutcome::NothingToCancel, None),
        Ours::Known(deployment) => (**deployment).clone(),
        Ours::Sought(token) => {
            let list = timeout_at(by, platform.deployments(site, LOOKUP_LIMIT)).await;
            let (found, error) = match list {
                Ok(Ok(list)) => {
                    let is_ours = |item: &Deployment| item.client_token.as_ref() == Some(token);
                    (list.into_iter().find(is_ours), None)
                }
                Ok(Err(error)) => (None, Some(error)),
                Err(_) => (None, None),
            };
            match found {
                Some(found) => found,
                None => {
                    return Attempt {
                        outcome: CancelOutcome::MayStillStart(token.clone()),
                        deployment: None,
                        error,
                    };
                }
            }
        }
    };
    if deployment.has_ended() {
        return Attempt::without_error(CancelOutcome::NothingToCancel, Some(deployment));
    }
    let (outcome, error) = match cancel(platform, site, &deployment.id, by).await {
        Ok(()) => (CancelOutcome::Accepted, None),
        Err(error) => {
            let in_vain = || format!("no answer within {} s", CANCEL_WITHIN.as_secs());
            let why = error.as_ref().map_or_else(in_vain, ToString::to_string);
            (CancelOutcome::Failed(why), error)
        }
    };
    Attempt {
        outcome,
        deployment: Some(deployment),
        error,
    }
}

/// A cancellation can be repeated without harm, so a weak moment of the API is retried. Gives the last error, if there
/// was an answer at all.
async fn cancel<P: Platform>(
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
        ApiError::NotConnected { .. } | ApiError::Broken { .. } | ApiError::TimedOut { .. } => true,
        _ => error.status().is_some_and(|status| status == 429 || status >= 500),
    }
}
