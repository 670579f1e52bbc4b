//! The job summary on GitHub, in Markdown.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::files::Format;
use super::markdown::Markdown;
use super::texts::{Ending, last_status, nothing_deployed, phase, status_text, whole_run_ending};
use crate::ci::summary_file;
use crate::event::{Event, Level, Mode, Note, RunResult, SiteEvent, SiteResult};
use crate::model::{Human, KeyAge, SiteId};
use crate::redact::Redactor;

/// GitHub drops a summary of 1 MiB or more as a whole; the logs of all sites share the most of it.
const LOG_BYTES: usize = 700 * 1024;

/// Texts from outside are cut to this in sentences and cells.
const TEXT_CHARS: usize = 500;

/// More sites, entries or warnings than this are not drawn.
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

/// Collects what happens, and tells it at the end.
pub struct Summary {
    began: DateTime<Utc>,
    mode: Mode,
    timeline: Vec<TimelineEntry>,
    warnings: Vec<(&'static str, String)>,
    key: Option<KeyAge>,
}

/// A site got into this status at this time.
struct TimelineEntry {
    site: SiteId,
    at: Duration,
    name: String,
}

impl Summary {
    /// The summary of a run that began then.
    pub fn new(began: DateTime<Utc>) -> Self {
        Self {
            began,
            mode: Mode::Real,
            timeline: Vec::new(),
            warnings: Vec::new(),
            key: None,
        }
    }

    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Begin { mode, .. } => self.mode = *mode,
            Event::Site { site, at, what } => self.note_down(site, *at, what),
            Event::Note(Note {
                level: Level::Warning,
                title,
                text,
            }) => self.warnings.push((title, text.clone())),
            Event::KeyAge(age) => self.key = Some(age.clone()),
            Event::Note(_) | Event::Plan(_) | Event::Found { .. } | Event::End(_) => {}
        }
    }

    fn note_down(&mut self, site: &SiteId, at: Duration, what: &SiteEvent) {
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
        let last = self.timeline.iter().rev().find(|entry| entry.site == *site);
        if last.is_none_or(|entry| entry.name != name) {
            let site = site.clone();
            self.timeline.push(TimelineEntry { site, at, name });
        }
    }

    /// The summary as Markdown. Texts are redacted before they are escaped, since an escape could hide a secret.
    pub fn render(&self, result: &RunResult, redactor: &Redactor) -> String {
        let md = &Markdown(redactor);
        let mut page = format!("## Sproobo: {}\n\n", heading(md, result));
        if let Some(banner) = nothing_deployed(self.mode) {
            page.push_str(&format!("> [!WARNING]\n> **{banner}**\n\n"));
        }
        if let Some((_, ending)) = whole_run_ending(result) {
            page.push_str(&describe(md, &ending));
        }
        page.push_str(&table(md, &result.sites));
        page.push_str(&self.time_line(md, result));
        page.push_str(&self.key_and_warnings(md));
        let share = LOG_BYTES / result.sites.len().max(1);
        for site in &result.sites {
            page.push_str(&failure(md, site, share));
        }
        page
    }

    /// A Gantt chart by the clock of whoever looks at it.
    fn time_line(&self, md: &Markdown<'_>, result: &RunResult) -> String {
        let mut chart = String::new();
        for site in result.sites.iter().take(MOST) {
            let entries: Vec<&TimelineEntry> = self.timeline.iter().filter(|entry| entry.site == site.site).collect();
            let Some(last) = entries.last() else { continue };
            chart.push_str(&format!(
                "    section {}\n",
                label(&md.redacted(&site.site.to_string()))
            ));
            let ends = entries.iter().skip(1).map(|entry| entry.at);
            let ends = ends.chain([site.duration.max(last.at)]);
            for (entry, end) in entries.iter().zip(ends).take(MOST) {
                let (from, to) = (self.unix_seconds(entry.at), self.unix_seconds(end));
                // A bar needs a length.
                let to = to.max(from + 1);
                chart.push_str(&format!("    {} :{from}, {to}\n", label(&md.redacted(&entry.name))));
            }
        }
        if chart.is_empty() {
            return chart;
        }
        format!("```mermaid\ngantt\n    dateFormat X\n    axisFormat %H:%M:%S\n{chart}```\n\n")
    }

    fn unix_seconds(&self, at: Duration) -> i64 {
        (self.began + at).timestamp()
    }

    fn key_and_warnings(&self, md: &Markdown<'_>) -> String {
        let mut lines = String::new();
        if let Some(key) = &self.key {
            let mark = if key.stale { "⚠️ " } else { "" };
            let name = key.name.as_ref();
            let name = name.map(|name| format!(" “{}”", md.short(name, TEXT_CHARS)));
            lines.push_str(&format!(
                "{mark}API key{}: {} days old ({}); stale at {} days\n\n",
                name.unwrap_or_default(),
                key.days,
                key.source,
                key.stale_after_days
            ));
        }
        for (title, body) in self.warnings.iter().take(MOST) {
            lines.push_str(&format!(
                "- ⚠️ {}: {}\n",
                md.text(title),
                md.short(body, 2 * TEXT_CHARS)
            ));
        }
        if !self.warnings.is_empty() {
            lines.push('\n');
        }
        lines
    }
}

