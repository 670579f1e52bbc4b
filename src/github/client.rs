//! The client: where it may go, what it sends, and what its errors say.

use std::error::Error as StdError;
use std::fmt;

use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ExitCode};
use crate::http::{self, Method, Url};
use crate::redact::Redactor;
use crate::sanitize;
use crate::secret::Secret;

/// A page of 100 issues, each with a body of up to 64 KiB, fits.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Which permissions would have sufficed, by GitHub's own word, e.g. `secrets=write`.
const ACCEPTED_PERMISSIONS: &str = "x-accepted-github-permissions";

/// GitHub's REST API for one repository.
#[derive(Clone)]
pub struct Client {
    octocrab: Octocrab,
    repository: String,
    redactor: Redactor,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("repository", &self.repository)
            .finish_non_exhaustive()
    }
}

/// What GitHub answered.
pub(super) struct Answer {
    status: u16,
    accepted_permissions: Option<String>,
    body: Vec<u8>,
}

impl Client {
    /// `api_url` is `GITHUB_API_URL` (GHES: `https://HOST/api/v3`), `repository` is `OWNER/NAME`. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Usage`] for a token, repository or URL that can't be one: octocrab would panic on such a token.
    pub fn new(
        http: &http::Client,
        api_url: &Url,
        repository: &str,
        token: &Secret,
        redactor: Redactor,
    ) -> Result<Self, Error> {
        let token = Secret::token(token.expose()).map_err(|problem| {
            Error::usage(
                format!("the GitHub token can't be used: {problem}"),
                "set GITHUB_TOKEN or --github-token-file to the token alone",
            )
        })?;
        if !http::may_carry_key(api_url) {
            return Err(Error::usage(
                format!(
                    "GitHub's API URL {} is not https, and the token would go along",
                    sanitize::shown_url(api_url.as_str())
                ),
                "give an https URL",
            ));
        }
        let Some((owner, name)) = repository
            .split_once('/')
            .filter(|(owner, name)| is_plain(owner) && is_plain(name))
        else {
            return Err(Error::usage(
                format!("`{}` is no repository on GitHub", sanitize::line(repository)),
                "give it as OWNER/NAME (GITHUB_REPOSITORY)",
            ));
        };
        let unusable =
            |detail: String| Error::usage(format!("no client for GitHub: {detail}"), "see --ca-cert and --api-url");
        let reqwest = http.reqwest(api_url).map_err(|error| unusable(error.to_string()))?;
        let octocrab = Octocrab::builder()
            .base_uri(api_url.as_str())
            .and_then(|builder| {
                builder
                    .personal_token(token.expose().to_owned())
                    .build_with_reqwest(reqwest)
            })
            .map_err(|_| unusable("the API URL or the token was refused".to_owned()))?;
        Ok(Self {
            octocrab,
            repository: format!("{owner}/{name}"),
            redactor,
        })
    }

    /// A path below the repository's own.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository)
    }

    /// Sends one request. Any status is an answer.
    pub(super) async fn send(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Answer, Error> {
        let response = match method {
            Method::GET => self.octocrab._get(path).await,
            Method::PUT => self.octocrab._put(path, body).await,
            Method::PATCH => self.octocrab._patch(path, body).await,
            _ => self.octocrab._post(path, body).await,
        }
        .map_err(|error| no_answer(doing, &error))?;
        let status = response.status().as_u16();
        let header = response.headers().get(ACCEPTED_PERMISSIONS);
        let accepted_permissions = header
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
            .map(|value| self.clean(value));
        let body = Limited::new(response.into_body(), BODY_LIMIT)
            .collect()
            .await
            .map_err(|error| no_answer(doing, error.as_ref()))?
            .to_bytes()
            .to_vec();
        Ok(Answer {
            status,
            accepted_permissions,
            body,
        })
    }

    /// Text from GitHub, redacted before it is made safe to print: escaping could hide a secret from the redactor.
    pub(super) fn clean(&self, text: &str) -> String {
        sanitize::line(&self.redactor.redact(text)).into_owned()
    }

    /// The answer's JSON if GitHub did what was asked; else why not.
    pub(super) fn read<T: DeserializeOwned>(&self, doing: &str, answer: &Answer) -> Result<T, Error> {
        self.accept(doing, answer)?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            Error::code_host(
                format!("{doing}: GitHub's answer is not what its API promises ({error})"),
                "see whether the API URL is GitHub's",
                ExitCode::OutsideContract,
            )
        })
    }

    /// Whether GitHub did what was asked.
    pub(super) fn accept(&self, doing: &str, answer: &Answer) -> Result<(), Error> {
        if answer.is_success() {
            return Ok(());
        }
        let document: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let message = document
            .as_ref()
            .and_then(|document| document.get("message"))
            .and_then(Value::as_str)
            .map(|message| format!(": {}", self.clean(message)))
            .unwrap_or_default();
        let (code, next) = advice(answer, &self.repository);
        Err(Error::code_host(
            format!("{doing}: HTTP {} from GitHub{message}", answer.status),
            next,
            code,
        ))
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == 404
    }
}

/// Owner and repository names hold nothing else, so that they need no encoding in a path.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name != "." && name != ".." && name.bytes().all(plain)
}

/// The exit code of a refusal, and what to do about it.
fn advice(answer: &Answer, repository: &str) -> (ExitCode, String) {
    let permission = answer.accepted_permissions.as_deref();
    match answer.status {
        401 => (
            ExitCode::Refused,
            "GitHub does not accept the token: see whether it has expired or was revoked".to_owned(),
        ),
        403 | 404 => {
            let lacks = match permission {
                Some(permission) => format!("give the token the permission {permission} on {repository}"),
                None => format!("see whether the token may do this on {repository}, and whether the names are right"),
            };
            let own_token = if permission.is_some_and(|permission| permission.contains("issues")) {
                "a job's own GITHUB_TOKEN gets it by `permissions: { issues: write }`"
            } else {
                "a job's own GITHUB_TOKEN can never read or write secrets"
            };
            let next = format!("{lacks}; {own_token}");
            (ExitCode::Refused, next)
        }
        300..=399 => (
            ExitCode::Refused,
            format!("{repository} was moved or renamed: give its present name"),
        ),
        408 | 429 | 500.. => (ExitCode::CouldNotTell, "try again later".to_owned()),
        _ => (ExitCode::Refused, format!("look at {repository}'s settings on GitHub")),
    }
}

/// Our own words: those of octocrab's errors hold addresses and paths of its build.
fn no_answer(doing: &str, error: &(dyn StdError + 'static)) -> Error {
    let cause = std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| error.downcast_ref::<reqwest::Error>());
    let what = match cause {
        Some(error) if error.is_connect() => "no connection to GitHub's API",
        Some(error) if error.is_timeout() => "no complete answer from GitHub's API in time",
        _ => "the exchange with GitHub's API broke off",
    };
    Error::code_host(
        format!("{doing}: {what}"),
        "try again later; behind a proxy see HTTPS_PROXY and --ca-cert",
        ExitCode::CouldNotTell,
    )
}
