//! What a deployment is, as plain values: no I/O, no clock, no rendering.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sanitize;

/// Why a text can't be an id in a request path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} can't be used as an id: it is empty or a path step")]
pub struct InvalidId {
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Any text but the empty string, `.` and `..` (which would change the request's path).
        /// `as_str` is the raw text, for requests; `Display` is safe to print.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as the API knows it. Never print it: use `Display`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text {
                    "" | "." | ".." => Err(InvalidId { text: text.to_owned() }),
                    _ => Ok(Self(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&sanitize::line(&self.0))
            }
        }
    };
}

id! {
    /// A site: what is deployed.
    SiteId
}
id! {
    /// A deployment: one run for a site.
    DeploymentId
}
id! {
    /// An API key's id on Sproobo (not its value).
    ApiKeyId
}

/// The text that marks a deployment as ours: random for each run and site, or `--idempotency-key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientToken(pub String);

impl fmt::Display for ClientToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sanitize::line(&self.0))
    }
}

/// The class that the contract gives to a status word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusClass {
    /// Live and, as far as the API says, healthy.
    Succeeded,
    /// Completed; health decides (see [`Health`]), or a settling time without one.
    Finished,
    /// Did not go live, or was unhealthy.
    Failed,
    /// Stopped on request.
    Cancelled,
    /// A newer deployment took over.
    Superseded,
    /// Still under way.
    Running,
    /// The word is in no list of the contract: shown, and never a verdict.
    Unknown,
}

impl StatusClass {
    /// Whether a deployment of this class can still change by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Superseded
        )
    }
}

/// The health that the API reports beside the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// `healthy`, `passed` or `true`.
    Healthy,
    /// `unhealthy`, `failed` or `false`.
    Unhealthy,
    /// Any other reported text (pending, checking): the verdict is still out.
    Pending(String),
}

/// One deployment, as a reply of the API showed it. Every text is already redacted and sanitized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The class of `word`.
    pub status: StatusClass,
    /// The status as the API worded it; empty if the reply had none.
    pub word: String,
    /// Its health, if one was reported.
    pub health: Option<Health>,
    /// Where the site answers.
    pub url: Option<String>,
    /// Where a person can look at the deployment.
    pub dashboard_url: Option<String>,
    /// The commit that the API says is deployed.
    pub commit: Option<String>,
    /// The token it was triggered with, if the API shows tokens.
    pub client_token: Option<ClientToken>,
    /// When it was created, on Sproobo's clock.
    pub created_at: Option<DateTime<Utc>>,
    /// When work on it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed, in the API's words.
    pub failure: Option<String>,
}

impl Deployment {
    /// A deployment of which only the id and the status are known.
    #[must_use]
    pub fn new(id: DeploymentId, status: StatusClass, word: &str) -> Self {
        Self {
            id,
            status,
            word: word.to_owned(),
            health: None,
            url: None,
            dashboard_url: None,
            commit: None,
            client_token: None,
            created_at: None,
            started_at: None,
            finished_at: None,
            failure: None,
        }
    }

    /// How long it ran by Sproobo's clock, if the API shows both ends.
    #[must_use]
    pub fn duration(&self) -> Option<std::time::Duration> {
        let begin = self.started_at.or(self.created_at)?;
        (self.finished_at? - begin).to_std().ok()
    }

    /// Whether the deployment is over, whatever the verdict (a final class, a `finished_at`, or
    /// finished with a decided health).
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.status.is_final()
            || self.finished_at.is_some()
            || (self.status == StatusClass::Finished && !matches!(self.health, Some(Health::Pending(_))))
    }
}

/// A site, as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name, if shown.
    pub name: Option<String>,
    /// Where it answers, if shown.
    pub url: Option<String>,
}

/// An API key as the list shows it: never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyInfo {
    /// Its id, if shown.
    pub id: Option<ApiKeyId>,
    /// The name it was created with.
    pub name: Option<String>,
    /// The first 12 characters of its value.
    pub prefix: Option<String>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
}

/// A page of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The lines, oldest first, redacted and sanitized.
    pub lines: Vec<LogLine>,
    /// What to ask the next page with, if there is one.
    pub cursor: Option<String>,
}

/// One line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, if shown.
    pub time: Option<DateTime<Utc>>,
    /// The text.
    pub text: String,
}

/// What is to be deployed: the plan for one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerRequest {
    /// The site.
    pub site: SiteId,
    /// Branch or tag.
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
    /// Live.
    Succeeded,
    /// Failed or unhealthy, or `--verify-*` did not hold.
    Failed,
    /// Cancelled on Sproobo.
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

/// What a later step needs to act on a site's run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// The site.
    pub site: SiteId,
    /// The token that the trigger carries.
    pub client_token: ClientToken,
    /// The deployment, once known.
    pub deployment: Option<DeploymentId>,
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
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Where the age of the key was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgeSource {
    /// The creation date in Sproobo's key list.
    Sproobo,
    /// `--key-created-at`.
    Declared,
    /// The `updated_at` of the secret on GitHub.
    GithubSecret,
}

impl fmt::Display for AgeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sproobo => "from Sproobo",
            Self::Declared => "declared",
            Self::GithubSecret => "from GitHub's secret",
        })
    }
}

/// What the key check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAge {
    /// Whole days since the key was created.
    pub days: u64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Where that was learned.
    pub source: AgeSource,
    /// The key's name, if the list was readable.
    pub name: Option<String>,
    /// The key's first 12 characters, if the list was readable.
    pub prefix: Option<String>,
    /// At or past the threshold.
    pub stale: bool,
    /// The threshold, in whole days.
    pub stale_after_days: u64,
}

/// A duration as people read it: `45 s`, `3 min 20 s`, `1 h 5 min`, `90 d`; rounded down to its smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Human(pub std::time::Duration);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        let seconds = self.0.as_secs();
        let (big, big_unit, small, small_unit) = match seconds {
            0 if !self.0.is_zero() => return write!(f, "{} ms", self.0.as_millis()),
            0..MINUTE => return write!(f, "{seconds} s"),
            MINUTE..HOUR => (seconds / MINUTE, "min", seconds % MINUTE, "s"),
            HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
            _ => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        };
        write!(f, "{big} {big_unit}")?;
        if small > 0 {
            write!(f, " {small} {small_unit}")?;
        }
        Ok(())
    }
}
