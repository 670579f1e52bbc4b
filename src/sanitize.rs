//! Text from outside is data: it must not move the cursor, forge a line, or act as a workflow command.

use std::borrow::Cow;

use url::Url;

const ESCAPE: char = '\u{1b}';

/// One safe line: see [`text`]; line breaks and tabs become spaces, surrounding white space goes.
#[must_use]
pub fn line(raw: &str) -> Cow<'_, str> {
    joined(raw, str::trim)
}

/// A line of a log: the same, but what it is indented by stays.
#[must_use]
pub fn log_line(raw: &str) -> Cow<'_, str> {
    joined(raw, str::trim_end)
}

/// Safe text of several lines: control characters removed, and nothing left that a runner would
/// take for a workflow command.
///
/// Every kind of line break (CR, CRLF, NEL, U+2028, U+2029) becomes LF; tabs stay. Terminal sequences
/// go as a whole, so that no `[31m` stays behind; so do byte order marks and the bidi overrides that
/// make a text read other than it is.
#[must_use]
pub fn text(raw: &str) -> Cow<'_, str> {
    match cleaned(raw) {
        Cow::Borrowed(text) => without_commands(text),
        Cow::Owned(text) => Cow::Owned(without_commands(&text).into_owned()),
    }
}

/// The text with everything broken up that a runner would take for a workflow command, and nothing
/// else changed. Applying it twice is the same as once.
///
/// actions/runner (ActionCommand.cs, OutputManager.cs) knows two forms: `::name …::` at the start of a
/// line after any Unicode white space, which becomes `:\:name …::`, and `##[name …]` anywhere in a line,
/// which becomes `##\[name …]`. LF, CR and CRLF each end a line. It compares with culture rules, to
/// which zero-width characters do not exist: so they count as white space here. Azure Pipelines' `##vso[…]` and
/// TeamCity's `##teamcity[…]` act anywhere in a line too, and become `##vso\[…]`: whatever name stands there.
#[must_use]
pub fn without_commands(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut before_text = true;
    let mut leading_colon = false;
    let mut opening = Opening::default();
    for (at, c) in text.char_indices() {
        if opening.ends_with(c) || (c == ':' && leading_colon) {
            out.push_str(&text[copied..at]);
            out.push('\\');
            copied = at;
        }
        leading_colon = c == ':' && (before_text || leading_colon);
        before_text = is_line_break(c) || (before_text && is_blank(c));
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The same for a JSON document, whose values stay what they are: the bracket is written as an escape. `::name::` can't
/// begin a line of JSON.
#[must_use]
pub fn json_without_commands(json: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut opening = Opening::default();
    for (at, c) in json.char_indices() {
        // Two hashes and a name stand in a string, and so does what follows them.
        if opening.ends_with(c) {
            out.push_str(&json[copied..at]);
            out.push_str("\\u005b");
            copied = at + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[copied..]);
    Cow::Owned(out)
}

/// How far a text has come in `##[` or `##name[`.
#[derive(Default)]
struct Opening {
    hashes: usize,
}

impl Opening {
    /// Whether this next character opens a command.
    fn ends_with(&mut self, c: char) -> bool {
        let opens = c == '[' && self.hashes >= 2;
        let goes_on = is_default_ignorable(c) || (self.hashes >= 2 && c.is_ascii_alphabetic());
        match c {
            '#' => self.hashes += 1,
            _ if goes_on => {}
            _ => self.hashes = 0,
        }
        opens
    }
}

/// The URL, if its raw text is an absolute http(s) URL with a host, without white space or control
/// characters, without credentials, and without what could break out of a link; else nothing.
#[must_use]
pub fn http_url(raw: &str) -> Option<&str> {
    // The URL parser drops tabs and line breaks and mends slashes, so the raw text has to be looked at too.
    let (scheme, rest) = raw.split_once("://")?;
    let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?', '#']).next()?;
    let unsafe_char = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\\');
    let fits = is_http
        && !authority.is_empty()
        && !authority.contains('@')
        && !raw.contains(unsafe_char)
        && matches!(line(raw), Cow::Borrowed(_));
    // A browser reads a name that is not ASCII; the parser, built without Unicode's tables, does not.
    let readable = || raw.replace(|c: char| !c.is_ascii(), "x");
    (fits && Url::parse(&readable()).is_ok_and(|url| url.has_host())).then_some(raw)
}

/// A URL that somebody gave us, for people to read: without credentials, and without query and fragment, which may hold
/// some.
#[must_use]
pub fn shown_url(raw: &str) -> String {
    let Some(mut url) = Url::parse(raw).ok().filter(Url::has_host) else {
        return "(not a URL)".to_owned();
    };
    let has_more = url.query().is_some() || url.fragment().is_some();
    if !has_more && url.username().is_empty() && url.password().is_none() {
        return line(raw).into_owned();
    }
    strip_url(&mut url);
    format!("{}{}", line(url.as_str()), if has_more { "?…" } else { "" })
}

/// Takes from a URL what may hold a secret: credentials, query and fragment.
pub(crate) fn strip_url(url: &mut Url) {
    url.set_query(None);
    url.set_fragment(None);
    // Fails for URLs that can't hold credentials anyway.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn joined(raw: &str, trim: fn(&str) -> &str) -> Cow<'_, str> {
    match text(raw) {
        Cow::Borrowed(text) if !trim(text).contains(['\n', '\t']) => Cow::Borrowed(trim(text)),
        text => Cow::Owned(trim(&text).replace(['\n', '\t'], " ")),
    }
}

fn cleaned(raw: &str) -> Cow<'_, str> {
    let Some(first) = raw.find(|c| is_removed(c) || is_foreign_break(c)) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut rest = raw[first..].chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                let after = rest.as_str();
                rest = after.strip_prefix('\n').unwrap_or(after).chars();
                out.push('\n');
            }
            ESCAPE => rest = after_escape(rest.as_str()).chars(),
            '\u{9b}' => rest = after_csi(rest.as_str()).chars(),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => rest = after_string(rest.as_str()).chars(),
            c if is_foreign_break(c) => out.push('\n'),
            c if is_removed(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_foreign_break(c: char) -> bool {
    matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_line_break(c: char) -> bool {
    c == '\n' || is_foreign_break(c)
}

fn is_removed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// White space, or of no width: something that a reader of the line's start may skip.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_default_ignorable(c)
}

/// Whether nothing is shown for this character by itself: Unicode's property Default_Ignorable_Code_Point (version 16,
/// DerivedCoreProperties.txt). Zero-width characters, soft hyphens, bidi controls, variation selectors, tags.
#[must_use]
pub fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
    ) || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// What follows the sequence that an ESC introduces (ECMA-48, section 5.3 and 5.4).
fn after_escape(rest: &str) -> &str {
    let Some(introducer) = rest.chars().next() else {
        return rest;
    };
    match introducer {
        '[' => after_csi(&rest[1..]),
        ']' | 'P' | 'X' | '^' | '_' => after_string(&rest[1..]),
        _ => {
            let rest = rest.trim_start_matches(|c| matches!(c, ' '..='/'));
            rest.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(rest)
        }
    }
}

/// What follows a control sequence's parameters, intermediates and final character.
fn after_csi(rest: &str) -> &str {
    let rest = rest
        .trim_start_matches(|c| matches!(c, '0'..='?'))
        .trim_start_matches(|c| matches!(c, ' '..='/'));
    rest.strip_prefix(|c| matches!(c, '@'..='~')).unwrap_or(rest)
}

/// What follows a control string (a window title, a link). One that is not terminated ends with its line,
/// so that it can't hide the rest of a log.
fn after_string(rest: &str) -> &str {
    let Some(end) = rest.find(|c| matches!(c, '\u{7}' | '\u{9c}' | '\n' | ESCAPE) || is_foreign_break(c)) else {
        return "";
    };
    let rest = &rest[end..];
    rest.strip_prefix("\u{1b}\\")
        .or_else(|| rest.strip_prefix(['\u{7}', '\u{9c}']))
        .unwrap_or(rest)
}
