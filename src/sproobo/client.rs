//! The client: one method an operation, and no rule about trying again.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::budget::RequestBudget;
use super::contract::Contract;
use super::operation::{Call, Entry, Operation};
use super::read::Reader;
use super::reply::{self, Empty};
use super::template::{TARGET_COMMIT, Values};
use crate::error::ApiError;
use crate::http::{self, BODY_LIMIT, HeaderMap, HeaderName, HeaderValue, Method};
use crate::model::{ApiKeyId, ApiKeyInfo, ClientToken, Deployment, DeploymentId, Site, SiteId, TriggerRequest};
use crate::redact::Redactor;
use crate::secret::Secret;

/// Sproobo's API. Cheap to clone. Every call is sent once, or not at all.
#[derive(Clone)]
pub struct Client {
    pub(super) contract: Arc<Contract>,
    http: http::Client,
    key: Secret,
    redactor: Redactor,
    pub(super) own: Values,
    budget: Arc<RequestBudget>,
    /// What our rollbacks started, which may be another resource than a deployment.
    rollbacks: Arc<Mutex<HashSet<DeploymentId>>>,
}

impl Client {
    /// A client that speaks by this contract, with the user's own variables (`--var`).
    pub fn new(
        contract: Contract,
        http: http::Client,
        key: Secret,
        redactor: Redactor,
        vars: BTreeMap<String, String>,
    ) -> Self {
        Self {
            contract: Arc::new(contract),
            http,
            key,
            redactor,
            own: Values::new(&vars),
            budget: Arc::new(RequestBudget::for_sites(1)),
            rollbacks: Arc::default(),
        }
    }

    /// The same client with another key.
    #[must_use]
    pub fn with_key(&self, key: Secret) -> Self {
        Self { key, ..self.clone() }
    }

    /// The same client for a run that has this many sites under way at a time.
    #[must_use]
    pub fn for_sites(self, sites: usize) -> Self {
        Self {
            budget: Arc::new(RequestBudget::for_sites(sites)),
            ..self
        }
    }

    /// The requests that this client and its clones may send.
    #[must_use]
    pub fn budget(&self) -> &RequestBudget {
        &self.budget
    }

    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    pub fn offers(&self, operation: Operation) -> bool {
        self.contract.offers(operation)
    }

    /// The request that [`trigger`](Self::trigger) would send, for a dry run. It holds no key.
    ///
    /// # Errors
    /// When the contract can't make one.
    pub fn plan_trigger(&self, request: &TriggerRequest) -> Result<Call, ApiError> {
        self.plan(Operation::Trigger, &self.trigger_values(request))
    }

    /// Triggers a deployment.
    ///
    /// # Errors
    /// See [`ApiError`]; so for every method below.
    pub async fn trigger(&self, request: &TriggerRequest) -> Result<Deployment, ApiError> {
        self.start(Operation::Trigger, &self.trigger_values(request)).await
    }

    /// One deployment by its id.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also for a reply about another deployment.
    pub async fn deployment(&self, site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        let values = self.of_deployment(site, id);
        let then = self
            .is_of_a_rollback(id)
            .then(|| self.contract.call_then(&values))
            .flatten();
        let reply = match then {
            None => self.fields(Operation::Deployment, &values).await?,
            Some(call) => {
                let call = call.map_err(|unusable| unusable.of(Operation::Rollback))?;
                self.answer(Operation::Deployment, call, Empty::Refused).await?
            }
        };
        let deployment = self.reader().deployment(&reply)?;
        if deployment.id != *id {
            // Another's verdict must never pass for this one's.
            return Err(ApiError::Incomplete {
                what: "deployment of the id that was asked for",
            });
        }
        Ok(deployment)
    }

    /// Asks for a deployment to be cancelled.
    ///
    /// # Errors
    /// See [`ApiError`]; an empty 2xx is none.
    pub async fn cancel(&self, site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        self.accepted(Operation::Cancel, &self.of_deployment(site, id)).await
    }

