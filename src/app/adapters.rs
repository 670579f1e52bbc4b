//! The adapters, seen through the traits that the rules define.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use crate::deploy::{Journal, Platform, Probe};
use crate::doctor::{Preflight, Reading};
use crate::error::{ApiError, Error};
use crate::event::{Event, Sink};
use crate::http;
use crate::keys::ports::KeyApi;
use crate::model::{
    ApiKeyId, ApiKeyInfo, ClientToken, Deployment, DeploymentId, LogPage, Priority, Site, SiteId, SiteState,
    TriggerRequest,
};
use crate::secret::Secret;
use crate::sproobo::{Client, Operation};
use crate::state::StateFile;
use crate::watch::Deployments;

impl Deployments for Client {
    async fn turn(&self, priority: Priority, by: Instant) {
        self.budget().turn(priority, by).await;
    }

    async fn deployment(&self, site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        Client::deployment(self, site, id).await
    }

    async fn deployments(&self, site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        Client::deployments(self, site, limit).await
    }

    async fn logs(&self, site: &SiteId, id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        Client::logs(self, site, id, cursor).await
    }

    async fn lists_sites(&self) -> bool {
        // What the list holds does not matter here, nor how it is worded.
        matches!(Client::sites(self).await, Ok(_) | Err(ApiError::Incomplete { .. }))
    }
}

impl Platform for Client {
    fn shows_tokens(&self) -> bool {
        self.contract().shows_client_tokens()
    }

    async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        Client::trigger(self, request).await
    }

    async fn cancel(&self, site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        Client::cancel(self, site, id).await
    }

    fn triggers_a_commit(&self) -> bool {
        self.contract().triggers_a_commit()
    }

    fn rolls_back_by_commit(&self) -> bool {
        self.contract().rolls_back_by_commit()
    }

    async fn rollback(
        &self,
        site: &SiteId,
        to: &DeploymentId,
        commit: Option<&str>,
        token: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        Client::rollback(self, site, to, commit, token).await
    }
}

impl Preflight for Client {
    async fn sites(&self) -> Result<Vec<Site>, ApiError> {
        Client::sites(self).await
    }

    async fn site(&self, site: &SiteId) -> Result<Site, ApiError> {
        Client::site(self, site).await
    }

    fn request(&self, reading: Reading, site: Option<&SiteId>) -> String {
        let operation = match reading {
            Reading::Site => Operation::Site,
            Reading::Deployments => Operation::Deployments,
            Reading::Sites => Operation::Sites,
        };
        self.describe(operation, site)
    }

    fn base_url(&self) -> String {
        self.contract().base_url().as_str().trim_end_matches('/').to_owned()
    }

    fn auth(&self) -> String {
        self.contract().auth_without_key()
    }
}

impl KeyApi for Client {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        Client::api_keys(self).await
    }

    fn lists_every_page(&self) -> bool {
        self.contract().pages_api_keys()
    }

    async fn create_api_key(&self, name: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        Client::create_api_key(self, name).await
    }

    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<(), ApiError> {
        Client::revoke_api_key(self, id).await
    }

    async fn prove(&self, key: &Secret) -> Result<(), ApiError> {
        self.with_key(key.clone()).api_keys().await.map(|_| ())
    }
}

/// `--verify-url`, without a key.
impl Probe for http::Client {
    async fn probe(&self, url: &str) -> Result<(u16, String), String> {
        http::Client::probe(self, url).await
    }
}

/// The state file, or none.
pub(crate) struct StateJournal {
    pub(crate) file: Option<StateFile>,
    /// Whether the user named the file. A default place that can't be written costs a warning, not the deployment.
    pub(crate) asked_for: bool,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) warned: AtomicBool,
}

impl StateJournal {
    /// Takes what an earlier run left out of the way.
    pub(crate) fn begin(&self) -> Result<(), Error> {
        self.tolerating(StateFile::clear)
    }

    fn tolerating(&self, write: impl FnOnce(&StateFile) -> Result<(), Error>) -> Result<(), Error> {
        match self.file.as_ref().map_or(Ok(()), write) {
            Err(error) if !self.asked_for => {
                if !self.warned.swap(true, Ordering::Relaxed) {
                    self.sink.emit(Event::warning(
                        "No state file",
                        format!("{error}; going on without it, so `--from-state` has nothing to act on"),
                    ));
                }
                Ok(())
            }
            written => written,
        }
    }
}

impl Journal for StateJournal {
    fn record(&self, state: &SiteState) -> Result<(), Error> {
        self.tolerating(|file| file.record(state))
    }
}

/// For commands that start nothing.
pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn record(&self, _state: &SiteState) -> Result<(), Error> {
        Ok(())
    }
}
