//! How often to ask: seldom while the end is far, often while it is near.

use std::time::Duration;

use crate::model::{Deployment, DeploymentId};
use crate::watch::verdict::ended;

/// The shortest time between two polls.
pub const SHORTEST: Duration = Duration::from_secs(1);
/// The longest time between two polls.
pub const LONGEST: Duration = Duration::from_secs(15);

/// How many of the newest deployments tell how long the next one takes.
pub(crate) const RECENT: u32 = 10;

/// How long deployments of a site usually take, from creation to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The median of the recent successes.
    pub median: Duration,
    /// The median distance from that median.
    pub spread: Duration,
}

impl Usual {
    /// From a site's history, newest first, without `own`; nothing without a success that shows when it began and
    /// ended.
    pub fn from_history(history: &[Deployment], own: Option<&DeploymentId>) -> Option<Self> {
        let mut durations: Vec<Duration> = history
            .iter()
            .take(RECENT as usize)
            .filter(|deployment| Some(&deployment.id) != own && ended(deployment) == Some(Ok(())))
            .filter_map(from_creation)
            .collect();
        let median = median(&mut durations)?;
        let mut distances: Vec<Duration> = durations.iter().map(|one| one.abs_diff(median)).collect();
        let spread = self::median(&mut distances)?;
        Some(Self { median, spread })
    }

    /// How wide the durations are taken to scatter, in seconds: as a logistic distribution's scale, which is the median
    /// distance divided by ln 3, and a third more, since a few samples often lie closer together than what is to
    /// come. One sample says nothing: at least 2 s and 0.8 %; and at most a quarter.
    fn scale(self) -> f64 {
        let median = self.median.as_secs_f64();
        let least = (median / 120.0).max(2.0);
        1.2 * self.spread.as_secs_f64().min(median / 4.0).max(least)
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
/// Requests and delay together are least if the interval grows with the root of the time that the deployment may still
/// take: with 1/√(how likely it ends in the next second, if it has not yet). So polls are dense where ends are.
///
/// Without history that time is the age itself. With history the durations are taken to be logistic around the usual
/// one; past it, what is left grows with the lateness. An early failure, which no history foretells, is looked for a
/// quarter as often as without history. And no step takes more than a quarter of the way to the usual end, and 2 s, since
/// a long one would jump over what comes a little too early.
pub fn interval(age: Duration, usual: Option<Usual>) -> Duration {
    let age = age.as_secs_f64();
    let blind = (age / 5.0).sqrt();
    let wanted = match usual {
        None => blind,
        Some(usual) => {
            let (late, scale) = (age - usual.median.as_secs_f64(), usual.scale());
            let left = scale * (1.0 + (-late / scale).exp()) + late.max(0.0);
            let wanted = by_history(left).min(4.0 * blind);
            if late < 0.0 {
                wanted.min(2.0 - late / 4.0)
            } else {
                wanted
            }
        }
    };
    // Clamped as a number: far before a steady end it is infinite.
    Duration::from_secs_f64(wanted.clamp(SHORTEST.as_secs_f64(), LONGEST.as_secs_f64()))
}

/// The interval where this many seconds are likely to be left; 12 was found by `cargo bench --bench wait`.
fn by_history(left: f64) -> f64 {
    (left / 12.0).sqrt()
}
