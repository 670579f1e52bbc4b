//! The deployments that a command acts on: named on the command line, or found again by a state file.

use std::path::Path;

use super::input::{self, PIPE_TIMEOUT};
use super::options;
use crate::app::connection::Connection;
use crate::app::run::Run;
use crate::cli::shared_args::DeploymentArgs;
use crate::deploy::DeploymentRef;
use crate::error::{Error, Purpose, Subject};
use crate::http::Url;
use crate::model::{EarlyExit, Known, SiteId};
use crate::sanitize;
use crate::sproobo::Client;
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
    /// What is known of it before the API is asked, for a command of this purpose.
    pub(crate) fn subject(&self, purpose: Purpose) -> Subject {
        let (deployment, token) = match &self.deployment {
            DeploymentRef::Id(id) => (Some(Known::unseen(id.clone())), None),
            DeploymentRef::Token(token) => (None, Some(token.clone())),
        };
        Subject {
            site: Some(self.site.clone()),
            deployment,
            token,
            by_commit: self.by_commit,
            purpose,
        }
    }
}

/// What the user points at.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) deployments: Vec<Selected>,
    /// The run was told `--on-interrupt detach`.
    pub(crate) detached: bool,
    /// The base URL of that run's API, as the state file has it.
    api: Option<String>,
}

impl Selection {
    /// The sites, in order.
    pub(crate) fn sites(&self) -> Vec<SiteId> {
        self.deployments.iter().map(|one| one.site.clone()).collect()
    }

    /// The deployments on the API in use. Another API's must not be asked for there: an id may be somebody else's.
    pub(crate) fn on(self, api: &Url) -> Result<Vec<Selected>, Error> {
        self.require(api)?;
        Ok(self.deployments)
    }

    /// Whether they are another API's.
    pub(crate) fn are_elsewhere(&self, api: &Url) -> bool {
        self.api.as_ref().is_some_and(|theirs| !is_same(theirs, api))
    }

    /// Refuses deployments of another API than this one.
    pub(crate) fn require(&self, api: &Url) -> Result<(), Error> {
        match &self.api {
            Some(theirs) if self.are_elsewhere(api) => Err(Error::usage(
                format!(
                    "the state file is of a run on {}, and this command goes to {}",
                    sanitize::shown_url(theirs),
                    sanitize::shown_url(api.as_str())
                ),
                "give this command the --api-url, --contract or --sandbox that the run had (what was started in a \
                 sandbox ended with it), or name SITE and DEPLOYMENT",
            )),
            _ => Ok(()),
        }
    }
}

/// Whether this text names the same API: its scheme, host and default port are written in one way once they are
/// parsed, and a slash at the end says nothing.
fn is_same(one: &str, other: &Url) -> bool {
    let normal = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    Url::parse(one).is_ok_and(|one| normal(&one) == normal(other))
}

/// The deployments that a command line names, by id or by state file: at least one.
///
/// No state file means that no run came so far as to trigger anything. Only `cancel` may take that for good news.
pub(crate) async fn named(args: &DeploymentArgs) -> Result<Selection, Error> {
    let selection = named_or_none(args).await?;
    match &args.from_state {
        Some(path) if selection.deployments.is_empty() => Err(Error::file(
            "could not find a deployment in the state file",
            path.display(),
            "it does not exist, or names none, so the run that should have written it triggered nothing",
        )),
        _ => Ok(selection),
    }
}

/// The same, or nothing where only a site is named: then its [`newest`] is meant.
pub(crate) async fn named_unless_newest(args: &DeploymentArgs) -> Result<Option<Selection>, Error> {
    match (&args.from_state, &args.site, &args.deployment) {
        (None, Some(_), None) => Ok(None),
        (None, None, _) => Err(Error::usage(
            "no site was named",
            "give SITE for its newest deployment, SITE and DEPLOYMENT, or --from-state FILE with the file that `deploy` wrote",
        )),
        _ => named(args).await.map(Some),
    }
}

/// What a command that only looks is about: what was named, or the newest deployment of the site.
pub(crate) async fn on_or_newest(
    run: &Run,
    purpose: Purpose,
    named: Option<Selection>,
    args: &DeploymentArgs,
    connection: &Connection,
) -> Result<Vec<Selected>, Error> {
    match (named, &args.site) {
        (None, Some(name)) => {
            let site = options::site(name)?;
            run.knows(Subject::of_site(purpose, site.clone()));
            Ok(vec![newest(&connection.client, site).await?])
        }
        (named, _) => named.unwrap_or_default().on(connection.api()),
    }
}

async fn newest(platform: &Client, site: SiteId) -> Result<Selected, Error> {
    let list = platform.deployments(&site, 1).await;
    let list = list.map_err(|source| Error::api("the site's deployments could not be read", source))?;
    match list.into_iter().next() {
        Some(newest) => Ok(Selected {
            deployment: DeploymentRef::Id(newest.id),
            ended: false,
            by_commit: false,
            site,
        }),
        None => Err(Error::NoneYet { site }),
    }
}

/// As [`named`], or none where there is no state file.
pub(crate) async fn named_or_none(args: &DeploymentArgs) -> Result<Selection, Error> {
    match (&args.from_state, &args.site, &args.deployment) {
        (Some(path), ..) => from_state(path).await,
        (None, Some(site), Some(deployment)) => Ok(Selection {
            deployments: vec![Selected {
                site: options::site(site)?,
                deployment: DeploymentRef::Id(options::deployment(deployment)?),
                ended: false,
                by_commit: false,
            }],
            ..Selection::default()
        }),
        (None, ..) => Err(Error::usage(
            "no deployment was named",
            "give SITE and DEPLOYMENT (for `wait`, SITE and --commit will do), or --from-state FILE with the file that `deploy` wrote",
        )),
    }
}

async fn from_state(path: &Path) -> Result<Selection, Error> {
    let of = path.to_owned();
    let read = move || RunState::read(&of);
    let state = input::bounded(Some(path), PIPE_TIMEOUT, "could not read the state file", read).await?;
    let Some(state) = state? else {
        return Ok(Selection::default());
    };
    let deployments = state.sites.into_iter().map(|site| Selected {
        ended: !site.status.may_go_on(),
        by_commit: site.by_commit,
        site: site.site,
        deployment: match site.deployment {
            Some(id) => DeploymentRef::Id(id),
            None => DeploymentRef::Token(site.client_token),
        },
    });
    Ok(Selection {
        deployments: deployments.collect(),
        detached: state.on_interrupt == EarlyExit::Detach,
        api: Some(state.api),
    })
}
