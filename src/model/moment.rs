//! Moments for people to read, in UTC. chrono's own `format` would bring a language of its own along.

use chrono::{DateTime, SecondsFormat, Utc};

/// `2026-11-26`.
pub(crate) fn day(moment: DateTime<Utc>) -> String {
    without(moment, " 10:48:11")
}

/// `2026-11-26 10:48`.
pub(crate) fn minute(moment: DateTime<Utc>) -> String {
    without(moment, ":11")
}

/// `2026-11-26 10:48:11`.
pub(crate) fn second(moment: DateTime<Utc>) -> String {
    let mut text = moment.to_rfc3339_opts(SecondsFormat::Secs, true).replace('T', " ");
    text.truncate(text.len() - "Z".len());
    text
}

/// `10:48:11`.
pub(crate) fn clock(moment: DateTime<Utc>) -> String {
    let mut text = second(moment);
    text.split_off(text.len() - "10:48:11".len())
}

/// To the second, but for so much of its end.
fn without(moment: DateTime<Utc>, end: &str) -> String {
    let mut text = second(moment);
    text.truncate(text.len() - end.len());
    text
}
