//! Lines of text: a line when something changes, a heartbeat while nothing does.

use std::time::Duration;

use super::console::{Reporter, Streams};
use super::narrate::{Line, Narrator};
use super::progress::Kind;
use crate::event::Event;

/// The reporter for pipes and files.
pub struct Plain {
    streams: Streams,
    narrator: Narrator,
}

impl Plain {
    pub fn new(streams: Streams) -> Self {
        Self {
            streams,
            narrator: Narrator::new(),
        }
    }

    fn print(&mut self, at: Duration, lines: &[Line]) {
        for line in lines {
            let text = dress(at, line, self.narrator.has_several_sites());
            match line.kind {
                Kind::Result | Kind::Success => self.streams.result(&text),
                _ => self.streams.progress(&text),
            }
        }
    }
}

impl Reporter for Plain {
    fn event(&mut self, at: Duration, event: &Event) {
        let lines = self.narrator.event(at, event);
        self.print(at, &lines);
    }

    fn tick(&mut self, at: Duration) {
        let lines = self.narrator.heartbeat(at);
        self.print(at, &lines);
    }
}

/// The line as plain text, with its line end: `[  12s] web: building`.
pub(super) fn dress(at: Duration, line: &Line, several_sites: bool) -> String {
    let site = match &line.site {
        Some(site) if several_sites => format!("{site}: "),
        _ => String::new(),
    };
    let text = line.text.replace('\n', "\n  ");
    match line.kind {
        Kind::Progress => format!("[{:>4}s] {site}{text}\n", at.as_secs()),
        Kind::Log => format!("  | {site}{text}\n"),
        Kind::Result | Kind::Success | Kind::Banner => format!("{text}\n"),
        Kind::Notice => format!("note: {site}{text}\n"),
        Kind::Warning => format!("warning: {site}{text}\n"),
        Kind::Error => format!("error: {site}{text}\n"),
    }
}
