//! What a run says beside its verdict.

use serde::Serialize;

use super::Event;

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Notice,
    /// Worth a change.
    Warning,
}

/// Something to tell that changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub level: Level,
    /// A few words of ours, never remote text.
    pub title: &'static str,
    /// One or two sentences.
    pub text: String,
}

impl Note {
    pub fn notice(title: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Notice, title, text.into())
    }

    pub fn warning(title: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Warning, title, text.into())
    }

    fn new(level: Level, title: &'static str, text: String) -> Self {
        Self { level, title, text }
    }
}

impl Event {
    pub fn notice(title: &'static str, text: impl Into<String>) -> Self {
        Self::Note(Note::notice(title, text))
    }

    pub fn warning(title: &'static str, text: impl Into<String>) -> Self {
        Self::Note(Note::warning(title, text))
    }
}
