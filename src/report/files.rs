//! The reports that are files: outputs, dotenv, job summary. Decoration: a failure is one warning, never an error.
//!
//! A format is a file of its own that implements [`Format`], and a line in [`FileReports::new`] and in [`Paths`].

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::format::Format;
use super::outputs::{Dotenv, GithubOutput};
use super::sections::RunLinks;
use super::summary::{Summary, SummaryWhen};
use crate::event::Event;
use crate::redact::Redactor;

/// Where the files are; `None` is "not wanted".
#[derive(Debug, Clone, Default)]
pub struct Paths {
    pub github_output: Option<PathBuf>,
    pub dotenv: Option<PathBuf>,
    pub summary: Option<PathBuf>,
    pub summary_when: SummaryWhen,
    pub links: RunLinks,
}

/// Writes the files when an event gives reason to.
pub struct FileReports {
    redactor: Redactor,
    files: Vec<OutputFile>,
}

impl FileReports {
    /// Reports into these files, redacted; `began` dates the summary's time line.
    pub fn new(paths: Paths, began: DateTime<Utc>, redactor: Redactor) -> Self {
        let summary = Summary::new(began).of(paths.links).when(paths.summary_when);
        let files = [
            OutputFile::new("file of outputs", paths.github_output, GithubOutput::default()),
            OutputFile::new("dotenv report", paths.dotenv, Dotenv::default()),
            OutputFile::new("job summary", paths.summary, summary),
        ];
        Self {
            redactor,
            files: files.into_iter().flatten().collect(),
        }
    }

    /// Takes an event; gives a warning for each file that could not be written, once a file.
    pub fn event(&mut self, event: &Event) -> Vec<Event> {
        let files = self.files.iter_mut();
        files.filter_map(|file| file.event(event, &self.redactor)).collect()
    }
}

/// A file that is wanted. It is tried again after a failure, but the failure is told once.
struct OutputFile {
    what: &'static str,
    path: PathBuf,
    format: Box<dyn Format>,
    warned: bool,
}

impl OutputFile {
    fn new(what: &'static str, path: Option<PathBuf>, format: impl Format + 'static) -> Option<Self> {
        path.map(|path| Self {
            what,
            path,
            format: Box::new(format),
            warned: false,
        })
    }

    /// Takes an event; gives the warning if the file can't be written for the first time.
    fn event(&mut self, event: &Event, redactor: &Redactor) -> Option<Event> {
        let error = self.format.update(event, &self.path, redactor).err()?;
        if std::mem::replace(&mut self.warned, true) {
            return None;
        }
        let text = format!(
            "the {} could not be written to {}: {error}; check that it exists and that this user may write it \
             (the verdict does not depend on it)",
            self.what,
            self.path.display()
        );
        Some(Event::warning("A report could not be written", text))
    }
}
