//! Finds keys in bytes and in streams of bytes: every form of the one in use, and others by their first characters.

use std::ops::Range;

use super::others::Others;
use super::prefilter::{Prefilter, SPAN};
use crate::model::{ApiKeyInfo, sort_by};
use crate::redact::Redactor;
use crate::secret::Secret;

/// What reveals fewer characters of the key in a row is not looked for: its first 12 are public, and texts of ordinary
/// length share a few characters with any key.
pub const MIN_REVEALED: usize = SPAN;

/// How much of a stream is looked at in one go.
const BUFFER: usize = 1 << 20;

/// Looks for one key whose value is known, and for others of which the first characters are.
pub struct Searcher {
    prefilter: Prefilter,
    redactor: Redactor,
    others: Others,
    /// Nothing that is looked for is longer, or has to be seen further.
    reach: usize,
}

/// Which key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    InUse,
    /// One of the others, by its place among them.
    Other(usize),
}

/// Where a key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub key: Which,
    pub start: u64,
    /// The line that it is on, from 1.
    pub line: u64,
}

impl Searcher {
    /// Looks for every form of this key that gives away [`MIN_REVEALED`] characters in a row.
    #[must_use]
    pub fn new(key: &Secret) -> Self {
        Self::with_others(key, &[])
    }

    /// Looks for the keys of this list too: their first characters, with [`MIN_TAIL`](super::MIN_TAIL) more of the sort that
    /// keys consist of. Keys whose first characters the list does not show in full are left out.
    #[must_use]
    pub fn with_others(key: &Secret, listed: &[ApiKeyInfo]) -> Self {
        // Its own redactor: that of the process knows other secrets too.
        let redactor = Redactor::new();
        redactor.add(key);
        let others = Others::new(listed);
        let prefilter = Prefilter::new(key.expose(), &others.forms());
        Self {
            reach: prefilter.longest_form().max(others.reach()) + SPAN,
            prefilter,
            redactor,
            others,
        }
    }

    /// Where keys are in `bytes`, in order.
    #[must_use]
    pub fn search(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.look(bytes).into_iter().map(|(range, _)| range).collect()
    }

    /// Where which keys are in `bytes`, in order.
    pub(super) fn look(&self, bytes: &[u8]) -> Vec<(Range<usize>, Which)> {
        let mut found: Vec<(Range<usize>, Which)> = Vec::new();
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
            let text = &bytes[window.clone()];
            let mut ours = self.redactor.find(text);
            ours.retain(|hit| hit.len() >= MIN_REVEALED);
            let mut hits: Vec<_> = ours.iter().map(|hit| (hit.clone(), Which::InUse)).collect();
            let mut others_end = 0;
            for (hit, other) in self.others.find(text) {
                // The key in use is in the list too.
                let next = ours.partition_point(|ours| ours.end <= hit.start);
                let is_ours = ours.get(next).is_some_and(|ours| ours.start < hit.end);
                if !is_ours && hit.start >= others_end {
                    others_end = hit.end;
                    hits.push((hit, Which::Other(other)));
                }
            }
            sort_by(&mut hits, |(one, _), (other, _)| one.start.cmp(&other.start));
            found.extend(
                hits.into_iter()
                    .map(|(hit, key)| (window.start + hit.start..window.start + hit.end, key)),
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

    /// A text from the repository as one line, without any key.
    pub(super) fn line(&self, text: &str) -> String {
        self.redactor.line(&self.others.hide(text))
    }

    /// How a person knows a key; nothing for the one in use.
    pub(super) fn name_of(&self, key: Which) -> Option<String> {
        match key {
            Which::InUse => None,
            Which::Other(other) => Some(self.redactor.line(self.others.name(other))),
        }
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
        let mut lines = Lines::of(&self.buffer);
        for (hit, key) in self.searcher.look(&self.buffer) {
            let (start, end) = (self.start + hit.start as u64, self.start + hit.end as u64);
            if hit.start < to && start >= self.reported {
                found.push(Hit {
                    key,
                    start,
                    line: self.lines + lines.at(hit.start),
                });
                self.reported = end;
            }
        }
    }
}

/// Counts lines from one place to the next: a file may have the key on each of them.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let (place, line) = (0, 1);
        Self { bytes, place, line }
    }

    /// The line that this place is on, from 1. It is none before the last that was asked for.
    pub(super) fn at(&mut self, place: usize) -> u64 {
        self.line += newlines(&self.bytes[self.place..place]);
        self.place = place;
        self.line
    }
}

pub(super) fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
