//! How a run ended: each site, and the whole.

use std::time::Duration;

use super::Mode;
use crate::error::{Error, ExitCode, Subject};
use crate::model::{DeploymentId, LogLine, RunStatus, SiteId};

/// How one site's run ended.
#[derive(Debug, Clone)]
pub struct SiteResult {
    pub site: SiteId,
    pub subject: Subject,
    /// The status output when it ended well (`succeeded`, `running` for `--no-wait`, …), else the error.
    pub end: Result<RunStatus, Error>,
    /// From the run's begin to this verdict.
    pub duration: Duration,
    /// What may be said of how long it took: a deployment that this run started as the run, another by its own dates.
    pub took: Option<Duration>,
    /// What became of the rollback after its failure, if one was wanted.
    pub rollback: Option<Rollback>,
    /// The log's tail, if it was asked for.
    pub log: Vec<LogLine>,
}

/// The rollback after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// What it returns to, if it was asked for.
    pub to: Option<DeploymentId>,
    pub status: RunStatus,
    /// How it ended, as a sentence.
    pub outcome: String,
}

impl Rollback {
    /// One that was never asked for.
    pub fn refused(outcome: String) -> Self {
        Self {
            to: None,
            status: RunStatus::Refused,
            outcome,
        }
    }
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
            Ok(RunStatus::Superseded) => "the deployment was superseded by a newer one".to_owned(),
            Ok(RunStatus::Cancelled) => "the deployment is cancelled".to_owned(),
            Ok(RunStatus::Refused) => "there was nothing to cancel".to_owned(),
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
    /// The sites that it was about, as far as that was known, in the user's order.
    pub asked: Vec<SiteId>,
    /// What is known of the deployment that `error` is about; nothing for a command that is about none.
    pub subject: Option<Subject>,
    /// Where it went, if it came so far.
    pub mode: Option<Mode>,
    pub exit: ExitCode,
    pub duration: Duration,
}

impl RunResult {
    fn new(sites: Vec<SiteResult>, error: Option<Error>, duration: Duration) -> Self {
        let codes = sites.iter().map(SiteResult::exit_code);
        Self {
            exit: ExitCode::combined(codes.chain(error.iter().map(Error::exit_code))),
            asked: sites.iter().map(|site| site.site.clone()).collect(),
            sites,
            error,
            subject: None,
            mode: None,
            duration,
        }
    }

    /// A run that ended as a whole, before or beside its sites.
    pub fn ended_by(error: Error, sites: Vec<SiteResult>, duration: Duration) -> Self {
        let tells = |site: &&SiteResult| site.subject.deployment.is_some() || site.subject.token.is_some();
        let site = sites.iter().find(tells).or(sites.first());
        let subject = site.map(|site| site.subject.clone()).unwrap_or_default();
        Self::new(sites, Some(error), duration).about(Some(subject))
    }

    /// A command that is about no deployment, such as those of `keys`.
    pub fn of_command(end: Result<(), Error>) -> Self {
        Self::new(Vec::new(), end.err(), Duration::ZERO)
    }

    /// The run of these sites.
    pub fn of_sites(sites: Vec<SiteResult>, duration: Duration) -> Self {
        Self::new(sites, None, duration)
    }

    /// The same, about this deployment.
    pub fn about(self, subject: Option<Subject>) -> Self {
        Self { subject, ..self }
    }

    /// The same of a run that went there.
    pub fn in_mode(self, mode: Option<Mode>) -> Self {
        Self { mode, ..self }
    }

    /// The same, of a command that was asked for these sites.
    pub fn asked_for(self, asked: Vec<SiteId>) -> Self {
        Self { asked, ..self }
    }
}
