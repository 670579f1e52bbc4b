//! What a deployment's status means: a pure decision.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::model::{Deployment, Health, StatusClass};
use crate::watch::{OnSuperseded, later};

/// What one look at a deployment comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It succeeded (or was superseded, where that is as good).
    Succeeded,
    /// It ended otherwise.
    Ended(Error),
    /// It completed and shows no health: succeeded if that is still so at this instant.
    Settling { until: Instant },
    /// It is under way, or its health is still out, or its word is in no list.
    KeepWaiting,
}

/// Whether the verdict depends on a health that is not known yet, so that the settling time runs.
///
/// A word of success beside an undecided health (`live`, `checking`) settles too: the health check gets the settling
/// time to object, and then the word stands, since a health that is never decided (a worker) must not block a success.
pub fn settles(deployment: &Deployment) -> bool {
    matches!(
        (deployment.status, &deployment.health),
        (StatusClass::Finished, None) | (StatusClass::Succeeded, Some(Health::Pending(_)))
    )
}

/// Judges a deployment by this one look, without a settling time: how it ended, or nothing while that is not decided.
///
/// # Errors
/// Inside, how it ended other than well; having been superseded is such an end.
pub fn ended(deployment: &Deployment) -> Option<Result<(), Error>> {
    let now = Instant::now();
    match judge(deployment, None, now, Duration::ZERO, OnSuperseded::Fail) {
        Verdict::Succeeded => Some(Ok(())),
        Verdict::Ended(error) => Some(Err(error)),
        Verdict::Settling { .. } | Verdict::KeepWaiting => None,
    }
}

/// Judges a deployment as just seen at `now`.
///
/// `settling_since` is when [`settles`] was first true without a break; `settle` is the settling time. An unhealthy
/// deployment never succeeded, whatever its word.
pub fn judge(
    deployment: &Deployment,
    settling_since: Option<Instant>,
    now: Instant,
    settle: Duration,
    on_superseded: OnSuperseded,
) -> Verdict {
    let reason = || deployment.failure.clone();
    let settling = || match later(settling_since.unwrap_or(now), settle) {
        until if until <= now => Verdict::Succeeded,
        until => Verdict::Settling { until },
    };
    match (deployment.status, &deployment.health) {
        (StatusClass::Succeeded | StatusClass::Finished | StatusClass::Failed, Some(Health::Unhealthy)) => {
            Verdict::Ended(Error::Unhealthy { reason: reason() })
        }
        (StatusClass::Failed, _) => Verdict::Ended(Error::Failed { reason: reason() }),
        (StatusClass::Succeeded, None | Some(Health::Healthy)) => Verdict::Succeeded,
        (StatusClass::Finished, Some(Health::Healthy)) => Verdict::Succeeded,
        (StatusClass::Finished, None) | (StatusClass::Succeeded, Some(Health::Pending(_))) => settling(),
        (StatusClass::Finished, Some(Health::Pending(_))) => Verdict::KeepWaiting,
        (StatusClass::Cancelled, _) => Verdict::Ended(Error::Cancelled),
        (StatusClass::Superseded, _) => match on_superseded {
            OnSuperseded::Fail => Verdict::Ended(Error::Superseded),
            OnSuperseded::Succeed => Verdict::Succeeded,
        },
        (StatusClass::Unknown, _) if deployment.finished_at.is_some() => Verdict::Ended(Error::UnknownWord {
            word: deployment.word.clone(),
        }),
        (StatusClass::Unknown | StatusClass::Running, _) => Verdict::KeepWaiting,
    }
}
