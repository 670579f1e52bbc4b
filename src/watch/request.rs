//! Single requests to the API, bounded in time.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::{ApiError, Transport};
use crate::model::{Deployment, DeploymentId, SiteId};
use crate::watch::Deployments;

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
