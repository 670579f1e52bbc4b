//! The sentences that several reporters share.

use crate::error::{CancelOutcome, Error, ExitCode, Subject};
use crate::event::{Mode, RunResult, SiteEvent, SiteResult};
use crate::model::{Deployment, Health, Human, Known, RunStatus, StatusClass};
use crate::sanitize;

/// What has to be said loudly when nothing real happens.
pub(super) fn nothing_deployed(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Real => None,
        Mode::Sandbox => Some("SANDBOX: this talks to the embedded sandbox; nothing is deployed"),
        Mode::DryRunOnline => Some("DRY RUN (online): this only reads; nothing is deployed"),
        Mode::DryRunOffline => Some("DRY RUN (offline): this sends nothing; nothing is deployed"),
    }
}

/// The same, for the end of a status line.
fn mode_suffix(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "",
        Mode::Sandbox => " [sandbox: nothing was deployed]",
        Mode::DryRunOnline | Mode::DryRunOffline => " [dry run: nothing was deployed]",
    }
}

/// The three things that every end other than well says, in their order.
pub(super) struct Ending {
    pub(super) what: String,
    /// What is known about the deployment; nothing for a command that deploys nothing.
    pub(super) known: Option<String>,
    /// What became of the rollback after a failure, if one was wanted.
    pub(super) rollback: Option<String>,
    pub(super) next: String,
}

/// A rehearsal ends with its sandbox, so no command can go on from there.
const AFTER_A_REHEARSAL: &str =
    "nothing: this was a rehearsal, and its sandbox ended with it; a real run says here how to go on";

impl Ending {
    pub(super) fn new(error: &Error, subject: Option<&Subject>, mode: Mode) -> Self {
        let next = error.next(subject.unwrap_or(&Subject::default()));
        let is_gone = mode == Mode::Sandbox && subject.is_some_and(|subject| subject.site.is_some());
        Self {
            what: clean(&error.to_string()),
            known: subject.map(|subject| clean(&describe(subject))),
            rollback: None,
            next: if is_gone && next.contains(COMMAND) {
                AFTER_A_REHEARSAL.to_owned()
            } else {
                clean(&next)
            },
        }
    }

    /// The end of a site's run.
    pub(super) fn of_site(error: &Error, result: &SiteResult, mode: Mode) -> Self {
        Self {
            rollback: result.rollback.as_ref().map(|rollback| clean(&rollback.outcome)),
            ..Self::new(error, Some(&result.subject), mode)
        }
    }

    /// One a line.
    pub(super) fn lines(&self) -> String {
        let line = |name: &str, text: &Option<String>| match text {
            Some(text) => format!("\n{name}: {text}"),
            None => String::new(),
        };
        let (known, rollback) = (line("known", &self.known), line("rollback", &self.rollback));
        format!("{}{known}{rollback}\nnext: {}", self.what, self.next)
    }
}

/// How a command line of ours begins in a text.
const COMMAND: &str = "`sproobo-deploy ";

/// What happened, what is known (nothing, if it is about no deployment), and what to do next: one a line, each but the
/// first indented.
pub fn ending(error: &Error, subject: Option<&Subject>, mode: Mode) -> String {
    format!(
        "error: {}\n",
        Ending::new(error, subject, mode).lines().replace('\n', "\n  ")
    )
}

/// What ended the run as a whole, unless a site's own end says the same.
pub(super) fn whole_run_ending(result: &RunResult, mode: Mode) -> Option<(&Error, Ending)> {
    let mode = result.mode.unwrap_or(mode);
    let error = result.error.as_ref()?;
    if result.sites.iter().any(|site| site.end.as_ref() == Err(error)) {
        return None;
    }
    Some((error, Ending::new(error, result.subject.as_ref(), mode)))
}

fn describe(subject: &Subject) -> String {
    let of_site = subject
        .site
        .as_ref()
        .map(|site| format!(" of {site}"))
        .unwrap_or_default();
    match (&subject.deployment, &subject.token) {
        (Some(deployment), _) if deployment.seen.is_none() => {
            format!("deployment {}{of_site}, whose status was not seen", deployment.id)
        }
        (Some(deployment), _) => {
            let seen = deployment.seen.as_ref();
            let link = seen.and_then(|seen| seen.dashboard_url.as_ref());
            let link = link.map(|link| format!(", {link}")).unwrap_or_default();
            format!(
                "deployment {}{of_site}, last status {}{link}",
                deployment.id,
                last_status(deployment)
            )
        }
        (None, Some(token)) => format!("no deployment{of_site} is known yet; the trigger's token is {token}"),
        (None, None) if subject.purpose.only_looks() => "this command only looks, so nothing was changed".to_owned(),
        (None, None) => "nothing was triggered".to_owned(),
    }
}

const NO_STATUS: &str = "(none)";

/// The status in the API's word, with its health where that says more.
pub fn status_text(deployment: &Deployment) -> String {
    let word = if deployment.word.is_empty() {
        NO_STATUS
    } else {
        &deployment.word
    };
    let text = match (&deployment.health, deployment.status) {
        (None, _) | (Some(Health::Healthy), StatusClass::Succeeded) => word.to_owned(),
        (Some(health), _) => format!("{word} (health: {})", health_word(health)),
    };
    clean(&text)
}

/// The status that it was last seen with.
pub(super) fn last_status(known: &Known) -> String {
    known.seen.as_ref().map_or_else(|| NO_STATUS.to_owned(), status_text)
}

/// A commit as git shows it in short; anything else as it is.
pub(super) fn short_commit(commit: &str) -> &str {
    match commit.get(..7) {
        Some(short) if commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => short,
        _ => commit,
    }
}