    /// Asks for a rollback to an earlier deployment, of this commit if that is known; the reply is what does it.
    pub async fn rollback(
        &self,
        site: &SiteId,
        to: &DeploymentId,
        commit: Option<&str>,
        token: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        let values = self.of_deployment(site, to).with("client_token", token.0.as_str());
        let started = self
            .start(Operation::Rollback, &values.with(TARGET_COMMIT, commit))
            .await?;
        self.rollbacks().insert(started.id.clone());
        Ok(started)
    }

    pub async fn site(&self, site: &SiteId) -> Result<Site, ApiError> {
        let reply = self.fields(Operation::Site, &self.of_site(site)).await?;
        self.reader().site(&reply)
    }

    /// Creates an API key. Its value is guarded before this returns.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] means that a key was created but its value was not where the contract says.
    pub async fn create_api_key(&self, name: &str) -> Result<(ApiKeyInfo, Secret), ApiError> {
        let values = self.own.clone().with("name", name);
        let reply = self.fields(Operation::CreateApiKey, &values).await?;
        let secret = self.reader().created_key(&reply)?;
        // Only now, so that a reply which repeats the value elsewhere is cleaned of it.
        let mut info = self.reader().api_key(&reply);
        info.prefix.get_or_insert_with(|| secret.public_prefix().to_owned());
        Ok((info, secret))
    }

    /// # Errors
    /// See [`ApiError`]; an empty 2xx is none.
    pub async fn revoke_api_key(&self, id: &ApiKeyId) -> Result<(), ApiError> {
        self.redactor.spare_id(id.as_str());
        let values = self.own.clone().with("api_key", id.as_str());
        self.accepted(Operation::RevokeApiKey, &values).await
    }

    /// A request about a site, or about none, as method and path below the base URL.
    pub fn describe(&self, operation: Operation, site: Option<&SiteId>) -> String {
        let values = site.map_or_else(|| self.own.clone(), |site| self.of_site(site));
        match self.contract.call(operation, &values) {
            Ok(call) => {
                let destination = self.reader().destination(operation, &call);
                format!("{} {}", destination.method, destination.path)
            }
            Err(unusable) => unusable.to_string(),
        }
    }

    /// A call whose reply is a deployment, or, where the contract says so, only that it was taken.
    async fn start(&self, operation: Operation, values: &Values) -> Result<Deployment, ApiError> {
        let is_enough = self
            .contract
            .entry(operation)
            .is_some_and(Entry::replies_with_acceptance);
        let empty = if is_enough { Empty::Accepted } else { Empty::Refused };
        let reply = self.send(operation, values, empty).await;
        match reply.and_then(|reply| self.reader().deployment(&reply)) {
            Err(error) if is_enough && is_acceptance(&error) => Err(ApiError::Accepted),
            other => other,
        }
    }

    fn is_of_a_rollback(&self, id: &DeploymentId) -> bool {
        self.rollbacks().contains(id)
    }

