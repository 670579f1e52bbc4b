//! The wait: polls one deployment to a true verdict.

mod clock;
mod follow;
pub mod log;
mod options;
pub mod outage;
pub mod pace;
pub(crate) mod poll;
mod request;
mod tracker;
pub mod verdict;
mod wait;

use std::future::Future;

use tokio::time::Instant;

use crate::error::ApiError;
use crate::model::{Deployment, DeploymentId, LogPage, Priority, SiteId};

pub(crate) use clock::later;
pub use clock::{Deadline, RunClock};
pub use follow::follow;
pub use options::{
    DEFAULT_LOG_LINES, DEFAULT_MAX_UNREACHABLE, DEFAULT_REQUEST_TIMEOUT, DEFAULT_SETTLE, DEFAULT_TIMEOUT, Logs,
    OnSuperseded, Options,
};
pub(crate) use request::{placed, read, within};
pub use tracker::Tracker;
pub use wait::{Ended, wait};

/// What the wait needs of the platform. All calls are GET requests with their own timeouts.
pub trait Deployments: Send + Sync + 'static {
    /// Waits until a request may be sent, but not past `by`. Asked before each request but those that must not wait: a
    /// cancellation, and what goes with it. Not part of the request's own time, which tells an answer that is late.
    fn turn(&self, priority: Priority, by: Instant) -> impl Future<Output = ()> + Send {
        let _ = (priority, by);
        std::future::ready(())
    }

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

    /// Whether the list of sites can be read: then the base URL and the key are right.
    fn lists_sites(&self) -> impl Future<Output = bool> + Send;
}