/// Appended to the file behind `GITHUB_STEP_SUMMARY`, at the end.
impl Format for Summary {
    fn update(&mut self, event: &Event, path: &Path, redactor: &Redactor) -> io::Result<()> {
        self.event(event);
        match event {
            Event::End(result) => summary_file::append(path, &redactor.redact(&self.render(result, redactor))),
            _ => Ok(()),
        }
    }
}

fn heading(md: &Markdown<'_>, result: &RunResult) -> String {
    let good = result.sites.iter().filter(|site| site.end.is_ok()).count();
    let mark = if result.exit.number() == 0 { "✅" } else { "❌" };
    match result.sites.as_slice() {
        [] if result.exit.number() == 0 => format!("{mark} done"),
        [] => format!("{mark} did not start"),
        [site] => format!("{mark} {} {}", md.text(&site.site.to_string()), site.status()),
        sites => format!("{mark} {good} of {} sites ended well", sites.len()),
    }
}

fn table(md: &Markdown<'_>, sites: &[SiteResult]) -> String {
    if sites.is_empty() {
        return String::new();
    }
    let mut table = "| Site | Verdict | Deployment | Commit | Duration |\n|---|---|---|---|---|\n".to_owned();
    for site in sites.iter().take(MOST) {
        let deployment = site.subject.deployment.as_ref();
        let seen = deployment.and_then(|deployment| deployment.seen.as_ref());
        let url = seen.and_then(|seen| seen.url.as_deref());
        let dashboard_url = seen.and_then(|seen| seen.dashboard_url.as_deref());
        let id = deployment.map_or_else(
            || "–".to_owned(),
            |deployment| md.link(&deployment.id.to_string(), dashboard_url),
        );
        let commit = seen.and_then(|seen| seen.commit.as_deref()).unwrap_or("–");
        table.push_str(&format!(
            "| {} | {} | {id} | {} | {} |\n",
            md.link(&site.site.to_string(), url),
            site.status(),
            md.short(commit, 12),
            Human(Duration::from_secs(site.duration.as_secs()))
        ));
    }
    if sites.len() > MOST {
        table.push_str(&format!("\n{} more sites: see the log.\n", sites.len() - MOST));
    }
    table.push('\n');
    table
}

fn failure(md: &Markdown<'_>, site: &SiteResult, log_bytes: usize) -> String {
    let Err(error) = &site.end else {
        return String::new();
    };
    let mut section = format!("### {}\n\n", md.text(&site.site.to_string()));
    section.push_str(&describe(md, &Ending::new(error, Some(&site.subject))));
    if !site.log.is_empty() {
        section.push_str(&format!("The last {} lines of its log:\n\n", site.log.len()));
        section.push_str(&md.code_block(site.log.iter().map(|line| line.text.as_str()), log_bytes));
        section.push('\n');
    }
    section
}

fn describe(md: &Markdown<'_>, ending: &Ending) -> String {
    let known = ending.known.as_ref();
    format!(
        "**{}**\n\n{}- Next: {}\n\n",
        md.short(&ending.what, 2 * TEXT_CHARS),
        known.map_or(String::new(), |known| format!(
            "- Known: {}\n",
            md.short(known, TEXT_CHARS)
        )),
        md.short(&ending.next, 2 * TEXT_CHARS)
    )
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