    fn rollbacks(&self) -> MutexGuard<'_, HashSet<DeploymentId>> {
        self.rollbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn http(&self) -> &http::Client {
        &self.http
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            contract: &self.contract,
            redactor: &self.redactor,
        }
    }

    pub(super) fn of_site(&self, site: &SiteId) -> Values {
        self.redactor.spare_id(site.as_str());
        self.own.clone().with("site", site.as_str())
    }

    pub(super) fn of_deployment(&self, site: &SiteId, id: &DeploymentId) -> Values {
        self.redactor.spare_id(id.as_str());
        self.of_site(site).with("deployment", id.as_str())
    }

    fn trigger_values(&self, request: &TriggerRequest) -> Values {
        // A commit's subject may hold what must not stand in the deployment's history.
        let message = request.message.as_deref().map(|text| self.redactor.redact(text));
        self.of_site(&request.site)
            .with("ref", request.git_ref.as_deref())
            .with("commit", request.commit.as_deref())
            .with("message", message.as_deref())
            .with("client_token", request.token.0.as_str())
    }

    fn plan(&self, operation: Operation, values: &Values) -> Result<Call, ApiError> {
        self.contract
            .call(operation, values)
            .map_err(|unusable| unusable.of(operation))
    }

    /// A call whose reply holds fields that are needed.
    pub(super) async fn fields(&self, operation: Operation, values: &Values) -> Result<Value, ApiError> {
        self.send(operation, values, Empty::Refused).await
    }

    /// A call of which only the success matters.
    async fn accepted(&self, operation: Operation, values: &Values) -> Result<(), ApiError> {
        self.send(operation, values, Empty::Accepted).await?;
        Ok(())
    }

    async fn send(&self, operation: Operation, values: &Values, empty: Empty) -> Result<Value, ApiError> {
        let call = self.plan(operation, values)?;
        self.answer(operation, call, empty).await
    }

    async fn answer(&self, operation: Operation, call: Call, empty: Empty) -> Result<Value, ApiError> {
        let response = self.respond(operation, &call, BODY_LIMIT).await?;
        let reply = reply::json(response, self.reader(), empty).await;
        reply.map_err(|error| self.reader().placed(error, operation, &call))
    }

    /// The body of a good answer, which can be JSON.
    pub(super) async fn json_body(
        &self,
        operation: Operation,
        values: &Values,
        body_limit: usize,
    ) -> Result<Vec<u8>, ApiError> {
        let call = self.plan(operation, values)?;
        let response = self.respond(operation, &call, body_limit).await?;
        let body = reply::body(response, self.reader(), Empty::Refused).await;
        body.map_err(|error| self.reader().placed(error, operation, &call))
    }

    /// The answer's head.
    pub(super) async fn exchange(
        &self,
        operation: Operation,
        values: &Values,
        body_limit: usize,
    ) -> Result<http::Response, ApiError> {
        let call = self.plan(operation, values)?;
        self.respond(operation, &call, body_limit).await
    }

    async fn respond(&self, operation: Operation, call: &Call, body_limit: usize) -> Result<http::Response, ApiError> {
        let request = self.request(call, body_limit).map_err(|detail| ApiError::Unusable {
            operation: operation.name(),
            detail,
        })?;
        let response = self.http.send(request).await;
        let response = response.map_err(|error| reply::failure(error, operation))?;
        self.budget
            .learn(response.status(), response.retry_after(), response.rate_limit());
        Ok(response)
    }

    fn request(&self, call: &Call, body_limit: usize) -> Result<http::Request, String> {
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str, sensitive: bool| {
            let refused = || format!("the header {name} can't hold its value");
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused())?;
            value.set_sensitive(sensitive);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?, value);
            Ok::<_, String>(())
        };
        set("accept", "application/json", false)?;
        let payload = call.payload();
        if let Some((content_type, _)) = &payload {
            set("content-type", content_type, false)?;
        }
        for (name, value) in &call.headers {
            set(name, value, false)?;
        }
        // Last, so that no other header of the contract can take its place.
        let auth = &self.contract.parts.auth;
        set(&auth.header, &auth.value.replace("{key}", self.key.expose()), true)?;
        Ok(http::Request {
            headers,
            body: payload.map(|(_, body)| body.into_bytes()),
            body_limit,
            ..http::Request::new(
                Method::from_bytes(call.method.as_bytes()).map_err(|error| error.to_string())?,
                call.url.clone(),
            )
        })
    }
}

/// Whether a 2xx that names no deployment can be an API's "yes". A page is none, whatever its status.
fn is_acceptance(error: &ApiError) -> bool {
    match error {
        ApiError::NotJson { content_type, .. } if content_type.to_ascii_lowercase().contains("html") => false,
        other => other.is_acceptance(),
    }
}
