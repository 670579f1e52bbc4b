//! How often to ask: seldom while the end is far, often while it is near.

use std::time::Duration;

use crate::model::{Deployment, DeploymentId, Health, StatusClass};

/// The shortest time between two polls.
pub const SHORTEST: Duration = Duration::from_secs(1);
/// The longest time between two polls.
pub const LONGEST: Duration = Duration::from_secs(15);

/// How long deployments of a site usually take, from creation to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The median of the recent successes.
    pub median: Duration,
    /// The median distance from that median.
    pub spread: Duration,
}

impl Usual {
    /// From a site's history; nothing without a success that shows when it began and ended.
    #[must_use]
    pub fn from_history(history: &[Deployment], own: &DeploymentId) -> Option<Self> {
        let mut durations: Vec<Duration> = history
            .iter()
            .filter(|deployment| deployment.id != *own && went_live(deployment))
            .filter_map(from_creation)
            .collect();
        let median = median(&mut durations)?;
        let mut distances: Vec<Duration> = durations.iter().map(|one| one.abs_diff(median)).collect();
        let spread = self::median(&mut distances)?;
        Some(Self { median, spread })
    }

    /// Between which ages of a deployment its end is to be expected.
    fn window(self) -> (Duration, Duration) {
        // A few samples say little about the spread, and one says nothing: at least 2.5 % and 1 s, at most 25 %.
        let least = (self.median / 40).max(Duration::from_secs(1));
        let spread = self.spread.max(least).min((self.median / 4).max(least));
        (self.median.saturating_sub(spread * 2), self.median + spread * 3)
    }
}

/// Whether a deployment of the past went live, as far as its last state tells.
#[must_use]
pub fn went_live(deployment: &Deployment) -> bool {
    match deployment.status {
        StatusClass::Succeeded => deployment.health != Some(Health::Unhealthy),
        StatusClass::Finished => matches!(deployment.health, None | Some(Health::Healthy)),
        StatusClass::Failed
        | StatusClass::Cancelled
        | StatusClass::Superseded
        | StatusClass::Running
        | StatusClass::Unknown => false,
    }
}

/// From creation, since that is what someone waits who has just triggered.
fn from_creation(deployment: &Deployment) -> Option<Duration> {
    let begin = deployment.created_at.or(deployment.started_at)?;
    (deployment.finished_at? - begin).to_std().ok()
}

fn median(durations: &mut [Duration]) -> Option<Duration> {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied()
}

/// The time to the next poll of a deployment of this age.
///
/// Without history a fixed share of the age, so that the end is seen late by at most that share. With history: a larger
/// share before the usual end (a build that fails early is still seen), 1 s around it, and growing again past it.
#[must_use]
pub fn interval(age: Duration, usual: Option<Usual>) -> Duration {
    let wanted = match usual.map(Usual::window) {
        None => age / 10,
        Some((opens, _)) if age < opens => (age / 3).min(opens - age),
        Some((_, closes)) if age <= closes => SHORTEST,
        Some((_, closes)) => SHORTEST + (age - closes) / 10,
    };
    wanted.clamp(SHORTEST, LONGEST)
}
