//! Secrets in one newtype: no `Display`, a redacted `Debug`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::KeyProblem;

/// How many leading characters of a key Sproobo keeps and shows as its identifier: they are public.
pub const PUBLIC_PREFIX: usize = 12;

/// A secret value: an API key, or a token of GitHub or GitLab.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value as it is.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value.into())
    }

    /// Wraps an API key's value, trimmed and checked.
    ///
    /// # Errors
    /// The first problem in the order of the variants of [`KeyProblem`].
    pub fn api_key(raw: &str) -> Result<Self, KeyProblem> {
        let key = raw.trim();
        if key.is_empty() {
            return Err(KeyProblem::Empty);
        }
        Ok(Self::new(key.to_owned()))
    }

    /// The value itself, for the one header or file it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The first 12 characters: public, by Sproobo's documentation.
    #[must_use]
    pub fn public_prefix(&self) -> &str {
        let value = self.expose();
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
