//! Events become lines, the same for every console; each console then dresses them its own way.

use std::time::Duration;

use super::progress::{Kind, Progress};
use super::texts::{Ending, clean, nothing_deployed, status_line, tally, title, whole_run_ending};
use crate::event::{Event, Level, Mode, Note, RunResult, SiteEvent, SiteResult};
use crate::model::{Human, KeyAge, LogLine, RunStatus, SiteId, moment};
use crate::sanitize;

/// A site of which nothing was told for this long gets a heartbeat.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// One thing to print.
#[derive(Debug)]
pub struct Line {
    pub(super) kind: Kind,
    /// What an annotation is headed with: ours, never remote text.
    pub(super) title: &'static str,
    pub(super) site: Option<SiteId>,
    /// Clean. Only an error has several lines.
    pub(super) text: String,
}

/// Remembers what was told of each site.
#[derive(Debug)]
pub(super) struct Narrator {
    mode: Mode,
    sites: Vec<(SiteId, Progress)>,
}

impl Narrator {
    pub(super) fn new() -> Self {
        Self {
            mode: Mode::Real,
            sites: Vec::new(),
        }
    }

    /// The lines that this event is worth, in order.
    pub(super) fn event(&mut self, at: Duration, event: &Event) -> Vec<Line> {
        match event {
            Event::Begin {
                command,
                sites,
                mode,
                api,
            } => self.begin(command, sites, *mode, api),
            Event::Site { site, at: since, what } => self.site(at.max(*since), site, what),
            Event::Plan(text) | Event::Found { text, .. } => vec![line(Kind::Result, "", None, text)],
            Event::Note(Note { level, title, text }) => {
                let kind = match level {
                    Level::Notice => Kind::Notice,
                    Level::Warning => Kind::Warning,
                };
                vec![line(kind, title, None, text)]
            }
            Event::KeyAge(age) => {
                // Without sites the age is what was asked for; beside a deployment a fresh key is no news, and a stale one
                // has its warning.
                match self.sites.is_empty() {
                    true => vec![line(Kind::Result, "", None, &key_age(age))],
                    false => Vec::new(),
                }
            }
            Event::End(result) => self.end(result),
        }
    }

    /// A line for each site of which nothing was told for a while.
    pub(super) fn heartbeat(&mut self, at: Duration) -> Vec<Line> {
        let mut lines = Vec::new();
        for (site, progress) in &mut self.sites {
            if !progress.over && at.saturating_sub(progress.told) >= HEARTBEAT {
                progress.told = at;
                lines.push(line(
                    Kind::Progress,
                    "",
                    Some(site),
                    &format!("still {}{}", progress.now(at), progress.usually()),
                ));
            }
        }
        lines
    }

    /// Whether lines need the site's name.
    pub(super) fn has_several_sites(&self) -> bool {
        self.sites.len() > 1
    }

    pub(super) fn progress(&self, site: &SiteId) -> Option<&Progress> {
        self.sites
            .iter()
            .find(|(id, _)| id == site)
            .map(|(_, progress)| progress)
    }

    fn progress_mut(&mut self, site: &SiteId) -> &mut Progress {
        let index = self.sites.iter().position(|(id, _)| id == site).unwrap_or_else(|| {
            self.sites.push((site.clone(), Progress::default()));
            self.sites.len() - 1
        });
        &mut self.sites[index].1
    }

    fn begin(&mut self, command: &str, sites: &[SiteId], mode: Mode, api: &str) -> Vec<Line> {
        self.mode = mode;
        self.sites = sites.iter().map(|site| (site.clone(), Progress::default())).collect();
        let names: Vec<String> = sites.iter().map(ToString::to_string).collect();
        let of = if names.is_empty() {
            String::new()
        } else {
            format!(" {}", names.join(", "))
        };
        let mut lines = vec![line(Kind::Progress, "", None, &format!("{command}{of} on {api}"))];
        if let Some(text) = nothing_deployed(mode) {
            lines.push(line(Kind::Banner, "Nothing is deployed", None, text));
        }
        lines
    }

    fn site(&mut self, at: Duration, site: &SiteId, what: &SiteEvent) -> Vec<Line> {
        let mode = self.mode;
        let progress = self.progress_mut(site);
        let lines = match what {
            SiteEvent::Log { lines } => {
                progress.logged = true;
                log_lines(site, lines).collect()
            }
            SiteEvent::Verdict(result) => {
                progress.over = true;
                verdict(result, mode, progress.logged)
            }
            _ => progress
                .event(at, what)
                .map(|(kind, title, text)| line(kind, title, Some(site), &text))
                .into_iter()
                .collect(),
        };
        if !lines.is_empty() {
            progress.told = at;
        }
        lines
    }

    fn end(&self, result: &RunResult) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some((error, ending)) = whole_run_ending(result, self.mode) {
            lines.push(Line {
                kind: Kind::Error,
                title: title(error, result.subject.as_ref()),
                site: None,
                text: ending.lines(),
            });
        }
        if result.sites.len() > 1 {
            let text = format!("{}, in {}", tally(result), Human(result.duration));
            lines.push(line(Kind::Result, "", None, &text));
        }
        // The sites' own lines say it too.
        if let (Some(text), true) = (nothing_deployed(self.mode), result.sites.is_empty()) {
            lines.push(line(Kind::Result, "", None, text));
        }
        lines
    }
}

fn key_age(age: &KeyAge) -> String {
    let name = age.name.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
    let prefix = age
        .prefix
        .as_ref()
        .map(|prefix| format!(" ({prefix}…)"))
        .unwrap_or_default();
    let verdict = if age.stale { "stale" } else { "fresh" };
    format!(
        "the API key{name}{prefix} is {} old ({}): {verdict}, at a limit of {}",
        age.told(),
        age.source,
        age.limit()
    )
}

fn verdict(result: &SiteResult, mode: Mode, logged: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    if !logged {
        lines.extend(log_lines(&result.site, &result.log));
    }
    let kind = match result.end {
        Ok(RunStatus::Succeeded) => Kind::Success,
        _ => Kind::Result,
    };
    lines.push(line(kind, "", None, &status_line(result, mode)));
    if let Err(error) = &result.end {
        lines.push(Line {
            kind: Kind::Error,
            title: title(error, Some(&result.subject)),
            site: Some(result.site.clone()),
            text: Ending::of_site(error, result, mode).lines(),
        });
    }
    lines
}

fn log_lines<'a>(site: &'a SiteId, lines: &'a [LogLine]) -> impl Iterator<Item = Line> + 'a {
    lines.iter().map(move |log| Line {
        kind: Kind::Log,
        title: "",
        site: Some(site.clone()),
        text: match log.time {
            Some(time) => format!("{} {}", moment::clock(time), sanitize::log_line(&log.text)),
            None => sanitize::log_line(&log.text).into_owned(),
        },
    })
}

fn line(kind: Kind, title: &'static str, site: Option<&SiteId>, text: &str) -> Line {
    Line {
        kind,
        title,
        site: site.cloned(),
        text: clean(text),
    }
}
