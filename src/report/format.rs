//! What a report that is a file has to do.

use std::io;
use std::path::Path;

use crate::event::Event;
use crate::redact::Redactor;

/// What a file is made of.
pub(super) trait Format: Send {
    /// Takes an event, and writes the file, redacted, if now is the time for it.
    fn update(&mut self, event: &Event, path: &Path, redactor: &Redactor) -> io::Result<()>;
}
