//! Every way a command can end other than well.

use std::fmt::Display;
use std::time::Duration;

use super::{ApiError, ExitCode};
use crate::model::{Age, ClientToken, DeploymentId, Human, RunStatus, Signal, SiteId, Start, TimeLimit};
use crate::secret::KeyProblem;

/// What became of the attempt to cancel our own deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// Not asked for (`--on-interrupt detach`, or a command that never cancels).
    NotAsked,
    /// There was nothing to cancel: nothing was triggered, or it had ended.
    NothingToCancel,
    /// The API accepted the request.
    Accepted,
    /// It was not accepted in time, or refused; the reason.
    Failed(String),
    /// The trigger's reply was still out and the deployment was not found: it may still start.
    MayStillStart(ClientToken),
}

/// What a run was doing when its time ran out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Before anything was sent that starts something.
    Prepare {
        /// What it was at, as "reading …".
        doing: &'static str,
    },
    /// Another deployment of the site was running.
    Conflict,
    Trigger,
    /// Waiting for the verdict.
    Wait,
    /// Completed; health not reported yet.
    Settle,
    /// Live by Sproobo's word; proving it.
    Verify,
    /// Reading a log for its own sake.
    Log {
        /// How many of its lines were read.
        lines: usize,
    },
}

/// Every way a command can end other than well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the deployment failed{}", with_reason(.reason))]
    Failed {
        /// Why, in the API's words.
        reason: Option<String>,
    },
    /// The deployment completed but was not healthy.
    #[error("the deployment completed, but its health check failed{}", with_reason(.reason))]
    Unhealthy {
        /// Why, in the API's words.
        reason: Option<String>,
    },
    /// `--verify-url` did not hold.
    #[error("Sproobo says the deployment succeeded, but {url} did not prove it within {}: {detail}", Human(*within))]
    NotVerified {
        url: String,
        within: Duration,
        detail: String,
    },
    /// `--require-commit` did not hold.
    #[error("the deployment reports commit {reported}, not the commit {asked} that was asked for")]
    WrongCommit { asked: String, reported: String },
    #[error("{what}")]
    Usage { what: String, next: String },
    /// The key can't be one.
    #[error("{0}")]
    Key(KeyProblem),
    /// Our wait is over; the deployment may not be.
    #[error("{}", describe_timeout(*.limit, .phase, .cancel))]
    TimedOut {
        limit: TimeLimit,
        phase: Phase,
        /// `--on-timeout cancel`.
        cancel: CancelOutcome,
    },
    /// The deployment has ended with a word that is in no list.
    #[error("the deployment ended with the status `{word}`, which the contract does not know, so it is no verdict")]
    UnknownWord { word: String },
    /// `cancel` could not do it.
    #[error("the deployment could not be cancelled: {why}")]
    NotCancelled { why: String, code: ExitCode },
    /// A cancellation was accepted, but its end not seen.
    #[error("Sproobo accepted the request to cancel, but {} later the deployment {}", Human(*within), last_seen(.word))]
    StillRuns {
        /// What it showed last, if anything.
        word: Option<String>,
        within: Duration,
    },
    #[error("the deployment was cancelled on Sproobo")]
    Cancelled,
    #[error("the deployment was superseded by a newer one")]
    Superseded,
    /// `--on-outdated`: an ancestor of what is live or under way was not deployed over it.
    #[error(
        "commit {} is older than {}, which {} (deployment {deployment})",
        short(commit), short(newer), if *is_live { "is live" } else { "is being deployed" }
    )]
    Outdated {
        commit: String,
        newer: String,
        /// Which brought the newer one.
        deployment: DeploymentId,
        is_live: bool,
    },
    /// Unbroken failure for the whole budget.
    #[error("Sproobo's API gave no good answer for {}; the last try: {last}", Human(*unbroken))]
    Unreachable { unbroken: Duration, last: ApiError },
    /// The reply to what starts a deployment was lost, and the deployment was not found (or can't be looked for).
    #[error("{} and {outcome}", .cause.as_loss(*.start))]
    ReplyLost {
        start: Start,
        cause: ApiError,
        /// What the look-ups came to.
        outcome: String,
        /// The token to look for.
        token: ClientToken,
    },
    /// The reply shows the token of another run.
    #[error(
        "the {start}'s reply names deployment {deployment}, which shows the token of another run, so it is not ours"
    )]
    AnotherRuns {
        start: Start,
        /// Somebody else's deployment.
        deployment: DeploymentId,
        /// The token to look for.
        token: ClientToken,
    },
    /// A rollback's reply named its target, so that there is nothing to follow.
    #[error("the rollback was accepted, but its reply carries the target's own id, so its run can't be followed")]
    RollbackNotFollowed,
    #[error("another deployment of the site is running{}", with_id(.running))]
    Conflict {
        /// The one that is running, if named.
        running: Option<DeploymentId>,
    },
    /// An earlier run's deployment is not in the site's list.
    #[error(
        "no deployment with the token {token} was found: its trigger may never have arrived, or it may still start"
    )]
    NotFound { token: ClientToken },
    /// No deployment of the commit was seen in time.
    #[error(
        "no deployment of commit {} appeared within {}{}", short(commit), Human(*within),
        if *shows_commits { "" } else { ": the site's list shows no commits" }
    )]
    NotAppeared {
        commit: String,
        within: Duration,
        /// Whether the site's list shows any commit at all.
        shows_commits: bool,
    },
    /// Nothing to look at.
    #[error("the site {site} has no deployment yet")]
    NoneYet { site: SiteId },
    #[error("{what}")]
    NothingFits {
        /// What was looked for, as a sentence.
        what: String,
    },
    /// The key is stale and `--fail-on-stale-key` was given.
    #[error("the API key is {age} old, at or past the limit of {limit}, and --fail-on-stale-key is set")]
    StaleKey { age: Age, limit: Age },
    /// `keys scan` found the key.
    #[error("an API key is in this repository, in {places} place(s)")]
    KeyFound { places: usize },
    /// `keys scan --staged` found the key.
    #[error("an API key is in what the next commit would bring in, in {places} place(s)")]
    KeyStaged { places: usize },
    /// A rotation stopped; the old key still works.
    #[error("the rotation stopped: {what}")]
    Rotation {
        /// What happened, which store holds which key, and that the old key is valid.
        what: String,
        next: String,
        /// The exit code of the step that failed.
        code: ExitCode,
    },
    /// What became of a key that was to be created or revoked is not known, or not what Sproobo said.
    #[error("{what}")]
    KeyInDoubt {
        /// What was asked for and what was seen.
        what: String,
        next: String,
        code: ExitCode,
    },
    /// GitHub or GitLab refused something that the command is about.
    #[error("{what}")]
    CodeHost {
        /// What happened, with the missing permission where it is known.
        what: String,
        next: String,
        code: ExitCode,
    },
    /// A signal ended the run.
    #[error("interrupted by {signal}{}", describe_cancel(.cancel))]
    Interrupted { signal: Signal, cancel: CancelOutcome },
    /// A signal ended work on keys.
    #[error("interrupted by {signal}: {known}")]
    KeysInterrupted {
        signal: Signal,
        /// What is known of the keys, as a clause.
        known: String,
        next: String,
    },
    /// A call to the API failed for good.
    #[error("{doing}: {source}")]
    Api {
        /// What the call was for, as "could not …".
        doing: &'static str,
        source: ApiError,
    },
    /// A file could not be read or written.
    #[error("{doing} {path}: {detail}")]
    File {
        /// "could not read …".
        doing: &'static str,
        path: String,
        detail: String,
    },
}

