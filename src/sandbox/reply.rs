//! What the sandbox answers, before it becomes HTTP.

use hyper::StatusCode;
use serde_json::{Value, json};

/// An answer, or the lack of one.
#[derive(Debug)]
pub(super) enum Reply {
    Send(HttpReply),
    /// The connection is closed without a word.
    Hangup,
}

#[derive(Debug)]
pub(super) struct HttpReply {
    pub(super) status: StatusCode,
    pub(super) header: Option<(hyper::header::HeaderName, &'static str)>,
    pub(super) body: Body,
}

/// A response's body, which decides its content type.
#[derive(Debug)]
pub(super) enum Body {
    Json(Value),
    Html(String),
}

impl HttpReply {
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            header: None,
            body: Body::Json(body),
        }
    }

    pub(super) fn html(status: StatusCode, body: String) -> Self {
        Self {
            status,
            header: None,
            body: Body::Html(body),
        }
    }

    pub(super) fn with_header(self, name: hyper::header::HeaderName, value: &'static str) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }
}

impl From<HttpReply> for Reply {
    fn from(answer: HttpReply) -> Self {
        Self::Send(answer)
    }
}

/// A request that is refused: the assumed error document.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    deployment: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            deployment: None,
        }
    }

    /// 422 for a value that makes no sense.
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409 that names the deployment in the way.
    pub(super) fn conflict(code: &'static str, message: impl Into<String>, deployment: &str) -> Self {
        Self {
            deployment: Some(deployment.to_owned()),
            ..Self::new(StatusCode::CONFLICT, code, message)
        }
    }
}

impl From<Refusal> for HttpReply {
    fn from(refusal: Refusal) -> Self {
        let mut error = json!({ "code": refusal.code, "message": refusal.message });
        if let Some(id) = refusal.deployment {
            error["deploymentId"] = Value::from(id);
        }
        Self::json(refusal.status, json!({ "error": error }))
    }
}
