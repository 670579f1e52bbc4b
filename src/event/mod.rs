//! What the rules tell the reporters. Rules emit, reporters print: this is the contract between them.

mod check;
mod note;
mod result;

use std::time::Duration;

use serde::Serialize;

use crate::error::{ApiError, CancelOutcome};
use crate::model::{ClientToken, Deployment, DeploymentId, KeyAge, Known, LogLine, SiteId, Start};

pub use check::{Check, CheckOutcome};
pub use note::{Level, Note};
pub use result::{Rollback, RunResult, SiteResult};

/// Where the rules send their events. Must return at once: it is called between network requests.
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: Event);
}

/// Whether anything real happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Against the real API.
    Real,
    /// Against the embedded sandbox: nothing is deployed.
    Sandbox,
    /// `--dry-run=online`: only GET requests.
    DryRunOnline,
    /// `--dry-run=offline`: nothing is sent.
    DryRunOffline,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    Begin {
        /// The command, e.g. `deploy`.
        command: &'static str,
        /// In the user's order.
        sites: Vec<SiteId>,
        mode: Mode,
        api: String,
    },
    /// Something happened to one site's run.
    Site {
        site: SiteId,
        /// Time since the run began.
        at: Duration,
        what: Box<SiteEvent>,
    },
    /// A line of a dry run's plan, or of what a command without sites has to say.
    Plan(String),
    /// One of the things that a command looks for (`keys scan`).
    Found {
        /// As a line.
        text: String,
        /// As an object, for programs.
        object: serde_json::Value,
    },
    Note(Note),
    KeyAge(KeyAge),
    /// The run is over; always the last event.
    End(Box<RunResult>),
}

/// The commits between which a rollback goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commits {
    /// What is live.
    pub from: String,
    /// What the rollback returns to.
    pub to: String,
}

/// Something that happened to one site's run.
#[derive(Debug, Clone)]
pub enum SiteEvent {
    /// The trigger is about to be sent.
    Triggering {
        token: ClientToken,
        /// What is asked for, if known.
        commit: Option<String>,
        /// The branch or tag that goes along; none in a rollback.
        git_ref: Option<String>,
        /// The line for the history that goes along; none in a rollback.
        message: Option<String>,
    },
    /// It was refused before anything started, and will be sent again.
    TriggerRetry {
        start: Start,
        error: ApiError,
        after: Duration,
    },
    /// The reply was lost; looking for the deployment.
    TriggerLost {
        start: Start,
        error: ApiError,
    },
    /// Another deployment of the site is running; waiting for it.
    Conflict {
        /// The one that is running, if named.
        running: Option<DeploymentId>,
    },
    /// The deployment is known: by the trigger's reply, by look-up, or from the command line.
    Found {
        deployment: Known,
        /// Found by look-up after a lost reply.
        adopted: bool,
    },
    /// None of the commit's deployments runs; waiting this long for one to appear.
    Appearing {
        commit: String,
        within: Duration,
        /// One of it that had ended before, and counts if none appears.
        ended: Option<DeploymentId>,
    },
    /// How long deployments of this site usually take, from history.
    Expected {
        /// Median of the recent successes.
        usual: Duration,
    },
    /// Status word or health changed.
    Status {
        deployment: Deployment,
    },
    /// A status word that is in no list, at first sight.
    UnknownWord {
        word: String,
    },
    /// Completed; waiting this long for a health verdict.
    Settling {
        within: Duration,
    },
    /// A poll failed; emitted at the first failure of a row.
    Unreachable {
        error: ApiError,
        /// How much unbroken failure is tolerated.
        budget: Duration,
    },
    /// The first good answer after failures.
    Reachable {
        after: Duration,
    },
    /// A piece of the deployment's log follows: the lines, oldest first.
    Log {
        lines: Vec<LogLine>,
    },
    /// We asked Sproobo to cancel our deployment.
    Cancel {
        outcome: CancelOutcome,
    },
    /// `--verify-url` begins.
    Verifying {
        url: String,
    },
    /// `--verify-url` held.
    Verified {
        url: String,
    },
    /// A rollback was asked for.
    RollingBack {
        /// The deployment to return to.
        to: DeploymentId,
        /// What that changes, if both commits are known.
        commits: Option<Commits>,
    },
    /// The rollback after a failure is over; how it ended is a sentence.
    RolledBack {
        outcome: String,
    },
    Verdict(Box<SiteResult>),
}
