//! The client: one method an operation, and no rule about trying again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::budget::RequestBudget;
use super::contract::Contract;
use super::operation::{Call, Operation};
use super::read::Reader;
use super::reply::{self, Empty};
use super::template::Values;
use crate::error::ApiError;
use crate::http::{self, BODY_LIMIT, HeaderMap, HeaderName, HeaderValue, Method};
use crate::model::{
    ApiKeyId, ApiKeyInfo, ClientToken, Deployment, DeploymentId, LogPage, Site, SiteId, TriggerRequest,
};
use crate::redact::Redactor;
use crate::secret::Secret;

/// The most that a page of a log may hold: 16 MiB.
const LOG_LIMIT: usize = 16 * 1024 * 1024;

/// Sproobo's API. Cheap to clone. Every call is sent once, or not at all.
#[derive(Clone)]
pub struct Client {
    contract: Arc<Contract>,
    http: http::Client,
    key: Secret,
    redactor: Redactor,
    own: Values,
    budget: Arc<RequestBudget>,
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
        let reply = self.fields(Operation::Trigger, &self.trigger_values(request)).await?;
        self.reader().deployment(&reply)
    }

    /// One deployment by its id.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also for a reply about another deployment.
    pub async fn deployment(&self, site: &SiteId, id: &DeploymentId) -> Result<Deployment, ApiError> {
        let reply = self
            .fields(Operation::Deployment, &self.of_deployment(site, id))
            .await?;
        let deployment = self.reader().deployment(&reply)?;
        if deployment.id != *id {
            // Another's verdict must never pass for this one's.
            return Err(ApiError::Incomplete {
                what: "deployment of the id that was asked for",
            });
        }
        Ok(deployment)
    }

    /// The newest deployments of a site, newest first. The API may give more than `limit`.
    ///
    /// # Errors
    /// [`ApiError::Incomplete`] also when one item can't be read.
    pub async fn deployments(&self, site: &SiteId, limit: u32) -> Result<Vec<Deployment>, ApiError> {
        let values = self.of_site(site).with("limit", limit.to_string().as_str());
        let reply = self.fields(Operation::Deployments, &values).await?;
        self.reader().deployments(&reply)
    }

    /// Asks for a deployment to be cancelled.
    ///
    /// # Errors
    /// See [`ApiError`]; an empty 2xx is none.
    pub async fn cancel(&self, site: &SiteId, id: &DeploymentId) -> Result<(), ApiError> {
        self.accepted(Operation::Cancel, &self.of_deployment(site, id)).await
    }

    /// Asks for a rollback to an earlier deployment; the reply is the deployment that does it.
    pub async fn rollback(
        &self,
        site: &SiteId,
        to: &DeploymentId,
        token: &ClientToken,
    ) -> Result<Deployment, ApiError> {
        let values = self.of_deployment(site, to).with("client_token", token.0.as_str());
        let reply = self.fields(Operation::Rollback, &values).await?;
        self.reader().deployment(&reply)
    }

    /// A page of a deployment's log; without a cursor the first.
    pub async fn logs(&self, site: &SiteId, id: &DeploymentId, cursor: Option<&str>) -> Result<LogPage, ApiError> {
        let values = self.of_deployment(site, id).with("cursor", cursor);
        let reply = self.send(Operation::Logs, &values, LOG_LIMIT, Empty::Refused).await?;
        self.reader().log_page(&reply)
    }

    pub async fn site(&self, site: &SiteId) -> Result<Site, ApiError> {
        let reply = self.fields(Operation::Site, &self.of_site(site)).await?;
        self.reader().site(&reply)
    }

    /// The sites that the key can see, in the API's order.
    pub async fn sites(&self) -> Result<Vec<Site>, ApiError> {
        let reply = self.fields(Operation::Sites, &self.own).await?;
        self.reader().sites(&reply)
    }

    /// The API keys of the account, newest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ApiError> {
        let reply = self.fields(Operation::ApiKeys, &self.own).await?;
        self.reader().api_keys(&reply)
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
        let values = self.own.clone().with("api_key", id.as_str());
        self.accepted(Operation::RevokeApiKey, &values).await
    }

    /// A request about a site, or about none, as method and path below the base URL.
    pub fn describe(&self, operation: Operation, site: Option<&SiteId>) -> String {
        let values = site.map_or_else(|| self.own.clone(), |site| self.of_site(site));
        match self.contract.call(operation, &values) {
            Ok(call) => {
                let place = self.reader().place(operation, &call);
                format!("{} {}", place.method, place.path)
            }
            Err(unusable) => unusable.to_string(),
        }
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            contract: &self.contract,
            redactor: &self.redactor,
        }
    }

    fn of_site(&self, site: &SiteId) -> Values {
        self.own.clone().with("site", site.as_str())
    }

    fn of_deployment(&self, site: &SiteId, id: &DeploymentId) -> Values {
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
    async fn fields(&self, operation: Operation, values: &Values) -> Result<Value, ApiError> {
        self.send(operation, values, BODY_LIMIT, Empty::Refused).await
    }

    /// A call of which only the success matters.
    async fn accepted(&self, operation: Operation, values: &Values) -> Result<(), ApiError> {
        self.send(operation, values, BODY_LIMIT, Empty::Accepted).await?;
        Ok(())
    }

    async fn send(
        &self,
        operation: Operation,
        values: &Values,
        body_limit: usize,
        empty: Empty,
    ) -> Result<Value, ApiError> {
        let call = self.plan(operation, values)?;
        let request = self
            .request(call.clone(), body_limit)
            .map_err(|detail| ApiError::Unusable {
                operation: operation.name(),
                detail,
            })?;
        let response = self
            .http
            .send(request)
            .await
            .map_err(|error| reply::failure(error, operation))?;
        self.budget
            .learn(response.status(), response.retry_after(), response.rate_limit());
        let reader = self.reader();
        match reply::json(response, reader, empty).await {
            Err(ApiError::Reply(reply)) => Err(reader.placed(reply, operation, &call)),
            other => other,
        }
    }

    fn request(&self, call: Call, body_limit: usize) -> Result<http::Request, String> {
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str, sensitive: bool| {
            let refused = || format!("the header {name} can't hold its value");
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused())?;
            value.set_sensitive(sensitive);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?, value);
            Ok::<_, String>(())
        };
        set("accept", "application/json", false)?;
        if call.body.is_some() {
            set("content-type", "application/json", false)?;
        }
        for (name, value) in &call.headers {
            set(name, value, false)?;
        }
        // Last, so that no other header of the contract can take its place.
        let auth = &self.contract.parts.auth;
        set(&auth.header, &auth.value.replace("{key}", self.key.expose()), true)?;
        Ok(http::Request {
            headers,
            body: call.body.map(|body| body.to_string().into_bytes()),
            body_limit,
            ..http::Request::new(
                Method::from_bytes(call.method.as_bytes()).map_err(|error| error.to_string())?,
                call.url,
            )
        })
    }
}
