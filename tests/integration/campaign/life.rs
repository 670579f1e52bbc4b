//! How deployments go.

use std::time::Duration;

use fastrand::Rng;
use sproobo_deploy::model::{Health, StatusClass};

use super::plan::of;
use crate::support::fake_platform::{Moment, at};

/// How one deployment goes; after how many seconds it comes to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// By its word.
    Succeeds(u64),
    /// Completes, and never shows a health.
    Settles(u64),
    /// Completes, is checked for ten seconds, and is healthy.
    IsHealthy(u64),
    /// Completes, is checked for ten seconds, and is not healthy.
    IsUnhealthy(u64),
    /// Is live while a check goes on that never ends.
    IsLive(u64),
    Fails(u64),
    /// By somebody else.
    IsCancelled(u64),
    IsSuperseded(u64),
    /// Shows a word that is in no list for a while, and succeeds.
    IsOddFor(u64),
    /// Ends with a word that is in no list.
    EndsOddly(u64),
    /// Shows when it finished while it still runs, and succeeds.
    IsStamped(u64),
    /// Runs for ever.
    Goes,
}

pub(super) fn draw_life(rng: &mut Rng) -> Life {
    let seconds = *of(rng, &[1, 2, 10, 40, 60, 100]);
    let lives = [
        Life::Succeeds(seconds),
        Life::Succeeds(seconds),
        Life::Settles(seconds),
        Life::IsHealthy(seconds),
        Life::IsUnhealthy(seconds),
        Life::IsLive(seconds),
        Life::Fails(seconds),
        Life::Fails(seconds),
        Life::IsCancelled(seconds),
        Life::IsSuperseded(seconds),
        Life::IsOddFor(seconds),
        Life::EndsOddly(seconds),
        Life::IsStamped(seconds),
        Life::Goes,
    ];
    *of(rng, &lives)
}

impl Life {
    /// As the fake wants it.
    pub(super) fn moments(self) -> Vec<Moment> {
        let queued = at(0, StatusClass::Running, "queued");
        let checking = || Health::Pending("checking".to_owned());
        let completed = |seconds| at(seconds, StatusClass::Finished, "completed").finished();
        let then = match self {
            Self::Succeeds(seconds) => vec![at(seconds, StatusClass::Succeeded, "live")],
            Self::Settles(seconds) => vec![completed(seconds)],
            Self::IsHealthy(seconds) => vec![
                completed(seconds).health(checking()),
                completed(seconds + 10).health(Health::Healthy),
            ],
            Self::IsUnhealthy(seconds) => vec![
                completed(seconds).health(checking()),
                completed(seconds + 10).health(Health::Unhealthy),
            ],
            Self::IsLive(seconds) => vec![at(seconds, StatusClass::Succeeded, "live").health(checking())],
            Self::Fails(seconds) => vec![at(seconds, StatusClass::Failed, "failed")],
            Self::IsCancelled(seconds) => vec![at(seconds, StatusClass::Cancelled, "cancelled")],
            Self::IsSuperseded(seconds) => vec![at(seconds, StatusClass::Superseded, "superseded")],
            Self::IsOddFor(seconds) => vec![
                at(seconds / 2, StatusClass::Unknown, "on hold"),
                at(seconds, StatusClass::Succeeded, "live"),
            ],
            Self::EndsOddly(seconds) => vec![at(seconds, StatusClass::Unknown, "parked").finished()],
            Self::IsStamped(seconds) => vec![
                at(seconds / 2, StatusClass::Running, "building").finished(),
                at(seconds, StatusClass::Succeeded, "live"),
            ],
            Self::Goes => vec![at(5, StatusClass::Running, "building")],
        };
        [queued].into_iter().chain(then).collect()
    }

    /// The age at which its verdict is there, with the 15 s in which a health could still be reported.
    pub(super) fn verdict_after(self) -> Option<Duration> {
        let seconds = match self {
            Self::Succeeds(seconds)
            | Self::Fails(seconds)
            | Self::IsCancelled(seconds)
            | Self::IsSuperseded(seconds)
            | Self::IsOddFor(seconds)
            | Self::EndsOddly(seconds)
            | Self::IsStamped(seconds) => seconds,
            Self::Settles(seconds) | Self::IsLive(seconds) => seconds + 15,
            Self::IsHealthy(seconds) | Self::IsUnhealthy(seconds) => seconds + 10,
            Self::Goes => return None,
        };
        Some(Duration::from_secs(seconds))
    }
}
