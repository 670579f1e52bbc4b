//! How option values are written: numbers, durations, dates, pairs. Each refusal says what is allowed.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::ValueEnum;

use crate::http::parse_url;
use crate::model::{StatusClass, is_commit_hash};

/// The longest duration that is accepted: far beyond any job, and safe to add to any clock.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// What is said to who wrote no duration.
const LIKE_A_DURATION: &str = "write it like 90s, 15m, 1h30m or 90d";

/// A whole number of this range.
pub(super) fn count<N: TryFrom<u64>>(
    allowed: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number: Option<u64> = text.trim().parse().ok().filter(|number| allowed.contains(number));
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| format!("give a whole number from {} to {}", allowed.start(), allowed.end()))
    }
}

/// A number of lines.
pub(super) fn lines(text: &str) -> Result<usize, String> {
    let number = text.trim().parse();
    number.map_err(|_| "give a whole number of lines, for example 100".to_owned())
}

/// An address with its port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let address = text.trim().parse();
    address.map_err(|_| {
        "not an address with a port; write it like 127.0.0.1:8080, or 127.0.0.1:0 for a free port".to_owned()
    })
}

/// A duration as people write it: `90s`, `15m`, `1h30m`, `90d`.
///
/// # Errors
/// A text without a unit, of another form, or over ten years; the message shows the right form.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("a unit is missing; write {text}s, {text}m, {text}h or {text}d"));
    }
    let duration = humantime::parse_duration(text).map_err(|_| format!("not a duration; {LIKE_A_DURATION}"))?;
    if duration > LONGEST {
        Err("more than ten years, which is the longest".to_owned())
    } else {
        Ok(duration)
    }
}

/// A duration as [`duration`] reads it back, in the largest unit of which it is a multiple.
pub(super) fn typed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (size, unit) = [(86_400, 'd'), (3600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(size, _)| seconds > *size && seconds.is_multiple_of(*size))
        .unwrap_or((1, 's'));
    format!("{}{unit}", seconds / size)
}

/// A duration that is more than nothing.
///
/// # Errors
/// As [`duration`], and for zero.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    let zero = || Err(format!("must be more than zero; {LIKE_A_DURATION}"));
    match duration(text) {
        Ok(Duration::ZERO) => zero(),
        // Nobody is helped by a unit there.
        Err(_) if text.trim() == "0" => zero(),
        read => read,
    }
}

/// A date: RFC 3339, or `YYYY-MM-DD` (its first moment in UTC).
///
/// # Errors
/// Any other form.
pub fn date(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Ok(date.to_utc());
    }
    text.parse::<NaiveDate>()
        .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        .map_err(|_| "not a date; write it like 2026-03-31 or 2026-03-31T09:00:00Z".to_owned())
}

/// A commit's hash, maybe abbreviated.
///
/// # Errors
/// Anything but 7 to 64 hex digits.
pub fn commit(text: &str) -> Result<String, String> {
    let text = text.trim();
    if is_commit_hash(text) {
        Ok(text.to_owned())
    } else {
        Err("not a commit's hash, which has 7 to 64 hex digits; `git rev-parse HEAD` prints one".to_owned())
    }
}

/// `WORD=CLASS`.
///
/// # Errors
/// No `=`, an empty word, or a class that does not exist.
pub fn status_map(text: &str) -> Result<(String, StatusClass), String> {
    let (word, class) = pair(text, "WORD=CLASS, for example deployed=succeeded")?;
    StatusClass::from_str(&class, true)
        .map(|class| (word, class))
        .map_err(|_| format!("the class behind `=` is one of {}", StatusClass::names()))
}

/// `NAME=VALUE`.
///
/// # Errors
/// No `=`, or a name that a contract could not refer to.
pub fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text, "NAME=VALUE, for example team=web")?;
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    {
        Ok((name, value))
    } else {
        Err("the name before `=` may have letters, digits, `_` and `-`".to_owned())
    }
}

/// An absolute http(s) URL.
///
/// # Errors
/// Anything else, before a deployment would have to be proven by it.
pub fn web_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    // A parser mends much: what has no `://` was meant otherwise.
    let is_whole = text.contains("://") && !text.contains(char::is_whitespace);
    if !is_whole {
        return Err("not a URL; write it whole, like https://example.com/".to_owned());
    }
    let url = parse_url(text)?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(text.to_owned())
    } else {
        Err("an http or https URL is needed, like https://example.com/".to_owned())
    }
}

fn pair(text: &str, form: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(format!("write it as {form}")),
    }
}
