//! The deployments that a command acts on: named on the command line, or found again by a state file.

use std::path::Path;

use super::options;
use crate::cli::args::DeploymentArgs;
use crate::error::{Error, Subject};
use crate::model::{ClientToken, Deployment, DeploymentId, EarlyExit, RunStatus, SiteId, StatusClass};
use crate::sproobo::Client;
use crate::state::RunState;

/// What could not be done, where a look-up by token failed.
pub(crate) const LOOKING_UP: &str = "the deployment could not be looked up by its token";

/// One deployment to act on.
pub(crate) struct Item {
    pub(crate) site: SiteId,
    pub(crate) mark: Mark,
    /// Whether the run that recorded it saw its end.
    pub(crate) ended: bool,
}

/// How it is told apart from the site's others.
pub(crate) enum Mark {
    Id(DeploymentId),
    /// The id was never learned: the run was ended before its trigger's reply came.
    Token(ClientToken),
}

impl Item {
    /// What is known of it before the API is asked.
    pub(crate) fn subject(&self) -> Subject {
        let (deployment, token) = match &self.mark {
            Mark::Id(id) => (Some(Deployment::new(id.clone(), StatusClass::Running, "")), None),
            Mark::Token(token) => (None, Some(token.clone())),
        };
        Subject {
            site: Some(self.site.clone()),
            deployment,
            token,
        }
    }
}

/// What the user points at.
pub(crate) struct Targets {
    pub(crate) items: Vec<Item>,
    /// The run was told `--on-interrupt detach`.
    pub(crate) detached: bool,
}

/// The deployments that a command line names, by id or by state file: at least one.
///
/// No state file means that no run came so far as to trigger anything. Only `cancel` may take that for good news.
pub(crate) fn named(target: &DeploymentArgs) -> Result<Vec<Item>, Error> {
    let items = targets(target)?.items;
    match &target.from_state {
        Some(path) if items.is_empty() => Err(Error::file(
            "could not find a deployment in the state file",
            path.display(),
            "it does not exist, or names none, so the run that should have written it triggered nothing",
        )),
        _ => Ok(items),
    }
}

/// The same, or none where there is no state file.
pub(crate) fn targets(target: &DeploymentArgs) -> Result<Targets, Error> {
    match (&target.from_state, &target.site, &target.deployment) {
        (Some(path), ..) => from_state(path),
        (None, Some(site), Some(deployment)) => Ok(Targets {
            items: vec![Item {
                site: options::site(site)?,
                mark: Mark::Id(options::deployment(deployment)?),
                ended: false,
            }],
            detached: false,
        }),
        (None, ..) => Err(Error::usage(
            "no deployment was named",
            "give SITE and DEPLOYMENT, or --from-state FILE with the file that `deploy` wrote",
        )),
    }
}

fn from_state(path: &Path) -> Result<Targets, Error> {
    let Some(state) = RunState::read(path)? else {
        return Ok(Targets {
            items: Vec::new(),
            detached: false,
        });
    };
    let ended = |status: RunStatus| match status {
        RunStatus::Running | RunStatus::TimedOut | RunStatus::Interrupted | RunStatus::Unknown => false,
        RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Cancelled
        | RunStatus::Superseded
        | RunStatus::Refused => true,
    };
    let items = state.sites.into_iter().map(|site| Item {
        ended: ended(site.status),
        site: site.site,
        mark: match site.deployment {
            Some(id) => Mark::Id(id),
            None => Mark::Token(site.client_token),
        },
    });
    Ok(Targets {
        items: items.collect(),
        detached: state.on_interrupt == EarlyExit::Detach,
    })
}

/// The deployment's id; one that was never learned is looked up by its token.
pub(crate) async fn find(platform: &Client, item: &Item) -> Result<DeploymentId, Error> {
    const RECENT: u32 = 50;
    let token = match &item.mark {
        Mark::Id(id) => return Ok(id.clone()),
        Mark::Token(token) => token,
    };
    let list = platform.deployments(&item.site, RECENT).await;
    let list = list.map_err(|source| Error::api(LOOKING_UP, source))?;
    list.into_iter()
        .find(|deployment| deployment.client_token.as_ref() == Some(token))
        .map(|deployment| deployment.id)
        .ok_or_else(|| Error::NotFound { token: token.clone() })
}
