//! The run's clock: one date and one instant, so that dates follow the same (pausable) clock as timers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::error::{CancelOutcome, Error, Phase};
use crate::model::TimeLimit;

/// How far ahead an instant may be; beyond it a limit means "never", and adding it could overflow.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The instant that lies `by` after `from`, for durations that people may choose; more than ten years count as ten.
pub(crate) fn later(from: Instant, by: Duration) -> Instant {
    from + by.min(FAR)
}

/// When a run's time is over, and what sets that limit.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    pub at: Instant,
    pub why: TimeLimit,
}

impl Deadline {
    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.at
    }

    pub fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// The end of a run whose time ran out while it was doing this.
    pub fn timed_out(&self, phase: Phase) -> Error {
        Error::TimedOut {
            limit: self.why,
            phase,
            cancel: CancelOutcome::NotAsked,
        }
    }
}

/// When the run began, by the calendar and by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    date: DateTime<Utc>,
    began: Instant,
}

impl RunClock {
    /// A run that begins now, at this date.
    pub fn starting_at(date: DateTime<Utc>) -> Self {
        Self {
            date,
            began: Instant::now(),
        }
    }

    /// The present date. A step of the system's clock during the run does not move it.
    pub fn now(&self) -> DateTime<Utc> {
        chrono::Duration::from_std(self.elapsed())
            .ok()
            .and_then(|elapsed| self.date.checked_add_signed(elapsed))
            .unwrap_or(self.date)
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// When this limit ends the run; one of more than ten years counts as ten.
    pub fn deadline(&self, why: TimeLimit) -> Deadline {
        Deadline {
            at: later(self.began, why.duration()),
            why,
        }
    }
}
