//! What the CI system says about this run, read from its variables and event file.
//!
//! Variables: GitHub's "Variables reference" and GitLab's "Predefined CI/CD variables reference".

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::env::Environment;
use crate::file;

/// How long before the end of a GitLab job we must be done, so that our own report is the last word.
const GITLAB_MARGIN: Duration = Duration::from_secs(30);

/// The most that is read of the event: GitHub sends none of more than 25 MB.
const EVENT_LIMIT: u64 = 32 * 1024 * 1024;

/// Which CI system runs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Another one, which sets `CI=true`.
    Other,
    /// None: a person's machine.
    None,
}

/// What is known of the CI run.
#[derive(Debug, Clone)]
pub struct Ci {
    /// Which system.
    pub system: System,
    /// What the run tested.
    pub source: Source,
    /// Default place of the state file.
    pub state_file: Option<PathBuf>,
    /// When the job itself will be stopped, less a margin.
    pub deadline: Option<DateTime<Utc>>,
    /// Why this run has no secrets, if the event shows it.
    pub no_secrets: Option<&'static str>,
    /// Where GitHub reads outputs.
    pub github_output: Option<PathBuf>,
    /// Where GitHub reads the job summary.
    pub github_summary: Option<PathBuf>,
    /// `OWNER/NAME`.
    pub github_repository: Option<String>,
    /// GitHub's REST API, also of GHES.
    pub github_api: String,
    /// GitLab's REST API.
    pub gitlab_api: Option<String>,
    /// GitLab's project id.
    pub gitlab_project: Option<String>,
    /// `CI_DEBUG_TRACE`: the runner prints every variable, so the key too.
    pub debug_trace: bool,
}

/// What a run tested, and so should deploy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// Full hash.
    pub commit: Option<String>,
    /// Subject line.
    pub message: Option<String>,
}

impl Ci {
    /// Reads the variables, and GitHub's event file if there is one.
    #[must_use]
    pub fn detect(environment: &Environment) -> Self {
        let system = if environment.is_true("GITHUB_ACTIONS") {
            System::Github
        } else if environment.is_true("GITLAB_CI") {
            System::Gitlab
        } else if environment.get("CI").is_some_and(|value| value != "false") {
            System::Other
        } else {
            System::None
        };
        let event = (system == System::Github)
            .then(|| event(environment))
            .flatten()
            .unwrap_or(Value::Null);
        let owned = |name: &str| environment.get(name).map(str::to_owned);
        let path = |name: &str| environment.get(name).map(PathBuf::from);
        Self {
            system,
            source: match system {
                System::Github => github_source(environment, &event),
                System::Gitlab => gitlab_source(environment),
                System::Other | System::None => Source::default(),
            },
            state_file: match system {
                System::Github => path("RUNNER_TEMP").map(|dir| dir.join("sproobo-deploy.json")),
                System::Gitlab => path("CI_PROJECT_DIR").map(|dir| dir.join(".sproobo-deploy.json")),
                System::Other | System::None => None,
            },
            deadline: (system == System::Gitlab)
                .then(|| gitlab_deadline(environment))
                .flatten(),
            no_secrets: github_no_secrets(environment, &event),
            github_output: (system == System::Github).then(|| path("GITHUB_OUTPUT")).flatten(),
            github_summary: (system == System::Github)
                .then(|| path("GITHUB_STEP_SUMMARY"))
                .flatten(),
            github_repository: owned("GITHUB_REPOSITORY"),
            github_api: owned("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            gitlab_api: owned("CI_API_V4_URL"),
            gitlab_project: owned("CI_PROJECT_ID"),
            debug_trace: environment.is_true("CI_DEBUG_TRACE"),
        }
    }

    /// Whether logs of this run are kept by a CI system.
    #[must_use]
    pub fn is_ci(&self) -> bool {
        self.system != System::None
    }
}

fn event(environment: &Environment) -> Option<Value> {
    let text = file::read_text(Path::new(environment.get("GITHUB_EVENT_PATH")?), EVENT_LIMIT).ok()?;
    serde_json::from_str(&text).ok()
}

fn text(event: &Value, pointer: &str) -> Option<String> {
    event
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn subject(message: String) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// On a pull request `GITHUB_SHA` is a merge commit that exists nowhere else, and on `workflow_run` it is the
/// default branch's newest commit, so the event's own hashes come first.
fn github_source(environment: &Environment, event: &Value) -> Source {
    let owned = |name: &str| environment.get(name).map(str::to_owned);
    for (commit, git_ref, message) in [
        (
            "/pull_request/head/sha",
            "/pull_request/head/ref",
            "/pull_request/title",
        ),
        (
            "/workflow_run/head_sha",
            "/workflow_run/head_branch",
            "/workflow_run/head_commit/message",
        ),
    ] {
        if let Some(commit) = text(event, commit) {
            return Source {
                git_ref: text(event, git_ref),
                commit: Some(commit),
                message: text(event, message).map(subject),
            };
        }
    }
    Source {
        git_ref: owned("GITHUB_HEAD_REF").or_else(|| owned("GITHUB_REF_NAME")),
        commit: owned("GITHUB_SHA"),
        message: text(event, "/head_commit/message").map(subject),
    }
}

fn gitlab_source(environment: &Environment) -> Source {
    let first = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| environment.get(name))
            .map(str::to_owned)
    };
    Source {
        git_ref: first(["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"]),
        commit: first(["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"]),
        message: first(["CI_MERGE_REQUEST_TITLE", "CI_COMMIT_TITLE"]),
    }
}

fn gitlab_deadline(environment: &Environment) -> Option<DateTime<Utc>> {
    let started = DateTime::parse_from_rfc3339(environment.get("CI_JOB_STARTED_AT")?).ok()?;
    let limit = Duration::from_secs(environment.get("CI_JOB_TIMEOUT")?.parse().ok()?);
    started
        .to_utc()
        .checked_add_signed(chrono::Duration::from_std(limit.saturating_sub(GITLAB_MARGIN)).ok()?)
}

fn github_no_secrets(environment: &Environment, event: &Value) -> Option<&'static str> {
    let head = event.pointer("/pull_request/head/repo/full_name");
    let base = event.pointer("/pull_request/base/repo/full_name");
    let from_fork = event.pointer("/pull_request").is_some() && head.is_some() && base.is_some() && head != base;
    if from_fork && environment.get("GITHUB_EVENT_NAME") == Some("pull_request") {
        Some("this run is for a pull request from a fork, and such runs get no secrets")
    } else if environment.get("GITHUB_ACTOR") == Some("dependabot[bot]") {
        Some("this run was started by Dependabot, whose runs get Dependabot's secrets alone, not those of Actions")
    } else {
        None
    }
}
