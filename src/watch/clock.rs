//! The run's clock: one date and one instant, so that dates follow the same (pausable) clock as timers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::error::{CancelOutcome, Error, Phase};
use crate::model::TimeLimit;

/// How far ahead an instant may be; beyond it a limit means "never", and adding it could overflow.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// After a run's limit, until when the last question may be answered…
const LAST_CHECK: Duration = Duration::from_secs(5);
/// … and the log read. Then there are 4 s for a cancellation, 2 s for the key check and 1 s for the outputs: never more
/// than 15 s in all. They are instants, not shares, so that nothing adds up.
const LAST_LOG: Duration = Duration::from_secs(8);

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

    /// How long a last question may take, at most `most`, where there is still one to ask at or after the limit.
    pub fn for_last_check(&self, most: Duration) -> Duration {
        self.for_rest(LAST_CHECK, most)
    }

    /// How long the log may be read once the verdict is known.
    pub fn for_log(&self, most: Duration) -> Duration {
        self.for_rest(LAST_LOG, most)
    }

    fn for_rest(&self, grace: Duration, most: Duration) -> Duration {
        (self.at + grace).saturating_duration_since(Instant::now()).min(most)
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

    /// The date of its begin.
    pub fn began(&self) -> DateTime<Utc> {
        self.date
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
