//! What the CI system says about this run, read from its variables and event file.
//!
//! Variables: GitHub's "Variables reference" and GitLab's "Predefined CI/CD variables reference".

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::ci_systems;
use super::env::Environment;
use super::tested::Source;
use crate::file;

/// How long before the end of a GitLab job we must be done, so that our own report is the last word.
const GITLAB_MARGIN: Duration = Duration::from_secs(30);

/// The most that is read of the event: GitHub sends none of more than 25 MB.
const EVENT_LIMIT: u64 = 32 * 1024 * 1024;

/// Which CI system runs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Github,
    Gitlab,
    /// Another one: of the table in `ci_systems`, or one that sets `CI=true`.
    Other,
    /// None: a person's machine.
    None,
}

/// What is known of the CI run.
#[derive(Debug, Clone)]
pub struct Ci {
    pub system: System,
    pub source: Source,
    /// Default place of the state file.
    pub state_file: Option<PathBuf>,
    /// When the job itself will be stopped, less a margin.
    pub deadline: Option<DateTime<Utc>>,
    /// Why this run has no secrets, if the event shows it.
    pub no_secrets: Option<&'static str>,
    pub github_output: Option<PathBuf>,
    pub github_summary: Option<PathBuf>,
    /// `OWNER/NAME`.
    pub github_repository: Option<String>,
    /// The number of the pull request that the run is for.
    pub github_pull_request: Option<u64>,
    pub github_repository_url: Option<String>,
    pub github_run_url: Option<String>,
    /// GitHub's REST API, also of GHES.
    pub github_api: String,
    pub gitlab_api: Option<String>,
    pub gitlab_project: Option<String>,
    /// `CI_DEBUG_TRACE`: the runner prints every variable, so the key too.
    pub debug_trace: bool,
}

impl Ci {
    /// Reads the variables, and GitHub's event file if there is one.
    #[must_use]
    pub fn detect(environment: &Environment) -> Self {
        let ci = Self::none(environment);
        if environment.is_true("GITHUB_ACTIONS") {
            ci.on_github(environment)
        } else if environment.is_true("GITLAB_CI") {
            ci.on_gitlab(environment)
        } else if let Some(source) = ci_systems::source(environment) {
            Self {
                system: System::Other,
                source,
                ..ci
            }
        } else if environment.get("CI").is_some_and(|value| value != "false") {
            Self {
                system: System::Other,
                ..ci
            }
        } else {
            ci
        }
    }

    /// What is read wherever this runs, since the commands for keys reach both code hosts from anywhere.
    fn none(environment: &Environment) -> Self {
        Self {
            system: System::None,
            source: Source::default(),
            state_file: None,
            deadline: None,
            no_secrets: None,
            github_output: None,
            github_summary: None,
            github_repository: environment.owned("GITHUB_REPOSITORY"),
            github_pull_request: None,
            github_repository_url: None,
            github_run_url: None,
            github_api: environment
                .owned("GITHUB_API_URL")
                .unwrap_or_else(|| "https://api.github.com".to_owned()),
            gitlab_api: environment.owned("CI_API_V4_URL"),
            gitlab_project: environment.owned("CI_PROJECT_ID"),
            debug_trace: environment.is_true("CI_DEBUG_TRACE"),
        }
    }

    fn on_github(self, environment: &Environment) -> Self {
        let event = event(environment).unwrap_or(Value::Null);
        let repository_url = github_repository_url(environment);
        let run_url = repository_url
            .as_ref()
            .and_then(|page| Some(format!("{page}/actions/runs/{}", environment.get("GITHUB_RUN_ID")?)));
        Self {
            system: System::Github,
            github_pull_request: github_pull_request(environment, &event),
            github_repository_url: repository_url,
            github_run_url: run_url,
            source: github_source(environment, &event),
            state_file: environment
                .path("RUNNER_TEMP")
                .map(|dir| dir.join("sproobo-deploy.json")),
            no_secrets: github_no_secrets(environment, &event),
            github_output: environment.path("GITHUB_OUTPUT"),
            github_summary: environment.path("GITHUB_STEP_SUMMARY"),
            // Forgejo and Gitea speak the runner's language, but are no GitHub: its API is not theirs to be asked.
            github_repository: self.github_repository.filter(|_| !is_forge_of_its_own(environment)),
            ..self
        }
    }

    fn on_gitlab(self, environment: &Environment) -> Self {
        Self {
            system: System::Gitlab,
            source: gitlab_source(environment),
            state_file: environment
                .path("CI_PROJECT_DIR")
                .map(|dir| dir.join(".sproobo-deploy.json")),
            deadline: gitlab_deadline(environment),
            ..self
        }
    }

    /// Whether logs of this run are kept by a CI system.
    #[must_use]
    pub fn is_ci(&self) -> bool {
        self.system != System::None
    }
}

/// Forgejo Actions documentation, "Differences with GitHub Actions"; Gitea's `act_runner`.
fn is_forge_of_its_own(environment: &Environment) -> bool {
    environment.is_true("FORGEJO_ACTIONS") || environment.is_true("GITEA_ACTIONS")
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
        git_ref: environment
            .owned("GITHUB_HEAD_REF")
            .or_else(|| environment.owned("GITHUB_REF_NAME")),
        commit: environment.owned("GITHUB_SHA"),
        message: text(event, "/head_commit/message").map(subject),
    }
}

fn github_repository_url(environment: &Environment) -> Option<String> {
    let (server, repository) = (
        environment.get("GITHUB_SERVER_URL")?,
        environment.get("GITHUB_REPOSITORY")?,
    );
    Some(format!("{}/{repository}", server.trim_end_matches('/')))
}

/// By the event, else by the ref: `refs/pull/NUMBER/merge`.
fn github_pull_request(environment: &Environment, event: &Value) -> Option<u64> {
    let places = ["/pull_request/number", "/workflow_run/pull_requests/0/number"];
    let by_event = places.iter().find_map(|place| event.pointer(place)?.as_u64());
    by_event.or_else(|| {
        let rest = environment.get("GITHUB_REF")?.strip_prefix("refs/pull/")?;
        rest.split('/').next()?.parse().ok()
    })
}

fn gitlab_source(environment: &Environment) -> Source {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| environment.owned(name));
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
