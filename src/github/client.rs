//! The client: where it may go, and what its errors say.

use std::error::Error as StdError;
use std::fmt;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Response, Uri};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, GitHubError, OctoBody, Octocrab, OctocrabBuilder};
use tower::service_fn;

use crate::error::{Error, ExitCode, Transport};
use crate::http::{self, HeaderValue, Request, Url};
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

    /// What a call of octocrab's gave, or why it gave nothing, in our own words: octocrab's hold addresses and paths of
    /// its build.
    pub(super) fn done<T>(&self, doing: &str, result: octocrab::Result<T>) -> Result<T, Error> {
        result.map_err(|error| match &error {
            octocrab::Error::GitHub { source, .. } => self.refused(doing, source),
            octocrab::Error::Json { source, .. } => Error::code_host(
                format!(
                    "{doing}: GitHub's answer is not what its API promises ({})",
                    self.redactor.line(&source.inner().to_string())
                ),
                "see whether the API URL is GitHub's",
                ExitCode::OutsideContract,
            ),
            _ => transport(&error).while_at_code_host(doing),
        })
    }

    fn refused(&self, doing: &str, error: &GitHubError) -> Error {
        let header = |name| {
            error
                .headers
                .as_ref()
                .and_then(|headers| headers.get(name)?.to_str().ok())
        };
        // A proxy's page is no message.
        let message = match header("content-type") {
            Some(kind) if kind.contains("json") => {
                // Cut last: what is left of a secret that was cut would not be known.
                let message = self.redactor.line(&error.message);
                format!(": {}", message.chars().take(MESSAGE_CHARS).collect::<String>())
            }
            _ => String::new(),
        };
        let status = error.status_code.as_u16();
        let permission = header(ACCEPTED_PERMISSIONS).filter(|value| !value.is_empty());
        let permission = permission.map(|value| self.redactor.line(value));
        let (code, next) = advice(status, permission.as_deref(), &self.repository);
        Error::code_host(format!("{doing}: HTTP {status} from GitHub{message}"), next, code)
    }
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

/// The exit code of a refusal, and what to do about it.
fn advice(status: u16, permission: Option<&str>, repository: &str) -> (ExitCode, String) {
    match status {
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
