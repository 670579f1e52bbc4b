//! Lists as aligned tables, and their JSON twins.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::json::deployment_object;
use super::texts::{clean, status_text};
use crate::model::{ApiKeyInfo, Deployment, Human, Site};

/// Between columns.
const GAP: &str = "  ";

/// A last column is never cut to fewer characters than this.
const NARROWEST: usize = 16;

/// A table of text, without colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this header.
    #[must_use]
    pub fn new(header: &[&str]) -> Self {
        Self {
            rows: vec![header.iter().map(|&name| name.to_owned()).collect()],
        }
    }

    /// Adds a row; cells become single clean lines.
    pub fn row(&mut self, cells: &[&str]) {
        self.rows.push(cells.iter().map(|cell| clean(cell)).collect());
    }

    /// The lines. With a `width` (a terminal's, in characters) the last column is cut to fit; without one nothing is.
    #[must_use]
    pub fn render(&self, width: Option<usize>) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell_width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(cell_width).collect();
        let before_last: usize = widths.iter().rev().skip(1).map(|width| width + GAP.len()).sum();
        let room = width.map(|width| width.saturating_sub(before_last).max(NARROWEST));
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column + 1 == columns {
                    line.push_str(&cut(cell, room));
                } else {
                    line.push_str(&format!("{cell:width$}{GAP}"));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn cut(cell: &str, room: Option<usize>) -> String {
    match room {
        Some(room) if cell.chars().count() > room => cell.chars().take(room - 1).chain(['…']).collect(),
        _ => cell.to_owned(),
    }
}

/// `deployments SITE`, in the order given.
#[must_use]
pub fn deployments(items: &[Deployment]) -> Table {
    let mut table = Table::new(&["DEPLOYMENT", "STATUS", "COMMIT", "CREATED", "DURATION", "LINK"]);
    for item in items {
        let commit: String = item.commit.iter().flat_map(|commit| commit.chars().take(12)).collect();
        let duration = item.duration().map(|time| Human(time).to_string());
        let link = item.dashboard_url.as_deref().or(item.url.as_deref());
        table.row(&[
            &item.id.to_string(),
            &status_text(item),
            &commit,
            &date(item.created_at),
            duration.as_deref().unwrap_or("–"),
            link.unwrap_or(""),
        ]);
    }
    table
}

/// The same as JSON: an array of objects.
#[must_use]
pub fn deployments_json(items: &[Deployment]) -> Value {
    items.iter().map(deployment_object).collect()
}

/// `sites`.
#[must_use]
pub fn sites(items: &[Site]) -> Table {
    let mut table = Table::new(&["SITE", "NAME", "URL"]);
    for item in items {
        let name = item.name.as_deref().unwrap_or("–");
        table.row(&[&item.id.to_string(), name, item.url.as_deref().unwrap_or("")]);
    }
    table
}

/// The same as JSON: an array of objects.
#[must_use]
pub fn sites_json(items: &[Site]) -> Value {
    let object = |item: &Site| json!({ "id": item.id, "name": item.name, "url": item.url });
    items.iter().map(object).collect()
}

/// A key of `keys list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// As Sproobo lists it.
    pub info: ApiKeyInfo,
    /// Its age, if its date is known.
    pub age: Option<Duration>,
    /// At or past the limit.
    pub stale: bool,
    /// Whether it is the key in use.
    pub in_use: bool,
}

/// `keys list`.
#[must_use]
pub fn keys(rows: &[KeyRow]) -> Table {
    let mut table = Table::new(&["PREFIX", "CREATED", "AGE", "", "NAME"]);
    for row in rows {
        let age = row.age.map_or("–".to_owned(), |age| format!("{} d", days(age)));
        let mark = match (row.in_use, row.stale) {
            (true, true) => "in use, stale",
            (true, false) => "in use",
            (false, true) => "stale",
            (false, false) => "",
        };
        table.row(&[
            row.info.prefix.as_deref().unwrap_or("–"),
            &date(row.info.created_at),
            &age,
            mark,
            row.info.name.as_deref().unwrap_or("–"),
        ]);
    }
    table
}

/// The same as JSON: an array of objects.
#[must_use]
pub fn keys_json(rows: &[KeyRow]) -> Value {
    rows.iter()
        .map(|row| {
            json!({
                "id": row.info.id,
                "name": row.info.name,
                "prefix": row.info.prefix,
                "created_at": row.info.created_at,
                "age_days": row.age.map(days),
                "stale": row.stale,
                "in_use": row.in_use,
            })
        })
        .collect()
}

/// How a check of `doctor` came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Good,
    /// Works, but is worth a look.
    Doubtful,
    /// Has to be mended.
    Bad,
    /// Could not be tried.
    Skipped,
}

/// A check of `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// How to mend it, if it has to be.
    pub fix: Option<String>,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "warning",
            Self::Bad => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

/// `doctor`: one line each, with the fix.
#[must_use]
pub fn checks(items: &[Check]) -> Table {
    let mut table = Table::new(&["CHECK", "", "DETAIL"]);
    for item in items {
        let fix = item.fix.as_ref().map(|fix| format!(" → {fix}")).unwrap_or_default();
        table.row(&[&item.name, item.outcome.word(), &format!("{}{fix}", item.detail)]);
    }
    table
}

/// The same as JSON: an array of objects.
#[must_use]
pub fn checks_json(items: &[Check]) -> Value {
    let object = |item: &Check| {
        let outcome = item.outcome.word().to_lowercase();
        json!({ "name": item.name, "outcome": outcome, "detail": item.detail, "fix": item.fix })
    };
    items.iter().map(object).collect()
}

fn date(date: Option<DateTime<Utc>>) -> String {
    date.map_or("–".to_owned(), |date| date.format("%Y-%m-%d %H:%M").to_string())
}

fn days(age: Duration) -> u64 {
    age.as_secs() / (24 * 60 * 60)
}
