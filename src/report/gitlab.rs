//! GitLab CI: plain lines with colours, and one section a site with its deployment's log.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::console::{Reporter, Streams};
use super::logs::Logs;
use super::narrate::{Line, Narrator};
use super::plain::dress;
use super::progress::Kind;
use crate::ci::sections::Section;
use crate::event::{Event, SiteEvent};
use crate::model::SiteId;

/// The reporter for GitLab CI.
pub struct Gitlab {
    streams: Streams,
    narrator: Narrator,
    logs: Logs,
    began: DateTime<Utc>,
}

impl Gitlab {
    /// Prints to these (GitLab mixes both pipes: [`Streams::one`] keeps their order); `began` dates the sections.
    #[must_use]
    pub fn new(streams: Streams, began: DateTime<Utc>) -> Self {
        Self {
            streams,
            narrator: Narrator::new(),
            logs: Logs::default(),
            began,
        }
    }

    fn print(&mut self, at: Duration, line: &Line) {
        let text = dress(at, line, self.narrator.has_several_sites());
        self.streams.progress(&coloured(line.kind, &text));
    }

    fn print_log(&mut self, at: Duration, site: &SiteId, collapsed: bool) {
        if let Some((header, text)) = self.logs.take(site) {
            let now = (self.began + at).timestamp();
            let section = Section::new(&format!("log_of_{site}"));
            let whole = format!("{}{text}{}", section.start(&header, now, collapsed), section.end(now));
            self.streams.progress(&whole);
        }
    }
}

impl Reporter for Gitlab {
    fn event(&mut self, at: Duration, event: &Event) {
        let lines = self.narrator.event(at, event);
        let rest = self.logs.sift(lines, |line| dress(at, line, false));
        match event {
            Event::Site { site, what, .. } => {
                if let SiteEvent::Verdict(result) = &**what {
                    self.print_log(at, site, result.end.is_ok());
                }
            }
            Event::End(_) => self
                .logs
                .sites()
                .iter()
                .for_each(|site| self.print_log(at, site, false)),
            _ => {}
        }
        for line in &rest {
            self.print(at, line);
        }
    }

    fn tick(&mut self, at: Duration) {
        for line in self.narrator.heartbeat(at) {
            self.print(at, &line);
        }
    }
}

/// SGR colours, which GitLab renders; the line end stays outside.
fn coloured(kind: Kind, text: &str) -> String {
    let colour = match kind {
        Kind::Progress | Kind::Log | Kind::Notice => return text.to_owned(),
        Kind::Result => "1",
        Kind::Warning | Kind::Banner => "33",
        Kind::Error => "31",
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    format!("\u{1b}[{colour}m{text}\u{1b}[0m\n")
}
