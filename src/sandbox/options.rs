//! What a sandbox is asked to rehearse.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::secret::Secret;

/// How a sandbox is to be started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens: a loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How its deployments end.
    pub scenario: Scenario,
    /// How fast its deployments run.
    pub pace: Pace,
    /// The first API key's value; a random one if not given.
    pub first_key: Option<Secret>,
    /// When the first API key was created, to rehearse stale keys; the moment of starting if not given.
    pub first_key_created_at: Option<DateTime<Utc>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            scenario: Scenario::default(),
            pace: Pace::default(),
            first_key: None,
            first_key_created_at: None,
        }
    }
}

/// How every triggered deployment of a sandbox goes. Times are those of the normal [`Pace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Completed and healthy after 3.2 s (a worker: completed after 2.5 s, no health ever).
    #[default]
    Success,
    /// The build fails after 1.8 s; the log's last lines explain it.
    Fail,
    /// Completed after 2.5 s, unhealthy at 3.2 s. A worker has no health check, so it succeeds.
    Unhealthy,
    /// Builds for 60 s, then succeeds.
    Slow,
    /// A git push takes over after 1.5 s; the pushed deployment, the newest from then on, succeeds.
    Superseded,
    /// Somebody else cancels it after 1.5 s.
    Cancelled,
    /// Ends after 2.5 s on a status word that is in no list.
    Unknown,
    /// Succeeds, behind a fixed script of lost replies, refusals and broken answers.
    ///
    /// The script, for each site on its own. Triggers: the first is refused with 429 and `Retry-After: 1`;
    /// the second creates the deployment, but the connection closes without a reply; later ones are answered.
    /// Reads of one deployment: closed without a reply, 500 JSON, 502 HTML, 503 with `Retry-After: 1`, a good
    /// answer, closed without a reply, then good answers only.
    Flaky,
}

impl Scenario {
    /// The names, in the order of the variants. `true` is understood too, and means success.
    pub const NAMES: [&'static str; 8] = [
        "success",
        "fail",
        "unhealthy",
        "slow",
        "superseded",
        "cancelled",
        "unknown",
        "flaky",
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Fail => "fail",
            Self::Unhealthy => "unhealthy",
            Self::Slow => "slow",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::Flaky => "flaky",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no sandbox scenario is called {0:?}; there are {names}", names = Scenario::NAMES.join(", "))]
pub struct UnknownScenario(String);

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, UnknownScenario> {
        Ok(match name {
            "success" | "true" => Self::Success,
            "fail" => Self::Fail,
            "unhealthy" => Self::Unhealthy,
            "slow" => Self::Slow,
            "superseded" => Self::Superseded,
            "cancelled" => Self::Cancelled,
            "unknown" => Self::Unknown,
            "flaky" => Self::Flaky,
            _ => return Err(UnknownScenario(name.to_owned())),
        })
    }
}

/// How many times faster than normal the deployments of a sandbox run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// This many times faster than normal; 0 counts as 1.
    #[must_use]
    pub fn times(faster: u32) -> Self {
        Self(faster.max(1))
    }

    pub(super) fn scale(self, normal: Duration) -> Duration {
        normal / self.0
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(1)
    }
}
