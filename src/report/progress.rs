//! What one site's run looks like while it goes on.

use std::time::Duration;

use super::texts::{cancel_text, last_status, phase, short_commit, status_text};
use crate::event::SiteEvent;
use crate::model::{Deployment, DeploymentId, Human, Known, Start};

/// How much a line matters, and so where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something moved on.
    Progress,
    Log,
    /// What the run was for.
    Result,
    /// The same, and it went well.
    Success,
    /// Nothing real happens: to be said loudly.
    Banner,
    /// Good to know.
    Notice,
    /// Worth a change.
    Warning,
    /// Ended other than well.
    Error,
}

/// The state of one site's run, as far as a reader cares.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What it is doing, in a word or two.
    doing: String,
    /// The deployment's status, to return to after an interruption.
    status: String,
    /// When what counts as "running for" began.
    since: Duration,
    usual: Option<Duration>,
    /// The deployment's id; empty before it is known.
    id: String,
    /// Where a person can look at the deployment.
    link: Option<String>,
    /// Why the trigger was not accepted the last time.
    refusal: Option<String>,
    /// When a line about it was last printed.
    pub(super) told: Duration,
    /// Whether pieces of its log were printed.
    pub(super) logged: bool,
    /// Whether its verdict is out.
    pub(super) over: bool,
}

impl Progress {
    /// What goes on now: `building, 2 min 10 s`.
    pub(super) fn now(&self, at: Duration) -> String {
        let doing = if self.doing.is_empty() { "waiting" } else { &self.doing };
        format!("{doing}, {}", Human(self.elapsed(at)).whole_seconds())
    }

    /// How long it takes as a rule: `, usually 3 min`; empty if that is not known.
    pub(super) fn usually(&self) -> String {
        let usual = self.usual.map(|usual| format!(", usually {}", Human(usual)));
        usual.unwrap_or_default()
    }

    /// What is left if this run is like the others: `, about 50 s left`; once it is overdue, how long it takes as a rule.
    pub(super) fn outlook(&self, at: Duration) -> String {
        let left = self.usual.and_then(|usual| usual.checked_sub(self.elapsed(at)));
        match left.filter(|left| left.as_secs() > 0) {
            Some(left) => format!(", about {} left", Human(left).whole_seconds()),
            _ => self.usually(),
        }
    }

    /// The deployment's id; empty before it is known.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Where a person can look at the deployment.
    pub(super) fn link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// The link, and the id where it does not show it.
    pub(super) fn place(&self) -> String {
        match &self.link {
            Some(link) if link.contains(&self.id) => link.clone(),
            Some(link) => format!("{}  {link}", self.id),
            None => self.id.clone(),
        }
    }

    fn elapsed(&self, at: Duration) -> Duration {
        at.saturating_sub(self.since)
    }

