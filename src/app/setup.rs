//! What every command starts from: the key, the contract, the HTTP client, and whether anything is real.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::cli::Invocation;
use crate::cli::args::{ApiArgs, Command, Global};
use crate::cli::ci::{Ci, System};
use crate::cli::env::Environment;
use crate::error::Error;
use crate::event::Mode;
use crate::http::{self, Url};
use crate::model::StatusClass;
use crate::redact::Redactor;
use crate::sandbox::{self, Sandbox, Scenario};
use crate::secret::Secret;
use crate::sproobo::{Client, Contract, Problem};

/// A key file is small; whatever is longer is something else.
const KEY_FILE_LIMIT: u64 = 64 * 1024;

/// A contract file is small too.
const CONTRACT_LIMIT: u64 = 4 * 1024 * 1024;

/// The invocation without its command, and the redactor that all output passes.
pub(crate) struct Setup {
    pub(crate) global: Global,
    pub(crate) ci: Ci,
    pub(crate) environment: Environment,
    pub(crate) redactor: Redactor,
}

/// A way to an API, real or not.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) http: http::Client,
    pub(crate) key: Secret,
    pub(crate) mode: Mode,
    /// Ends the sandbox when dropped.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// The API's base URL.
    pub(crate) fn api(&self) -> &Url {
        self.client.contract().base_url()
    }
}

impl Setup {
    pub(crate) fn new(invocation: Invocation, redactor: Redactor) -> (Self, Command) {
        let Invocation { cli, ci, environment } = invocation;
        (
            Self {
                global: cli.global,
                ci,
                environment,
                redactor,
            },
            cli.command,
        )
    }

    /// The API key, checked; from here on nothing can print it.
    pub(crate) fn key(&self) -> Result<Secret, Error> {
        let raw = match &self.global.api_key_file {
            Some(path) if path.as_os_str() == "-" => {
                let mut text = String::new();
                let read = std::io::stdin().take(KEY_FILE_LIMIT).read_to_string(&mut text);
                read.map_err(|error| file_error("could not read the API key from", Path::new("stdin"), &error))?;
                text
            }
            Some(path) => self.read_secret(path, KEY_FILE_LIMIT, "could not read the API key from")?,
            None => self.environment.get("SPROOBO_API_KEY").unwrap_or_default().to_owned(),
        };
        let key = Secret::api_key(&raw).map_err(|problem| {
            Secret::malformed_key(&raw)
                .iter()
                .for_each(|key| self.redactor.add(key));
            Error::Key(problem)
        })?;
        self.redactor.guard(&key);
        Ok(key)
    }

    /// Reads a file that holds a secret. If there is none, and what was given reads like a secret itself, that is most
    /// likely what it is, so the error must not repeat it.
    pub(crate) fn read_secret(&self, path: &Path, limit: u64, doing: &'static str) -> Result<String, Error> {
        read_text(path, limit, doing).inspect_err(|_| {
            let pasted = path.to_str().and_then(|text| Secret::api_key(text).ok());
            if let Some(secret) = pasted.filter(|secret| reads_like_a_secret(secret.expose())) {
                self.redactor.add_opaque(&secret);
            }
        })
    }

    /// The contract in force: the default, the user's file, `--api-url` and `--status-map`.
    pub(crate) fn contract(&self, status_map: &[(String, StatusClass)]) -> Result<Contract, Error> {
        let contract = match &self.global.contract {
            Some(path) => {
                parse_contract(path)?.map_err(|problems| contract_error(&path.display().to_string(), &problems))?
            }
            None => Contract::default(),
        };
        let contract = contract
            .with_status_map(status_map)
            .map_err(|problems| contract_error("--status-map", &problems))?;
        contract
            .with_api_url(self.global.api_url.as_deref())
            .map_err(|problem| {
                Error::usage(
                    problem.to_string(),
                    "give the API's base URL, for example --api-url https://dashboard.sproobo.com/api",
                )
            })
    }

