//! GitLab: CI/CD variables of one project, and the order of its commits.
//!
//! GitLab, "Project-level CI/CD variables API" (its replies carry no dates, so a key's age can't be learned here) and
//! "Repositories API".

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::error::{Error, ExitCode};
use crate::http::{self, HeaderName, HeaderValue, Method, Request, Response, Url};
use crate::model::same_commit;
use crate::redact::Redactor;
use crate::sanitize;
use crate::secret::Secret;

const TOKEN: HeaderName = HeaderName::from_static("private-token");

/// GitLab's REST API for one project.
#[derive(Clone)]
pub struct Client {
    http: http::Client,
    /// `…/projects/ID/variables`
    variables: Url,
    /// `…/projects/ID/repository/merge_base`
    merge_base: Url,
    token: HeaderValue,
    redactor: Redactor,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("variables", &self.variables.as_str())
            .finish_non_exhaustive()
    }
}

/// Which variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable<'a> {
    pub key: &'a str,
    /// Its environment scope; `None` is `*`, all environments.
    pub scope: Option<&'a str>,
    /// Whether only protected branches and tags get it; `None` keeps it as it is (a new one: not protected).
    pub protected: Option<bool>,
}

impl Client {
    /// `api_url` is `CI_API_V4_URL`, `project` its id or `GROUP/NAME`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a token or URL that can't be one.
    pub fn new(
        http: http::Client,
        api_url: &Url,
        project: &str,
        token: &Secret,
        redactor: Redactor,
    ) -> Result<Self, Error> {
        let header = Secret::token(token.expose())
            .map_err(|problem| problem.to_string())
            .and_then(|token| HeaderValue::from_str(token.expose()).map_err(|error| error.to_string()));
        let mut token = header.map_err(|problem| {
            Error::usage(
                format!("the GitLab token can't be used: {problem}"),
                "set GITLAB_TOKEN or --gitlab-token-file to the token alone",
            )
        })?;
        token.set_sensitive(true);
        if project.is_empty() {
            return Err(Error::usage("no GitLab project is named", "set CI_PROJECT_ID"));
        }
        let below = |path: &[&str]| {
            let mut url = api_url.clone();
            let mut segments = url.path_segments_mut().ok()?;
            segments.pop_if_empty().extend(["projects", project]).extend(path);
            drop(segments);
            Some(url)
        };
        let (true, Some(variables), Some(merge_base)) = (
            http::may_carry_key(api_url),
            below(&["variables"]),
            below(&["repository", "merge_base"]),
        ) else {
            return Err(Error::usage(
                format!(
                    "GitLab's API URL {} is not https, and the token would go along",
                    sanitize::shown_url(api_url.as_str())
                ),
                "give an https URL",
            ));
        };
        Ok(Self {
            http,
            variables,
            merge_base,
            token,
            redactor,
        })
    }

    /// Whether the project's variables can be read, which takes the same rights as writing them.
    ///
    /// # Errors
    /// [`Error::CodeHost`].
    pub async fn check_variables(&self) -> Result<(), Error> {
        let doing = "could not read the project's variables";
        let mut url = self.variables.clone();
        url.set_query(Some("per_page=1"));
        let answer = self.send(doing, Method::GET, url, None).await?;
        self.accept(doing, answer).await
    }

    /// Creates the variable, or replaces its value: masked, and raw.
    ///
    /// # Errors
    /// [`Error::CodeHost`].
    pub async fn put_variable(&self, variable: Variable<'_>, value: &Secret) -> Result<(), Error> {
        let doing = "could not write the variable";
        let scope = variable.scope.unwrap_or("*");
        // Raw: no `$` in the value is expanded.
        let mut content = json!({
            "key": variable.key, "value": value.expose(), "masked": true, "raw": true, "environment_scope": scope,
        });
        if let Some(protected) = variable.protected {
            content["protected"] = protected.into();
        }
        let mut url = self.variables.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(variable.key);
        }
        let filter = utf8_percent_encode(scope, NON_ALPHANUMERIC);
        url.set_query(Some(&format!("filter%5Benvironment_scope%5D={filter}")));
        let mut answer = self.send(doing, Method::PUT, url, Some(&content)).await?;
        if answer.status() == 404 {
            answer = self
                .send(doing, Method::POST, self.variables.clone(), Some(&content))
                .await?;
        }
        self.accept(doing, answer).await
    }

    /// Whether `commit` is an ancestor of `of`, or the same. Both are hashes, maybe abbreviated.
    ///
    /// # Errors
    /// [`Error::CodeHost`]; also for a commit that GitLab does not know, or two without a common ancestor.
    pub async fn is_ancestor(&self, commit: &str, of: &str) -> Result<bool, Error> {
        let doing = "could not compare the commits";
        let mut url = self.merge_base.clone();
        url.set_query(Some(&format!("refs%5B%5D={commit}&refs%5B%5D={of}")));
        let answer = self.send(doing, Method::GET, url, None).await?;
        if answer.status() != 200 {
            let what = format!("{doing}: HTTP {} from GitLab", answer.status());
            let next = "the token needs the scope `read_api` or `api`";
            return Err(Error::code_host(what, next, ExitCode::Refused));
        }
        let body = answer.body().await.map_err(|error| error.while_at_code_host(doing))?;
        let base: Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(base["id"].as_str().is_some_and(|base| same_commit(base, commit)))
    }

    async fn send(&self, doing: &str, method: Method, url: Url, content: Option<&Value>) -> Result<Response, Error> {
        let mut request = Request::new(method, url);
        request.headers.insert(TOKEN, self.token.clone());
        if let Some(content) = content {
            let json = HeaderValue::from_static("application/json");
            request.headers.insert(HeaderName::from_static("content-type"), json);
            request.body = Some(content.to_string().into_bytes());
        }
        let answer = self.http.send(request).await;
        answer.map_err(|error| error.while_at_code_host(doing))
    }

    async fn accept(&self, doing: &str, answer: Response) -> Result<(), Error> {
        let status = answer.status();
        let (code, next) = match status {
            200..=299 => return Ok(()),
            400 => (
                ExitCode::Refused,
                "GitLab masks only a value of one line without white space, and a scope other than `*` needs a plan \
                 that has it",
            ),
            401 => (
                ExitCode::Refused,
                "GitLab does not accept the token: it needs the scope `api`, and CI_JOB_TOKEN is not enough",
            ),
            403 | 404 => (
                ExitCode::Refused,
                "the token needs the scope `api` and the role Maintainer on the project",
            ),
            300..=399 => (
                ExitCode::Refused,
                "the project or GitLab itself was moved: give the present address",
            ),
            408 | 429 | 500.. => (ExitCode::CouldNotTell, "try again later"),
            _ => (ExitCode::Refused, "look at the project's settings, CI/CD, Variables"),
        };
        // The status alone says what happened, so a body that can't be read only costs the reason.
        let reason = self.reason(&answer.body().await.unwrap_or_default());
        let what = format!("{doing}: HTTP {status} from GitLab{reason}");
        Err(Error::code_host(what, next, code))
    }

    /// GitLab words its errors as a text, or as an object of lists of texts.
    fn reason(&self, body: &[u8]) -> String {
        let document: Value = serde_json::from_slice(body).unwrap_or_default();
        let message = match &document["message"] {
            Value::Null => &document["error"],
            message => message,
        };
        match message {
            Value::Null => String::new(),
            Value::String(text) => format!(": {}", self.redactor.line(text)),
            other => format!(": {}", self.redactor.line(&other.to_string())),
        }
    }
}
