//! Deployments, as GitHub keeps them for a commit and an environment.
//!
//! GitHub REST API, "Deployments" and "Deployment statuses". octocrab has no methods for them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{Call, Verb};
use super::client::Client;
use crate::error::Error;

const PERMISSION: &str = "deployments: write";

/// GitHub refuses longer descriptions.
const DESCRIPTION_CHARS: usize = 140;

/// So many older records are looked at: each run of ours leaves at most one that is active.
const MOST_OLDER: usize = 10;

/// What is deployed, and where to.
#[derive(Debug, Clone)]
pub struct NewDeployment<'a> {
    /// A commit, branch or tag.
    pub git_ref: &'a str,
    pub environment: &'a str,
    /// Sets apart what is deployed to one environment side by side.
    pub task: &'a str,
    pub description: &'a str,
}

/// What GitHub shows of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    InProgress,
    Success,
    /// Did not go live.
    Failure,
    /// How it ended is not known, or nothing was deployed.
    Error,
    /// No longer live, or replaced before it was.
    Inactive,
}

/// A status of a deployment.
#[derive(Debug, Clone)]
pub struct DeploymentStatus {
    pub state: DeploymentState,
    /// Cut to what GitHub takes.
    pub description: String,
    /// Where the site answers.
    pub environment_url: Option<String>,
    /// Where a person can look.
    pub log_url: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    id: u64,
}

#[derive(Deserialize)]
struct StatusRow {
    state: String,
}

impl Client {
    /// Creates a record; gives its id. Nothing is merged, and no check of the commit is waited for: this very run is one.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission.
    pub async fn create_deployment(&self, new: &NewDeployment<'_>) -> Result<u64, Error> {
        let content = json!({
            "ref": new.git_ref,
            "environment": new.environment,
            "task": new.task,
            "description": short(new.description),
            "auto_merge": false,
            "required_contexts": [],
        });
        let call = Call {
            verb: Verb::Post,
            path: "/deployments".to_owned(),
            doing: "could not create a deployment on GitHub",
            permission: PERMISSION,
            content: &content,
        };
        let created: Created = self.call(&call).await?;
        Ok(created.id)
    }

    /// Adds a status. Other deployments keep theirs, also those of the same environment.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission.
    pub async fn add_deployment_status(&self, id: u64, status: &DeploymentStatus) -> Result<(), Error> {
        let mut content = json!({
            "state": status.state,
            "description": short(&status.description),
            "auto_inactive": false,
        });
        for (name, url) in [
            ("environment_url", &status.environment_url),
            ("log_url", &status.log_url),
        ] {
            if let Some(url) = url {
                content[name] = Value::from(url.as_str());
            }
        }
        let _: serde::de::IgnoredAny = self
            .call(&Call {
                verb: Verb::Post,
                path: format!("/deployments/{id}/statuses"),
                doing: "could not set the status of the deployment on GitHub",
                permission: PERMISSION,
                content: &content,
            })
            .await?;
        Ok(())
    }

    /// Makes inactive what succeeded earlier with the same environment and task, and was not replaced yet.
    ///
    /// # Errors
    /// [`Error::CodeHost`], naming the missing permission.
    pub async fn retire_deployments_before(&self, id: u64, environment: &str, task: &str) -> Result<(), Error> {
        let doing = "could not look for earlier deployments on GitHub";
        let rows: Vec<Created> = self
            .call(&Call {
                verb: Verb::Get,
                path: "/deployments".to_owned(),
                doing,
                permission: PERMISSION,
                content: &json!({ "environment": environment, "task": task, "per_page": 30 }),
            })
            .await?;
        for older in rows.iter().filter(|row| row.id < id).take(MOST_OLDER) {
            let statuses: Vec<StatusRow> = self
                .call(&Call {
                    verb: Verb::Get,
                    path: format!("/deployments/{}/statuses", older.id),
                    doing,
                    permission: PERMISSION,
                    content: &json!({ "per_page": 1 }),
                })
                .await?;
            match statuses.first().map(|status| status.state.as_str()) {
                Some("success") => {
                    let status = DeploymentStatus {
                        state: DeploymentState::Inactive,
                        description: "a newer deployment is live".to_owned(),
                        environment_url: None,
                        log_url: None,
                    };
                    self.add_deployment_status(older.id, &status).await?;
                }
                // Whoever retired this one retired what is older, too.
                Some("inactive") => break,
                // One that failed stays so, and one that is under way is another run's.
                _ => {}
            }
        }
        Ok(())
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION_CHARS) {
        None => text.to_owned(),
        Some(_) => text.chars().take(DESCRIPTION_CHARS - 1).chain(['…']).collect(),
    }
}
