//! How a run ended: each site, and the whole.

use std::time::Duration;

use crate::error::{Error, ExitCode, Subject};
use crate::model::{LogLine, RunStatus, SiteId};

/// How one site's run ended.
#[derive(Debug, Clone)]
pub struct SiteResult {
    pub site: SiteId,
    /// What is known of its deployment.
    pub subject: Subject,
    /// The status output when it ended well (`succeeded`, `running` for `--no-wait`, …), else the error.
    pub end: Result<RunStatus, Error>,
    /// From the run's begin to this verdict.
    pub duration: Duration,
    /// The log's tail, if it was asked for.
    pub log: Vec<LogLine>,
}

impl SiteResult {
    /// The word of the `status` output.
    pub fn status(&self) -> RunStatus {
        match &self.end {
            Ok(status) => *status,
            Err(error) => error.status(self.subject.deployment.is_some() || self.subject.token.is_some()),
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        self.end.as_ref().err().map_or(ExitCode::Ok, Error::exit_code)
    }

    /// One sentence on what happened.
    pub fn message(&self) -> String {
        match &self.end {
            Ok(RunStatus::Running) => "triggered; not waited for".to_owned(),
            Ok(RunStatus::Superseded) if self.subject.deployment.is_none() => {
                "nothing was deployed: a newer commit is live or under way".to_owned()
            }
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
    pub subject: Option<Subject>,
    pub exit: ExitCode,
    /// Since the run began.
    pub duration: Duration,
}

impl RunResult {
    /// A run that ended as a whole, before or beside its sites.
    pub fn ended_by(error: Error, sites: Vec<SiteResult>, duration: Duration) -> Self {
        let exit = ExitCode::combined(sites.iter().map(SiteResult::exit_code).chain([error.exit_code()]));
        let tells = |site: &&SiteResult| site.subject.deployment.is_some() || site.subject.token.is_some();
        let site = sites.iter().find(tells).or(sites.first());
        Self {
            subject: Some(site.map(|site| site.subject.clone()).unwrap_or_default()),
            sites,
            error: Some(error),
            exit,
            duration,
        }
    }

    /// A command that is about no deployment, such as those of `keys`.
    pub fn of_command(end: Result<(), Error>) -> Self {
        let error = end.err();
        Self {
            sites: Vec::new(),
            exit: error.as_ref().map_or(ExitCode::Ok, Error::exit_code),
            error,
            subject: None,
            duration: Duration::ZERO,
        }
    }

    /// The same, about this deployment.
    pub fn about(self, subject: Option<Subject>) -> Self {
        Self { subject, ..self }
    }

    /// The run of these sites.
    pub fn of_sites(sites: Vec<SiteResult>, duration: Duration) -> Self {
        let exit = ExitCode::combined(sites.iter().map(SiteResult::exit_code));
        Self {
            sites,
            error: None,
            subject: None,
            exit,
            duration,
        }
    }
}
