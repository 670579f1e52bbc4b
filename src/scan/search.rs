//! Finds forms of the key in bytes and in streams of bytes.

use std::ops::Range;

use super::prefilter::{Prefilter, SPAN};
use crate::redact::Redactor;
use crate::secret::Secret;

/// What reveals fewer characters of the key in a row is not looked for: its first 12 are public, and texts of ordinary
/// length share a few characters with any key.
pub const MIN_REVEALED: usize = SPAN;

/// How much of a stream is looked at in one go.
const BUFFER: usize = 1 << 20;

/// Looks for one key.
pub struct Searcher {
    prefilter: Prefilter,
    redactor: Redactor,
    /// No form of the key is longer.
    reach: usize,
}

/// Where the key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The first byte.
    pub start: u64,
    /// The line that it is on, from 1.
    pub line: u64,
}

impl Searcher {
    /// Looks for every form of this key that gives away [`MIN_REVEALED`] characters in a row.
    #[must_use]
    pub fn new(key: &Secret) -> Self {
        // Its own redactor: that of the process knows other secrets too.
        let redactor = Redactor::new();
        redactor.add(key);
        let prefilter = Prefilter::new(key.expose());
        Self {
            reach: prefilter.longest_form() + SPAN,
            prefilter,
            redactor,
        }
    }

    /// Where the key is in `bytes`, in order.
    #[must_use]
    pub fn search(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut candidate = self.prefilter.next(bytes, 0);
        while let Some(first) = candidate {
            // Candidates near each other are one text for the redactor.
            let mut last = first;
            candidate = self.prefilter.next(bytes, last + 1);
            while let Some(near) = candidate.filter(|next| *next <= last + 2 * self.reach) {
                last = near;
                candidate = self.prefilter.next(bytes, last + 1);
            }
            let window = first.saturating_sub(self.reach)..bytes.len().min(last + self.reach);
            let hits = self.redactor.find(&bytes[window.clone()]);
            found.extend(
                hits.into_iter()
                    .filter(|hit| hit.len() >= MIN_REVEALED)
                    .map(|hit| window.start + hit.start..window.start + hit.end),
            );
        }
        found
    }

    /// Looks at a stream piece by piece, with bounded memory.
    #[must_use]
    pub fn stream(&self) -> Stream<'_> {
        Stream {
            searcher: self,
            buffer: Vec::new(),
            start: 0,
            lines: 0,
            reported: 0,
        }
    }

    /// A text from the repository as one line, without the key.
    pub(super) fn line(&self, text: &str) -> String {
        self.redactor.line(text)
    }
}

/// A stream being looked at. See [`Searcher::stream`].
pub struct Stream<'a> {
    searcher: &'a Searcher,
    buffer: Vec<u8>,
    /// Where in the stream the buffer begins, and how many lines end before it.
    start: u64,
    lines: u64,
    /// Up to where hits were reported: those in what the buffer keeps are seen again.
    reported: u64,
}

impl Stream<'_> {
    /// Takes the stream's next bytes.
    pub fn feed(&mut self, mut bytes: &[u8], found: &mut Vec<Hit>) {
        // What is kept of a full buffer has to hold any form that is cut by its end.
        let keep = 2 * self.searcher.reach;
        let size = BUFFER.max(2 * keep);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(size - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == size {
                self.look(size - keep / 2, found);
                let gone = size - keep;
                self.lines += newlines(&self.buffer[..gone]);
                self.start += gone as u64;
                self.buffer.drain(..gone);
            }
        }
    }

    /// The stream ends here; what comes next is another one.
    pub fn finish(&mut self, found: &mut Vec<Hit>) {
        self.look(self.buffer.len(), found);
        self.buffer.clear();
        (self.start, self.lines, self.reported) = (0, 0, 0);
    }

    /// Reports hits that begin before `to`: for later ones, the end may still be to come.
    fn look(&mut self, to: usize, found: &mut Vec<Hit>) {
        for hit in self.searcher.search(&self.buffer) {
            let (start, end) = (self.start + hit.start as u64, self.start + hit.end as u64);
            if hit.start < to && start >= self.reported {
                found.push(Hit {
                    start,
                    line: self.lines + newlines(&self.buffer[..hit.start]) + 1,
                });
                self.reported = end;
            }
        }
    }
}

pub(super) fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
