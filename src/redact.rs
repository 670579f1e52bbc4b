//! The redactor: sits under every sink and covers every form of every secret that the process holds.

use std::io::{self, Write};

use crate::secret::Secret;

/// Knows the secrets of this process. Cheap to clone; a secret added to one clone is known to all.
#[derive(Clone, Default)]
pub struct Redactor {}

impl Redactor {
    /// A redactor that knows no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes every form of this API key unprintable from now on, but for its public first 12 characters.
    pub fn add(&self, _secret: &Secret) {}

    /// The same for a secret of which nothing is public: a token.
    pub fn add_opaque(&self, _secret: &Secret) {}

    /// Where forms of the secrets are in these bytes, in order, not touching each other.
    #[must_use]
    pub fn find(&self, _bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
        Vec::new()
    }

    /// The text with every form of every secret replaced by `***`.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        text.to_owned()
    }

    /// A writer that passes on what is written to it, redacted, even if a secret is split over writes.
    pub fn writer<W: Write>(&self, inner: W) -> RedactingWriter<W> {
        RedactingWriter { inner }
    }
}

/// See [`Redactor::writer`]. What could be the beginning of a secret is held back until it is clear;
/// [`finish`](Self::finish) (or dropping it) lets go of the rest.
pub struct RedactingWriter<W: Write> {
    inner: W,
}

impl<W: Write> RedactingWriter<W> {
    /// Writes what was held back and flushes.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn finish(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
