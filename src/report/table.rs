//! Lists as aligned tables, and their JSON twins.

use chrono::{DateTime, Utc};
use console::{Alignment, measure_text_width, pad_str, truncate_str};
use serde_json::{Value, json};

use super::json::deployment_object;
use super::texts::{clean, status_text};
use crate::event::{Check, CheckOutcome};
use crate::model::{ApiKeyId, Deployment, Human, KeyRow, Site};

/// Between columns.
const GAP: &str = "  ";

/// A last column is never wrapped to fewer of a terminal's columns than this.
const NARROWEST: usize = 16;

/// A message, or a branch, takes at most this many columns: what tells deployments apart stands at its begin.
const MESSAGE: usize = 40;

/// A table of text, without colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Which of a row's cells have a column.
    shown: Vec<bool>,
}

impl Table {
    /// A table with this header.
    pub fn new(header: &[&str]) -> Self {
        Self::with(&header.iter().map(|&name| (name, true)).collect::<Vec<_>>())
    }

    /// The same, where not every column is shown; the rows have a cell for each all the same.
    fn with(columns: &[(&str, bool)]) -> Self {
        let mut table = Self {
            rows: Vec::new(),
            shown: columns.iter().map(|(_, shown)| *shown).collect(),
        };
        table.row(&columns.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        table
    }

    /// Adds a row; cells become single clean lines.
    pub fn row(&mut self, cells: &[&str]) {
        let shown = cells.iter().zip(&self.shown).filter(|(_, shown)| **shown);
        self.rows.push(shown.map(|(cell, _)| clean(cell)).collect());
    }

    /// The lines. With a `width` (a terminal's, in columns) the last column is wrapped between words to fit it; nothing is ever cut.
    pub fn render(&self, width: Option<usize>) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell_width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(cell_width).collect();
        let before_last: usize = widths.iter().rev().skip(1).map(|width| width + GAP.len()).sum();
        let room = width.map(|width| width.saturating_sub(before_last).max(NARROWEST));
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column + 1 == columns {
                    line.push_str(&wrap(cell, room).join(&format!("\n{:before_last$}", "")));
                } else {
                    line.push_str(&pad_str(cell, *width, Alignment::Left, None));
                    line.push_str(GAP);
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The cell's lines of at most `room` columns; a longer word (a link) stays whole.
fn wrap(cell: &str, room: Option<usize>) -> Vec<String> {
    let room = room.unwrap_or(usize::MAX);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in cell.split(' ') {
        let length = measure_text_width(word);
        match lines.last_mut() {
            Some(line) if used > 0 && used + 1 + length <= room => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            Some(line) if used == 0 => {
                line.push_str(word);
                used = length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}

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
    ]);
    for item in items {
        let commit: String = item.commit.iter().flat_map(|commit| commit.chars().take(12)).collect();
        let duration = item.duration().map(|time| Human(time).to_string());
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
    ]);
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
    date.map_or("–".to_owned(), |date| date.format("%Y-%m-%d %H:%M").to_string())
}
