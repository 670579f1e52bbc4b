//! The summary's time line: a Gantt chart in Mermaid.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::markdown::Markdown;
use super::texts::{last_status, phase, status_text};
use crate::event::{SiteEvent, SiteResult};
use crate::model::{SiteId, moment};

/// A run that was over sooner has nothing to see in a chart.
const WORTH_A_CHART: Duration = Duration::from_secs(30);

/// More sites or entries than this are not drawn.
const MOST: usize = 60;

/// What begins a statement of its own in a Gantt chart (mermaid, gantt.jison), where a task's name is expected; so does
/// a digit, as a date.
const KEYWORDS: [&str; 19] = [
    "accdescr",
    "acctitle",
    "axisformat",
    "call",
    "click",
    "dateformat",
    "excludes",
    "gantt",
    "href",
    "includes",
    "inclusiveenddates",
    "section",
    "tickinterval",
    "title",
    "todaymarker",
    "topaxis",
    "vert",
    "weekday",
    "weekend",
];

/// What the sites were at, and when.
pub(super) struct TimeLine {
    began: DateTime<Utc>,
    entries: Vec<Entry>,
}

/// A site got into this status at this time.
struct Entry {
    site: SiteId,
    at: Duration,
    name: String,
}

impl TimeLine {
    pub(super) fn new(began: DateTime<Utc>) -> Self {
        Self {
            began,
            entries: Vec::new(),
        }
    }

    pub(super) fn note_down(&mut self, site: &SiteId, at: Duration, what: &SiteEvent) {
        let name = match what {
            SiteEvent::Found { deployment, .. } => last_status(deployment),
            SiteEvent::Status { deployment } => status_text(deployment),
            SiteEvent::Reachable { .. } => "API reachable again".to_owned(),
            SiteEvent::TriggerRetry { .. } => return,
            _ => match phase(what) {
                Some(phase) => phase.to_owned(),
                None => return,
            },
        };
        let last = self.entries.iter().rev().find(|entry| entry.site == *site);
        if last.is_none_or(|entry| entry.name != name) {
            let site = site.clone();
            self.entries.push(Entry { site, at, name });
        }
    }

    /// The chart by UTC, or nothing if the run was short.
    ///
    /// Begins as dates and lengths in seconds: mermaid 11 draws `dateFormat X` as one heap of bars, unlike mermaid 10.
    pub(super) fn chart(&self, md: &Markdown<'_>, sites: &[SiteResult]) -> Option<String> {
        if sites.iter().all(|site| site.duration < WORTH_A_CHART) {
            return None;
        }
        let mut chart = String::new();
        for site in sites.iter().take(MOST) {
            let entries: Vec<&Entry> = self.entries.iter().filter(|entry| entry.site == site.site).collect();
            let Some(last) = entries.last() else { continue };
            let name = label(&md.redacted(&site.site.to_string()));
            chart.push_str(&format!("    section {name}\n"));
            let ends = entries.iter().skip(1).map(|entry| entry.at);
            let ends = ends.chain([site.duration.max(last.at)]);
            for (entry, end) in entries.iter().zip(ends).take(MOST) {
                let name = label(&md.redacted(&entry.name));
                let from = moment::second(self.began + entry.at);
                // A bar needs a length.
                let length = end.saturating_sub(entry.at).as_secs().max(1);
                chart.push_str(&format!("    {name} :{from}, {length}s\n"));
            }
        }
        (!chart.is_empty()).then(|| {
            format!("```mermaid\ngantt\n    dateFormat YYYY-MM-DD HH:mm:ss\n    axisFormat %H:%M:%S\n{chart}```\n")
        })
    }
}

/// A name in a chart: Mermaid gives `:`, `;`, `#`, `%` and quotes a meaning and knows no escape for them.
fn label(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || " -_.()".contains(c);
    let name: String = name
        .replace(": ", " ")
        .chars()
        .take(40)
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let name = name.trim();
    let is_keyword = |word: &str| {
        name.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || KEYWORDS.iter().any(|word| is_keyword(word))
    {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}
