//! How long a server asks us to wait.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The wait that a `Retry-After` value asks for at `now`: seconds or an HTTP date (RFC 9110, section 10.2.3).
///
/// A date in the past is no wait; anything else than these two forms is nothing. The cap is the caller's.
#[must_use]
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still a very long wait, not none.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}
