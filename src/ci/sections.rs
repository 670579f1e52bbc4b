//! GitLab's log sections (gitlabhq, lib/gitlab/regex.rb and ansi2json).

use std::borrow::Cow;

use crate::sanitize;

/// Clears the line, which hides the marker where sections are not understood.
const CLEAR: &str = "\u{1b}[0K";

/// A section of the job's log; the same name opens and closes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    name: String,
}

impl Section {
    /// A section with a name made from this text: GitLab ignores a marker whose name has other
    /// characters than letters, digits, `_`, `.` and `-`, so those become `_`.
    pub fn new(text: &str) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let name: String = text.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        Self {
            name: if name.is_empty() { "section".to_owned() } else { name },
        }
    }

    /// The opening marker with its header line. To be written in one piece: the runner puts a time stamp
    /// before what it takes for a new line.
    pub fn start(&self, header: &str, unix_seconds: i64, collapsed: bool) -> String {
        let options = if collapsed { "[collapsed=true]" } else { "" };
        let header = sanitize::line(header);
        self.marker("start", unix_seconds, options, &header)
    }

    pub fn end(&self, unix_seconds: i64) -> String {
        self.marker("end", unix_seconds, "", &Cow::Borrowed(""))
    }

    fn marker(&self, kind: &str, unix_seconds: i64, options: &str, header: &str) -> String {
        // The parser takes digits only.
        let time = unix_seconds.max(0);
        format!("{CLEAR}section_{kind}:{time}:{}{options}\r{CLEAR}{header}\n", self.name)
    }
}
