//! One run: what is asked for, and how it ends.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{ClientToken, DeploymentId, SiteId};

/// What starts a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Trigger,
    Rollback,
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trigger => "trigger",
            Self::Rollback => "rollback",
        })
    }
}

/// What is to be deployed: the plan for one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerRequest {
    pub site: SiteId,
    pub git_ref: Option<String>,
    /// Full commit hash.
    pub commit: Option<String>,
    /// A line for the history.
    pub message: Option<String>,
    /// Marks the deployment as ours.
    pub token: ClientToken,
}

/// How a run for one site ended, in the words of the `status` output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    Succeeded,
    /// Failed or unhealthy, or `--verify-*` did not hold.
    Failed,
    Cancelled,
    /// A newer deployment took over.
    Superseded,
    /// Our wait ended; the deployment may still be running.
    TimedOut,
    /// A signal ended our wait.
    Interrupted,
    /// It could not be told how it ended.
    Unknown,
    /// Triggered, and not waited for (or not yet).
    Running,
    /// Nothing was started.
    Refused,
}

impl RunStatus {
    /// Whether the deployment may still be under way, as far as the run that ended so could tell.
    #[must_use]
    pub fn may_go_on(self) -> bool {
        match self {
            Self::Running | Self::TimedOut | Self::Interrupted | Self::Unknown => true,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Superseded | Self::Refused => false,
        }
    }

    /// The word of the `status` output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::TimedOut => "timed-out",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How long a run may take, and what sets that limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimit {
    /// `--timeout`, from the run's begin.
    Timeout(Duration),
    /// What the CI job's own limit leaves of the job, less the time for a report; zero if nothing is left.
    Job(Duration),
}

impl TimeLimit {
    #[must_use]
    pub fn duration(self) -> Duration {
        match self {
            Self::Timeout(duration) | Self::Job(duration) => duration,
        }
    }
}

/// What becomes of our own deployment when we leave before it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EarlyExit {
    /// Let it go on
    Detach,
    /// Ask Sproobo to cancel it
    Cancel,
}

/// Which of the requests that wait for their turn goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Something is to happen: a deployment, a rollback.
    Act,
    /// Something is to be seen.
    Look,
}

/// What a later step needs to act on a site's run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    pub site: SiteId,
    pub client_token: ClientToken,
    pub deployment: Option<DeploymentId>,
    /// Whether it was found by its commit alone, so that it may be somebody else's and is not to be cancelled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_commit: bool,
    /// Whether the trigger was sent (it is recorded before).
    pub status: RunStatus,
}

/// A signal that asks the process to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT; Ctrl-C and Ctrl-Break on Windows.
    Interrupt,
    /// SIGTERM; closing the console on Windows.
    Terminate,
    /// SIGHUP: the terminal was closed.
    Hangup,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
        })
    }
}
