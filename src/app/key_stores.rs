//! Glue: GitHub and GitLab, seen through the traits that the key rules define.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::connection;
use super::console;
use super::input::{Origin, PIPE_TIMEOUT};
use super::setup::Setup;
use crate::error::Error;
use crate::github;
use crate::gitlab::{self, Variable};
use crate::http;
use crate::keys::ports::{Issues, SecretDates, Stores};
use crate::keys::store::Store;
use crate::model::Issue;
use crate::secret::Secret;

/// A token from a file, else from a variable; from here on nothing can print it.
async fn token(setup: &Setup, file: Option<&Path>, variable: &str) -> Result<Option<Secret>, Error> {
    let raw = match file {
        Some(path) => {
            let file = Origin::File(path.to_owned());
            connection::secret(
                &file,
                PIPE_TIMEOUT,
                &setup.process.redactor,
                "could not read the token from",
            )
            .await?
        }
        None => match setup.environment.get(variable) {
            Some(value) => value.to_owned(),
            None => return Ok(None),
        },
    };
    let token = Secret::token(&raw).map_err(|problem| {
        Error::usage(
            format!("the token can't be used: {problem}"),
            format!("put the token alone into the file, or into {variable}"),
        )
    })?;
    setup.process.redactor.guard_opaque(&token);
    Ok(Some(token))
}

/// GitHub, for a repository; nothing if there is no token to ask with.
pub(crate) async fn github(
    setup: &Setup,
    http: &http::Client,
    token_file: Option<&Path>,
    repository: Option<&str>,
) -> Result<Option<github::Client>, Error> {
    let Some(token) = token(setup, token_file, "GITHUB_TOKEN").await? else {
        return Ok(None);
    };
    let repository = repository.or(setup.ci.github_repository.as_deref()).ok_or_else(|| {
        Error::usage(
            "no repository on GitHub is named, and one on Forgejo or Gitea is none",
            "on GitHub set GITHUB_REPOSITORY to OWNER/NAME (`keys rotate` has --github-repository too); elsewhere leave out what \
             needs GitHub",
        )
    })?;
    let url = http::parse_url(&setup.ci.github_api)
        .map_err(|error| Error::usage(format!("GITHUB_API_URL is no URL: {error}"), "give GitHub's API URL"))?;
    github::Client::new(http, &url, repository, &token, setup.process.redactor.clone()).map(Some)
}

/// GitLab, for a project; nothing if there is no token to ask with.
pub(crate) async fn gitlab(
    setup: &Setup,
    http: &http::Client,
    token_file: Option<&Path>,
    project: Option<&str>,
) -> Result<Option<gitlab::Client>, Error> {
    let Some(token) = token(setup, token_file, "GITLAB_TOKEN").await? else {
        return Ok(None);
    };
    let project = project.or(setup.ci.gitlab_project.as_deref()).ok_or_else(|| {
        Error::usage(
            "no GitLab project is named",
            "give --gitlab-project, or set CI_PROJECT_ID",
        )
    })?;
    let url = setup.ci.gitlab_api.as_deref().unwrap_or("https://gitlab.com/api/v4");
    let url = http::parse_url(url)
        .map_err(|error| Error::usage(format!("CI_API_V4_URL is no URL: {error}"), "give GitLab's API URL"))?;
    gitlab::Client::new(http.clone(), &url, project, &token, setup.process.redactor.clone()).map(Some)
}

/// The date of the GitHub secret that holds the key.
pub(crate) struct SecretOnGithub {
    /// An unusable token is told where its absence is felt, and nowhere else.
    client: Result<github::Client, Error>,
    environment: Option<String>,
    name: String,
}

impl SecretOnGithub {
    /// `place` is `NAME` or `ENVIRONMENT/NAME`; an environment's name may hold `/`, a secret's can't.
    pub(crate) fn new(client: Result<github::Client, Error>, place: &str) -> Self {
        let (environment, name) = match place.rsplit_once('/') {
            Some((environment, name)) => (Some(environment.to_owned()), name),
            None => (None, place),
        };
        Self {
            client,
            environment,
            name: name.to_owned(),
        }
    }
}

impl SecretDates for SecretOnGithub {
    async fn updated_at(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        client.secret_updated_at(self.environment.as_deref(), &self.name).await
    }
}

/// Issues on GitHub.
pub(crate) struct IssuesOnGithub(pub(crate) github::Client);

impl Issues for IssuesOnGithub {
    async fn upsert(&self, marker: &str, title: &str, body: &str) -> Result<Issue, Error> {
        self.0.upsert_issue(marker, title, body).await
    }
}

/// The stores that a rotation writes to.
pub(crate) struct SecretStores {
    pub(crate) github: Option<github::Client>,
    pub(crate) gitlab: Option<gitlab::Client>,
    /// `--protected`; `None` keeps a variable as it is.
    pub(crate) protected: Option<bool>,
    /// `--output json`: stdout takes nothing else.
    pub(crate) json: bool,
}

impl SecretStores {
    fn github(&self) -> Result<&github::Client, Error> {
        self.github.as_ref().ok_or_else(|| {
            Error::usage(
                "there is no GitHub token to write the secret with",
                "set GITHUB_TOKEN or --github-token-file; the workflow's own token can't write secrets (docs/keys.md)",
            )
        })
    }

    fn gitlab(&self) -> Result<&gitlab::Client, Error> {
        self.gitlab.as_ref().ok_or_else(|| {
            Error::usage(
                "there is no GitLab token to write the variable with",
                "set GITLAB_TOKEN or --gitlab-token-file; CI_JOB_TOKEN can't write variables (docs/keys.md)",
            )
        })
    }
}

impl Stores for SecretStores {
    async fn check(&self, store: &Store) -> Result<(), Error> {
        match store {
            Store::GithubSecret { .. } => self.github()?.check_secrets(None).await,
            Store::GithubEnvironmentSecret { environment, .. } => self.github()?.check_secrets(Some(environment)).await,
            Store::GitlabVariable { .. } => self.gitlab()?.check_variables().await,
            Store::StdoutOnce => console::can_show_once(),
        }
    }

    async fn put(&self, store: &Store, key: &Secret) -> Result<(), Error> {
        match store {
            Store::GithubSecret { name } => self.github()?.put_secret(None, name, key).await,
            Store::GithubEnvironmentSecret { environment, name } => {
                self.github()?.put_secret(Some(environment), name, key).await
            }
            Store::GitlabVariable { key: name, scope } => {
                let variable = Variable {
                    key: name,
                    scope: scope.as_deref(),
                    protected: self.protected,
                };
                self.gitlab()?.put_variable(variable, key).await
            }
            Store::StdoutOnce => console::show_once(key, self.json),
        }
    }
}
