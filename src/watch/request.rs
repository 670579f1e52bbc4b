//! Single requests to the API, bounded in time.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::{ApiError, Error, Transport};
use crate::model::{Deployment, DeploymentId, SiteId};
use crate::watch::Deployments;

/// How long it may take to tell a wrong path from a wrong id: within what a signal leaves us.
const PLACED_WITHIN: Duration = Duration::from_secs(3);

/// The request's answer, or a time-out after `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    timeout(limit, request)
        .await
        .unwrap_or(Err(Transport::TimedOut { after: limit }.into()))
}

/// Reads one deployment. A verdict about another one is none about this one, so an answer about another is an error.
pub(crate) async fn read<P: Deployments>(
    platform: &P,
    site: &SiteId,
    id: &DeploymentId,
    limit: Duration,
) -> Result<Deployment, ApiError> {
    let deployment = within(limit, platform.deployment(site, id)).await?;
    if deployment.id == *id {
        Ok(deployment)
    } else {
        Err(ApiError::Incomplete {
            what: "deployment with the id that was asked for",
        })
    }
}

/// The error that ends a command, told apart: a 404 that does not say what is missing is about the id that was asked for
/// only if the list of sites can be read with the same key; else the path is wrong.
pub(crate) async fn placed<P: Deployments>(platform: &P, mut error: Error) -> Error {
    if let Some(source) = error.api_error_mut().filter(|source| source.is_unplaced())
        && !timeout(PLACED_WITHIN, platform.lists_sites()).await.unwrap_or(false)
    {
        *source = source.clone().as_no_such_path();
    }
    error
}
