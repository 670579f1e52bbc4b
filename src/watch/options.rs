//! What a wait is told.

use std::time::Duration;

use clap::ValueEnum;

use crate::model::TimeLimit;

/// The default of `--timeout`.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// The default of [`Options::settle`].
pub const DEFAULT_SETTLE: Duration = Duration::from_secs(15);
/// The default of [`Options::max_unreachable`].
pub const DEFAULT_MAX_UNREACHABLE: Duration = Duration::from_secs(5 * 60);
/// The default of [`Options::request_timeout`].
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The default of [`Options::log_lines`].
pub const DEFAULT_LOG_LINES: u32 = 50;

// What stands above a value here is its help on the command line.

/// Whether a newer deployment that took over ours is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnSuperseded {
    /// Exit with 6
    #[default]
    Fail,
    /// Exit with 0
    Succeed,
}

/// When the deployment's log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Logs {
    /// Never
    Never,
    /// Its tail, when the deployment fails
    #[default]
    OnFailure,
    /// As it is written
    Always,
}

/// What a wait is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The limit for the whole run, counted from its begin.
    pub limit: TimeLimit,
    /// How long a completed deployment without reported health is watched before it counts as succeeded.
    pub settle: Duration,
    /// A fixed time between polls instead of the adaptive one.
    pub poll_interval: Option<Duration>,
    /// How much unbroken failure of the API is tolerated.
    pub max_unreachable: Duration,
    pub request_timeout: Duration,
    pub on_superseded: OnSuperseded,
    pub logs: Logs,
    /// How many of its last lines are kept for the result.
    pub log_lines: usize,
}

impl Default for Options {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            limit: TimeLimit::Timeout(DEFAULT_TIMEOUT),
            settle: DEFAULT_SETTLE,
            poll_interval: None,
            max_unreachable: DEFAULT_MAX_UNREACHABLE,
            request_timeout: DEFAULT_REQUEST_TIMEOUT,
            on_superseded: OnSuperseded::default(),
            logs: Logs::default(),
            log_lines: DEFAULT_LOG_LINES as usize,
        }
    }
}
