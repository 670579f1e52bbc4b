//! Secrets in one newtype: no `Display`, a redacted `Debug`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Variables that hold secrets of ours or of the CI system: what they hold can't be printed, and no program that we
/// start inherits them.
pub const VARIABLES: [&str; 9] = [
    "SPROOBO_API_KEY",
    "SPROOBO_ACTION_INPUTS",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
    "CI_DEPLOY_PASSWORD",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// How many leading characters of a key Sproobo keeps and shows as its identifier: they are public.
pub const PUBLIC_PREFIX: usize = 12;

/// The fewest characters of anything that we take for a key. A shorter value has no public part: its
/// first 12 characters would be (nearly) all of it.
pub const MIN_KEY_CHARS: usize = 16;

/// The most characters of a key: it has to fit a request header.
const MAX_KEY_CHARS: usize = 4096;

/// What is wrong with an API key, found before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Unset, or nothing but white space.
    #[error("the API key is empty")]
    Empty,
    /// The same on a person's own machine, where none of CI's causes applies.
    #[error("no API key is set")]
    Unset,
    /// `${{ secrets.X }}` or `$NAME`, which nobody expanded.
    #[error("the API key is an expression that was never expanded (`${{{{ … }}}}` or `$NAME`), not a key")]
    Unexpanded,
    /// Quotes around it.
    #[error("the API key has quotes around it")]
    Quoted,
    /// It begins with `Bearer `.
    #[error("the API key begins with `Bearer `, which belongs to the header, not to the key")]
    Bearer,
    /// White space inside.
    #[error("the API key has white space inside it")]
    WhiteSpace,
    /// A byte outside ASCII, or a control character.
    #[error("the API key has a character outside printable ASCII")]
    NonAscii,
    /// Under 16 characters.
    #[error("the API key has {0} characters, fewer than the 16 that any key has")]
    TooShort(usize),
    /// Over 4096 characters.
    #[error("the API key has {0} characters, more than the 4096 that fit a header")]
    TooLong(usize),
}

/// A secret value: an API key, or a token of GitHub or GitLab.
#[derive(Clone)]
pub struct Secret(SecretString);

/// Why a text can't be a token of GitHub or GitLab. The text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Unset, or nothing but white space.
    #[error("the token is empty")]
    Empty,
    /// White space inside, a control character, or a character outside ASCII: no header can carry it.
    #[error("the token has white space or a character outside printable ASCII inside it")]
    NotPrintable,
}

impl Secret {
    /// Wraps a value as it is.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value.into())
    }

    /// Wraps an API key's value, trimmed (of white space and a file's byte order mark) and checked.
    ///
    /// # Errors
    /// The first problem in the order of the variants of [`KeyProblem`].
    pub fn api_key(raw: &str) -> Result<Self, KeyProblem> {
        let key = trimmed(raw);
        let chars = key.chars().count();
        if key.is_empty() {
            Err(KeyProblem::Empty)
        } else if is_unexpanded(key) {
            Err(KeyProblem::Unexpanded)
        } else if is_quoted(key) {
            Err(KeyProblem::Quoted)
        } else if has_bearer(key) {
            Err(KeyProblem::Bearer)
        } else if key.contains(char::is_whitespace) {
            Err(KeyProblem::WhiteSpace)
        } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(KeyProblem::NonAscii)
        } else if chars < MIN_KEY_CHARS {
            Err(KeyProblem::TooShort(chars))
        } else if chars > MAX_KEY_CHARS {
            Err(KeyProblem::TooLong(chars))
        } else {
            Ok(Self::new(key.to_owned()))
        }
    }

    /// Wraps a token of GitHub or GitLab, trimmed. Printable ASCII only, because octocrab panics on
    /// a token that is no header value.
    ///
    /// # Errors
    /// What makes it unusable.
    pub fn token(raw: &str) -> Result<Self, TokenProblem> {
        let token = trimmed(raw);
        if token.is_empty() {
            Err(TokenProblem::Empty)
        } else if token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self::new(token.to_owned()))
        } else {
            Err(TokenProblem::NotPrintable)
        }
    }

    /// Wraps what stands where a key belongs, whether or not it can be one, so that nothing repeats it; nothing for an
    /// expression that was never expanded: it is no secret, and the advice about it repeats its words.
    #[must_use]
    pub fn malformed_key(raw: &str) -> Option<Self> {
        let key = trimmed(raw);
        (!is_unexpanded(key)).then(|| Self::new(key.to_owned()))
    }

    /// The value itself, for the one header or file it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The first 12 characters of a key: public, by Sproobo's documentation. Empty for a value that
    /// is too short for a key.
    #[must_use]
    pub fn public_prefix(&self) -> &str {
        let value = self.expose();
        if value.chars().nth(MIN_KEY_CHARS - 1).is_none() {
            return "";
        }
        value
            .char_indices()
            .nth(PUBLIC_PREFIX)
            .map_or(value, |(end, _)| &value[..end])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

fn trimmed(raw: &str) -> &str {
    raw.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// `${{ secrets.X }}` in any surroundings, or exactly `$NAME`, `${NAME}`, `$env:NAME` or `%NAME%`.
fn is_unexpanded(key: &str) -> bool {
    let shell = key.strip_prefix('$').map(|name| {
        name.strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
            .or_else(|| name.strip_prefix("env:"))
            .unwrap_or(name)
    });
    let cmd = || key.strip_prefix('%')?.strip_suffix('%');
    key.contains("${{") || shell.or_else(cmd).is_some_and(is_variable_name)
}

fn is_variable_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_quoted(key: &str) -> bool {
    const PAIRS: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
    PAIRS
        .iter()
        .any(|(open, close)| key.strip_prefix(*open).is_some_and(|rest| rest.ends_with(*close)))
}

/// Also `Bearer` alone, which is what trimming leaves of `Bearer ` before an empty secret.
fn has_bearer(key: &str) -> bool {
    const SCHEME: &str = "bearer";
    key.get(..SCHEME.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
        && key[SCHEME.len()..].chars().next().is_none_or(char::is_whitespace)
}
