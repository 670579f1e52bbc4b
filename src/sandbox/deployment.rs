//! One deployment: what it was asked to be, and what the API shows of it at a moment.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::reply::Refusal;
use super::script::Script;

/// How many lines a page of the log holds.
const LOG_PAGE: usize = 20;

/// What brought a deployment about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The trigger operation.
    Trigger,
    /// A rollback to this deployment.
    Rollback(String),
    /// A git push that takes over from this deployment.
    Push(String),
    /// Before the sandbox was started.
    History,
}

#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) origin: Origin,
    pub(super) token: Option<String>,
    pub(super) git_ref: String,
    pub(super) commit: String,
    pub(super) message: String,
    /// Where the site answers, if it does.
    pub(super) url: Option<String>,
    pub(super) dashboard_url: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) script: Script,
}

impl Deployment {
    /// A push may lie in the future: it doesn't exist before its creation.
    pub(super) fn exists(&self, now: DateTime<Utc>) -> bool {
        self.created_at <= now
    }

    pub(super) fn is_running(&self, now: DateTime<Utc>) -> bool {
        self.script.ended(self.elapsed(now)).is_none()
    }

    /// Whether its commit serves visitors, unless a newer one does. A failed health check takes it back.
    pub(super) fn is_live(&self, now: DateTime<Utc>) -> bool {
        let stage = self.script.at(self.elapsed(now));
        stage.status == "completed" && stage.health != Some("unhealthy")
    }

    pub(super) fn has_succeeded(&self, now: DateTime<Utc>) -> bool {
        !self.is_running(now) && self.is_live(now)
    }

    pub(super) fn status(&self, now: DateTime<Utc>) -> &'static str {
        self.script.at(self.elapsed(now)).status
    }

    pub(super) fn cancel(&mut self, now: DateTime<Utc>) {
        self.script.cancel(self.elapsed(now));
    }

    /// The assumed document; what is not known yet is null.
    pub(super) fn json(&self, now: DateTime<Utc>) -> Value {
        let elapsed = self.elapsed(now);
        let stage = self.script.at(elapsed);
        json!({
            "id": self.id,
            "version": self.version,
            "status": stage.status,
            "health": stage.health,
            "url": self.url,
            "dashboardUrl": self.dashboard_url,
            "commit": self.commit,
            "ref": self.git_ref,
            "message": self.message,
            "clientToken": self.token,
            "createdAt": rfc3339(self.created_at),
            "startedAt": self.script.started(elapsed).map(|at| rfc3339(self.created_at + at)),
            "finishedAt": self.script.ended(elapsed).map(|at| rfc3339(self.created_at + at)),
            "failureReason": self.script.failure(elapsed),
        })
    }

    /// A page of the log from a cursor on. The reply's cursor is the next page's; none once all has been read.
    pub(super) fn log_page(&self, cursor: Option<&str>, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let from = match cursor {
            None | Some("") => 0,
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| Refusal::invalid("invalid_cursor", "the cursor is none that this API gave out"))?,
        };
        let elapsed = self.elapsed(now);
        let log = self.script.log(elapsed);
        let rest = log.get(from..).unwrap_or_default();
        let page = &rest[..rest.len().min(LOG_PAGE)];
        let lines: Vec<Value> = page
            .iter()
            .map(|line| json!({ "time": rfc3339(self.created_at + line.at), "text": line.text }))
            .collect();
        let all_read = page.len() == rest.len() && self.script.ended(elapsed).is_some();
        let next = (!all_read).then(|| (from.min(log.len()) + page.len()).to_string());
        Ok(json!({ "lines": lines, "cursor": next }))
    }

    fn elapsed(&self, now: DateTime<Utc>) -> Duration {
        (now - self.created_at).to_std().unwrap_or_default()
    }
}

/// Something that looks like a commit: what a site's branch points to when nobody names one.
pub(super) fn invented_commit(site: &str, version: u64) -> String {
    let hash = digest(&SHA256, format!("{site} {version}").as_bytes());
    hash.as_ref()[..20].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
