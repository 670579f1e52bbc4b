//! What of a request matters to the sandbox: the operation that its path and method name, and its values.

use hyper::Method;
use hyper::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::reply::Refusal;

/// The most bytes of a text in a request's body or of a token.
const MAX_TEXT: usize = 4096;

/// A request that was read to its end.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    /// The value behind `Bearer `, if there is exactly one such header.
    pub(super) bearer: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    Sites,
    Site(String),
    Deployments(String),
    Deployment(String, String),
    Cancel(String, String),
    Rollback(String, String),
    Logs(String, String),
    ApiKeys,
    ApiKey(String),
    /// The page of a site, for visitors.
    Live(String),
    /// The page of a deployment, for people.
    Dashboard(String, String),
}

impl Resource {
    /// What this path names, if anything.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments = path
            .strip_prefix('/')?
            .split('/')
            .map(|segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()))
            .collect::<Option<Vec<String>>>()?;
        let name = |at: usize| segments[at].clone();
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match words[..] {
            ["api", "sites"] => Self::Sites,
            ["api", "sites", _] => Self::Site(name(2)),
            ["api", "sites", _, "deployments"] => Self::Deployments(name(2)),
            ["api", "sites", _, "deployments", _] => Self::Deployment(name(2), name(4)),
            ["api", "sites", _, "deployments", _, "cancel"] => Self::Cancel(name(2), name(4)),
            ["api", "sites", _, "deployments", _, "rollback"] => Self::Rollback(name(2), name(4)),
            ["api", "sites", _, "deployments", _, "logs"] => Self::Logs(name(2), name(4)),
            ["api", "api-keys"] => Self::ApiKeys,
            ["api", "api-keys", _] => Self::ApiKey(name(2)),
            ["live", _] => Self::Live(name(1)),
            ["dashboard", _, _] => Self::Dashboard(name(1), name(2)),
            _ => return None,
        })
    }

    /// The methods it takes, as the `Allow` header lists them.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Deployments(_) | Self::ApiKeys => "GET, POST",
            Self::Cancel(..) | Self::Rollback(..) => "POST",
            Self::ApiKey(_) => "DELETE",
            Self::Sites
            | Self::Site(_)
            | Self::Deployment(..)
            | Self::Logs(..)
            | Self::Live(_)
            | Self::Dashboard(..) => "GET",
        }
    }

    pub(super) fn takes(&self, method: &Method) -> bool {
        self.methods().split(", ").any(|taken| taken == method.as_str())
    }

    /// Whether anybody may read it without a key.
    pub(super) fn is_public(&self) -> bool {
        matches!(self, Self::Live(_) | Self::Dashboard(..))
    }
}

impl Request {
    /// The first value of a query variable.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        serde_json::from_slice(&self.body).map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "invalid_json",
                "the body must be one JSON object",
            )
        })
    }

    /// The token that marks a deployment: the header's, else the body's; blank ones count as none.
    pub(super) fn token(&self, body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
        match &self.idempotency_key {
            Some(token) if token.len() > MAX_TEXT => Err(too_long("Idempotency-Key")),
            Some(token) if !token.trim().is_empty() => Ok(Some(token.clone())),
            _ => text(body, "clientToken"),
        }
    }
}

/// A text member of a body; absent, null and blank ones count as none.
pub(super) fn text(body: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > MAX_TEXT => Err(too_long(name)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::invalid("invalid_field", format!("{name} must be a text"))),
    }
}

fn too_long(name: &str) -> Refusal {
    Refusal::invalid("invalid_field", format!("{name} is longer than {MAX_TEXT} bytes"))
}
