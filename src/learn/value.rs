//! What a text is, judged by its looks alone.

use chrono::DateTime;
use serde_json::Value;
use url::Url;

pub(super) use crate::model::name_parts;

/// Ids longer than this are none: they are tokens, signatures or whole texts.
const LONGEST_ID: usize = 128;

/// Status words longer than this are none: they are sentences.
const LONGEST_WORD: usize = 32;

/// Unix times between these (2001 and 2128, in seconds) are dates, where a member's name says so too.
const UNIX_SECONDS: std::ops::Range<f64> = 1e9..5e9;

/// The text of a string or a whole number; ids come as both.
pub(super) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a value can name one deployment, site or account.
pub(super) fn is_id(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_some_and(|number| number > 0),
        Value::String(text) => is_id_text(text),
        _ => false,
    }
}

fn is_id_text(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/' | b'$' | b'=');
    !text.is_empty()
        && text.len() <= LONGEST_ID
        && text.bytes().all(plain)
        && !text.starts_with('/')
        && (text.bytes().any(|byte| byte.is_ascii_digit()) || text.len() >= 16)
        && !is_date_text(text)
        && !is_url(text)
}

/// A full commit hash: SHA-1 or SHA-256.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An absolute http(s) address.
pub(super) fn is_url(text: &str) -> bool {
    url(text).is_some()
}

pub(super) fn url(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

/// A date as the contract reads one; a number only where `name` speaks of a time.
pub(super) fn is_date(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => is_date_text(text),
        Value::Number(number) => number.as_f64().is_some_and(|number| {
            let seconds = if number > UNIX_SECONDS.end {
                number / 1000.0
            } else {
                number
            };
            UNIX_SECONDS.contains(&seconds) && speaks_of_time(name)
        }),
        _ => false,
    }
}

fn is_date_text(text: &str) -> bool {
    text.len() >= 20 && DateTime::parse_from_rfc3339(text).is_ok()
}

fn speaks_of_time(name: &str) -> bool {
    let parts = name_parts(name);
    let told = [
        "at",
        "on",
        "time",
        "date",
        "timestamp",
        "created",
        "ready",
        "started",
        "finished",
        "ended",
        "completed",
    ];
    parts.iter().any(|part| told.contains(&part.as_str()))
}

/// A short word or two, as status fields hold.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.'))
        && text.matches(' ').count() <= 3
        && !is_opaque(text)
}

/// A text that says nothing to a reader: random, or a hash, a number, an id.
pub(super) fn is_opaque(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    if is_version(text) {
        return false;
    }
    let mixed_case = text
        .bytes()
        .zip(text.bytes().skip(1))
        .filter(|(one, next)| one.is_ascii_lowercase() && next.is_ascii_uppercase())
        .count();
    digits >= 3
        || letters == 0
        || (digits > 0 && !digits_end_words(text))
        || (text.len() >= 16 && mixed_case >= 4)
        || (text.len() > 24 && !text.contains(['-', '_', ' ', '.']))
}

/// `v2`, `v1beta1`, `2024-01` is none.
fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else {
        return false;
    };
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let rest = ["alpha", "beta"]
        .iter()
        .find_map(|stage| rest.strip_prefix(stage))
        .unwrap_or(rest);
    text.len() <= 10 && text.len() > 1 && rest.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether every digit stands at the end of a word of letters (`oauth2`, `s3`, `step-2`).
fn digits_end_words(text: &str) -> bool {
    text.split(['-', '_', '.', ' ']).all(|word| {
        let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        stem.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether a name may be shown: an identifier of code, not a value used as a member's name.
pub(super) fn is_name(text: &str) -> bool {
    // Batched calls have numbers for names.
    if matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    text.len() <= 64
        && text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$'))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$'))
        && !is_opaque_name(text)
}

/// Names are longer and more mixed than words, so only what is surely no name counts.
fn is_opaque_name(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Whether a name has one of these words.
pub(super) fn speaks_of(name: &str, words: &[&str]) -> bool {
    name_parts(name).iter().any(|part| words.contains(&part.as_str()))
}

/// A header's name as people write it; recordings have it in lower case.
pub(super) fn header_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}
