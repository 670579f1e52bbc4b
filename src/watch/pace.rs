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

    /// Between which ages of a deployment its end is to be expected.
    fn window(self) -> (Duration, Duration) {
        let spread = self.likely_spread();
        (self.median.saturating_sub(spread * 2), self.median + spread * 3)
    }

    /// A few samples say little about the spread, and one says nothing: at least 2.5 % and 1 s, at most 25 %.
    fn likely_spread(self) -> Duration {
        let least = (self.median / 40).max(Duration::from_secs(1));
        self.spread.max(least).min((self.median / 4).max(least))
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
/// If an end is about as likely in one second as in the next, the cheapest interval, requests and delay together, grows
/// with the root of the time in which the end may come. Without history that time is the age itself. Around the usual
/// end it is the spread. Long before that only an early failure is to be seen, so the interval is three times the one
/// without history; and it takes a quarter of the way at most, so that an end a little too early is seen soon.
pub fn interval(age: Duration, usual: Option<Usual>) -> Duration {
    let blind = root(age / 5);
    let wanted = match usual {
        None => blind,
        Some(usual) => {
            let (opens, closes) = usual.window();
            let near = root(usual.likely_spread() / 15);
            if age < opens {
                (blind * 3).min((opens - age) / 4).max(near)
            } else {
                near + age.saturating_sub(closes) / 10
            }
        }
    };
    wanted.clamp(SHORTEST, LONGEST)
}

/// The square root, both in seconds.
fn root(of: Duration) -> Duration {
    Duration::from_secs_f64(of.as_secs_f64().sqrt())
}
