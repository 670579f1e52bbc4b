//! As much of Rust's lexical structure as it takes to tell code from comments, strings and characters.

/// A word (an identifier, a keyword, a number), `::`, or a single character of anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// From 1.
    pub(super) line: usize,
}

pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            _ if is_of_word(first) => match raw_string(rest) {
                Some(length) => length,
                None => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
            },
            _ if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        let is_code = !text.starts_with("//") && !text.starts_with("/*") && !text.contains(['"', '\'']);
        if is_code && !first.is_whitespace() {
            found.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    found
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// They nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let step = match &text[at..] {
            rest if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            rest if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            rest => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `'x'` and `'\n'`; of a lifetime or a label only the apostrophe.
fn character(text: &str) -> usize {
    let mut inside = text[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => {
            inside.next();
            inside.find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 2)
        }
        _ => match inside.next() {
            Some((at, '\'')) => at + 2,
            _ => 1,
        },
    }
}

/// `r"…"`, `r#"…"#`, and those of bytes and of C; not `r#word`.
fn raw_string(text: &str) -> Option<usize> {
    let start = ["br", "cr", "r"]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let body = start[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let until = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(text.len() - body.len() + until)
}