fn with_reason(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// So much of a hash tells it apart.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn last_seen(word: &Option<String>) -> String {
    match word {
        Some(word) => format!("still showed the status `{word}`"),
        None => "had shown no status".to_owned(),
    }
}

fn with_id(id: &Option<DeploymentId>) -> String {
    id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default()
}

fn describe_timeout(limit: TimeLimit, phase: &Phase, cancel: &CancelOutcome) -> String {
    let during = match phase {
        Phase::Prepare { doing } => &format!("while {doing}; nothing was started"),
        Phase::Conflict => "while another deployment of the site was running; nothing of ours was started",
        Phase::Trigger => "while triggering",
        Phase::Wait => "before the deployment ended; it may still be running",
        Phase::Settle => "after the deployment completed, before its health was known",
        Phase::Verify => "after Sproobo said it succeeded, before --verify-url proved it",
        Phase::Log { lines } => &format!("while reading the log, after its line {lines}"),
    };
    if limit == TimeLimit::Job(Duration::ZERO) {
        return "no time was left for this run: the CI job's own limit, less 30 s for the report, is over".to_owned()
            + &describe_cancel(cancel);
    }
    format!(
        "timed out after {} {during}{}",
        Human(limit.duration()),
        describe_cancel(cancel)
    )
}

fn describe_cancel(cancel: &CancelOutcome) -> String {
    match cancel {
        CancelOutcome::NotAsked => String::new(),
        CancelOutcome::NothingToCancel => "; there was nothing to cancel".to_owned(),
        CancelOutcome::Accepted => "; Sproobo accepted our request to cancel it".to_owned(),
        CancelOutcome::Failed(why) => format!("; it could not be cancelled: {why}"),
        CancelOutcome::MayStillStart(token) => {
            format!("; the trigger's reply was still out, so a deployment with the token {token} may still start")
        }
    }
}

