//! The client: where it may go, and what its errors say.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use chrono::Utc;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Response, Uri};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, GitHubError, OctoBody, Octocrab, OctocrabBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::service_fn;

use crate::error::{Error, ExitCode, Transport};
use crate::http::{self, HeaderValue, RateLimit, Request, Url};
use crate::redact::Redactor;
use crate::sanitize;
use crate::secret::Secret;

/// A page of 100 issues, each with a body of up to 64 KiB, fits.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// So much of what GitHub says about a refusal is repeated.
const MESSAGE_CHARS: usize = 500;

/// Which permissions would have sufficed, by GitHub's own word, e.g. `secrets=write`.
const ACCEPTED_PERMISSIONS: &str = "x-accepted-github-permissions";

/// GitHub's REST API for one repository.
#[derive(Clone)]
pub struct Client {
    pub(super) octocrab: Octocrab,
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

impl Client {
    /// `api_url` is `GITHUB_API_URL` (GHES: `https://HOST/api/v3`), `repository` is `OWNER/NAME`. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Usage`] for a token, repository or URL that can't be one.
    pub fn new(
        http: &http::Client,
        api_url: &Url,
        repository: &str,
        token: &Secret,
        redactor: Redactor,
    ) -> Result<Self, Error> {
        let header = Secret::token(token.expose())
            .map_err(|problem| problem.to_string())
            .and_then(|token| bearer(&token).map_err(|error| error.to_string()))
            .map_err(|problem| {
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
        let base: Uri = api_url.as_str().parse().map_err(|_| {
            Error::usage(
                format!(
                    "GitHub's API URL {} can't be used",
                    sanitize::shown_url(api_url.as_str())
                ),
                "see GITHUB_API_URL",
            )
        })?;
        Ok(Self {
            octocrab: octocrab(http.clone(), base, header),
            repository: format!("{owner}/{name}"),
            redactor,
        })
    }

    /// A path below the repository's own.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository)
    }

    /// What a call of octocrab's gave, read as `T`. octocrab would read it by itself, by code of its own for every `T`.
    ///
    /// `permission` is the one that the call needs, which not every GitHub names itself.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        doing: &str,
        permission: Option<&str>,
        reply: octocrab::Result<Value>,
    ) -> Result<T, Error> {
        let reply = self.done(doing, permission, reply)?;
        serde_json::from_value(reply).map_err(|error| self.not_as_promised(doing, &error))
    }

    /// What a call of octocrab's gave, or why it gave nothing, in our own words: octocrab's hold addresses and paths of
    /// its build.
    pub(super) fn done<T>(
        &self,
        doing: &str,
        permission: Option<&str>,
        result: octocrab::Result<T>,
    ) -> Result<T, Error> {
        result.map_err(|error| match &error {
            octocrab::Error::GitHub { source, .. } => self.refused(doing, permission, source),
            octocrab::Error::Json { source, .. } => self.not_as_promised(doing, source.inner()),
            _ => transport(&error).while_at_code_host(doing),
        })
    }

    fn not_as_promised(&self, doing: &str, error: &serde_json::Error) -> Error {
        let detail = self.redactor.line(&error.to_string());
        Error::code_host(
            format!("{doing}: GitHub's answer is not what its API promises ({detail})"),
            "see whether the API URL is GitHub's",
            ExitCode::OutsideContract,
        )
    }

    fn refused(&self, doing: &str, needed: Option<&str>, error: &GitHubError) -> Error {
        // A proxy's page is no message.
        let message = match header(error, "content-type") {
            Some(kind) if kind.contains("json") => {
                // Cut last: what is left of a secret that was cut would not be known.
                let message = self.redactor.line(&error.message);
                format!(": {}", message.chars().take(MESSAGE_CHARS).collect::<String>())
            }
            _ => String::new(),
        };
        let status = error.status_code.as_u16();
        let (code, next) = if asks_to_wait(error).is_some() {
            (
                ExitCode::CouldNotTell,
                "GitHub limits how often it is asked: try again later".to_owned(),
            )
        } else {
            let named = header(error, ACCEPTED_PERMISSIONS).filter(|value| !value.is_empty());
            let named = named.map(|value| self.redactor.line(value));
            advice(status, named.as_deref(), needed, &self.repository)
        };
        Error::code_host(format!("{doing}: HTTP {status} from GitHub{message}"), next, code)
    }
}

fn header<'e>(error: &'e GitHubError, name: &str) -> Option<&'e str> {
    error.headers.as_ref()?.get(name)?.to_str().ok()
}

