//! How much failure of the API is tolerated, and how it is retried.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{ApiError, Transport};
use crate::watch::later;

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);
/// How long a `Retry-After` is obeyed.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
const BUDGET_BEFORE_FIRST_ANSWER: Duration = Duration::from_secs(30);

/// How much unbroken failure is tolerated: less before the API has answered at all, since then a wrong address is as
/// likely as a weak moment.
pub fn budget(max_unreachable: Duration, reached: bool) -> Duration {
    if reached {
        max_unreachable
    } else {
        max_unreachable.min(BUDGET_BEFORE_FIRST_ANSWER)
    }
}

/// The longest back-off before try number `attempt` (from 0): 500 ms, doubling, at most 5 s.
pub fn backoff_ceiling(attempt: u32) -> Duration {
    FIRST_BACKOFF
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(LONGEST_BACKOFF)
}

/// Whether waiting can't heal this error while a deployment is watched.
pub fn is_fatal(error: &ApiError) -> bool {
    match error {
        ApiError::Transport(Transport::Certificate { .. })
        | ApiError::NotOffered { .. }
        | ApiError::Unusable { .. } => true,
        ApiError::Reply(reply) => matches!(reply.status, 401 | 403),
        ApiError::NotJson { status, .. } => *status == 401,
        ApiError::Transport(Transport::NotConnected { .. } | Transport::TimedOut { .. } | Transport::Broken { .. })
        | ApiError::Unreadable { .. }
        | ApiError::Redirect { .. }
        | ApiError::NoSuchPath { .. }
        | ApiError::Accepted
        | ApiError::Incomplete { .. } => false,
    }
}

/// A row of failures without a good answer between them.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Instant>,
    failures: u32,
}

impl Outage {
    /// Takes a failure of a request that was sent at `sent` and failed `now`. Gives when to try again, or nothing when
    /// that was the last try: one that was sent when the budget had ended. A `Retry-After` is obeyed, even past the
    /// budget's end, up to 60 s.
    pub fn failed(&mut self, error: &ApiError, sent: Instant, now: Instant, budget: Duration) -> Option<Instant> {
        let since = *self.since.get_or_insert(sent);
        let budget_ends = later(since, budget);
        if sent >= budget_ends {
            return None;
        }
        let ceiling = backoff_ceiling(self.failures);
        self.failures = self.failures.saturating_add(1);
        // "At once" (0, or a date that the server's clock has passed) must not become a storm of requests.
        Some(match error.retry_after().filter(|asked| !asked.is_zero()) {
            Some(asked) => now + asked.min(LONGEST_RETRY_AFTER),
            // Full jitter, so that many jobs that failed together do not return together.
            None => (now + ceiling.mul_f64(fastrand::f64())).min(budget_ends).max(now),
        })
    }

    /// Whether exactly one failure is on record.
    pub fn has_just_begun(&self) -> bool {
        self.failures == 1
    }

    /// How long it has lasted.
    pub fn lasted(&self, now: Instant) -> Duration {
        self.since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Takes a good answer: the budget is whole again. Gives how long the row of failures had lasted, if there was one.
    pub fn ended(&mut self, now: Instant) -> Option<Duration> {
        let lasted = self.since.map(|since| now.saturating_duration_since(since));
        *self = Self::default();
        lasted
    }
}
