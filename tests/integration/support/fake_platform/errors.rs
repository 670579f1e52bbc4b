//! The errors that a script makes the fake answer with.

use sproobo_deploy::error::{ApiError, ErrorReply, Transport};

use super::{id, secs};

/// What an API says that words nothing but the status.
pub(crate) fn bare_reply(status: u16) -> ErrorReply {
    ErrorReply {
        status,
        code: None,
        message: None,
        deployment: None,
        retry_after: None,
        billing: false,
        destination: None,
        unplaced: false,
    }
}

pub(crate) fn reply(status: u16) -> ApiError {
    ApiError::Reply(bare_reply(status))
}

pub(crate) fn reply_after(status: u16, seconds: u64) -> ApiError {
    ApiError::Reply(ErrorReply {
        retry_after: Some(secs(seconds)),
        ..bare_reply(status)
    })
}

pub(crate) fn conflict(running: Option<&str>) -> ApiError {
    ApiError::Reply(ErrorReply {
        deployment: running.map(id),
        ..bare_reply(409)
    })
}

pub(crate) fn html(status: u16) -> ApiError {
    ApiError::NotJson {
        status,
        content_type: "text/html".to_owned(),
        retry_after: None,
    }
}

pub(crate) fn broken() -> ApiError {
    ApiError::Transport(Transport::Broken {
        detail: "reset by peer".to_owned(),
    })
}

pub(crate) fn not_connected() -> ApiError {
    ApiError::Transport(Transport::NotConnected {
        host: "dashboard.example:443".to_owned(),
        detail: "connection refused".to_owned(),
    })
}

pub(crate) fn request_timed_out() -> ApiError {
    ApiError::Transport(Transport::TimedOut { after: secs(30) })
}
