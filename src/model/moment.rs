//! Moments for people to read, in UTC. chrono's own `format` would bring a language of its own along.

use chrono::{DateTime, SecondsFormat, Utc};

/// `2026-11-26`.
pub(crate) fn day(moment: DateTime<Utc>) -> String {
    parts(moment).0
}

/// `2026-11-26 10:48`.
pub(crate) fn minute(moment: DateTime<Utc>) -> String {
    let (day, clock) = parts(moment);
    format!("{day} {}", &clock[..5])
}

/// `2026-11-26 10:48:11`.
pub(crate) fn second(moment: DateTime<Utc>) -> String {
    let (day, clock) = parts(moment);
    format!("{day} {clock}")
}

/// `10:48:11`.
pub(crate) fn clock(moment: DateTime<Utc>) -> String {
    parts(moment).1
}

/// The day, and the time of it to the second.
fn parts(moment: DateTime<Utc>) -> (String, String) {
    let mut day = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut clock = day.split_off(day.len() - "10:48:11Z".len());
    clock.truncate("10:48:11".len());
    day.truncate(day.len() - "T".len());
    (day, clock)
}
