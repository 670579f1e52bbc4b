//! GitLab CI: plain lines with colours, and one section a site with its deployment's log.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::ci_log::{CiLog, Dialect};
use super::console::Streams;
use super::logs::SiteLog;
use super::narrate::Line;
use super::progress::Kind;
use crate::ci::sections::Section;

/// The reporter for GitLab CI.
pub type Gitlab = CiLog<Sections>;

/// Colours and sections, which need the time of day.
pub struct Sections {
    began: DateTime<Utc>,
}

impl Gitlab {
    /// Prints to these; `began` dates the sections.
    pub fn new(streams: Streams, began: DateTime<Utc>) -> Self {
        Self::of(Sections { began }, streams)
    }
}

impl Dialect for Sections {
    fn line(&mut self, line: &Line, text: &str, _: bool) -> String {
        // SGR colours, which GitLab renders.
        let colour = match line.kind {
            Kind::Progress | Kind::Log | Kind::Notice => return text.to_owned(),
            Kind::Result => "1",
            Kind::Success => "1;32",
            Kind::Warning | Kind::Banner => "33",
            Kind::Error => "31",
        };
        // The line end stays outside.
        let text = text.strip_suffix('\n').unwrap_or(text);
        format!("\u{1b}[{colour}m{text}\u{1b}[0m\n")
    }

    fn block(&self, at: Duration, log: &SiteLog, closed: bool) -> String {
        let now = (self.began + at).timestamp();
        let section = Section::new(&format!("log_of_{}", log.site));
        let (open, close) = (section.start(&log.header(), now, closed), section.end(now));
        format!("{open}{}{close}", log.text())
    }
}
