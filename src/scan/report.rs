//! What a scan found: places, never the key.

use std::fmt;

use serde::Serialize;

use super::place::Place;
use super::search::{Searcher, Which};
use crate::error::Error;
use crate::event::Note;

/// How many places are listed. A key in that many is found by the first of them.
pub(super) const MAX_LOCATIONS: usize = 1000;

/// What kind of location it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A file of the work tree.
    File,
    /// A file's name, in the work tree or in history.
    FileName,
    /// A version of a file in history.
    History,
    /// A commit's message, author or committer.
    Commit,
    Tag,
    /// A file that is staged, in the version that is staged.
    Index,
    /// The name of a branch or tag.
    RefName,
    /// An object that no branch, tag or reflog leads to any more; it goes with the next `git gc`, unless it was pushed.
    Unreachable,
}

/// A location of a key. Its texts are redacted and safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Location {
    pub what: What,
    /// The file, from the repository's top.
    pub path: Option<String>,
    /// The commit that brought it in, or that it is in.
    pub commit: Option<String>,
    /// The object, where there is no commit.
    pub object: Option<String>,
    /// The line, from 1: of the file, or of the message.
    pub line: Option<u64>,
    /// Which key it is, as people know it; `None` is the one in use.
    pub key: Option<String>,
}

impl Location {
    pub(super) fn new(what: What) -> Self {
        Self {
            what,
            path: None,
            commit: None,
            object: None,
            line: None,
            key: None,
        }
    }

    /// Which key it is.
    pub(super) fn of(mut self, searcher: &Searcher, key: Which) -> Self {
        self.key = searcher.name_of(key);
        self
    }

    pub(super) fn found(self, searcher: &Searcher, place: &Place) -> Self {
        let line = place.line;
        Self {
            line,
            ..self.of(searcher, place.key)
        }
    }

    /// With a path, which may itself hold the key.
    pub(super) fn at(mut self, searcher: &Searcher, path: &str) -> Self {
        self.path = Some(searcher.line(path));
        self
    }

    pub(super) fn in_commit(mut self, commit: &str) -> Self {
        self.commit = Some(commit.to_owned());
        self
    }

    pub(super) fn in_object(mut self, object: &str) -> Self {
        self.object = Some(object.to_owned());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("?");
        let commit = self.commit.as_deref().map(|commit| commit.get(..12).unwrap_or(commit));
        let object = self.object.as_deref().unwrap_or("?");
        match self.what {
            What::File => f.write_str(path)?,
            What::FileName => write!(f, "the name of {path}")?,
            What::History => f.write_str(path)?,
            What::Commit => f.write_str("message or author")?,
            What::Tag => write!(f, "tag object {object}")?,
            What::Index => write!(f, "{path} (staged)")?,
            What::RefName => write!(f, "the name of the ref {path}")?,
            What::Unreachable => write!(f, "object {object} (no branch, tag or reflog leads to it)")?,
        }
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        match (self.what, commit) {
            (What::Commit, Some(commit)) => write!(f, " of commit {commit}")?,
            (_, Some(commit)) => write!(f, ", since commit {commit}")?,
            (..) => {}
        }
        match &self.key {
            Some(key) => write!(f, ": not the key in use, but {key}"),
            None => Ok(()),
        }
    }
}

/// The result of a scan.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Where the key is: the work tree first; no more than 1,000 places.
    pub locations: Vec<Location>,
    pub unlisted: usize,
    /// How many files of the work tree were looked at.
    pub files: u64,
    /// How many objects of the history were looked at.
    pub objects: u64,
    /// What is not covered, and the like.
    pub notes: Vec<Note>,
    /// Whether only what is staged was looked at.
    pub staged: bool,
}

impl Report {
    /// What the command ends with.
    ///
    /// # Errors
    /// [`Error::KeyFound`], or [`Error::KeyStaged`].
    pub fn verdict(&self) -> Result<(), Error> {
        match self.locations.len() + self.unlisted {
            0 => Ok(()),
            places if self.staged => Err(Error::KeyStaged { places }),
            places => Err(Error::KeyFound { places }),
        }
    }

    pub(super) fn add(&mut self, location: Location) {
        if self.locations.len() < MAX_LOCATIONS {
            self.locations.push(location);
        } else {
            self.unlisted += 1;
        }
    }
}
