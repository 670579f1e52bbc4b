//! The wait: polls one deployment to a true verdict.

use std::future::Future;

use crate::error::ApiError;
use crate::model::{Deployment, DeploymentId, LogPage, SiteId};

/// What the wait needs of the platform. All calls are GET requests with their own timeouts.
pub trait Deployments: Send + Sync + 'static {
    /// One deployment by its id.
    fn deployment(&self, site: &SiteId, id: &DeploymentId)
    -> impl Future<Output = Result<Deployment, ApiError>> + Send;

    /// The newest deployments of a site, newest first.
    fn deployments(&self, site: &SiteId, limit: u32) -> impl Future<Output = Result<Vec<Deployment>, ApiError>> + Send;

    /// A page of a deployment's log; `None` asks for the first.
    fn logs(
        &self,
        site: &SiteId,
        id: &DeploymentId,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<LogPage, ApiError>> + Send;
}
