//! What a terminal's lines say in the columns that there are: what matters least goes first.

use std::time::Duration;

use console::{measure_text_width, truncate_str};

use super::progress::Progress;
use super::texts::{clean, short_commit};

/// A site's line while its run goes on.
#[derive(Debug)]
pub(super) struct SiteLine {
    pub(super) text: String,
    /// The deployment's link, if the line has no room for it.
    pub(super) left_out: Option<String>,
}

impl SiteLine {
    /// The deployment's link is worth more than how long it will take. Where there is no room for it, its id is.
    pub(super) fn of(name: &str, progress: &Progress, at: Duration, columns: usize) -> Self {
        let now = format!("{name}  {}", progress.now(at));
        let outlook = progress.outlook(at);
        let (id, place) = (gap(progress.id()), gap(&progress.place()));
        let mut shorter = [
            (format!("{now}{outlook}{place}"), true),
            (format!("{now}{place}"), true),
            (format!("{now}{outlook}{id}"), false),
            (format!("{now}{id}"), false),
        ]
        .into_iter()
        .map(|(text, has_link)| (clean(&text), has_link));
        let fitting = shorter.find(|(text, _)| measure_text_width(text) <= columns);
        let (text, has_link) = fitting.unwrap_or_else(|| (clean(&now), false));
        Self {
            text,
            left_out: progress.link().filter(|_| !has_link).map(ToOwned::to_owned),
        }
    }
}

fn gap(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("  {text}"),
    }
}

/// What is cut to fewer columns says nothing.
const SHORTEST_SUBJECT: usize = 8;

/// What is deployed, on one line: `Deploying 9dbb606 "Add the new checkout page" (main)`.
pub(super) fn heading(
    verb: &str,
    commit: Option<&str>,
    message: Option<&str>,
    git_ref: Option<&str>,
    columns: usize,
) -> String {
    let commit = commit
        .map(|commit| format!(" {}", short_commit(commit)))
        .unwrap_or_default();
    let branch = git_ref.map(|name| format!(" ({})", clean(name))).unwrap_or_default();
    let subject = message
        .and_then(|message| message.lines().next())
        .map(str::trim)
        .unwrap_or_default();
    let start = clean(&format!("{verb}{commit}"));
    // With its blank, the quotes, and a word at least.
    let room = columns.saturating_sub(measure_text_width(&start) + measure_text_width(&branch) + 3);
    if subject.is_empty() || room < SHORTEST_SUBJECT {
        return format!("{start}{branch}");
    }
    format!("{start} \"{}\"{branch}", truncate_str(&clean(subject), room, "…"))
}
