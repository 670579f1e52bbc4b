//! Redaction under a sink.

use std::io::{self, Write};

use super::redactor::Redactor;
use super::scanner::Scanner;

/// So much of a large write is held in memory twice at a time.
const CHUNK: usize = 16 * 1024;

/// See [`Redactor::writer`]. What could be the beginning of a secret is held back until it is clear, also
/// across [`flush`](Write::flush); [`finish`](Self::finish) (or dropping it) lets go of the rest.
pub struct RedactingWriter<W: Write> {
    redactor: Redactor,
    scanner: Scanner,
    inner: W,
}

impl Redactor {
    /// A writer that passes on what is written to it, redacted, even if a secret is split over writes.
    pub fn writer<W: Write>(&self, inner: W) -> RedactingWriter<W> {
        RedactingWriter {
            redactor: self.clone(),
            scanner: Scanner::default(),
            inner,
        }
    }
}

impl<W: Write> RedactingWriter<W> {
    /// Writes what is redacted already, or a control sequence of the program's own, at once: its end could be held back as
    /// the possible beginning of a secret. What is held back before it comes after it.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn write_redacted(&mut self, text: &str) -> io::Result<()> {
        self.inner.write_all(text.as_bytes())?;
        self.inner.flush()
    }

    /// Writes what was held back and flushes.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn finish(&mut self) -> io::Result<()> {
        let mut out = Vec::new();
        self.redactor.teach(&mut self.scanner);
        self.scanner.release_all(&mut out);
        self.inner.write_all(&out)?;
        self.inner.flush()
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(CHUNK)];
        let mut out = Vec::with_capacity(bytes.len());
        self.redactor.teach(&mut self.scanner);
        self.scanner.feed(bytes);
        self.scanner.release(&mut out);
        self.inner.write_all(&out)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Drop for RedactingWriter<W> {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.finish();
    }
}