/// How long GitHub wants us to wait, if it refused because it was asked too often. (GitHub REST API, "Rate limits":
/// 403 or 429; with `retry-after`, else until `x-ratelimit-reset` where nothing remains, else for a minute.)
pub(super) fn asks_to_wait(error: &GitHubError) -> Option<Duration> {
    if !matches!(error.status_code.as_u16(), 403 | 429) {
        return None;
    }
    let now = Utc::now();
    if let Some(wait) = header(error, "retry-after").and_then(|value| http::retry_after(value, now)) {
        return Some(wait);
    }
    let limit = error
        .headers
        .as_ref()
        .and_then(|headers| RateLimit::from_headers(headers, now));
    if let Some(used_up) = limit.filter(|limit| limit.remaining == 0) {
        return Some(used_up.reset);
    }
    let says_so = error.message.to_ascii_lowercase().contains("rate limit");
    (says_so || error.status_code.as_u16() == 429).then_some(Duration::from_secs(60))
}

/// Whether GitHub knows no such thing, or says so.
pub(super) fn is_not_found(error: &octocrab::Error) -> bool {
    matches!(error, octocrab::Error::GitHub { source, .. } if source.status_code.as_u16() == 404)
}

/// How the exchange failed, by our own client's word, which octocrab wraps.
fn transport(error: &octocrab::Error) -> http::Error {
    let first: &(dyn StdError + 'static) = error;
    std::iter::successors(Some(first), |&error| error.source())
        .find_map(|error| error.downcast_ref::<http::Error>())
        .cloned()
        .unwrap_or_else(|| {
            let detail = "no reason is known".to_owned();
            Transport::Broken { detail }.into()
        })
}

/// octocrab on our own client, with its TLS, proxies, time-outs and limits. The token goes to `base`'s host alone.
fn octocrab(http: http::Client, base: Uri, token: HeaderValue) -> Octocrab {
    let send = move |request| exchange(http.clone(), request);
    let built = OctocrabBuilder::new_empty()
        .with_service(service_fn(send))
        .with_layer(&BaseUriLayer::new(base.clone()))
        .with_layer(&AuthHeaderLayer::new(Some(token), base.clone(), base))
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(octocrab) => octocrab,
    }
}

async fn exchange(http: http::Client, request: hyper::Request<OctoBody>) -> Result<Response<Full<Bytes>>, http::Error> {
    let unusable = |detail: &dyn fmt::Display| http::Error::Unusable {
        detail: detail.to_string(),
    };
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| unusable(&error))?;
    let body = body.collect().await.map_err(|error| unusable(&error))?.to_bytes();
    let answer = http
        .send(Request {
            headers: parts.headers,
            body: (!body.is_empty()).then(|| body.to_vec()),
            body_limit: BODY_LIMIT,
            ..Request::new(parts.method, url)
        })
        .await?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body = answer.body().await?;
    response.body(Full::from(body)).map_err(|error| unusable(&error))
}

fn bearer(token: &Secret) -> Result<HeaderValue, impl fmt::Display> {
    let header = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
    header.map(|mut header| {
        header.set_sensitive(true);
        header
    })
}

/// Owner and repository names hold nothing else, so that they need no encoding in a path.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name != "." && name != ".." && name.bytes().all(plain)
}

/// The exit code of a refusal, and what to do about it. `named` is what GitHub itself says would suffice, `needed` what
/// its documentation says.
fn advice(status: u16, named: Option<&str>, needed: Option<&str>, repository: &str) -> (ExitCode, String) {
    match status {
        401 => (
            ExitCode::Refused,
            "GitHub does not accept the token: see whether it has expired or was revoked".to_owned(),
        ),
        403 | 404 => {
            let lacks = match named.or(needed) {
                Some(permission) => format!("give the token the permission {permission} on {repository}"),
                None => format!("see whether the token may do this on {repository}, and whether the names are right"),
            };
            let own_token = match needed {
                Some(permission) => format!(
                    "a job's own GITHUB_TOKEN gets it by `permissions: {{ {permission} }}`, but not for a pull request \
                     from a fork or from Dependabot"
                ),
                None => "a job's own GITHUB_TOKEN can never read or write secrets".to_owned(),
            };
            (ExitCode::Refused, format!("{lacks}; {own_token}"))
        }
        300..=399 => (
            ExitCode::Refused,
            format!("{repository} was moved or renamed: give its present name"),
        ),
        408 | 429 | 500.. => (ExitCode::CouldNotTell, "try again later".to_owned()),
        _ => (ExitCode::Refused, format!("look at {repository}'s settings on GitHub")),
    }
}
