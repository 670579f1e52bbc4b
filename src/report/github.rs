//! GitHub Actions: plain lines, annotations, and one group a site with its deployment's log.

use std::time::Duration;

use super::ci_log::{CiLog, Dialect};
use super::console::Streams;
use super::logs::SiteLog;
use super::narrate::Line;
use super::progress::Kind;
use crate::ci::commands::{self, Annotation, Annotations};
use crate::ci::guard_line;
use crate::secret::Secret;

/// The line that makes GitHub mask this secret, to be printed to stdout before anything else, and only there.
pub fn add_mask(secret: &Secret) -> String {
    commands::add_mask(secret.expose())
}

/// The reporter for GitHub Actions.
pub type Github = CiLog<Commands>;

/// Annotations and groups, with what is left of the runner's annotations.
#[derive(Default)]
pub struct Commands {
    annotations: Annotations,
}

impl Github {
    pub fn new(streams: Streams) -> Self {
        Self::of(Commands::default(), streams)
    }
}

impl Dialect for Commands {
    fn line(&mut self, line: &Line, text: &str, several_sites: bool) -> String {
        let kind = match line.kind {
            Kind::Error => Some(commands::Kind::Error),
            Kind::Warning | Kind::Banner => Some(commands::Kind::Warning),
            Kind::Notice => Some(commands::Kind::Notice),
            Kind::Progress | Kind::Log | Kind::Result | Kind::Success => None,
        };
        let Some(kind) = kind.filter(|kind| self.annotations.admit(*kind)) else {
            return guard_line(text).into_owned();
        };
        let message = match &line.site {
            Some(site) if several_sites => &format!("{site}: {}", line.text),
            _ => &line.text,
        };
        let title = line.title;
        Annotation { kind, title, message }.line()
    }

    /// Every group is closed at first.
    fn block(&self, _: Duration, log: &SiteLog, _: bool) -> String {
        let (open, close) = (commands::group(&log.header()), commands::end_group());
        format!("{open}{}{close}", guard_line(&log.text()))
    }
}
