//! The end of a stream that may still become part of a secret.

use std::ops::Range;

/// What stands where a secret was.
pub const HIDDEN: &str = "***";
const MASK: &[u8] = HIDDEN.as_bytes();

/// The stream's end, as far as it is held back.
#[derive(Default)]
pub(super) struct Held {
    /// Its position in the stream.
    start: u64,
    bytes: Vec<u8>,
    hidden: Vec<bool>,
    /// The last that was let go of was hidden: what is hidden next to it belongs to the same mask.
    masked: bool,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// What is held back before this position.
    pub(super) fn up_to(&self, end: u64) -> &[u8] {
        &self.bytes[..index(end - self.start)]
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.hidden.resize(self.bytes.len(), false);
    }

    /// Hides a piece up to `end`. A piece that grows is hidden byte by byte: `hidden_to` says how far it is.
    pub(super) fn hide_from(&mut self, start: Option<&u64>, hidden_to: &mut Option<u64>, end: u64) {
        let start = start.copied().unwrap_or(end).max(hidden_to.unwrap_or(0));
        let held = index(start.saturating_sub(self.start))..index(end.saturating_sub(self.start));
        if let Some(hidden) = self.hidden.get_mut(held) {
            hidden.fill(true);
        }
        *hidden_to = Some(end);
    }

    pub(super) fn release(&mut self, to: u64, out: &mut Vec<u8>) {
        let count = index(to.saturating_sub(self.start));
        for (byte, hidden) in self.bytes.drain(..count).zip(self.hidden.drain(..count)) {
            if !hidden {
                out.push(byte);
            } else if !self.masked {
                out.extend_from_slice(MASK);
            }
            self.masked = hidden;
        }
        self.start = to;
    }

    /// What follows is not connected with what was let go of.
    pub(super) fn unmask(&mut self) {
        self.masked = false;
    }

    /// What is hidden of what is held back, counted from its beginning.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (at, _) in self.hidden.iter().enumerate().filter(|(_, hidden)| **hidden) {
            match ranges.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => ranges.push(at..at + 1),
            }
        }
        ranges
    }
}

/// A distance in what is held in memory.
fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
