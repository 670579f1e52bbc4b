//! What a sandbox is asked to rehearse.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

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
///
/// What stands above a value is its help on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Scenario {
    /// Completed and healthy after 3.2 s (a worker: completed after 2.5 s, no health ever)
    #[default]
    Success,
    /// The build fails after 1.8 s; the log's last lines explain it
    Fail,
    /// Completed after 2.5 s, unhealthy at 3.2 s (a worker, which has no health check, succeeds)
    Unhealthy,
    /// Builds for 60 s, then succeeds
    Slow,
    /// A git push takes over after 1.5 s; the pushed deployment succeeds
    Superseded,
    /// Somebody else cancels it after 1.5 s
    Cancelled,
    /// Ends after 2.5 s on a status word that is in no list
    Unknown,
    /// Succeeds, behind a fixed script of lost replies, refusals and broken answers
    // The script is in `faults`.
    Flaky,
    /// Knows no site by its id, so refuses every trigger
    UnknownSite,
}

/// How many times faster than normal the deployments of a sandbox run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// This many times faster than normal; 0 counts as 1.
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
