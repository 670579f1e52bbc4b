//! How a deployment's log is shown.

use serde_json::{Value, json};

use super::exchange::{Exchange, Reply};
use super::roles::Run;
use crate::learn::draft::Draft;
use crate::learn::json::{arrays, has_index, leaves};
use crate::learn::value::{is_date, speaks_of, url};

const TEXTS: &[&str] = &[
    "text", "message", "msg", "line", "log", "content", "output", "payload", "body",
];

/// What the replies of the log's reads say about its form.
pub(super) fn fields(run: &Run<'_>, draft: &mut Draft) {
    let Some(read) = run.logs.iter().rev().find(|read| !is_bare(read)).or(run.logs.last()) else {
        return;
    };
    match &read.reply {
        Reply::Text => {
            draft.field("logs", "format", json!("text"));
        }
        Reply::Lines(lines) => {
            draft.field("logs", "format", json!("ndjson"));
            item_fields(lines, draft);
        }
        Reply::Json(reply) => of_json(run, reply, draft),
        Reply::Nothing => {}
    }
}

fn of_json(run: &Run<'_>, reply: &Value, draft: &mut Draft) {
    if let Some(pointer) = address(run, reply) {
        draft.field("logs", "url", json!([pointer]));
        draft.field("logs", "format", json!("text"));
        return;
    }
    let lists = arrays(reply).into_iter().filter(|(_, items)| {
        items
            .iter()
            .all(|item| item.is_string() || (item.is_object() && text_of(item).is_some()))
    });
    if let Some((pointer, items)) = lists.max_by_key(|(_, items)| items.len()) {
        draft.field("logs", "items", json!([pointer]));
        item_fields(items, draft);
    } else if let Some(pointer) = in_deployment(reply) {
        draft.field("logs", "items", json!([pointer]));
    }
}

fn item_fields(items: &[Value], draft: &mut Draft) {
    let Some(item) = items.first().filter(|item| item.is_object()) else {
        draft.field("logs", "text", json!([""]));
        return;
    };
    if let Some(pointer) = text_of(item) {
        draft.field("logs", "text", json!([pointer]));
    }
    let date = leaves(item).into_iter().find(|leaf| is_date(leaf.name(), leaf.value));
    draft.field(
        "logs",
        "time",
        json!(date.map(|leaf| leaf.pointer).into_iter().collect::<Vec<_>>()),
    );
}

/// Where an item has its line.
fn text_of(item: &Value) -> Option<String> {
    let texts = leaves(item)
        .into_iter()
        .filter(|leaf| leaf.value.is_string() && !is_date(leaf.name(), leaf.value) && speaks_of(leaf.name(), TEXTS));
    texts
        .max_by_key(|leaf| leaf.value.as_str().map_or(0, str::len))
        .map(|leaf| leaf.pointer)
}

/// Where a reply has a whole log as one text.
pub(super) fn in_deployment(reply: &Value) -> Option<String> {
    leaves(reply)
        .into_iter()
        .filter(|leaf| speaks_of(leaf.name(), &["log", "logs", "output"]) && !has_index(&leaf.pointer))
        .find(|leaf| leaf.value.as_str().is_some_and(|text| text.contains('\n')))
        .map(|leaf| leaf.pointer)
}

/// Where a reply has an address that was asked for afterwards.
fn address(run: &Run<'_>, reply: &Value) -> Option<String> {
    let asked = |text: &str| {
        url(text).is_some_and(|address| {
            let origin = address.origin().ascii_serialization();
            let path: Vec<&str> = address.path_segments().into_iter().flatten().collect();
            run.every.iter().any(|other| {
                other.origin == origin && other.segments == path && matches!(other.reply, Reply::Text | Reply::Lines(_))
            })
        })
    };
    let leaf = leaves(reply)
        .into_iter()
        .find(|leaf| leaf.value.as_str().is_some_and(asked));
    leaf.map(|leaf| leaf.pointer)
}

fn is_bare(read: &Exchange) -> bool {
    let empty = |reply: &Value| arrays(reply).iter().all(|(_, items)| items.is_empty());
    read.json()
        .is_some_and(|reply| empty(reply) && !leaves(reply).iter().any(|leaf| leaf.value.is_string()))
}
