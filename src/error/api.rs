//! Why a call to the API gave no usable answer.

use std::time::Duration;

use super::{ExitCode, Transport};
use crate::model::{DeploymentId, Start};

/// An error reply that the API worded itself: a status of 400 or more with a JSON body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReply {
    pub status: u16,
    /// The API's error code, redacted and sanitized.
    pub code: Option<String>,
    /// The API's message, redacted and sanitized.
    pub message: Option<String>,
    /// The deployment that the error is about (409: the one that is running).
    pub deployment: Option<DeploymentId>,
    /// How long to wait before the next try, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Whether code or message has one of the contract's billing words.
    pub billing: bool,
    /// Where the request went, if that is known.
    pub destination: Option<Box<Destination>>,
    /// A 404 that does not say what is missing: the site or deployment that was asked for, or the path.
    pub unplaced: bool,
}

/// Where a request went, and which part of the contract sent it there. Texts are redacted and sanitized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The operation's name in the contract.
    pub operation: &'static str,
    pub method: String,
    pub base_url: String,
    /// What stands behind the base URL, without a query.
    pub path: String,
}

/// Why a call to the API gave no usable answer. Texts are redacted and sanitized.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Lost on the way.
    #[error(transparent)]
    Transport(#[from] Transport),
    /// A 2xx whose body is cut, too large, or not the JSON that its header promised.
    #[error("HTTP {status}, but its body can't be read: {detail}")]
    Unreadable { status: u16, detail: String },
    /// An answer of another type than JSON.
    #[error("HTTP {status} with {content_type} where JSON was expected")]
    NotJson {
        status: u16,
        /// The media type, or "no content type".
        content_type: String,
        /// How long to wait before the next try, from `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A redirect: not followed, since the key would go along.
    #[error("HTTP {status}, a redirect to {location} (not followed: the key would go along)")]
    Redirect {
        status: u16,
        /// The target, or "nowhere".
        location: String,
    },
    /// An error that the API worded itself.
    #[error("{}", describe_reply(.0))]
    Reply(ErrorReply),
    /// A 2xx that names no deployment, as the contract says (`"reply": "accepted"`).
    #[error("the API took it without saying which deployment it is")]
    Accepted,
    /// A 404 with JSON where nothing shows that the path exists: more likely a wrong path than a wrong id.
    #[error("{}: nothing shows that the API has the path {} below {}, which the contract gives for `{}`", describe_reply(.reply), .destination.path, .destination.base_url, .destination.operation)]
    NoSuchPath {
        reply: Box<ErrorReply>,
        destination: Box<Destination>,
    },
    /// A 2xx with JSON that lacks what the contract promises.
    #[error("the reply holds no {what} where the contract says")]
    Incomplete { what: &'static str },
    /// The contract's operation is `null`.
    #[error("the contract does not offer the operation `{operation}`")]
    NotOffered {
        /// The operation's name in the contract.
        operation: &'static str,
    },
    /// A request could not be built from the contract (a variable without a value, a bad header).
    #[error("the contract's operation `{operation}` can't be used: {detail}")]
    Unusable {
        /// The operation's name in the contract.
        operation: &'static str,
        detail: String,
    },
}

fn describe_reply(reply: &ErrorReply) -> String {
    let mut text = format!("HTTP {}", reply.status);
    if let Some(message) = &reply.message {
        text.push_str(": ");
        text.push_str(message);
    }
    if let Some(code) = reply.code.as_ref().filter(|code| reply.message.as_ref() != Some(*code)) {
        text.push_str(&format!(" ({code})"));
    }
    text
}

impl ApiError {
    /// The HTTP status, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unreadable { status, .. } | Self::NotJson { status, .. } | Self::Redirect { status, .. } => {
                Some(*status)
            }
            Self::Reply(reply) => Some(reply.status),
            Self::NoSuchPath { reply, .. } => Some(reply.status),
            Self::Transport(_)
            | Self::Accepted
            | Self::Incomplete { .. }
            | Self::NotOffered { .. }
            | Self::Unusable { .. } => None,
        }
    }

    /// What the server asked us to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotJson { retry_after, .. } => *retry_after,
            Self::Reply(reply) => reply.retry_after,
            _ => None,
        }
    }

    /// Whether it came with a 2xx: what was asked for was accepted, but the reply doesn't say what became of it.
    #[must_use]
    pub fn is_acceptance(&self) -> bool {
        matches!(self, Self::Incomplete { .. } | Self::Accepted)
            || self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// What it says of a request that may have started something, as a clause.
    #[must_use]
    pub fn as_loss(&self, start: Start) -> String {
        match self {
            Self::Accepted => format!("the {start} was taken, without a word on which deployment it is"),
            lost => format!("the {start}'s reply was lost ({lost})"),
        }
    }

    /// Whether it is a 404 that may be about the id that was asked for, or about a path that the API does not have.
    #[must_use]
    pub fn is_unplaced(&self) -> bool {
        matches!(self, Self::Reply(reply) if reply.unplaced)
    }

    /// The same as an error about the path, if it is [unplaced](Self::is_unplaced).
    #[must_use]
    pub fn as_no_such_path(self) -> Self {
        match self {
            Self::Reply(reply) if reply.unplaced => match reply.destination.clone() {
                Some(destination) => Self::NoSuchPath {
                    reply: Box::new(reply),
                    destination,
                },
                None => Self::Reply(reply),
            },
            other => other,
        }
    }

    /// Whether the answer was one that the contract has no place for (a page, a redirect, a reply without its fields).
    #[must_use]
    pub fn is_outside_contract(&self) -> bool {
        match self {
            Self::NotJson { status, .. } => *status < 500 && !matches!(status, 401 | 408 | 429),
            Self::Redirect { .. } | Self::Incomplete { .. } | Self::Unreadable { .. } | Self::NoSuchPath { .. } => true,
            Self::Reply(reply) => reply.status == 405,
            Self::Transport(_) | Self::Accepted | Self::NotOffered { .. } | Self::Unusable { .. } => false,
        }
    }

    /// The exit code of a command that this error ended.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Transport(_) | Self::Accepted => ExitCode::CouldNotTell,
            Self::NotOffered { .. } | Self::Unusable { .. } => ExitCode::Usage,
            Self::Unreadable { .. } | Self::Redirect { .. } | Self::Incomplete { .. } | Self::NoSuchPath { .. } => {
                ExitCode::OutsideContract
            }
            Self::NotJson { status: 401, .. } => ExitCode::Key,
            Self::NotJson { .. } if self.is_outside_contract() => ExitCode::OutsideContract,
            Self::NotJson { .. } => ExitCode::CouldNotTell,
            Self::Reply(reply) => match reply.status {
                401 => ExitCode::Key,
                403 if !reply.billing => ExitCode::Key,
                405 => ExitCode::OutsideContract,
                408 | 429 | 500.. => ExitCode::CouldNotTell,
                _ => ExitCode::Refused,
            },
        }
    }
}