    /// Takes an event, and gives the line that it is worth. Logs and verdicts are the caller's.
    pub(super) fn event(&mut self, at: Duration, what: &SiteEvent) -> Option<(Kind, &'static str, String)> {
        let progress = |text: String| Some((Kind::Progress, "", text));
        if let Some(phase) = phase(what) {
            phase.clone_into(&mut self.doing);
        }
        match what {
            SiteEvent::Found { deployment, .. } => self.locate(&deployment.id, deployment.seen.as_ref()),
            SiteEvent::Status { deployment } => self.locate(&deployment.id, Some(deployment)),
            _ => {}
        }
        match what {
            SiteEvent::Triggering { token, commit, .. } => {
                self.since = at;
                log::debug!("the trigger's token is {token}");
                let commit = commit
                    .as_ref()
                    .map(|commit| format!(" of commit {}", short_commit(commit)));
                progress(format!("triggering a deployment{}", commit.unwrap_or_default()))
            }
            SiteEvent::TriggerRetry { start, error, after } => {
                self.refused(*start, error.to_string(), *after).and_then(progress)
            }
            SiteEvent::TriggerLost { start, error } => {
                progress(format!("{}; looking for the deployment", error.as_loss(*start)))
            }
            SiteEvent::Conflict { running } => {
                let id = running.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
                progress(format!("another deployment of the site is running{id}; waiting for it"))
            }
            SiteEvent::Found { deployment, adopted } => {
                self.since = at;
                self.see(last_status(deployment));
                progress(self.found(deployment, *adopted))
            }
            SiteEvent::Appearing { commit, within, ended } => {
                let ended = ended
                    .as_ref()
                    .map(|id| format!("; {id} had ended before, and counts if none does"));
                progress(format!(
                    "waiting up to {} for a running deployment of commit {commit} to appear{}",
                    Human(*within),
                    ended.unwrap_or_default()
                ))
            }
            SiteEvent::Expected { usual } => {
                self.usual = Some(*usual);
                progress(format!("deployments of this site usually take {}", Human(*usual)))
            }
            SiteEvent::Status { deployment } => {
                let before = std::mem::take(&mut self.status);
                self.see(status_text(deployment));
                if before == self.status {
                    None
                } else {
                    progress(self.status.clone())
                }
            }
            SiteEvent::UnknownWord { word } => Some((
                Kind::Warning,
                "Unknown status word",
                format!(
                    "the status `{word}` is in no list of the contract, so it is no verdict; waiting on. \
                     If you know what it means: `--status-map {word}=CLASS`"
                ),
            )),
            SiteEvent::Settling { within } => progress(format!(
                "completed, no health reported; waiting {} for one",
                Human(*within)
            )),
            SiteEvent::Unreachable { error, budget } => progress(format!(
                "no good answer from the API ({error}); trying on for up to {}",
                Human(*budget)
            )),
            SiteEvent::Reachable { after } => {
                self.doing.clone_from(&self.status);
                progress(format!("the API answers again, after {}", Human(*after)))
            }
            SiteEvent::Cancel { outcome } => progress(cancel_text(outcome)),
            SiteEvent::Verifying { url } => progress(format!("verifying {url}")),
            SiteEvent::Verified { url } => progress(format!("verified: {url} answers as it should")),
            SiteEvent::RollingBack { to, commits: None } => progress(format!("rolling back to {to}")),
            SiteEvent::RollingBack {
                to,
                commits: Some(commits),
            } => progress(format!(
                "rolling back to {to}: {} → {}",
                short_commit(&commits.from),
                short_commit(&commits.to)
            )),
            SiteEvent::RolledBack { outcome } => progress(format!("rollback: {outcome}")),
            SiteEvent::Log { .. } | SiteEvent::Verdict(_) => None,
        }
    }

    /// A start was refused: the same error is told once; heartbeats tell that it goes on.
    fn refused(&mut self, start: Start, error: String, after: Duration) -> Option<String> {
        if self.refusal.as_ref() == Some(&error) {
            return None;
        }
        let text = format!(
            "the {start} was not accepted, so nothing started ({error}); trying again in {}",
            Human(after)
        );
        self.refusal = Some(error);
        Some(text)
    }

    /// The deployment, with its status and its link as far as they are known: `wait` knows an id and no status yet.
    fn found(&self, deployment: &Known, adopted: bool) -> String {
        let found = match adopted {
            true => "found our deployment again: ",
            false => "deployment ",
        };
        let seen = deployment.seen.as_ref();
        let status = match seen.map_or("", |seen| &seen.word) {
            "" => String::new(),
            _ => format!(", {}", self.status),
        };
        let link = seen.and_then(|seen| seen.dashboard_url.as_ref());
        let link = link.map(|link| format!(", {link}"));
        format!("{found}{}{status}{}", deployment.id, link.unwrap_or_default())
    }

    fn locate(&mut self, id: &DeploymentId, seen: Option<&Deployment>) {
        self.id = id.to_string();
        self.link = seen.and_then(|seen| seen.dashboard_url.clone());
    }

    fn see(&mut self, status: String) {
        self.doing.clone_from(&status);
        self.status = status;
    }
}
