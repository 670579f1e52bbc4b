//! Every way a run can end other than well, its exit code, and what to do next.
//!
//! The exit codes are public API: scripts and `allow_failure: exit_codes:` depend on them.

use std::time::Duration;

use crate::model::{ClientToken, Deployment, DeploymentId, Human, RunStatus, Signal, SiteId};

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Succeeded, or nothing to do.
    Ok,
    /// The deployment failed, was unhealthy, or could not be verified.
    Failed,
    /// Bad usage or configuration.
    Usage,
    /// Key missing, malformed or rejected.
    Key,
    /// Timed out; the deployment may still be running.
    TimedOut,
    /// Cancelled on Sproobo.
    Cancelled,
    /// Superseded by a newer deployment.
    Superseded,
    /// Could not tell.
    CouldNotTell,
    /// Refused by the API.
    Refused,
    /// The API answered outside the contract.
    OutsideContract,
    /// Key stale, and `--fail-on-stale-key`.
    StaleKey,
    /// `keys scan` found the key.
    KeyFound,
    /// Interrupted by a signal.
    Signal(Signal),
}

impl ExitCode {
    /// The number that the process exits with.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Key => 3,
            Self::TimedOut => 4,
            Self::Cancelled => 5,
            Self::Superseded => 6,
            Self::CouldNotTell => 7,
            Self::Refused => 8,
            Self::OutsideContract => 9,
            Self::StaleKey => 10,
            Self::KeyFound => 11,
            Self::Signal(Signal::Interrupt) => 130,
            Self::Signal(Signal::Terminate) => 143,
        }
    }

    /// The code of several sites together: a signal's wins, else the smallest non-zero one.
    #[must_use]
    pub fn combined(codes: impl IntoIterator<Item = Self>) -> Self {
        codes.into_iter().fold(Self::Ok, |one, other| match (one, other) {
            (Self::Signal(_), _) => one,
            (_, Self::Signal(_)) | (Self::Ok, _) => other,
            (_, Self::Ok) => one,
            _ if other.number() < one.number() => other,
            _ => one,
        })
    }
}

/// An error reply that the API worded itself: a status of 400 or more with a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReply {
    /// The HTTP status.
    pub status: u16,
    /// The API's error code, redacted and sanitized.
    pub code: Option<String>,
    /// The API's message, redacted and sanitized.
    pub message: Option<String>,
    /// The deployment that the error is about (409: the one that is running).
    pub deployment: Option<DeploymentId>,
    /// How long to wait before the next try, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Whether code or message has one of the contract's billing words.
    pub billing: bool,
}

/// Why a call to the API gave no usable answer. Texts are redacted and sanitized.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The connection was never made, so nothing was sent.
    #[error("no connection to {host}: {detail}")]
    NotConnected {
        /// Host and port.
        host: String,
        /// The cause, innermost last.
        detail: String,
    },
    /// The server's certificate was refused, so nothing was sent.
    #[error("the TLS certificate of {host} was refused: {detail}")]
    Certificate {
        /// Host and port.
        host: String,
        /// The cause.
        detail: String,
    },
    /// The request was sent (or may have been); no complete answer came in time.
    #[error("no complete answer within {}", Human(*after))]
    TimedOut {
        /// The request's own timeout.
        after: Duration,
    },
    /// The request was sent (or may have been); the connection broke before an answer.
    #[error("the connection broke before the answer was complete: {detail}")]
    Broken {
        /// The cause.
        detail: String,
    },
    /// A 2xx whose body is cut, too large, or not the JSON that its header promised.
    #[error("HTTP {status}, but its body can't be read: {detail}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// The cause.
        detail: String,
    },
    /// An answer of another type than JSON.
    #[error("HTTP {status} with {content_type} where JSON was expected")]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The media type, or "no content type".
        content_type: String,
        /// How long to wait before the next try, from `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A redirect: not followed, since the key would go along.
    #[error("HTTP {status}, a redirect to {location} (not followed: the key would go along)")]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The target, or "nowhere".
        location: String,
    },
    /// An error that the API worded itself.
    #[error("{}", describe_reply(.0))]
    Reply(ErrorReply),
    /// A 2xx with JSON that lacks what the contract promises.
    #[error("the reply holds no {what} where the contract says")]
    Incomplete {
        /// The missing field.
        what: &'static str,
    },
    /// The contract's operation is `null`.
    #[error("the contract does not offer the operation `{operation}`")]
    NotOffered {
        /// The operation's name in the contract.
        operation: &'static str,
    },
    /// A request could not be built from the contract (a variable without a value, a bad header).
    #[error("the contract's operation `{operation}` can't be used: {detail}")]
    Unusable {
        /// The operation's name in the contract.
        operation: &'static str,
        /// The cause.
        detail: String,
    },
}

