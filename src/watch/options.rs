//! What a wait is told.

use std::time::Duration;

/// Whether a newer deployment that took over ours is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSuperseded {
    /// [`Error::Superseded`](crate::error::Error::Superseded).
    Fail,
    /// As good as a success.
    Succeed,
}

/// When the deployment's log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logs {
    /// Not at all.
    Never,
    /// Its tail, after a failure or a time-out.
    OnFailure,
    /// All of it, while waiting.
    Always,
}

/// What a wait is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The limit for the whole run, counted from its begin.
    pub timeout: Duration,
    /// How long a completed deployment without reported health is watched before it counts as succeeded.
    pub settle: Duration,
    /// A fixed time between polls instead of the adaptive one.
    pub poll_interval: Option<Duration>,
    /// How much unbroken failure of the API is tolerated.
    pub max_unreachable: Duration,
    /// The limit for one request.
    pub request_timeout: Duration,
    /// Whether being superseded is a failure.
    pub on_superseded: OnSuperseded,
    /// When the log is read.
    pub logs: Logs,
    /// How many of its last lines are kept for the result.
    pub log_lines: usize,
}

impl Default for Options {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30 * 60),
            settle: Duration::from_secs(15),
            poll_interval: None,
            max_unreachable: Duration::from_secs(5 * 60),
            request_timeout: Duration::from_secs(30),
            on_superseded: OnSuperseded::Fail,
            logs: Logs::OnFailure,
            log_lines: 50,
        }
    }
}
