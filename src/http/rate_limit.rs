//! What a server says of how many requests it still takes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

/// How many requests are left, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests that are left in the present window.
    pub remaining: u64,
    /// The time until the window is over and they are counted anew.
    pub reset: Duration,
}

/// Numbers from here on are dates in seconds since 1970, smaller ones are seconds from now.
const DATES: u64 = 1_000_000_000;

/// From here on they are in milliseconds.
const MILLISECONDS: u64 = 100_000_000_000;

impl RateLimit {
    /// Reads the headers at `now`, in whichever of three forms they come: `RateLimit: "name";r=50;t=30` or
    /// `RateLimit: limit=100, remaining=50, reset=30` (drafts of the IETF's HTTPAPI group, a newer and an older one),
    /// or two headers of their own, `RateLimit-Remaining` and `RateLimit-Reset`, also with `X-` before them. Of several
    /// limits the one that is used up first counts. Both numbers are needed, and what can't be read is not there.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        if let Some(limits) = text("ratelimit") {
            return one_header(limits, now);
        }
        ["", "x-"].iter().find_map(|prefix| {
            let number = |what: &str| number(text(&format!("{prefix}ratelimit-{what}"))?);
            Some(Self {
                remaining: number("remaining")?,
                reset: reset(number("reset")?, now),
            })
        })
    }

    /// The requests a second that use it up just when it is renewed.
    #[must_use]
    pub fn sustainable(self) -> f64 {
        self.remaining as f64 / self.reset.as_secs_f64().max(1.0)
    }
}

fn one_header(limits: &str, now: DateTime<Utc>) -> Option<RateLimit> {
    let newer = limits
        .split(',')
        .filter_map(|limit| parameters(limit.split(';'), "r", "t", now));
    let tightest = newer.min_by(|one, other| one.sustainable().total_cmp(&other.sustainable()));
    tightest.or_else(|| parameters(limits.split(','), "remaining", "reset", now))
}

fn parameters<'a>(
    parts: impl Iterator<Item = &'a str>,
    remaining: &str,
    until: &str,
    now: DateTime<Utc>,
) -> Option<RateLimit> {
    let (mut left, mut seconds) = (None, None);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.trim() {
            name if name.eq_ignore_ascii_case(remaining) => left = number(value),
            name if name.eq_ignore_ascii_case(until) => seconds = number(value),
            _ => {}
        }
    }
    Some(RateLimit {
        remaining: left?,
        reset: reset(seconds?, now),
    })
}

fn number(text: &str) -> Option<u64> {
    // Some send fractions of a second.
    text.trim().split('.').next()?.parse().ok()
}

fn reset(number: u64, now: DateTime<Utc>) -> Duration {
    let now = u64::try_from(now.timestamp()).unwrap_or_default();
    Duration::from_secs(match number {
        MILLISECONDS.. => (number / 1000).saturating_sub(now),
        DATES.. => number.saturating_sub(now),
        _ => number,
    })
}
