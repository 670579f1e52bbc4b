//! Values at JSON pointers (RFC 6901), of which a segment may be `*`: every item of an array.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::document::Pointers;
use crate::error::ApiError;

/// Unix times from here on are milliseconds: as seconds this is the year 5138, as milliseconds 1973.
const FIRST_MILLISECONDS: f64 = 1e11;

const EACH: &str = "*";

/// What the first pointer leads to that leads to something other than null.
pub(super) fn first<'v>(value: &'v Value, pointers: &Pointers) -> Option<&'v Value> {
    found(value, pointers).next()
}

fn found<'v>(value: &'v Value, pointers: &Pointers) -> impl Iterator<Item = &'v Value> {
    pointers
        .iter()
        .filter_map(|pointer| value.pointer(pointer))
        .filter(|found| !found.is_null())
}

/// What a pointer leads to, with `null` for every item that `*` stands for and that has nothing there.
fn each<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let mut segments = pointer.split('/').skip(1);
    let mut before = String::new();
    for segment in segments.by_ref() {
        if segment == EACH {
            let after: String = segments.map(|segment| format!("/{segment}")).collect();
            let items = value.pointer(&before).and_then(Value::as_array);
            return items
                .into_iter()
                .flatten()
                .flat_map(|item| each(item, &after))
                .collect();
        }
        before.push('/');
        before.push_str(segment);
    }
    vec![value.pointer(pointer).unwrap_or(&Value::Null)]
}

/// What the first of these pointers leads to that leads to a text, a number or a boolean anywhere; nothing for what has
/// none there.
fn scalars<'v>(value: &'v Value, pointers: &Pointers) -> Vec<Option<&'v Value>> {
    let is_scalar = |found: &&Value| !found.is_null() && !found.is_array() && !found.is_object();
    pointers
        .iter()
        .map(|pointer| each(value, pointer))
        .map(|found| {
            found
                .into_iter()
                .map(|one| Some(one).filter(is_scalar))
                .collect::<Vec<_>>()
        })
        .find(|found| found.iter().any(Option::is_some))
        .unwrap_or_default()
}

fn raw(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The raw texts of the first pointer that leads to any; an empty one for an item that has none.
pub(super) fn texts(value: &Value, pointers: &Pointers) -> Vec<String> {
    let found = scalars(value, pointers);
    found.into_iter().map(|one| one.map(raw).unwrap_or_default()).collect()
}

/// The raw text of the first pointer that leads to one. Of several items, all that have one must agree.
pub(super) fn text(value: &Value, pointers: &Pointers) -> Option<String> {
    scalar(value, pointers).map(raw)
}

fn scalar<'v>(value: &'v Value, pointers: &Pointers) -> Option<&'v Value> {
    let mut found = scalars(value, pointers).into_iter().flatten();
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The raw text of an id. A number that is no whole one (or too big to be kept exactly, which reads the same) is none:
/// what it reads as would name something else.
pub(super) fn id(value: &Value, pointers: &Pointers) -> Option<String> {
    match scalar(value, pointers)? {
        Value::Number(number) if number.is_f64() => None,
        found => Some(raw(found)),
    }
}

pub(super) fn items<'v>(reply: &'v Value, pointers: &Pointers, what: &'static str) -> Result<&'v [Value], ApiError> {
    match first(reply, pointers) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(ApiError::Incomplete { what }),
    }
}

/// The earliest of the dates there.
pub(super) fn begin(value: &Value, pointers: &Pointers) -> Option<DateTime<Utc>> {
    texts(value, pointers).iter().filter_map(|text| time(text)).min()
}

/// The latest of the dates there, once every item has one.
pub(super) fn end(value: &Value, pointers: &Pointers) -> Option<DateTime<Utc>> {
    let times: Option<Vec<_>> = texts(value, pointers).iter().map(|text| time(text)).collect();
    times?.into_iter().max()
}

/// RFC 3339, or Unix seconds or milliseconds.
fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc()).filter(is_real);
    }
    // As JSON has numbers, whose reader is there anyway: the standard library's brings tables of its own.
    let number: f64 = serde_json::from_str(text).ok()?;
    let milliseconds = if number.abs() < FIRST_MILLISECONDS {
        number * 1000.0
    } else {
        number
    };
    // Saturates; what is out of chrono's range is no date.
    DateTime::from_timestamp_millis(milliseconds as i64).filter(is_real)
}

/// Not the zero that many APIs send for "none" (`0`, `0001-01-01T00:00:00Z`): as a `finished_at` it would end what runs.
fn is_real(time: &DateTime<Utc>) -> bool {
    *time > DateTime::UNIX_EPOCH
}
