//! The reports that are files: outputs, dotenv, job summary. Decoration: a failure is one warning, never an error.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::outputs::Outputs;
use super::summary::Summary;
use crate::ci::{dotenv, env_file, summary_file};
use crate::event::Event;
use crate::redact::Redactor;

/// Where the files are; `None` is "not wanted".
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// `GITHUB_OUTPUT`.
    pub github_output: Option<PathBuf>,
    /// `--dotenv`.
    pub dotenv: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`.
    pub summary: Option<PathBuf>,
}

/// Writes the files when an event gives reason to.
pub struct FileReports {
    outputs: Outputs,
    summary: Summary,
    redactor: Redactor,
    github_output: Option<OutputFile>,
    dotenv: Option<OutputFile>,
    job_summary: Option<OutputFile>,
}

impl FileReports {
    /// Reports into these files, redacted; `began` dates the summary's time line.
    #[must_use]
    pub fn new(paths: Paths, began: DateTime<Utc>, redactor: Redactor) -> Self {
        Self {
            outputs: Outputs::new(),
            summary: Summary::new(began),
            redactor,
            github_output: OutputFile::new(paths.github_output, "file of outputs"),
            dotenv: OutputFile::new(paths.dotenv, "dotenv report"),
            job_summary: OutputFile::new(paths.summary, "job summary"),
        }
    }

    /// Takes an event; gives a warning for each file that could not be written, once a file.
    pub fn event(&mut self, event: &Event) -> Vec<Event> {
        let mut warnings = Vec::new();
        self.summary.event(event);
        if self.outputs.event(event) {
            if let Some(target) = &mut self.github_output {
                let records = redacted(&self.redactor, self.outputs.github());
                warnings.extend(target.write(|path| env_file::append(path, &as_pairs(&records))));
            }
            if let Some(target) = &mut self.dotenv {
                let variables = redacted(&self.redactor, self.outputs.dotenv());
                warnings.extend(target.write(|path| dotenv::write(path, &as_pairs(&variables))));
            }
        }
        if let (Event::End(result), Some(target)) = (event, &mut self.job_summary) {
            let text = self.redactor.redact(&self.summary.render(result, &self.redactor));
            warnings.extend(target.write(|path| summary_file::append(path, &text).map(|_| ())));
        }
        warnings
    }
}

type Pairs = Vec<(&'static str, String)>;

fn redacted(redactor: &Redactor, pairs: Pairs) -> Pairs {
    pairs
        .into_iter()
        .map(|(name, value)| (name, redactor.redact(&value)))
        .collect()
}

fn as_pairs(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A file that is wanted. It is tried again after a failure, but the failure is told once.
struct OutputFile {
    path: PathBuf,
    what: &'static str,
    warned: bool,
}

impl OutputFile {
    fn new(path: Option<PathBuf>, what: &'static str) -> Option<Self> {
        path.map(|path| Self {
            path,
            what,
            warned: false,
        })
    }

    /// Writes; gives the warning if that fails for the first time.
    fn write(&mut self, write: impl FnOnce(&Path) -> io::Result<()>) -> Option<Event> {
        let error = write(&self.path).err()?;
        if std::mem::replace(&mut self.warned, true) {
            return None;
        }
        Some(Event::warning(
            "A report could not be written",
            format!(
                "the {} could not be written to {}: {error}; check that it exists and that this user may write it \
                 (the verdict does not depend on it)",
                self.what,
                self.path.display()
            ),
        ))
    }
}
