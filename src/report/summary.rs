//! The job summary on GitHub, in Markdown: the verdict first, what explains it next, the rest on request.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use super::format::Format;
use super::markdown::Markdown;
use super::sections::{RunLinks, TABLE_HEAD, TEXT_CHARS, describe, details, mark, row};
use super::texts::{Ending, nothing_deployed, short_commit, whole_run_ending};
use super::time_line::TimeLine;
use crate::ci::summary_file;
use crate::event::{Event, Level, Mode, Note, RunResult, SiteEvent, SiteResult};
use crate::model::{KeyAge, RunStatus, SiteId};
use crate::redact::Redactor;

/// GitHub drops a summary of 1 MiB or more as a whole; the logs of all sites share the most of it.
const LOG_BYTES: usize = 700 * 1024;

/// The most that a dry run's plan may take.
const PLAN_BYTES: usize = 100 * 1024;

/// More sites or warnings than this are not shown.
const MOST: usize = 60;

/// When a job summary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum SummaryWhen {
    /// At every end
    #[default]
    Always,
    /// When the exit code is not 0
    OnFailure,
    Never,
}

impl SummaryWhen {
    fn wants(self, result: &RunResult) -> bool {
        match self {
            Self::Always => true,
            Self::OnFailure => result.exit.number() != 0,
            Self::Never => false,
        }
    }
}

/// Collects what happens, and tells it at the end.
pub struct Summary {
    when: SummaryWhen,
    links: RunLinks,
    mode: Mode,
    time_line: TimeLine,
    plan: Vec<String>,
    /// What became of rollbacks.
    rollbacks: Vec<(SiteId, String)>,
    warnings: Vec<(&'static str, String)>,
    key: Option<KeyAge>,
}

impl Summary {
    /// The summary of a run that began then.
    pub fn new(began: DateTime<Utc>) -> Self {
        Self {
            when: SummaryWhen::default(),
            links: RunLinks::default(),
            mode: Mode::Real,
            time_line: TimeLine::new(began),
            plan: Vec::new(),
            rollbacks: Vec::new(),
            warnings: Vec::new(),
            key: None,
        }
    }

    /// The same, with links to this place.
    #[must_use]
    pub fn of(self, links: RunLinks) -> Self {
        Self { links, ..self }
    }

