//! What the reporters of CI systems share: lines as they come, and a site's log as one block once its verdict is out.

use std::time::Duration;

use super::console::{Reporter, Streams};
use super::logs::{Logs, SiteLog};
use super::narrate::{Line, Narrator};
use super::plain::dress;
use crate::event::{Event, SiteEvent};
use crate::model::SiteId;

/// How one CI system wants it. What is given back are whole lines, in one piece.
pub trait Dialect: Send {
    /// One thing to print, whatever it is but a deployment's log. `text` is the line as anybody would print it.
    fn line(&mut self, line: &Line, text: &str, several_sites: bool) -> String;

    /// A site's log, which its reader may want closed at first.
    fn block(&self, at: Duration, log: &SiteLog, closed: bool) -> String;
}

/// The reporter for a CI system.
pub struct CiLog<D> {
    streams: Streams,
    narrator: Narrator,
    logs: Logs,
    dialect: D,
}

impl<D: Dialect> CiLog<D> {
    /// Prints to these: [`Streams::one`], since a runner reads two pipes out of order.
    pub(super) fn of(dialect: D, streams: Streams) -> Self {
        Self {
            streams,
            narrator: Narrator::new(),
            logs: Logs::default(),
            dialect,
        }
    }

    fn print(&mut self, at: Duration, lines: &[Line]) {
        let several_sites = self.narrator.has_several_sites();
        for line in lines {
            let text = dress(at, line, several_sites);
            self.streams.progress(&self.dialect.line(line, &text, several_sites));
        }
    }

    fn print_log(&mut self, at: Duration, site: &SiteId, closed: bool) {
        if let Some(log) = self.logs.take(site) {
            self.streams.progress(&self.dialect.block(at, &log, closed));
        }
    }
}

impl<D: Dialect> Reporter for CiLog<D> {
    fn event(&mut self, at: Duration, event: &Event) {
        let lines = self.narrator.event(at, event);
        let rest = self.logs.sift(lines, |line| dress(at, line, false));
        match event {
            Event::Site { site, what, .. } => {
                if let SiteEvent::Verdict(result) = &**what {
                    self.print_log(at, site, result.end.is_ok());
                }
            }
            Event::End(_) => {
                for site in self.logs.sites() {
                    self.print_log(at, &site, false);
                }
            }
            _ => {}
        }
        self.print(at, &rest);
    }

    fn tick(&mut self, at: Duration) {
        let lines = self.narrator.heartbeat(at);
        self.print(at, &lines);
    }
}
