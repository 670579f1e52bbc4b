//! Cancelling our own deployment when we leave.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::deploy::Platform;
use crate::error::{ApiError, CancelOutcome};
use crate::model::{ClientToken, Deployment, DeploymentId, SiteId};

/// How long all of it may take.
pub(super) const CANCEL_WITHIN: Duration = Duration::from_secs(4);
const RETRY_AFTER: Duration = Duration::from_millis(500);
const LOOKUP_LIMIT: u32 = 20;

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

/// Asks Sproobo to cancel our deployment, within 4 seconds; one of which only the token is known is looked up once,
/// by token alone. Gives the outcome, and the deployment if it was found.
pub async fn cancel_ours<P: Platform>(platform: &P, site: &SiteId, ours: &Ours) -> (CancelOutcome, Option<Deployment>) {
    let by = Instant::now() + CANCEL_WITHIN;
    let deployment = match ours {
        Ours::Nothing => return (CancelOutcome::NothingToCancel, None),
        Ours::Known(deployment) => (**deployment).clone(),
        Ours::Sought(token) => match timeout_at(by, platform.deployments(site, LOOKUP_LIMIT)).await {
            Ok(Ok(list)) => match list.into_iter().find(|item| item.client_token.as_ref() == Some(token)) {
                Some(found) => found,
                None => return (CancelOutcome::MayStillStart(token.clone()), None),
            },
            Ok(Err(_)) | Err(_) => return (CancelOutcome::MayStillStart(token.clone()), None),
        },
    };
    if deployment.has_ended() {
        return (CancelOutcome::NothingToCancel, Some(deployment));
    }
    (cancel(platform, site, &deployment.id, by).await, Some(deployment))
}

/// A cancellation can be repeated without harm, so a weak moment of the API is retried.
async fn cancel<P: Platform>(platform: &P, site: &SiteId, id: &DeploymentId, by: Instant) -> CancelOutcome {
    let mut last = None;
    loop {
        match timeout_at(by, platform.cancel(site, id)).await {
            Ok(Ok(())) => return CancelOutcome::Accepted,
            Ok(Err(error)) if is_passing(&error) => last = Some(error),
            Ok(Err(error)) => return CancelOutcome::Failed(error.to_string()),
            Err(_) => break,
        }
        let next = Instant::now() + RETRY_AFTER;
        if next >= by {
            break;
        }
        sleep_until(next).await;
    }
    CancelOutcome::Failed(match last {
        Some(error) => error.to_string(),
        None => format!("no answer within {} s", CANCEL_WITHIN.as_secs()),
    })
}

fn is_passing(error: &ApiError) -> bool {
    match error {
        ApiError::NotConnected { .. } | ApiError::Broken { .. } | ApiError::TimedOut { .. } => true,
        _ => error.status().is_some_and(|status| status == 429 || status >= 500),
    }
}
