//! What an error says about a request that starts a deployment.

use crate::error::{ApiError, Transport};

/// What may have come of a request that starts a deployment, and was answered by an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// Nothing was started, and a later try may be served.
    Refused,
    /// It may have been started.
    Lost {
        /// Whether the request may be sent again once look-ups have found nothing. Not after a time-out: the server
        /// may still be at work on it.
        repeatable: bool,
    },
    /// Nothing was started, since another deployment is running.
    Conflict,
    /// Nothing was started, and trying again is no use.
    Final,
}

/// Classifies the error of a request that starts a deployment (a trigger or a rollback).
pub fn classify(error: &ApiError) -> SendOutcome {
    match error {
        ApiError::Transport(Transport::NotConnected { .. }) => SendOutcome::Refused,
        ApiError::Transport(Transport::Broken { .. }) => SendOutcome::Lost { repeatable: true },
        // A redirect may come after the deployment was created, as from a form.
        ApiError::Transport(Transport::TimedOut { .. })
        | ApiError::Unreadable { .. }
        | ApiError::Redirect { .. }
        // Nothing is lost but its name, and that is looked up in the same way.
        | ApiError::Accepted => SendOutcome::Lost { repeatable: false },
        ApiError::Reply(reply) if reply.status == 409 => SendOutcome::Conflict,
        ApiError::Reply(_) | ApiError::NotJson { .. } => by_status(error.status(), error.retry_after().is_some()),
        ApiError::Transport(Transport::Certificate { .. })
        | ApiError::NoSuchPath { .. }
        | ApiError::Incomplete { .. }
        | ApiError::NotOffered { .. }
        | ApiError::Unusable { .. } => SendOutcome::Final,
    }
}

fn by_status(status: Option<u16>, says_when: bool) -> SendOutcome {
    match status {
        Some(429) => SendOutcome::Refused,
        Some(503) if says_when => SendOutcome::Refused,
        Some(500 | 502 | 503) => SendOutcome::Lost { repeatable: true },
        Some(408 | 500..=599) => SendOutcome::Lost { repeatable: false },
        _ => SendOutcome::Final,
    }
}