fn describe_reply(reply: &ErrorReply) -> String {
    let mut text = format!("HTTP {}", reply.status);
    if let Some(message) = &reply.message {
        text.push_str(": ");
        text.push_str(message);
    }
    if let Some(code) = reply.code.as_ref().filter(|code| reply.message.as_ref() != Some(*code)) {
        text.push_str(&format!(" ({code})"));
    }
    text
}

impl ApiError {
    /// The HTTP status, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unreadable { status, .. } | Self::NotJson { status, .. } | Self::Redirect { status, .. } => {
                Some(*status)
            }
            Self::Reply(reply) => Some(reply.status),
            Self::NotConnected { .. }
            | Self::Certificate { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::Incomplete { .. }
            | Self::NotOffered { .. }
            | Self::Unusable { .. } => None,
        }
    }

    /// What the server asked us to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotJson { retry_after, .. } => *retry_after,
            Self::Reply(reply) => reply.retry_after,
            _ => None,
        }
    }

    /// Whether the answer was one that the contract has no place for (a page, a redirect, a reply without its fields).
    #[must_use]
    pub fn is_outside_contract(&self) -> bool {
        match self {
            Self::NotJson { status, .. } => *status < 500 && !matches!(status, 401 | 408 | 429),
            Self::Redirect { .. } | Self::Incomplete { .. } | Self::Unreadable { .. } => true,
            Self::Reply(reply) => reply.status == 405,
            Self::NotConnected { .. }
            | Self::Certificate { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::NotOffered { .. }
            | Self::Unusable { .. } => false,
        }
    }

    /// The exit code of a command that this error ended.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotConnected { .. } | Self::Certificate { .. } | Self::TimedOut { .. } | Self::Broken { .. } => {
                ExitCode::CouldNotTell
            }
            Self::NotOffered { .. } | Self::Unusable { .. } => ExitCode::Usage,
            Self::Unreadable { .. } | Self::Redirect { .. } | Self::Incomplete { .. } => ExitCode::OutsideContract,
            Self::NotJson { status: 401, .. } => ExitCode::Key,
            Self::NotJson { .. } if self.is_outside_contract() => ExitCode::OutsideContract,
            Self::NotJson { .. } => ExitCode::CouldNotTell,
            Self::Reply(reply) => match reply.status {
                401 => ExitCode::Key,
                403 if !reply.billing => ExitCode::Key,
                405 => ExitCode::OutsideContract,
                408 | 429 | 500.. => ExitCode::CouldNotTell,
                _ => ExitCode::Refused,
            },
        }
    }
}

/// What is wrong with an API key, found before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Unset, or nothing but white space.
    #[error("the API key is empty")]
    Empty,
    /// `${{ secrets.X }}` or `$NAME`, which nobody expanded.
    #[error("the API key is an expression that was never expanded (`${{{{ … }}}}` or `$NAME`), not a key")]
    Unexpanded,
    /// Quotes around it.
    #[error("the API key has quotes around it")]
    Quoted,
    /// It begins with `Bearer `.
    #[error("the API key begins with `Bearer `, which belongs to the header, not to the key")]
    Bearer,
    /// White space inside.
    #[error("the API key has white space inside it")]
    WhiteSpace,
    /// A byte outside ASCII, or a control character.
    #[error("the API key has a character outside printable ASCII")]
    NonAscii,
    /// Under 16 characters.
    #[error("the API key has {0} characters, fewer than the 16 that any key has")]
    TooShort(usize),
    /// Over 4096 characters.
    #[error("the API key has {0} characters, more than the 4096 that fit a header")]
    TooLong(usize),
}

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
    /// Another deployment of the site was running.
    Conflict,
    /// Triggering.
    Trigger,
    /// Waiting for the verdict.
    Wait,
    /// Completed; health not reported yet.
    Settle,
    /// Live by Sproobo's word; proving it.
    Verify,
}

