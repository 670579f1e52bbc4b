//! GitHub's workflow commands, byte for byte as `@actions/core` 3.0.1 prints them.
//!
//! Everything here is one or more complete lines, to be written in one piece to stdout.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::sanitize;

/// The runner cuts an annotation's message to this many UTF-16 units (actions/runner, `_maxIssueMessageLength`).
const MAX_MESSAGE_UNITS: usize = 4096;

/// The runner keeps this many annotations of a kind and step (actions/runner, `_maxCountPerIssueType`).
const MAX_PER_KIND: u8 = 10;

/// The last line of defence for anything printed on GitHub that is no command of ours: the text, unable
/// to act as one. See [`sanitize::without_commands`].
pub fn guard_line(line: &str) -> Cow<'_, str> {
    sanitize::without_commands(line)
}

/// `::add-mask::`. To be printed on GitHub only: elsewhere the line is itself the leak.
pub fn add_mask(secret: &str) -> String {
    command("add-mask", &[], secret)
}

/// Opens a group of lines that the log shows collapsed. Groups don't nest.
pub fn group(title: &str) -> String {
    command("group", &[], title)
}

pub fn end_group() -> String {
    command("endgroup", &[], "")
}

/// The kinds of annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A message that GitHub shows on the run's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Annotation<'a> {
    pub kind: Kind,
    /// A few words of ours, or nothing: the runner masks no secrets in a title, so it is never remote text.
    pub title: &'static str,
    /// The message; cut to what the runner keeps.
    pub message: &'a str,
}

impl Annotation<'_> {
    pub fn line(&self) -> String {
        command(self.kind.command(), &[("title", self.title)], &cut(self.message))
    }
}

/// How many annotations are left: the runner keeps ten of a kind and drops the rest without a word, and
/// its own "Process completed with exit code" takes one of the errors.
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    /// By kind.
    used: [u8; 3],
}

impl Annotations {
    /// The budget of a step that has printed none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one of this kind out of the budget; `false` if there is none left, so that the message
    /// has to be printed as plain text.
    #[must_use]
    pub fn admit(&mut self, kind: Kind) -> bool {
        let limit = MAX_PER_KIND - u8::from(kind == Kind::Error);
        let used = &mut self.used[kind as usize];
        let fits = *used < limit;
        *used += u8::from(fits);
        fits
    }
}

/// A command's line with its line end. Properties without a value are left out; `name` and the
/// properties' names are ours, so only values are escaped.
pub fn command(name: &'static str, properties: &[(&'static str, &str)], data: &str) -> String {
    let mut line = format!("::{name}");
    let mut separator = ' ';
    for (key, value) in properties.iter().filter(|(_, value)| !value.is_empty()) {
        let value = escaped(value).replace(':', "%3A").replace(',', "%2C");
        let _ = write!(line, "{separator}{key}={value}");
        separator = ',';
    }
    let _ = writeln!(line, "::{}", escaped(data));
    line
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The message within the runner's limit, with an ellipsis if it had to be cut.
fn cut(message: &str) -> Cow<'_, str> {
    let mut units = 0;
    let mut kept = 0;
    for (at, c) in message.char_indices() {
        units += c.len_utf16();
        if units > MAX_MESSAGE_UNITS {
            return Cow::Owned(format!("{}…", &message[..kept]));
        }
        if units < MAX_MESSAGE_UNITS {
            kept = at + c.len_utf8();
        }
    }
    Cow::Borrowed(message)
}
