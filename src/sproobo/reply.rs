//! What an answer is worth: JSON to read, or one of the ways in which it is none.

use serde_json::Value;

use super::Operation;
use super::read::Reader;
use crate::error::{ApiError, ErrorReply, Transport};
use crate::http::{self, Response};

/// Whether an empty 2xx is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// The reply's fields are not needed.
    Accepted,
    /// The reply must hold fields.
    Refused,
}

/// What a content type says of its body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Promise {
    Json,
    /// No content type, or `text/plain`: servers do send JSON so.
    Nothing,
    OtherThanJson,
}

/// A failure before the answer's head, in the words of the rules.
pub(super) fn failure(error: http::Error, operation: Operation) -> ApiError {
    match error {
        http::Error::Transport(error) => error.into(),
        http::Error::Insecure { .. } | http::Error::Unusable { .. } | http::Error::TooLarge { .. } => {
            ApiError::Unusable {
                operation: operation.name(),
                detail: error.to_string(),
            }
        }
    }
}

/// The bytes of a good answer that is a log of any type but a page, or what the answer is instead.
pub(super) async fn bytes(response: Response, reader: Reader<'_>) -> Result<Vec<u8>, ApiError> {
    let status = response.status();
    let is_page = response
        .media_type()
        .is_some_and(|found| found.to_ascii_lowercase().contains("html"));
    if !(200..300).contains(&status) || is_page {
        let read = json(response, reader, Empty::Refused).await;
        return read.and(Err(ApiError::Incomplete { what: "log" }));
    }
    match response.body().await {
        Ok(body) => Ok(body),
        Err(http::Error::Transport(late @ Transport::TimedOut { .. })) => Err(late.into()),
        Err(error) => Err(ApiError::Unreadable {
            status,
            detail: reader.clean(&error.to_string()),
        }),
    }
}

/// The JSON of a good answer (null for an empty one that is accepted), or what the answer is instead.
pub(super) async fn json(response: Response, reader: Reader<'_>, empty: Empty) -> Result<Value, ApiError> {
    let status = response.status();
    let media_type = response.media_type();
    let retry_after = response.retry_after();
    let body = body(response, reader, empty).await?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|error| match promise(media_type.as_deref()) {
        Promise::Json => ApiError::Unreadable {
            status,
            detail: reader.clean(&error.to_string()),
        },
        Promise::Nothing | Promise::OtherThanJson => ApiError::NotJson {
            status,
            content_type: reader.clean(media_type.as_deref().unwrap_or("no content type")),
            retry_after,
        },
    })
}

/// The body of a good answer that can be JSON, not looked at yet (without a byte for an empty one that is accepted), or
/// what the answer is instead.
pub(super) async fn body(response: Response, reader: Reader<'_>, empty: Empty) -> Result<Vec<u8>, ApiError> {
    let status = response.status();
    if (300..400).contains(&status) {
        let location = response.location().map(|target| reader.clean(&target));
        return Err(ApiError::Redirect {
            status,
            location: location.unwrap_or_else(|| "nowhere".to_owned()),
        });
    }
    let media_type = response.media_type();
    let retry_after = response.retry_after();
    let promise = promise(media_type.as_deref());
    let not_json = |found: Option<&str>| ApiError::NotJson {
        status,
        content_type: reader.clean(found.unwrap_or("no content type")),
        retry_after,
    };
    let body = response.body().await;

    if !(200..300).contains(&status) {
        // The status alone says what happened, so a body that can't be read only costs the message.
        let document = body.ok().filter(|_| promise != Promise::OtherThanJson);
        return Err(match document.and_then(|body| serde_json::from_slice(&body).ok()) {
            Some(document) if status >= 400 => ApiError::Reply(ErrorReply {
                retry_after,
                ..reader.error(status, &document)
            }),
            _ if promise == Promise::Json => not_json(Some("malformed JSON")),
            _ => not_json(media_type.as_deref()),
        });
    }
    let unreadable = |detail: &dyn ToString| ApiError::Unreadable {
        status,
        detail: reader.clean(&detail.to_string()),
    };
    match body {
        Ok(body) if body.trim_ascii().is_empty() && empty == Empty::Accepted => Ok(Vec::new()),
        _ if promise == Promise::OtherThanJson => Err(not_json(media_type.as_deref())),
        Ok(body) if body.trim_ascii().is_empty() => Err(unreadable(&"it is empty")),
        Ok(body) => Ok(body),
        Err(http::Error::Transport(late @ Transport::TimedOut { .. })) => Err(late.into()),
        Err(error) => Err(unreadable(&error)),
    }
}

fn promise(media_type: Option<&str>) -> Promise {
    let Some(media_type) = media_type.map(str::to_ascii_lowercase) else {
        return Promise::Nothing;
    };
    match media_type.as_str() {
        "text/plain" => Promise::Nothing,
        "application/json" | "text/json" => Promise::Json,
        other if other.ends_with("+json") => Promise::Json,
        _ => Promise::OtherThanJson,
    }
}
