//! The faults of the scenario `flaky`: a fixed script for each site on its own.
//!
//! Triggers: the first is refused with 429 and `Retry-After: 1`; the second creates the deployment, but the connection
//! closes without a reply; later ones are answered. Reads of one deployment: closed without a reply, 500 JSON, 502 HTML,
//! 503 with `Retry-After: 1`, a good answer, closed without a reply, then good answers only.

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;

use super::reply::{HttpReply, Refusal, Reply};

/// What happens to a trigger.
pub(super) enum TriggerFault {
    /// Nothing is created; this is the answer.
    Refused(Reply),
    /// The deployment is created, and the answer gets lost.
    ReplyLost,
}

/// How far one site's script has been played.
#[derive(Default)]
pub(super) struct Faults {
    triggers: u32,
    reads: u32,
}

impl Faults {
    /// The fault that the next trigger meets.
    pub(super) fn next_trigger(&mut self) -> Option<TriggerFault> {
        self.triggers = self.triggers.saturating_add(1);
        match self.triggers {
            1 => Some(TriggerFault::Refused(retry_later(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "too many requests; nothing was started",
            ))),
            2 => Some(TriggerFault::ReplyLost),
            _ => None,
        }
    }

    /// What the next read of a deployment gets instead of its answer.
    pub(super) fn next_read(&mut self) -> Option<Reply> {
        self.reads = self.reads.saturating_add(1);
        match self.reads {
            1 | 6 => Some(Reply::Hangup),
            2 => Some(Reply::Send(
                Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal_error",
                    "an internal error, for rehearsal",
                )
                .into(),
            )),
            3 => Some(Reply::Send(HttpReply::html(
                StatusCode::BAD_GATEWAY,
                "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n".to_owned(),
            ))),
            4 => Some(retry_later(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "down for a moment, for rehearsal",
            )),
            _ => None,
        }
    }
}

fn retry_later(status: StatusCode, code: &'static str, message: &'static str) -> Reply {
    Reply::Send(HttpReply::from(Refusal::new(status, code, message)).with_header(RETRY_AFTER, "1"))
}
