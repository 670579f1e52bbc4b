//! The main job: trigger, find again what was lost, wait, verify, cancel or roll back.

mod ancestry;
mod cancel;
pub mod classify;
mod interrupt;
pub mod lookup;
mod options;
pub mod ours;
mod rollback;
mod run;
mod site;
mod start;
pub mod target;
mod token;
mod verify;

use std::future::Future;

use crate::error::{ApiError, Error};
use crate::model::{ClientToken, Deployment, DeploymentId, SiteId, SiteState, TriggerRequest};
use crate::watch::Deployments;

pub use ancestry::{Ancestry, NoAncestry};
pub use cancel::cancel;
pub use interrupt::Interrupts;
pub use lookup::DeploymentRef;
pub use options::{
    Context, DEFAULT_APPEAR_WITHIN, DEFAULT_ON_INTERRUPT, DEFAULT_ON_TIMEOUT, DEFAULT_PARALLEL, DEFAULT_VERIFY_TIMEOUT,
    OnConflict, OnFailure, OnOutdated, Options, Verify,
};

pub use run::{deploy, rollback, wait, wait_for_commit};
pub use token::new_token;

/// What the main job needs of the platform beside reading.
pub trait Platform: Deployments {
    /// Whether the API shows the token that a deployment was triggered with. Where it does, what shows none is not ours.
    fn shows_tokens(&self) -> bool;

    /// Triggers a deployment. Sent once: whether it may be sent again is the caller's rule.
    fn trigger(&self, request: &TriggerRequest) -> impl Future<Output = Result<Deployment, ApiError>> + Send;

    /// Asks for a deployment to be cancelled.
    fn cancel(&self, site: &SiteId, id: &DeploymentId) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// Whether the trigger says which commit is to be deployed.
    fn triggers_a_commit(&self) -> bool;

    /// Whether a rollback has to name the commit that it returns to.
    fn rolls_back_by_commit(&self) -> bool;

    /// Asks for a rollback to an earlier deployment, of this commit if that is known; the reply is the deployment that
    /// does it.
    fn rollback(
        &self,
        site: &SiteId,
        to: &DeploymentId,
        commit: Option<&str>,
        token: &ClientToken,
    ) -> impl Future<Output = Result<Deployment, ApiError>> + Send;
}

/// What `--verify-url` needs: one GET without a key.
pub trait Probe: Send + Sync + 'static {
    /// Status and body (bounded), or why there was no answer.
    fn probe(&self, url: &str) -> impl Future<Output = Result<(u16, String), String>> + Send;
}

/// Where the state of a site's run is kept, so that a later step can find it.
pub trait Journal: Send + Sync + 'static {
    /// Records it; durable when this returns.
    ///
    /// # Errors
    /// [`Error::File`] when it can't be written.
    fn record(&self, state: &SiteState) -> Result<(), Error>;
}