/// The health in one word.
pub(super) fn health_word(health: &Health) -> &str {
    match health {
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Pending(word) => word,
    }
}

/// The status line of a site: `web: succeeded in 2 min 10 s, deployment dep_1, https://…`.
pub(super) fn status_line(result: &SiteResult, mode: Mode) -> String {
    let time = match (&result.end, result.took) {
        (Ok(RunStatus::Running), _) => "triggered, not waited for".to_owned(),
        (Ok(status), Some(took)) => format!("{status} in {}", Human(took)),
        (Err(_), Some(took)) => format!("{} after {}", result.status(), Human(took)),
        (_, None) => result.status().to_string(),
    };
    let mut line = format!("{}: {time}", result.site);
    if let Some(deployment) = &result.subject.deployment {
        line.push_str(&format!(", deployment {}", deployment.id));
        let seen = deployment.seen.as_ref();
        // What answers at the site's own address is this deployment only if it succeeded.
        let is_live = matches!(result.end, Ok(RunStatus::Succeeded));
        let url = seen.and_then(|seen| seen.url.as_ref()).filter(|_| is_live);
        if let Some(link) = url.or(seen.and_then(|seen| seen.dashboard_url.as_ref())) {
            line.push_str(&format!(", {link}"));
        }
    }
    line.push_str(mode_suffix(mode));
    clean(&line)
}

/// What a site's run is at, in a word or two, from this event on; nothing if the deployment's own status says it.
pub(super) fn phase(what: &SiteEvent) -> Option<&'static str> {
    Some(match what {
        SiteEvent::Triggering { .. } => "triggering",
        SiteEvent::TriggerRetry { .. } => "trying to trigger",
        SiteEvent::TriggerLost { .. } => "looking for the deployment",
        SiteEvent::Conflict { .. } => "waiting for another deployment",
        SiteEvent::Appearing { .. } => "waiting for a deployment to appear",
        SiteEvent::Settling { .. } => "settling",
        SiteEvent::Unreachable { .. } => "API unreachable",
        SiteEvent::Verifying { .. } => "verifying",
        SiteEvent::RollingBack { .. } => "rolling back",
        _ => return None,
    })
}

/// What became of a request to cancel.
pub(super) fn cancel_text(outcome: &CancelOutcome) -> String {
    match outcome {
        CancelOutcome::NotAsked => "not cancelling: told to let it go on".to_owned(),
        CancelOutcome::NothingToCancel => "there is nothing to cancel".to_owned(),
        CancelOutcome::Accepted => "Sproobo accepted our request to cancel".to_owned(),
        CancelOutcome::Failed(why) => format!("could not cancel: {why}"),
        CancelOutcome::MayStillStart(token) => {
            format!("nothing found to cancel; a deployment with the token {token} may still start")
        }
    }
}

/// How many sites ended in which way; nothing flatters what was only started.
pub(super) fn tally(result: &RunResult) -> String {
    let all = result.sites.len();
    let count = |which: fn(&SiteResult) -> bool| result.sites.iter().filter(|site| which(site)).count();
    let started = count(|site| matches!(site.end, Ok(RunStatus::Running)));
    let superseded = count(|site| matches!(site.end, Ok(RunStatus::Superseded)));
    let good = count(|site| site.end.is_ok()) - started - superseded;
    if started == all {
        return format!("{all} deployments triggered, none waited for");
    }
    let mut text = format!("{good} of {all} sites ended well");
    for (number, what) in [(started, "triggered and not waited for"), (superseded, "superseded")] {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text
}

/// A title of ours for an error: never remote text, which CI would not mask there.
pub(super) fn title(error: &Error, subject: Option<&Subject>) -> &'static str {
    let last = subject.and_then(|subject| subject.deployment.as_ref()?.seen.as_ref());
    match error {
        Error::UnknownWord { .. } => return "Unknown status word",
        Error::TimedOut { .. } if last.is_some_and(|seen| seen.status == StatusClass::Unknown) => {
            return "Unknown status word, no verdict in time";
        }
        Error::Unhealthy { .. } => return "Deployment unhealthy",
        Error::NotVerified { .. } => return "Not proven to be live",
        Error::WrongCommit { .. } => return "Another commit was deployed",
        Error::NotCancelled { .. } | Error::StillRuns { .. } => return "Not known to be cancelled",
        Error::Outdated { .. } => return "Nothing was deployed",
        Error::CodeHost { .. } => return "Not done by GitHub or GitLab",
        Error::Rotation { .. } => return "The rotation stopped",
        Error::KeyInDoubt { .. } => return "Not known what became of the key",
        _ => {}
    }
    match error.exit_code() {
        ExitCode::Ok => "Sproobo",
        ExitCode::Failed => "Deployment failed",
        ExitCode::Usage => "Wrong usage or configuration",
        ExitCode::Key => "API key missing or rejected",
        ExitCode::TimedOut => "Timed out",
        ExitCode::Cancelled => "Deployment cancelled",
        ExitCode::Superseded => "Deployment superseded",
        ExitCode::CouldNotTell => "Could not tell how it ended",
        ExitCode::Refused => "Refused by Sproobo",
        ExitCode::OutsideContract => "Unexpected answer from the API",
        ExitCode::StaleKey => "API key is stale",
        ExitCode::KeyFound => "API key found in the repository",
        ExitCode::Signal(_) => "Interrupted",
    }
}

/// One line that can neither forge another nor act as a command.
pub(super) fn clean(text: &str) -> String {
    sanitize::line(text).into_owned()
}