impl Error {
    /// Bad usage or configuration: what is wrong, and what to do about it.
    pub fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            next: next.into(),
        }
    }

    /// A call to the API failed for good; `doing` says what it was for, as "could not …".
    pub fn api(doing: &'static str, source: ApiError) -> Self {
        Self::Api { doing, source }
    }

    /// What a call to the API said last, where that decides the end.
    pub(crate) fn api_error_mut(&mut self) -> Option<&mut ApiError> {
        match self {
            Self::Api { source, .. } | Self::Unreachable { last: source, .. } => Some(source),
            _ => None,
        }
    }

    /// A file failed; `doing` goes before its path, as "could not read".
    pub fn file(doing: &'static str, path: impl Display, detail: impl Display) -> Self {
        Self::File {
            doing,
            path: path.to_string(),
            detail: detail.to_string(),
        }
    }

    /// GitHub or GitLab did not do what the command is about: what happened, and what to do next.
    pub fn code_host(what: impl Into<String>, next: impl Into<String>, code: ExitCode) -> Self {
        Self::CodeHost {
            what: what.into(),
            next: next.into(),
            code,
        }
    }

    /// The code that the process exits with. Exhaustive, so that a new variant can't forget its code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed { .. } | Self::Unhealthy { .. } | Self::NotVerified { .. } | Self::WrongCommit { .. } => {
                ExitCode::Failed
            }
            Self::Usage { .. } | Self::File { .. } => ExitCode::Usage,
            Self::Key(_) => ExitCode::Key,
            Self::TimedOut { .. } | Self::UnknownWord { .. } => ExitCode::TimedOut,
            Self::Cancelled => ExitCode::Cancelled,
            Self::Superseded | Self::Outdated { .. } => ExitCode::Superseded,
            Self::Unreachable { last, .. } if last.is_outside_contract() => ExitCode::OutsideContract,
            Self::ReplyLost { cause, .. } if cause.is_outside_contract() => ExitCode::OutsideContract,
            Self::Unreachable { .. }
            | Self::ReplyLost { .. }
            | Self::AnotherRuns { .. }
            | Self::RollbackNotFollowed
            | Self::StillRuns { .. }
            | Self::NotFound { .. }
            | Self::NotAppeared { .. } => ExitCode::CouldNotTell,
            Self::Conflict { .. } | Self::NoneYet { .. } | Self::NothingFits { .. } => ExitCode::Refused,
            Self::StaleKey { .. } => ExitCode::StaleKey,
            Self::KeyFound { .. } | Self::KeyStaged { .. } => ExitCode::KeyFound,
            Self::NotCancelled { code, .. }
            | Self::Rotation { code, .. }
            | Self::KeyInDoubt { code, .. }
            | Self::CodeHost { code, .. } => *code,
            Self::Interrupted { signal, .. } | Self::KeysInterrupted { signal, .. } => ExitCode::Signal(*signal),
            Self::Api { source, .. } => source.exit_code(),
        }
    }

    /// The word of the `status` output for a site that ended so; `started` says whether a deployment is known, or may
    /// have been started.
    #[must_use]
    pub fn status(&self, started: bool) -> RunStatus {
        match self.exit_code() {
            ExitCode::Ok => RunStatus::Succeeded,
            ExitCode::Failed => RunStatus::Failed,
            ExitCode::TimedOut if matches!(self, Self::UnknownWord { .. }) => RunStatus::Unknown,
            ExitCode::TimedOut => RunStatus::TimedOut,
            ExitCode::Cancelled => RunStatus::Cancelled,
            ExitCode::Superseded => RunStatus::Superseded,
            ExitCode::Signal(_) => RunStatus::Interrupted,
            ExitCode::CouldNotTell => RunStatus::Unknown,
            _ if started => RunStatus::Unknown,
            ExitCode::Usage
            | ExitCode::Key
            | ExitCode::Refused
            | ExitCode::OutsideContract
            | ExitCode::StaleKey
            | ExitCode::KeyFound => RunStatus::Refused,
        }
    }
}
