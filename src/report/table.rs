//! Lists as tables, and their JSON twins.

use chrono::{DateTime, Utc};
use console::truncate_str;
use serde_json::{Value, json};

pub use super::columns::Table;
use super::columns::Yields;
use super::json::deployment_object;
use super::texts::{clean, status_text};
use crate::event::{Check, CheckOutcome};
use crate::model::{ApiKeyId, Deployment, Human, KeyRow, Site, moment};

/// A message, or a branch, takes at most this many columns: what tells deployments apart stands at its begin.
const MESSAGE: usize = 40;

/// A message is worth most beside the others; but a link that is cut is worth nothing, and an id or a status tells
/// something else than it should.
const OF_DEPLOYMENTS: Yields = Yields {
    beside_links: &[("MESSAGE", 16)],
    above_links: &[
        ("MESSAGE", 8),
        ("MESSAGE", 0),
        ("BRANCH", 8),
        ("BRANCH", 0),
        ("COMMIT", 8),
        ("DURATION", 0),
        (CREATED, 0),
    ],
};

const OF_SITES: Yields = Yields {
    beside_links: &[("NAME", 16)],
    above_links: &[("NAME", 8), ("NAME", 0)],
};

/// `deployments SITE`, in the order given.
pub fn deployments(items: &[Deployment]) -> Table {
    // Not every API shows what is for people.
    let with_branch = items.iter().any(|item| item.branch.is_some());
    let with_message = items.iter().any(|item| item.message.is_some());
    let mut table = Table::with(&[
        ("DEPLOYMENT", true),
        ("STATUS", true),
        ("COMMIT", true),
        ("BRANCH", with_branch),
        (CREATED, true),
        ("DURATION", true),
        ("MESSAGE", with_message),
        ("LINK", true),
    ])
    .yielding(OF_DEPLOYMENTS);
    for item in items {
        let commit: String = item.commit.iter().flat_map(|commit| commit.chars().take(12)).collect();
        let duration = item.took().map(|time| Human(time).to_string());
        let message = item.message.as_deref().unwrap_or_default();
        let link = item.dashboard_url.as_deref().or(item.url.as_deref());
        table.row(&[
            &item.id.to_string(),
            &status_text(item),
            &commit,
            &cut(item.branch.as_deref().unwrap_or("–")),
            &date(item.created_at),
            duration.as_deref().unwrap_or("–"),
            &cut(message),
            link.unwrap_or(""),
        ]);
    }
    table
}

/// Somebody's text, which may be of any length.
fn cut(text: &str) -> String {
    truncate_str(&clean(text), MESSAGE, "…").into_owned()
}

/// The same as JSON: an array of objects.
pub fn deployments_json(items: &[Deployment]) -> Value {
    items.iter().map(deployment_object).collect()
}

/// `sites`.
pub fn sites(items: &[Site]) -> Table {
    // Asking each site for it would be a request a site.
    let with_status = items.iter().any(|item| item.last_status.is_some());
    let mut table = Table::with(&[
        ("SITE", true),
        ("NAME", true),
        ("LAST STATUS", with_status),
        ("URL", true),
    ])
    .yielding(OF_SITES);
    for item in items {
        table.row(&[
            &item.id.to_string(),
            item.name.as_deref().unwrap_or("–"),
            item.last_status.as_deref().unwrap_or("–"),
            item.url.as_deref().unwrap_or(""),
        ]);
    }
    table
}

/// The same as JSON: an array of objects.
pub fn sites_json(items: &[Site]) -> Value {
    let object =
        |item: &Site| json!({ "id": item.id, "name": item.name, "url": item.url, "last_status": item.last_status });
    items.iter().map(object).collect()
}

/// `keys list`.
pub fn keys(rows: &[KeyRow]) -> Table {
    let mut table = Table::new(&["ID", "PREFIX", CREATED, "AGE", "", "NAME"]);
    for row in rows {
        let age = row.age_days.map_or("–".to_owned(), |days| format!("{days} d"));
        let mark = match (row.in_use, row.stale) {
            (true, true) => "in use, stale",
            (true, false) => "in use",
            (false, true) => "stale",
            (false, false) => "",
        };
        table.row(&[
            row.id.as_ref().map_or("–", ApiKeyId::as_str),
            row.prefix.as_deref().unwrap_or("–"),
            &date(row.created_at),
            &age,
            mark,
            row.name.as_deref().unwrap_or("–"),
        ]);
    }
    table
}

/// The same as JSON: an array of objects.
pub fn keys_json(rows: &[KeyRow]) -> Value {
    rows.iter().map(|row| json!(row)).collect()
}

/// `doctor`: one line each, with the fix.
pub fn checks(items: &[Check]) -> Table {
    let mut table = Table::new(&["CHECK", "", "DETAIL"]);
    for item in items {
        let (word, found, fix) = parts(&item.outcome);
        let fix = fix.map(|fix| format!(" → {fix}")).unwrap_or_default();
        table.row(&[item.name, word, &format!("{found}{fix}")]);
    }
    table
}

/// The same as JSON: an array of objects.
pub fn checks_json(items: &[Check]) -> Value {
    let object = |item: &Check| {
        let (word, found, fix) = parts(&item.outcome);
        json!({ "name": item.name, "outcome": word.to_lowercase(), "detail": found, "fix": fix })
    };
    items.iter().map(object).collect()
}

fn parts(outcome: &CheckOutcome) -> (&'static str, &str, Option<&str>) {
    match outcome {
        CheckOutcome::Passed(found) => ("ok", found, None),
        CheckOutcome::Warned { found, fix } => ("warning", found, Some(fix)),
        CheckOutcome::Failed { found, fix, .. } => ("FAILED", found, Some(fix)),
        CheckOutcome::Skipped(why) => ("skipped", why, None),
    }
}

/// As [`date`] tells it.
const CREATED: &str = "CREATED (UTC)";

fn date(date: Option<DateTime<Utc>>) -> String {
    date.map_or("–".to_owned(), moment::minute)
}