    /// An HTTP client with our TLS and proxy settings.
    pub(crate) fn http(&self, request_timeout: Duration) -> Result<http::Client, Error> {
        let ca_cert = match &self.global.ca_cert {
            Some(path) => Some(read_text(path, CONTRACT_LIMIT, "could not read the CA file")?.into_bytes()),
            None => None,
        };
        let options = http::Options {
            ca_cert,
            request_timeout,
            ..http::Options::default()
        };
        http::Client::new(options, self.redactor.clone()).map_err(|error| {
            Error::usage(
                format!("--ca-cert: {error}"),
                "give a PEM file with one or more certificates",
            )
        })
    }

    /// Everything that a command needs to talk to the API: the sandbox's, if one is asked for.
    pub(crate) async fn connect(&self, api: &ApiArgs) -> Result<Connection, Error> {
        let http = self.http(api.request_timeout)?;
        let vars = api.var.iter().cloned().collect();
        let (contract, key, mode, sandbox) = match &api.sandbox {
            None => (self.contract(&api.status_map)?, self.key()?, Mode::Real, None),
            Some(scenario) => {
                // A rehearsal must not hide that the real run would refuse its configuration.
                self.contract(&api.status_map)?;
                let sandbox = start_sandbox(scenario).await?;
                self.redactor.guard(sandbox.key());
                // The sandbox speaks the default contract, and nothing of a user's setup may send its key elsewhere.
                let contract = Contract::default()
                    .with_status_map(&api.status_map)
                    .map_err(|problems| contract_error("--status-map", &problems))?
                    .with_api_url(Some(sandbox.base_url()))
                    .map_err(|problem| contract_error("sandbox", &[problem]))?;
                (contract, sandbox.key().clone(), Mode::Sandbox, Some(sandbox))
            }
        };
        let missing = contract.missing_vars(&vars);
        if let Some(name) = missing.first() {
            return Err(Error::usage(
                format!("the contract uses {{var.{name}}}, which has no value"),
                format!("give it one with --var {name}=VALUE"),
            ));
        }
        let client = Client::new(contract, http.clone(), key.clone(), self.redactor.clone(), vars);
        Ok(Connection {
            client,
            http,
            key,
            mode,
            _sandbox: sandbox,
        })
    }

    /// Whether GitHub's runner reads what we print.
    pub(crate) fn on_github(&self) -> bool {
        self.ci.system == System::Github
    }
}

async fn start_sandbox(scenario: &str) -> Result<Sandbox, Error> {
    let unusable = |what: String| Error::usage(what, "see `sproobo-deploy help sandbox`");
    let scenario: Scenario = scenario
        .parse()
        .map_err(|error: sandbox::UnknownScenario| unusable(error.to_string()))?;
    let options = sandbox::Options {
        scenario,
        ..sandbox::Options::default()
    };
    sandbox::start(options)
        .await
        .map_err(|error| unusable(error.to_string()))
}

/// Reads a user's contract over the default, or finds everything that is wrong with it.
pub(crate) fn parse_contract(path: &Path) -> Result<Result<Contract, Vec<Problem>>, Error> {
    let text = read_text(path, CONTRACT_LIMIT, "could not read the contract")?;
    Ok(Contract::parse(&text))
}

fn contract_error(place: &str, problems: &[Problem]) -> Error {
    let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Error::usage(
        format!("the contract {place} is wrong: {}", list.join("; ")),
        "correct it; `sproobo-deploy contract check FILE` shows every problem, `contract show` the default",
    )
}

/// Letters and digits mixed, as no path of a person's own making usually is.
fn reads_like_a_secret(text: &str) -> bool {
    !text.starts_with(['/', '.', '~'])
        && !text.contains('.')
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// Reads a small text file.
pub(crate) fn read_text(path: &Path, limit: u64, doing: &'static str) -> Result<String, Error> {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text));
    read.map_err(|error| file_error(doing, path, &error))?;
    Ok(text)
}

fn file_error(doing: &'static str, path: &Path, error: &std::io::Error) -> Error {
    Error::file(doing, path.display(), error)
}
