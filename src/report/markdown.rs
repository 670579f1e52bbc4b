//! Outside text in Markdown that GitHub renders: it may look like anything and must do nothing.

use super::texts::clean;
use crate::redact::Redactor;
use crate::sanitize::{http_url, log_line};

/// Writes Markdown without the secrets that this redactor knows.
pub(super) struct Markdown<'r>(pub(super) &'r Redactor);

impl Markdown<'_> {
    /// Text for a paragraph or a table cell: every character that Markdown or HTML gives a meaning is written as an
    /// entity, which CommonMark (section 6.2) never takes for structure.
    pub(super) fn text(&self, raw: &str) -> String {
        let mut safe = String::with_capacity(raw.len());
        for c in clean(&self.redacted(raw)).chars() {
            match c {
                ' ' | '-' | ',' | '/' | '(' | ')' | '=' | ';' | '%' => safe.push(c),
                _ if c.is_ascii_punctuation() => safe.push_str(&format!("&#{};", u32::from(c))),
                _ => safe.push(c),
            }
        }
        safe
    }

    /// [`text`](Self::text), cut to a number of characters.
    pub(super) fn short(&self, raw: &str, limit: usize) -> String {
        self.text(&cut(self.redacted(raw), limit))
    }

    /// A sentence, cut to a number of characters: what stands between backticks is code, a web address is a link, and
    /// everything else is text.
    pub(super) fn prose(&self, raw: &str, limit: usize) -> String {
        let raw = cut(clean(&self.redacted(raw)), limit);
        let mut parts: Vec<&str> = raw.split('`').collect();
        // One backtick too many opens nothing.
        let rest = if parts.len().is_multiple_of(2) {
            parts.pop()
        } else {
            None
        };
        let parts = parts.into_iter().enumerate().map(|(index, part)| match index % 2 {
            0 => self.with_links(part),
            _ if part.trim().is_empty() => self.text(&format!("`{part}`")),
            _ => format!("`{part}`"),
        });
        let rest = rest.map(|rest| self.with_links(&format!("`{rest}")));
        parts.chain(rest).collect()
    }

    fn with_links(&self, text: &str) -> String {
        let words = text.split(' ').map(|word| {
            let address = word.trim_end_matches(['.', ',', ';', ':', ')']);
            if http_url(address).is_some() {
                format!(
                    "{}{}",
                    self.link(address, Some(address)),
                    self.text(&word[address.len()..])
                )
            } else {
                self.text(word)
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// A link, if the target is a web address.
    pub(super) fn link(&self, label: &str, target: Option<&str>) -> String {
        match target.and_then(http_url) {
            Some(url) => format!("[{}](<{}>)", self.text(label), url_text(&self.redacted(url))),
            None => self.text(label),
        }
    }

    /// A block of code that its lines can't end: its fence is longer than any run of backticks in them. Keeps the
    /// newest lines if they are more than `limit` bytes.
    pub(super) fn code_block<'a>(&self, lines: impl DoubleEndedIterator<Item = &'a str>, limit: usize) -> String {
        let mut kept: Vec<String> = Vec::new();
        let mut size = 0;
        let mut cut = false;
        for line in lines.rev() {
            let line = log_line(&self.redacted(line)).into_owned();
            size += line.len() + 1;
            if size > limit {
                cut = true;
                break;
            }
            kept.push(line);
        }
        if cut {
            kept.push("… (earlier lines left out)".to_owned());
        }
        kept.reverse();
        let body = kept.join("\n");
        let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
        format!("{fence}text\n{body}\n{fence}\n")
    }

    pub(super) fn redacted(&self, raw: &str) -> String {
        self.0.redact(raw)
    }
}

fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What would end a table's cell or be read as an entity. What would end the `<…>` around it is in no
/// [`http_url`](crate::sanitize::http_url).
fn url_text(url: &str) -> String {
    url.replace('&', "&amp;").replace('|', "%7C")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}
