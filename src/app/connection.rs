//! The way to an API, real or rehearsed, from plain options: the key, the contract, the HTTP client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::input::{self, Origin};
use crate::error::Error;
use crate::event::Mode;
use crate::http::{self, Url};
use crate::model::StatusClass;
use crate::redact::Redactor;
use crate::sandbox::{self, Sandbox, Scenario};
use crate::secret::{KeyProblem, Secret};
use crate::sproobo::{Client, Contract, Problem};

/// A file with a key or a token is small; whatever is longer is something else.
const SECRET_LIMIT: u64 = 64 * 1024;

/// A contract or a file of certificates is small too.
const CONFIGURATION_LIMIT: u64 = 4 * 1024 * 1024;

/// How an API is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where the key comes from.
    pub key: KeySource,
    /// A contract over the default.
    pub contract: Option<PathBuf>,
    /// A base URL over the contract's.
    pub api_url: Option<String>,
    /// Classes of status words over the contract's.
    pub status_map: Vec<(String, StatusClass)>,
    /// Values of the contract's `{var.NAME}`.
    pub vars: BTreeMap<String, String>,
    /// A PEM file of certificates to trust beside the system's.
    pub ca_cert: Option<PathBuf>,
    /// The limit for one request.
    pub request_timeout: Duration,
    /// How long a pipe or stdin may take to give all of its content.
    pub pipe_timeout: Duration,
    /// Rehearses this scenario in the embedded sandbox: nothing is real.
    pub sandbox: Option<Scenario>,
    /// Whether a CI system runs this.
    pub in_ci: bool,
    /// Nothing is to be started.
    pub dry_run: bool,
}

/// Where the API key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// As it was given: not checked yet.
    Given(Secret),
    /// To be read.
    Read(Origin),
}

/// A way to an API, real or not.
pub struct Connection {
    pub client: Client,
    /// What else goes over HTTP.
    pub http: http::Client,
    pub key: Secret,
    pub mode: Mode,
    /// Ends the sandbox when dropped.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// Reads and checks all that `access` names; the sandbox's own, if one is asked for.
    ///
    /// # Errors
    /// A key, a contract or a file that can't be used.
    pub async fn open(access: &Access, redactor: &Redactor) -> Result<Self, Error> {
        let http = access.http(redactor).await?;
        // A rehearsal must not hide that the real run would refuse its configuration.
        let contract = access.contract().await?;
        if let Some(name) = contract.missing_vars(&access.vars).first() {
            return Err(Error::usage(
                format!("the contract uses {{var.{name}}}, which has no value"),
                format!("give it one with --var {name}=VALUE"),
            ));
        }
        let (contract, key, mode, sandbox) = match access.sandbox {
            None => (contract, access.key(redactor).await?, Mode::Real, None),
            Some(scenario) => {
                let sandbox = start_sandbox(scenario).await?;
                redactor.guard(sandbox.key());
                // The sandbox speaks the default contract, and nothing of a user's setup may send its key elsewhere.
                let contract = Contract::default()
                    .with_status_map(&access.status_map)
                    .map_err(|problems| contract_error("--status-map", &problems))?
                    .with_api_url(Some(sandbox.base_url()))
                    .map_err(|problem| contract_error("sandbox", &[problem]))?;
                (contract, sandbox.key().clone(), Mode::Sandbox, Some(sandbox))
            }
        };
        let vars = access.vars.clone();
        let client = Client::new(contract, http.clone(), key.clone(), redactor.clone(), vars);
        Ok(Self {
            client,
            http,
            key,
            mode: if access.dry_run { Mode::DryRunOnline } else { mode },
            _sandbox: sandbox,
        })
    }

    /// The same for a run that has this many sites under way at a time.
    #[must_use]
    pub fn for_sites(self, sites: usize) -> Self {
        Self {
            client: self.client.for_sites(sites),
            ..self
        }
    }

    /// The API's base URL.
    #[must_use]
    pub fn api(&self) -> &Url {
        self.client.contract().base_url()
    }
}

