//! Durations for people.

use std::fmt;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration as people read it: `45 s`, `3 min 20 s`, `1 h 5 min`, `90 d`; rounded down to its smallest unit.
///
/// ```
/// use std::time::Duration;
/// use sproobo_deploy::model::Human;
///
/// assert_eq!(Human(Duration::from_secs(130)).to_string(), "2 min 10 s");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Human(pub Duration);

impl Human {
    /// Without what is below a second: `0 s` rather than milliseconds.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(Duration::from_secs(self.0.as_secs()))
    }
}

/// An age, or the limit on one, as `90 days`: in whole days, which would hide what a limit of less than two is about. There
/// it reads as `36 h`, or shorter as [`Human`] has it.
///
/// ```
/// use std::time::Duration;
/// use sproobo_deploy::model::Age;
///
/// let hours = |count: u64| Duration::from_secs(count * 60 * 60);
/// let told = |time, limit| Age { time: hours(time), limit: hours(limit) }.to_string();
/// assert_eq!(told(30, 48), "1 days");
/// assert_eq!(told(30, 12), "30 h");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    pub time: Duration,
    /// What it is measured against; the limit itself where that is told.
    pub limit: Duration,
}

impl Age {
    /// Whole days.
    #[must_use]
    pub fn days(self) -> u64 {
        self.time.as_secs() / DAY
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.as_secs();
        if self.limit.as_secs() >= 2 * DAY || seconds >= 2 * DAY {
            return write!(f, "{} days", self.days());
        }
        match seconds {
            DAY.. => write!(f, "{} h", seconds / HOUR),
            _ => Human(self.time).fmt(f),
        }
    }
}

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (big, big_unit, small, small_unit) = match seconds {
            0 if !self.0.is_zero() => return write!(f, "{} ms", self.0.as_millis()),
            0..MINUTE => return write!(f, "{seconds} s"),
            MINUTE..HOUR => (seconds / MINUTE, "min", seconds % MINUTE, "s"),
            HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
            _ => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        };
        write!(f, "{big} {big_unit}")?;
        if small > 0 {
            write!(f, " {small} {small_unit}")?;
        }
        Ok(())
    }
}
