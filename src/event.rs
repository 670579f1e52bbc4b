//! What the rules tell the reporters. Rules emit, reporters print: this is the contract between them.

use std::time::Duration;

use crate::error::{ApiError, CancelOutcome, Error, ExitCode, Known};
use crate::model::{ClientToken, Deployment, DeploymentId, KeyAge, LogLine, RunStatus, SiteId};

/// Where the rules send their events. Must return at once: it is called between network requests.
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: Event);
}

/// Whether anything real happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Notice,
    /// Worth a change.
    Warning,
}

/// Something to tell that changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub level: Level,
    /// A few words of ours, never remote text.
    pub title: &'static str,
    /// One or two sentences.
    pub text: String,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins.
    Begin {
        /// The command, e.g. `deploy`.
        command: &'static str,
        /// Its sites, in the user's order.
        sites: Vec<SiteId>,
        /// Whether anything real happens.
        mode: Mode,
        /// The API's base URL.
        api: String,
    },
    /// Something happened to one site's run.
    Site {
        /// Which.
        site: SiteId,
        /// Time since the run began.
        at: Duration,
        /// What.
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
    /// Something to tell once.
    Note(Note),
    /// The key check's result.
    KeyAge(KeyAge),
    /// The run is over; always the last event.
    End(Box<RunResult>),
}

impl Event {
    pub fn notice(title: &'static str, text: impl Into<String>) -> Self {
        Self::Note(Note::notice(title, text))
    }

    pub fn warning(title: &'static str, text: impl Into<String>) -> Self {
        Self::Note(Note::warning(title, text))
    }
}

impl Note {
    pub fn notice(title: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Notice, title, text.into())
    }

    pub fn warning(title: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Warning, title, text.into())
    }

    fn new(level: Level, title: &'static str, text: String) -> Self {
        Self { level, title, text }
    }
}

/// Something that happened to one site's run.
#[derive(Debug, Clone)]
pub enum SiteEvent {
    /// The trigger is about to be sent.
    Triggering {
        /// The token it carries.
        token: ClientToken,
        /// What is asked for, if known.
        commit: Option<String>,
    },
    /// The trigger was refused before anything started, and will be sent again.
    TriggerRetry {
        /// Why.
        error: ApiError,
        /// After this long.
        after: Duration,
    },
    /// The trigger's reply was lost; looking for the deployment.
    TriggerLost {
        /// How.
        error: ApiError,
    },
    /// Another deployment of the site is running; waiting for it.
    Conflict {
        /// The one that is running, if named.
        running: Option<DeploymentId>,
    },
    /// The deployment is known: by the trigger's reply, by look-up, or from the command line.
    Known {
        /// As first seen.
        deployment: Deployment,
        /// Found by look-up after a lost reply.
        adopted: bool,
    },
    /// How long deployments of this site usually take, from history.
    Expected {
        /// Median of the recent successes.
        usual: Duration,
    },
    /// Status word or health changed.
    Status {
        /// As now seen.
        deployment: Deployment,
    },
    /// A status word that is in no list, at first sight.
    UnknownWord {
        /// The word.
        word: String,
    },
    /// Completed; waiting this long for a health verdict.
    Settling {
        /// The settling time.
        within: Duration,
    },
    /// A poll failed; emitted at the first failure of a row.
    Unreachable {
        /// Why.
        error: ApiError,
        /// How much unbroken failure is tolerated.
        budget: Duration,
    },
    /// The first good answer after failures.
    Reachable {
        /// How long the failures lasted.
        after: Duration,
    },
    /// A piece of the deployment's log follows: the lines, oldest first.
    Log {
        /// The lines.
        lines: Vec<LogLine>,
    },
    /// We asked Sproobo to cancel our deployment.
    Cancel {
        /// What came of it.
        outcome: CancelOutcome,
    },
    /// `--verify-url` begins.
    Verifying {
        /// What is asked.
        url: String,
    },
    /// `--verify-url` held.
    Verified {
        /// What answered.
        url: String,
    },
    /// A rollback was asked for.
    RollingBack {
        /// The deployment to return to.
        to: DeploymentId,
    },
    /// The rollback after a failure is over.
    RolledBack {
        /// How it ended, as a sentence.
        outcome: String,
    },
    /// The site's run is over.
    Verdict(Box<SiteResult>),
}

/// How one site's run ended.
#[derive(Debug, Clone)]
pub struct SiteResult {
    /// The site.
    pub site: SiteId,
    /// What is known of its deployment.
    pub known: Known,
    /// The status output when it ended well (`succeeded`, `running` for `--no-wait`, …), else the error.
    pub end: Result<RunStatus, Error>,
    /// From the run's begin to this verdict.
    pub duration: Duration,
    /// The log's tail, if it was asked for.
    pub log: Vec<LogLine>,
}

impl SiteResult {
    /// The word of the `status` output.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match &self.end {
            Ok(status) => *status,
            Err(error) => error.status(self.known.deployment.is_some() || self.known.token.is_some()),
        }
    }

    /// This site's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.end.as_ref().err().map_or(ExitCode::Ok, Error::exit_code)
    }

    /// One sentence on what happened.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.end {
            Ok(RunStatus::Running) => "triggered; not waited for".to_owned(),
            Ok(status) => format!("the deployment {status}"),
            Err(error) => error.to_string(),
        }
    }
}

/// How the whole run ended.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// One result a site, in the user's order; empty if the run ended before any.
    pub sites: Vec<SiteResult>,
    /// What ended the run as a whole, if something did.
    pub error: Option<Error>,
    /// What is known of the deployment that `error` is about; nothing for a command that is about none.
    pub known: Option<Known>,
    /// The process's exit code.
    pub exit: ExitCode,
    /// Since the run began.
    pub duration: Duration,
}

impl RunResult {
    /// A run that ended as a whole, before or beside its sites.
    #[must_use]
    pub fn ended_by(error: Error, sites: Vec<SiteResult>, duration: Duration) -> Self {
        let exit = ExitCode::combined(sites.iter().map(SiteResult::exit_code).chain([error.exit_code()]));
        let tells = |site: &&SiteResult| site.known.deployment.is_some() || site.known.token.is_some();
        let site = sites.iter().find(tells).or(sites.first());
        Self {
            known: Some(site.map(|site| site.known.clone()).unwrap_or_default()),
            sites,
            error: Some(error),
            exit,
            duration,
        }
    }

    /// A command that is about no deployment, such as those of `keys`.
    #[must_use]
    pub fn of_command(end: Result<(), Error>) -> Self {
        let error = end.err();
        Self {
            sites: Vec::new(),
            exit: error.as_ref().map_or(ExitCode::Ok, Error::exit_code),
            error,
            known: None,
            duration: Duration::ZERO,
        }
    }

    /// The same, about this deployment.
    #[must_use]
    pub fn about(self, known: Option<Known>) -> Self {
        Self { known, ..self }
    }

    /// The run of these sites.
    #[must_use]
    pub fn of_sites(sites: Vec<SiteResult>, duration: Duration) -> Self {
        let exit = ExitCode::combined(sites.iter().map(SiteResult::exit_code));
        Self {
            sites,
            error: None,
            known: None,
            exit,
            duration,
        }
    }
}
