//! GraphQL over HTTP: one path, and the body says what is asked.

use serde_json::Value;

/// A request's body that is a GraphQL document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'b> {
    pub(super) text: &'b str,
}

impl<'b> Query<'b> {
    /// The query of a body, if it is one: an object with the document as text.
    pub(super) fn of(body: &'b Value) -> Option<Self> {
        let text = body.get("query")?.as_str()?;
        let begins = ["query", "mutation", "subscription", "fragment", "{"];
        tokens(text)
            .first()
            .is_some_and(|first| begins.contains(first))
            .then_some(Self { text })
    }

    /// Whether it changes something. A document with both kinds counts as one that does.
    pub(super) fn is_mutation(self) -> bool {
        let mut depth = 0_usize;
        for token in tokens(self.text) {
            match token {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "mutation" | "subscription" if depth == 0 => return true,
                _ => {}
            }
        }
        false
    }

    /// The first field that is asked for: what a person would call the request.
    pub(super) fn field(self) -> &'b str {
        let mut tokens = tokens(self.text).into_iter().skip_while(|token| *token != "{").skip(1);
        let first = tokens.next().unwrap_or_default();
        // `alias: field`
        if tokens.next() == Some(":") {
            tokens.next().unwrap_or(first)
        } else {
            first
        }
    }

    /// Whether the text names one of its operations so.
    pub(super) fn names(self, operation: &str) -> bool {
        tokens(self.text).contains(&operation)
    }

    /// The values that are written into the text, each with the name of its argument.
    pub(super) fn literals(self) -> Vec<(&'b str, &'b str)> {
        let tokens = tokens(self.text);
        let values = tokens.iter().enumerate().filter(|(_, token)| is_value(token));
        values
            .map(|(at, token)| (argument(&tokens, at), token.trim_matches('"')))
            .collect()
    }

    /// The text on one line, each written value replaced by what `name` makes of it.
    ///
    /// There is a space behind each brace, since `{name}` is a variable in a contract. Comments are left out.
    pub(super) fn rewritten(self, mut name: impl FnMut(&str, &str) -> String) -> String {
        let tokens = tokens(self.text);
        let mut line: Vec<String> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            line.push(match *token {
                text if is_value(text) && text.starts_with('"') => {
                    format!("\"{}\"", name(argument(&tokens, at), text.trim_matches('"')))
                }
                number if is_value(number) => name(argument(&tokens, at), number),
                other => other.to_owned(),
            });
        }
        line.join(" ")
    }
}

/// Whether a token is a value that could be somebody's: any text, and a number that could be an id.
fn is_value(token: &str) -> bool {
    (token.starts_with('"') && token != "\"\"") || is_long_number(token)
}

/// The name of the argument or member that a value is given to.
fn argument<'b>(tokens: &[&'b str], at: usize) -> &'b str {
    let before = tokens[..at]
        .iter()
        .rev()
        .skip_while(|token| matches!(**token, ":" | "[") || is_value(token));
    let name = before.copied().next().unwrap_or_default();
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        name
    } else {
        "value"
    }
}

/// The document's tokens (GraphQL specification, section 2.1), comments left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => string_length(rest),
            letter if is_name_letter(letter) => rest.find(|next| !is_name_letter(next)).unwrap_or(rest.len()),
            '.' => rest.find(|next| next != '.').unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !matches!(first, '#' | ',' | '\u{feff}') && !first.is_whitespace() {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// A number that could be an id.
fn is_long_number(token: &str) -> bool {
    token.len() >= 3 && token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// `-` and `$` stay with their number and name.
fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$' | '@' | '-')
}

fn string_length(text: &str) -> usize {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            '\n' => return index,
            _ => {}
        }
    }
    text.len()
}
