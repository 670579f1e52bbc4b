//! Sites and deployments, as replies of the API show them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{ClientToken, DeploymentId, SiteId};

/// A site, as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub name: Option<String>,
    /// Where it answers, if shown.
    pub url: Option<String>,
    /// The status of its newest deployment as the API worded it, where the list of sites shows that.
    pub last_status: Option<String>,
}

/// The class that the contract gives to a status word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum StatusClass {
    /// Live and, as far as the API says, healthy.
    Succeeded,
    /// Completed; health decides (see [`Health`]), or a settling time without one.
    Finished,
    /// Did not go live, or was unhealthy.
    Failed,
    #[value(alias = "canceled")]
    Cancelled,
    /// A newer deployment took over.
    Superseded,
    /// Still under way.
    Running,
    /// The word is in no list of the contract: shown, and never a verdict.
    #[value(skip)]
    Unknown,
}

impl StatusClass {
    /// The classes that a word can be given, each with its name in a contract and in `--status-map`: all but
    /// [`Unknown`](Self::Unknown).
    pub fn named() -> impl Iterator<Item = (Self, String)> {
        let classes = Self::value_variants().iter();
        classes.filter_map(|class| Some((*class, class.to_possible_value()?.get_name().to_owned())))
    }

    /// The names of [`named`](Self::named) in a row, for people.
    #[must_use]
    pub fn names() -> String {
        Self::named().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }

    /// Whether a deployment of this class can still change by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Superseded
        )
    }
}

/// The form in which status words are compared: lower case, with `-` and space as `_`.
#[must_use]
pub fn normal_word(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
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
    pub id: DeploymentId,
    pub status: StatusClass,
    /// The status as the API worded it; empty if the reply had none.
    pub word: String,
    pub health: Option<Health>,
    /// Where the site answers.
    pub url: Option<String>,
    /// Where a person can look at the deployment.
    pub dashboard_url: Option<String>,
    /// The commit that the API says is deployed.
    pub commit: Option<String>,
    /// The branch or tag that it was made from.
    pub branch: Option<String>,
    /// A line about it: what was sent with the trigger, or the commit's subject.
    pub message: Option<String>,
    /// The token it was triggered with, if the API shows tokens.
    pub client_token: Option<ClientToken>,
    /// When it was created, on Sproobo's clock.
    pub created_at: Option<DateTime<Utc>>,
    /// When work on it began.
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed, in the API's words.
    pub failure: Option<String>,
}

impl Deployment {
    /// How long it took from its begin to its end by Sproobo's clock, if the API shows both.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        let began = self.started_at.or(self.created_at)?;
        (self.finished_at? - began).to_std().ok()
    }

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
            branch: None,
            message: None,
            client_token: None,
            created_at: None,
            started_at: None,
            finished_at: None,
            failure: None,
        }
    }

    /// Whether the deployment is over, whatever the verdict. A word that says that it runs is believed, whatever time
    /// stamps stand beside it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        match self.status {
            StatusClass::Finished => self.finished_at.is_some() || !matches!(self.health, Some(Health::Pending(_))),
            StatusClass::Unknown => self.finished_at.is_some(),
            class => class.is_final(),
        }
    }
}

/// A deployment that is known by its id, and by what was last seen of it, if anything was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: DeploymentId,
    pub seen: Option<Deployment>,
}

impl Known {
    /// Known from a command line or a state file alone.
    pub fn unseen(id: DeploymentId) -> Self {
        Self { id, seen: None }
    }

    /// Whether it was over when it was last seen.
    pub fn has_ended(&self) -> bool {
        self.seen.as_ref().is_some_and(Deployment::has_ended)
    }
}

impl From<Deployment> for Known {
    fn from(seen: Deployment) -> Self {
        Self {
            id: seen.id.clone(),
            seen: Some(seen),
        }
    }
}

/// A page of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The lines, oldest first, redacted and sanitized.
    pub lines: Vec<LogLine>,
    /// How many lines of the page stood before these, and were left out: of a very long page only the last are kept.
    pub skipped: usize,
    /// What to ask the next page with, if there is one.
    pub cursor: Option<String>,
}

/// One line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, if shown.
    pub time: Option<DateTime<Utc>>,
    pub text: String,
}
