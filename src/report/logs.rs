//! Deployment logs, kept until their site's verdict: groups and sections of a CI log can't interleave.

use std::collections::VecDeque;

use super::narrate::Line;
use super::progress::Kind;
use crate::model::SiteId;

/// More lines than this of a site's log are not kept: the newest stay.
const KEPT: usize = 5_000;

/// The logs of the sites that have no verdict yet.
#[derive(Debug, Default)]
pub(super) struct Logs {
    sites: Vec<(SiteId, VecDeque<String>, usize)>,
}

impl Logs {
    /// Keeps the log's lines among these, each dressed with its line end; gives the others.
    pub(super) fn sift(&mut self, lines: Vec<Line>, dress: impl Fn(&Line) -> String) -> Vec<Line> {
        let (log, rest): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.kind == Kind::Log);
        for line in &log {
            if let Some(site) = &line.site {
                self.keep(site, dress(line));
            }
        }
        rest
    }

    fn keep(&mut self, site: &SiteId, line: String) {
        let index = self.sites.iter().position(|(id, ..)| id == site).unwrap_or_else(|| {
            self.sites.push((site.clone(), VecDeque::new(), 0));
            self.sites.len() - 1
        });
        let (_, lines, dropped) = &mut self.sites[index];
        lines.push_back(line);
        if lines.len() > KEPT {
            lines.pop_front();
            *dropped += 1;
        }
    }

    /// Hands a site's log over as a header and the text, if there is any.
    pub(super) fn take(&mut self, site: &SiteId) -> Option<(String, String)> {
        let index = self.sites.iter().position(|(id, ..)| id == site)?;
        let (site, lines, dropped) = self.sites.remove(index);
        let before = match dropped {
            0 => String::new(),
            _ => format!(", {dropped} before them left out"),
        };
        let header = format!("Log of {site} ({} lines{before})", lines.len());
        Some((header, lines.into_iter().collect()))
    }

    /// The sites whose log was not handed over.
    pub(super) fn sites(&self) -> Vec<SiteId> {
        self.sites.iter().map(|(site, ..)| site.clone()).collect()
    }
}