impl Access {
    /// The API key, checked; from here on nothing can print it.
    pub(super) async fn key(&self, redactor: &Redactor) -> Result<Secret, Error> {
        let read;
        let raw = match &self.key {
            KeySource::Given(raw) => raw.expose(),
            KeySource::Read(source) => {
                read = secret(source, self.pipe_timeout, redactor, "could not read the API key from").await?;
                &read
            }
        };
        let key = Secret::api_key(raw).map_err(|problem| {
            Secret::malformed_key(raw).iter().for_each(|key| redactor.add(key));
            Error::Key(match problem {
                KeyProblem::Empty if !self.in_ci => KeyProblem::Unset,
                problem => problem,
            })
        })?;
        redactor.guard(&key);
        Ok(key)
    }

    /// The contract in force: the default, the user's file, `--api-url` and `--status-map`.
    pub(super) async fn contract(&self) -> Result<Contract, Error> {
        let contract = match &self.contract {
            Some(path) => parse_contract(path, self.pipe_timeout)
                .await?
                .map_err(|problems| contract_error(&path.display().to_string(), &problems))?,
            None => Contract::default(),
        };
        let contract = contract
            .with_status_map(&self.status_map)
            .map_err(|problems| contract_error("--status-map", &problems))?;
        let contract = contract.with_api_url(self.api_url.as_deref()).map_err(|problem| {
            Error::usage(
                problem.to_string(),
                "give the API's base URL, for example --api-url https://dashboard.sproobo.com/api",
            )
        })?;
        // A contract alone may send the key to a person's own machine; in CI its file is anybody's, and so is what listens.
        if self.api_url.is_none() && self.in_ci && http::is_loopback(contract.base_url()) {
            return Err(Error::usage(
                format!(
                    "the contract would send the key to {} of this CI job's machine",
                    contract.base_url()
                ),
                "if that is right, name it with --api-url too",
            ));
        }
        Ok(contract)
    }

    /// An HTTP client with these TLS settings, and the environment's proxy.
    pub(super) async fn http(&self, redactor: &Redactor) -> Result<http::Client, Error> {
        let ca_cert = match &self.ca_cert {
            Some(path) => {
                let pem = configuration(path, self.pipe_timeout, "could not read the CA file").await?;
                Some(pem.into_bytes())
            }
            None => None,
        };
        let options = http::Options {
            ca_cert,
            request_timeout: self.request_timeout,
        };
        http::Client::new(options, redactor.clone()).map_err(|error| {
            Error::usage(
                format!("--ca-cert: {error}"),
                "give a PEM file with one or more certificates",
            )
        })
    }
}

async fn start_sandbox(scenario: Scenario) -> Result<Sandbox, Error> {
    let options = sandbox::Options {
        scenario,
        ..sandbox::Options::default()
    };
    sandbox::start(options)
        .await
        .map_err(|error| Error::usage(error.to_string(), "see `sproobo-deploy help sandbox`"))
}

/// Reads a user's contract over the default, or finds everything that is wrong with it.
pub(super) async fn parse_contract(
    path: &Path,
    pipe_timeout: Duration,
) -> Result<Result<Contract, Vec<Problem>>, Error> {
    let text = configuration(path, pipe_timeout, "could not read the contract").await?;
    Ok(Contract::parse(&text))
}

async fn configuration(path: &Path, pipe_timeout: Duration, doing: &'static str) -> Result<String, Error> {
    let source = Origin::File(path.to_owned());
    input::text(&source, CONFIGURATION_LIMIT, pipe_timeout, doing).await
}

fn contract_error(place: &str, problems: &[Problem]) -> Error {
    let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Error::usage(
        format!("the contract {place} is wrong: {}", list.join("; ")),
        "correct it; `sproobo-deploy contract check FILE` shows every problem, `contract show` the default",
    )
}

/// Reads what holds a secret. If there is no such file, and what was given reads like a secret itself, that is most
/// likely what it is, so the error must not repeat it.
pub(super) async fn secret(
    source: &Origin,
    pipe_timeout: Duration,
    redactor: &Redactor,
    doing: &'static str,
) -> Result<String, Error> {
    let read = input::text(source, SECRET_LIMIT, pipe_timeout, doing).await;
    if let (Err(_), Origin::File(path)) = (&read, source) {
        let pasted = path.to_str().and_then(|text| Secret::api_key(text).ok());
        if let Some(secret) = pasted.filter(|secret| reads_like_a_secret(secret.expose())) {
            redactor.add_opaque(&secret);
        }
    }
    read
}

/// Letters and digits mixed, as no path of a person's own making usually is.
fn reads_like_a_secret(text: &str) -> bool {
    !text.starts_with(['/', '.', '~'])
        && !text.contains('.')
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}
