//! The deployments that a command acts on: named on the command line, or found again by a state file.

use std::path::Path;

use super::options;
use crate::cli::shared_args::DeploymentArgs;
use crate::deploy::DeploymentRef;
use crate::error::{Error, Subject};
use crate::model::{EarlyExit, Known, SiteId};
use crate::state::RunState;

/// One deployment to act on.
pub(crate) struct Selected {
    pub(crate) site: SiteId,
    pub(crate) deployment: DeploymentRef,
    /// Whether the run that recorded it saw its end.
    pub(crate) ended: bool,
    /// Whether that run found it by its commit alone, so that it may be somebody else's.
    pub(crate) by_commit: bool,
}

impl Selected {
    /// What is known of it before the API is asked.
    pub(crate) fn subject(&self) -> Subject {
        let (deployment, token) = match &self.deployment {
            DeploymentRef::Id(id) => (Some(Known::unseen(id.clone())), None),
            DeploymentRef::Token(token) => (None, Some(token.clone())),
        };
        Subject {
            site: Some(self.site.clone()),
            deployment,
            token,
            by_commit: self.by_commit,
        }
    }
}

/// What the user points at.
pub(crate) struct Targets {
    pub(crate) selected: Vec<Selected>,
    /// The run was told `--on-interrupt detach`.
    pub(crate) detached: bool,
}

/// The deployments that a command line names, by id or by state file: at least one.
///
/// No state file means that no run came so far as to trigger anything. Only `cancel` may take that for good news.
pub(crate) fn named(target: &DeploymentArgs) -> Result<Vec<Selected>, Error> {
    let selected = targets(target)?.selected;
    match &target.from_state {
        Some(path) if selected.is_empty() => Err(Error::file(
            "could not find a deployment in the state file",
            path.display(),
            "it does not exist, or names none, so the run that should have written it triggered nothing",
        )),
        _ => Ok(selected),
    }
}

/// The same, or none where there is no state file.
pub(crate) fn targets(target: &DeploymentArgs) -> Result<Targets, Error> {
    match (&target.from_state, &target.site, &target.deployment) {
        (Some(path), ..) => from_state(path),
        (None, Some(site), Some(deployment)) => Ok(Targets {
            selected: vec![Selected {
                site: options::site(site)?,
                deployment: DeploymentRef::Id(options::deployment(deployment)?),
                ended: false,
                by_commit: false,
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
            selected: Vec::new(),
            detached: false,
        });
    };
    let selected = state.sites.into_iter().map(|site| Selected {
        ended: !site.status.may_go_on(),
        by_commit: site.by_commit,
        site: site.site,
        deployment: match site.deployment {
            Some(id) => DeploymentRef::Id(id),
            None => DeploymentRef::Token(site.client_token),
        },
    });
    Ok(Targets {
        selected: selected.collect(),
        detached: state.on_interrupt == EarlyExit::Detach,
    })
}
