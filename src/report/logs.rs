//! Deployment logs, kept until their site's verdict: groups and sections of a CI log can't interleave.

use std::collections::VecDeque;

use super::narrate::Line;
use super::progress::Kind;
use crate::model::SiteId;

/// More lines than this of a site's log are not kept: the newest stay.
const KEPT: usize = 5_000;

/// One site's log, as far as it is kept.
pub struct SiteLog {
    pub(super) site: SiteId,
    lines: VecDeque<String>,
    dropped: usize,
}

impl SiteLog {
    pub(super) fn header(&self) -> String {
        let before = match self.dropped {
            0 => String::new(),
            dropped => format!(", {dropped} before them left out"),
        };
        format!("Log of {} ({} lines{before})", self.site, self.lines.len())
    }

    /// All of its lines.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(String::as_str).collect()
    }

    fn keep(&mut self, line: String) {
        self.lines.push_back(line);
        if self.lines.len() > KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
    }
}

/// The logs of the sites that have no verdict yet.
#[derive(Default)]
pub(super) struct Logs(Vec<SiteLog>);

impl Logs {
    /// Keeps the log's lines among these, each dressed with its line end; gives the others.
    pub(super) fn sift(&mut self, lines: Vec<Line>, dress: impl Fn(&Line) -> String) -> Vec<Line> {
        let (log, rest): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.kind == Kind::Log);
        for line in &log {
            if let Some(site) = &line.site {
                self.of(site).keep(dress(line));
            }
        }
        rest
    }

    fn of(&mut self, site: &SiteId) -> &mut SiteLog {
        let index = self.0.iter().position(|log| log.site == *site).unwrap_or_else(|| {
            self.0.push(SiteLog {
                site: site.clone(),
                lines: VecDeque::new(),
                dropped: 0,
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    /// Hands a site's log over, if there is any.
    pub(super) fn take(&mut self, site: &SiteId) -> Option<SiteLog> {
        let index = self.0.iter().position(|log| log.site == *site)?;
        Some(self.0.remove(index))
    }

    /// The sites whose log was not handed over.
    pub(super) fn sites(&self) -> Vec<SiteId> {
        self.0.iter().map(|log| log.site.clone()).collect()
    }
}
