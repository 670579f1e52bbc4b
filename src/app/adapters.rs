//! Glue: the adapters, seen through the traits that the rules define.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::console;
use crate::deploy::{Journal, Platform, Probe};
use crate::doctor::Preflight;
use crate::error::{ApiError, Error};
use crate::event::{Event, Sink};
use crate::http;
use crate::keys::ports::KeyApi;
use crate::model::{
    ApiKeyId, ApiKeyInfo, ClientToken, Deployment, DeploymentId, LogPage, Site, SiteId, SiteState, TriggerRequest,
};
use crate::secret::Secret;
use crate::sproobo::Client;
use crate::state::StateFile;
use crate::watch::Deployments;

/// Sproobo, for the rules.
#[derive(Clone)]
pub(crate) struct Sproobo {
    client: Client,
    /// Whether a new key's value is masked by GitHub's runner before anyone can print it.
    mask_new_keys: bool,
}

impl Sproobo {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            mask_new_keys: false,
        }
    }

    /// For a rotation on GitHub.
    pub(crate) fn masking_new_keys(self, mask_new_keys: bool) -> Self {
        Self { mask_new_keys, ..self }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

impl Deployments for Sproobo {
    async fn deployment(&self, site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        self.client.deployment(site, id).await
    }

    async fn deployments(&self, site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        self.client.deployments(site, limit).await
    }

    async fn logs(&self, site: &SiteId, id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        self.client.logs(site, id, cursor).await
    }
}

impl Platform for Sproobo {
    async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        self.client.trigger(request).await
    }

    async fn cancel(&self, site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        self.client.cancel(site, id).await
    }

    async fn rollback(&self, site: &SiteId, to: &DeploymentId, token: &ClientToken) -> Result<Deployment, ApiError> {
        self.client.rollback(site, to, token).await
    }
}

impl Preflight for Sproobo {
    async fn sites(&self) -> Result<Vec<Site>, ApiError> {
        self.client.sites().await
    }

    async fn site(&self, site: &SiteId) -> Result<Site, ApiError> {
        self.client.site(site).await
    }
}

impl KeyApi for Sproobo {
    async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        self.client.api_keys().await
    }

    async fn create_api_key(&self, name: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        let (info, key) = self.client.create_api_key(name).await?;
        if self.mask_new_keys {
            console::mask_line(&key);
        }
        Ok((info, key))
    }

    async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<(), ApiError> {
        self.client.revoke_api_key(id).await
    }

    async fn prove(&self, key: &Secret) -> Result<(), ApiError> {
        self.client.with_key(key.clone()).api_keys().await.map(|_| ())
    }
}

/// `--verify-url`, without a key.
pub(crate) struct Web(pub(crate) http::Client);

impl Probe for Web {
    async fn probe(&self, url: &str) -> Result<(u16, String), String> {
        self.0.probe(url).await
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
