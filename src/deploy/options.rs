//! What a run is told, and what it works with.

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;

use crate::deploy::{Ancestry, Interrupts, Journal};
use crate::event::Sink;
use crate::model::EarlyExit;
use crate::watch::{self, RunClock};

/// How many sites are worked on at a time, unless something else is asked for.
pub const DEFAULT_PARALLEL: u16 = 4;
/// What becomes of a deployment that has not ended in time, unless something else is asked for.
pub const DEFAULT_ON_TIMEOUT: EarlyExit = EarlyExit::Detach;
/// What becomes of it after a signal, unless something else is asked for.
pub const DEFAULT_ON_INTERRUPT: EarlyExit = EarlyExit::Cancel;
/// How long `--verify-url` is asked, unless something else is asked for.
pub const DEFAULT_VERIFY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a push to the repository may take to show as a deployment, unless something else is asked for.
pub const DEFAULT_APPEAR_WITHIN: Duration = Duration::from_secs(2 * 60);

// What stands above a value here is its help on the command line.

/// What to do when another deployment of the site is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnConflict {
    /// Wait for it, then deploy
    #[default]
    Wait,
    /// Exit with 8
    Fail,
}

/// What to do when the commit is an ancestor of the one that is live or under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnOutdated {
    /// Deploy it, with a warning
    #[default]
    Proceed,
    /// Deploy nothing, and exit with 0
    Skip,
    /// Deploy nothing, and exit with 6
    Fail,
}

/// What to do after a deployment failed (exit code 1, whatever the reason). The verdict stays the failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnFailure {
    /// Report it
    #[default]
    Report,
    /// Report it, and return to the newest earlier deployment that succeeded
    Rollback,
}

/// How it is proven what is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify {
    /// The URL that must answer 2xx.
    pub url: String,
    /// What its body must contain; `{commit}` stands for the commit that was asked for, else the one reported.
    pub contains: Option<String>,
    /// How long it is asked, every two seconds.
    pub timeout: Duration,
}

/// What a deploy is told.
#[derive(Debug, Clone)]
pub struct Options {
    pub watch: watch::Options,
    /// `--wait`; without it a run ends as soon as its deployment is known.
    pub wait: bool,
    pub on_timeout: EarlyExit,
    pub on_interrupt: EarlyExit,
    pub on_conflict: OnConflict,
    pub on_outdated: OnOutdated,
    pub on_failure: OnFailure,
    /// `--require-commit`: another commit, or none reported, is a failure instead of a warning.
    pub require_commit: bool,
    pub verify: Option<Verify>,
    /// How many sites are worked on at a time; 0 counts as 1.
    pub parallel: usize,
}

impl Default for Options {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            watch: watch::Options::default(),
            wait: true,
            on_timeout: DEFAULT_ON_TIMEOUT,
            on_interrupt: DEFAULT_ON_INTERRUPT,
            on_conflict: OnConflict::default(),
            on_outdated: OnOutdated::default(),
            on_failure: OnFailure::default(),
            require_commit: false,
            verify: None,
            parallel: DEFAULT_PARALLEL.into(),
        }
    }
}

/// What a run works with: the platform `P`, the probe `V` of `--verify-url`, and what is common to all sites.
pub struct Context<'a, P, V> {
    pub platform: &'a P,
    pub probe: &'a V,
    /// Where the state of each site's run is recorded.
    pub journal: &'a dyn Journal,
    /// Which of two commits is the older one.
    pub ancestry: &'a dyn Ancestry,
    pub sink: Arc<dyn Sink>,
    /// The run's clock; every time limit counts from its begin.
    pub clock: RunClock,
    /// Signals that ask the run to stop.
    pub interrupts: Interrupts,
}
