//! What every console reporter is, and the streams that it writes to.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

use crate::event::Event;
use crate::redact::{RedactingWriter, Redactor};

/// Turns events into text on the console. Time is given, never read: `at` is the time since the run began.
pub trait Reporter: Send {
    /// Prints what this event is worth.
    fn event(&mut self, at: Duration, event: &Event);

    /// Called now and then while nothing happens: the place for heartbeats and spinners.
    fn tick(&mut self, at: Duration);

    /// How often [`tick`](Self::tick) should be called.
    fn tick_interval(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// Standard output and standard error, redacted. Writing to them can't fail: what nobody reads is dropped.
pub struct Streams {
    out: RedactingWriter<Patient>,
    /// `None`: everything goes to `out`.
    err: Option<RedactingWriter<Patient>>,
}

impl Streams {
    /// Results go to `out`, progress to `err`.
    pub fn two(redactor: &Redactor, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            out: redactor.writer(Patient::new(out)),
            err: Some(redactor.writer(Patient::new(err))),
        }
    }

    /// Everything goes to `out`: a CI runner reads two pipes by two threads, and only the order within one is kept.
    pub fn one(redactor: &Redactor, out: Box<dyn Write + Send>) -> Self {
        Self {
            out: redactor.writer(Patient::new(out)),
            err: None,
        }
    }

    /// The same, but what `out` fails to take (a full disk) goes to `instead`, so that the end is told somewhere. Not
    /// what its reader no longer wanted.
    pub fn one_or(redactor: &Redactor, out: Box<dyn Write + Send>, instead: Box<dyn Write + Send>) -> Self {
        let out = Patient {
            instead: Some(instead),
            ..Patient::new(out)
        };
        Self {
            out: redactor.writer(out),
            err: None,
        }
    }

    /// Writes whole lines that are a result.
    pub fn result(&mut self, lines: &str) {
        put(&mut self.out, lines);
    }

    /// Writes whole lines that are progress, a warning or an error.
    pub fn progress(&mut self, lines: &str) {
        put(self.err.as_mut().unwrap_or(&mut self.out), lines);
    }

    /// The same with what is redacted already, or moves the cursor: at once, whatever it ends in.
    pub fn redacted_progress(&mut self, text: &str) {
        // `Patient` has no errors.
        let _ = self.err.as_mut().unwrap_or(&mut self.out).write_redacted(text);
    }
}

fn put(writer: &mut RedactingWriter<Patient>, lines: &str) {
    // `Patient` has no errors.
    let _ = writer.write_all(lines.as_bytes()).and_then(|()| writer.flush());
}

/// A writer that never fails: it waits for a non-blocking pipe that is full, and goes silent once
/// nobody reads (a closed pipe must neither end the run nor change its exit code).
struct Patient {
    inner: Option<Box<dyn Write + Send>>,
    /// Takes the place of one that has failed.
    instead: Option<Box<dyn Write + Send>>,
}

/// How long a full non-blocking pipe is tried again before its reader counts as gone.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

impl Patient {
    fn new(inner: Box<dyn Write + Send>) -> Self {
        Self {
            inner: Some(inner),
            instead: None,
        }
    }

    fn try_hard(&mut self, mut attempt: impl FnMut(&mut dyn Write) -> io::Result<usize>) -> usize {
        let mut left = PATIENCE;
        while let Some(inner) = &mut self.inner {
            match attempt(inner.as_mut()) {
                Ok(written) => return written,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !left.is_zero() => {
                    thread::sleep(PAUSE);
                    left = left.saturating_sub(PAUSE);
                }
                Err(error) => {
                    let left_by_its_reader = error.kind() == ErrorKind::BrokenPipe;
                    self.inner = self.instead.take().filter(|_| !left_by_its_reader);
                }
            }
        }
        0
    }
}

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.try_hard(|inner| inner.write(bytes)) {
            0 => Ok(bytes.len()),
            written => Ok(written),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.try_hard(|inner| inner.flush().map(|()| 1));
        Ok(())
    }
}
