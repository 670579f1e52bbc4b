//! What becomes of a request.

use std::time::Duration;

use fastrand::Rng;
use sproobo_deploy::error::ApiError;

use super::plan::{of, one_in};
use crate::support::fake_platform::{
    Fault, Reply, broken, html, not_connected, reply, reply_after, request_timed_out, secs,
};

/// The time that one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Two look-ups are at least 2 s apart, so what is there by then is seen by one of them.
const BETWEEN_LOOKUPS: Duration = Duration::from_secs(2);

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Well,
    NotConnected,
    /// Reset, or closed without a word.
    Broken,
    TimedOut,
    Status(u16),
    /// With a `Retry-After` of so many seconds.
    Later(u16, u64),
    Page(u16),
    Redirect,
    /// A 2xx whose body is cut.
    Unreadable,
    /// A 2xx that names no deployment.
    NoId,
}

/// What becomes of one request that starts a deployment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    pub(super) how: How,
    /// How long after it the deployment is created, if ever.
    pub(super) created: Option<Duration>,
}

impl How {
    pub(super) fn draw_fault(rng: &mut Rng) -> Self {
        let hows = [
            Self::NotConnected,
            Self::Broken,
            Self::TimedOut,
            Self::Status(500),
            Self::Status(502),
            Self::Later(429, 3),
            Self::Later(503, 20),
            Self::Page(200),
            Self::Page(502),
            Self::Redirect,
            Self::Unreadable,
            Self::NoId,
            Self::Status(401),
            Self::Status(403),
            Self::Status(404),
        ];
        *of(rng, &hows)
    }

    /// The error, if it is one.
    pub(super) fn error(self) -> Option<ApiError> {
        Some(match self {
            Self::Well => return None,
            Self::NotConnected => not_connected(),
            Self::Broken => broken(),
            Self::TimedOut => request_timed_out(),
            Self::Status(status) => reply(status),
            Self::Later(status, seconds) => reply_after(status, seconds),
            Self::Page(status) => html(status),
            Self::Redirect => ApiError::Redirect {
                status: 303,
                location: "https://dashboard.example/login".to_owned(),
            },
            Self::Unreadable => ApiError::Unreadable {
                status: 201,
                detail: "it is cut".to_owned(),
            },
            Self::NoId => ApiError::Incomplete { what: "id" },
        })
    }

    /// Whether an honest server has started nothing when it answers so.
    fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::NotConnected | Self::Later(..) | Self::Status(401..=407 | 409..=499) | Self::Page(400..=499)
        )
    }

    /// Whether the tool may send a request again that was answered so, if it finds no trace of it.
    pub(super) fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::Broken | Self::Status(500 | 502 | 503) | Self::Page(500 | 502 | 503)
        )
    }

    pub(super) fn takes(self) -> Duration {
        match self {
            Self::TimedOut => REQUEST_TIMEOUT,
            _ => Duration::ZERO,
        }
    }

    /// As what happens to a request that starts nothing.
    pub(super) fn fault(self) -> Option<Fault> {
        let error = self.error()?;
        Some(match self {
            Self::TimedOut => Fault::Slow(self.takes(), error),
            _ => Fault::Error(error),
        })
    }
}

impl Sending {
    /// A server that drops a request and knows no tokens is believed to be done with it within two seconds: nobody can
    /// do better than to look, wait and look again. See `docs/reliability.md`.
    pub(super) fn draw(rng: &mut Rng, honours_tokens: bool, list_lag: Duration) -> Self {
        let hows = [
            How::Well,
            How::NotConnected,
            How::Broken,
            How::Broken,
            How::Broken,
            How::TimedOut,
            How::TimedOut,
            How::Status(500),
            How::Status(502),
            How::Status(503),
            How::Status(504),
            How::Status(408),
            How::Later(503, 2),
            How::Later(429, 1),
            How::Status(429),
            How::Page(200),
            How::Page(502),
            How::Redirect,
            How::Redirect,
            How::Unreadable,
            How::NoId,
            How::Status(401),
            How::Status(402),
            How::Status(404),
            How::Status(422),
        ];
        let how = *of(rng, &hows);
        let most = if how.is_repeatable() && !honours_tokens {
            (BETWEEN_LOOKUPS - list_lag).saturating_sub(secs(1)).as_millis()
        } else {
            120_000
        };
        let late = Duration::from_millis(rng.u64(0..=u64::try_from(most).unwrap()));
        let created = match how {
            How::Well => Some(Duration::ZERO),
            _ if how.is_refusal() || one_in(rng, 3) => None,
            _ if rng.bool() => Some(Duration::ZERO),
            _ => Some(late),
        };
        Self { how, created }
    }

    pub(super) fn reply(self) -> Reply {
        Reply::Slow {
            created: self.created,
            takes: self.how.takes(),
            error: self.how.error(),
        }
    }
}
