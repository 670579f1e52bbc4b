//! GitHub Actions: plain lines, annotations, and one collapsed group a site with its deployment's log.

use std::time::Duration;

use super::console::{Reporter, Streams};
use super::logs::Logs;
use super::narrate::{Line, Narrator};
use super::plain::dress;
use super::progress::Kind;
use crate::ci::commands::{self, Annotation, Annotations};
use crate::ci::guard_line;
use crate::event::{Event, SiteEvent};
use crate::model::SiteId;
use crate::secret::Secret;

/// The line that makes GitHub mask this secret, to be printed to stdout before anything else, and only there.
#[must_use]
pub fn add_mask(secret: &Secret) -> String {
    commands::add_mask(secret.expose())
}

/// The reporter for GitHub Actions.
pub struct Github {
    streams: Streams,
    narrator: Narrator,
    annotations: Annotations,
    logs: Logs,
}

impl Github {
    /// Prints to these: [`Streams::one`], since the runner reads two pipes out of order.
    #[must_use]
    pub fn new(streams: Streams) -> Self {
        Self {
            streams,
            narrator: Narrator::new(),
            annotations: Annotations::new(),
            logs: Logs::default(),
        }
    }

    fn print(&mut self, at: Duration, line: &Line) {
        let kind = match line.kind {
            Kind::Error => commands::Kind::Error,
            Kind::Warning | Kind::Banner => commands::Kind::Warning,
            Kind::Notice => commands::Kind::Notice,
            Kind::Progress | Kind::Log | Kind::Result => return self.print_text(at, line),
        };
        if !self.annotations.admit(kind) {
            return self.print_text(at, line);
        }
        let message = match &line.site {
            Some(site) if self.narrator.has_several_sites() => format!("{site}: {}", line.text),
            _ => line.text.clone(),
        };
        let annotation = Annotation {
            kind,
            title: line.title,
            message: &message,
        };
        self.streams.progress(&annotation.line());
    }

    fn print_text(&mut self, at: Duration, line: &Line) {
        let text = dress(at, line, self.narrator.has_several_sites());
        self.streams.progress(&guard_line(&text));
    }

    fn print_log(&mut self, site: &SiteId) {
        if let Some((header, text)) = self.logs.take(site) {
            let whole = format!("{}{text}{}", commands::group(&header), commands::end_group());
            self.streams.progress(&whole);
        }
    }
}

impl Reporter for Github {
    fn event(&mut self, at: Duration, event: &Event) {
        let lines = self.narrator.event(at, event);
        let rest = self
            .logs
            .sift(lines, |line| guard_line(&dress(at, line, false)).into_owned());
        match event {
            Event::Site { site, what, .. } if matches!(**what, SiteEvent::Verdict(_)) => self.print_log(site),
            Event::End(_) => self.logs.sites().iter().for_each(|site| self.print_log(site)),
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