/// Every way a command can end other than well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The deployment failed.
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
        /// What was asked.
        url: String,
        /// How long.
        within: Duration,
        /// The last answer.
        detail: String,
    },
    /// `--require-commit` did not hold.
    #[error("the deployment reports commit {reported}, not the commit {asked} that was asked for")]
    WrongCommit {
        /// What was asked for.
        asked: String,
        /// What the deployment reports.
        reported: String,
    },
    /// Bad usage or configuration.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do about it.
        next: String,
    },
    /// The key can't be one.
    #[error("{0}")]
    Key(KeyProblem),
    /// Our wait is over; the deployment may not be.
    #[error("{}", describe_timeout(*.after, .phase, .cancel))]
    TimedOut {
        /// The run's time limit.
        after: Duration,
        /// What it was doing.
        phase: Phase,
        /// `--on-timeout cancel`.
        cancel: CancelOutcome,
    },
    /// The deployment has ended with a word that is in no list.
    #[error("the deployment ended with the status `{word}`, which the contract does not know, so it is no verdict")]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// Cancelled on Sproobo.
    #[error("the deployment was cancelled on Sproobo")]
    Cancelled,
    /// A newer deployment took over.
    #[error("the deployment was superseded by a newer one")]
    Superseded,
    /// Unbroken failure for the whole budget.
    #[error("Sproobo's API gave no good answer for {}; the last try: {last}", Human(*unbroken))]
    Unreachable {
        /// How long.
        unbroken: Duration,
        /// The last error.
        last: ApiError,
    },
    /// The trigger's reply was lost, and the deployment was not found (or can't be looked for).
    #[error("the trigger's reply was lost ({cause}) and {outcome}")]
    ReplyLost {
        /// How it was lost.
        cause: ApiError,
        /// What the look-ups came to.
        outcome: String,
        /// The token to look for.
        token: ClientToken,
    },
    /// A rollback's reply named its target, so that there is nothing to follow.
    #[error("the rollback was accepted, but its reply carries the target's own id, so its run can't be followed")]
    RollbackNotFollowed,
    /// Another deployment of the site is running.
    #[error("another deployment of the site is running{}", with_id(.running))]
    Conflict {
        /// The one that is running, if named.
        running: Option<DeploymentId>,
    },
    /// There is no deployment that fits.
    #[error("{what}")]
    NothingFits {
        /// What was looked for, as a sentence.
        what: String,
    },
    /// The key is stale and `--fail-on-stale-key` was given.
    #[error("the API key is {days} days old, at or past the limit of {limit} days, and --fail-on-stale-key is set")]
    StaleKey {
        /// Its age.
        days: u64,
        /// The threshold.
        limit: u64,
    },
    /// `keys scan` found the key.
    #[error("the API key is in this repository, in {places} place(s)")]
    KeyFound {
        /// How many.
        places: usize,
    },
    /// A rotation stopped; the old key still works.
    #[error("the rotation stopped: {what}")]
    Rotation {
        /// What happened, which store holds which key, and that the old key is valid.
        what: String,
        /// What to do next.
        next: String,
        /// The exit code of the step that failed.
        code: ExitCode,
    },
    /// GitHub or GitLab refused something that the command is about.
    #[error("{what}")]
    Forge {
        /// What happened, with the missing permission where it is known.
        what: String,
        /// What to do next.
        next: String,
        /// The exit code.
        code: ExitCode,
    },
    /// A signal ended the run.
    #[error("interrupted by {signal}{}", describe_cancel(.cancel))]
    Interrupted {
        /// Which.
        signal: Signal,
        /// What became of the deployment.
        cancel: CancelOutcome,
    },
    /// A call to the API failed for good.
    #[error("{doing}: {source}")]
    Api {
        /// What the call was for, as "could not …".
        doing: &'static str,
        /// The error.
        source: ApiError,
    },
    /// A file could not be read or written.
    #[error("{doing} {path}: {detail}")]
    File {
        /// "could not read …".
        doing: &'static str,
        /// Which.
        path: String,
        /// The cause.
        detail: String,
    },
}

fn with_reason(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn with_id(id: &Option<DeploymentId>) -> String {
    id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default()
}

fn describe_timeout(after: Duration, phase: &Phase, cancel: &CancelOutcome) -> String {
    let during = match phase {
        Phase::Conflict => "while another deployment of the site was running; nothing of ours was started",
        Phase::Trigger => "while triggering",
        Phase::Wait => "before the deployment ended; it may still be running",
        Phase::Settle => "after the deployment completed, before its health was known",
        Phase::Verify => "after Sproobo said it succeeded, before --verify-url proved it",
    };
    format!("timed out after {} {during}{}", Human(after), describe_cancel(cancel))
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
            Self::Superseded => ExitCode::Superseded,
            Self::Unreachable { last, .. } if last.is_outside_contract() => ExitCode::OutsideContract,
            Self::Unreachable { .. } | Self::ReplyLost { .. } | Self::RollbackNotFollowed => ExitCode::CouldNotTell,
            Self::Conflict { .. } | Self::NothingFits { .. } => ExitCode::Refused,
            Self::StaleKey { .. } => ExitCode::StaleKey,
            Self::KeyFound { .. } => ExitCode::KeyFound,
            Self::Rotation { code, .. } | Self::Forge { code, .. } => *code,
            Self::Interrupted { signal, .. } => ExitCode::Signal(*signal),
            Self::Api { source, .. } => source.exit_code(),
        }
    }

    /// The word of the `status` output for a site that ended so; `started` says whether a deployment is known.
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

/// What is known of a site's run, whatever its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The site, if the command is about one.
    pub site: Option<SiteId>,
    /// The deployment as last seen.
    pub deployment: Option<Deployment>,
    /// The token that a trigger was sent with.
    pub token: Option<ClientToken>,
}
