//! Durations for people.

use std::fmt;
use std::time::Duration;

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

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
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