    /// The same, written then alone.
    #[must_use]
    pub fn when(self, when: SummaryWhen) -> Self {
        Self { when, ..self }
    }

    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Begin { mode, .. } => self.mode = *mode,
            Event::Site { site, at, what } => {
                self.time_line.note_down(site, *at, what);
                self.rollback(site, what);
            }
            Event::Note(Note {
                level: Level::Warning,
                title,
                text,
            }) => self.warnings.push((title, text.clone())),
            Event::KeyAge(age) => self.key = Some(age.clone()),
            Event::Plan(text) => self.plan.push(text.clone()),
            Event::Note(_) | Event::Found { .. } | Event::End(_) => {}
        }
    }

    fn rollback(&mut self, site: &SiteId, what: &SiteEvent) {
        let text = match what {
            SiteEvent::RollingBack { to, commits: None } => format!("rolling back to {to}"),
            SiteEvent::RollingBack {
                to,
                commits: Some(commits),
            } => {
                let (from, target) = (short_commit(&commits.from), short_commit(&commits.to));
                format!("rolling back to {to}, `{from}` → `{target}`")
            }
            SiteEvent::RolledBack { outcome } => outcome.clone(),
            _ => return,
        };
        self.rollbacks.push((site.clone(), text));
    }

    /// The summary as Markdown. Texts are redacted before they are escaped, since an escape could hide a secret.
    pub fn render(&self, result: &RunResult, redactor: &Redactor) -> String {
        let md = &Markdown(redactor);
        let mut page = format!("## {}\n\n", self.heading(md, result));
        if let Some(banner) = nothing_deployed(self.mode) {
            page.push_str(&format!("> [!WARNING]\n> **{banner}**\n\n"));
        }
        if let Some((_, ending)) = whole_run_ending(result, self.mode) {
            page.push_str(&describe(md, &ending));
        }
        for site in result.sites.iter().take(MOST) {
            page.push_str(&reason(md, site, self.mode, result.sites.len() > 1));
        }
        for (site, text) in self.rollbacks.iter().take(MOST) {
            let site = md.text(&site.to_string());
            page.push_str(&format!("- ↩️ {site}: {}\n", md.prose(text, TEXT_CHARS)));
        }
        if !self.rollbacks.is_empty() {
            page.push('\n');
        }
        page.push_str(&self.table(md, &result.sites));
        if !self.plan.is_empty() {
            let lines = self.plan.iter().flat_map(|text| text.lines());
            page.push_str(&md.code_block(lines, PLAN_BYTES));
            page.push('\n');
        }
        page.push_str(&self.warnings(md));
        let share = LOG_BYTES / result.sites.len().max(1);
        for site in &result.sites {
            page.push_str(&log_tail(md, site, share));
        }
        if let Some(chart) = self.time_line.chart(md, &result.sites) {
            page.push_str(&details("Time line (UTC)", &chart));
        }
        page.push_str(&self.key(md));
        page
    }

    fn heading(&self, md: &Markdown<'_>, result: &RunResult) -> String {
        let is_good = result.exit.number() == 0;
        match result.sites.as_slice() {
            [] if is_good && !self.plan.is_empty() => "📝 Sproobo: what a deployment would send".to_owned(),
            [] if is_good => "✅ Sproobo: done".to_owned(),
            [] => "❌ Sproobo: did not start".to_owned(),
            [site] => format!("{} {}: {}", mark(site), md.text(&site.site.to_string()), site.status()),
            sites => {
                let with = |status| sites.iter().filter(|site| site.status() == status).count();
                let all = sites.len();
                let (live, running) = (with(RunStatus::Succeeded), with(RunStatus::Running));
                let mark = if !is_good {
                    "❌"
                } else if live == all {
                    "✅"
                } else {
                    "⚪"
                };
                if running == all {
                    format!("⏳ {all} sites: triggered, not waited for")
                } else {
                    format!("{mark} {live} of {all} sites: succeeded")
                }
            }
        }
    }

    fn table(&self, md: &Markdown<'_>, sites: &[SiteResult]) -> String {
        if sites.is_empty() {
            return String::new();
        }
        let mut table = TABLE_HEAD.to_owned();
        for site in sites.iter().take(MOST) {
            table.push_str(&row(md, site, &self.links));
        }
        if sites.len() > MOST {
            table.push_str(&format!("\n{} more sites: see the log.\n", sites.len() - MOST));
        }
        table.push('\n');
        table
    }

    fn warnings(&self, md: &Markdown<'_>) -> String {
        let mut lines = String::new();
        for (title, body) in self.warnings.iter().take(MOST) {
            let body = md.prose(body, 2 * TEXT_CHARS);
            lines.push_str(&format!("- ⚠️ **{}**: {body}\n", md.text(title)));
        }
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines
    }

    /// The key's age, unless a warning says it.
    fn key(&self, md: &Markdown<'_>) -> String {
        let warned = self.warnings.iter().any(|(title, _)| title.contains("key is stale"));
        let Some(key) = self.key.as_ref().filter(|_| !warned) else {
            return String::new();
        };
        let mark = if key.stale { "⚠️ " } else { "" };
        let name = key.name.as_ref();
        let name = name.map(|name| format!(" “{}”", md.short(name, TEXT_CHARS)));
        format!(
            "{mark}API key{}: {} old ({}); stale at {}\n\n",
            name.unwrap_or_default(),
            key.told(),
            key.source,
            key.limit()
        )
    }
}

/// Appended to the file behind `GITHUB_STEP_SUMMARY`, at the end.
impl Format for Summary {
    fn update(&mut self, event: &Event, path: &Path, redactor: &Redactor) -> io::Result<()> {
        self.event(event);
        match event {
            Event::End(result) if self.when.wants(result) => {
                summary_file::append(path, &redactor.redact(&self.render(result, redactor)))
            }
            _ => Ok(()),
        }
    }
}

/// Why a site did not end well.
fn reason(md: &Markdown<'_>, site: &SiteResult, mode: Mode, several_sites: bool) -> String {
    let Err(error) = &site.end else {
        return String::new();
    };
    let heading = match several_sites {
        true => format!(
            "### {} {}: {}\n\n",
            mark(site),
            md.text(&site.site.to_string()),
            site.status()
        ),
        false => String::new(),
    };
    format!("{heading}{}", describe(md, &Ending::of_site(error, site, mode)))
}

fn log_tail(md: &Markdown<'_>, site: &SiteResult, bytes: usize) -> String {
    if site.log.is_empty() || site.end.is_ok() {
        return String::new();
    }
    let title = format!(
        "Log of {}: the last {} lines",
        md.text(&site.site.to_string()),
        site.log.len()
    );
    let lines = site.log.iter().map(|line| line.text.as_str());
    details(&title, &md.code_block(lines, bytes))
}
